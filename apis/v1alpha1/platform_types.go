package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// A Platform is the catalogue that claims are served from: clouds, service
// levels, Kubernetes versions and add-ons. What it leaves out comes from the
// built-in defaults, which it is merged over by name.
// +kubebuilder:object:root=true
// +kubebuilder:resource:path=platforms,singular=platform,scope=Cluster,categories=skerry
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Clouds",type=string,JSONPath=`.status.clouds`
// +kubebuilder:printcolumn:name="Versions",type=string,JSONPath=`.status.kubernetesVersions`
// +kubebuilder:printcolumn:name="Levels",type=string,JSONPath=`.status.serviceLevels`,priority=1
type Platform struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   PlatformSpec   `json:"spec"`
	Status PlatformStatus `json:"status,omitempty"`
}

// PlatformSpec is the catalogue.
type PlatformSpec struct {
	// Namespace on the management cluster in which everything that claims
	// compose lives. Application teams have no access to it. It can't be
	// changed.
	// +kubebuilder:default=skerry-system
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="namespace can't be changed: every cluster's resources live there"
	// +optional
	Namespace string `json:"namespace,omitempty"`

	// Management describes the management cluster.
	// +optional
	Management Management `json:"management,omitempty"`

	// Clouds that claims can name.
	// +kubebuilder:validation:MaxItems=50
	// +listType=map
	// +listMapKey=name
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +optional
	Clouds []Cloud `json:"clouds,omitempty" patchStrategy:"merge" patchMergeKey:"name"`

	// ServiceLevels that claims can name. BestEffort, Standard, Premium and
	// Demo are built in; an entry with one of these names changes just the
	// fields that it sets.
	// +kubebuilder:validation:MaxItems=50
	// +listType=map
	// +listMapKey=name
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +optional
	ServiceLevels []ServiceLevel `json:"serviceLevels,omitempty" patchStrategy:"merge" patchMergeKey:"name"`

	// KubernetesVersions that claims can name, one for each minor.
	// +kubebuilder:validation:MaxItems=50
	// +listType=map
	// +listMapKey=name
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +optional
	KubernetesVersions []KubernetesVersion `json:"kubernetesVersions,omitempty" patchStrategy:"merge" patchMergeKey:"name"`

	// Addons: the chart, version and values of each.
	// +kubebuilder:validation:MaxItems=100
	// +listType=map
	// +listMapKey=name
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +optional
	Addons []Addon `json:"addons,omitempty" patchStrategy:"merge" patchMergeKey:"name"`

	// Tools are container images that Skerry runs in clusters, for a single task,
	// such as the copying of data.
	// +kubebuilder:validation:MaxItems=20
	// +listType=map
	// +listMapKey=name
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +optional
	Tools []Tool `json:"tools,omitempty" patchStrategy:"merge" patchMergeKey:"name"`

	// Access that clusters get when their claim names no identity provider.
	// +optional
	Access PlatformAccess `json:"access,omitempty"`

	// Certificates says who issues the certificates of published services.
	// +optional
	Certificates Certificates `json:"certificates,omitempty"`
}

// Management describes the management cluster.
type Management struct {
	// InstallClusterAPI installs Cluster API's operator and its providers for
	// OpenStack. Turn it off where they are there already.
	// +optional
	InstallClusterAPI *bool `json:"installClusterAPI,omitempty"`
	// Janitor deletes the load balancers that Services of a deleted cluster have
	// left in the cloud, also when the cluster's own API is dead. Turn it off
	// where something else does; a cluster then waits until its own entry point
	// is gone.
	// +optional
	Janitor *bool `json:"janitor,omitempty"`
	// ClusterProviderConfig is the name of the provider-helm
	// ClusterProviderConfig that reaches the management cluster itself.
	// +kubebuilder:validation:MaxLength=63
	// +optional
	ClusterProviderConfig string `json:"clusterProviderConfig,omitempty"`
	// AllowedCIDRs from which the management cluster reaches the Kubernetes API
	// of clusters. They are added to what a claim allows.
	// +kubebuilder:validation:MaxItems=50
	// +listType=set
	// +optional
	AllowedCIDRs []CIDR `json:"allowedCIDRs,omitempty"`
	// Monitoring says that the management cluster has the Prometheus Operator, with
	// its kinds Probe and AlertmanagerConfig. Without it nobody is told by the
	// receivers of claims, and nothing is probed.
	// +optional
	Monitoring *Monitoring `json:"monitoring,omitempty"`
}

