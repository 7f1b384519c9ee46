package v1alpha1_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What users read when a rule is broken. The tests of creation and of update
// share these.
const (
	notACIDR       = "must be an IP range in CIDR notation, for example 10.0.0.0/22 or fd00:10::/64"
	overlapPods    = "network: podCIDRs and serviceCIDRs overlap: choose ranges that share no address"
	overlapNodes   = "network: nodeCIDR overlaps with podCIDRs or serviceCIDRs: choose ranges that share no address"
	overlapNodesV6 = "network: nodeIPv6CIDR overlaps with podCIDRs or serviceCIDRs: choose ranges that share no address"
	onePerFamily   = "network: podCIDRs and serviceCIDRs need exactly one range for each of ipFamilies"
	nodesV6        = "network: nodeIPv6CIDR goes with ipFamilies [IPv4, IPv6] and only with it: set both or neither"
	nodeRange      = "must be an IPv4 range that begins with its first address, for example 10.0.0.0/22"
	nodeRangeV6    = "must be an IPv6 range of 64 bits that begins with its first address, for example fd00:10::/64"
	moreThanZero   = "must be more than 0, for example 20Gi"
	wholeGibibytes = "must be whole gibibytes and more than 0, for example 50Gi"
)

// dualStack is a valid dual-stack network.
const dualStack = `
spec:
  network:
    ipFamilies: [IPv4, IPv6]
    nodeIPv6CIDR: "fd00:10::/64"
    podCIDRs: [10.244.0.0/16, "fd00:11::/56"]
    serviceCIDRs: [10.96.0.0/12, "fd00:12::/112"]
`

// A createCase is an object that is created: base with a merge patch.
type createCase struct {
	reason string
	base   string
	patch  string
	want   []string
}

func runCreate(t *testing.T, cases map[string]createCase) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, created(t, tc.base, tc.patch)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestCreateMinimal(t *testing.T) {
	runCreate(t, map[string]createCase{
		"KubernetesCluster": {reason: "The smallest cluster is valid.", base: cluster},
		"Storage":           {reason: "The smallest storage is valid.", base: storage},
		"Exposure":          {reason: "The smallest exposure is valid.", base: exposure},
		"Platform":          {reason: "The smallest platform is valid.", base: platform},
	})
}

func TestCreateNotifications(t *testing.T) {
	const one = "spec.notifications.receivers[0]: receiver: set exactly one of email, webhook and slack. Give another way a receiver of its own."
	runCreate(t, map[string]createCase{
		"Ways": {
			reason: "There are three ways to be told.",
			base:   cluster,
			patch: `spec: {notifications: {receivers: [
				{name: ops, severity: critical, email: {to: ops@example.org}},
				{name: hook, webhook: {urlSecretRef: {name: hook, key: url}}},
				{name: chat, severity: warning, slack: {channel: "#shop", urlSecretRef: {name: chat, key: url}}}]}}`,
		},
		"None": {
			reason: "Who isn't reached in any way isn't told.",
			base:   cluster,
			patch:  `spec: {notifications: {receivers: [{name: ops}]}}`,
			want:   []string{one},
		},
		"Two": {
			reason: "One receiver is told once.",
			base:   cluster,
			patch:  `spec: {notifications: {receivers: [{name: ops, email: {to: ops@example.org}, webhook: {urlSecretRef: {name: hook, key: url}}}]}}`,
			want:   []string{one},
		},
	})
}

