// Package clusterapi holds narrow structs for Cluster API v1beta2 (core,
// kubeadm control plane and bootstrap) and for Cluster API Provider OpenStack
// v1beta1.
//
// None of them has finalizers, controlPlaneRef, infrastructureRef,
// controlPlaneEndpoint or status: these belong to Cluster API's controllers,
// and setting them would make two writers fight.
package clusterapi

import (
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/skerry-dev/skerry/functions/internal/external"
)

// API versions.
const (
	Core           = "cluster.x-k8s.io/v1beta2"
	ControlPlane   = "controlplane.cluster.x-k8s.io/v1beta2"
	Bootstrap      = "bootstrap.cluster.x-k8s.io/v1beta2"
	Infrastructure = "infrastructure.cluster.x-k8s.io/v1beta1"
)

// Template is the shape of every template: spec.template.spec.
type Template[T any] struct {
	external.Meta `json:",inline"`
	Spec          TemplateSpec[T] `json:"spec"`
}

// TemplateSpec is the spec of a Template.
type TemplateSpec[T any] struct {
	Template TemplateResource[T] `json:"template"`
}

// TemplateResource is what a Template makes.
type TemplateResource[T any] struct {
	Spec T `json:"spec"`
}

// NewTemplate returns a template of the kind.
func NewTemplate[T any](apiVersion, kind string, spec T) *Template[T] {
	return &Template[T]{
		Meta: external.Meta{APIVersion: apiVersion, Kind: kind},
		Spec: TemplateSpec[T]{Template: TemplateResource[T]{Spec: spec}},
	}
}

// At sets namespace and name, and returns the template.
func (t *Template[T]) At(namespace, name string) *Template[T] {
	t.Metadata.Namespace, t.Metadata.Name = namespace, name
	return t
}

// TemplateRef names a template in the same namespace.
type TemplateRef struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Name       string `json:"name"`
}

// Ref wraps a TemplateRef.
type Ref struct {
	TemplateRef TemplateRef `json:"templateRef"`
}

// RefTo returns a reference to a template.
func RefTo(b external.Body) Ref {
	h := b.Head()
	return Ref{TemplateRef{APIVersion: h.APIVersion, Kind: h.Kind, Name: h.Metadata.Name}}
}

// Naming of what a class makes, as a Go template.
type Naming struct {
	Template string `json:"template"`
}

// ClusterClass describes clusters that are alike.
type ClusterClass struct {
	external.Meta `json:",inline"`
	Spec          ClusterClassSpec `json:"spec"`
}

// ClusterClassSpec is the spec of a ClusterClass.
type ClusterClassSpec struct {
	Infrastructure InfrastructureClass `json:"infrastructure"`
	ControlPlane   ControlPlaneClass   `json:"controlPlane"`
	Workers        WorkersClass        `json:"workers,omitzero"`
}

// InfrastructureClass names the template of the infrastructure cluster.
type InfrastructureClass struct {
	Ref    `json:",inline"`
	Naming Naming `json:"naming"`
}

// ControlPlaneClass describes the control plane.
type ControlPlaneClass struct {
	Ref                   `json:",inline"`
	Naming                Naming      `json:"naming"`
	MachineInfrastructure Ref         `json:"machineInfrastructure"`
	Deletion              *Deletion   `json:"deletion,omitempty"`
	HealthCheck           HealthCheck `json:"healthCheck"`
}

// WorkersClass describes the workers.
type WorkersClass struct {
	MachineDeployments []MachineDeploymentClass `json:"machineDeployments,omitempty"`
}

// MachineDeploymentClass describes a pool.
type MachineDeploymentClass struct {
	Class          string      `json:"class"`
	Bootstrap      Ref         `json:"bootstrap"`
	Infrastructure Ref         `json:"infrastructure"`
	Naming         Naming      `json:"naming"`
	Rollout        Rollout     `json:"rollout"`
	Deletion       *Deletion   `json:"deletion,omitempty"`
	HealthCheck    HealthCheck `json:"healthCheck"`
}

// Deletion says how a machine goes.
type Deletion struct {
	NodeDrainTimeoutSeconds int64 `json:"nodeDrainTimeoutSeconds"`
}

