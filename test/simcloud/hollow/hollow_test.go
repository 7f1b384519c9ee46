package hollow

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
)

var machineDeployments = schema.GroupVersionKind{Group: "cluster.x-k8s.io", Version: "v1beta2", Kind: "MachineDeployment"}

// become reconciles an object twice, and returns the client and what the second
// time wrote.
func become(t *testing.T, body string) (c client.Client, o *unstructured.Unstructured, writes int) {
	t.Helper()
	o = &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(body), &o.Object); err != nil {
		t.Fatal(err)
	}
	scheme := runtime.NewScheme()
	for _, k := range append(kinds, machineDeployments) {
		scheme.AddKnownTypeWithName(k, &unstructured.Unstructured{})
		scheme.AddKnownTypeWithName(k.GroupVersion().WithKind(k.Kind+"List"), &unstructured.UnstructuredList{})
	}
	c = fake.NewClientBuilder().WithScheme(scheme).WithStatusSubresource(o, manifest.New(machineDeployments, "", "")).WithObjects(o).
		WithInterceptorFuncs(interceptor.Funcs{
			SubResourcePatch: func(ctx context.Context, c client.Client, sub string, o client.Object, p client.Patch, opts ...client.SubResourcePatchOption) error {
				if o.GetObjectKind().GroupVersionKind().Kind != machineDeployments.Kind {
					writes++
				}
				return c.SubResource(sub).Patch(ctx, o, p, opts...)
			},
		}).Build()
	r := reconciler{client: c, kind: o.GroupVersionKind()}
	for range 2 {
		writes = 0
		if _, err := r.Reconcile(t.Context(), ctrl.Request{NamespacedName: client.ObjectKeyFromObject(o)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(o), o); err != nil {
		t.Fatal(err)
	}
	return c, o, writes
}

func TestReady(t *testing.T) {
	cases := map[string]struct {
		reason, body, condition, want string
	}{
		"Release": {
			"A Release is deployed.",
			"{apiVersion: helm.m.crossplane.io/v1beta1, kind: Release, metadata: {name: cilium, namespace: ns, generation: 3}, spec: {forProvider: {}}}", "Ready", "True",
		},
		"Object": {
			"An Object is applied.",
			"{apiVersion: kubernetes.m.crossplane.io/v1alpha1, kind: Object, metadata: {name: o, namespace: ns}, spec: {forProvider: {manifest: {kind: ConfigMap}}}}", "Ready", "True",
		},
		"ClusterClass": {
			"A class is taken in.",
			"{apiVersion: cluster.x-k8s.io/v1beta2, kind: ClusterClass, metadata: {name: c, namespace: ns}}", "VariablesReady", "True",
		},
		"Going": {
			"What is being deleted isn't touched.",
			`{apiVersion: helm.m.crossplane.io/v1beta1, kind: Release, metadata: {name: cilium, namespace: ns, deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: [x/y]}}`, "Ready", "",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, o, writes := become(t, tc.body)
			if got, _ := manifest.Condition(o, tc.condition); got != tc.want {
				t.Errorf("%s got %q, want %q", tc.reason, got, tc.want)
			}
			if writes != 0 {
				t.Errorf("what is ready was written %d times", writes)
			}
		})
	}
}

func TestCluster(t *testing.T) {
	c, o, writes := become(t, `
apiVersion: cluster.x-k8s.io/v1beta2
kind: Cluster
metadata: {name: shop, namespace: ns, uid: u, generation: 2}
spec:
  topology:
    version: v1.36.4
    controlPlane: {replicas: 3}
    workers: {machineDeployments: [{name: workers-a, replicas: 2}, {name: workers-b, replicas: 1}]}
`)
	if writes != 0 {
		t.Errorf("what is ready was written %d times", writes)
	}
	host, _, _ := unstructured.NestedString(o.Object, "spec", "controlPlaneEndpoint", "host")
	ready, _, _ := unstructured.NestedInt64(o.Object, "status", "controlPlane", "readyReplicas")
	generation, _, _ := unstructured.NestedInt64(o.Object, "status", "observedGeneration")
	if host == "" || ready != 3 || generation != o.GetGeneration() {
		t.Errorf("got endpoint %q, %d replicas, generation %d", host, ready, generation)
	}
	got := map[string]int64{}
	l := &unstructured.UnstructuredList{}
	l.SetGroupVersionKind(machineDeployments)
	if err := c.List(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	for _, md := range l.Items {
		got[md.GetName()], _, _ = unstructured.NestedInt64(md.Object, "status", "readyReplicas")
		if len(md.GetOwnerReferences()) != 1 {
			t.Errorf("%s has no owner", md.GetName())
		}
	}
	if diff := cmp.Diff(map[string]int64{"shop-workers-a": 2, "shop-workers-b": 1}, got); diff != "" {
		t.Errorf("machines: -want +got:\n%s", diff)
	}
}
