// Package network makes the network of a cluster: network, subnets, router,
// the security group of the nodes and its rules, and server groups.
//
// With an existing network it makes only what belongs to the machines.
package network

import (
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/openstack"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// Keys of the resources, besides those in plan that facts are read from.
const (
	keyRouterInterface     = "router-interface"
	keyRouterInterfaceIPv6 = "router-interface-ipv6"
	keyNodesIPv6           = "nodes-ipv6"
	keyFirewallRule        = "firewall-rule-" // and the rule's name and content
)

// Render returns the network of the cluster.
func Render(p *plan.Cluster) (render.Set, error) {
	var s render.Set
	if p.Network.Existing == nil {
		own(p, &s)
	}
	if err := securityGroup(p, &s); err != nil {
		return s, err
	}
	serverGroups(p, &s)
	return s, nil
}

// Keys returns the keys of everything that machines need to be deleted before:
// Neutron refuses to delete a network with ports and a router with interfaces.
func Keys(p *plan.Cluster) []string {
	keys := []string{plan.KeySecurityGroup}
	if p.Network.Existing != nil {
		return keys
	}
	keys = append(keys, plan.KeyNetwork, plan.KeySubnet, plan.KeyRouter, keyRouterInterface)
	if p.Network.DualStack {
		keys = append(keys, plan.KeySubnetIPv6, keyRouterInterfaceIPv6)
	}
	return keys
}

// own makes a network of the cluster's own. All of it is composed at once: the
// provider resolves the references, and Usages keep the order of teardown.
func own(p *plan.Cluster, s *render.Set) {
	s.Add(
		managed(p, plan.KeyNetwork, openstack.NewNetwork(openstack.Network{
			Name: p.Home.Prefix, Description: description(p), Region: p.Cloud.Region,
		})),
		managed(p, plan.KeyRouter, openstack.NewRouter(openstack.Router{
			Name: p.Home.Prefix, Description: description(p), Region: p.Cloud.Region,
			ExternalNetworkID: p.Cloud.ExternalNetworkID,
		})),
	)
	subnet(p, s, plan.KeySubnet, keyRouterInterface, openstack.Subnet{
		Name: p.Home.Prefix, CIDR: p.Network.NodeCIDR, IPVersion: 4, DNSNameservers: p.Cloud.DNSServers,
	})
	if p.Network.DualStack {
		// Nodes configure themselves from the router's advertisements (SLAAC),
		// which works with every image.
		subnet(p, s, plan.KeySubnetIPv6, keyRouterInterfaceIPv6, openstack.Subnet{
			Name: p.Home.Name("ipv6"), CIDR: p.Network.NodeIPv6CIDR, IPVersion: 6,
			IPv6AddressMode: "slaac", IPv6RAMode: "slaac",
		})
	}
}

func subnet(p *plan.Cluster, s *render.Set, key, interfaceKey string, in openstack.Subnet) {
	in.Description, in.Region = description(p), p.Cloud.Region
	in.NetworkIDRef = &external.NameRef{Name: p.Home.Name(plan.KeyNetwork)}
	sub := managed(p, key, openstack.NewSubnet(in))
	sub.Uses = []string{plan.KeyNetwork}
	port := managed(p, interfaceKey, openstack.NewRouterInterface(openstack.RouterInterface{
		Region:      p.Cloud.Region,
		RouterIDRef: &external.NameRef{Name: p.Home.Name(plan.KeyRouter)},
		SubnetIDRef: &external.NameRef{Name: p.Home.Name(key)},
	}))
	port.Uses = []string{plan.KeyRouter, key}
	s.Add(sub, port)
}

func description(p *plan.Cluster) string {
	return "Kubernetes cluster " + p.Team.Name + " of " + p.Team.Namespace
}

// managed names a managed resource after its key.
func managed[T any](p *plan.Cluster, key string, r *openstack.Resource[T]) render.Resource {
	return render.Resource{
		Key:   key,
		Body:  r.At(p.Home.Namespace, p.Home.Name(key), p.Cloud.ProviderConfig),
		Ready: readiness.ManagedWithID,
	}
}