// Rollout says how machines are replaced.
type Rollout struct {
	Strategy RolloutStrategy `json:"strategy"`
}

// RolloutStrategy of machines.
type RolloutStrategy struct {
	Type          string        `json:"type"`
	RollingUpdate RollingUpdate `json:"rollingUpdate"`
}

// RollingUpdate bounds a rollout. MaxUnavailable 0 is meant, so it is written.
type RollingUpdate struct {
	MaxSurge       int64 `json:"maxSurge"`
	MaxUnavailable int64 `json:"maxUnavailable"`
}

// HealthCheck says when a machine is broken and what is done about it.
type HealthCheck struct {
	Checks      Checks      `json:"checks"`
	Remediation Remediation `json:"remediation"`
}

// Checks of a machine's health. Times are in seconds.
type Checks struct {
	NodeStartupTimeoutSeconds int64           `json:"nodeStartupTimeoutSeconds"`
	UnhealthyNodeConditions   []NodeCondition `json:"unhealthyNodeConditions"`
}

// NodeCondition that makes a machine unhealthy after a time.
type NodeCondition struct {
	Type           string `json:"type"`
	Status         string `json:"status"`
	TimeoutSeconds int64  `json:"timeoutSeconds"`
}

// Remediation of broken machines.
type Remediation struct {
	MaxInFlight int64     `json:"maxInFlight,omitempty"`
	TriggerIf   TriggerIf `json:"triggerIf"`
}

// TriggerIf bounds how many machines may be broken for remediation to act.
type TriggerIf struct {
	UnhealthyLessThanOrEqualTo intstr.IntOrString `json:"unhealthyLessThanOrEqualTo"`
}

// NewClusterClass returns a ClusterClass without a name.
func NewClusterClass(namespace string, spec ClusterClassSpec) *ClusterClass {
	return &ClusterClass{
		Meta: external.Meta{APIVersion: Core, Kind: "ClusterClass", Metadata: external.ObjectMeta{Namespace: namespace}},
		Spec: spec,
	}
}

// Cluster is a cluster.
type Cluster struct {
	external.Meta `json:",inline"`
	Spec          ClusterSpec `json:"spec"`
}

// ClusterSpec is the spec of a Cluster.
type ClusterSpec struct {
	ClusterNetwork ClusterNetwork `json:"clusterNetwork"`
	Topology       Topology       `json:"topology"`
}

// ClusterNetwork holds the ranges of pods and services.
type ClusterNetwork struct {
	Pods          Ranges `json:"pods"`
	Services      Ranges `json:"services"`
	ServiceDomain string `json:"serviceDomain"`
}

// Ranges of addresses.
type Ranges struct {
	CIDRBlocks []string `json:"cidrBlocks"`
}

// Topology of a cluster.
type Topology struct {
	ClassRef     external.NameRef     `json:"classRef"`
	Version      string               `json:"version"`
	ControlPlane ControlPlaneTopology `json:"controlPlane"`
	Workers      WorkersTopology      `json:"workers,omitzero"`
}

// ControlPlaneTopology sizes the control plane.
type ControlPlaneTopology struct {
	Replicas int64 `json:"replicas"`
}

// WorkersTopology sizes the pools.
type WorkersTopology struct {
	MachineDeployments []MachineDeploymentTopology `json:"machineDeployments,omitempty"`
}

// MachineDeploymentTopology sizes a pool in one zone. Replicas is nil when the
// autoscaler owns the number: both are refused.
type MachineDeploymentTopology struct {
	Class         string            `json:"class"`
	Name          string            `json:"name"`
	FailureDomain string            `json:"failureDomain,omitempty"`
	Replicas      *int64            `json:"replicas,omitempty"`
	Metadata      *TopologyMetadata `json:"metadata,omitempty"`
}

// TopologyMetadata is put on what the topology makes.
type TopologyMetadata struct {
	Annotations map[string]string `json:"annotations,omitempty"`
}

// NewCluster returns a Cluster.
func NewCluster(namespace, name string, spec ClusterSpec) *Cluster {
	return &Cluster{
		Meta: external.Meta{APIVersion: Core, Kind: "Cluster", Metadata: external.ObjectMeta{Namespace: namespace, Name: name}},
		Spec: spec,
	}
}
