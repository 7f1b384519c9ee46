package plan

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

func networkOf(claim *v1alpha1.KubernetesClusterSpec, p *v1alpha1.PlatformSpec) (Network, error) {
	in := claim.Network
	n := Network{
		CNI:          in.CNI,
		DualStack:    slices.Contains(in.IPFamilies, "IPv6"),
		NodeCIDR:     string(in.NodeCIDR),
		NodeIPv6CIDR: string(in.NodeIPv6CIDR),
		PodCIDRs:     texts(in.PodCIDRs),
		ServiceCIDRs: texts(in.ServiceCIDRs),
		Policy: Policy{
			BlockMetadata: in.PolicyPreset != "Open",
			DefaultDeny:   in.PolicyPreset == "DefaultDeny",
		},
	}
	if err := checkRanges(&in, n); err != nil {
		return n, err
	}
	if len(in.APIServer.AllowedCIDRs) > 0 && len(p.Management.AllowedCIDRs) == 0 {
		return n, refusal.New("spec.network.apiServer.allowedCIDRs", fmt.Sprint(in.APIServer.AllowedCIDRs), "would lock the management cluster out: the Platform doesn't say where that reaches clusters from",
			"Ask the platform team to set spec.management.allowedCIDRs of the Platform, or leave the field out.")
	}
	if len(in.APIServer.AllowedCIDRs) > 0 {
		n.AllowedCIDRs = unionSorted(texts(in.APIServer.AllowedCIDRs), texts(p.Management.AllowedCIDRs))
	}
	rules, err := firewallRules(in.FirewallRules)
	if err != nil {
		return n, err
	}
	n.FirewallRules = rules
	if in.Existing != nil {
		n.Existing = &NetworkIDs{
			Network: string(in.Existing.NetworkID),
			Subnets: texts(in.Existing.SubnetIDs),
			Router:  string(in.Existing.RouterID),
		}
	}
	return n, nil
}

// checkRanges repeats what the schema says, for callers that come without an
// API server: a broken range must not reach a cloud.
func checkRanges(in *v1alpha1.Network, n Network) error {
	if in.CNI != "Cilium" && in.CNI != "Calico" {
		return refusal.NotOneOf("spec.network.cni", in.CNI, "is not a network plugin", []string{"Cilium", "Calico"})
	}
	if len(n.PodCIDRs) == 0 || len(n.ServiceCIDRs) == 0 {
		return refusal.New("spec.network", "", "has no podCIDRs or no serviceCIDRs", "Leave them out for the defaults: they come with the schema.")
	}
	fields := []namedRange{{field: "spec.network.nodeCIDR", value: n.NodeCIDR}}
	if n.DualStack && in.Existing == nil {
		fields = append(fields, namedRange{field: "spec.network.nodeIPv6CIDR", value: n.NodeIPv6CIDR})
	}
	for i, c := range n.PodCIDRs {
		fields = append(fields, namedRange{fmt.Sprintf("spec.network.podCIDRs[%d]", i), c, podSize})
	}
	for i, c := range n.ServiceCIDRs {
		fields = append(fields, namedRange{fmt.Sprintf("spec.network.serviceCIDRs[%d]", i), c, serviceSize})
	}
	for i, c := range in.APIServer.AllowedCIDRs {
		if _, err := parseRange(namedRange{field: fmt.Sprintf("spec.network.apiServer.allowedCIDRs[%d]", i), value: string(c)}); err != nil {
			return err
		}
	}
	prefixes, err := disjoint(fields)
	if err != nil {
		return err
	}
	for i, f := range fields {
		if f.size == nil {
			continue
		}
		if reason, wayOut := f.size(prefixes[i]); reason != "" {
			return refusal.New(f.field, f.value, reason, wayOut)
		}
	}
	return nil
}

// podSize and serviceSize say what is wrong with ranges with which kubeadm would
// never start a node: it hands each node a /24 (IPv6: a /64) of the pods' range, and
// takes at most 16 bits of them and 20 bits of services (kubernetes v1.36,
// cmd/kubeadm validation.go). A pods' range of one node's size would start one node.
func podSize(p netip.Prefix) (reason, wayOut string) {
	switch {
	case p.Addr().Is4() && (p.Bits() < 8 || p.Bits() > 23):
		return "has a size that Kubernetes can't use for pods: each node gets a /24 of it", "Set a range from /8 to /23."
	case p.Addr().Is6() && (p.Bits() < 48 || p.Bits() > 63):
		return "has a size that Kubernetes can't use for pods: each node gets a /64 of it", "Set a range from /48 to /63."
	}
	return "", ""
}

func serviceSize(p netip.Prefix) (reason, wayOut string) {
	if host := p.Addr().BitLen() - p.Bits(); host > 20 || host < 4 {
		return "has a size that Kubernetes can't use for services", "Set a range from /12 to /28, or for IPv6 from /108 to /124."
	}
	return "", ""
}

// namedRange is a range, the field that it stands in, and what its size must be.
type namedRange struct {
	field, value string
	size         func(netip.Prefix) (reason, wayOut string)
}

func parseRange(r namedRange) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(r.value)
	if err != nil {
		return p, refusal.New(r.field, r.value, "is not an IP range in CIDR notation", "Set a range such as 10.0.0.0/22.")
	}
	return p, nil
}

