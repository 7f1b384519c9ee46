package metrics_test

import (
	"testing"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/charttest"
	"github.com/skerry-dev/skerry/functions/internal/component/metrics"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
)

// demo asks for no more nodes than the level allows.
func demo(c *v1alpha1.KubernetesClusterSpec) {
	c.ServiceLevel, c.NodePools = "Demo", c.NodePools[:1]
}

func calico(c *v1alpha1.KubernetesClusterSpec) { c.Network.CNI = "Calico" }

func TestGolden(t *testing.T) {
	cases := map[string][]func(*v1alpha1.KubernetesClusterSpec){
		"besteffort": {plantest.Level("BestEffort")},
		"standard":   nil,
		"premium":    {plantest.Level("Premium")},
		"demo":       {demo},
		"calico":     {calico},
	}
	for name, changes := range cases {
		t.Run(name, func(t *testing.T) {
			p := plantest.Cluster(t, changes...)
			rendertest.Golden(t, name, func() (render.Set, error) { return metrics.Render(p) })
		})
	}
}

func TestCharts(t *testing.T) {
	set, err := metrics.Render(plantest.Cluster(t, plantest.Level("Premium")))
	if err != nil {
		t.Fatal(err)
	}
	charttest.Check(t, "metrics-server", set)
}
