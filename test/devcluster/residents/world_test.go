package residents

import (
	"context"
	"fmt"
	"net"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/test/simcloud"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// A world is a cluster in memory and a cloud. Nothing happens in it until a test
// lets the residents look at everything. Its clock stands still.
type world struct {
	t     *testing.T
	town  *town
	cloud *simcloud.Client
	time  time.Time
}

// custom are the kinds that have no Go types here.
var custom = []schema.GroupVersionKind{
	snapshotKind, snapshotClassKind, contentKind, scheduleKind, gatewayClassKind, gatewayKind, listenerSetKind,
	httpRouteKind, tlsRouteKind, certificateKind, clusterIssuerKind, issuerKind,
}

func newWorld(t *testing.T, docs ...string) *world {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	b := fake.NewClientBuilder().WithScheme(scheme)
	for _, k := range custom {
		scheme.AddKnownTypeWithName(k, &object{})
		scheme.AddKnownTypeWithName(k.GroupVersion().WithKind(k.Kind+"List"), &unstructured.UnstructuredList{})
		b = b.WithStatusSubresource(empty(k))
	}
	b = b.WithInterceptorFuncs(interceptor.Funcs{Create: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.CreateOption) error {
		if o.GetUID() == "" { // the API server would choose one
			o.SetUID(types.UID(fmt.Sprintf("%T-%s", o, o.GetName())))
		}
		return c.Create(ctx, o, opts...)
	}})
	b = b.WithStatusSubresource(&corev1.Service{}, &corev1.PersistentVolumeClaim{}, &corev1.PersistentVolume{}, &corev1.Pod{}, empty(ingressKind))
	w := &world{t: t, cloud: serve(t), time: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	w.town = &town{client: b.Build(), cloud: w.cloud, namespace: "skerry-system", cluster: "shop", now: func() time.Time { return w.time }}
	w.apply(docs...)
	return w
}

// serve serves a new cloud at a socket.
func serve(t *testing.T) *simcloud.Client {
	t.Helper()
	c, err := cloud.Open(t.TempDir(), cloud.Options{Profile: cloud.Profile{Name: cloud.Instant}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	socket := filepath.Join(t.TempDir(), "s")
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(simcloud.Handler(c))
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	return simcloud.Dial(socket)
}

// apply creates objects with their status. Namespaces are "team" where the kind has
// some and the document says none.
func (w *world) apply(docs ...string) {
	w.t.Helper()
	for doc := range strings.SplitSeq(strings.Join(docs, "\n---\n"), "\n---\n") {
		u := &object{}
		if err := yaml.Unmarshal([]byte(doc), &u.Object); err != nil {
			w.t.Fatalf("%v in %s", err, doc)
		}
		if len(u.Object) == 0 {
			continue
		}
		// As the API server's decoder has numbers.
		data, err := u.MarshalJSON()
		if err != nil {
			w.t.Fatal(err)
		}
		if err := u.UnmarshalJSON(data); err != nil {
			w.t.Fatal(err)
		}
		u.SetUID(types.UID(u.GetKind() + "-" + u.GetName()))
		u.SetGeneration(1)
		if u.GetNamespace() == "" && !isGlobal(u.GetKind()) {
			u.SetNamespace("team")
		}
		status := u.Object["status"]
		if err := w.town.client.Create(w.t.Context(), u); err != nil {
			w.t.Fatal(err)
		}
		if status == nil {
			continue
		}
		u.Object["status"] = status
		if err := w.town.client.Status().Update(w.t.Context(), u); err != nil {
			w.t.Fatal(err)
		}
	}
}

func isGlobal(kind string) bool {
	return strings.HasSuffix(kind, "Class") || strings.HasPrefix(kind, "Cluster") || kind == "PersistentVolume" || kind == "Namespace" || kind == "Node"
}

// settle lets all residents look at everything until they want nothing more at once,
// and returns what went wrong last.
func (w *world) settle() error {
	w.t.Helper()
	var last error
	for range 6 {
		last = nil
		for _, r := range residents {
			for _, q := range r.everything(w.t.Context(), w.town) {
				if _, err := r.reconcile(w.t.Context(), w.town, q.NamespacedName); err != nil {
					last = err
				}
			}
		}
	}
	return last
}

// settled does so where nothing may go wrong.
func (w *world) settled() {
	w.t.Helper()
	if err := w.settle(); err != nil {
		w.t.Fatal(err)
	}
}

// read returns an object, nil if there is none.
func (w *world) read(kind schema.GroupVersionKind, name string) *object {
	w.t.Helper()
	namespace := "team"
	if isGlobal(kind.Kind) || kind == contentKind {
		namespace = ""
	}
	o, err := get(w.t.Context(), w.town.client, kind, namespace, name)
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

// edit changes an object as a user would.
func (w *world) edit(kind schema.GroupVersionKind, name string, change func(*object)) {
	w.t.Helper()
	o := w.read(kind, name)
	change(o)
	o.SetGeneration(o.GetGeneration() + 1)
	if err := w.town.client.Update(w.t.Context(), o); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) delete(kind schema.GroupVersionKind, name string) {
	w.t.Helper()
	if err := w.town.client.Delete(w.t.Context(), w.read(kind, name)); err != nil {
		w.t.Fatal(err)
	}
}

// live returns the resources of a kind in the cloud, without parts.
func (w *world) live(kind cloud.Kind) []cloud.Resource {
	w.t.Helper()
	all, err := w.cloud.Resources(w.t.Context(), cloud.Filter{Kind: kind})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []cloud.Resource
	for _, r := range all {
		if r.PartOf == "" {
			out = append(out, r)
		}
	}
	return out
}

// condition returns status, reason and message of a condition.
func condition(conditions any, kind string) string {
	for _, c := range mapsOf(conditions) {
		if c["type"] == kind {
			return strings.TrimSpace(str(c, "status") + " " + str(c, "reason") + " " + str(c, "message"))
		}
	}
	return ""
}

// pod is a ready pod with the labels, mounting the claim if there is one.
func pod(name string, labels map[string]string, claim string) *corev1.Pod {
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "team", Name: name, Labels: labels},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}},
	}
	if claim != "" {
		p.Spec.Volumes = []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim}}}}
	}
	return p
}