// disjoint returns the parsed ranges, which share no address.
func disjoint(fields []namedRange) ([]netip.Prefix, error) {
	prefixes := make([]netip.Prefix, len(fields))
	for i, f := range fields {
		p, err := parseRange(f)
		if err != nil {
			return nil, err
		}
		for j := range i {
			if prefixes[j].Overlaps(p) {
				return nil, refusal.New(f.field, f.value, "overlaps with "+fields[j].field+" "+fields[j].value, "Choose ranges that share no address.")
			}
		}
		prefixes[i] = p
	}
	return prefixes, nil
}

func firewallRules(in []v1alpha1.FirewallRule) ([]FirewallRule, error) {
	var out []FirewallRule
	seen := map[FirewallRule]string{}
	for _, r := range in {
		for i, s := range r.Sources {
			field := fmt.Sprintf("spec.network.firewallRules[%s].sources[%d]", r.Name, i)
			p, err := parseRange(namedRange{field: field, value: string(s)})
			if err != nil {
				return nil, err
			}
			rule := FirewallRule{Name: r.Name, Protocol: r.Protocol, Source: p.Masked().String(), IPv6: p.Addr().Is6()}
			if r.Ports != nil {
				rule.First, rule.Last = int64(r.Ports.First), int64(r.Ports.Last)
			}
			same := rule
			same.Name = ""
			if other, twice := seen[same]; twice {
				return nil, refusal.New(field, string(s), fmt.Sprintf("is allowed by rule %q already, and a cloud has each rule once", other), "Take one of them out.")
			}
			seen[same] = r.Name
			out = append(out, rule)
		}
	}
	return out, nil
}

// checkUnchanged refuses what would take a running cluster out of its network
// or its cloud. The schema refuses it first; this is for whoever comes without.
func checkUnchanged(cloud *v1alpha1.Cloud, n Network, facts Facts, have observed.Set) error {
	net := have.Get(KeyNetwork)
	own := net.Exists() || have.Has(KeySubnet) || have.Has(KeyRouter)
	if made := facts.AsMade; made != nil && !own && made.NetworkID != "" && (n.Existing == nil || n.Existing.Network != made.NetworkID) {
		return refusal.New("spec.network.existing", existingNetwork(n), "can't be changed: the nodes live in network "+made.NetworkID, "Set it back.")
	}
	if own && n.Existing != nil {
		return refusal.New("spec.network.existing", n.Existing.Network, "can't be set: the cluster has a network of its own", "Take the field out.")
	}
	// Whatever exists in the cloud tells which one it is, as some of it may be lost
	// from sight.
	for _, r := range have {
		ours := observed.At(r, "metadata", "labels", external.ComponentLabel).Exists()
		if !ours || !strings.Contains(r.Field("apiVersion").Text(), ".openstack.m.crossplane.io/") {
			continue
		}
		if pc := observed.At(r, "spec", "providerConfigRef", "name").Text(); pc != "" && pc != cloud.ProviderConfigRef.Name {
			return refusal.New("spec.cloud", cloud.Name, "uses other credentials ("+cloud.ProviderConfigRef.Name+") than the cluster was made with ("+pc+")",
				"Keep the cloud and its providerConfigRef: a cluster can't move.")
		}
	}
	for _, s := range []struct{ key, field, cidr string }{
		{KeySubnet, "spec.network.nodeCIDR", n.NodeCIDR},
		{KeySubnetIPv6, "spec.network.nodeIPv6CIDR", n.NodeIPv6CIDR},
	} {
		if c := observed.At(have.Get(s.key), "spec", "forProvider", "cidr").Text(); c != "" && c != s.cidr {
			return refusal.New(s.field, s.cidr, "can't be changed from "+c, "Set it back: every node's address comes from it.")
		}
	}
	return checkClusterNetwork(n, have.Get(KeyCluster))
}

func existingNetwork(n Network) string {
	if n.Existing == nil {
		return ""
	}
	return n.Existing.Network
}

func checkClusterNetwork(n Network, cluster observed.Value) error {
	for _, r := range []struct {
		field string
		want  []string
		path  string
	}{
		{"spec.network.podCIDRs", n.PodCIDRs, "pods"},
		{"spec.network.serviceCIDRs", n.ServiceCIDRs, "services"},
	} {
		var is []string
		for c := range observed.At(cluster, "spec", "clusterNetwork", r.path, "cidrBlocks").Items() {
			is = append(is, c.Text())
		}
		if len(is) > 0 && !slices.Equal(is, r.want) {
			return refusal.New(r.field, fmt.Sprint(r.want), fmt.Sprintf("can't be changed from %v", is), "Set them back: every address in the cluster comes from them.")
		}
	}
	return nil
}

func texts[T ~string](in []T) []string {
	out := make([]string, 0, len(in))
	for _, s := range in {
		out = append(out, string(s))
	}
	return out
}

func unionSorted(a, b []string) []string {
	u := append(slices.Clone(a), b...)
	slices.Sort(u)
	return slices.Compact(u)
}

func hostPort(host string, port int) string {
	if a, err := netip.ParseAddr(host); err == nil && a.Is6() {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(port)
}
