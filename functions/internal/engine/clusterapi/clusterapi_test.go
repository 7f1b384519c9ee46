package clusterapi_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/engine/clusterapi"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
)

func TestRender(t *testing.T) {
	for _, level := range []string{"BestEffort", "Standard", "Premium", "Demo"} {
		t.Run(level, func(t *testing.T) {
			rendertest.Golden(t, strings.ToLower(level), func() (render.Set, error) {
				p := plantest.Cluster(t, plantest.Level(level), small)
				// As before the first Cluster: nothing is made yet.
				p.Facts.Machines, p.Facts.AsMade = plan.Machines{}, nil
				return clusterapi.Engine{}.Render(p)
			})
		})
	}
	t.Run("private cloud", func(t *testing.T) {
		rendertest.Golden(t, "private-cloud", func() (render.Set, error) {
			p := plantest.Cluster(t, small)
			p.Cloud.Zones, p.ControlPlane.Zones = nil, nil
			p.Cloud.CACertificate = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
			p.PodSecurity = "Privileged"
			p.Access.OIDC = nil
			p.Facts.Machines = plan.Machines{}
			return clusterapi.Engine{}.Render(p)
		})
	})
}

// small fits into every level.
func small(c *v1alpha1.KubernetesClusterSpec) {
	one := int32(1)
	c.NodePools[0].Replicas = &one
	c.NodePools[1].Autoscaling.Max = 2
}

func rendered(t *testing.T, p *plan.Cluster) (byKey map[string]render.Resource, s render.Set) {
	t.Helper()
	s, err := clusterapi.Engine{}.Render(p)
	if err != nil {
		t.Fatal(err)
	}
	byKey = map[string]render.Resource{}
	for _, r := range s.Resources {
		byKey[r.Key] = r
	}
	return byKey, s
}

func classKey(byKey map[string]render.Resource) string {
	for k := range byKey {
		if strings.HasPrefix(k, plan.KeyClusterClass) {
			return k
		}
	}
	return ""
}

func TestAwaits(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*plan.Cluster)
		want   string
	}{
		"network":      {"an id in the class is part of its hash", func(p *plan.Cluster) { p.Facts.Network = plan.NetworkIDs{} }, "the network"},
		"group":        {"machines need their security group", func(p *plan.Cluster) { p.Facts.SecurityGroupID = "" }, "the security group of the nodes"},
		"server group": {"machines need their server group", func(p *plan.Cluster) { p.Facts.ServerGroupIDs["server-group-pool-web-soft"] = "" }, "server-group-pool-web-soft"},
		"template": {
			"a cluster whose template can't be seen must not get another load balancer",
			func(p *plan.Cluster) { p.Facts.AsMade = nil }, "the template that it was made from",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := plantest.Cluster(t)
			tc.change(p)
			byKey, s := rendered(t, p)
			if diff := cmp.Diff(tc.want, byKey[plan.KeyCluster].Awaits); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
			if len(s.Resources) != 1 || len(s.Families) != 0 {
				t.Errorf("%s: got %d resources and %d families, want only the cluster, and nothing that may go", tc.reason, len(s.Resources), len(s.Families))
			}
		})
	}
}

// A cluster moves to another class only once Cluster API has taken that class
// in, and the old one may go only when the cluster has left it and settled.
func TestTwoPhases(t *testing.T) {
	p := plantest.Cluster(t)
	byKey, s := rendered(t, p)
	key := classKey(byKey)
	class := byKey[key].Body.Head().Metadata.Name
	if got := byKey[plan.KeyCluster].Awaits; got != "ClusterClass "+class {
		t.Errorf("before the class is taken in: the cluster awaits %q", got)
	}
	if s.Families[0].Withdraw {
		t.Error("the old class may go although the cluster still names it")
	}

	p.Facts.Classes[class] = true
	byKey, s = rendered(t, p)
	if byKey[plan.KeyCluster].Awaits != "" {
		t.Error("the class is taken in: the cluster should move")
	}
	if s.Families[0].Withdraw {
		t.Error("the old class may go before the observed cluster has left it")
	}

	p.Facts.Machines.Class, p.Facts.Machines.Settled = class, false
	if _, s = rendered(t, p); s.Families[0].Withdraw {
		t.Error("the old class may go while machines still roll")
	}
	p.Facts.Machines.Settled = true
	if _, s = rendered(t, p); !s.Families[0].Withdraw {
		t.Error("the cluster has settled on the new class: the old one should go")
	}
}

// The load balancer of an API that exists can't be changed: another level must
// not try, or the topology could never be reconciled again.
func TestLoadBalancerStaysAsMade(t *testing.T) {
	p := plantest.Cluster(t, plantest.Level("Premium"), small)
	if diff := cmp.Diff("lb-standard", p.Cloud.APILoadBalancer.FlavorName); diff != "" {
		t.Errorf("the API's load balancer was made at Standard: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff("lb-active-standby", p.Cloud.LoadBalancer.FlavorName); diff != "" {
		t.Errorf("new load balancers follow the level: -want +got:\n%s", diff)
	}
}

// Identical input gives identical names; content gives others.
func TestNamesFollowContent(t *testing.T) {
	name := func(change ...func(*v1alpha1.KubernetesClusterSpec)) string {
		byKey, _ := rendered(t, plantest.Cluster(t, change...))
		return classKey(byKey)
	}
	base := name()
	if again := name(); again != base {
		t.Errorf("the same claim gives class %q and %q", base, again)
	}
	changes := map[string]func(*v1alpha1.KubernetesClusterSpec){
		"flavor": func(c *v1alpha1.KubernetesClusterSpec) { c.NodePools[0].Flavor = "SCS-2V-8-20s" },
		"labels": func(c *v1alpha1.KubernetesClusterSpec) {
			c.NodePools[0].Labels = map[string]v1alpha1.LabelValue{"a": "b"}
		},
		"pod security": func(c *v1alpha1.KubernetesClusterSpec) { c.PodSecurity = "Restricted" },
		"pool":         func(c *v1alpha1.KubernetesClusterSpec) { c.NodePools = c.NodePools[:1] },
	}
	for what, change := range changes {
		if name(change) == base {
			t.Errorf("another %s gives the same class", what)
		}
	}
	scale := func(c *v1alpha1.KubernetesClusterSpec) { n := int32(5); c.NodePools[0].Replicas = &n }
	if name(scale) != base {
		t.Error("scaling a pool gives another class: it must not roll anything")
	}
}