// Monitoring describes what the Prometheus Operator runs on the management cluster.
type Monitoring struct {
	// Labels of all that is made for it. The selectors of its Prometheus
	// (probeSelector) and its Alertmanager (alertmanagerConfigSelector) ask for
	// them.
	// +kubebuilder:validation:MaxProperties=10
	// +optional
	Labels map[string]string `json:"labels,omitempty"`
	// Prober asks for what Exposures publish. Without it nothing is probed.
	// +optional
	Prober *Prober `json:"prober,omitempty"`
}

// Prober is a blackbox exporter.
type Prober struct {
	// Address of the exporter: host and port, as Prometheus reaches it.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?:[0-9]{1,5}$`
	// +kubebuilder:validation:MaxLength=259
	Address string `json:"address"`
	// HTTPModule of the exporter's configuration: it asks for a URL, and is content
	// with an answer of 200 to 299 over a valid certificate.
	// +kubebuilder:default=http_2xx
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +optional
	HTTPModule string `json:"httpModule,omitempty"`
	// TCPModule opens a connection.
	// +kubebuilder:default=tcp_connect
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +optional
	TCPModule string `json:"tcpModule,omitempty"`
	// Interval between two probes, for example 30s.
	// +kubebuilder:default="30s"
	// +kubebuilder:validation:Pattern=`^[1-9][0-9]{0,2}[sm]$`
	// +optional
	Interval string `json:"interval,omitempty"`
}

// Cloud is an OpenStack cloud.
type Cloud struct {
	// Name by which claims name the cloud.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`
	// Engine that makes the machines.
	// +kubebuilder:validation:Enum=ClusterAPI
	// +optional
	Engine string `json:"engine,omitempty"`
	// ProviderConfigRef names the provider-openstack configuration with the
	// credentials of the project that clusters live in.
	ProviderConfigRef ProviderConfigReference `json:"providerConfigRef"`
	// AuthURL of the cloud's identity service (Keystone).
	// +kubebuilder:validation:Pattern=`^https?://[^ ]+$`
	// +kubebuilder:validation:MaxLength=2048
	AuthURL string `json:"authURL"`
	// Region of the cloud.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Region string `json:"region,omitempty"`
	// CACertificate in PEM of the authority that signed the cloud's endpoints,
	// where it isn't a public one.
	// +kubebuilder:validation:MaxLength=65536
	// +optional
	CACertificate string `json:"caCertificate,omitempty"`
	// ExternalNetwork that floating IPs come from.
	ExternalNetwork ExternalNetwork `json:"externalNetwork"`
	// DNSServers are the addresses of the name servers that nodes ask. The
	// default is the cloud's.
	// +kubebuilder:validation:MaxItems=5
	// +listType=atomic
	// +optional
	DNSServers []string `json:"dnsServers,omitempty"`
	// Zones are the availability zones.
	// +kubebuilder:validation:MaxItems=9
	// +listType=set
	// +optional
	Zones []ZoneName `json:"zones,omitempty"`
	// Images with Kubernetes, one for each version and architecture.
	// +kubebuilder:validation:MaxItems=200
	// +listType=map
	// +listMapKey=name
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +optional
	Images []Image `json:"images,omitempty" patchStrategy:"merge" patchMergeKey:"name"`
	// Flavors that claims can name. One with a name after the SCS standard
	// needs nothing but its name.
	// +kubebuilder:validation:MaxItems=500
	// +listType=map
	// +listMapKey=name
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +optional
	Flavors []Flavor `json:"flavors,omitempty" patchStrategy:"merge" patchMergeKey:"name"`
	// LoadBalancer describes the cloud's Octavia.
	// +optional
	LoadBalancer CloudLoadBalancer `json:"loadBalancer,omitempty"`
	// Volumes describes the cloud's Cinder.
	// +optional
	Volumes CloudVolumes `json:"volumes,omitempty"`
	// Shares describes the cloud's Manila. Without it the cloud has no shared
	// filesystems.
	// +optional
	Shares *CloudShares `json:"shares,omitempty"`
	// Buckets describes the cloud's S3. Without it the cloud has no buckets.
	// +optional
	Buckets *CloudBuckets `json:"buckets,omitempty"`
	// Performances that Storages can name, besides "standard": that one there is
	// on every cloud, of the default types unless it is listed here.
	// +kubebuilder:validation:MaxItems=20
	// +listType=map
	// +listMapKey=name
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +optional
	Performances []CloudPerformance `json:"performances,omitempty" patchStrategy:"merge" patchMergeKey:"name"`
	// DNS describes the cloud's Designate. Without it no records are made.
	// +optional
	DNS *CloudDNS `json:"dns,omitempty"`
	// Prices of what claims use in this cloud. What has no price is not counted;
	// without prices, status shows no cost.
	// +optional
	Prices *Prices `json:"prices,omitempty"`
}

