package machines

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/yaml"

	corev1 "k8s.io/api/core/v1"

	"github.com/skerry-dev/skerry/test/devcluster/workload"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

const (
	networkID  = "11111111-0000-4000-8000-000000000001"
	subnetID   = "11111111-0000-4000-8000-000000000002"
	routerID   = "11111111-0000-4000-8000-000000000003"
	groupID    = "11111111-0000-4000-8000-000000000004"
	externalID = "11111111-0000-4000-8000-000000000005"
)

// A world is a management cluster, a cloud with a network, and a workload cluster
// that is up or down.
type world struct {
	t      *testing.T
	client client.Client
	cloud  *cloud.Cloud
	api    *fakeClusters
	// workload is the API server of all clusters.
	workload client.Client
	// down, when set, is why the workload cluster doesn't answer.
	down error
	// writes to the management cluster.
	writes int

	shared *reconciler
}

// fakeClusters remember what they were told.
type fakeClusters struct {
	calls []string
	keys  workload.Keys
	err   error
}

func (f *fakeClusters) Endpoint(_ context.Context, name string) (string, int32, error) {
	return "127.0.0.1", 20000, f.note("endpoint " + name)
}

func (f *fakeClusters) Start(_ context.Context, name string, keys workload.Keys) error {
	f.keys = keys
	return f.note("start " + name)
}

func (f *fakeClusters) Stop(_ context.Context, name string) error { return f.note("stop " + name) }

func (f *fakeClusters) note(call string) error {
	f.calls = append(f.calls, call)
	return f.err
}

func newWorld(t *testing.T, o Options, objects ...string) *world {
	t.Helper()
	c, err := cloud.Open(t.TempDir(), cloud.Options{
		Profile:   cloud.Profile{Name: cloud.Instant},
		Catalogue: cloud.Catalogue{Zones: []string{"a", "b"}, Images: []cloud.Offer{{ID: "image-id", Name: "good"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	w := &world{t: t, cloud: c, api: &fakeClusters{}}
	w.furnish()
	w.client = w.management(objects)
	w.workload = workloadCluster(t)
	o.Resync = time.Minute
	o.Catalogue = cloud.Catalogue{Images: []cloud.Offer{{ID: "image-id", Name: "good"}}}
	w.shared = &reconciler{
		inventory: inventory{cloud: c}, client: w.client, cached: w.client, live: w.client, workload: w.api, options: o,
		workloads: newWorkloads(w.client, func([]byte) (client.Client, error) { return w.workload, w.down }),
	}
	return w
}

// furnish makes what somebody else makes in the cloud.
func (w *world) furnish() {
	w.t.Helper()
	for _, s := range []cloud.Spec{
		{Kind: cloud.Network, ID: networkID, Name: "net"},
		{Kind: cloud.Subnet, ID: subnetID, Name: "sub", Attributes: map[string]any{"networkId": networkID, "cidr": "10.0.0.0/24"}},
		{Kind: cloud.Router, ID: routerID, Name: "router", Attributes: map[string]any{"externalNetworkId": externalID}},
		{Kind: cloud.RouterInterface, ID: "i", Attributes: map[string]any{"routerId": routerID, "subnetId": subnetID}},
		{Kind: cloud.SecurityGroup, ID: groupID, Attributes: map[string]any{"name": "nodes"}},
	} {
		if _, err := w.cloud.Ensure(s); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) management(objects []string) client.Client {
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		w.t.Fatal(err)
	}
	b := fake.NewClientBuilder().WithScheme(scheme)
	for _, kind := range []schema.GroupVersionKind{clusterKind, machineKind, kubeadmConfigKind, cloudClusterKind, cloudMachineKind, imageKind} {
		scheme.AddKnownTypeWithName(kind, &unstructured.Unstructured{})
		scheme.AddKnownTypeWithName(kind.GroupVersion().WithKind(kind.Kind+"List"), &unstructured.UnstructuredList{})
		b = b.WithStatusSubresource(kindOf(kind))
	}
	for _, o := range objects {
		b = b.WithObjects(parse(w.t, o))
	}
	return b.WithInterceptorFuncs(interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.CreateOption) error {
			w.writes++
			return c.Create(ctx, o, opts...)
		},
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			w.writes++
			return c.Patch(ctx, o, p, opts...)
		},
		SubResourcePatch: func(ctx context.Context, c client.Client, sub string, o client.Object, p client.Patch, opts ...client.SubResourcePatchOption) error {
			w.writes++
			return c.SubResource(sub).Patch(ctx, o, p, opts...)
		},
	}).Build()
}

// workloadCluster taints new nodes, as an API server does.
func workloadCluster(t *testing.T, objects ...client.Object) client.Client {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	return fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...).WithStatusSubresource(&corev1.Pod{}).
		WithIndex(&corev1.Pod{}, "spec.nodeName", func(o client.Object) []string {
			return []string{o.(*corev1.Pod).Spec.NodeName}
		}).
		WithInterceptorFuncs(interceptor.Funcs{
			Create: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.CreateOption) error {
				if n, ok := o.(*corev1.Node); ok {
					n.Spec.Taints = append(n.Spec.Taints, corev1.Taint{Key: corev1.TaintNodeNotReady, Effect: corev1.TaintEffectNoSchedule})
				}
				return c.Create(ctx, o, opts...)
			},
		}).Build()
}

