package v1alpha1_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// An updateCase is an object that is updated: base with one merge patch becomes
// base with the other.
type updateCase struct {
	reason   string
	base     string
	from, to string
	want     []string
}

func runUpdate(t *testing.T, cases map[string]updateCase) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, updated(t, tc.base, tc.from, tc.to)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestUpdateCluster(t *testing.T) {
	runUpdate(t, map[string]updateCase{
		"Cloud": {
			reason: "A cluster stays on its cloud.",
			base:   cluster,
			to:     `spec: {cloud: south}`,
			want:   []string{"spec: cloud can't be changed: a cluster stays on its cloud. Create a new KubernetesCluster on the other cloud and move the workload."},
		},
		"VersionDown": {
			reason: "Versions don't go down.",
			base:   cluster,
			to:     `spec: {version: "1.34"}`,
			want:   []string{"spec: version can't go down: Kubernetes has no downgrade. Keep the version, or create a new KubernetesCluster with the older one."},
		},
		"VersionUp": {
			reason: "Versions go up, over several minors too.",
			base:   cluster,
			to:     `spec: {version: "1.37"}`,
		},
		"ServiceLevel": {
			reason: "The service level changes in either direction.",
			base:   cluster,
			from:   `spec: {serviceLevel: Premium}`,
			to:     `spec: {serviceLevel: BestEffort}`,
		},
		"Pools": {
			reason: "Pools come, change and go.",
			base:   cluster,
			from:   `spec: {nodePools: [{name: a, flavor: f, replicas: 1}, {name: b, flavor: f, replicas: 1}]}`,
			to:     `spec: {nodePools: [{name: c, flavor: f, replicas: 1}, {name: b, flavor: g, autoscaling: {min: 1, max: 2}}]}`,
		},
	})
}

func TestUpdateNetwork(t *testing.T) {
	cni := []string{"spec.network: network.cni can't be changed: pods would lose their network. Create a new KubernetesCluster with the other CNI."}
	ranges := []string{"spec.network: network: ipFamilies, nodeCIDR, podCIDRs and serviceCIDRs can't be changed: every address in the cluster comes from them. Create a new KubernetesCluster with the other ranges."}
	rangeV6 := []string{"spec.network: network.nodeIPv6CIDR can't be changed: every node's address comes from it. Create a new KubernetesCluster with the other range."}
	existing := []string{"spec.network: network.existing can't be changed: the nodes live in that network. Create a new KubernetesCluster in the other network."}
	inNetwork := `spec: {network: {existing: {networkID: 5f7dbb5a-53f6-4c4e-9a7c-1d1b2f5a6c7d,
		routerID: 5f7dbb5a-53f6-4c4e-9a7c-1d1b2f5a6c7d, subnetIDs: [5f7dbb5a-53f6-4c4e-9a7c-1d1b2f5a6c7d]}}}`
	inOther := `spec: {network: {existing: {networkID: 0a7dbb5a-53f6-4c4e-9a7c-1d1b2f5a6c7d,
		routerID: 5f7dbb5a-53f6-4c4e-9a7c-1d1b2f5a6c7d, subnetIDs: [5f7dbb5a-53f6-4c4e-9a7c-1d1b2f5a6c7d]}}}`

	runUpdate(t, map[string]updateCase{
		"DefaultsSpelledOut": {
			reason: "Spelling out the defaults changes nothing.",
			base:   cluster,
			to:     `spec: {network: {cni: Cilium, nodeCIDR: 10.0.0.0/22, ipFamilies: [IPv4]}}`,
		},
		"CNI": {
			reason: "The CNI stays.", base: cluster,
			to: `spec: {network: {cni: Calico}}`, want: cni,
		},
		"NodeCIDR": {
			reason: "The nodes' range stays.", base: cluster,
			to: `spec: {network: {nodeCIDR: 10.0.0.0/23}}`, want: ranges,
		},
		"PodCIDRs": {
			reason: "The pods' range stays.", base: cluster,
			to: `spec: {network: {podCIDRs: [10.244.0.0/17]}}`, want: ranges,
		},
		"ServiceCIDRs": {
			reason: "The services' range stays.", base: cluster,
			to: `spec: {network: {serviceCIDRs: [10.96.0.0/13]}}`, want: ranges,
		},
		"ToDualStack": {
			reason: "The IP families stay.", base: cluster,
			to: dualStack, want: append(ranges, rangeV6...),
		},
		"NodeIPv6CIDR": {
			reason: "The nodes' IPv6 range stays.", base: cluster,
			from: dualStack,
			to: `spec: {network: {ipFamilies: [IPv4, IPv6], nodeIPv6CIDR: "fd00:13::/64",
				podCIDRs: [10.244.0.0/16, "fd00:11::/56"], serviceCIDRs: [10.96.0.0/12, "fd00:12::/112"]}}`,
			want: rangeV6,
		},
		"IntoExisting": {
			reason: "Nodes don't move into an existing network.", base: cluster,
			to: inNetwork, want: existing,
		},
		"OtherExisting": {
			reason: "Nodes don't move into another network.", base: cluster,
			from: inNetwork, to: inOther, want: existing,
		},
		"OutOfExisting": {
			reason: "Nodes don't leave an existing network.", base: cluster,
			from: inNetwork, want: existing,
		},
		"PolicyPreset": {
			reason: "The policies of the network may change.", base: cluster,
			to: `spec: {network: {policyPreset: DefaultDeny}}`,
		},
	})
}

