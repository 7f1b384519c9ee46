package openstack

import (
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"

	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// The provider's own kinds, with the fields that matter. They have Go types
// because crossplane-runtime keeps account of them by type.

var configVersion = schema.GroupVersion{Group: rootGroup, Version: "v1beta1"}

var (
	_ resource.ProviderConfig           = &ProviderConfig{}
	_ resource.ProviderConfig           = &ClusterProviderConfig{}
	_ resource.TypedProviderConfigUsage = &ProviderConfigUsage{}
	_ resource.ProviderConfigUsageList  = &ProviderConfigUsageList{}
)

func addToScheme(s *runtime.Scheme) {
	s.AddKnownTypes(configVersion,
		&ProviderConfig{}, &ProviderConfigList{},
		&ClusterProviderConfig{}, &ClusterProviderConfigList{},
		&ProviderConfigUsage{}, &ProviderConfigUsageList{},
	)
	metav1.AddToGroupVersion(s, configVersion)
}

// Config is what both kinds of provider configuration consist of.
type Config struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitzero"`

	Spec   ConfigSpec                `json:"spec"`
	Status xpv2.ProviderConfigStatus `json:"status,omitzero"`
}

// ConfigSpec says where the credentials are.
type ConfigSpec struct {
	Credentials Credentials `json:"credentials"`
}

// Credentials are JSON with the keys of Terraform's OpenStack provider.
type Credentials struct {
	Source                         xpv2.CredentialsSource `json:"source"`
	xpv2.CommonCredentialSelectors `json:",inline"`
}

// SetUsers sets how many managed resources use the configuration.
func (c *Config) SetUsers(n int64) { c.Status.Users = n }

// GetUsers returns how many managed resources use the configuration.
func (c *Config) GetUsers() int64 { return c.Status.Users }

// SetConditions replaces the conditions of those types.
func (c *Config) SetConditions(conditions ...xpv2.Condition) { c.Status.SetConditions(conditions...) }

// GetCondition returns the condition of that type.
func (c *Config) GetCondition(t xpv2.ConditionType) xpv2.Condition { return c.Status.GetCondition(t) }

func (c *Config) copy() Config {
	out := *c
	c.DeepCopyInto(&out.ObjectMeta)
	c.Spec.Credentials.DeepCopyInto(&out.Spec.Credentials.CommonCredentialSelectors)
	c.Status.DeepCopyInto(&out.Status)
	return out
}

// ProviderConfig is a configuration for the managed resources of its namespace.
type ProviderConfig struct {
	Config `json:",inline"`
}

// DeepCopyObject returns a copy.
func (c *ProviderConfig) DeepCopyObject() runtime.Object { return &ProviderConfig{c.copy()} }

// ClusterProviderConfig is a configuration for all managed resources.
type ClusterProviderConfig struct {
	Config `json:",inline"`
}

// DeepCopyObject returns a copy.
func (c *ClusterProviderConfig) DeepCopyObject() runtime.Object {
	return &ClusterProviderConfig{c.copy()}
}

// ProviderConfigList is a list of configurations.
type ProviderConfigList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`

	Items []ProviderConfig `json:"items"`
}

// DeepCopyObject returns a copy.
func (l *ProviderConfigList) DeepCopyObject() runtime.Object {
	out := *l
	out.Items = make([]ProviderConfig, len(l.Items))
	for i := range l.Items {
		out.Items[i] = ProviderConfig{l.Items[i].copy()}
	}
	return &out
}

// ClusterProviderConfigList is a list of configurations.
type ClusterProviderConfigList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`

	Items []ClusterProviderConfig `json:"items"`
}

// DeepCopyObject returns a copy.
func (l *ClusterProviderConfigList) DeepCopyObject() runtime.Object {
	out := *l
	out.Items = make([]ClusterProviderConfig, len(l.Items))
	for i := range l.Items {
		out.Items[i] = ClusterProviderConfig{l.Items[i].copy()}
	}
	return &out
}

// ProviderConfigUsage says that a managed resource uses a configuration, which
// then can't be deleted.
type ProviderConfigUsage struct {
	metav1.TypeMeta               `json:",inline"`
	metav1.ObjectMeta             `json:"metadata,omitzero"`
	xpv2.TypedProviderConfigUsage `json:",inline"`
}

// SetProviderConfigReference sets which configuration is used.
func (u *ProviderConfigUsage) SetProviderConfigReference(r xpv2.ProviderConfigReference) {
	u.ProviderConfigReference = r
}

// GetProviderConfigReference returns which configuration is used.
func (u *ProviderConfigUsage) GetProviderConfigReference() xpv2.ProviderConfigReference {
	return u.ProviderConfigReference
}

// SetResourceReference sets who uses it.
func (u *ProviderConfigUsage) SetResourceReference(r xpv2.TypedReference) { u.ResourceReference = r }

// GetResourceReference returns who uses it.
func (u *ProviderConfigUsage) GetResourceReference() xpv2.TypedReference { return u.ResourceReference }

func (u *ProviderConfigUsage) copy() ProviderConfigUsage {
	out := *u
	u.ObjectMeta.DeepCopyInto(&out.ObjectMeta)
	return out
}

// DeepCopyObject returns a copy.
func (u *ProviderConfigUsage) DeepCopyObject() runtime.Object { return new(u.copy()) }

// ProviderConfigUsageList is a list of usages.
type ProviderConfigUsageList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitzero"`

	Items []ProviderConfigUsage `json:"items"`
}

// DeepCopyObject returns a copy.
func (l *ProviderConfigUsageList) DeepCopyObject() runtime.Object {
	out := *l
	out.Items = make([]ProviderConfigUsage, len(l.Items))
	for i := range l.Items {
		out.Items[i] = l.Items[i].copy()
	}
	return &out
}

// GetItems returns the usages.
func (l *ProviderConfigUsageList) GetItems() []resource.ProviderConfigUsage {
	out := make([]resource.ProviderConfigUsage, len(l.Items))
	for i := range l.Items {
		out[i] = &l.Items[i]
	}
	return out
}
