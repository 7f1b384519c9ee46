package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A KubernetesCluster is a managed Kubernetes cluster: its network, control
// plane, nodes, add-ons and access, on one of the platform's clouds and at one
// of its service levels.
// +kubebuilder:object:root=true
// +kubebuilder:resource:path=kubernetesclusters,singular=kubernetescluster,shortName=kc,categories=skerry
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Level",type=string,JSONPath=`.status.serviceLevel.name`
// +kubebuilder:printcolumn:name="Version",type=string,JSONPath=`.status.version`
// +kubebuilder:printcolumn:name="Nodes",type=string,JSONPath=`.status.nodes`
// +kubebuilder:printcolumn:name="Endpoint",type=string,JSONPath=`.status.endpoint`,priority=1
// +kubebuilder:printcolumn:name="Cloud",type=string,JSONPath=`.spec.cloud`,priority=1
type KubernetesCluster struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   KubernetesClusterSpec   `json:"spec"`
	Status KubernetesClusterStatus `json:"status,omitempty"`
}

// KubernetesClusterSpec is what an application team asks for.
// +kubebuilder:validation:XValidation:rule="self.cloud == oldSelf.cloud",message="cloud can't be changed: a cluster stays on its cloud. Create a new KubernetesCluster on the other cloud and move the workload."
// +kubebuilder:validation:XValidation:rule="int(self.version.split('.')[1]) >= int(oldSelf.version.split('.')[1])",message="version can't go down: Kubernetes has no downgrade. Keep the version, or create a new KubernetesCluster with the older one."
// +kubebuilder:validation:XValidation:rule="self.nodePools.all(p, self.nodePools.exists_one(q, q.name == p.name))",message="nodePools: two pools have the same name. Give each pool a name of its own."
type KubernetesClusterSpec struct {
	// Cloud to run on, by its name in the Platform. It can't be changed.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Cloud string `json:"cloud"`

	// ServiceLevel selects what is composed: how many control-plane nodes, how
	// add-ons are replicated, what is protected. Built in are BestEffort,
	// Standard, Premium and Demo; a platform may add its own. It can be changed
	// at any time, in either direction, without losing data.
	// +kubebuilder:default=Standard
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +optional
	ServiceLevel string `json:"serviceLevel,omitempty"`

	// Version is the Kubernetes minor version, for example "1.35". The platform
	// chooses the patch. It can go up, over several minors one after another,
	// and never down.
	// +kubebuilder:validation:Pattern=`^1\.[1-9][0-9]$`
	// +kubebuilder:validation:MaxLength=4
	Version string `json:"version"`

	// ControlPlane describes the machines of the control plane.
	// +optional
	ControlPlane ControlPlane `json:"controlPlane,omitempty"`

	// NodePools are the groups of worker nodes. Pools can be added, changed and
	// removed; a change of flavor, volume, labels or taints replaces the nodes
	// of that pool one after another.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=50
	// +listType=map
	// +listMapKey=name
	NodePools []NodePool `json:"nodePools"`

	// The default of network repeats those of its fields because an API server
	// checks Network's rules against it before it fills in the fields' defaults.

	// Network of the cluster. Its ranges can't be changed: choose some that don't
	// overlap with networks that you connect to.
	// +kubebuilder:default={cni: "Cilium", ipFamilies: {"IPv4"}, nodeCIDR: "10.0.0.0/22", podCIDRs: {"10.244.0.0/16"}, serviceCIDRs: {"10.96.0.0/12"}}
	// +optional
	Network Network `json:"network,omitempty"`

	// Access says who may use the cluster.
	// +optional
	Access Access `json:"access,omitempty"`

	// PodSecurity is the Pod Security Standard that namespaces without labels
	// of their own are held to: Privileged allows everything, Baseline prevents
	// known privilege escalations, Restricted follows hardening practice. The
	// default is the service level's.
	// +kubebuilder:validation:Enum=Privileged;Baseline;Restricted
	// +optional
	PodSecurity string `json:"podSecurity,omitempty"`

	// DeletionProtection refuses the deletion of this object while it is true.
	// The default is the service level's. Set it to false before you delete a
	// protected cluster.
	// +optional
	DeletionProtection *bool `json:"deletionProtection,omitempty"`
}

