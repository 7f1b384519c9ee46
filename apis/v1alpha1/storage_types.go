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
// +kubebuilder:printcolumn:name="Cluster",type=string,JSONPath=`.spec.clusterRef.name`
type Storage struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   StorageSpec   `json:"spec"`
	Status StorageStatus `json:"status,omitempty"`
}

// StorageSpec is what an application team asks for.
// +kubebuilder:validation:XValidation:rule="self.clusterRef == oldSelf.clusterRef && self.__namespace__ == oldSelf.__namespace__ && self.accessMode == oldSelf.accessMode",message="clusterRef, namespace and accessMode can't be changed: the data lives there. Create a new Storage and copy the data."
// +kubebuilder:validation:XValidation:rule="quantity(string(self.size)).compareTo(quantity(string(oldSelf.size))) >= 0",message="size can't shrink: data could be lost. Keep the size, or create a smaller Storage and copy the data."
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
}

// StorageStatus is what a storage is.
type StorageStatus struct {
	// Phase is one word for where the storage stands.
	// +optional
	Phase Phase `json:"phase,omitempty"`
	// Capacity that the storage has.
	// +optional
	Capacity string `json:"capacity,omitempty"`
	// ClaimName is the PersistentVolumeClaim to mount, in the namespace of the
	// cluster.
	// +optional
	ClaimName string `json:"claimName,omitempty"`
	// BucketName is the bucket to use, for accessMode Object.
	// +optional
	BucketName string `json:"bucketName,omitempty"`
}
