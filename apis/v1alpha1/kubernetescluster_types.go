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
// +kubebuilder:printcolumn:name="Hourly",type=string,JSONPath=`.status.cost.hourly`,priority=1
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

	// Maintenance says when changes that replace nodes or restart add-ons may
	// happen, and which upgrades happen by themselves.
	// +optional
	Maintenance Maintenance `json:"maintenance,omitempty"`

	// Hibernation scales the workers to zero and back. Volumes, addresses and
	// claims stay.
	// +optional
	Hibernation *Hibernation `json:"hibernation,omitempty"`

	// Backup of the cluster's objects and volumes. What it leaves out is the
	// service level's.
	// +optional
	Backup Backup `json:"backup,omitempty"`

	// Restore brings a backup back into this cluster, once. Another backup, or
	// other namespaces, are another restore.
	// +optional
	Restore *Restore `json:"restore,omitempty"`

	// Notifications say who is told of maintenance, ends of terms and alerts, of the
	// cluster and of what is delivered into it.
	// +optional
	Notifications Notifications `json:"notifications,omitempty"`
}

// Notifications say who is told.
type Notifications struct {
	// Receivers of notices and alerts. The Secrets that they name are beside the
	// claim.
	// +kubebuilder:validation:MaxItems=10
	// +listType=map
	// +listMapKey=name
	// +optional
	Receivers []Receiver `json:"receivers,omitempty"`
}

// Severities of notices and alerts, from the least.
const (
	SeverityInfo     = "info"
	SeverityWarning  = "warning"
	SeverityCritical = "critical"
)

// Receiver is one who is told, in one way.
// +kubebuilder:validation:XValidation:rule="(has(self.email) ? 1 : 0) + (has(self.webhook) ? 1 : 0) + (has(self.slack) ? 1 : 0) == 1",message="receiver: set exactly one of email, webhook and slack. Give another way a receiver of its own."
type Receiver struct {
	// Name of the receiver.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`
	// Severity from which on it is told: info is everything, maintenance too.
	// +kubebuilder:validation:Enum=info;warning;critical
	// +kubebuilder:default=info
	// +optional
	Severity string `json:"severity,omitempty"`
	// Email is sent by the platform's mail server.
	// +optional
	Email *EmailReceiver `json:"email,omitempty"`
	// Webhook is called with Alertmanager's JSON.
	// +optional
	Webhook *WebhookReceiver `json:"webhook,omitempty"`
	// Slack gets a message in a channel.
	// +optional
	Slack *SlackReceiver `json:"slack,omitempty"`
}

// EmailReceiver is an address.
type EmailReceiver struct {
	// To is the address.
	// +kubebuilder:validation:Pattern=`^[^@ ]+@[^@ ]+$`
	// +kubebuilder:validation:MaxLength=254
	To string `json:"to"`
}

// WebhookReceiver is a URL. It may hold a token, so it stands in a Secret.
type WebhookReceiver struct {
	// URLSecretRef names the key of a Secret that holds the URL.
	URLSecretRef SecretKeyReference `json:"urlSecretRef"`
}

// SlackReceiver is a channel in Slack.
type SlackReceiver struct {
	// Channel, for example "#shop".
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=80
	Channel string `json:"channel"`
	// URLSecretRef names the key of a Secret that holds Slack's URL.
	URLSecretRef SecretKeyReference `json:"urlSecretRef"`
}

// Which upgrades happen by themselves.
const (
	// AutoUpgradeNone: a new patch waits until the claim's maintenance.now.
	AutoUpgradeNone = "None"
	// AutoUpgradePatch: patches of the claim's minor.
	AutoUpgradePatch = "Patch"
	// AutoUpgradeMinor: patches, and the platform's newest supported minor.
	AutoUpgradeMinor = "Minor"
)

// What happens to clusters whose Kubernetes minor has come to its end of support.
const (
	// AfterSupportUpgrade moves them to the next supported minor.
	AfterSupportUpgrade = "Upgrade"
	// AfterSupportKeep leaves them where they are.
	AfterSupportKeep = "Keep"
)

// Maintenance says when a cluster may be disturbed.
type Maintenance struct {
	// Window in which changes that replace nodes or restart add-ons begin. The
	// default is one that the platform chooses within the service level's hours,
	// another for each cluster.
	// +optional
	Window *MaintenanceWindow `json:"window,omitempty"`
	// AutoUpgrade says which upgrades of Kubernetes happen by themselves in a
	// window: None, Patch, or Minor, which includes patches. The default is the
	// service level's. A version that the claim sets is always carried out.
	// +kubebuilder:validation:Enum=None;Patch;Minor
	// +optional
	AutoUpgrade string `json:"autoUpgrade,omitempty"`
	// Now opens a window at this time, in RFC 3339, for whatever is pending: as
	// long as the usual one, and at least four hours.
	// +optional
	Now *metav1.Time `json:"now,omitempty"`
}

