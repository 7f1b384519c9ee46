package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// A Storage is a volume, a share or a bucket, delivered into a cluster. No
// storage class is needed.
// +kubebuilder:object:root=true
// +kubebuilder:resource:path=storages,singular=storage,shortName=sto,categories=skerry
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="Mode",type=string,JSONPath=`.spec.accessMode`
// +kubebuilder:printcolumn:name="Capacity",type=string,JSONPath=`.status.capacity`
// +kubebuilder:printcolumn:name="Performance",type=string,JSONPath=`.status.performance`
// +kubebuilder:printcolumn:name="Cluster",type=string,JSONPath=`.spec.clusterRef.name`
// +kubebuilder:printcolumn:name="Use",type=string,JSONPath=`.status.use`
// +kubebuilder:printcolumn:name="Migration",type=string,JSONPath=`.status.migration.phase`,priority=1
// +kubebuilder:printcolumn:name="Last-Snapshot",type=string,JSONPath=`.status.lastSnapshot`,priority=1
// +kubebuilder:printcolumn:name="Keep",type=string,JSONPath=`.status.keep.policy`,priority=1
// +kubebuilder:printcolumn:name="Monthly",type=string,JSONPath=`.status.cost.monthly`,priority=1
type Storage struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   StorageSpec   `json:"spec"`
	Status StorageStatus `json:"status,omitempty"`
}

// StorageSpec is what an application team asks for.
// +kubebuilder:validation:XValidation:rule="self.clusterRef == oldSelf.clusterRef && self.__namespace__ == oldSelf.__namespace__ && self.accessMode == oldSelf.accessMode",message="clusterRef, namespace and accessMode can't be changed: the data lives there. Create a new Storage and copy the data."
// +kubebuilder:validation:XValidation:rule="quantity(string(self.size)).compareTo(quantity(string(oldSelf.size))) >= 0",message="size can't shrink: data could be lost. Keep the size, or create a smaller Storage and copy the data."
// +kubebuilder:validation:XValidation:rule="!has(self.performance) || !has(oldSelf.performance) || self.performance == oldSelf.performance",message="performance can't be changed: the data lives on it. Create a new Storage with the other performance and migrateFrom this one."
// +kubebuilder:validation:XValidation:rule="!has(self.migrateFrom) || !has(oldSelf.migrateFrom) || self.migrateFrom == oldSelf.migrateFrom",message="migrateFrom can't be changed: data of two sources would be mixed. Remove it once the migration is done, or create a new Storage."
// +kubebuilder:validation:XValidation:rule="has(oldSelf.migrateFrom) || !has(self.migrateFrom)",message="migrateFrom can be set only when a Storage is created: this one may hold data already. Create a new Storage."
// +kubebuilder:validation:XValidation:rule="!has(self.performance) || self.accessMode != 'Object'",message="performance is of volumes and shares: a bucket has none. Remove it."
// +kubebuilder:validation:XValidation:rule="!has(self.snapshots) || self.accessMode == 'Object' || has(self.snapshots.schedule)",message="snapshots of a volume or a share need a schedule, for example \"0 3 * * *\""
// +kubebuilder:validation:XValidation:rule="!has(self.snapshots) || self.accessMode != 'Object' || (!has(self.snapshots.schedule) && (!has(self.snapshots.retention) || !has(self.snapshots.retention.count)))",message="snapshots of a bucket have neither schedule nor retention.count: a bucket keeps every old version of an object. Set snapshots.retention.age, or nothing."
type StorageSpec struct {
	// ClusterRef names the KubernetesCluster, in the same namespace, that the
	// storage is delivered into.
	ClusterRef ClusterReference `json:"clusterRef"`
	// Namespace in the cluster.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace"`
	// AccessMode is ReadWriteOnce for a volume that one node mounts,
	// ReadWriteMany for a share that many nodes mount, Object for a bucket.
	// +kubebuilder:validation:Enum=ReadWriteOnce;ReadWriteMany;Object
	AccessMode string `json:"accessMode"`
	// Size of the storage, for example 20Gi. It can grow, and never shrink.
	// +kubebuilder:validation:XValidation:rule="quantity(string(self)).isGreaterThan(quantity('0'))",message="must be more than 0, for example 20Gi"
	Size resource.Quantity `json:"size"`
	// ServiceLevel that decides what this claim leaves open. The default is the
	// cluster's.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +optional
	ServiceLevel string `json:"serviceLevel,omitempty"`
	// Performance by its name on the cluster's cloud: a wrong one is answered
	// with those that there are. The default is the service level's. It can't be
	// changed. A bucket has none.
	// +optional
	Performance PerformanceName `json:"performance,omitempty"`
	// Snapshots of a volume or a share are taken on a schedule; a bucket keeps
	// old versions of its objects instead. Without this there are none.
	// +optional
	Snapshots *StorageSnapshots `json:"snapshots,omitempty"`
	// Keep says what happens to the data when this Storage is deleted. The
	// default is the service level's.
	// +optional
	Keep *StorageKeep `json:"keep,omitempty"`
	// MigrateFrom copies the data of another storage into this one, once, before
	// this one is ready. The source is never changed. It can be removed when the
	// migration is done.
	// +optional
	MigrateFrom *MigrationSource `json:"migrateFrom,omitempty"`
}

