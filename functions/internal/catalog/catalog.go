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
	// The patch library changes what it is given.
	base := runtime.DeepCopyJSON(defaults())
	merged, err := strategicpatch.StrategicMergeMapPatch(base, runtime.DeepCopyJSON(spec), v1alpha1.PlatformSpec{})
	if err != nil {
		return nil, fmt.Errorf("cannot merge the Platform over the built-in defaults: %w", err)
	}
	raw, err := encodingjson.Marshal(merged)
	if err != nil {
		return nil, fmt.Errorf("cannot encode the merged Platform: %w", err)
	}
	out := &v1alpha1.PlatformSpec{}
	unknown, err := json.UnmarshalStrict(raw, out)
	if err := errors.Join(append(unknown, err)...); err != nil {
		return nil, fmt.Errorf("cannot decode the Platform: %w", err)
	}
	return out, Check(out)
}