// Prices of a cloud: decimal numbers such as "0.08", without a currency sign.
type Prices struct {
	// Currency of all prices of the cloud, as an ISO 4217 code.
	// +kubebuilder:validation:Pattern=`^[A-Z]{3}$`
	Currency string `json:"currency"`
	// Storage by the gibibyte and month.
	// +optional
	Storage StoragePrices `json:"storage,omitempty"`
	// LoadBalancer of any size, for each month.
	// +optional
	LoadBalancer *Price `json:"loadBalancer,omitempty"`
	// FloatingIP, for each month.
	// +optional
	FloatingIP *Price `json:"floatingIP,omitempty"`
}

// StoragePrices are the prices of a gibibyte for a month.
type StoragePrices struct {
	// Volume is the price of a gibibyte of a volume.
	// +optional
	Volume *Price `json:"volume,omitempty"`
	// Share is the price of a gibibyte of a share.
	// +optional
	Share *Price `json:"share,omitempty"`
	// Object is the price of a gibibyte in a bucket.
	// +optional
	Object *Price `json:"object,omitempty"`
}

// Price is an amount of money, for example "0.08".
// +kubebuilder:validation:Pattern=`^[0-9]{1,9}([.][0-9]{1,6})?$`
type Price string

// ProviderConfigReference names a provider configuration.
type ProviderConfigReference struct {
	// Kind of the configuration.
	// +kubebuilder:validation:Enum=ClusterProviderConfig;ProviderConfig
	// +optional
	Kind string `json:"kind,omitempty"`
	// Name of the configuration.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
}

// ExternalNetwork is the network that floating IPs come from.
type ExternalNetwork struct {
	// ID of the network. `openstack network list --external` shows it.
	ID UUID `json:"id"`
}

// Image is a machine image with Kubernetes in it.
type Image struct {
	// Name of the image in the cloud.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Name string `json:"name"`
	// KubernetesVersion in the image, for example "1.35.4".
	// +kubebuilder:validation:Pattern=`^1\.[1-9][0-9]\.[0-9]+$`
	KubernetesVersion string `json:"kubernetesVersion"`
	// Architecture of the image.
	// +optional
	Architecture Architecture `json:"architecture,omitempty"`
}

// Flavor is a size of machine.
type Flavor struct {
	// Name of the flavor in the cloud.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Name string `json:"name"`
	// CPU is the number of virtual processors.
	// +kubebuilder:validation:Minimum=1
	// +optional
	CPU int32 `json:"cpu,omitempty"`
	// Memory, for example 16Gi.
	// +optional
	Memory *resource.Quantity `json:"memory,omitempty"`
	// Disk of the flavor, for example 100Gi. 0 means that it has none and
	// nodes need a root volume.
	// +optional
	Disk *resource.Quantity `json:"disk,omitempty"`
	// Architecture of the processors.
	// +optional
	Architecture Architecture `json:"architecture,omitempty"`
	// GPU in the flavor.
	// +optional
	GPU *GPU `json:"gpu,omitempty"`
	// Price of a machine of the flavor for an hour, in the currency of the
	// cloud's prices.
	// +optional
	Price *Price `json:"price,omitempty"`
}