// PerformanceName is the name of a performance in a Platform.
// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
// +kubebuilder:validation:MaxLength=30
type PerformanceName string

// StorageSnapshots says when snapshots are taken and how long they are kept.
type StorageSnapshots struct {
	// Schedule in cron's five fields, in UTC, for example "0 3 * * *" for every
	// night, or @hourly, @daily, @weekly, @monthly or @yearly.
	// +kubebuilder:validation:MaxLength=100
	// +kubebuilder:validation:XValidation:rule="self.matches('^(@(hourly|daily|weekly|monthly|yearly)|(([0-9]+,)*[0-9]+|[0-9]+-[0-9]+|[*](/[0-9]+)?)( (([0-9]+,)*[0-9]+|[0-9]+-[0-9]+|[*](/[0-9]+)?)){4})$')",message="must be five fields of cron with numbers, lists, ranges or steps of *, for example \"0 3 * * *\", or @daily"
	// +optional
	Schedule string `json:"schedule,omitempty"`
	// Retention says how many snapshots are kept, and for how long. Without it
	// seven are.
	// +optional
	Retention SnapshotRetention `json:"retention,omitempty"`
}

// SnapshotRetention bounds snapshots. With both fields a snapshot goes as soon as
// one of them says so.
type SnapshotRetention struct {
	// Count of the latest snapshots that are kept.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=500
	// +optional
	Count int32 `json:"count,omitempty"`
	// Age at which a snapshot, or an old version in a bucket, goes: hours or
	// days, for example 36h or 14d.
	// +optional
	Age Term `json:"age,omitempty"`
}

// Term is a time in hours or days, for example 36h or 14d.
// +kubebuilder:validation:MaxLength=6
// +kubebuilder:validation:XValidation:rule="self.matches('^[1-9][0-9]{0,4}[hd]$')",message="must be a number of hours or days, for example 36h or 14d"
type Term string

// What becomes of data when its Storage is deleted.
const (
	// KeepRetain leaves the data where it is, labelled and with its term.
	KeepRetain = "Retain"
	// KeepDelete deletes it.
	KeepDelete = "Delete"
)

// StorageKeep says what happens to the data when the Storage is deleted.
// +kubebuilder:validation:XValidation:rule="!has(self.term) || self.policy == 'Retain'",message="term goes with policy Retain: data that is deleted has none"
type StorageKeep struct {
	// Policy Retain leaves volume, share or bucket in the cloud, with a label that
	// names this Storage; Delete deletes it with everything in it.
	// +kubebuilder:validation:Enum=Retain;Delete
	Policy string `json:"policy"`
	// Term for which kept data is to be kept after the deletion, for example 30d.
	// The default is the service level's.
	// +optional
	Term Term `json:"term,omitempty"`
}

