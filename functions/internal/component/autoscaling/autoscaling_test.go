package autoscaling_test

import (
	"encoding/json"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/autoscaling"
	"github.com/skerry-dev/skerry/functions/internal/component/charttest"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
)

// fixedSize leaves the pool that isn't autoscaled.
func fixedSize(c *v1alpha1.KubernetesClusterSpec) { c.NodePools = c.NodePools[:1] }

// prioritized lets three pools grow, one of them first.
func prioritized(c *v1alpha1.KubernetesClusterSpec) {
	spot := c.NodePools[0]
	spot.Name, spot.Replicas, spot.Autoscaling = "spot", nil, &v1alpha1.Autoscaling{Min: 0, Max: 5, Priority: 50}
	last := c.NodePools[0]
	last.Name, last.Replicas, last.Autoscaling = "last", nil, &v1alpha1.Autoscaling{Min: 1, Max: 2, Priority: 1}
	c.NodePools = append(c.NodePools, spot, last)
}

// TestPriorities: the groups of a pool in every zone have its priority, others the lowest,
// and a pool whose name begins like another's isn't taken for it.
func TestPriorities(t *testing.T) {
	set, err := autoscaling.Render(cluster(t, prioritized))
	if err != nil {
		t.Fatal(err)
	}
	raw := ""
	for _, r := range set.Resources {
		if r.Key == "autoscaler-priorities" {
			b, err := json.Marshal(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			var o struct {
				Spec struct {
					ForProvider struct {
						Manifest struct{ Data map[string]string }
					}
				}
			}
			if err := json.Unmarshal(b, &o); err != nil {
				t.Fatal(err)
			}
			raw = o.Spec.ForProvider.Manifest.Data["priorities"]
		}
	}
	groups := map[int][]string{}
	if err := yaml.Unmarshal([]byte(raw), &groups); err != nil {
		t.Fatal(err)
	}
	// As the autoscaler does it: the highest priority that has a pattern for the group.
	priority := func(group string) int {
		best := 0
		for p, patterns := range groups {
			for _, pattern := range patterns {
				if regexp.MustCompile(pattern).MatchString(group) {
					best = max(best, p)
				}
			}
		}
		return best
	}
	for group, want := range map[string]int{
		"MachineDeployment/skerry-system/shop-x7k2p-spot-north-1a-7xk2p":  50,
		"MachineDeployment/skerry-system/shop-x7k2p-spot-north-1c-abcde":  50,
		"MachineDeployment/skerry-system/shop-x7k2p-last-north-1a-abcde":  1,
		"MachineDeployment/skerry-system/shop-x7k2p-batch-north-1a-abcde": 1,
		"MachineDeployment/skerry-system/shop-x7k2p-spotless-7xk2p":       1,
	} {
		if got := priority(group); got != want {
			t.Errorf("%s should have priority %d, got %d of:\n%s", group, want, got, raw)
		}
	}
}

func TestGolden(t *testing.T) {
	cases := map[string]struct {
		claim func(*v1alpha1.KubernetesClusterSpec)
		plan  func(*plan.Cluster)
	}{
		"besteffort":  {claim: plantest.Level("BestEffort")},
		"standard":    {},
		"premium":     {claim: plantest.Level("Premium")},
		"fixed-size":  {claim: fixedSize},
		"priorities":  {claim: prioritized},
		"unreachable": {plan: func(p *plan.Cluster) { p.Facts.Machines.Reachable = false }},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := cluster(t, tc.claim)
			if tc.plan != nil {
				tc.plan(p)
			}
			rendertest.Golden(t, name, func() (render.Set, error) { return autoscaling.Render(p) })
		})
	}
}

func cluster(t *testing.T, change func(*v1alpha1.KubernetesClusterSpec)) *plan.Cluster {
	t.Helper()
	if change == nil {
		return plantest.Cluster(t)
	}
	return plantest.Cluster(t, change)
}

// TestGoes proves that the autoscaler is uninstalled once no pool asks for it.
func TestGoes(t *testing.T) {
	key := "addon-cluster-autoscaler"
	have := observed.Set{key: observed.Resource{Value: observed.Of(map[string]any{"kind": "Release"})}}
	cases := map[string]struct {
		reason string
		change func(*v1alpha1.KubernetesClusterSpec)
		want   bool
	}{
		"Autoscaled": {"A pool asks for it.", nil, true},
		"FixedSize":  {"No pool asks for it.", fixedSize, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			set, err := autoscaling.Render(cluster(t, tc.change))
			if err != nil {
				t.Fatal(err)
			}
			got := false
			for _, d := range render.Hold(set, have).Desired {
				got = got || d.Key == key
			}
			if got != tc.want {
				t.Errorf("%s Want it desired: %t, got %t", tc.reason, tc.want, got)
			}
		})
	}
}

func TestImage(t *testing.T) {
	cases := map[string]struct {
		reason string
		tag    string
		want   any
	}{
		"Catalogue": {"The image goes with the cluster's version.", "v1.36.1", map[string]any{"tag": "v1.36.1"}},
		"Chart":     {"Without a tag the chart's own is used.", "", nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := plantest.Cluster(t)
			a := p.Addons["cluster-autoscaler"]
			a.ImageTag = tc.tag
			p.Addons["cluster-autoscaler"] = a
			set, err := autoscaling.Render(p)
			if err != nil {
				t.Fatal(err)
			}
			got := set.Resources[0].Body.(*helm.Release).Spec.ForProvider.Values["image"]
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestCharts(t *testing.T) {
	set, err := autoscaling.Render(plantest.Cluster(t))
	if err != nil {
		t.Fatal(err)
	}
	charttest.Check(t, "cluster-autoscaler", set)
}