// MaintenanceWindow is a time of the week. Over a change to or from daylight
// saving time it begins at the same time of day; a start that doesn't exist on
// that day is an hour later.
type MaintenanceWindow struct {
	// Days on which the window begins. The default is every day.
	// +kubebuilder:validation:MaxItems=7
	// +listType=set
	// +optional
	Days []Weekday `json:"days,omitempty"`
	// Start of the window, for example 22:00.
	Start TimeOfDay `json:"start"`
	// Duration of the window, from 30m to 24h. A change that has begun goes on
	// when the window ends; nothing new begins.
	// +kubebuilder:default="4h"
	// +kubebuilder:validation:XValidation:rule="duration(self) >= duration('30m') && duration(self) <= duration('24h')",message="must be from 30m to 24h, for example 4h"
	// +optional
	Duration Span `json:"duration,omitempty"`
	// TimeZone of days and start, for example Europe/Zurich.
	// +kubebuilder:default=UTC
	// +optional
	TimeZone TimeZone `json:"timeZone,omitempty"`
}

// Hibernation says when a cluster's workers are away.
type Hibernation struct {
	// Schedules on which the cluster goes to sleep and wakes. The default is the
	// service level's.
	// +kubebuilder:validation:MaxItems=10
	// +listType=atomic
	// +optional
	Schedules []HibernationSchedule `json:"schedules,omitempty"`
	// Asleep hibernates the cluster as long as it is true, whatever the schedules
	// say; false keeps it awake likewise.
	// +optional
	Asleep *bool `json:"asleep,omitempty"`
	// AwakeUntil keeps the cluster awake until this time, in RFC 3339, whatever
	// the schedules say.
	// +optional
	AwakeUntil *metav1.Time `json:"awakeUntil,omitempty"`
}

// HibernationSchedule is when a cluster goes to sleep and when it wakes.
type HibernationSchedule struct {
	// Sleep is when the workers go, in cron's five fields, for example
	// "0 19 * * 1-5".
	Sleep CronSchedule `json:"sleep"`
	// Wake is when they come back. Without it they stay away until somebody
	// wakes the cluster.
	// +optional
	Wake CronSchedule `json:"wake,omitempty"`
	// TimeZone of both.
	// +kubebuilder:default=UTC
	// +optional
	TimeZone TimeZone `json:"timeZone,omitempty"`
}

// Backup says what is backed up, when, and for how long it is kept.
type Backup struct {
	// Enabled takes backups. The default is the service level's.
	// +optional
	Enabled *bool `json:"enabled,omitempty"`
	// Schedule of backups, in UTC. The default is the service level's, at a
	// minute of the cluster's own.
	// +optional
	Schedule CronSchedule `json:"schedule,omitempty"`
	// Retention is how long a backup is kept, also after the cluster is gone, for
	// example 14d. The default is the service level's.
	// +optional
	Retention Term `json:"retention,omitempty"`
	// Volumes says whether the content of volumes is backed up too. The default
	// is true.
	// +optional
	Volumes *bool `json:"volumes,omitempty"`
	// EtcdSchedule is when snapshots of etcd are taken, in UTC, encrypted, into a
	// bucket beside the other, and kept for as long. Engineers restore a control plane
	// from them that has lost its own. The default is the service level's.
	// +optional
	EtcdSchedule CronSchedule `json:"etcdSchedule,omitempty"`
	// Drill is the schedule, in UTC, on which the last backup is tried: this claim,
	// which is in it, is restored into the namespace skerry-drill of the cluster. The
	// default is the service level's.
	// +optional
	Drill CronSchedule `json:"drill,omitempty"`
}

// Restore names what is brought back.
type Restore struct {
	// Cluster whose backup it is: the name of a KubernetesCluster in the same
	// namespace, which may be gone. The default is this cluster.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +optional
	Cluster string `json:"cluster,omitempty"`
	// Backup by its name in status.backup.backups, or "latest".
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Backup string `json:"backup"`
	// Namespaces to bring back. The default is everything in the backup.
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=63
	// +listType=set
	// +optional
	Namespaces []string `json:"namespaces,omitempty"`
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
	// Priority decides which of several autoscaled pools grows, where more than one
	// would do: the one with the highest that still can. The default is 1; among
	// equals the one that leaves least idle grows.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	// +optional
	Priority int32 `json:"priority,omitempty"`
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
	// Maintenance says what will change, and when.
	// +optional
	Maintenance *MaintenanceStatus `json:"maintenance,omitempty"`
	// Hibernation says whether the workers are away, and until when.
	// +optional
	Hibernation *HibernationStatus `json:"hibernation,omitempty"`
	// Backup says what is backed up.
	// +optional
	Backup *BackupStatus `json:"backup,omitempty"`
	// Restore says how the restore goes that the claim asks for.
	// +optional
	Restore *RestoreStatus `json:"restore,omitempty"`
	// ExpiresAt is when the cluster's term ends, at service levels that have one.
	// It is hibernated then and marked for removal.
	// +optional
	ExpiresAt *metav1.Time `json:"expiresAt,omitempty"`
	// EndOfSupport of the Kubernetes version that runs.
	// +optional
	EndOfSupport *metav1.Time `json:"endOfSupport,omitempty"`
	// Kept lists what stays in the cloud when this cluster is deleted, and for
	// how long.
	// +listType=atomic
	// +optional
	Kept []KeptResource `json:"kept,omitempty"`
	// Cost of machines, by the prices of the cloud.
	// +optional
	Cost *ClusterCost `json:"cost,omitempty"`
}

