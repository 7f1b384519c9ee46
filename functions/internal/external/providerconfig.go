package external

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
