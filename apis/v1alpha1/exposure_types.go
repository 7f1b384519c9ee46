package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// An Exposure publishes a service of a cluster under host names.
// +kubebuilder:object:root=true
// +kubebuilder:resource:path=exposures,singular=exposure,shortName=expo,categories=skerry
// +kubebuilder:printcolumn:name="Phase",type=string,JSONPath=`.status.phase`
// +kubebuilder:printcolumn:name="URL",type=string,JSONPath=`.status.urls[0]`
// +kubebuilder:printcolumn:name="Cluster",type=string,JSONPath=`.spec.clusterRef.name`
type Exposure struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   ExposureSpec   `json:"spec"`
	Status ExposureStatus `json:"status,omitempty"`
}

// ExposureSpec is what an application team asks for.
// +kubebuilder:validation:XValidation:rule="self.clusterRef == oldSelf.clusterRef && self.__namespace__ == oldSelf.__namespace__",message="clusterRef and namespace can't be changed: the service lives there. Create a new Exposure."
type ExposureSpec struct {
	// ClusterRef names the KubernetesCluster, in the same namespace, whose
	// service is published.
	ClusterRef ClusterReference `json:"clusterRef"`
	// Namespace of the service in the cluster.
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace"`
	// Service to publish.
	Service ServiceReference `json:"service"`
	// Hostnames under which the service is reached over HTTPS.
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MaxLength=253
	// +kubebuilder:validation:items:Pattern=`^([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)+[a-z]([-a-z0-9]*[a-z0-9])?$`
	// +listType=set
	Hostnames []string `json:"hostnames"`
}

// ServiceReference names a port of a service.
type ServiceReference struct {
	// Name of the service.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`
	// Port of the service.
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Port int32 `json:"port"`
}

// ExposureStatus is what an exposure is.
type ExposureStatus struct {
	// Phase is one word for where the exposure stands.
	// +optional
	Phase Phase `json:"phase,omitempty"`
	// URLs under which the service is reached.
	// +listType=atomic
	// +optional
	URLs []string `json:"urls,omitempty"`
}