// MigrationSource is where data is copied from: in the same cluster and namespace.
// +kubebuilder:validation:XValidation:rule="has(self.storage) != has(self.persistentVolumeClaim)",message="set either storage or persistentVolumeClaim, not both and not neither"
type MigrationSource struct {
	// Storage is the name of another Storage of the team.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +optional
	Storage string `json:"storage,omitempty"`
	// PersistentVolumeClaim is the name of one that exists in the namespace of
	// the cluster.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=253
	// +optional
	PersistentVolumeClaim string `json:"persistentVolumeClaim,omitempty"`
}

// StorageStatus is what a storage is.
type StorageStatus struct {
	// Phase is one word for where the storage stands.
	// +optional
	Phase Phase `json:"phase,omitempty"`
	// Capacity that the storage has.
	// +optional
	Capacity string `json:"capacity,omitempty"`
	// ServiceLevel that applies.
	// +optional
	ServiceLevel string `json:"serviceLevel,omitempty"`
	// Performance that the storage was made with.
	// +optional
	Performance string `json:"performance,omitempty"`
	// Encrypted says that the cloud encrypts the storage.
	// +optional
	Encrypted bool `json:"encrypted,omitempty"`
	// Use is the name to write into pods: of the PersistentVolumeClaim, or of the
	// Secret with the bucket's keys.
	// +optional
	Use string `json:"use,omitempty"`
	// Mount is what to paste into a pod.
	// +optional
	Mount string `json:"mount,omitempty"`
	// ClaimName is the PersistentVolumeClaim to mount, in the namespace of the
	// cluster.
	// +optional
	ClaimName string `json:"claimName,omitempty"`
	// StorageClass that the volume was made with.
	// +optional
	StorageClass string `json:"storageClass,omitempty"`
	// ShareID is the id of the share in the cloud.
	// +optional
	ShareID string `json:"shareID,omitempty"`
	// BucketName is the bucket to use, for accessMode Object.
	// +optional
	BucketName string `json:"bucketName,omitempty"`
	// SecretName is the Secret with the bucket's endpoint, name and keys, in the
	// namespace of the cluster.
	// +optional
	SecretName string `json:"secretName,omitempty"`
	// LastSnapshot is when the last snapshot was taken.
	// +optional
	LastSnapshot string `json:"lastSnapshot,omitempty"`
	// Migration of data into this storage.
	// +optional
	Migration *MigrationStatus `json:"migration,omitempty"`
	// Keep says what happens to the data when this Storage is deleted now.
	// +optional
	Keep *StorageKeepStatus `json:"keep,omitempty"`
	// Cost by the prices of the cloud, for the size that is asked for.
	// +optional
	Cost *Cost `json:"cost,omitempty"`
}

// The phases of a migration.
const (
	// MigrationWaiting: the storage or its source isn't there yet.
	MigrationWaiting = "Waiting"
	// MigrationCopying: data is being copied.
	MigrationCopying = "Copying"
	// MigrationVerifying: what was copied is compared with its source.
	MigrationVerifying = "Verifying"
	// MigrationDone: every file was compared. It never runs again.
	MigrationDone = "Done"
	// MigrationFailed: it can't go on by itself.
	MigrationFailed = "Failed"
)

// MigrationStatus is how far a migration is.
type MigrationStatus struct {
	// Phase: Waiting, Copying, Verifying, Done or Failed.
	Phase string `json:"phase"`
	// Source that is copied, for example "Storage orders".
	// +optional
	Source string `json:"source,omitempty"`
	// Message says what to do, when something is.
	// +optional
	Message string `json:"message,omitempty"`
}

// StorageKeepStatus is what happens to the data of a deleted Storage.
type StorageKeepStatus struct {
	// Policy: Retain or Delete.
	Policy string `json:"policy"`
	// Term for which it is kept after the deletion. Without one somebody decides.
	// +optional
	Term string `json:"term,omitempty"`
	// Message says what differs, such as an unreachable cluster in which nothing
	// can be deleted.
	// +optional
	Message string `json:"message,omitempty"`
}
