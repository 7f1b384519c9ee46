package machines

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// Conditions of an OpenStackMachine.
const (
	instanceReady = "InstanceReady"
	ingressReady  = "APIServerIngressReadyCondition"
)

// waitDelay is how long to wait before looking again for something that nobody
// reports.
const waitDelay = time.Second

// A machine is an OpenStackMachine and what it belongs to.
type machine struct {
	object
	spec machineSpec

	// machine and cluster are Cluster API's, cloudCluster is the OpenStackCluster.
	machine, cluster, cloudCluster *object
}

// Reconcile makes the server of an OpenStackMachine, and the node that it becomes,
// or removes both.
func (r servers) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	u, err := get(ctx, r.cached, cloudMachineKind, req.Namespace, req.Name)
	if err != nil || u == nil {
		return ctrl.Result{}, err
	}
	before := u.DeepCopy()
	m, err := r.read(ctx, u)
	if err != nil || m == nil {
		return ctrl.Result{}, err
	}
	result, err := r.reconcile(ctx, m)
	return finish(ctx, r.client, before, &m.object, result, err)
}

// read finds what the OpenStackMachine belongs to. It returns nil when it is to be
// left alone, for now or for good.
func (r servers) read(ctx context.Context, u *object) (*machine, error) {
	m := &machine{object: *u}
	var err error
	m.machine, err = r.above(ctx, u, machineKind, owner(u, machineKind))
	if err != nil || m.machine == nil {
		return nil, err
	}
	m.cluster, err = r.above(ctx, u, clusterKind, text(m.machine, "spec", "clusterName"))
	if err != nil || m.cluster == nil || paused(m.cluster, u) {
		return nil, err
	}
	m.cloudCluster, err = r.above(ctx, u, cloudClusterKind, text(m.cluster, "spec", "infrastructureRef", "name"))
	if err != nil || m.cloudCluster == nil {
		return nil, err
	}
	m.spec, err = into[machineSpec](u)
	return m, err
}

// above returns an object that u belongs to, and nil when there is none. Of what is
// being deleted the server must go all the same: it gets an empty object.
func (r servers) above(ctx context.Context, u *object, kind schema.GroupVersionKind, name string) (*object, error) {
	o, err := get(ctx, r.cached, kind, u.GetNamespace(), name)
	if o == nil && err == nil && u.GetDeletionTimestamp() != nil {
		return kindOf(kind), nil
	}
	return o, err
}

func (r servers) reconcile(ctx context.Context, m *machine) (ctrl.Result, error) {
	if m.GetDeletionTimestamp() != nil {
		return r.remove(ctx, m)
	}
	if text(&m.object, "status", "failureReason") != "" {
		return ctrl.Result{}, nil // somebody must replace it
	}
	secret := text(m.machine, "spec", "bootstrap", "dataSecretName")
	switch {
	case !truth(m.cloudCluster, "status", "ready"):
		setCondition(&m.object, isFalse(instanceReady, severityInfo, "WaitingForClusterInfrastructure", ""))
		return ctrl.Result{RequeueAfter: waitDelay}, nil
	case secret == "":
		setCondition(&m.object, isFalse(instanceReady, severityInfo, "WaitingForBootstrapData", ""))
		return ctrl.Result{}, nil
	// It must be stored before there is anything that it protects.
	case addFinalizer(&m.object, machineFinalizer):
		return ctrl.Result{}, nil
	}
	if id := text(&m.object, "status", "instanceID"); id != "" {
		return r.observe(ctx, m, id, secret)
	}
	return r.create(ctx, m, secret)
}

// create makes the server, and waits until it is active.
func (r servers) create(ctx context.Context, m *machine, secret string) (ctrl.Result, error) {
	data, err := r.userData(ctx, m, secret)
	if err != nil {
		return ctrl.Result{}, err
	}
	server, err := r.ensureServer(ctx, m, data)
	if err != nil {
		setCondition(&m.object, isFalse(instanceReady, severityError, "InstanceCreateFailed", err.Error()))
		return ctrl.Result{}, err
	}
	if wait := untilActive(server); wait > 0 {
		setCondition(&m.object, isFalse(instanceReady, severityInfo, "InstanceNotReady", "Instance is building"))
		setCondition(&m.object, isFalse(conditionReady, severityInfo, "InstanceNotReady", "Instance is building"))
		return ctrl.Result{RequeueAfter: wait}, nil
	}
	m.active(server)
	// It must be known that there is a server before it becomes a node.
	return ctrl.Result{RequeueAfter: time.Nanosecond}, nil
}

// active says that there is a server now.
func (m *machine) active(server cloud.Resource) {
	u := &m.object
	set(u, providerID(server.ID), "spec", "providerID")
	set(u, server.ID, "status", "instanceID")
	set(u, "ACTIVE", "status", "instanceState")
	set(u, true, "status", "ready")
	set(u, true, "status", "initialization", "provisioned")
	set(u, []any{
		map[string]any{"type": string(corev1.NodeInternalIP), "address": server.Text("accessIpV4")},
		map[string]any{"type": string(corev1.NodeInternalDNS), "address": server.Name},
	}, "status", "addresses")
	setCondition(u, isTrue(instanceReady))
	if m.controlPlane() {
		setCondition(u, isTrue(ingressReady))
	}
	setCondition(u, isTrue(conditionReady))
}

