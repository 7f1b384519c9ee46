package machines

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
)

// The kinds that are read and written. None of their projects is a dependency: of
// each, the few fields that matter are read into a type of our own.
var (
	clusterKind        = schema.GroupVersionKind{Group: "cluster.x-k8s.io", Version: "v1beta2", Kind: "Cluster"}
	machineKind        = schema.GroupVersionKind{Group: "cluster.x-k8s.io", Version: "v1beta2", Kind: "Machine"}
	kubeadmConfigKind  = schema.GroupVersionKind{Group: "bootstrap.cluster.x-k8s.io", Version: "v1beta2", Kind: "KubeadmConfig"}
	cloudClusterKind   = schema.GroupVersionKind{Group: "infrastructure.cluster.x-k8s.io", Version: "v1beta1", Kind: "OpenStackCluster"}
	cloudMachineKind   = schema.GroupVersionKind{Group: "infrastructure.cluster.x-k8s.io", Version: "v1beta1", Kind: "OpenStackMachine"}
	imageKind          = schema.GroupVersionKind{Group: "openstack.k-orc.cloud", Version: "v1alpha1", Kind: "Image"}
	clusterNameLabel   = "cluster.x-k8s.io/cluster-name"
	controlPlaneLabel  = "cluster.x-k8s.io/control-plane"
	pausedAnnotation   = "cluster.x-k8s.io/paused"
	expiryAnnotation   = "machine.cluster.x-k8s.io/certificates-expiry"
	registeredMark     = "simcloud.skerry.dev/registered"
	clusterFinalizer   = "openstackcluster.infrastructure.cluster.x-k8s.io"
	machineFinalizer   = "openstackmachine.infrastructure.cluster.x-k8s.io"
	conditionReady     = "Ready"
	severityInfo       = "Info"
	severityError      = "Error"
	conditionStatusYes = string(metav1.ConditionTrue)
)

type object = unstructured.Unstructured

// get reads an object. It returns nil when there is none.
func get(ctx context.Context, c client.Reader, kind schema.GroupVersionKind, namespace, name string) (*object, error) {
	if name == "" {
		return nil, nil
	}
	u := kindOf(kind)
	err := c.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, u)
	if err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	if u.Object["status"] == nil {
		delete(u.Object, "status") // it may be null
	}
	return u, nil
}

// into reads the object into a type with the fields that matter.
func into[T any](u *object) (T, error) {
	var out T
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &out); err != nil {
		return out, fmt.Errorf("cannot read %s %q: %w", u.GetKind(), u.GetName(), err)
	}
	return out, nil
}

// owner returns the name of the owner of that kind, whatever the version.
func owner(u *object, kind schema.GroupVersionKind) string {
	for _, o := range u.GetOwnerReferences() {
		group, err := schema.ParseGroupVersion(o.APIVersion)
		if err == nil && group.Group == kind.Group && o.Kind == kind.Kind {
			return o.Name
		}
	}
	return ""
}

// save writes what has changed since before, and nothing when nothing has: the
// status on its own, as the API server wants it.
//
// The rest is written only onto the version that was read, because somebody else
// may have added a finalizer.
func save(ctx context.Context, c client.Client, before, after *object) error {
	written := before.DeepCopy()
	putStatus(written, after)
	if !reflect.DeepEqual(before.Object, written.Object) {
		if err := c.Status().Patch(ctx, written, client.MergeFrom(before)); err != nil {
			return client.IgnoreNotFound(err)
		}
	}
	rest := after.DeepCopy()
	putStatus(rest, before)
	if reflect.DeepEqual(before.Object, rest.Object) {
		return nil
	}
	base := before.DeepCopy()
	base.SetResourceVersion(written.GetResourceVersion())
	rest.SetResourceVersion(written.GetResourceVersion())
	return client.IgnoreNotFound(c.Patch(ctx, rest, client.MergeFromWithOptions(base, client.MergeFromWithOptimisticLock{})))
}

