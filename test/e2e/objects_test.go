package e2e_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
)

// kinds are all kinds of objects that the management cluster has, each in one version.
func (w *world) kinds(t *testing.T) []schema.GroupVersionKind {
	t.Helper()
	r, err := w.cluster.REST()
	if err != nil {
		t.Fatal(err)
	}
	d, err := discovery.NewDiscoveryClientForConfig(r)
	if err != nil {
		t.Fatal(err)
	}
	lists, err := d.ServerPreferredResources()
	if err != nil {
		t.Fatal(err)
	}
	var out []schema.GroupVersionKind
	for _, l := range lists {
		gv, err := schema.ParseGroupVersion(l.GroupVersion)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range l.APIResources {
			if slices.Contains(kind.Verbs, "list") {
				out = append(out, gv.WithKind(kind.Kind))
			}
		}
	}
	return out
}

// heads of all objects of some kinds. Their kind is filled in.
func (w *world) heads(ctx context.Context, kinds []schema.GroupVersionKind) ([]metav1.PartialObjectMetadata, error) {
	var out []metav1.PartialObjectMetadata
	for _, gvk := range kinds {
		l := &metav1.PartialObjectMetadataList{}
		l.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
		if err := w.client.List(ctx, l); err != nil {
			return nil, fmt.Errorf("cannot list all %s of %q: %w", gvk.Kind, gvk.Group, err)
		}
		for _, o := range l.Items {
			o.SetGroupVersionKind(gvk)
			out = append(out, o)
		}
	}
	return out, nil
}

// titleOf names an object for people, with its group: there are ProviderConfigs of
// several.
func titleOf(gvk schema.GroupVersionKind, o metav1.Object) string {
	return strings.TrimPrefix(fmt.Sprintf("%s %s %s/%s", gvk.Group, gvk.Kind, o.GetNamespace(), o.GetName()), " ")
}