func (m *machine) controlPlane() bool {
	_, ok := m.machine.GetLabels()[controlPlaneLabel]
	return ok
}

// observe looks after a server that was active once.
func (r servers) observe(ctx context.Context, m *machine, id, secret string) (ctrl.Result, error) {
	server, err := r.cloud.Get(cloud.Server, id)
	if cloud.IsNotFound(err) || err == nil && server.State == cloud.Deleting {
		return ctrl.Result{}, r.lost(ctx, m)
	}
	if err != nil {
		return ctrl.Result{}, err
	}
	if m.GetAnnotations()[registeredMark] != "" {
		return ctrl.Result{RequeueAfter: r.options.Resync}, nil
	}
	if wait := time.Until(server.ActiveAt.Add(r.options.Boot)); wait > 0 {
		return ctrl.Result{RequeueAfter: wait}, nil
	}
	if err := r.join(ctx, m, server, secret); err != nil {
		return ctrl.Result{}, err
	}
	annotations := m.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[registeredMark] = "true"
	m.SetAnnotations(annotations)
	return ctrl.Result{RequeueAfter: r.options.Resync}, nil
}

// lost says that somebody else deleted the server. The node goes as well, which is
// the cloud controller manager's part.
func (r servers) lost(ctx context.Context, m *machine) error {
	const message = "The server was unexpectedly deleted"
	u := &m.object
	set(u, "UpdateError", "status", "failureReason")
	set(u, message, "status", "failureMessage")
	set(u, "DELETED", "status", "instanceState")
	setCondition(u, isFalse(instanceReady, severityError, "InstanceDeleted", message))
	setCondition(u, isFalse(conditionReady, severityError, "InstanceDeleted", message))
	r.dropNode(ctx, m)
	return nil
}

// join boots the server: it makes the cluster that it is the first of the control
// plane of, and becomes a node.
func (r servers) join(ctx context.Context, m *machine, server cloud.Resource, secret string) error {
	data, err := r.userData(ctx, m, secret)
	if err != nil {
		return err
	}
	u, err := boot(data)
	if err != nil {
		return err
	}
	if u.controlPlane {
		keys, err := u.keys()
		if err != nil {
			return err
		}
		if err := r.workload.Start(ctx, workloadName(m.cluster), keys); err != nil {
			return fmt.Errorf("cannot start the API server: %w", err)
		}
	}
	c, err := r.workloads.client(ctx, client.ObjectKeyFromObject(m.cluster))
	if err != nil {
		return err
	}
	if err := register(ctx, c, r.hostOf(m, server), u); err != nil {
		return err
	}
	if !u.controlPlane {
		return nil
	}
	return r.noteExpiry(ctx, m)
}

// noteExpiry says when the certificate of the API server on this machine expires.
// The kubeadm control plane would look for itself, through a port-forward into a
// pod that doesn't run.
func (r servers) noteExpiry(ctx context.Context, m *machine) error {
	config, err := get(ctx, r.live, kubeadmConfigKind, m.GetNamespace(), text(m.machine, "spec", "bootstrap", "configRef", "name"))
	if err != nil || config == nil {
		return err
	}
	if config.GetAnnotations()[expiryAnnotation] != "" {
		return nil
	}
	before := config.DeepCopy()
	annotations := config.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[expiryAnnotation] = time.Now().AddDate(1, 0, 0).UTC().Format(time.RFC3339)
	config.SetAnnotations(annotations)
	return r.client.Patch(ctx, config, client.MergeFrom(before))
}

func (r servers) userData(ctx context.Context, m *machine, name string) ([]byte, error) {
	var s corev1.Secret
	if err := r.live.Get(ctx, client.ObjectKey{Namespace: m.GetNamespace(), Name: name}, &s); err != nil {
		return nil, fmt.Errorf("cannot read the bootstrap data: %w", err)
	}
	return s.Data["value"], nil
}

// remove deletes the server and what was made for it, and the node.
func (r servers) remove(ctx context.Context, m *machine) (ctrl.Result, error) {
	if !hasFinalizer(&m.object, machineFinalizer) {
		return ctrl.Result{}, nil
	}
	for _, kind := range []cloud.Kind{cloud.Server, cloud.Volume} {
		wait, err := r.inventory.remove(kind, ownerOf(&m.object))
		if err != nil {
			setCondition(&m.object, isFalse(instanceReady, severityError, "InstanceDeleteFailed", err.Error()))
			return ctrl.Result{}, err
		}
		if wait > 0 {
			return ctrl.Result{RequeueAfter: wait}, nil
		}
	}
	r.dropNode(ctx, m)
	removeFinalizer(&m.object, machineFinalizer)
	return ctrl.Result{}, nil
}

// dropNode removes the machine's node, if it can: Cluster API does it too, and a
// cluster that is on its way out may not answer any more.
func (r servers) dropNode(ctx context.Context, m *machine) {
	if m.cluster.GetDeletionTimestamp() != nil || m.GetAnnotations()[registeredMark] == "" {
		return
	}
	c, err := r.workloads.client(ctx, client.ObjectKeyFromObject(m.cluster))
	if err == nil {
		name := text(m.machine, "status", "nodeRef", "name")
		if name == "" {
			name = m.GetName()
		}
		err = unregister(ctx, c, name)
	}
	if err != nil {
		log.FromContext(ctx).Info("left the node of a deleted server", "machine", m.GetName(), "reason", err.Error())
	}
}
