package rbac

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	"sigs.k8s.io/yaml"
)

// replaced are the kinds of managed resources that functions stop desiring in the
// normal course of things, and one that holds nothing: it only reads.
var replaced = []string{
	"observedobjectcollections.kubernetes.m.crossplane.io",
	"secgrouprulev2s.networking.openstack.m.crossplane.io",
	"servergroupv2s.compute.openstack.m.crossplane.io",
}

// TestSafeguard holds the policy to the managed resources that are composed: each
// is either safe from Crossplane's own hands, or known to be replaced.
func TestSafeguard(t *testing.T) {
	p := admissionv1.ValidatingAdmissionPolicy{}
	first, _, _ := strings.Cut(read(t, filepath.Join(root(t), "package", "rbac", "safeguard.yaml")), "\n---\n")
	if err := yaml.UnmarshalStrict([]byte(first), &p); err != nil {
		t.Fatal(err)
	}
	safe := slices.Clone(replaced)
	for _, r := range p.Spec.MatchConstraints.ResourceRules {
		for _, resource := range r.Resources {
			// Secrets and templates of Cluster API are no managed resources.
			if strings.HasSuffix(r.APIGroups[0], ".crossplane.io") {
				safe = append(safe, resource+"."+r.APIGroups[0])
			}
		}
	}
	activated := activation(t)
	slices.Sort(safe)
	if d := cmp.Diff(activated, safe); d != "" {
		t.Errorf("say of each kind whether it may be withdrawn: -composed +known:\n%s", d)
	}
}
