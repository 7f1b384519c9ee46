package openstack

import (
	"slices"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var (
	_ resource.ModernManaged = &Managed{}
	_ resource.ManagedList   = &ManagedList{}
)

// Managed is a managed resource of any kind. It's an object without a schema that
// can do what crossplane-runtime asks of one.
type Managed struct {
	unstructured.Unstructured

	// stored is the status as the API server has it.
	stored map[string]any
	// wait is how long until the cloud is done with what it does.
	wait time.Duration
}

func newManaged(k schema.GroupVersionKind) *Managed {
	m := &Managed{}
	m.SetGroupVersionKind(k)
	return m
}

// DeepCopyObject returns a copy.
func (m *Managed) DeepCopyObject() runtime.Object {
	return &Managed{Unstructured: *m.DeepCopy(), stored: runtime.DeepCopyJSON(m.stored), wait: m.wait}
}

// Equal compares objects, as crossplane-runtime does to find out whether
// references were resolved.
func (m *Managed) Equal(other *Managed) bool {
	return cmp.Equal(m.Object, other.Object, cmpopts.EquateEmpty())
}

// section returns a part of the object, or nil. It's not a copy.
func (m *Managed) section(path ...string) map[string]any {
	v, _, err := unstructured.NestedFieldNoCopy(m.Object, path...)
	if err != nil {
		return nil
	}
	s, _ := v.(map[string]any)
	return s
}

// into decodes a part of the object.
func (m *Managed) into(v any, path ...string) bool {
	s := m.section(path...)
	return s != nil && runtime.DefaultUnstructuredConverter.FromUnstructured(s, v) == nil
}

// put encodes a value into a part of the object.
func (m *Managed) put(v any, path ...string) {
	s, err := runtime.DefaultUnstructuredConverter.ToUnstructured(v)
	if err == nil {
		_ = unstructured.SetNestedMap(m.Object, s, path...)
	}
}

// GetManagementPolicies returns what may be done. An empty list pauses, a
// missing one allows everything.
func (m *Managed) GetManagementPolicies() xpv2.ManagementPolicies {
	list, found, err := unstructured.NestedStringSlice(m.Object, "spec", "managementPolicies")
	if err != nil || !found {
		return xpv2.ManagementPolicies{xpv2.ManagementActionAll}
	}
	out := make(xpv2.ManagementPolicies, len(list))
	for i, p := range list {
		out[i] = xpv2.ManagementAction(p)
	}
	return out
}

// SetManagementPolicies sets what may be done.
func (m *Managed) SetManagementPolicies(p xpv2.ManagementPolicies) {
	list := make([]string, len(p))
	for i := range p {
		list[i] = string(p[i])
	}
	_ = unstructured.SetNestedStringSlice(m.Object, list, "spec", "managementPolicies")
}

// mayInitialize tells whether the provider may write what the service chose into
// the spec.
func (m *Managed) mayInitialize() bool {
	p := m.GetManagementPolicies()
	return slices.Contains(p, xpv2.ManagementActionAll) || slices.Contains(p, xpv2.ManagementActionLateInitialize)
}

func (m *Managed) conditions() *xpv2.ConditionedStatus {
	s := &xpv2.ConditionedStatus{}
	m.into(s, "status")
	return s
}

// GetCondition returns the condition of that type.
func (m *Managed) GetCondition(t xpv2.ConditionType) xpv2.Condition {
	return m.conditions().GetCondition(t)
}

// SetConditions replaces the conditions of those types.
func (m *Managed) SetConditions(c ...xpv2.Condition) {
	s := m.conditions()
	s.SetConditions(c...)
	u, err := runtime.DefaultUnstructuredConverter.ToUnstructured(s)
	if err == nil {
		_ = unstructured.SetNestedField(m.Object, u["conditions"], "status", "conditions")
	}
}

// GetWriteConnectionSecretToReference returns where connection details go, or
// nil.
func (m *Managed) GetWriteConnectionSecretToReference() *xpv2.LocalSecretReference {
	r := &xpv2.LocalSecretReference{}
	if !m.into(r, "spec", "writeConnectionSecretToRef") {
		return nil
	}
	return r
}

// SetWriteConnectionSecretToReference sets where connection details go.
func (m *Managed) SetWriteConnectionSecretToReference(r *xpv2.LocalSecretReference) {
	if r != nil {
		m.put(r, "spec", "writeConnectionSecretToRef")
	}
}

// GetProviderConfigReference returns which provider configuration is used, or
// nil.
func (m *Managed) GetProviderConfigReference() *xpv2.ProviderConfigReference {
	r := &xpv2.ProviderConfigReference{}
	if !m.into(r, "spec", "providerConfigRef") {
		return nil
	}
	return r
}

// SetProviderConfigReference sets which provider configuration is used.
func (m *Managed) SetProviderConfigReference(r *xpv2.ProviderConfigReference) {
	if r != nil {
		m.put(r, "spec", "providerConfigRef")
	}
}

// ManagedList is a list of managed resources of one kind.
type ManagedList struct {
	unstructured.UnstructuredList
}

func newManagedList(k schema.GroupVersionKind) *ManagedList {
	l := &ManagedList{}
	k.Kind += "List"
	l.SetGroupVersionKind(k)
	return l
}

// DeepCopyObject returns a copy.
func (l *ManagedList) DeepCopyObject() runtime.Object {
	return &ManagedList{UnstructuredList: *l.DeepCopy()}
}

// GetItems returns the managed resources.
func (l *ManagedList) GetItems() []resource.Managed {
	out := make([]resource.Managed, len(l.Items))
	for i := range l.Items {
		out[i] = &Managed{Unstructured: l.Items[i]}
	}
	return out
}
