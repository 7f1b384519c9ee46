package trace

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/yaml"
)

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &o.Object); err != nil {
		t.Fatal(err)
	}
	return o
}

const (
	legacy = `
apiVersion: skerry.dev/v1alpha1
kind: XKubernetesCluster
metadata: {name: shop-x}
spec:
  resourceRefs:
  - {apiVersion: v1, kind: Secret, name: a, namespace: skerry-system}
  - {apiVersion: v1, kind: ConfigMap, name: gone, namespace: skerry-system}
`
	modern = `
apiVersion: skerry.dev/v1alpha1
kind: KubernetesCluster
metadata: {name: shop, namespace: team-a}
spec:
  crossplane:
    resourceRefs:
    - {apiVersion: v1, kind: Secret, name: a}
`
)

func TestRefs(t *testing.T) {
	cases := map[string]struct {
		reason, in string
		want       []string
	}{
		"Legacy": {reason: "a cluster-scoped composite names namespaces", in: legacy, want: []string{"Secret/skerry-system/a", "ConfigMap/skerry-system/gone"}},
		"Modern": {reason: "a namespaced one composes into its own", in: modern, want: []string{"Secret/team-a/a"}},
		"New":    {reason: "one that has composed nothing has no refs", in: "kind: X\nspec: {}"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			refs, err := Refs(object(t, tc.in))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range refs {
				got = append(got, r.String())
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Errorf("%s:\n%s", tc.reason, d)
			}
		})
	}
}

func TestComposite(t *testing.T) {
	xr := object(t, legacy)
	c := fake.NewClientBuilder().WithObjects(xr).Build()
	claim := func(ref string) *unstructured.Unstructured {
		return object(t, "apiVersion: skerry.dev/v1alpha1\nkind: KubernetesCluster\nmetadata: {name: shop, namespace: team-a}\nspec: {"+ref+"}")
	}
	cases := map[string]struct {
		reason string
		in     *unstructured.Unstructured
		want   string
	}{
		"Bound":   {reason: "a claim leads to its composite", in: claim("resourceRef: {apiVersion: skerry.dev/v1alpha1, kind: XKubernetesCluster, name: shop-x}"), want: "shop-x"},
		"Gone":    {reason: "a composite may be gone before its claim", in: claim("resourceRef: {apiVersion: skerry.dev/v1alpha1, kind: XKubernetesCluster, name: gone}")},
		"New":     {reason: "a new claim has none yet", in: claim("")},
		"NoClaim": {reason: "where there are no claims it is itself", in: object(t, modern), want: "shop"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Composite(context.Background(), c, tc.in)
			if err != nil {
				t.Fatal(err)
			}
			if (got == nil) != (tc.want == "") || got != nil && got.GetName() != tc.want {
				t.Errorf("%s: got %v, want %q", tc.reason, got, tc.want)
			}
		})
	}
}

func TestComposed(t *testing.T) {
	secret := &unstructured.Unstructured{}
	secret.SetGroupVersionKind(schema.GroupVersionKind{Version: "v1", Kind: "Secret"})
	secret.SetNamespace("skerry-system")
	secret.SetName("a")
	c := fake.NewClientBuilder().WithObjects(secret).Build()
	got, err := Composed(context.Background(), c, object(t, legacy))
	if err != nil || len(got) != 1 || got[0].GetName() != "a" {
		t.Errorf("what exists should be returned and what doesn't be left out, got %v and error %v", got, err)
	}
}
