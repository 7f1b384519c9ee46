package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

const someUUID = "7b5e4f2a-0c7e-4d79-9f2a-5f0a6b2c3d4e"

func dualStack(w *world) {
	n := &w.claim.Network
	n.IPFamilies = []v1alpha1.IPFamily{"IPv4", "IPv6"}
	n.NodeIPv6CIDR = "fd00:8::/64"
	n.PodCIDRs = append(n.PodCIDRs, "fd00:244::/56")
	n.ServiceCIDRs = append(n.ServiceCIDRs, "fd00:96::/112")
}

func ofOthers(w *world) {
	w.claim.Network.Existing = &v1alpha1.ExistingNetwork{NetworkID: someUUID, SubnetIDs: []v1alpha1.UUID{"s4", "s6"}, RouterID: "r"}
}

func allow(ranges ...v1alpha1.CIDR) func(*world) {
	return func(w *world) { w.claim.Network.APIServer.AllowedCIDRs = ranges }
}

func rules(r ...v1alpha1.FirewallRule) func(*world) {
	return func(w *world) { w.claim.Network.FirewallRules = r }
}

func TestNetwork(t *testing.T) {
	base := func(change func(*plan.Network)) plan.Network {
		n := plan.Network{
			CNI: "Cilium", NodeCIDR: "10.0.0.0/22",
			PodCIDRs: []string{"10.244.0.0/16"}, ServiceCIDRs: []string{"10.96.0.0/12"},
			Policy: plan.Policy{BlockMetadata: true},
		}
		change(&n)
		return n
	}
	dual := func(n *plan.Network) {
		n.DualStack = true
		n.NodeIPv6CIDR = "fd00:8::/64"
		n.PodCIDRs = append(n.PodCIDRs, "fd00:244::/56")
		n.ServiceCIDRs = append(n.ServiceCIDRs, "fd00:96::/112")
	}
	cases := map[string]struct {
		reason string
		change func(*world)
		want   func(*plan.Network)
	}{
		"defaults":   {"the schema's ranges, and no one shut out", nil, func(*plan.Network) {}},
		"dual-stack": {"a range of each family", dualStack, dual},
		"existing dual-stack": {
			"a network of others brings its IPv6 range itself",
			func(w *world) { dualStack(w); ofOthers(w); w.claim.Network.NodeIPv6CIDR = "" },
			func(n *plan.Network) {
				dual(n)
				n.NodeIPv6CIDR = ""
				n.Existing = &plan.NetworkIDs{Network: someUUID, Subnets: []string{"s4", "s6"}, Router: "r"}
			},
		},
		"Calico":       {"the other plugin", func(w *world) { w.claim.Network.CNI = "Calico" }, func(n *plan.Network) { n.CNI = "Calico" }},
		"open":         {"pods may reach the cloud's metadata only when asked for", func(w *world) { w.claim.Network.PolicyPreset = "Open" }, func(n *plan.Network) { n.Policy = plan.Policy{} }},
		"default deny": {"it blocks metadata too", func(w *world) { w.claim.Network.PolicyPreset = "DefaultDeny" }, func(n *plan.Network) { n.Policy = plan.Policy{BlockMetadata: true, DefaultDeny: true} }},
		"no preset":    {"without a schema the safe one", func(w *world) { w.claim.Network.PolicyPreset = "" }, func(*plan.Network) {}},
		"allowed": {
			"the platform reaches every cluster, whatever a claim allows",
			allow("203.0.113.0/24", "192.0.2.0/24"),
			func(n *plan.Network) {
				n.AllowedCIDRs = []string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"}
			},
		},
		"allowed twice": {
			"each range is there once",
			allow("198.51.100.0/24", "203.0.113.0/24", "203.0.113.0/24"),
			func(n *plan.Network) { n.AllowedCIDRs = []string{"198.51.100.0/24", "203.0.113.0/24"} },
		},
		"allowed IPv6": {
			"of either family",
			allow("2001:db8::/32"),
			func(n *plan.Network) { n.AllowedCIDRs = []string{"198.51.100.0/24", "2001:db8::/32"} },
		},
		"rules": {
			"one rule for each source, as Neutron has them: masked, and of one family",
			rules(
				v1alpha1.FirewallRule{Name: "web", Protocol: "TCP", Ports: &v1alpha1.PortRange{First: 30000, Last: 32767}, Sources: []v1alpha1.CIDR{"203.0.113.7/24", "2001:db8::1/32"}},
				v1alpha1.FirewallRule{Name: "ping", Protocol: "ICMP", Sources: []v1alpha1.CIDR{"0.0.0.0/0"}},
			),
			func(n *plan.Network) {
				n.FirewallRules = []plan.FirewallRule{
					{Name: "web", Protocol: "TCP", First: 30000, Last: 32767, Source: "203.0.113.0/24"},
					{Name: "web", Protocol: "TCP", First: 30000, Last: 32767, Source: "2001:db8::/32", IPv6: true},
					{Name: "ping", Protocol: "ICMP", Source: "0.0.0.0/0"},
				}
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(base(tc.want), planned(t, newWorld(t, tc.change)).Network); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// Refusals that aren't tested end to end.
func TestNetworkRefused(t *testing.T) {
	cases := map[string]struct {
		reason string
		change []func(*world)
		want   string
	}{
		"no IPv6 range": {
			"nodes need addresses of both families",
			[]func(*world){dualStack, func(w *world) { w.claim.Network.NodeIPv6CIDR = "" }},
			`spec.network.nodeIPv6CIDR: "" is not an IP range in CIDR notation. Set a range such as 10.0.0.0/22.`,
		},
		"IPv6 overlap": {
			"ranges of the second family must not overlap either",
			[]func(*world){dualStack, func(w *world) { w.claim.Network.ServiceCIDRs[1] = "fd00:244::/112" }},
			`spec.network.serviceCIDRs[1]: "fd00:244::/112" overlaps with spec.network.podCIDRs[1] fd00:244::/56. Choose ranges that share no address.`,
		},
		"no service range": {
			"services need addresses",
			[]func(*world){func(w *world) { w.claim.Network.ServiceCIDRs = nil }},
			`spec.network: "" has no podCIDRs or no serviceCIDRs. Leave them out for the defaults: they come with the schema.`,
		},
		"locked out": {
			"the management cluster must reach every cluster",
			[]func(*world){allow("203.0.113.0/24"), func(w *world) { w.platform.Management.AllowedCIDRs = nil }},
			`spec.network.apiServer.allowedCIDRs: "[203.0.113.0/24]" would lock the management cluster out: the Platform doesn't say where that reaches clusters from. Ask the platform team to set spec.management.allowedCIDRs of the Platform, or leave the field out.`,
		},
		"same rule": {
			"Neutron has each rule once, whatever it is called",
			[]func(*world){rules(
				v1alpha1.FirewallRule{Name: "a", Protocol: "ICMP", Sources: []v1alpha1.CIDR{"203.0.113.0/24"}},
				v1alpha1.FirewallRule{Name: "b", Protocol: "ICMP", Sources: []v1alpha1.CIDR{"203.0.113.9/24"}},
			)},
			`spec.network.firewallRules[b].sources[0]: "203.0.113.9/24" is allowed by rule "a" already, and a cloud has each rule once. Take one of them out.`,
		},
		"services moved": {
			"every service's address comes from the range",
			[]func(*world){func(w *world) {
				w.have[plan.KeyCluster] = existing(t, `{spec: {topology: {version: v1.36.4}, clusterNetwork: {pods: {cidrBlocks: [10.244.0.0/16]}, services: {cidrBlocks: [10.112.0.0/12]}}}}`)
			}},
			`spec.network.serviceCIDRs: "[10.96.0.0/12]" can't be changed from [10.112.0.0/12]. Set them back: every address in the cluster comes from them.`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := newWorld(t, tc.change...).plan()
			refused(t, tc.reason, tc.want, err)
		})
	}
}

// kubeadm takes no other sizes: a /24 for each node of 16 bits of pods, and at
// most 20 bits of services.
func TestRangeSizes(t *testing.T) {
	const pods, services = "has a size that Kubernetes can't use for pods", "has a size that Kubernetes can't use for services"
	cases := map[string]struct {
		reason         string
		pods, services v1alpha1.CIDR
		refused        string
	}{
		"usual":                   {"the defaults", "10.244.0.0/16", "10.96.0.0/12", ""},
		"smallest pods":           {"two nodes", "10.244.0.0/23", "10.96.0.0/12", ""},
		"pods too small":          {"one node is no cluster", "10.244.0.0/24", "10.96.0.0/12", pods},
		"largest pods":            {"16 bits of nodes", "11.0.0.0/8", "10.96.0.0/12", ""},
		"pods too large":          {"and no more", "12.0.0.0/7", "10.96.0.0/12", pods},
		"smallest services":       {"sixteen addresses", "10.244.0.0/16", "10.96.0.0/28", ""},
		"services too small":      {"fewer are none", "10.244.0.0/16", "10.96.0.0/29", services},
		"services too large":      {"more than 20 bits", "10.244.0.0/16", "16.0.0.0/11", services},
		"IPv6 pods":               {"a /64 for each node", "fd00:244::/63", "fd00:96::/112", ""},
		"IPv6 pods too small":     {"one node is no cluster", "fd00:244::/64", "fd00:96::/112", pods},
		"IPv6 pods too large":     {"16 bits of nodes", "fd00::/47", "fd01:96::/112", pods},
		"largest IPv6 services":   {"20 bits", "fd00:244::/56", "fd00:96::/108", ""},
		"IPv6 services too large": {"and no more", "fd00:244::/56", "fd00:96::/107", services},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			of := &w.claim.Network
			if strings.Contains(string(tc.pods), ":") {
				dualStack(w)
				of.PodCIDRs[1], of.ServiceCIDRs[1] = tc.pods, tc.services
			} else {
				of.NodeCIDR, of.PodCIDRs[0], of.ServiceCIDRs[0] = "192.168.0.0/24", tc.pods, tc.services
			}
			_, err := w.plan()
			switch {
			case tc.refused == "" && err != nil:
				t.Errorf("%s: %v", tc.reason, err)
			case tc.refused != "" && (err == nil || !strings.Contains(err.Error(), tc.refused)):
				t.Errorf("%s: got %v, want %q", tc.reason, err, tc.refused)
			}
		})
	}
}