// GPU describes the graphics processors of a flavor.
type GPU struct {
	// ResourceName that pods ask for, for example nvidia.com/gpu.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	ResourceName string `json:"resourceName"`
	// Count of GPUs in one machine.
	// +kubebuilder:validation:Minimum=1
	Count int32 `json:"count"`
}

// CloudLoadBalancer describes a cloud's Octavia.
type CloudLoadBalancer struct {
	// Provider of load balancers, for example amphora or ovn. The default is
	// the cloud's.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Provider string `json:"provider,omitempty"`
	// Flavors of load balancers, by what service levels call them. A size that
	// is left out gets the cloud's default flavor.
	// +optional
	Flavors LoadBalancerFlavors `json:"flavors,omitempty"`
	// ProxyProtocol makes the load balancer of a cluster's entry point tell the
	// addresses of clients, which Exposures with allowedCIDRs need, and which
	// applications then see. The provider ovn can't. To change it breaks the
	// connections of all clusters of the cloud for a moment.
	// +optional
	ProxyProtocol bool `json:"proxyProtocol,omitempty"`
}

// LoadBalancerFlavors are the Octavia flavors for the sizes that service levels
// name.
type LoadBalancerFlavors struct {
	// Small is the smallest flavor.
	// +optional
	Small *LoadBalancerFlavor `json:"small,omitempty"`
	// Standard is the usual flavor.
	// +optional
	Standard *LoadBalancerFlavor `json:"standard,omitempty"`
	// ActiveStandby is the flavor with a standby instance.
	// +optional
	ActiveStandby *LoadBalancerFlavor `json:"activeStandby,omitempty"`
}

// LoadBalancerFlavor is an Octavia flavor. Cluster API names it, the load
// balancers of Services need its id.
type LoadBalancerFlavor struct {
	// Name of the flavor.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Name string `json:"name"`
	// ID of the flavor.
	ID UUID `json:"id"`
}

// CloudVolumes describes a cloud's Cinder.
type CloudVolumes struct {
	// RootSize of the system volume of nodes whose flavor has no disk.
	// +optional
	RootSize *resource.Quantity `json:"rootSize,omitempty"`
	// RootType is the volume type of system volumes.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	RootType string `json:"rootType,omitempty"`
	// EtcdType is the volume type of etcd's own volume: the fastest that the
	// cloud has.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	EtcdType string `json:"etcdType,omitempty"`
	// DefaultType is the volume type of the cluster's default StorageClass.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	DefaultType string `json:"defaultType,omitempty"`
	// AvailabilityZone of all volumes in clusters, where the cloud's volumes have
	// one zone for all zones of its machines. Without it a volume is made in the
	// zone of the node that uses it.
	// +optional
	AvailabilityZone ZoneName `json:"availabilityZone,omitempty"`
}

// CloudShares describes a cloud's Manila.
type CloudShares struct {
	// Type of the shares.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=255
	Type string `json:"type"`
	// Provisioning of a Storage's share: Static composes it in the cloud, so that
	// it is seen, priced and kept from here; Dynamic leaves it to the driver in
	// the cluster. A share stays as it was made.
	// +kubebuilder:validation:Enum=Static;Dynamic
	// +optional
	Provisioning string `json:"provisioning,omitempty"`
	// ShareNetwork is for share types whose shares have servers of their own
	// (driver_handles_share_servers). Leave it out for others.
	// +optional
	ShareNetwork *CloudShareNetwork `json:"shareNetwork,omitempty"`
}

// CloudShareNetwork says where the servers of shares are. Without ids they are in
// the network of the cluster, which can then not be removed before a share that
// was kept.
// +kubebuilder:validation:XValidation:rule="has(self.networkID) == has(self.subnetID)",message="set both networkID and subnetID, or neither"
type CloudShareNetwork struct {
	// NetworkID of a network of the platform's that nodes of all clusters reach.
	// +optional
	NetworkID UUID `json:"networkID,omitempty"`
	// SubnetID in that network.
	// +optional
	SubnetID UUID `json:"subnetID,omitempty"`
	// ClientCIDR from which nodes reach that network. The default is the range of
	// the cluster's nodes.
	// +optional
	ClientCIDR CIDR `json:"clientCIDR,omitempty"`
}

