package external

// KubeProviderConfig tells provider-helm or provider-kubernetes how to reach a
// cluster: their kinds differ only in the group.
type KubeProviderConfig struct {
	Meta `json:",inline"`
	Spec KubeProviderConfigSpec `json:"spec"`
}

// NewKubeProviderConfig returns a ProviderConfig, or without a namespace a
// ClusterProviderConfig.
func NewKubeProviderConfig(apiVersion, namespace, name string, spec KubeProviderConfigSpec) *KubeProviderConfig {
	kind := "ProviderConfig"
	if namespace == "" {
		kind = "ClusterProviderConfig"
	}
	return &KubeProviderConfig{
		Meta: Meta{APIVersion: apiVersion, Kind: kind, Metadata: ObjectMeta{Namespace: namespace, Name: name}},
		Spec: spec,
	}
}

// KubeProviderConfigSpec is the spec of provider-helm's and
// provider-kubernetes's provider configurations, which is the same.
type KubeProviderConfigSpec struct {
	Credentials Credentials `json:"credentials"`
}

// Credentials of a provider.
type Credentials struct {
	Source    string     `json:"source"`
	SecretRef *SecretRef `json:"secretRef,omitempty"`
}

// SecretRef names a key of a Secret.
type SecretRef struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	Key       string `json:"key"`
}

// KubeconfigFrom returns the spec of a provider configuration that uses a
// kubeconfig in a Secret.
func KubeconfigFrom(namespace, name, key string) KubeProviderConfigSpec {
	return KubeProviderConfigSpec{Credentials: Credentials{
		Source:    "Secret",
		SecretRef: &SecretRef{Namespace: namespace, Name: name, Key: key},
	}}
}

// InjectedIdentity returns the spec of a provider configuration that uses the
// provider's own service account on the management cluster.
func InjectedIdentity() KubeProviderConfigSpec {
	return KubeProviderConfigSpec{Credentials: Credentials{Source: "InjectedIdentity"}}
}
