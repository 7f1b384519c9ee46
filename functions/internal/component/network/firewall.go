package network

import (
	"fmt"
	"strings"

	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/openstack"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// securityGroup makes the group that every node is in, besides the one that
// Cluster API manages, and the rules that the claim asks for.
func securityGroup(p *plan.Cluster, s *render.Set) error {
	s.Add(managed(p, plan.KeySecurityGroup, openstack.NewSecurityGroup(openstack.SecurityGroup{
		Name: p.Home.Name("nodes"), Description: description(p), Region: p.Cloud.Region,
	})))
	if p.Network.DualStack {
		s.Add(betweenNodes(p))
	}
	for _, r := range p.Network.FirewallRules {
		rule, err := firewallRule(p, r)
		if err != nil {
			return err
		}
		s.Add(rule)
	}
	// Rules hold no data: one that the claim no longer has goes.
	s.Families = append(s.Families, render.Family{Prefix: keyFirewallRule, Withdraw: true})
	return nil
}

// betweenNodes lets IPv6 pass between the nodes. The group that Cluster API
// manages lets only IPv4 pass (cluster-api-provider-openstack v0.14.7,
// securitygroups_rules.go).
func betweenNodes(p *plan.Cluster) render.Resource {
	r := managed(p, keyNodesIPv6, openstack.NewSecurityGroupRule(openstack.SecurityGroupRule{
		Description:        "between nodes",
		Region:             p.Cloud.Region,
		SecurityGroupIDRef: &external.NameRef{Name: p.Home.Name(plan.KeySecurityGroup)},
		Direction:          "ingress",
		Ethertype:          "IPv6",
		RemoteGroupID:      p.Facts.SecurityGroupID,
	}))
	r.Uses = []string{plan.KeySecurityGroup}
	if p.Facts.SecurityGroupID == "" {
		r.Awaits = "the id of the security group"
	}
	return r
}

// firewallRule makes one rule. Neutron can't change a rule, so its key says
// what it allows: another content is another rule.
func firewallRule(p *plan.Cluster, r plan.FirewallRule) (render.Resource, error) {
	hash, err := render.Hash(r)
	if err != nil {
		return render.Resource{}, fmt.Errorf("cannot name firewall rule %q: %w", r.Name, err)
	}
	key := keyFirewallRule + r.Name + "-" + hash
	ethertype := "IPv4"
	if r.IPv6 {
		ethertype = "IPv6"
	}
	rule := managed(p, key, openstack.NewSecurityGroupRule(openstack.SecurityGroupRule{
		Description:        r.Name,
		Region:             p.Cloud.Region,
		SecurityGroupIDRef: &external.NameRef{Name: p.Home.Name(plan.KeySecurityGroup)},
		Direction:          "ingress",
		Ethertype:          ethertype,
		Protocol:           protocol(r),
		PortRangeMin:       r.First,
		PortRangeMax:       r.Last,
		RemoteIPPrefix:     r.Source,
	}))
	rule.Uses = []string{plan.KeySecurityGroup}
	return rule, nil
}

// protocol returns Neutron's name: ICMP for IPv6 has one of its own.
func protocol(r plan.FirewallRule) string {
	if r.Protocol == "ICMP" && r.IPv6 {
		return "ipv6-icmp"
	}
	return strings.ToLower(r.Protocol)
}
