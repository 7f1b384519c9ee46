// Package trace finds what has come of a claim. It works for claims and their
// cluster-scoped composites as for namespaced composites, and doesn't know what
// they compose.
package trace

import (
	"context"
	"fmt"
	"sync"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
)

// atOnce is how many objects are read at the same time.
const atOnce = 8

// Composite returns the composite of a claim, or the object itself where there
// are no claims. It returns nil for a claim that has none yet.
func Composite(ctx context.Context, c client.Reader, claim *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	ref, found, err := unstructured.NestedMap(claim.Object, "spec", "resourceRef")
	if err != nil {
		return nil, err
	}
	if !found {
		if _, modern, _ := unstructured.NestedMap(claim.Object, "spec", "crossplane"); modern || claim.GetNamespace() == "" {
			return claim, nil
		}
		return nil, nil
	}
	kind, _ := ref["kind"].(string)
	name, _ := ref["name"].(string)
	xr := manifest.New(claim.GroupVersionKind().GroupVersion().WithKind(kind), "", name)
	err = c.Get(ctx, client.ObjectKeyFromObject(xr), xr)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return xr, err
}

// A Ref is a composed resource that a composite refers to.
type Ref struct {
	schema.GroupVersionKind
	Namespace, Name string
}

// String names it for people.
func (r Ref) String() string {
	if r.Namespace == "" {
		return r.Kind + "/" + r.Name
	}
	return r.Kind + "/" + r.Namespace + "/" + r.Name
}

// Refs returns the composed resources that a composite refers to.
func Refs(composite *unstructured.Unstructured) ([]Ref, error) {
	refs, found, err := unstructured.NestedSlice(composite.Object, "spec", "crossplane", "resourceRefs")
	if err == nil && !found {
		refs, _, err = unstructured.NestedSlice(composite.Object, "spec", "resourceRefs")
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read what %s has composed: %w", manifest.Title(composite), err)
	}
	var out []Ref
	for _, e := range refs {
		m, _ := e.(map[string]any)
		text := func(key string) string { s, _ := m[key].(string); return s }
		gv, err := schema.ParseGroupVersion(text("apiVersion"))
		if err != nil {
			return nil, err
		}
		ns := text("namespace")
		if ns == "" {
			ns = composite.GetNamespace()
		}
		out = append(out, Ref{GroupVersionKind: gv.WithKind(text("kind")), Namespace: ns, Name: text("name")})
	}
	return out, nil
}

// Composed returns the composed resources that exist.
func Composed(ctx context.Context, c client.Reader, composite *unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	refs, err := Refs(composite)
	if err != nil {
		return nil, err
	}
	var (
		wg    sync.WaitGroup
		slots = make(chan struct{}, atOnce)
		objs  = make([]*unstructured.Unstructured, len(refs))
		errs  = make([]error, len(refs))
	)
	for i, r := range refs {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			o := manifest.New(r.GroupVersionKind, r.Namespace, r.Name)
			errs[i] = c.Get(ctx, client.ObjectKeyFromObject(o), o)
			objs[i] = o
		})
	}
	wg.Wait()
	var out []*unstructured.Unstructured
	for i, err := range errs {
		switch {
		case err == nil:
			out = append(out, objs[i])
		case !apierrors.IsNotFound(err) && !meta.IsNoMatchError(err):
			return nil, err
		}
	}
	return out, nil
}