func parse(t *testing.T, manifest string) *unstructured.Unstructured {
	t.Helper()
	u := &unstructured.Unstructured{}
	if err := yaml.UnmarshalStrict([]byte(manifest), &u.Object); err != nil {
		t.Fatalf("%v in:\n%s", err, manifest)
	}
	return u
}

// run reconciles an object until there is nothing to do but look again later.
func (w *world) run(r reconcile.Reconciler, name string) error {
	w.t.Helper()
	const rounds = 50
	for range rounds {
		result, err := r.Reconcile(w.t.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Namespace: "ns", Name: name}})
		if err != nil {
			return err
		}
		written := w.writes
		if result.RequeueAfter >= time.Second || result.RequeueAfter == 0 {
			// One more round must change nothing.
			again, err := r.Reconcile(w.t.Context(), ctrl.Request{NamespacedName: client.ObjectKey{Namespace: "ns", Name: name}})
			if err == nil && again == result && w.writes == written {
				return nil
			}
		}
		time.Sleep(time.Millisecond)
	}
	return errors.New("it doesn't settle")
}

func (w *world) get(kind schema.GroupVersionKind, name string) *unstructured.Unstructured {
	w.t.Helper()
	u, err := get(w.t.Context(), w.client, kind, "ns", name)
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// condition returns "status reason message" of a condition, or "".
func (w *world) condition(kind schema.GroupVersionKind, name, condition string) string {
	w.t.Helper()
	all, _, _ := unstructured.NestedSlice(w.get(kind, name).Object, "status", "conditions")
	for _, o := range all {
		c := o.(map[string]any)
		if c["type"] == condition {
			reason, _ := c["reason"].(string)
			message, _ := c["message"].(string)
			return strings.TrimSpace(c["status"].(string) + " " + reason + " " + message)
		}
	}
	return ""
}

func (w *world) change(kind schema.GroupVersionKind, name string, change func(*unstructured.Unstructured)) {
	w.t.Helper()
	u := w.get(kind, name)
	before := u.DeepCopy()
	change(u)
	if err := save(w.t.Context(), w.client, before, u); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) delete(kind schema.GroupVersionKind, name string) {
	w.t.Helper()
	if err := w.client.Delete(w.t.Context(), w.get(kind, name)); err != nil {
		w.t.Fatal(err)
	}
}

// names returns "Kind name" of what lives in the cloud beside what was there from
// the start.
func (w *world) names() []string {
	var out []string
	for _, r := range w.cloud.List(cloud.Filter{Owner: "ns"}) {
		if r.PartOf == "" {
			out = append(out, strings.TrimSpace(string(r.Kind)+" "+r.Name))
		}
	}
	return out
}
