package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/catalog"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/plan/scs"
)

// What isn't tested end to end, beside the functions: levels that would not work,
// and flavors that nobody can size.
func TestCheck(t *testing.T) {
	standard := func(change func(*v1alpha1.ServiceLevel)) func(*v1alpha1.PlatformSpec) {
		return func(p *v1alpha1.PlatformSpec) { change(level(p, "Standard")) }
	}
	flavor := func(f v1alpha1.Flavor) func(*v1alpha1.PlatformSpec) {
		return func(p *v1alpha1.PlatformSpec) { p.Clouds[0].Flavors = []v1alpha1.Flavor{f} }
	}
	prices := func(p v1alpha1.Prices) func(*v1alpha1.PlatformSpec) {
		return func(s *v1alpha1.PlatformSpec) { s.Clouds[0].Prices = &p }
	}
	price := v1alpha1.Price("1,50")
	memory := resource.MustParse("4Gi")
	_, broken := scs.Parse("SCS-4V")
	cases := map[string]struct {
		reason string
		change func(*v1alpha1.PlatformSpec)
		want   string // "" when it is fine
	}{
		"example": {"the example is fine", func(*v1alpha1.PlatformSpec) {}, ""},
		"allowed replicas": {
			"what a claim may ask for must work too", standard(func(l *v1alpha1.ServiceLevel) { l.ControlPlane.AllowedReplicas = []int32{3, 4} }),
			`spec.serviceLevels[Standard].controlPlane.replicas: "4" can't form a quorum of etcd. Allowed: 1, 3, 5.`,
		},
		"no PROXY protocol": {
			"the provider ovn has no PROXY protocol", func(p *v1alpha1.PlatformSpec) {
				p.Clouds[0].LoadBalancer = v1alpha1.CloudLoadBalancer{Provider: "ovn", ProxyProtocol: true}
			},
			`spec.clouds[north].loadBalancer.proxyProtocol: "true" doesn't go with provider ovn, which has no PROXY protocol. Remove it.`,
		},
		"nodes' hosts": {
			"a level says how nodes are spread", standard(func(l *v1alpha1.ServiceLevel) { l.Nodes.AntiAffinity = "" }),
			`spec.serviceLevels[Standard].nodes.antiAffinity: "" is missing. Allowed: Hard, None, Soft.`,
		},
		"no add-ons": {
			"an add-on runs at least once", standard(func(l *v1alpha1.ServiceLevel) { l.Addons.Replicas = 0 }),
			`spec.serviceLevels[Standard].addons.replicas: "0" is too few. Set at least 1.`,
		},
		"no surge": {
			"nothing could be rolled", standard(func(l *v1alpha1.ServiceLevel) { l.Nodes.MaxSurge = 0 }),
			`spec.serviceLevels[Standard].nodes.maxSurge: "0" is too few: nodes are replaced before they are removed. Set at least 1.`,
		},
		"no repair": {
			"nothing could be repaired", standard(func(l *v1alpha1.ServiceLevel) { l.Nodes.MaxUnhealthyPercent = 0 }),
			`spec.serviceLevels[Standard].nodes.maxUnhealthyPercent: "0" is not a percentage. Set a value from 1 to 100.`,
		},
		"too much repair": {
			"there is no more than everything", standard(func(l *v1alpha1.ServiceLevel) { l.Nodes.MaxUnhealthyPercent = 101 }),
			`spec.serviceLevels[Standard].nodes.maxUnhealthyPercent: "101" is not a percentage. Set a value from 1 to 100.`,
		},
		"one without a budget": {
			"one replica works without one", standard(func(l *v1alpha1.ServiceLevel) { l.Addons = v1alpha1.LevelAddons{Replicas: 1} }), "",
		},
		"currency": {
			"a sign isn't a currency", prices(v1alpha1.Prices{Currency: "€"}),
			`spec.clouds[north].prices.currency: "€" is not an ISO 4217 code. Set for example EUR.`,
		},
		"price": {
			"no thousands, no commas", prices(v1alpha1.Prices{Currency: "EUR", FloatingIP: &price}),
			`spec.clouds[north].prices.floatingIP: "1,50" is not an amount of money. Set for example 0.08.`,
		},
		"SCS name": {"a name that says everything", flavor(v1alpha1.Flavor{Name: "SCS-4V-16"}), ""},
		"broken SCS name": {
			"a slip in a name would be a flavor of no size", flavor(v1alpha1.Flavor{Name: "SCS-4V"}),
			`spec.clouds[north].flavors[SCS-4V].name: "SCS-4V" is not a name after the SCS standard: ` + broken.Error() + `. Correct the name, or set cpu and memory.`,
		},
		"spelled out": {"unless the catalogue says it", flavor(v1alpha1.Flavor{Name: "SCS-4V", CPU: 4, Memory: &memory}), ""},
		"half spelled out": {
			"both are needed", flavor(v1alpha1.Flavor{Name: "m1", Memory: &memory}),
			`spec.clouds[north].flavors[m1]: "m1" has no cpu or no memory. Set cpu and memory: only names after the SCS standard say them.`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := plantest.Platform(t)
			tc.change(p)
			got := ""
			if err := catalog.Check(p); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}
