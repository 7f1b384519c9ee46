// Package helm holds narrow structs for provider-helm v1.3.0 (namespaced).
package helm

import "github.com/skerry-dev/skerry/functions/internal/external"

const apiVersion = "helm.m.crossplane.io/v1beta1"

// Release is a Helm release.
type Release struct {
	external.Meta `json:",inline"`
	Spec          ReleaseSpec `json:"spec"`
}

// ReleaseSpec is the spec of a Release.
type ReleaseSpec struct {
	ManagementPolicies []string                   `json:"managementPolicies,omitempty"`
	ProviderConfigRef  external.ProviderConfigRef `json:"providerConfigRef"`
	RollbackLimit      *int32                     `json:"rollbackLimit,omitempty"`
	ForProvider        ReleaseParameters          `json:"forProvider"`
}

// ReleaseParameters say what to install, and where.
type ReleaseParameters struct {
	Namespace   string         `json:"namespace"`
	Chart       Chart          `json:"chart"`
	MaxHistory  int64          `json:"maxHistory,omitempty"`
	Wait        bool           `json:"wait,omitempty"`
	WaitTimeout string         `json:"waitTimeout,omitempty"`
	Values      map[string]any `json:"values,omitempty"`
	Set         []SetValue     `json:"set,omitempty"`
}

// Chart names a chart. The version string is taken literally.
type Chart struct {
	Name       string `json:"name"`
	Repository string `json:"repository"`
	Version    string `json:"version"`
}

// SetValue sets one value from a Secret in the Release's own namespace.
type SetValue struct {
	Name      string    `json:"name"`
	ValueFrom ValueFrom `json:"valueFrom"`
}

// ValueFrom says where a value comes from.
type ValueFrom struct {
	SecretKeyRef SecretKeyRef `json:"secretKeyRef"`
}

// SecretKeyRef names a key of a Secret.
type SecretKeyRef struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

// NewRelease returns a Release.
func NewRelease(namespace, name string) *Release {
	return &Release{Meta: external.Meta{
		APIVersion: apiVersion, Kind: "Release",
		Metadata: external.ObjectMeta{Namespace: namespace, Name: name},
	}}
}

// NewProviderConfig returns a ProviderConfig, which tells provider-helm how to
// reach a cluster.
func NewProviderConfig(namespace, name string, spec external.KubeProviderConfigSpec) *external.KubeProviderConfig {
	return external.NewKubeProviderConfig(apiVersion, namespace, name, spec)
}

// NewClusterProviderConfig returns a ClusterProviderConfig.
func NewClusterProviderConfig(name string, spec external.KubeProviderConfigSpec) *external.KubeProviderConfig {
	return external.NewKubeProviderConfig(apiVersion, "", name, spec)
}
