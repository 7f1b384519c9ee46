// Package hollow stands in for Cluster API, provider-helm and provider-kubernetes
// at once: what is composed for a cluster becomes ready at once, and nothing stands
// behind it. So hundreds of clusters fit on one machine, and what is measured is
// Crossplane and the functions alone. Nodes of this sort are called hollow where
// Kubernetes measures itself.
//
// What ready looks like, it takes from pretend, as the functions' own tests do.
package hollow

import (
	"context"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/pretend"
)

// concurrent is how many objects of a kind are made ready at once.
const concurrent = 4

// kinds that become ready. Templates have no status that anybody reads.
var kinds = []schema.GroupVersionKind{
	clusterKind,
	{Group: "cluster.x-k8s.io", Version: "v1beta2", Kind: "ClusterClass"},
	{Group: "helm.m.crossplane.io", Version: "v1beta1", Kind: "Release"},
	{Group: "kubernetes.m.crossplane.io", Version: "v1alpha1", Kind: "Object"},
	{Group: "kubernetes.m.crossplane.io", Version: "v1alpha1", Kind: "ObservedObjectCollection"},
}

var clusterKind = schema.GroupVersionKind{Group: "cluster.x-k8s.io", Version: "v1beta2", Kind: "Cluster"}

// Setup adds a controller for each kind.
func Setup(mgr ctrl.Manager) error {
	for _, k := range kinds {
		r := reconciler{client: mgr.GetClient(), kind: k}
		err := ctrl.NewControllerManagedBy(mgr).
			Named("hollow-"+strings.ToLower(k.Kind)).
			For(manifest.New(k, "", ""), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
			WithOptions(controller.Options{MaxConcurrentReconciles: concurrent}).
			Complete(r)
		if err != nil {
			return fmt.Errorf("cannot stand in for the controller of %s: %w", k.Kind, err)
		}
	}
	return nil
}

type reconciler struct {
	client client.Client
	kind   schema.GroupVersionKind
}

// Reconcile makes one object ready.
func (r reconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	o := manifest.New(r.kind, req.Namespace, req.Name)
	if err := r.client.Get(ctx, req.NamespacedName, o); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if o.GetDeletionTimestamp() != nil {
		return ctrl.Result{}, nil
	}
	if r.kind != clusterKind {
		return ctrl.Result{}, r.report(ctx, o, pretend.Ready(o.Object))
	}
	return ctrl.Result{}, r.cluster(ctx, o)
}

// cluster makes a Cluster ready, with the machine deployments of its pools.
func (r reconciler) cluster(ctx context.Context, o *unstructured.Unstructured) error {
	ready := pretend.Ready(o.Object)
	for _, made := range pretend.MachineDeployments(o.Object) {
		if err := r.machines(ctx, o, made); err != nil {
			return fmt.Errorf("cannot make the machines of Cluster %s: %w", o.GetName(), err)
		}
	}
	before := o.DeepCopy()
	for _, field := range []string{"controlPlaneEndpoint", "controlPlaneRef", "infrastructureRef"} {
		value, _, _ := unstructured.NestedMap(ready, "spec", field)
		if err := unstructured.SetNestedMap(o.Object, value, "spec", field); err != nil {
			return err
		}
	}
	if err := r.client.Patch(ctx, o, client.MergeFrom(before)); err != nil {
		return err
	}
	return r.report(ctx, o, ready)
}

// machines applies a MachineDeployment with what its kind insists on, and with its
// status.
func (r reconciler) machines(ctx context.Context, cluster *unstructured.Unstructured, made map[string]any) error {
	md := &unstructured.Unstructured{Object: made}
	ready, _, _ := unstructured.NestedMap(made, "status")
	delete(md.Object, "status")
	labels := map[string]any{"cluster.x-k8s.io/deployment-name": md.GetName()}
	spec := md.Object["spec"].(map[string]any)
	spec["selector"] = map[string]any{"matchLabels": labels}
	spec["template"] = map[string]any{
		"metadata": map[string]any{"labels": labels},
		"spec": map[string]any{
			"clusterName":       cluster.GetName(),
			"bootstrap":         map[string]any{"dataSecretName": "none"},
			"infrastructureRef": map[string]any{"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "OpenStackMachineTemplate", "name": "none"},
		},
	}
	md.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion: cluster.GetAPIVersion(), Kind: cluster.GetKind(), Name: cluster.GetName(), UID: cluster.GetUID(),
	}})
	if err := manifest.Apply(ctx, r.client, md); err != nil {
		return err
	}
	return r.report(ctx, md, map[string]any{"status": ready})
}

// report writes the status of ready into the object, unless it is there.
func (r reconciler) report(ctx context.Context, o *unstructured.Unstructured, ready map[string]any) error {
	status, ok := ready["status"].(map[string]any)
	if !ok {
		return nil
	}
	observe(status, o.GetGeneration())
	if r.kind.Kind == "Release" {
		// What is deployed isn't what is asked for, as it is in a cloud.
		status["atProvider"] = map[string]any{"state": "deployed"}
	}
	if equality.Semantic.DeepEqual(o.Object["status"], any(status)) {
		return nil
	}
	before := o.DeepCopy()
	o.Object["status"] = status
	return r.client.Status().Patch(ctx, o, client.MergeFrom(before))
}

// observe says that a status is of the generation, and completes its conditions
// with the field that their schema insists on.
func observe(status map[string]any, generation int64) {
	if _, ok := status["observedGeneration"]; ok {
		status["observedGeneration"] = generation
	}
	conditions, _ := status["conditions"].([]any)
	for _, c := range conditions {
		m := c.(map[string]any)
		m["observedGeneration"], m["message"] = generation, ""
	}
}
