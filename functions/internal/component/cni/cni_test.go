package cni_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/charttest"
	"github.com/skerry-dev/skerry/functions/internal/component/cni"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
)

type change = func(*v1alpha1.KubernetesClusterSpec)

func calico(c *v1alpha1.KubernetesClusterSpec) { c.Network.CNI = "Calico" }

// demo asks for no more nodes than the level allows.
func demo(c *v1alpha1.KubernetesClusterSpec) {
	c.ServiceLevel, c.NodePools = "Demo", c.NodePools[:1]
}

func dualStack(c *v1alpha1.KubernetesClusterSpec) {
	c.Network.IPFamilies = []v1alpha1.IPFamily{"IPv4", "IPv6"}
	c.Network.NodeIPv6CIDR = "fd00:10::/64"
	c.Network.PodCIDRs = []v1alpha1.CIDR{"10.244.0.0/16", "fd00:244::/56"}
	c.Network.ServiceCIDRs = []v1alpha1.CIDR{"10.96.0.0/12", "fd00:96::/112"}
}

func TestGolden(t *testing.T) {
	cases := map[string][]change{
		"cilium-besteffort": {plantest.Level("BestEffort")},
		"cilium-standard":   nil,
		"cilium-premium":    {plantest.Level("Premium")},
		"cilium-dualstack":  {dualStack},
		"calico-demo":       {demo, calico},
		"calico-standard":   {calico},
		"calico-dualstack":  {plantest.Level("Premium"), calico, dualStack},
	}
	for name, changes := range cases {
		t.Run(name, func(t *testing.T) {
			p := plantest.Cluster(t, changes...)
			rendertest.Golden(t, name, func() (render.Set, error) { return cni.Render(p) })
		})
	}
}

func TestOperatorReplicas(t *testing.T) {
	cases := map[string]struct {
		reason       string
		addons       int32
		controlPlane int32
		want         float64
	}{
		"Addons":       {"No more than the level's add-ons have.", 2, 3, 2},
		"ControlPlane": {"No two may share a host, and at first there are only the control plane's.", 3, 1, 1},
		"Never none":   {"Without an operator no node gets its range.", 0, 3, 1},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := plantest.Cluster(t)
			p.Replicas.Count, p.ControlPlane.Replicas = tc.addons, tc.controlPlane
			set, err := cni.Render(p)
			if err != nil {
				t.Fatal(err)
			}
			values := observed.Of(set.Resources[0].Body.(*helm.Release).Spec.ForProvider.Values)
			if got := observed.At(values, "operator", "replicas").Number(); got != tc.want {
				t.Errorf("%s Want %v, got %v", tc.reason, tc.want, got)
			}
		})
	}
}

func TestKeyIsARelease(t *testing.T) {
	for _, name := range []string{"Cilium", "Calico"} {
		p := plantest.Cluster(t, func(c *v1alpha1.KubernetesClusterSpec) { c.Network.CNI = name })
		set, err := cni.Render(p)
		if err != nil {
			t.Fatal(err)
		}
		last := set.Resources[len(set.Resources)-1].Key
		if diff := cmp.Diff(last, cni.Key(p)); diff != "" {
			t.Errorf("what comes after %s would wait for nobody: %s", name, diff)
		}
	}
}

func TestErrors(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*plan.Cluster)
		want   string
	}{
		"Unknown":   {"A plugin that nobody knows is not silently another one.", func(p *plan.Cluster) { p.Network.CNI = "Flannel" }, `network plugin "Flannel"`},
		"Catalogue": {"A catalogue without the chart is named.", func(p *plan.Cluster) { delete(p.Addons, "calico-crds") }, `add-on "calico-crds"`},
		"Range":     {"A broken range doesn't reach the cluster.", func(p *plan.Cluster) { p.Network.PodCIDRs = []string{"10.244.0.0"} }, "cannot make an IP pool"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := plantest.Cluster(t, calico)
			tc.change(p)
			_, err := cni.Render(p)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s Want an error with %q, got %v", tc.reason, tc.want, err)
			}
		})
	}
}

func TestCharts(t *testing.T) {
	for chart, changes := range map[string][]change{
		"cilium":          {plantest.Level("Premium"), dualStack},
		"tigera-operator": {plantest.Level("Premium"), dualStack, calico},
	} {
		t.Run(chart, func(t *testing.T) {
			set, err := cni.Render(plantest.Cluster(t, changes...))
			if err != nil {
				t.Fatal(err)
			}
			charttest.Check(t, chart, set)
		})
	}
}
