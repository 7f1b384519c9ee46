// Package external holds narrow structs for the kinds that Skerry composes:
// just the fields that it sets, encoded without nulls and zero values, and
// never a status.
//
// Why not the providers' own types: see docs/decisions/0003-narrow-structs.md.
// The structs are checked against the real CRDs in tests. This package knows
// nothing of plans, claims or protobuf.
package external

// Meta is the head of every composed resource.
type Meta struct {
	APIVersion string     `json:"apiVersion"`
	Kind       string     `json:"kind"`
	Metadata   ObjectMeta `json:"metadata"`
}

// ObjectMeta is the part of a resource's metadata that Skerry sets.
type ObjectMeta struct {
	Name        string            `json:"name"`
	Namespace   string            `json:"namespace,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Finalizers  []string          `json:"finalizers,omitempty"`
}

// WithdrawnLabel is on what its claim no longer needs, and is about to go. Without it
// the safeguard (package/rbac) takes what a claim publishes for lost by mistake.
const WithdrawnLabel = "skerry.dev/withdrawn"

// CapacityPrefix begins the annotations that tell the cluster autoscaler what a node
// has.
const CapacityPrefix = "capacity.cluster-autoscaler.kubernetes.io/"

// KubernetesMinorAnnotation is on what goes with a minor of Kubernetes, and changes
// together with the machines.
const KubernetesMinorAnnotation = "skerry.dev/kubernetes-minor"

// ComponentLabel is on everything that is composed here, with the name of the
// component. What exists without it belongs to another step of the pipeline.
const ComponentLabel = "skerry.dev/component"

// Head returns the head itself, so that every struct that embeds a Meta is a
// Body.
func (m *Meta) Head() *Meta { return m }

// A Body is a composed resource: a pointer to a narrow struct that embeds Meta.
type Body interface {
	Head() *Meta
}

// ProviderConfigRef names the provider configuration of a managed resource.
type ProviderConfigRef struct {
	Kind string `json:"kind"`
	Name string `json:"name"`
}

// NameRef names an object in the same namespace.
type NameRef struct {
	Name string `json:"name"`
}

// KeepOnDelete are the management policies of a managed resource whose external
// resource dies with something else, or must outlive it: everything but Delete.
func KeepOnDelete() []string {
	return []string{"Observe", "Create", "Update", "LateInitialize"}
}

// ObserveOnly are the management policies of a managed resource that is read
// and never written.
func ObserveOnly() []string { return []string{"Observe"} }

// DeleteToo are the management policies of a managed resource whose external
// resource goes with it: all there are.
func DeleteToo() []string { return []string{"*"} }

// MakeOnce are the management policies of a managed resource whose external resource
// can't be changed once it is there, and doesn't go with it.
func MakeOnce() []string { return []string{"Observe", "Create"} }

// MakeOnceAndDelete are the same for one that goes with it.
func MakeOnceAndDelete() []string { return []string{"Observe", "Create", "Delete"} }

// ObserveAndDelete are the management policies of a managed resource that is
// neither made nor changed any more, and goes with its external resource.
func ObserveAndDelete() []string { return []string{"Observe", "Delete"} }
