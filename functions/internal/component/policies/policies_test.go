package policies_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/policies"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
)

type change = func(*v1alpha1.KubernetesClusterSpec)

func network(cni, preset string) change {
	return func(c *v1alpha1.KubernetesClusterSpec) { c.Network.CNI, c.Network.PolicyPreset = cni, preset }
}

func TestGolden(t *testing.T) {
	cases := map[string]change{
		"cilium-open":           network("Cilium", "Open"),
		"cilium-block-metadata": network("Cilium", "BlockMetadata"),
		"cilium-default-deny":   network("Cilium", "DefaultDeny"),
		"calico-open":           network("Calico", "Open"),
		"calico-default-deny":   network("Calico", "DefaultDeny"),
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := plantest.Cluster(t, c)
			rendertest.Golden(t, name, func() (render.Set, error) { return policies.Render(p) })
		})
	}
}

// manifests returns the spec of each policy by the key of its resource.
func manifests(t *testing.T, c change) map[string]observed.Value {
	t.Helper()
	set, err := policies.Render(plantest.Cluster(t, c))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]observed.Value{}
	for _, r := range set.Resources {
		body, err := render.Encode(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		out[r.Key] = observed.At(observed.Of(body), "spec", "forProvider", "manifest", "spec")
	}
	return out
}

func TestPresets(t *testing.T) {
	type effect struct{ blocksMetadata, deniesIngress bool }
	cases := map[string]struct {
		reason string
		want   effect
	}{
		"Open":          {"Nothing of ours stands in the way.", effect{}},
		"BlockMetadata": {"Only the metadata service is out of reach.", effect{blocksMetadata: true}},
		"DefaultDeny":   {"Both policies work.", effect{blocksMetadata: true, deniesIngress: true}},
	}
	for preset, tc := range cases {
		t.Run("Cilium/"+preset, func(t *testing.T) {
			m := manifests(t, network("Cilium", preset))
			metadata, deny := m["network-policy-block-metadata"], m["network-policy-default-deny"]
			got := effect{
				blocksMetadata: metadata.Field("egressDeny").Exists(),
				deniesIngress:  observed.At(deny, "enableDefaultDeny", "ingress").Truth(),
			}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(effect{})); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
			for key, spec := range m {
				if observed.At(spec, "enableDefaultDeny", "egress").Truth() {
					t.Errorf("%s closes egress, which no preset promises", key)
				}
			}
		})
		t.Run("Calico/"+preset, func(t *testing.T) {
			m := manifests(t, network("Calico", preset))
			got := effect{
				blocksMetadata: denies(m["network-policy-block-metadata"].Field("egress")),
				deniesIngress:  denies(m["network-policy-default-deny"].Field("ingress")),
			}
			if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(effect{})); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func denies(rules observed.Value) bool {
	for r := range rules.Items() {
		if r.Field("action").Text() == "Deny" {
			return true
		}
	}
	return false
}

// TestKeysNeverChange proves that opening a cluster reaches it: the object stays
// and says something else.
func TestKeysNeverChange(t *testing.T) {
	for _, cni := range []string{"Cilium", "Calico"} {
		want := keys(t, network(cni, "Open"))
		for _, preset := range []string{"BlockMetadata", "DefaultDeny"} {
			if diff := cmp.Diff(want, keys(t, network(cni, preset))); diff != "" {
				t.Errorf("%s: preset %s has other keys than Open: -Open +%s:\n%s", cni, preset, preset, diff)
			}
		}
	}
}

func keys(t *testing.T, c change) []string {
	t.Helper()
	var out []string
	for key := range manifests(t, c) {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}

func TestSystemNamespaces(t *testing.T) {
	got := policies.SystemNamespaces()
	if !slices.IsSorted(got) || !slices.Contains(got, "kube-system") {
		t.Errorf("the list is not sorted, or has no kube-system: %v", got)
	}
	got[0] = "changed"
	if policies.SystemNamespaces()[0] == "changed" {
		t.Error("a caller can change the list")
	}
}