// ClusterCost is what a cluster costs by the prices of its cloud.
type ClusterCost struct {
	// Hourly cost of what runs now, for example "0.420000".
	Hourly string `json:"hourly"`
	// Monthly cost, for 730 hours of what runs now, for example "306.60".
	Monthly string `json:"monthly"`
	// Currency of the amounts, as an ISO 4217 code.
	Currency string `json:"currency"`
}

// MaintenanceStatus is what a cluster's maintenance has before it.
type MaintenanceStatus struct {
	// Next window, or the one that is open.
	// +optional
	Next *WindowStatus `json:"next,omitempty"`
	// AutoUpgrade that applies.
	// +optional
	AutoUpgrade string `json:"autoUpgrade,omitempty"`
	// NoticeFrom is when the next window is announced, if changes are pending by
	// then.
	// +optional
	NoticeFrom *metav1.Time `json:"noticeFrom,omitempty"`
	// Announced is how many pending changes have been announced.
	// +optional
	Announced int32 `json:"announced,omitempty"`
	// Due is when the first window begins that a change has been announced for.
	// +optional
	Due *metav1.Time `json:"due,omitempty"`
	// Pending changes that wait for a window.
	// +listType=atomic
	// +optional
	Pending []PendingChange `json:"pending,omitempty"`
	// Begun are the changes that begin now.
	// +listType=atomic
	// +optional
	Begun []PendingChange `json:"begun,omitempty"`
	// RunningSince is when the changes began that are being carried out.
	// +optional
	RunningSince *metav1.Time `json:"runningSince,omitempty"`
	// Last is how the last maintenance ended.
	// +optional
	Last *MaintenanceResult `json:"last,omitempty"`
	// ClaimDigest stands for what the claim asked for when this was written. By it a
	// change that the claim asks for is told from one of the platform.
	// +optional
	ClaimDigest string `json:"claimDigest,omitempty"`
}

// WindowStatus is a maintenance window, in UTC.
type WindowStatus struct {
	// Start of the window.
	Start metav1.Time `json:"start"`
	// End of the window.
	End metav1.Time `json:"end"`
}

// PendingChange is a change that waits for a window.
type PendingChange struct {
	// Name of what changes: kubernetes, control-plane, pool/<name>,
	// pool/<name>/zones or addon/<name>.
	Name string `json:"name"`
	// From is what runs.
	// +optional
	From string `json:"from,omitempty"`
	// To is what will run.
	// +optional
	To string `json:"to,omitempty"`
	// Reason of the change, or of its waiting.
	Reason string `json:"reason"`
	// Nodes that the change replaces.
	// +optional
	Nodes int32 `json:"nodes,omitempty"`
	// Due is when the window begins in which the change does. It is announced as long
	// before it as the service level says.
	// +optional
	Due *metav1.Time `json:"due,omitempty"`
	// Since when the change waits.
	// +optional
	Since *metav1.Time `json:"since,omitempty"`
	// Requested by the claim: such a change needs no notice.
	// +optional
	Requested bool `json:"requested,omitempty"`
	// Blocked says that a window alone doesn't let the change begin. The reason says
	// what does.
	// +optional
	Blocked bool `json:"blocked,omitempty"`
}

// MaintenanceResult is how a maintenance ended.
type MaintenanceResult struct {
	// Started is when it began.
	Started metav1.Time `json:"started"`
	// Finished is when everything was as it should be.
	Finished metav1.Time `json:"finished"`
	// Result in words.
	Result string `json:"result"`
}

// HibernationStatus is whether a cluster sleeps.
type HibernationStatus struct {
	// Asleep says that the workers are, or are being, scaled to zero.
	Asleep bool `json:"asleep"`
	// Next is when that changes by itself.
	// +optional
	Next *metav1.Time `json:"next,omitempty"`
	// Reason in words.
	// +optional
	Reason string `json:"reason,omitempty"`
}