// CloudBuckets describes a cloud's S3.
type CloudBuckets struct {
	// Endpoint of the S3 API, as pods reach it.
	// +kubebuilder:validation:Pattern=`^https?://[^ ]+$`
	// +kubebuilder:validation:MaxLength=2048
	Endpoint string `json:"endpoint"`
	// Region that S3 clients sign with. The default is the cloud's, or us-east-1.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Region string `json:"region,omitempty"`
	// Lifecycle says that the S3 API takes lifecycle rules, as Ceph's does and
	// Swift's doesn't. Only then can old versions age out.
	// +optional
	Lifecycle *bool `json:"lifecycle,omitempty"`
}

// CloudPerformance is a performance of a cloud's volumes and shares.
type CloudPerformance struct {
	// Name by which Storages and service levels name it.
	// +kubebuilder:validation:MinLength=1
	Name PerformanceName `json:"name"`
	// VolumeType of its volumes. The default is volumes.defaultType.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	VolumeType string `json:"volumeType,omitempty"`
	// ShareType of its shares. The default is shares.type.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	ShareType string `json:"shareType,omitempty"`
	// Encrypted says that the volume type encrypts. Teams see it in status.
	// +optional
	Encrypted *bool `json:"encrypted,omitempty"`
	// Prices that differ from those of the cloud.
	// +optional
	Prices StoragePrices `json:"prices,omitempty"`
}

// Tool is a container image that Skerry runs for a single task.
type Tool struct {
	// Name of the tool.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`
	// Image without its tag. Set your mirror's here.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Image string `json:"image,omitempty"`
	// Version is the tag of the image.
	// +kubebuilder:validation:MaxLength=128
	// +optional
	Version string `json:"version,omitempty"`
}

// CloudDNS describes a cloud's Designate.
type CloudDNS struct {
	// Zone under which records are made, for example "apps.example.org".
	// +kubebuilder:validation:Pattern=`^([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=253
	Zone string `json:"zone"`
	// ZoneID of the zone: `openstack zone list` shows it. With it the records of
	// Exposures are made from the management cluster, so that they go with their
	// Exposure even if its cluster is dead. Without it external-dns in each
	// cluster makes them.
	// +optional
	ZoneID UUID `json:"zoneID,omitempty"`
}

// AntiAffinity says how strictly machines are kept on different hosts.
// +kubebuilder:validation:Enum=None;Soft;Hard
type AntiAffinity string

// The ways to keep machines on different hosts.
const (
	AntiAffinityNone AntiAffinity = "None"
	AntiAffinitySoft AntiAffinity = "Soft"
	AntiAffinityHard AntiAffinity = "Hard"
)

// ServiceLevel decides the topology of what is composed.
type ServiceLevel struct {
	// Name by which claims name the level.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`
	// Promise in words, as teams read it in status.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Promise string `json:"promise,omitempty"`
	// ControlPlane of clusters.
	// +optional
	ControlPlane LevelControlPlane `json:"controlPlane,omitempty"`
	// LoadBalancer is the size of load balancers, for the Kubernetes API and
	// for the entry point.
	// +kubebuilder:validation:Enum=Small;Standard;ActiveStandby
	// +optional
	LoadBalancer string `json:"loadBalancer,omitempty"`
	// Addons of clusters.
	// +optional
	Addons LevelAddons `json:"addons,omitempty"`
	// Nodes of clusters.
	// +optional
	Nodes LevelNodes `json:"nodes,omitempty"`
	// PodSecurity is the default Pod Security Standard.
	// +kubebuilder:validation:Enum=Privileged;Baseline;Restricted
	// +optional
	PodSecurity string `json:"podSecurity,omitempty"`
	// DeletionProtection is the default of claims.
	// +optional
	DeletionProtection *bool `json:"deletionProtection,omitempty"`
	// Storage decides about Storages.
	// +optional
	Storage LevelStorage `json:"storage,omitempty"`
	// Maintenance decides when clusters may be disturbed.
	// +optional
	Maintenance LevelMaintenance `json:"maintenance,omitempty"`
	// Hibernation decides whether clusters may sleep.
	// +optional
	Hibernation LevelHibernation `json:"hibernation,omitempty"`
	// Term after which a cluster is hibernated and marked for removal, for
	// example 30d. Without it clusters have none.
	// +optional
	Term Term `json:"term,omitempty"`
	// Backup decides about backups.
	// +optional
	Backup LevelBackup `json:"backup,omitempty"`
	// Probe decides whether what Exposures publish is probed.
	// +optional
	Probe LevelProbe `json:"probe,omitempty"`
}

