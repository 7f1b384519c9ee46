package plan

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
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
	fields := []namedRange{{"spec.network.nodeCIDR", n.NodeCIDR}}
	if n.DualStack && n.Existing == nil && in.Existing == nil {
		fields = append(fields, namedRange{"spec.network.nodeIPv6CIDR", n.NodeIPv6CIDR})
	}
	for i, c := range n.PodCIDRs {
		fields = append(fields, namedRange{fmt.Sprintf("spec.network.podCIDRs[%d]", i), c})
	}
	for i, c := range n.ServiceCIDRs {
		fields = append(fields, namedRange{fmt.Sprintf("spec.network.serviceCIDRs[%d]", i), c})
	}
	for i, c := range in.APIServer.AllowedCIDRs {
		if _, err := parseRange(namedRange{fmt.Sprintf("spec.network.apiServer.allowedCIDRs[%d]", i), string(c)}); err != nil {
			return err
		}
	}
	return checkOverlaps(fields)
}

type namedRange struct{ field, value string }

func parseRange(r namedRange) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(r.value)
	if err != nil {
		return p, refusal.New(r.field, r.value, "is not an IP range in CIDR notation", "Set a range such as 10.0.0.0/22.")
	}
	return p, nil
}

func checkOverlaps(fields []namedRange) error {
	prefixes := make([]netip.Prefix, len(fields))
	for i, f := range fields {
		p, err := parseRange(f)
		if err != nil {
			return err
		}
		for j := range i {
			if prefixes[j].Overlaps(p) {
				return refusal.New(f.field, f.value, "overlaps with "+fields[j].field+" "+fields[j].value, "Choose ranges that share no address.")
			}
		}
		prefixes[i] = p
	}
	return nil
}

func firewallRules(in []v1alpha1.FirewallRule) ([]FirewallRule, error) {
	var out []FirewallRule
	for _, r := range in {
		for i, s := range r.Sources {
			field := fmt.Sprintf("spec.network.firewallRules[%s].sources[%d]", r.Name, i)
			p, err := parseRange(namedRange{field, string(s)})
			if err != nil {
				return nil, err
			}
			rule := FirewallRule{Name: r.Name, Protocol: r.Protocol, Source: p.Masked().String(), IPv6: p.Addr().Is6()}
			if r.Ports != nil {
				rule.First, rule.Last = int64(r.Ports.First), int64(r.Ports.Last)
			}
			out = append(out, rule)
		}
	}
	return out, nil
}

// checkUnchanged refuses what would take a running cluster out of its network
// or its cloud. The schema refuses it first; this is for whoever comes without.
func checkUnchanged(cloud *v1alpha1.Cloud, n Network, have observed.Set) error {
	net := have.Get(KeyNetwork)
	if net.Exists() && n.Existing != nil {
		return refusal.New("spec.network.existing", n.Existing.Network, "can't be set: the cluster has a network of its own", "Take the field out.")
	}
	if pc := observed.At(net, "spec", "providerConfigRef", "name").Text(); pc != "" && pc != cloud.ProviderConfigRef.Name {
		return refusal.New("spec.cloud", cloud.Name, "uses other credentials ("+cloud.ProviderConfigRef.Name+") than the cluster was made with ("+pc+")",
			"Keep the cloud and its providerConfigRef: a cluster can't move.")
	}
	if c := observed.At(have.Get(KeySubnet), "spec", "forProvider", "cidr").Text(); c != "" && c != n.NodeCIDR {
		return refusal.New("spec.network.nodeCIDR", n.NodeCIDR, "can't be changed from "+c, "Set it back: every node's address comes from it.")
	}
	return checkClusterNetwork(n, have.Get(KeyCluster))
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
