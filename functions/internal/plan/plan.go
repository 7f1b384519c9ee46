// Package plan decides. It merges a claim, the catalogue and what exists into a
// Plan in which every decision is made: components after it only read.
//
// Everything here is pure: no clock, no network, no logger, no protobuf. The
// same input gives the same plan.
package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
)

// Home is where composed resources live and how their names begin. It is the
// only difference between the package with claims and the namespaced one.
type Home struct {
	Namespace string
	Prefix    string
}

// Name returns the name of a composed resource: the prefix and what it is.
func (h Home) Name(what ...string) string {
	return strings.Join(append([]string{h.Prefix}, what...), "-")
}

// Team is where the claim lives, and who made it.
type Team struct {
	// Namespace of the claim. It equals the Home's in the namespaced package.
	Namespace string
	// Name of the claim.
	Name string
	// Kind of the claim: what a team deletes.
	Kind string
}

// Owner is the composite a plan is for.
type Owner struct {
	Home Home
	Team Team
	// Composite is the kind of a cluster-scoped composite, or "" when the
	// composite is namespaced, and so its own claim.
	Composite string
}

// OwnPrefix returns the prefix of a namespaced composite: its name, and five
// digits that stand for its namespace. Two teams may give one name, and much in a
// cloud is found by its name: load balancers, credentials, DNS records. Claims
// need none: Crossplane makes their composites' names unique.
func OwnPrefix(namespace, name string) string {
	sum := sha256.Sum256([]byte(namespace + "/" + name))
	return name + "-" + hex.EncodeToString(sum[:3])[:5]
}

// Cluster is the plan of a KubernetesCluster.
type Cluster struct {
	Owner
	Level        Level
	Cloud        Cloud
	Version      Version
	Network      Network
	ControlPlane ControlPlane
	// Pools, ordered by name.
	Pools []Pool
	// Autoscaled says that at least one pool is.
	Autoscaled bool
	// Addons by name, with the versions that go with this cluster.
	Addons map[string]Addon
	// Replicas of add-ons.
	Replicas    Replicas
	Access      Access
	PodSecurity string
	// DeletionProtection refuses the deletion of the claim.
	DeletionProtection bool
	Certificates       Certificates
	// ManagementProviderConfig reaches the management cluster itself.
	ManagementProviderConfig external.ProviderConfigRef
	// Janitor says that load balancers which the cluster leaves in the cloud are
	// deleted from outside, so that nothing in it must be deleted before it.
	Janitor bool
	// Maintenance says when the cluster may be disturbed.
	Maintenance Maintenance
	// Support of the Kubernetes minor that runs.
	Support Support
	// Checks of what would hinder an upgrade.
	Checks UpgradeChecks
	// Pending changes that the plan itself holds back, and those that it begins.
	Pending, Begun []v1alpha1.PendingChange
	// Warnings for the team, such as an image that is missing.
	Warnings []string
	// Remembered is the version that the control plane ran when it was last seen.
	Remembered string
	// Hibernation says whether the workers are away.
	Hibernation Hibernation
	// Backup is nil when there is neither one to take nor one to restore.
	Backup *Backup
	// Kept stays in the cloud when the cluster is deleted.
	Kept []v1alpha1.KeptResource
	// Notifications is nil when nobody is told.
	Notifications *Notifications
	// Cost of the cluster, by the prices of its cloud.
	Cost ClusterCost
	// Facts are what the components need to know of what exists.
	Facts Facts
	// Next is when the plan could differ although nothing else has changed: a window
	// opens or closes, for one. Zero means never.
	Next time.Time
}

// until says that the plan holds until then at the longest.
func (c *Cluster) until(t time.Time) {
	if c.Next.IsZero() || t.Before(c.Next) {
		c.Next = t
	}
}

// Level is what remains of a service level once all its decisions are made.
type Level struct {
	Name    string
	Promise string
}

// CloudCAFile is where every node has the certificate of a private cloud. The
// engine writes it, the cloud's add-ons mount it.
const CloudCAFile = "/etc/kubernetes/cloud-ca.pem"