// putStatus gives one object the other's status.
func putStatus(to, from *object) {
	status, ok := from.Object["status"]
	if !ok {
		delete(to.Object, "status")
		return
	}
	to.Object["status"] = runtime.DeepCopyJSONValue(status)
}

// conflictDelay is how long a newer version of an object takes to get around.
const conflictDelay = 50 * time.Millisecond

// finish saves what a reconcile has changed, and returns what it should return.
func finish(ctx context.Context, c client.Client, before, after *object, result ctrl.Result, err error) (ctrl.Result, error) {
	saved := save(ctx, c, before, after)
	if apierrors.IsConflict(saved) && err == nil {
		return ctrl.Result{RequeueAfter: conflictDelay}, nil
	}
	if err := errors.Join(err, saved); err != nil {
		return ctrl.Result{}, err
	}
	return result, nil
}

// set writes a field. The paths are those of the CRDs, so it can't fail.
func set(u *object, value any, path ...string) {
	if err := unstructured.SetNestedField(u.Object, value, path...); err != nil {
		panic(fmt.Sprintf("cannot set %v of %s: %v", path, u.GetKind(), err))
	}
}

func text(u *object, path ...string) string {
	s, _, _ := unstructured.NestedString(u.Object, path...)
	return s
}

func truth(u *object, path ...string) bool {
	b, _, _ := unstructured.NestedBool(u.Object, path...)
	return b
}

// A condition in the form of Cluster API's contract v1beta1, where severity and
// reason are left out when all is well.
type condition struct {
	kind, status, severity, reason, message string
}

func isTrue(kind string) condition { return condition{kind: kind, status: conditionStatusYes} }

func isFalse(kind, severity, reason, message string) condition {
	return condition{kind: kind, status: string(metav1.ConditionFalse), severity: severity, reason: reason, message: message}
}

// setCondition adds or replaces a condition. One that says the same stays, with
// the time at which it came to say so.
func setCondition(u *object, c condition) {
	next := map[string]any{"type": c.kind, "status": c.status}
	for k, v := range map[string]string{"severity": c.severity, "reason": c.reason, "message": c.message} {
		if v != "" {
			next[k] = v
		}
	}
	all, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	at := slices.IndexFunc(all, func(o any) bool {
		m, ok := o.(map[string]any)
		return ok && m["type"] == c.kind
	})
	now := metav1.Now().UTC().Format(time.RFC3339)
	if at < 0 {
		next["lastTransitionTime"] = now
		set(u, append(all, next), "status", "conditions")
		return
	}
	old, _ := all[at].(map[string]any)
	next["lastTransitionTime"] = old["lastTransitionTime"]
	if reflect.DeepEqual(old, next) {
		return
	}
	if old["status"] != next["status"] {
		next["lastTransitionTime"] = now
	}
	all[at] = next
	set(u, all, "status", "conditions")
}

// paused says whether the object, or the whole cluster, is to be left alone.
func paused(cluster, u *object) bool {
	_, annotated := u.GetAnnotations()[pausedAnnotation]
	return annotated || truth(cluster, "spec", "paused")
}

func hasFinalizer(u *object, name string) bool { return controllerutil.ContainsFinalizer(u, name) }

// addFinalizer tells whether the finalizer was missing.
func addFinalizer(u *object, name string) bool { return controllerutil.AddFinalizer(u, name) }

func removeFinalizer(u *object, name string) { controllerutil.RemoveFinalizer(u, name) }

// plain returns conditions as they stand in an unstructured object.
func plain(conditions []metav1.Condition) []any {
	out := make([]any, 0, len(conditions))
	for i := range conditions {
		c, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&conditions[i])
		if err != nil {
			panic(fmt.Sprintf("cannot encode a condition: %v", err))
		}
		out = append(out, c)
	}
	return out
}
