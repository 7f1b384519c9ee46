package v1alpha1_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCreateNotARange: what is no range gives just that answer. The rules that
// compare ranges stay silent.
func TestCreateNotARange(t *testing.T) {
	cases := map[string]struct {
		base  string
		patch string
	}{
		"spec.network.nodeCIDR": {
			base:  cluster,
			patch: `spec: {network: {nodeCIDR: 10.0.0.1}}`,
		},
		"spec.network.nodeIPv6CIDR": {
			base: cluster,
			patch: `spec: {network: {ipFamilies: [IPv4, IPv6], nodeIPv6CIDR: "fd00::1",
				podCIDRs: [10.244.0.0/16, "fd00:11::/56"], serviceCIDRs: [10.96.0.0/12, "fd00:12::/112"]}}`,
		},
		"spec.network.podCIDRs[0]": {
			base:  cluster,
			patch: `spec: {network: {podCIDRs: [10.0.0.1]}}`,
		},
		"spec.network.serviceCIDRs[0]": {
			base:  cluster,
			patch: `spec: {network: {serviceCIDRs: [10.0.0.300/8]}}`,
		},
		"spec.network.apiServer.allowedCIDRs[0]": {
			base:  cluster,
			patch: `spec: {network: {apiServer: {allowedCIDRs: [10.0.0.1]}}}`,
		},
		"spec.management.allowedCIDRs[0]": {
			base:  platform,
			patch: `spec: {management: {allowedCIDRs: [everywhere]}}`,
		},
	}
	for path, tc := range cases {
		t.Run(path, func(t *testing.T) {
			if diff := cmp.Diff([]string{path + ": " + notACIDR}, created(t, tc.base, tc.patch)); diff != "" {
				t.Errorf("-want, +got:\n%s", diff)
			}
		})
	}
}

func TestCreateNodeRanges(t *testing.T) {
	v6 := func(cidr string) string {
		return `spec: {network: {ipFamilies: [IPv4, IPv6], nodeIPv6CIDR: "` + cidr + `",
			podCIDRs: [10.244.0.0/16, "fd00:11::/56"], serviceCIDRs: [10.96.0.0/12, "fd00:12::/112"]}}`
	}
	runCreate(t, map[string]createCase{
		"HostBits": {
			reason: "A range that begins in its middle is most likely a slip.",
			base:   cluster,
			patch:  `spec: {network: {nodeCIDR: 10.0.0.1/22}}`,
			want:   []string{"spec.network.nodeCIDR: " + nodeRange},
		},
		"IPv6": {
			reason: "Nodes have IPv4 addresses first.",
			base:   cluster,
			patch:  `spec: {network: {nodeCIDR: "fd00:10::/64"}}`,
			want:   []string{"spec.network.nodeCIDR: " + nodeRange},
		},
		"V6": {
			reason: "A /64 is what nodes can configure themselves in.",
			base:   cluster,
			patch:  v6("fd00:10::/64"),
		},
		"V6Wide": {
			reason: "SLAAC works in a /64 and in nothing else.",
			base:   cluster,
			patch:  v6("fd00:10::/56"),
			want:   []string{"spec.network.nodeIPv6CIDR: " + nodeRangeV6},
		},
		"V6HostBits": {
			reason: "A range begins with its first address.",
			base:   cluster,
			patch:  v6("fd00:10::1/64"),
			want:   []string{"spec.network.nodeIPv6CIDR: " + nodeRangeV6},
		},
		"V6IsIPv4": {
			reason: "The second range is IPv6.",
			base:   cluster,
			patch:  v6("192.168.0.0/24"),
			want:   []string{"spec.network.nodeIPv6CIDR: " + nodeRangeV6},
		},
	})
}

func TestCreateRanges(t *testing.T) {
	runCreate(t, map[string]createCase{
		"Own": {
			reason: "Ranges that share no address are valid.",
			base:   cluster,
			patch:  `spec: {network: {nodeCIDR: 192.168.0.0/24, podCIDRs: [10.0.0.0/16], serviceCIDRs: [10.1.0.0/16]}}`,
		},
		"PodsInServices": {
			reason: "Pods don't lie within services.",
			base:   cluster,
			patch:  `spec: {network: {podCIDRs: [10.100.0.0/16]}}`,
			want:   []string{"spec.network: " + overlapPods},
		},
		"ServicesInPods": {
			reason: "Services don't lie within pods.",
			base:   cluster,
			patch:  `spec: {network: {serviceCIDRs: [10.244.8.0/24]}}`,
			want:   []string{"spec.network: " + overlapPods},
		},
		"NodesInPods": {
			reason: "Nodes don't lie within pods.",
			base:   cluster,
			patch:  `spec: {network: {nodeCIDR: 10.244.8.0/24}}`,
			want:   []string{"spec.network: " + overlapNodes},
		},
		"ServicesInNodes": {
			reason: "Services don't lie within nodes.",
			base:   cluster,
			patch:  `spec: {network: {nodeCIDR: 10.0.0.0/16, serviceCIDRs: [10.0.4.0/24]}}`,
			want:   []string{"spec.network: " + overlapNodes},
		},
		"NodesV6InPods": {
			reason: "IPv6 addresses of nodes don't lie within pods.",
			base:   cluster,
			patch: `spec: {network: {ipFamilies: [IPv4, IPv6], nodeIPv6CIDR: "fd00:11:0:1::/64",
				podCIDRs: [10.244.0.0/16, "fd00:11::/48"], serviceCIDRs: [10.96.0.0/12, "fd00:12::/112"]}}`,
			want: []string{"spec.network: " + overlapNodesV6},
		},
	})
}

