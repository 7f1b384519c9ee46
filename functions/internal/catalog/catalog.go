// Package catalog holds the built-in Platform and merges a platform team's own
// over it, by name.
//
// It knows nothing of claims: what a claim may ask for is decided by plan.
package catalog

import (
	_ "embed"
	encodingjson "encoding/json"
	"errors"
	"fmt"
	"sync"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
)

//go:embed defaults.yaml
var defaultsYAML []byte

var defaults = sync.OnceValue(func() map[string]any {
	m := map[string]any{}
	if err := yaml.UnmarshalStrict(defaultsYAML, &m); err != nil {
		panic(fmt.Sprintf("the embedded defaults.yaml is broken: %v", err))
	}
	return m
})

// Merge lays a Platform's spec, as plain JSON values, over the built-in
// defaults and returns the whole catalogue. Lists of named things are merged by
// name, field by field; other lists are replaced. An error names the field.
func Merge(spec map[string]any) (*v1alpha1.PlatformSpec, error) {
	// The Platform is read alone first: the patch library panics on some values of
	// another type, and makes one entry of two with the same name.
	own := &v1alpha1.PlatformSpec{}
	if err := decode(spec, own); err != nil {
		return nil, err
	}
	if err := checkNames(own); err != nil {
		return nil, err
	}
	// The patch library changes what it is given.
	base := runtime.DeepCopyJSON(defaults())
	merged, err := strategicpatch.StrategicMergeMapPatch(base, withoutValues(spec), v1alpha1.PlatformSpec{})
	if err != nil {
		return nil, fmt.Errorf("cannot merge the Platform over the built-in defaults: %w", err)
	}
	out := &v1alpha1.PlatformSpec{}
	if err := decode(merged, out); err != nil {
		return nil, err
	}
	for _, a := range own.Addons {
		for i := range out.Addons {
			if out.Addons[i].Name == a.Name {
				out.Addons[i].Values = a.Values
			}
		}
	}
	return out, Check(out)
}

// withoutValues copies the spec without the values of add-ons: they are Helm's to
// understand, and a null or a "$patch" in them is no directive of ours.
func withoutValues(spec map[string]any) map[string]any {
	out := runtime.DeepCopyJSON(spec)
	addons, _ := out["addons"].([]any)
	for _, a := range addons {
		if m, ok := a.(map[string]any); ok {
			delete(m, "values")
		}
	}
	return out
}

// decode is strict: a field that the Platform doesn't have is an error.
func decode(spec map[string]any, into *v1alpha1.PlatformSpec) error {
	raw, err := encodingjson.Marshal(spec)
	if err != nil {
		return fmt.Errorf("cannot encode the Platform: %w", err)
	}
	unknown, err := json.UnmarshalStrict(raw, into)
	if err := errors.Join(append(unknown, err)...); err != nil {
		return fmt.Errorf("cannot decode the Platform: %w", err)
	}
	return nil
}