// BackupStatus is what a cluster's backups are.
type BackupStatus struct {
	// Schedule that applies.
	// +optional
	Schedule string `json:"schedule,omitempty"`
	// Retention that applies.
	// +optional
	Retention string `json:"retention,omitempty"`
	// Bucket that holds the backups.
	// +optional
	Bucket string `json:"bucket,omitempty"`
	// LastSuccess is when the last complete backup was taken.
	// +optional
	LastSuccess *metav1.Time `json:"lastSuccess,omitempty"`
	// LastObjects is how many objects of the Kubernetes API Velero has put into that
	// backup.
	// +optional
	LastObjects int64 `json:"lastObjects,omitempty"`
	// LastSize is how much the volumes held that are in that backup, in whole MiB. The
	// bucket may hold less of it: what an earlier backup has isn't stored twice.
	// +optional
	LastSize *resource.Quantity `json:"lastSize,omitempty"`
	// Next backup.
	// +optional
	Next *metav1.Time `json:"next,omitempty"`
	// OverdueFrom is when the promise is broken, unless a backup succeeds before.
	// +optional
	OverdueFrom *metav1.Time `json:"overdueFrom,omitempty"`
	// NextDrill is when a backup is tried next.
	// +optional
	NextDrill *metav1.Time `json:"nextDrill,omitempty"`
	// LastDrill is how the last one went.
	// +optional
	LastDrill *DrillStatus `json:"lastDrill,omitempty"`
	// Etcd says the same of snapshots of etcd.
	// +optional
	Etcd *EtcdBackupStatus `json:"etcd,omitempty"`
	// Backups that can be restored, the latest first.
	// +listType=atomic
	// +optional
	Backups []BackupEntry `json:"backups,omitempty"`
}

// EtcdBackupStatus is the state of snapshots of etcd.
type EtcdBackupStatus struct {
	// Schedule that applies, or nothing while none are taken.
	// +optional
	Schedule string `json:"schedule,omitempty"`
	// Bucket that holds them.
	Bucket string `json:"bucket"`
	// LastSuccess is when the last one was complete.
	// +optional
	LastSuccess *metav1.Time `json:"lastSuccess,omitempty"`
	// Next snapshot.
	// +optional
	Next *metav1.Time `json:"next,omitempty"`
	// OverdueFrom is when the promise is broken, unless one succeeds before.
	// +optional
	OverdueFrom *metav1.Time `json:"overdueFrom,omitempty"`
}

// BackupEntry is one backup.
type BackupEntry struct {
	// Name of the backup.
	Name string `json:"name"`
	// Finished is when it was complete.
	// +optional
	Finished *metav1.Time `json:"finished,omitempty"`
	// Expires is when it is deleted.
	// +optional
	Expires *metav1.Time `json:"expires,omitempty"`
	// Phase, as Velero names it.
	// +optional
	Phase string `json:"phase,omitempty"`
	// Objects of the Kubernetes API that Velero has put into it, once it has finished.
	// +optional
	Objects int64 `json:"objects,omitempty"`
	// Size is how much the volumes held that are in it, in whole MiB, once it has
	// finished.
	// +optional
	Size *resource.Quantity `json:"size,omitempty"`
}

// DrillStatus is how a drill went.
type DrillStatus struct {
	// Name of the restore in the cluster.
	Name string `json:"name"`
	// Backup that was tried.
	Backup string `json:"backup"`
	// Finished is when the drill ended.
	// +optional
	Finished *metav1.Time `json:"finished,omitempty"`
	// Duration of the restore, for example 42s.
	// +optional
	Duration string `json:"duration,omitempty"`
	// Verified says that the ConfigMaps of namespace kube-public came back from the
	// backup, and the claim's configuration with them. Nothing else in it is tried.
	Verified bool `json:"verified"`
	// Message says what went wrong.
	// +optional
	Message string `json:"message,omitempty"`
}

// RestoreStatus is how a restore goes.
type RestoreStatus struct {
	// Name of the restore in the cluster.
	Name string `json:"name"`
	// Backup that is brought back.
	// +optional
	Backup string `json:"backup,omitempty"`
	// Phase, as Velero names it.
	// +optional
	Phase string `json:"phase,omitempty"`
	// Progress, for example "120/130 objects".
	// +optional
	Progress string `json:"progress,omitempty"`
	// Finished is when it ended.
	// +optional
	Finished *metav1.Time `json:"finished,omitempty"`
}

// KeptResource is something that stays when a cluster is deleted.
type KeptResource struct {
	// Kind of what is kept: Backups, EtcdSnapshots, or Storage.
	Kind string `json:"kind"`
	// Name of it.
	Name string `json:"name"`
	// For how long, for example 30d.
	// +optional
	For string `json:"for,omitempty"`
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
