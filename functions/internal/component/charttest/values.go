package charttest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/skerry-dev/skerry/functions/internal/external/helm"
)

// fromSecret stands for a value that a release reads from a Secret.
const fromSecret = "from-a-secret"

// valuesOf returns the values of a release as plain JSON, with those that come
// from Secrets in their places.
func valuesOf(r *helm.Release) (map[string]any, error) {
	text, err := json.Marshal(r.Spec.ForProvider.Values)
	if err != nil {
		return nil, fmt.Errorf("cannot encode values: %w", err)
	}
	values := map[string]any{}
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("cannot decode values: %w", err)
	}
	for _, s := range r.Spec.ForProvider.Set {
		values = overlay(values, nested(splitName(s.Name)))
	}
	return values, nil
}

// splitName splits the name of a set value at its dots; `\.` is a dot in a key.
func splitName(name string) []string {
	const escaped = "\x00"
	keys := strings.Split(strings.ReplaceAll(name, `\.`, escaped), ".")
	for i := range keys {
		keys[i] = strings.ReplaceAll(keys[i], escaped, ".")
	}
	return keys
}

func nested(keys []string) map[string]any {
	if len(keys) == 1 {
		return map[string]any{keys[0]: fromSecret}
	}
	return map[string]any{keys[0]: nested(keys[1:])}
}

// overlay lays values over defaults as Helm does: map by map, and a null takes
// the key away. It changes neither.
func overlay(defaults, values map[string]any) map[string]any {
	out := maps.Clone(defaults)
	if out == nil {
		out = map[string]any{}
	}
	for k, v := range values {
		have, isMap := out[k].(map[string]any)
		over, both := v.(map[string]any)
		switch {
		case v == nil:
			delete(out, k)
		case isMap && both:
			out[k] = overlay(have, over)
		default:
			out[k] = v
		}
	}
	return out
}

// unknown returns the keys of values that the chart doesn't have. What is an
// empty map or null in the chart is free below that point, and so is what
// stands in free.
func unknown(defaults, values map[string]any, at []string, free []string) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(values)) {
		path := append(slices.Clone(at), k)
		name := strings.Join(path, ".")
		if slices.Contains(free, name) {
			continue
		}
		d, ok := defaults[k]
		if !ok {
			out = append(out, name+" is not a value of the chart")
			continue
		}
		out = append(out, mismatch(d, values[k], path, free)...)
	}
	return out
}

// mismatch compares a value with the chart's default of the same key.
func mismatch(d, v any, path, free []string) []string {
	defaults, isMap := d.(map[string]any)
	values, setsMap := v.(map[string]any)
	name := strings.Join(path, ".")
	switch {
	case d == nil || v == nil || (isMap && len(defaults) == 0):
		return nil
	case isMap && setsMap:
		return unknown(defaults, values, path, free)
	case isMap:
		return []string{fmt.Sprintf("%s is a map in the chart, not a %T", name, v)}
	case setsMap && !emptyText(d):
		return []string{fmt.Sprintf("%s is a %T in the chart, not a map", name, d)}
	}
	return nil
}

// emptyText says whether a default is "": some charts write that where a map
// can stand.
func emptyText(d any) bool { return d == "" }
