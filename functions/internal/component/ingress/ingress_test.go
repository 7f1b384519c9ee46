package ingress

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/functions/internal/component/charttest"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
)

func TestGolden(t *testing.T) {
	for name, level := range map[string]string{"besteffort": "BestEffort", "standard": "Standard", "premium": "Premium"} {
		t.Run(name, func(t *testing.T) {
			p := plantest.Cluster(t, plantest.Level(level))
			rendertest.Golden(t, name, func() (render.Set, error) { return Render(p) })
			set, err := Render(p)
			if err != nil {
				t.Fatal(err)
			}
			t.Run("chart", func(t *testing.T) { charttest.Check(t, "traefik", set) })
		})
	}
	t.Run("without-janitor", func(t *testing.T) {
		p := plantest.Cluster(t)
		p.Janitor = false
		rendertest.Golden(t, "without-janitor", func() (render.Set, error) { return Render(p) })
	})
}

func TestLoadBalancer(t *testing.T) {
	const flavor = "0a0a0a0a-0000-4000-8000-000000000002"
	tests := map[string]struct {
		reason string
		in     plan.LoadBalancer
		want   map[string]string
	}{
		"Amphora": {
			reason: "The load balancer has the level's flavor.",
			in:     plan.LoadBalancer{Provider: "amphora", FlavorName: "lb-standard", FlavorID: flavor},
			want:   map[string]string{plan.FlavorAnnotation: flavor},
		},
		"CloudsDefault": {
			reason: "A platform that names neither gets the cloud's.",
		},
		"OVN": {
			reason: "The provider ovn takes no flavor, even where the platform names one.",
			in:     plan.LoadBalancer{Provider: "ovn", FlavorID: flavor},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, loadBalancer(&plan.Cluster{Cloud: plan.Cloud{LoadBalancer: tc.in}})); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestRenderOwnsCloud: what removes the load balancer is the janitor, or else
// Traefik's release, which then goes before the cluster.
func TestRenderOwnsCloud(t *testing.T) {
	for name, tc := range map[string]struct {
		reason  string
		janitor bool
		owner   string
	}{
		"Janitor": {
			reason:  "With the janitor all that is in the cluster dies with it, and a dead API blocks nothing.",
			janitor: true,
		},
		"NoJanitor": {
			reason: "Without it the load balancer goes before the cluster, or nobody removes it.",
			owner:  "addon-traefik",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := plantest.Cluster(t)
			p.Janitor = tc.janitor
			set, err := Render(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range set.Resources {
				owns := r.Key == tc.owner
				if uses := slices.Equal(r.Uses, []string{plan.KeyCluster}); uses != owns {
					t.Errorf("%s %s uses %v", tc.reason, r.Key, r.Uses)
				}
				spec := r.Body.(*helm.Release).Spec
				if keeps := spec.ManagementPolicies != nil; keeps == owns {
					t.Errorf("%s %s has policies %v", tc.reason, r.Key, spec.ManagementPolicies)
				}
				if spec.ForProvider.Wait != owns {
					t.Errorf("%s %s waits: %t", tc.reason, r.Key, spec.ForProvider.Wait)
				}
			}
		})
	}
}

// TestProxyProtocol: where the platform turns it on, the load balancer tells the
// addresses of clients, and Traefik takes its word, and nobody else's.
func TestProxyProtocol(t *testing.T) {
	p := plantest.Cluster(t)
	p.Cloud.ProxyProtocol = true
	rendertest.Golden(t, "proxy-protocol", func() (render.Set, error) { return Render(p) })
	set, err := Render(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("chart", func(t *testing.T) { charttest.Check(t, "traefik", set) })

	p.Network.Existing = &plan.NetworkIDs{Network: "n"}
	if ports(p) != nil || loadBalancer(p)[proxyProtocolAnnotation] != "" {
		t.Error("in an existing network nobody knows whose word to take")
	}
}

// TestNames: what others refer to by our constants is what the chart gets.
func TestNames(t *testing.T) {
	var v struct {
		IngressClass struct{ Name string }
		GatewayClass struct{ Name string }
		Gateway      struct {
			Name      string
			Listeners map[string]struct{ Port int }
		}
		Ports map[string]any
	}
	if err := yaml.Unmarshal(file, &v); err != nil {
		t.Fatal(err)
	}
	if v.IngressClass.Name != Class || v.GatewayClass.Name != Class || v.Gateway.Name != Gateway {
		t.Errorf("classes %q and %q, Gateway %q", v.IngressClass.Name, v.GatewayClass.Name, v.Gateway.Name)
	}
	if _, ok := v.Gateway.Listeners[Listener]; !ok || v.Ports[EntryPoint] == nil || v.Ports[SecureEntryPoint] == nil {
		t.Errorf("listeners %v, ports %v", v.Gateway.Listeners, v.Ports)
	}
}
