package rbac

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// TestActivation holds the activation policy to the managed resources that are
// composed: a kind that it lacks would wait for ever where nothing else activates
// it, and one too many burdens every management cluster's API server.
func TestActivation(t *testing.T) {
	var want []string
	for _, kind := range allKinds(t) {
		managed := strings.HasSuffix(kind.Group, ".m.crossplane.io") && !strings.HasSuffix(kind.Kind, "ProviderConfig")
		if managed {
			want = append(want, resourceOf(kind))
		}
	}
	slices.Sort(want)
	if d := cmp.Diff(want, activation(t)); d != "" {
		t.Errorf("what is activated should be what is composed: -composed +activated:\n%s", d)
	}
}

// activation returns the kinds that the policy activates, sorted.
func activation(t *testing.T) []string {
	t.Helper()
	policy := struct {
		Spec struct{ Activate []string }
	}{}
	if err := yaml.Unmarshal([]byte(read(t, filepath.Join(root(t), "package", "activation.yaml"))), &policy); err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(slices.Values(policy.Spec.Activate))
}
