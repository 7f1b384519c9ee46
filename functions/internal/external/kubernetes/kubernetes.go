// Package kubernetes holds narrow structs for provider-kubernetes v1.2.1
// (namespaced), for Crossplane's Usage, and for the few core kinds that are
// composed on the management cluster itself.
package kubernetes

import "github.com/skerry-dev/skerry/functions/internal/external"

const apiVersion = "kubernetes.m.crossplane.io/v1alpha1"

// Object is an object in another cluster.
type Object struct {
	external.Meta `json:",inline"`
	Spec          ObjectSpec `json:"spec"`
}

// ObjectSpec is the spec of an Object.
type ObjectSpec struct {
	ManagementPolicies []string                   `json:"managementPolicies,omitempty"`
	ProviderConfigRef  external.ProviderConfigRef `json:"providerConfigRef"`
	Readiness          *Readiness                 `json:"readiness,omitempty"`
	// Watch tells of changes at once, where the provider runs with watches.
	Watch       bool             `json:"watch,omitempty"`
	ForProvider ObjectParameters `json:"forProvider"`
}

// Readiness says when an Object is ready.
type Readiness struct {
	Policy   string `json:"policy"`
	CELQuery string `json:"celQuery,omitempty"`
}

// ObjectParameters hold the object itself.
type ObjectParameters struct {
	// Manifest is a struct that embeds external.Meta, or a map.
	Manifest any `json:"manifest"`
}

// NewObject returns an Object that holds the manifest.
func NewObject(namespace, name string, pc external.ProviderConfigRef, manifest any) *Object {
	return &Object{
		Meta: external.Meta{
			APIVersion: apiVersion, Kind: "Object",
			Metadata: external.ObjectMeta{Namespace: namespace, Name: name},
		},
		Spec: ObjectSpec{ProviderConfigRef: pc, ForProvider: ObjectParameters{Manifest: manifest}},
	}
}

// MemberLabel is on the Objects that provider-kubernetes makes for what a collection
// finds, with the name of the collection.
const MemberLabel = "kubernetes.crossplane.io/owned-by-collection"

// Collection observes whatever a selector finds: provider-kubernetes makes an Object for
// each, which is read only and goes with the collection.
type Collection struct {
	external.Meta `json:",inline"`
	Spec          CollectionSpec `json:"spec"`
}

// CollectionSpec is what Skerry sets of it.
type CollectionSpec struct {
	ObserveObjects    Criteria                   `json:"observeObjects"`
	ProviderConfigRef external.ProviderConfigRef `json:"providerConfigRef"`
}

// Criteria say what is found.
type Criteria struct {
	APIVersion string   `json:"apiVersion"`
	Kind       string   `json:"kind"`
	Namespace  string   `json:"namespace,omitempty"`
	Selector   Selector `json:"selector"`
}

// Selector by labels.
type Selector struct {
	MatchLabels map[string]string `json:"matchLabels"`
}

// NewCollection returns a collection of what the criteria find.
func NewCollection(namespace, name string, pc external.ProviderConfigRef, of Criteria) *Collection {
	return &Collection{
		Meta: external.Meta{
			APIVersion: apiVersion, Kind: "ObservedObjectCollection",
			Metadata: external.ObjectMeta{Namespace: namespace, Name: name},
		},
		Spec: CollectionSpec{ObserveObjects: of, ProviderConfigRef: pc},
	}
}

// NewProviderConfig returns a ProviderConfig, which tells provider-kubernetes how to
// reach a cluster.
func NewProviderConfig(namespace, name string, spec external.KubeProviderConfigSpec) *external.KubeProviderConfig {
	return external.NewKubeProviderConfig(apiVersion, namespace, name, spec)
}

// NewClusterProviderConfig returns a ClusterProviderConfig.
func NewClusterProviderConfig(name string, spec external.KubeProviderConfigSpec) *external.KubeProviderConfig {
	return external.NewKubeProviderConfig(apiVersion, "", name, spec)
}
