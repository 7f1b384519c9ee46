package autoscaling_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

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

func TestGolden(t *testing.T) {
	cases := map[string]struct {
		claim func(*v1alpha1.KubernetesClusterSpec)
		plan  func(*plan.Cluster)
	}{
		"besteffort":  {claim: plantest.Level("BestEffort")},
		"standard":    {},
		"premium":     {claim: plantest.Level("Premium")},
		"fixed-size":  {claim: fixedSize},
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