// run adds a pod, as the scheduler and kwok would let it run.
func (w *world) run(p *corev1.Pod) {
	w.t.Helper()
	status := p.Status
	if err := w.town.client.Create(w.t.Context(), p); err != nil {
		w.t.Fatal(err)
	}
	p.Status = status
	if err := w.town.client.Status().Update(w.t.Context(), p); err != nil {
		w.t.Fatal(err)
	}
}

// programs lets all programs run.
func (w *world) programs() *world {
	w.t.Helper()
	for name, p := range map[string]program{
		"cinder": cinderCSI, "manila": manilaCSI, "ccm": cloudController, "traefik": traefik,
		"cert-manager": certManager, "snapshot-controller": snapshotController, "snapscheduler": snapscheduler,
	} {
		w.run(pod(name, p, ""))
	}
	return w
}

// bind does the controller manager's part: it binds each claim to the volume that is
// reserved for it.
func (w *world) bind() {
	w.t.Helper()
	volumes := &corev1.PersistentVolumeList{}
	if err := w.town.client.List(w.t.Context(), volumes); err != nil {
		w.t.Fatal(err)
	}
	for i := range volumes.Items {
		v := &volumes.Items[i]
		pvc := &corev1.PersistentVolumeClaim{}
		key := client.ObjectKey{Namespace: v.Spec.ClaimRef.Namespace, Name: v.Spec.ClaimRef.Name}
		phase := corev1.VolumeBound
		if err := w.town.client.Get(w.t.Context(), key, pvc); err != nil {
			phase = corev1.VolumeReleased
		} else if pvc.Spec.VolumeName == "" {
			pvc.Spec.VolumeName = v.Name
			w.must(w.town.client.Update(w.t.Context(), pvc))
			pvc.Status = corev1.PersistentVolumeClaimStatus{Phase: corev1.ClaimBound, Capacity: v.Spec.Capacity}
			w.must(w.town.client.Status().Update(w.t.Context(), pvc))
		}
		v.Status.Phase = phase
		w.must(w.town.client.Status().Update(w.t.Context(), v))
	}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) context() context.Context { return w.t.Context() }
