package clusterapi

import "github.com/skerry-dev/skerry/functions/internal/external"

// Operator is the API version of cluster-api-operator's kinds.
const Operator = "operator.cluster.x-k8s.io/v1alpha2"

// Provider is a provider of Cluster API that the operator installs, into the
// namespace that it is in itself.
type Provider struct {
	external.Meta `json:",inline"`
	Spec          ProviderSpec `json:"spec"`
}

// ProviderSpec is the spec of a Provider.
type ProviderSpec struct {
	// Version with its v. Without one the operator would take the newest.
	Version string           `json:"version"`
	Manager *ProviderManager `json:"manager,omitempty"`
}

// ProviderManager configures the provider's controller manager.
type ProviderManager struct {
	// FeatureGates are merged over the provider's own.
	FeatureGates map[string]bool `json:"featureGates,omitempty"`
}

// NewProvider returns a provider of the kind: CoreProvider, BootstrapProvider,
// ControlPlaneProvider or InfrastructureProvider.
func NewProvider(kind, namespace, name string, spec ProviderSpec) *Provider {
	return &Provider{
		Meta: external.Meta{APIVersion: Operator, Kind: kind, Metadata: external.ObjectMeta{Namespace: namespace, Name: name}},
		Spec: spec,
	}
}
