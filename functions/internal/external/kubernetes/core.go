package kubernetes

import "github.com/skerry-dev/skerry/functions/internal/external"

func meta(apiVersion, kind, namespace, name string) external.Meta {
	return external.Meta{
		APIVersion: apiVersion, Kind: kind,
		Metadata: external.ObjectMeta{Namespace: namespace, Name: name},
	}
}

// Secret is a core Secret. Data is base64, as the API has it.
type Secret struct {
	external.Meta `json:",inline"`
	Type          string            `json:"type,omitempty"`
	Data          map[string]string `json:"data,omitempty"`
}

// NewSecret returns a Secret.
func NewSecret(namespace, name string) *Secret {
	return &Secret{Meta: meta("v1", "Secret", namespace, name), Type: "Opaque"}
}

// ConfigMap is a core ConfigMap.
type ConfigMap struct {
	external.Meta `json:",inline"`
	Data          map[string]string `json:"data,omitempty"`
}

// NewConfigMap returns a ConfigMap. Without data it names one that is only read.
func NewConfigMap(namespace, name string, data map[string]string) *ConfigMap {
	return &ConfigMap{Meta: meta("v1", "ConfigMap", namespace, name), Data: data}
}

// Namespace is a core Namespace.
type Namespace struct {
	external.Meta `json:",inline"`
}

// NewNamespace returns a Namespace.
func NewNamespace(name string) *Namespace {
	return &Namespace{Meta: meta("v1", "Namespace", "", name)}
}

// Role is an RBAC Role.
type Role struct {
	external.Meta `json:",inline"`
	Rules         []PolicyRule `json:"rules"`
}

// PolicyRule of a Role.
type PolicyRule struct {
	APIGroups     []string `json:"apiGroups"`
	Resources     []string `json:"resources"`
	ResourceNames []string `json:"resourceNames,omitempty"`
	Verbs         []string `json:"verbs"`
}

// Binding is an RBAC RoleBinding or ClusterRoleBinding.
type Binding struct {
	external.Meta `json:",inline"`
	RoleRef       RoleRef   `json:"roleRef"`
	Subjects      []Subject `json:"subjects"`
}

// RoleRef names a role.
type RoleRef struct {
	APIGroup string `json:"apiGroup"`
	Kind     string `json:"kind"`
	Name     string `json:"name"`
}

// Subject of a binding.
type Subject struct {
	APIGroup string `json:"apiGroup"`
	Kind     string `json:"kind"`
	Name     string `json:"name"`
}

const rbac = "rbac.authorization.k8s.io"

// NewRole returns a Role.
func NewRole(namespace, name string, rules ...PolicyRule) *Role {
	return &Role{Meta: meta(rbac+"/v1", "Role", namespace, name), Rules: rules}
}

// NewRoleBinding returns a RoleBinding of a Role to groups.
func NewRoleBinding(namespace, name, role string, groups []string) *Binding {
	return &Binding{
		Meta:     meta(rbac+"/v1", "RoleBinding", namespace, name),
		RoleRef:  RoleRef{APIGroup: rbac, Kind: "Role", Name: role},
		Subjects: subjects(groups),
	}
}

// NewClusterRoleBinding returns a ClusterRoleBinding of a ClusterRole to groups.
func NewClusterRoleBinding(name, clusterRole string, groups []string) *Binding {
	return &Binding{
		Meta:     meta(rbac+"/v1", "ClusterRoleBinding", "", name),
		RoleRef:  RoleRef{APIGroup: rbac, Kind: "ClusterRole", Name: clusterRole},
		Subjects: subjects(groups),
	}
}

func subjects(groups []string) []Subject {
	s := make([]Subject, 0, len(groups))
	for _, g := range groups {
		s = append(s, Subject{APIGroup: rbac, Kind: "Group", Name: g})
	}
	return s
}

// Usage is Crossplane's Usage: it refuses the deletion of Of while By exists,
// or always when there is no By.
type Usage struct {
	external.Meta `json:",inline"`
	Spec          UsageSpec `json:"spec"`
}

// UsageSpec is the spec of a Usage.
type UsageSpec struct {
	Of             UsageResource  `json:"of"`
	By             *UsageResource `json:"by,omitempty"`
	Reason         string         `json:"reason,omitempty"`
	ReplayDeletion bool           `json:"replayDeletion,omitempty"`
}

// UsageResource names one side of a Usage.
type UsageResource struct {
	APIVersion  string           `json:"apiVersion"`
	Kind        string           `json:"kind"`
	ResourceRef external.NameRef `json:"resourceRef"`
}

// NewUsage returns a Usage.
func NewUsage(namespace, name string, spec UsageSpec) *Usage {
	return &Usage{Meta: meta("protection.crossplane.io/v1beta1", "Usage", namespace, name), Spec: spec}
}

// UsageOf names a composed resource as one side of a Usage.
func UsageOf(b external.Body) UsageResource {
	h := b.Head()
	return UsageResource{APIVersion: h.APIVersion, Kind: h.Kind, ResourceRef: external.NameRef{Name: h.Metadata.Name}}
}
