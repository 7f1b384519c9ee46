package openstack

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/record"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

const (
	namespace = "team-a"
	// password must show up nowhere.
	password = "hunter2-and-more"
)

// A fakeManager is a manager with a client in memory.
type fakeManager struct {
	ctrl.Manager

	client client.Client
	events *record.FakeRecorder
}

func (m fakeManager) GetClient() client.Client                        { return m.client }
func (m fakeManager) GetScheme() *runtime.Scheme                      { return m.client.Scheme() }
func (m fakeManager) GetEventRecorderFor(string) record.EventRecorder { return m.events }

// A world is a management cluster in memory and a cloud. Nothing happens in it
// until a test asks for reconciles.
type world struct {
	t      *testing.T
	cloud  *cloud.Cloud
	client client.Client
	events *record.FakeRecorder
	writes []string
	names  []types.NamespacedName // with the kind as namespace
}

func newWorld(t *testing.T, profile string) *world {
	t.Helper()
	c, err := cloud.Open(t.TempDir(), cloud.Options{Profile: cloud.Profile{Name: profile}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	w := &world{t: t, cloud: c, events: record.NewFakeRecorder(1000)}
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	addToScheme(scheme)
	b := fake.NewClientBuilder().WithScheme(scheme).WithObjects(config()...).WithInterceptorFuncs(w.count())
	for _, k := range kinds {
		u := &unstructured.Unstructured{}
		u.SetGroupVersionKind(k.gvk())
		b = b.WithStatusSubresource(u)
	}
	w.client = b.Build()
	return w
}

// config is a provider configuration with its credentials.
func config() []client.Object {
	return []client.Object{
		&corev1.Secret{
			ObjectMeta: metav1.ObjectMeta{Namespace: "crossplane-system", Name: "cloud"},
			Data:       map[string][]byte{"config": []byte(`{"auth_url":"https://keystone","user_name":"u","password":"` + password + `","tenant_name":"t","region":"north-1"}`)},
		},
		&ClusterProviderConfig{Config{
			ObjectMeta: metav1.ObjectMeta{Name: "north"},
			Spec: ConfigSpec{Credentials: Credentials{
				Source: xpv2.CredentialsSourceSecret,
				CommonCredentialSelectors: xpv2.CommonCredentialSelectors{SecretRef: &xpv2.SecretKeySelector{
					SecretReference: xpv2.SecretReference{Namespace: "crossplane-system", Name: "cloud"}, Key: "config",
				}},
			}},
		}},
	}
}

// count writes down what is written.
func (w *world) count() interceptor.Funcs {
	note := func(verb string, o client.Object) {
		w.writes = append(w.writes, fmt.Sprintf("%s %T %s", verb, o, o.GetName()))
	}
	return interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.CreateOption) error {
			note("create", o)
			return c.Create(ctx, o, opts...)
		},
		Update: func(ctx context.Context, c client.WithWatch, o client.Object, opts ...client.UpdateOption) error {
			note("update", o)
			return c.Update(ctx, o, opts...)
		},
		Patch: func(ctx context.Context, c client.WithWatch, o client.Object, p client.Patch, opts ...client.PatchOption) error {
			note("patch", o)
			return c.Patch(ctx, o, p, opts...)
		},
		SubResourceUpdate: func(ctx context.Context, c client.Client, sub string, o client.Object, opts ...client.SubResourceUpdateOption) error {
			note("update "+sub, o)
			return c.SubResource(sub).Update(ctx, o, opts...)
		},
	}
}

// apply creates managed resources from YAML documents of kind, name and what
// else differs from the usual.
func (w *world) apply(docs string) {
	w.t.Helper()
	for doc := range strings.SplitSeq(docs, "---\n") {
		u := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(doc), &u.Object); err != nil {
			w.t.Fatal(err)
		}
		k := kindNamed(u.GetKind())
		if k == nil {
			w.t.Fatalf("there is no kind %q", u.GetKind())
		}
		u.SetGroupVersionKind(k.gvk())
		u.SetNamespace(namespace)
		u.SetUID(types.UID("uid-" + u.GetName()))
		u.SetGeneration(1)
		spec := u.Object["spec"].(map[string]any)
		if spec["providerConfigRef"] == nil {
			spec["providerConfigRef"] = map[string]any{"kind": "ClusterProviderConfig", "name": "north"}
		}
		if err := w.client.Create(w.t.Context(), u); err != nil {
			w.t.Fatal(err)
		}
		w.names = append(w.names, types.NamespacedName{Namespace: k.kind, Name: u.GetName()})
	}
}

// reconcile reconciles one managed resource once.
func (w *world) reconcile(kind, name string) ctrl.Result {
	w.t.Helper()
	r := newReconciler(fakeManager{client: w.client, events: w.events}, w.client, w.cloud, kindNamed(kind), Options{}.withDefaults())
	res, err := r.Reconcile(w.t.Context(), ctrl.Request{NamespacedName: types.NamespacedName{Namespace: namespace, Name: name}})
	if err != nil {
		w.t.Fatalf("%s %s: %v", kind, name, err)
	}
	return res
}

// settle reconciles everything until nothing is written any more.
func (w *world) settle() {
	w.t.Helper()
	for range 30 {
		w.writes = nil
		for _, n := range w.names {
			w.reconcile(n.Namespace, n.Name)
		}
		if len(w.writes) == 0 {
			return
		}
	}
	w.t.Fatalf("it doesn't settle: %v\n%s", w.writes, w.said())
}

// get returns a managed resource, or nil.
func (w *world) get(kind, name string) *Managed {
	w.t.Helper()
	m := newManaged(kindNamed(kind).gvk())
	err := w.client.Get(w.t.Context(), types.NamespacedName{Namespace: namespace, Name: name}, &m.Unstructured)
	if client.IgnoreNotFound(err) != nil {
		w.t.Fatal(err)
	}
	if err != nil {
		return nil
	}
	return m
}

// edit changes the spec, as a user does.
func (w *world) edit(kind, name string, value any, path ...string) {
	w.t.Helper()
	m := w.get(kind, name)
	if err := unstructured.SetNestedField(m.Object, value, path...); err != nil {
		w.t.Fatal(err)
	}
	m.SetGeneration(m.GetGeneration() + 1)
	if err := w.client.Update(w.t.Context(), &m.Unstructured); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) delete(kind, name string) {
	w.t.Helper()
	if err := w.client.Delete(w.t.Context(), &w.get(kind, name).Unstructured); err != nil {
		w.t.Fatal(err)
	}
}

// condition returns status, reason and message of a condition.
func (w *world) condition(kind, name string, t xpv2.ConditionType) string {
	w.t.Helper()
	c := w.get(kind, name).GetCondition(t)
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", c.Status, c.Reason, c.Message))
}

func (w *world) live(k cloud.Kind) []cloud.Resource {
	return w.cloud.List(cloud.Filter{Kind: k})
}

// said returns the events since it was asked last.
func (w *world) said() string {
	var out []string
	for {
		select {
		case e := <-w.events.Events:
			out = append(out, e)
		case <-time.After(time.Millisecond):
			return strings.Join(out, "\n")
		}
	}
}