// ControlPlane describes the machines of the control plane.
type ControlPlane struct {
	// Flavor of the control-plane machines, by its name in the cloud. The
	// default is the service level's smallest fitting flavor of the cloud.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Flavor string `json:"flavor,omitempty"`

	// Replicas of the control plane. The default is the service level's; a
	// level may allow others.
	// +kubebuilder:validation:Enum=1;3;5
	// +optional
	Replicas int32 `json:"replicas,omitempty"`
}

// NodePool is a group of worker nodes that are alike.
// +kubebuilder:validation:XValidation:rule="has(self.replicas) != has(self.autoscaling)",message="set either replicas or autoscaling, not both and not neither"
type NodePool struct {
	// Name of the pool. It is part of the names of its nodes.
	// +kubebuilder:validation:Pattern=`^[a-z]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=20
	Name string `json:"name"`

	// Flavor of the nodes: one that the Platform lists for the cloud, such as
	// SCS-4V-16-100s.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Flavor string `json:"flavor"`

	// Replicas is the fixed number of nodes. Set this or autoscaling.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	// +optional
	Replicas *int32 `json:"replicas,omitempty"`

	// Autoscaling lets the cluster autoscaler choose the number of nodes,
	// instead of replicas.
	// +optional
	Autoscaling *Autoscaling `json:"autoscaling,omitempty"`

	// AvailabilityZones to spread the nodes over. The default is every zone of
	// the cloud.
	// +kubebuilder:validation:MaxItems=9
	// +listType=set
	// +optional
	AvailabilityZones []ZoneName `json:"availabilityZones,omitempty"`

	// RootVolume puts the nodes' system on a volume instead of the flavor's own
	// disk. Flavors without a disk need it; the default is then the platform's.
	// +optional
	RootVolume *RootVolume `json:"rootVolume,omitempty"`

	// Labels of the nodes.
	// +kubebuilder:validation:MaxProperties=32
	// +kubebuilder:validation:XValidation:rule="self.all(k, !k.contains('kubernetes.io/') && !k.contains('k8s.io/'))",message="labels under kubernetes.io and k8s.io belong to Kubernetes: use a prefix of your own"
	// +optional
	Labels map[string]LabelValue `json:"labels,omitempty"`

	// Taints of the nodes: pods without a matching toleration stay away.
	// +kubebuilder:validation:MaxItems=16
	// +listType=atomic
	// +optional
	Taints []Taint `json:"taints,omitempty"`

	// Architecture that the nodes must have. The default is the flavor's; a
	// flavor of another architecture is refused.
	// +optional
	Architecture Architecture `json:"architecture,omitempty"`
}

// ZoneName is the name of an availability zone.
// +kubebuilder:validation:MinLength=1
// +kubebuilder:validation:MaxLength=40
type ZoneName string

// LabelValue is the value of a Kubernetes label.
// +kubebuilder:validation:MaxLength=63
type LabelValue string

// Autoscaling bounds the number of nodes of a pool.
// +kubebuilder:validation:XValidation:rule="self.min <= self.max",message="min is larger than max: lower min or raise max"
type Autoscaling struct {
	// Min is the smallest number of nodes; 0 lets the pool vanish when idle.
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=1000
	Min int32 `json:"min"`
	// Max is the largest number of nodes.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=1000
	Max int32 `json:"max"`
}

// RootVolume is the system volume of a node.
type RootVolume struct {
	// The rule reads text, not a quantity: a quantity's text has no longest length,
	// so that 50 of them would cost more than an API server allows. What it lets
	// through, such as 10.5Gi, the plan refuses.

	// Size of the volume, for example 50Gi. Whole gibibytes.
	// +kubebuilder:validation:XValidation:rule="type(self) in [int] ? self > 0 && self % 1073741824 == 0 : !self.startsWith('0') && !self.startsWith('-') && (self.endsWith('Gi') || self.endsWith('Ti'))",message="must be whole gibibytes and more than 0, for example 50Gi"
	Size resource.Quantity `json:"size"`
	// Type of the volume, by its name in the cloud. The default is the cloud's.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Type string `json:"type,omitempty"`
}

// Taint of a node.
type Taint struct {
	// Key of the taint.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=316
	Key string `json:"key"`
	// Value of the taint.
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Value string `json:"value,omitempty"`
	// Effect on pods that don't tolerate the taint.
	// +kubebuilder:validation:Enum=NoSchedule;PreferNoSchedule;NoExecute
	Effect string `json:"effect"`
}