// LevelProbe decides whether what Exposures publish is probed.
type LevelProbe struct {
	// Enabled asks for it all the time, where the Platform has a prober.
	// +optional
	Enabled *bool `json:"enabled,omitempty"`
	// Objective is the share of probes in 30 days that is to succeed, in percent,
	// for example "99.9". Without it there is none, and nobody is told of what fails.
	// +kubebuilder:validation:Pattern=`^[1-9][0-9](\.[0-9]{1,3})?$`
	// +optional
	Objective string `json:"objective,omitempty"`
}

// LevelMaintenance decides when clusters may be disturbed.
type LevelMaintenance struct {
	// AnyTime lets changes begin at any time, unless the claim has a window.
	// +optional
	AnyTime *bool `json:"anyTime,omitempty"`
	// Days on which the windows of claims begin that have none of their own. The
	// default is every day.
	// +kubebuilder:validation:MaxItems=7
	// +listType=set
	// +optional
	Days []Weekday `json:"days,omitempty"`
	// From is when the first of these windows begins.
	// +optional
	From TimeOfDay `json:"from,omitempty"`
	// To is when the last of them ends, which may be on the next day. The time between
	// both is cut into as many windows as fit, and a hash of the claim's name picks one
	// of them and one of the days: of 3 windows on 4 days, each cluster has one, and about
	// a twelfth of the clusters moves at once.
	// +optional
	To TimeOfDay `json:"to,omitempty"`
	// TimeZone of days, from and to. The default is UTC.
	// +optional
	TimeZone TimeZone `json:"timeZone,omitempty"`
	// Duration of a window, for example 4h.
	// +optional
	Duration Span `json:"duration,omitempty"`
	// Notice is how long before a window its changes are announced. What has not
	// been announced that long waits for the window after.
	// +optional
	Notice Term `json:"notice,omitempty"`
	// AutoUpgrade is the default of claims. Without it that is Patch.
	// +kubebuilder:validation:Enum=None;Patch;Minor
	// +optional
	AutoUpgrade string `json:"autoUpgrade,omitempty"`
	// AfterSupport says what happens to clusters whose Kubernetes minor has come
	// to its end of support: Upgrade moves them to the next supported minor in
	// their next window, Keep leaves them where they are. The default is Keep.
	// +kubebuilder:validation:Enum=Upgrade;Keep
	// +optional
	AfterSupport string `json:"afterSupport,omitempty"`
}

// LevelHibernation decides whether clusters may sleep.
type LevelHibernation struct {
	// Allowed lets claims hibernate their clusters.
	// +optional
	Allowed *bool `json:"allowed,omitempty"`
	// Schedules of claims that have none of their own.
	// +kubebuilder:validation:MaxItems=10
	// +listType=atomic
	// +optional
	Schedules []HibernationSchedule `json:"schedules,omitempty"`
}

// LevelBackup decides about backups.
type LevelBackup struct {
	// Enabled is the default of claims.
	// +optional
	Enabled *bool `json:"enabled,omitempty"`
	// Schedule is the default of claims: @hourly, @daily, @weekly, or cron's five
	// fields in UTC. Where the minute is 0, each cluster gets one of its own.
	// +optional
	Schedule CronSchedule `json:"schedule,omitempty"`
	// Retention is the default of claims.
	// +optional
	Retention Term `json:"retention,omitempty"`
	// EtcdSchedule is the default of claims: when snapshots of etcd are taken. Without
	// it none are. Where the minute is 0, each cluster gets one of its own.
	// +optional
	EtcdSchedule CronSchedule `json:"etcdSchedule,omitempty"`
	// Drill is the default of claims: the schedule on which the last backup is tried.
	// Without it none is. Where the minute is 0, each cluster gets one of its own.
	// +optional
	Drill CronSchedule `json:"drill,omitempty"`
}