func TestCreateNodePools(t *testing.T) {
	either := "set either replicas or autoscaling, not both and not neither"
	foreign := "labels under kubernetes.io and k8s.io belong to Kubernetes: use a prefix of your own"
	runCreate(t, map[string]createCase{
		"SameName": {
			reason: "Pools have names of their own.",
			base:   cluster,
			patch:  `spec: {nodePools: [{name: a, flavor: f, replicas: 1}, {name: a, flavor: g, replicas: 1}]}`,
			want: []string{
				"spec.nodePools[1]: ",
				"spec: nodePools: two pools have the same name. Give each pool a name of its own.",
			},
		},
		"Autoscaling": {
			reason: "A pool may be scaled automatically, down to nothing.",
			base:   cluster,
			patch:  `spec: {nodePools: [{name: a, flavor: f, autoscaling: {min: 0, max: 3}}]}`,
		},
		"FixedAndAutoscaled": {
			reason: "The number of nodes has one source, not two.",
			base:   cluster,
			patch:  `spec: {nodePools: [{name: a, flavor: f, replicas: 1, autoscaling: {min: 0, max: 3}}]}`,
			want:   []string{"spec.nodePools[0]: " + either},
		},
		"NeitherFixedNorAutoscaled": {
			reason: "The number of nodes has a source.",
			base:   cluster,
			patch:  `spec: {nodePools: [{name: a, flavor: f}]}`,
			want:   []string{"spec.nodePools[0]: " + either},
		},
		"MinAboveMax": {
			reason: "The smallest number of nodes isn't above the largest.",
			base:   cluster,
			patch:  `spec: {nodePools: [{name: a, flavor: f, autoscaling: {min: 4, max: 3}}]}`,
			want:   []string{"spec.nodePools[0].autoscaling: min is larger than max: lower min or raise max"},
		},
		"OwnLabel": {
			reason: "A label may have a prefix of one's own.",
			base:   cluster,
			patch:  `spec: {nodePools: [{name: a, flavor: f, replicas: 1, labels: {example.org/tier: web}}]}`,
		},
		"LabelOfKubernetes": {
			reason: "Labels of Kubernetes aren't the team's to set.",
			base:   cluster,
			patch:  `spec: {nodePools: [{name: a, flavor: f, replicas: 1, labels: {node-role.kubernetes.io/web: ""}}]}`,
			want:   []string{"spec.nodePools[0].labels: " + foreign},
		},
		"LabelOfK8s": {
			reason: "Labels of Kubernetes aren't the team's to set, under either of its domains.",
			base:   cluster,
			patch:  `spec: {nodePools: [{name: a, flavor: f, replicas: 1, labels: {topology.k8s.io/zone: a}}]}`,
			want:   []string{"spec.nodePools[0].labels: " + foreign},
		},
	})
}

func TestCreateSize(t *testing.T) {
	root := func(size string) string {
		return "spec: {nodePools: [{name: a, flavor: f, replicas: 1, rootVolume: {size: " + size + "}}]}"
	}
	size := []string{"spec.size: " + moreThanZero}
	volume := []string{"spec.nodePools[0].rootVolume.size: " + wholeGibibytes}
	runCreate(t, map[string]createCase{
		"Storage":         {reason: "Any size above nothing is valid.", base: storage, patch: `spec: {size: 500M}`},
		"StorageInBytes":  {reason: "A size may be a number of bytes.", base: storage, patch: `spec: {size: 1000000000}`},
		"StorageNothing":  {reason: "A storage has a size.", base: storage, patch: `spec: {size: 0}`, want: size},
		"StorageZeroGi":   {reason: "Nothing with a unit is nothing.", base: storage, patch: `spec: {size: 0Gi}`, want: size},
		"StorageNegative": {reason: "A size isn't below nothing.", base: storage, patch: `spec: {size: -1Gi}`, want: size},

		"RootVolume":         {reason: "Whole gibibytes are valid.", base: cluster, patch: root("50Gi")},
		"RootVolumeTebi":     {reason: "Tebibytes are whole gibibytes.", base: cluster, patch: root("1Ti")},
		"RootVolumeInBytes":  {reason: "So are their bytes.", base: cluster, patch: root("53687091200")},
		"RootVolumeNothing":  {reason: "A volume has a size.", base: cluster, patch: root("0"), want: volume},
		"RootVolumeZeroGi":   {reason: "Nothing with a unit is nothing.", base: cluster, patch: root("0Gi"), want: volume},
		"RootVolumeNegative": {reason: "A size isn't below nothing.", base: cluster, patch: root("-50Gi"), want: volume},
		"RootVolumeDecimal":  {reason: "Cinder counts gibibytes, not gigabytes.", base: cluster, patch: root("50G"), want: volume},
		"RootVolumeOddBytes": {reason: "A number of bytes is whole gibibytes too.", base: cluster, patch: root("53687091201"), want: volume},
	})
}