func TestUpdateOthers(t *testing.T) {
	lives := []string{"spec: clusterRef, namespace and accessMode can't be changed: the data lives there. Create a new Storage and copy the data."}
	shrinks := []string{"spec: size can't shrink: data could be lost. Keep the size, or create a smaller Storage and copy the data."}
	published := []string{"spec: clusterRef and namespace can't be changed: the service lives there. Create a new Exposure."}
	protocol := []string{"spec: protocol can't be changed: its address would be another. Create a new Exposure, and delete this one when clients have moved."}

	runUpdate(t, map[string]updateCase{
		"StorageGrows":      {reason: "A storage grows.", base: storage, to: `spec: {size: 1Ti}`},
		"StorageSameSize":   {reason: "The same size may be written differently.", base: storage, to: `spec: {size: 20480Mi}`},
		"StorageShrinks":    {reason: "A storage doesn't shrink.", base: storage, to: `spec: {size: 19Gi}`, want: shrinks},
		"StorageFromNumber": {reason: "A size without unit is compared too.", base: storage, from: `spec: {size: 2000000000}`, to: `spec: {size: 1Gi}`, want: shrinks},
		"StorageCluster":    {reason: "A storage stays in its cluster.", base: storage, to: `spec: {clusterRef: {name: blog}}`, want: lives},
		"StorageNamespace":  {reason: "A storage stays in its namespace.", base: storage, to: `spec: {namespace: db}`, want: lives},
		"StorageMode":       {reason: "A storage stays what it is.", base: storage, to: `spec: {accessMode: Object}`, want: lives},

		"ExposureHostnames": {reason: "Host names come and go.", base: exposure, to: `spec: {hostnames: [a.example.org, b.example.org]}`},
		"ExposureService":   {reason: "Another service may be published.", base: exposure, to: `spec: {service: {name: backend, port: 8080}}`},
		"ExposureCluster":   {reason: "An exposure stays in its cluster.", base: exposure, to: `spec: {clusterRef: {name: blog}}`, want: published},
		"ExposureNamespace": {reason: "An exposure stays in its namespace.", base: exposure, to: `spec: {namespace: db}`, want: published},

		"ExposureProtocol": {reason: "An exposure stays on its entry point.", base: exposure, to: `spec: {protocol: TCP}`, want: protocol},
		"ExposureLoadBalanced": {
			reason: "TCP and UDP have different load balancers.", base: exposure,
			from: `spec: {protocol: TCP}`, to: `spec: {protocol: UDP}`, want: protocol,
		},
		"ExposureProtocolSpelledOut": {reason: "Spelling out the defaults changes nothing.", base: exposure, to: `spec: {protocol: HTTP, dns: Managed}`},
		"ExposureVia":                {reason: "An Ingress may become a route, and back.", base: exposure, from: `spec: {via: Gateway}`, to: `spec: {via: Ingress}`},
		"ExposureTLS":                {reason: "So may the certificate.", base: exposure, from: `spec: {tls: {mode: None}}`, to: `spec: {tls: {mode: Secret, secretName: mine}}`},

		"PlatformNamespace": {
			reason: "A platform's namespace stays.", base: platform,
			to:   `spec: {namespace: other}`,
			want: []string{"spec.namespace: namespace can't be changed: every cluster's resources live there"},
		},
		"PlatformNamespaceSpelledOut": {
			reason: "Spelling out the default namespace changes nothing.", base: platform,
			to: `spec: {namespace: skerry-system}`,
		},
	})
}
