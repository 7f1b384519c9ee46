package v1alpha1

// Condition types that Skerry sets on its composites and claims. Crossplane
// itself sets Synced and Ready.
const (
	// ConditionAccepted is True when the platform can serve what is asked.
	// False names the field, its value and what is allowed instead.
	ConditionAccepted = "Accepted"
	// ConditionNetworkReady is True when the network of a cluster is complete.
	ConditionNetworkReady = "NetworkReady"
	// ConditionControlPlaneReady is True when the Kubernetes API answers and
	// every replica of the control plane is available. False for the reason
	// APIUnavailable means that the API doesn't answer; for any other, that it does.
	ConditionControlPlaneReady = "ControlPlaneReady"
	// ConditionNodesReady is True when every pool has the nodes it should have.
	ConditionNodesReady = "NodesReady"
	// ConditionAddonsReady is True when every add-on is deployed.
	ConditionAddonsReady = "AddonsReady"
	// ConditionMaintained is True when nothing that the cluster should run waits
	// for its next maintenance window, and False with what waits.
	ConditionMaintained = "Maintained"
	// ConditionSupported is True while the cluster's Kubernetes version is
	// supported, and False from its end of support on.
	ConditionSupported = "Supported"
	// ConditionExpired is True when the cluster's term has ended: it is marked for
	// removal. Clusters without a term don't have it.
	ConditionExpired = "Expired"
	// ConditionBackedUp is True when the last backup is no older than the
	// schedule promises.
	ConditionBackedUp = "BackedUp"
	// ConditionBackupVerified is True when the last drill has brought back the claim's
	// configuration from the backup that it tried. Nothing else in it is tried.
	ConditionBackupVerified = "BackupVerified"
	// ConditionRestored is True when the restore that the claim asks for is done.
	ConditionRestored = "Restored"
	// ConditionManagementReady is True when the management cluster has what
	// clusters need.
	ConditionManagementReady = "ManagementReady"
	// ConditionDelivered is True when what a Storage or an Exposure asks for
	// exists in the cluster.
	ConditionDelivered = "Delivered"
)

// ReasonAPIUnavailable is why ControlPlaneReady is False while the Kubernetes API
// doesn't answer: nothing in the cluster can be made, changed or deleted then.
const ReasonAPIUnavailable = "APIUnavailable"

// Phase is one word for where an object stands.
// +kubebuilder:validation:Enum=Pending;Provisioning;Updating;Ready;Degraded;Hibernated
type Phase string

// The phases, in the order of a life.
const (
	// PhasePending: accepted, nothing exists yet.
	PhasePending Phase = "Pending"
	// PhaseProvisioning: being built for the first time.
	PhaseProvisioning Phase = "Provisioning"
	// PhaseUpdating: was complete, and is being changed.
	PhaseUpdating Phase = "Updating"
	// PhaseReady: everything that is asked for exists and works.
	PhaseReady Phase = "Ready"
	// PhaseDegraded: was complete, and something has stopped working.
	PhaseDegraded Phase = "Degraded"
	// PhaseHibernated: complete, with its workers scaled to zero on purpose.
	PhaseHibernated Phase = "Hibernated"
)

// CIDR is an IP range in CIDR notation, IPv4 or IPv6.
// +kubebuilder:validation:MaxLength=43
// +kubebuilder:validation:XValidation:rule="isCIDR(self)",message="must be an IP range in CIDR notation, for example 10.0.0.0/22 or fd00:10::/64"
type CIDR string

// UUID is the id of an OpenStack object.
// +kubebuilder:validation:Pattern=`^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$`
// +kubebuilder:validation:MaxLength=36
type UUID string

// Architecture of a processor, as Kubernetes names it.
// +kubebuilder:validation:Enum=amd64;arm64
type Architecture string

// SecretKeyReference points at a key of a Secret beside the object that names it.
type SecretKeyReference struct {
	// Name of the Secret.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
	// Key in the Secret's data.
	// +kubebuilder:validation:Pattern=`^[-._a-zA-Z0-9]+$`
	// +kubebuilder:validation:MaxLength=253
	Key string `json:"key"`
}

// SecretReference points at a Secret.
type SecretReference struct {
	// Namespace of the Secret.
	Namespace string `json:"namespace"`
	// Name of the Secret.
	Name string `json:"name"`
	// Key in the Secret's data.
	Key string `json:"key"`
}

// ClusterReference names a KubernetesCluster in the same namespace.
type ClusterReference struct {
	// Name of the KubernetesCluster.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`
}

// Weekday is a day of the week.
// +kubebuilder:validation:Enum=Monday;Tuesday;Wednesday;Thursday;Friday;Saturday;Sunday
type Weekday string

// TimeOfDay is hours and minutes on a 24-hour clock, for example 22:00.
// +kubebuilder:validation:Pattern=`^([01][0-9]|2[0-3]):[0-5][0-9]$`
// +kubebuilder:validation:MaxLength=5
type TimeOfDay string

// TimeZone is a name of the IANA time zone database, for example Europe/Zurich.
// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$`
// +kubebuilder:validation:MaxLength=64
type TimeZone string

// Span is a time in hours and minutes, for example 4h, 90m or 1h30m.
// +kubebuilder:validation:Pattern=`^([1-9][0-9]{0,2}h)?([1-9][0-9]{0,3}m)?$`
// +kubebuilder:validation:MinLength=2
// +kubebuilder:validation:MaxLength=9
type Span string

// CronSchedule is a time that comes again and again, in cron's five fields, for
// example "0 3 * * *" for every night, or @hourly, @daily, @weekly or @monthly.
// +kubebuilder:validation:MinLength=6
// +kubebuilder:validation:MaxLength=100
type CronSchedule string

// Cost is what something costs by the prices of its cloud.
type Cost struct {
	// Monthly cost, for 730 hours of what is asked for, for example "12.40".
	Monthly string `json:"monthly"`
	// Currency of the amount, as an ISO 4217 code.
	Currency string `json:"currency"`
}