// LevelStorage decides about Storages.
type LevelStorage struct {
	// Performance is the default of claims, on clouds that have one of that name.
	// +optional
	Performance PerformanceName `json:"performance,omitempty"`
	// Keep is the default of claims: Retain or Delete. Without it data is
	// retained.
	// +kubebuilder:validation:Enum=Retain;Delete
	// +optional
	Keep string `json:"keep,omitempty"`
	// KeepTerm is the default term of data that is retained. Without it somebody
	// decides.
	// +optional
	KeepTerm Term `json:"keepTerm,omitempty"`
}

// LevelControlPlane decides about control planes.
type LevelControlPlane struct {
	// Replicas is the default number of control-plane nodes: 1, 3 or 5.
	// +kubebuilder:validation:Enum=1;3;5
	// +optional
	Replicas int32 `json:"replicas,omitempty"`
	// AllowedReplicas that a claim may ask for besides the default.
	// +kubebuilder:validation:MaxItems=3
	// +listType=set
	// +optional
	AllowedReplicas []int32 `json:"allowedReplicas,omitempty"`
	// AntiAffinity of the control-plane nodes.
	// +optional
	AntiAffinity AntiAffinity `json:"antiAffinity,omitempty"`
	// EtcdVolume gives etcd a volume of its own of this size.
	// +optional
	EtcdVolume *resource.Quantity `json:"etcdVolume,omitempty"`
	// MinCPU is the smallest number of processors of the flavor that is chosen
	// when the claim names none.
	// +kubebuilder:validation:Minimum=1
	// +optional
	MinCPU int32 `json:"minCPU,omitempty"`
	// MinMemory is the smallest memory of the flavor that is chosen when the
	// claim names none.
	// +optional
	MinMemory *resource.Quantity `json:"minMemory,omitempty"`
}

// LevelAddons decides about add-ons.
type LevelAddons struct {
	// Replicas of add-ons that can have several.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=9
	// +optional
	Replicas int32 `json:"replicas,omitempty"`
	// DisruptionBudgets keep one replica of each running.
	// +optional
	DisruptionBudgets *bool `json:"disruptionBudgets,omitempty"`
	// SpreadZones puts the replicas into different zones.
	// +optional
	SpreadZones *bool `json:"spreadZones,omitempty"`
}

// LevelNodes decides about worker nodes.
type LevelNodes struct {
	// AntiAffinity of the nodes of a pool.
	// +optional
	AntiAffinity AntiAffinity `json:"antiAffinity,omitempty"`
	// MaxSurge is how many nodes of a pool may exist beyond their number in each of
	// its zones while the pool is rolled.
	// +kubebuilder:validation:Minimum=1
	// +optional
	MaxSurge int32 `json:"maxSurge,omitempty"`
	// MaxNodes that a cluster may have; 0 means any number.
	// +kubebuilder:validation:Minimum=0
	// +optional
	MaxNodes int32 `json:"maxNodes,omitempty"`
	// MaxUnhealthyPercent of a pool up to which broken nodes are replaced. If
	// more are broken the cause is not the nodes, and none is replaced.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	// +optional
	MaxUnhealthyPercent int32 `json:"maxUnhealthyPercent,omitempty"`
	// DrainTimeout is how long the pods of a node that is to go may take to move.
	// After it the node goes all the same. Without it there is no limit, and a pod
	// that can't move keeps its node.
	// +optional
	DrainTimeout Span `json:"drainTimeout,omitempty"`
}