// Network of a cluster.
// +kubebuilder:validation:XValidation:rule="self.cni == oldSelf.cni",message="network.cni can't be changed: pods would lose their network. Create a new KubernetesCluster with the other CNI."
// +kubebuilder:validation:XValidation:rule="self.ipFamilies == oldSelf.ipFamilies && self.nodeCIDR == oldSelf.nodeCIDR && self.podCIDRs == oldSelf.podCIDRs && self.serviceCIDRs == oldSelf.serviceCIDRs",message="network: ipFamilies, nodeCIDR, podCIDRs and serviceCIDRs can't be changed: every address in the cluster comes from them. Create a new KubernetesCluster with the other ranges."
// +kubebuilder:validation:XValidation:rule="has(self.nodeIPv6CIDR) == has(oldSelf.nodeIPv6CIDR) && (!has(self.nodeIPv6CIDR) || self.nodeIPv6CIDR == oldSelf.nodeIPv6CIDR)",message="network.nodeIPv6CIDR can't be changed: every node's address comes from it. Create a new KubernetesCluster with the other range."
// +kubebuilder:validation:XValidation:rule="has(self.existing) == has(oldSelf.existing) && (!has(self.existing) || self.existing == oldSelf.existing)",message="network.existing can't be changed: the nodes live in that network. Create a new KubernetesCluster in the other network."
// +kubebuilder:validation:XValidation:rule="self.podCIDRs.all(p, self.serviceCIDRs.all(s, !isCIDR(p) || !isCIDR(s) || (!cidr(p).containsCIDR(s) && !cidr(s).containsCIDR(p))))",message="network: podCIDRs and serviceCIDRs overlap: choose ranges that share no address"
// +kubebuilder:validation:XValidation:rule="!isCIDR(self.nodeCIDR) || (self.podCIDRs + self.serviceCIDRs).all(c, !isCIDR(c) || (!cidr(c).containsCIDR(self.nodeCIDR) && !cidr(self.nodeCIDR).containsCIDR(c)))",message="network: nodeCIDR overlaps with podCIDRs or serviceCIDRs: choose ranges that share no address"
// +kubebuilder:validation:XValidation:rule="!has(self.nodeIPv6CIDR) || !isCIDR(self.nodeIPv6CIDR) || (self.podCIDRs + self.serviceCIDRs).all(c, !isCIDR(c) || (!cidr(c).containsCIDR(self.nodeIPv6CIDR) && !cidr(self.nodeIPv6CIDR).containsCIDR(c)))",message="network: nodeIPv6CIDR overlaps with podCIDRs or serviceCIDRs: choose ranges that share no address"
// +kubebuilder:validation:XValidation:rule="self.podCIDRs.size() == self.ipFamilies.size() && self.serviceCIDRs.size() == self.ipFamilies.size() && self.ipFamilies.all(f, self.podCIDRs.exists(c, !isCIDR(c) || cidr(c).ip().family() == (f == 'IPv4' ? 4 : 6)) && self.serviceCIDRs.exists(c, !isCIDR(c) || cidr(c).ip().family() == (f == 'IPv4' ? 4 : 6)))",message="network: podCIDRs and serviceCIDRs need exactly one range for each of ipFamilies"
// +kubebuilder:validation:XValidation:rule="'IPv6' in self.ipFamilies ? (has(self.nodeIPv6CIDR) || has(self.existing)) : !has(self.nodeIPv6CIDR)",message="network: nodeIPv6CIDR goes with ipFamilies [IPv4, IPv6] and only with it: set both or neither"
type Network struct {
	// CNI is the network plugin of the cluster. It can't be changed.
	// +kubebuilder:default=Cilium
	// +kubebuilder:validation:Enum=Cilium;Calico
	// +optional
	CNI string `json:"cni,omitempty"`

	// IPFamilies of nodes, pods and services: [IPv4], or [IPv4, IPv6] for
	// dual-stack. They can't be changed.
	// +kubebuilder:default={"IPv4"}
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=2
	// +kubebuilder:validation:XValidation:rule="self[0] == 'IPv4' && (self.size() == 1 || self[1] == 'IPv6')",message="must be [IPv4] or [IPv4, IPv6]"
	// +listType=atomic
	// +optional
	IPFamilies []IPFamily `json:"ipFamilies,omitempty"`

	// NodeCIDR is the IPv4 range of the nodes. It can't be changed.
	// +kubebuilder:default="10.0.0.0/22"
	// +kubebuilder:validation:XValidation:rule="!isCIDR(self) || (cidr(self).ip().family() == 4 && cidr(self).masked() == cidr(self))",message="must be an IPv4 range that begins with its first address, for example 10.0.0.0/22"
	// +optional
	NodeCIDR CIDR `json:"nodeCIDR,omitempty"`

	// NodeIPv6CIDR is the IPv6 range of the nodes of a dual-stack cluster, a
	// /64. It can't be changed.
	// +kubebuilder:validation:XValidation:rule="!isCIDR(self) || (cidr(self).ip().family() == 6 && cidr(self).prefixLength() == 64 && cidr(self).masked() == cidr(self))",message="must be an IPv6 range of 64 bits that begins with its first address, for example fd00:10::/64"
	// +optional
	NodeIPv6CIDR CIDR `json:"nodeIPv6CIDR,omitempty"`

	// PodCIDRs are the ranges of the pods, one for each IP family. They can't
	// be changed.
	// +kubebuilder:default={"10.244.0.0/16"}
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=2
	// +listType=atomic
	// +optional
	PodCIDRs []CIDR `json:"podCIDRs,omitempty"`

	// ServiceCIDRs are the ranges of the services, one for each IP family. They
	// can't be changed.
	// +kubebuilder:default={"10.96.0.0/12"}
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=2
	// +listType=atomic
	// +optional
	ServiceCIDRs []CIDR `json:"serviceCIDRs,omitempty"`

	// APIServer says who may reach the Kubernetes API.
	// +optional
	APIServer APIServerNetwork `json:"apiServer,omitempty"`

	// FirewallRules open ports of the nodes to sources outside the cluster.
	// Traffic between the nodes is always allowed.
	// +kubebuilder:validation:MaxItems=50
	// +listType=map
	// +listMapKey=name
	// +optional
	FirewallRules []FirewallRule `json:"firewallRules,omitempty"`

	// Existing puts the nodes into a network that exists already. Without it
	// the cluster gets a network of its own. It can't be changed.
	// +optional
	Existing *ExistingNetwork `json:"existing,omitempty"`

	// PolicyPreset is the set of cluster-wide network policies. Open has none.
	// BlockMetadata keeps pods from the cloud's metadata service, which holds
	// the nodes' bootstrap data. DefaultDeny does that too, and lets pods of
	// the team's namespaces accept only what a NetworkPolicy allows.
	// +kubebuilder:default=BlockMetadata
	// +kubebuilder:validation:Enum=Open;BlockMetadata;DefaultDeny
	// +optional
	PolicyPreset string `json:"policyPreset,omitempty"`
}