// Cloud is the cloud that a cluster runs on.
type Cloud struct {
	Name string
	// Engine that makes the machines.
	Engine            string
	ProviderConfig    external.ProviderConfigRef
	AuthURL           string
	Region            string
	CACertificate     string
	ExternalNetworkID string
	DNSServers        []string
	// LoadBalancer has the provider and flavor that the level selects; empty
	// means the cloud's default.
	LoadBalancer LoadBalancer
	// APILoadBalancer is the same for the Kubernetes API, as it was made.
	APILoadBalancer LoadBalancer
	// ProxyProtocol says that the entry point's load balancer tells the addresses
	// of clients.
	ProxyProtocol bool
	// VolumeType of the default StorageClass; empty means the cloud's default.
	VolumeType string
	// ShareType is the Manila share type, or "" without Manila.
	ShareType string
	// VolumeZone of all volumes, or "" for that of their node.
	VolumeZone string
	// Performances that have StorageClasses of their own.
	Performances []PerformanceTypes
	// DNSZone is the Designate zone, or "" without Designate.
	DNSZone string
	// Zones are the availability zones.
	Zones []string
}

// PerformanceTypes are the types of volumes and shares of a performance. An empty
// one needs no class of its own: it is the default one's.
type PerformanceTypes struct {
	Name, VolumeType, ShareType string
}

// LoadBalancer is how Octavia makes load balancers.
type LoadBalancer struct {
	Provider   string
	FlavorName string
	FlavorID   string
}

// Network of a cluster.
type Network struct {
	CNI string
	// DualStack says that nodes, pods and services have IPv6 too.
	DualStack     bool
	NodeCIDR      string
	NodeIPv6CIDR  string
	PodCIDRs      []string
	ServiceCIDRs  []string
	AllowedCIDRs  []string
	FirewallRules []FirewallRule
	// Existing is the network that is used, or nil when the cluster gets one
	// of its own.
	Existing *NetworkIDs
	Policy   Policy
}

// Policy is a network-policy preset, decided.
type Policy struct {
	BlockMetadata bool
	DefaultDeny   bool
}

// FirewallRule opens ports for one source. Its JSON is hashed into the key of the
// composed rule: another name or another field would replace every rule.
type FirewallRule struct {
	Name     string `json:"Name"`
	Protocol string `json:"Protocol"`
	First    int64  `json:"First"`
	Last     int64  `json:"Last"`
	Source   string `json:"Source"`
	IPv6     bool   `json:"IPv6"`
}

// ControlPlane of a cluster.
type ControlPlane struct {
	Replicas     int32
	Flavor       Flavor
	Image        string
	AntiAffinity v1alpha1.AntiAffinity
	// RootVolume is nil when the flavor's own disk is used.
	RootVolume *Volume
	// EtcdVolume is nil when etcd lives on the root disk.
	EtcdVolume *Volume
	Zones      []string
	// DrainSeconds is the same as a pool's.
	DrainSeconds int32
}

// Volume is a block-storage volume.
type Volume struct {
	SizeGiB int64
	// Type of the volume; empty means the cloud's default.
	Type string
}

// Pool of worker nodes.
type Pool struct {
	Name         string
	Flavor       Flavor
	Image        string
	RootVolume   *Volume
	AntiAffinity v1alpha1.AntiAffinity
	Labels       map[string]string
	Taints       []v1alpha1.Taint
	// Shares of the pool, one for each zone that gets nodes.
	Shares []Share
	// Moving is how many nodes the pool has while some of them move to other zones, or 0
	// while none do.
	Moving int32
	// MaxSurge and MaxUnhealthyPercent bound how the pool is rolled and
	// repaired.
	MaxSurge int32
	// DrainSeconds is how long the pods of a node that goes may take to move, or 0
	// for as long as they need.
	DrainSeconds        int32
	MaxUnhealthyPercent int32
}

// Share of a pool in one zone.
type Share struct {
	// Name of the share: the pool's, and the zone's where there is one.
	Name string
	// Zone, or "" where the cloud has none.
	Zone string
	// Replicas, when the pool isn't autoscaled.
	Replicas int32
	// Autoscaling bounds, or nil.
	Autoscaling *v1alpha1.Autoscaling
	// Leaves says that its nodes go as soon as those in other zones are ready.
	Leaves bool
}

// Addon is a chart with the version that goes with the cluster.
type Addon struct {
	Name       string
	Chart      string
	Repository string
	Version    string
	// Minor of Kubernetes that chart or image go with, or "" where they go with any.
	Minor string
	// Urgent version: it doesn't wait for a window.
	Urgent bool
	// ImageTag, or "" for the chart's own.
	ImageTag string
	// Values of the platform, merged over Skerry's.
	Values map[string]any
}

// Replicas of add-ons that can have several.
type Replicas struct {
	Count             int32
	DisruptionBudgets bool
	SpreadZones       bool
}

// Access to a cluster.
type Access struct {
	// OIDC is nil when nobody logs in.
	OIDC         *v1alpha1.OIDC
	AdminGroups  []string
	ViewerGroups []string
}

// Certificates says who issues certificates.
type Certificates struct {
	ACMEServer string
	Email      string
}