// KubernetesVersion is a minor version of Kubernetes.
type KubernetesVersion struct {
	// Name is the minor version, for example "1.35".
	// +kubebuilder:validation:Pattern=`^1\.[1-9][0-9]$`
	Name string `json:"name"`
	// Patch is the full version that clusters of this minor run, for example
	// "1.35.4".
	// +kubebuilder:validation:Pattern=`^1\.[1-9][0-9]\.[0-9]+$`
	// +optional
	Patch string `json:"patch,omitempty"`
	// Support: Supported and Deprecated versions can be ordered, a Deprecated
	// one with a warning. Ended ones can't be ordered any more; clusters that
	// run them go on.
	// +kubebuilder:validation:Enum=Supported;Deprecated;Ended
	// +optional
	Support string `json:"support,omitempty"`
	// EndOfSupport is when support ends, in RFC 3339. From then on the minor
	// counts as Ended, and from 60 days before it as Deprecated.
	// +optional
	EndOfSupport *metav1.Time `json:"endOfSupport,omitempty"`
	// Urgent patch: clusters of this minor move to it at once, whatever their
	// window.
	// +optional
	Urgent *bool `json:"urgent,omitempty"`
}

// Addon is a Helm chart that clusters get.
type Addon struct {
	// Name of the add-on.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`
	// Chart is the name of the chart.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Chart string `json:"chart,omitempty"`
	// Repository of the chart, https or oci.
	// +kubebuilder:validation:Pattern=`^(https?|oci)://[^ ]+$`
	// +kubebuilder:validation:MaxLength=2048
	// +optional
	Repository string `json:"repository,omitempty"`
	// Version of the chart.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Version string `json:"version,omitempty"`
	// Urgent version: clusters move to it at once, whatever their window.
	// +optional
	Urgent *bool `json:"urgent,omitempty"`
	// ImageTag of the add-on's image, where it isn't the chart's own.
	// +kubebuilder:validation:MaxLength=128
	// +optional
	ImageTag string `json:"imageTag,omitempty"`
	// KubernetesVersions that need another version of the chart or the image.
	// +kubebuilder:validation:MaxItems=50
	// +listType=map
	// +listMapKey=name
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +optional
	KubernetesVersions []AddonKubernetesVersion `json:"kubernetesVersions,omitempty" patchStrategy:"merge" patchMergeKey:"name"`
	// Values are merged over the values that Skerry sets.
	// +kubebuilder:pruning:PreserveUnknownFields
	// +optional
	Values *runtime.RawExtension `json:"values,omitempty"`
}

// AddonKubernetesVersion is the version of a chart for a minor of Kubernetes.
type AddonKubernetesVersion struct {
	// Name is the minor version of Kubernetes, for example "1.35".
	// +kubebuilder:validation:Pattern=`^1\.[1-9][0-9]$`
	Name string `json:"name"`
	// Version of the chart. The default is the add-on's.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Version string `json:"version,omitempty"`
	// ImageTag of the add-on's image. The default is the add-on's.
	// +kubebuilder:validation:MaxLength=128
	// +optional
	ImageTag string `json:"imageTag,omitempty"`
}

// PlatformAccess is the access that clusters get by default.
type PlatformAccess struct {
	// OIDC is the identity provider of clusters whose claim names none.
	// +optional
	OIDC *OIDC `json:"oidc,omitempty"`
}

// Certificates says who issues certificates.
type Certificates struct {
	// ACMEServer is the directory of the authority that issues certificates.
	// +kubebuilder:validation:Pattern=`^https://[^ ]+$`
	// +kubebuilder:validation:MaxLength=2048
	// +optional
	ACMEServer string `json:"acmeServer,omitempty"`
	// Email that the authority writes to.
	// +kubebuilder:validation:MaxLength=255
	// +optional
	Email string `json:"email,omitempty"`
}

// PlatformStatus is what a platform offers.
type PlatformStatus struct {
	// Phase is one word for where the platform stands.
	// +optional
	Phase Phase `json:"phase,omitempty"`
	// Clouds that claims can name.
	// +optional
	Clouds string `json:"clouds,omitempty"`
	// ServiceLevels that claims can name.
	// +optional
	ServiceLevels string `json:"serviceLevels,omitempty"`
	// KubernetesVersions that claims can order.
	// +optional
	KubernetesVersions string `json:"kubernetesVersions,omitempty"`
}
