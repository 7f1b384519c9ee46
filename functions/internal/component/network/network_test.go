package network_test

import (
	"testing"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/network"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
)

func dualStack(c *v1alpha1.KubernetesClusterSpec) {
	c.Network.IPFamilies = []v1alpha1.IPFamily{"IPv4", "IPv6"}
	c.Network.NodeIPv6CIDR = "fd00:8::/64"
	c.Network.PodCIDRs = append(c.Network.PodCIDRs, "fd00:244::/56")
	c.Network.ServiceCIDRs = append(c.Network.ServiceCIDRs, "fd00:96::/112")
}

func firewall(c *v1alpha1.KubernetesClusterSpec) {
	c.Network.FirewallRules = []v1alpha1.FirewallRule{
		{Name: "node-ports", Protocol: "TCP", Ports: &v1alpha1.PortRange{First: 30000, Last: 32767}, Sources: []v1alpha1.CIDR{"203.0.113.0/24", "2001:db8::/32"}},
		{Name: "ping", Protocol: "ICMP", Sources: []v1alpha1.CIDR{"2001:db8::/32"}},
	}
}

func existing(c *v1alpha1.KubernetesClusterSpec) {
	c.Network.Existing = &v1alpha1.ExistingNetwork{
		NetworkID: "7b5e4f2a-0c7e-4d79-9f2a-5f0a6b2c3d4e",
		SubnetIDs: []v1alpha1.UUID{"8c6f5a3b-1d8f-4e8a-8a3b-6a1b7c3d4e5f"},
		RouterID:  "9d7a6b4c-2e9a-4f9b-9b4c-7b2c8d4e5f6a",
	}
}

func TestRender(t *testing.T) {
	cases := map[string]struct {
		reason string
		change []func(*v1alpha1.KubernetesClusterSpec)
		bare   bool
	}{
		"standard":   {reason: "one IPv4 subnet, soft anti-affinity"},
		"besteffort": {reason: "no server groups", change: []func(*v1alpha1.KubernetesClusterSpec){plantest.Level("BestEffort")}},
		"premium":    {reason: "hard anti-affinity for the control plane", change: []func(*v1alpha1.KubernetesClusterSpec){plantest.Level("Premium")}},
		"dual-stack": {reason: "a second subnet with its own router interface", change: []func(*v1alpha1.KubernetesClusterSpec){dualStack}},
		"firewall":   {reason: "one rule for each source, IPv6 told apart", change: []func(*v1alpha1.KubernetesClusterSpec){firewall}},
		"existing":   {reason: "only what belongs to the machines", change: []func(*v1alpha1.KubernetesClusterSpec){existing}, bare: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rendertest.Golden(t, name, func() (render.Set, error) {
				if tc.bare {
					return network.Render(plantest.New(t, tc.change...))
				}
				return network.Render(plantest.Cluster(t, tc.change...))
			})
		})
	}
}

// A rule can't be changed in Neutron: other content must be another resource,
// and the same content the same one whatever else the claim says.
func TestFirewallRuleKeys(t *testing.T) {
	keys := func(change ...func(*v1alpha1.KubernetesClusterSpec)) map[string]bool {
		s, err := network.Render(plantest.Cluster(t, change...))
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]bool{}
		for _, r := range s.Resources {
			out[r.Key] = true
		}
		return out
	}
	before := keys(firewall)
	after := keys(firewall, func(c *v1alpha1.KubernetesClusterSpec) {
		c.Network.FirewallRules[0].Ports.Last = 32000
		c.Network.FirewallRules[0], c.Network.FirewallRules[1] = c.Network.FirewallRules[1], c.Network.FirewallRules[0]
	})
	var gone, came int
	for k := range before {
		if !after[k] {
			gone++
		}
	}
	for k := range after {
		if !before[k] {
			came++
		}
	}
	if gone != 2 || came != 2 {
		t.Errorf("changing the ports of one rule with two sources: %d keys gone and %d new, want 2 and 2", gone, came)
	}
}
