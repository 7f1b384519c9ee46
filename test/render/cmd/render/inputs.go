package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xcrd"

	"github.com/skerry-dev/skerry/test/crd"
	"github.com/skerry-dev/skerry/test/render"
)

// inputs are the objects of one run.
type inputs struct {
	claims     []map[string]any
	composites []map[string]any // of the claims, in their order
	observed   []map[string]any
	// cluster is what else the management cluster holds: functions find in it the
	// Platform, and the cluster that a Storage refers to.
	cluster []map[string]any
	// platform is what the Platform's file holds.
	platform []map[string]any
}

// readClaims reads the claims in the file or folder, in the order of their
// files. Objects of other kinds are passed over.
func (in *inputs) readClaims(h *render.Harness, path string) error {
	kinds := h.Kinds()
	objects, err := readAll(path)
	if err != nil {
		return fmt.Errorf("cannot read claims: %w", err)
	}
	for _, obj := range objects {
		if !slices.Contains(kinds, kindOf(obj)) {
			continue
		}
		xr, err := h.Composite(obj)
		if err != nil {
			return err
		}
		in.claims = append(in.claims, obj)
		in.composites = append(in.composites, xr)
	}
	in.clustersFirst()
	if len(in.claims) == 0 {
		return fmt.Errorf("cannot find claims in %s: no object is one of %q", path, kinds)
	}
	in.cluster = append(slices.Clone(in.claims), in.composites...)
	return nil
}

// admit checks claims and Platform as the API server does: fields that it
// doesn't know, their types, and the rules of the schema. All that is wrong is
// told at once. Then it fills in what the API server does: others read the level of a
// cluster that names none.
func (in *inputs) admit(definitions string) error {
	schemas, err := crd.Load()
	if err != nil {
		return err
	}
	if err := schemas.AddXRDs(definitions); err != nil {
		return err
	}
	var errs []error
	for _, obj := range append(slices.Clone(in.claims), in.platform...) {
		errs = append(errs, schemas.Validate(obj)...)
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, obj := range append(slices.Clone(in.claims), in.composites...) {
		full, err := schemas.Default(obj)
		if err != nil {
			return err
		}
		obj["spec"] = full["spec"]
	}
	return nil
}

// clustersFirst puts clusters before what refers to them.
func (in *inputs) clustersFirst() {
	rank := func(o map[string]any) int {
		if slices.Contains([]string{"Platform", "KubernetesCluster", "XKubernetesCluster"}, kindOf(o)) {
			return 0
		}
		return 1
	}
	order := func(a, b map[string]any) int { return rank(a) - rank(b) }
	slices.SortStableFunc(in.claims, order)
	slices.SortStableFunc(in.composites, order)
}

// becomes gives a claim and its composite the status that came of it, so that
// other claims find them as they would be.
func (in *inputs) becomes(i int, composite map[string]any) {
	in.composites[i]["status"] = composite["status"]
	if kindOf(in.claims[i]) == kindOf(composite) {
		in.claims[i]["status"] = composite["status"]
		return
	}
	claim := in.claims[i]
	claim["status"] = composite["status"]
	if spec, ok := claim["spec"].(map[string]any); ok {
		spec["resourceRef"] = map[string]any{"apiVersion": composite["apiVersion"], "kind": kindOf(composite), "name": fullName(composite)}
	}
}

// readObserved reads composed resources. It passes over objects that are none,
// so that the file may be what an earlier run wrote.
func (in *inputs) readObserved(path string) error {
	objects, err := readAll(path)
	if err != nil {
		return fmt.Errorf("cannot read observed resources: %w", err)
	}
	for _, obj := range objects {
		u := unstructured.Unstructured{Object: obj}
		if u.GetAnnotations()[xcrd.AnnotationKeyCompositionResourceName] != "" {
			in.observed = append(in.observed, obj)
		}
	}
	return nil
}

// others returns what the management cluster holds besides the composite, each
// object once.
func (in *inputs) others(xr map[string]any) []map[string]any {
	seen := map[string]bool{id(xr): true}
	var out []map[string]any
	for _, obj := range in.cluster {
		if !seen[id(obj)] {
			seen[id(obj)] = true
			out = append(out, obj)
		}
	}
	return out
}

// readAll returns the objects in a YAML file, or in all below a folder.
func readAll(path string) ([]map[string]any, error) {
	var objects []map[string]any
	err := filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if file != path && filepath.Ext(file) != ".yaml" {
			return nil
		}
		more, err := render.ReadFile(file)
		objects = append(objects, more...)
		return err
	})
	return objects, err
}

func id(obj map[string]any) string {
	return kindOf(obj) + " " + fullName(obj)
}

func kindOf(obj map[string]any) string {
	return (&unstructured.Unstructured{Object: obj}).GetKind()
}

// fullName is the object's name, with its namespace where it has one.
func fullName(obj map[string]any) string {
	u := unstructured.Unstructured{Object: obj}
	if u.GetNamespace() == "" {
		return u.GetName()
	}
	return u.GetNamespace() + "/" + u.GetName()
}