// IPFamily is an IP version.
// +kubebuilder:validation:Enum=IPv4;IPv6
type IPFamily string

// APIServerNetwork says who may reach the Kubernetes API.
type APIServerNetwork struct {
	// AllowedCIDRs that may reach the Kubernetes API; the platform's own ranges
	// are always added. The default is everywhere.
	// +kubebuilder:validation:MaxItems=50
	// +listType=set
	// +optional
	AllowedCIDRs []CIDR `json:"allowedCIDRs,omitempty"`
}

// FirewallRule opens ports of the nodes.
// +kubebuilder:validation:XValidation:rule="self.protocol == 'ICMP' ? !has(self.ports) : has(self.ports)",message="ports are needed for TCP and UDP and don't exist for ICMP"
type FirewallRule struct {
	// Name of the rule.
	// +kubebuilder:validation:Pattern=`^[a-z]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=40
	Name string `json:"name"`
	// Protocol to allow.
	// +kubebuilder:validation:Enum=TCP;UDP;ICMP
	Protocol string `json:"protocol"`
	// Ports to allow, from first to last.
	// +optional
	Ports *PortRange `json:"ports,omitempty"`
	// Sources are the ranges that may connect.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	// +listType=set
	Sources []CIDR `json:"sources"`
}

// PortRange is a range of ports, both ends included.
// +kubebuilder:validation:XValidation:rule="self.first <= self.last",message="first is larger than last: swap them"
type PortRange struct {
	// First port of the range.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	First int32 `json:"first"`
	// Last port of the range.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Last int32 `json:"last"`
}