func TestCreateExisting(t *testing.T) {
	runCreate(t, map[string]createCase{
		"SameSubnetTwice": {
			reason: "A second subnet is another one.",
			base:   cluster,
			patch: `spec: {network: {existing: {networkID: 5f7dbb5a-53f6-4c4e-9a7c-1d1b2f5a6c7d, routerID: 5f7dbb5a-53f6-4c4e-9a7c-1d1b2f5a6c7d,
				subnetIDs: [5f7dbb5a-53f6-4c4e-9a7c-1d1b2f5a6c7d, 5f7dbb5a-53f6-4c4e-9a7c-1d1b2f5a6c7d]}}}`,
			want: []string{"spec.network.existing.subnetIDs: the same subnet is there twice: name each subnet once"},
		},
	})
}

func TestCreateAccess(t *testing.T) {
	runCreate(t, map[string]createCase{
		"GroupsOfProvider": {
			reason: "Groups come from the identity provider that the claim names.",
			base:   cluster,
			patch:  `spec: {access: {oidc: {issuerURL: "https://id.example.org", clientID: kube}, adminGroups: [ops], viewerGroups: [dev]}}`,
		},
		"GroupsOfThePlatform": {
			reason: "Groups may come from the platform's identity provider, which only the catalogue knows.",
			base:   cluster,
			patch:  `spec: {access: {adminGroups: [ops], viewerGroups: [dev]}}`,
		},
	})
}

func TestCreateFirewall(t *testing.T) {
	ports := []string{"spec.network.firewallRules[0]: ports are needed for TCP and UDP and don't exist for ICMP"}
	runCreate(t, map[string]createCase{
		"Valid": {
			reason: "Rules for all protocols are valid.",
			base:   cluster,
			patch: `spec: {network: {firewallRules: [
				{name: a, protocol: TCP, ports: {first: 80, last: 80}, sources: [0.0.0.0/0]},
				{name: b, protocol: UDP, ports: {first: 1, last: 65535}, sources: ["::/0"]},
				{name: c, protocol: ICMP, sources: [10.0.0.0/8]}]}}`,
		},
		"TCPWithoutPorts": {
			reason: "TCP has ports.",
			base:   cluster,
			patch:  `spec: {network: {firewallRules: [{name: a, protocol: TCP, sources: [0.0.0.0/0]}]}}`,
			want:   ports,
		},
		"ICMPWithPorts": {
			reason: "ICMP has no ports.",
			base:   cluster,
			patch:  `spec: {network: {firewallRules: [{name: a, protocol: ICMP, ports: {first: 1, last: 2}, sources: [0.0.0.0/0]}]}}`,
			want:   ports,
		},
		"FirstAboveLast": {
			reason: "A range of ports goes up.",
			base:   cluster,
			patch:  `spec: {network: {firewallRules: [{name: a, protocol: UDP, ports: {first: 2, last: 1}, sources: [0.0.0.0/0]}]}}`,
			want:   []string{"spec.network.firewallRules[0].ports: first is larger than last: swap them"},
		},
		"SourceWithoutMask": {
			reason: "A source is a range, not an address.",
			base:   cluster,
			patch:  `spec: {network: {firewallRules: [{name: a, protocol: ICMP, sources: [10.0.0.1]}]}}`,
			want:   []string{"spec.network.firewallRules[0].sources[0]: " + notACIDR},
		},
	})
}
