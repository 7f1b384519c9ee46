package residents

import (
	"context"
	"fmt"
	"reflect"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The kinds that are read and written. Most of their projects are no dependencies,
// so none has a Go type here.
var (
	claimKind   = core("PersistentVolumeClaim")
	volumeKind  = core("PersistentVolume")
	podKind     = core("Pod")
	serviceKind = core("Service")
	secretKind  = core("Secret")
	ingressKind = schema.GroupVersionKind{Group: "networking.k8s.io", Version: "v1", Kind: "Ingress"}

	ingressClassKind = schema.GroupVersionKind{Group: "networking.k8s.io", Version: "v1", Kind: "IngressClass"}

	snapshotKind      = schema.GroupVersionKind{Group: "snapshot.storage.k8s.io", Version: "v1", Kind: "VolumeSnapshot"}
	snapshotClassKind = schema.GroupVersionKind{Group: "snapshot.storage.k8s.io", Version: "v1", Kind: "VolumeSnapshotClass"}
	contentKind       = schema.GroupVersionKind{Group: "snapshot.storage.k8s.io", Version: "v1", Kind: "VolumeSnapshotContent"}
	scheduleKind      = schema.GroupVersionKind{Group: "snapscheduler.backube", Version: "v1", Kind: "SnapshotSchedule"}

	gatewayClassKind = gatewayAPI("GatewayClass")
	gatewayKind      = gatewayAPI("Gateway")
	listenerSetKind  = gatewayAPI("ListenerSet")
	httpRouteKind    = gatewayAPI("HTTPRoute")
	tlsRouteKind     = gatewayAPI("TLSRoute")

	certificateKind   = certificates("Certificate")
	clusterIssuerKind = certificates("ClusterIssuer")
	issuerKind        = certificates("Issuer")
)

func core(kind string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Version: "v1", Kind: kind}
}

func gatewayAPI(kind string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: kind}
}

func certificates(kind string) schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "cert-manager.io", Version: "v1", Kind: kind}
}

type object = unstructured.Unstructured

func empty(kind schema.GroupVersionKind) *object {
	u := &object{Object: map[string]any{}}
	u.SetGroupVersionKind(kind)
	return u
}

func named(kind schema.GroupVersionKind, namespace, name string) *object {
	u := empty(kind)
	u.SetNamespace(namespace)
	u.SetName(name)
	return u
}

func metadataOf(kind schema.GroupVersionKind) *metav1.PartialObjectMetadata {
	m := &metav1.PartialObjectMetadata{}
	m.SetGroupVersionKind(kind)
	return m
}

// get reads an object. It returns nil when there is none.
func get(ctx context.Context, c client.Reader, kind schema.GroupVersionKind, namespace, name string) (*object, error) {
	u := empty(kind)
	err := c.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, u)
	if err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return u, nil
}

// list reads all objects of a namespace, or of all of them.
func list(ctx context.Context, c client.Reader, kind schema.GroupVersionKind, namespace string, more ...client.ListOption) ([]object, error) {
	l := &unstructured.UnstructuredList{}
	l.SetGroupVersionKind(kind.GroupVersion().WithKind(kind.Kind + "List"))
	err := c.List(ctx, l, append(more, client.InNamespace(namespace))...)
	return l.Items, err
}

func text(u *object, path ...string) string {
	s, _, _ := unstructured.NestedString(u.Object, path...)
	return s
}

func texts(u *object, path ...string) []string {
	s, _, _ := unstructured.NestedStringSlice(u.Object, path...)
	return s
}

// items returns a list of maps.
func items(u *object, path ...string) []map[string]any {
	all, _, _ := unstructured.NestedSlice(u.Object, path...)
	return mapsOf(all)
}

func mapsOf(all any) []map[string]any {
	list, _ := all.([]any)
	var out []map[string]any
	for _, e := range list {
		if m, ok := e.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}

func str(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}

// set writes a field. The paths are those of known kinds, so it can't fail.
func set(u *object, value any, path ...string) {
	if err := unstructured.SetNestedField(u.Object, runtime.DeepCopyJSONValue(value), path...); err != nil {
		panic(fmt.Sprintf("cannot set %v of %s: %v", path, u.GetKind(), err))
	}
}

func annotate(u *object, key, value string) {
	all := u.GetAnnotations()
	if all == nil {
		all = map[string]string{}
	}
	all[key] = value
	u.SetAnnotations(all)
}

// anyStrings are strings as they stand in an object.
func anyStrings(list []string) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = s
	}
	return out
}

// save writes what edit changes in an object, and nothing when that is nothing.
func save(ctx context.Context, t *town, o *object, edit func(*object)) error {
	before := o.DeepCopy()
	edit(o)
	if reflect.DeepEqual(before.Object, o.Object) {
		return nil
	}
	return t.client.Patch(ctx, o, client.MergeFrom(before))
}

// saveStatus does so with an object's status.
func saveStatus(ctx context.Context, t *town, o *object, edit func(*object)) error {
	if o.Object["status"] == nil {
		delete(o.Object, "status") // it may be null
	}
	before := o.DeepCopy()
	edit(o)
	if reflect.DeepEqual(before.Object["status"], o.Object["status"]) {
		return nil
	}
	return t.client.Status().Patch(ctx, o, client.MergeFrom(before))
}

// A verdict is a condition in the making.
type verdict struct {
	kind            string
	ok              bool
	reason, message string
}

// judge adds the verdicts to a list of conditions, and returns it. The time of one
// that says the same stays.
func judge(t *town, have any, generation int64, verdicts ...verdict) []any {
	var conditions []metav1.Condition
	for _, m := range mapsOf(have) {
		c := metav1.Condition{}
		if runtime.DefaultUnstructuredConverter.FromUnstructured(m, &c) == nil {
			conditions = append(conditions, c)
		}
	}
	for _, v := range verdicts {
		status := metav1.ConditionFalse
		if v.ok {
			status = metav1.ConditionTrue
		}
		meta.SetStatusCondition(&conditions, metav1.Condition{
			Type: v.kind, Status: status, Reason: v.reason, Message: v.message, ObservedGeneration: generation,
			LastTransitionTime: metav1.NewTime(t.now()),
		})
	}
	out := make([]any, 0, len(conditions))
	for i := range conditions {
		m, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&conditions[i])
		if err != nil {
			panic(fmt.Sprintf("cannot encode a condition: %v", err))
		}
		out = append(out, m)
	}
	return out
}

// setConditions judges an object itself.
func setConditions(t *town, o *object, verdicts ...verdict) {
	have, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	set(o, judge(t, have, o.GetGeneration(), verdicts...), "status", "conditions")
}

// nested returns a field, nil if there is none.
func nested(u *object, path ...string) any {
	v, _, _ := unstructured.NestedFieldNoCopy(u.Object, path...)
	return v
}

func nestedStrings(u *object, path ...string) map[string]string {
	m, _, _ := unstructured.NestedStringMap(u.Object, path...)
	if m == nil {
		m = map[string]string{}
	}
	return m
}

func anyMaps(list []map[string]any) []any {
	out := make([]any, len(list))
	for i, m := range list {
		out[i] = m
	}
	return out
}