// ExistingNetwork is a network that the platform or the team made.
type ExistingNetwork struct {
	// NetworkID of the network.
	NetworkID UUID `json:"networkID"`
	// SubnetIDs of the subnets for the nodes: one, or one IPv4 and one IPv6.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=2
	// +kubebuilder:validation:XValidation:rule="self.size() < 2 || self[0] != self[1]",message="the same subnet is there twice: name each subnet once"
	// +listType=atomic
	SubnetIDs []UUID `json:"subnetIDs"`
	// RouterID of the router that connects the subnets with the outside.
	RouterID UUID `json:"routerID"`
}

// Access says who may use a cluster.
type Access struct {
	// OIDC is the identity provider that people log in with. The default is the
	// platform's; without either, nobody but the platform team has access.
	// +optional
	OIDC *OIDC `json:"oidc,omitempty"`
	// AdminGroups may do everything in the cluster.
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	// +listType=set
	// +optional
	AdminGroups []string `json:"adminGroups,omitempty"`
	// ViewerGroups may read everything but secrets.
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	// +listType=set
	// +optional
	ViewerGroups []string `json:"viewerGroups,omitempty"`
}

// OIDC is an OpenID Connect identity provider.
type OIDC struct {
	// IssuerURL of the provider, with https.
	// +kubebuilder:validation:Pattern=`^https://[^ ?#]+$`
	// +kubebuilder:validation:MaxLength=2048
	IssuerURL string `json:"issuerURL"`
	// ClientID that the provider knows the clusters by.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	ClientID string `json:"clientID"`
	// UsernameClaim holds the user's name.
	// +kubebuilder:default=email
	// +kubebuilder:validation:MaxLength=255
	// +optional
	UsernameClaim string `json:"usernameClaim,omitempty"`
	// GroupsClaim holds the user's groups.
	// +kubebuilder:default=groups
	// +kubebuilder:validation:MaxLength=255
	// +optional
	GroupsClaim string `json:"groupsClaim,omitempty"`
}

// KubernetesClusterStatus is what a cluster is.
type KubernetesClusterStatus struct {
	// Phase is one word for where the cluster stands.
	// +optional
	Phase Phase `json:"phase,omitempty"`
	// Endpoint is the address of the Kubernetes API.
	// +optional
	Endpoint string `json:"endpoint,omitempty"`
	// Version is the Kubernetes version that the control plane runs.
	// +optional
	Version string `json:"version,omitempty"`
	// Nodes is ready and wanted worker nodes, for example "3/3".
	// +optional
	Nodes string `json:"nodes,omitempty"`
	// ServiceLevel that applies.
	// +optional
	ServiceLevel *ServiceLevelStatus `json:"serviceLevel,omitempty"`
	// ControlPlane nodes, wanted and ready.
	// +optional
	ControlPlane *ReplicaStatus `json:"controlPlane,omitempty"`
	// NodePools, each with its nodes, wanted and ready.
	// +listType=map
	// +listMapKey=name
	// +optional
	NodePools []NodePoolStatus `json:"nodePools,omitempty"`
	// KubeconfigSecretRef points at the team's kubeconfig. It holds no secret:
	// people log in at the identity provider.
	// +optional
	KubeconfigSecretRef *SecretReference `json:"kubeconfigSecretRef,omitempty"`
	// Network holds the ids of the network in the cloud.
	// +optional
	Network *NetworkStatus `json:"network,omitempty"`
}

// ServiceLevelStatus is the service level that applies.
type ServiceLevelStatus struct {
	// Name of the level.
	Name string `json:"name"`
	// Promise of the level, in words.
	// +optional
	Promise string `json:"promise,omitempty"`
}

// ReplicaStatus counts machines.
type ReplicaStatus struct {
	// Desired is how many there should be.
	Desired int32 `json:"desired"`
	// Ready is how many work.
	Ready int32 `json:"ready"`
}

// NodePoolStatus counts the nodes of a pool.
type NodePoolStatus struct {
	// Name of the pool.
	Name string `json:"name"`
	// Desired is how many nodes there should be.
	Desired int32 `json:"desired"`
	// Ready is how many nodes work.
	Ready int32 `json:"ready"`
}

// NetworkStatus holds the ids of a cluster's network.
type NetworkStatus struct {
	// NetworkID in the cloud.
	// +optional
	NetworkID string `json:"networkID,omitempty"`
	// SubnetIDs in the cloud.
	// +listType=atomic
	// +optional
	SubnetIDs []string `json:"subnetIDs,omitempty"`
	// RouterID in the cloud.
	// +optional
	RouterID string `json:"routerID,omitempty"`
}