func TestCreateIPFamilies(t *testing.T) {
	order := "spec.network.ipFamilies: must be [IPv4] or [IPv4, IPv6]"
	runCreate(t, map[string]createCase{
		"DualStack": {
			reason: "A dual-stack network is valid.",
			base:   cluster,
			patch:  dualStack,
		},
		"RangesInOtherOrder": {
			reason: "The order of ranges doesn't matter.",
			base:   cluster,
			patch: `spec: {network: {ipFamilies: [IPv4, IPv6], nodeIPv6CIDR: "fd00:10::/64",
				podCIDRs: ["fd00:11::/56", 10.244.0.0/16], serviceCIDRs: [10.96.0.0/12, "fd00:12::/112"]}}`,
		},
		"OnlyIPv6": {
			reason: "IPv6 comes only beside IPv4.",
			base:   cluster,
			patch:  `spec: {network: {ipFamilies: [IPv6], podCIDRs: ["fd00:11::/56"], serviceCIDRs: ["fd00:12::/112"], nodeIPv6CIDR: "fd00:10::/64"}}`,
			want:   []string{order},
		},
		"IPv6First": {
			reason: "IPv4 is the first family.",
			base:   cluster,
			patch: `spec: {network: {ipFamilies: [IPv6, IPv4], nodeIPv6CIDR: "fd00:10::/64",
				podCIDRs: [10.244.0.0/16, "fd00:11::/56"], serviceCIDRs: [10.96.0.0/12, "fd00:12::/112"]}}`,
			want: []string{order},
		},
		"IPv4Twice": {
			reason: "Each family comes once.",
			base:   cluster,
			patch:  `spec: {network: {ipFamilies: [IPv4, IPv4], podCIDRs: [10.244.0.0/16, 10.245.0.0/16], serviceCIDRs: [10.96.0.0/16, 10.97.0.0/16]}}`,
			want:   []string{order},
		},
		"RangesOfOneFamily": {
			reason: "A dual-stack network has ranges of both families.",
			base:   cluster,
			patch:  `spec: {network: {ipFamilies: [IPv4, IPv6], nodeIPv6CIDR: "fd00:10::/64"}}`,
			want:   []string{"spec.network: " + onePerFamily},
		},
		"TwoRangesOfIPv4": {
			reason: "A dual-stack network has one range of each family, not two of one.",
			base:   cluster,
			patch: `spec: {network: {ipFamilies: [IPv4, IPv6], nodeIPv6CIDR: "fd00:10::/64",
				podCIDRs: [10.244.0.0/16, 10.245.0.0/16], serviceCIDRs: [10.96.0.0/12, "fd00:12::/112"]}}`,
			want: []string{"spec.network: " + onePerFamily},
		},
		"RangesOfTwoFamilies": {
			reason: "A network of one family has ranges of only that.",
			base:   cluster,
			patch:  `spec: {network: {podCIDRs: [10.244.0.0/16, "fd00:11::/56"]}}`,
			want:   []string{"spec.network: " + onePerFamily},
		},
		"NoNodesV6": {
			reason: "Nodes of a dual-stack cluster need IPv6 addresses.",
			base:   cluster,
			patch: `spec: {network: {ipFamilies: [IPv4, IPv6],
				podCIDRs: [10.244.0.0/16, "fd00:11::/56"], serviceCIDRs: [10.96.0.0/12, "fd00:12::/112"]}}`,
			want: []string{"spec.network: " + nodesV6},
		},
		"OnlyNodesV6": {
			reason: "Nodes have IPv6 addresses only in a dual-stack cluster.",
			base:   cluster,
			patch:  `spec: {network: {nodeIPv6CIDR: "fd00:10::/64"}}`,
			want:   []string{"spec.network: " + nodesV6},
		},
		"ExistingHasIPv6": {
			reason: "An existing network brings the nodes' IPv6 range.",
			base:   cluster,
			patch: `spec: {network: {ipFamilies: [IPv4, IPv6],
				podCIDRs: [10.244.0.0/16, "fd00:11::/56"], serviceCIDRs: [10.96.0.0/12, "fd00:12::/112"],
				existing: {networkID: 5f7dbb5a-53f6-4c4e-9a7c-1d1b2f5a6c7d, routerID: 5f7dbb5a-53f6-4c4e-9a7c-1d1b2f5a6c7d,
					subnetIDs: [5f7dbb5a-53f6-4c4e-9a7c-1d1b2f5a6c7d, 0a7dbb5a-53f6-4c4e-9a7c-1d1b2f5a6c7d]}}}`,
		},
	})
}
