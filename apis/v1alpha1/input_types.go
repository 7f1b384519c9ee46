package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Input configures a Skerry function in a composition's pipeline. It needs none:
// without one the function uses the Platform named "default".
// +kubebuilder:object:root=true
// +kubebuilder:resource:path=inputs,singular=input,categories=crossplane
type Input struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// PlatformName names the Platform to serve claims from.
	// +kubebuilder:default=default
	// +optional
	PlatformName string `json:"platformName,omitempty"`
}
