package openstack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// parameters returns a copy of what the spec asks for, without references,
// selectors and names of Secrets.
func (m *Managed) parameters(section string) map[string]any {
	out := runtime.DeepCopyJSON(m.section("spec", section))
	if out == nil {
		return map[string]any{}
	}
	strip(out)
	return out
}

func strip(v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			if hasAnySuffix(k, refSuffix, refSuffix+"s", selectorSuffix) {
				delete(v, k)
				continue
			}
			strip(e)
		}
	case []any:
		for _, e := range v {
			strip(e)
		}
	}
}

func hasAnySuffix(s string, suffixes ...string) bool {
	return slices.ContainsFunc(suffixes, func(x string) bool { return strings.HasSuffix(s, x) })
}

// A difference is a field whose value isn't as it should be.
type difference struct {
	field    string
	want, is any
	fixed    bool
}

// differences compares what the spec asks for with the cloud. Fields that it
// doesn't have are nobody's business. They are sorted.
func differences(k *kind, m *Managed, r cloud.Resource) []difference {
	var out []difference
	for field, want := range m.parameters("forProvider") {
		is := r.Attributes[field]
		if !same(want, is) {
			out = append(out, difference{field, want, is, slices.Contains(k.fixed, field)})
		}
	}
	slices.SortFunc(out, func(a, b difference) int { return strings.Compare(a.field, b.field) })
	return out
}

// same compares two values: numbers by value, and nothing is the same as empty.
func same(a, b any) bool {
	if isZero(a) && isZero(b) {
		return true
	}
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && string(x) == string(y)
}

// isZero tells whether a value says nothing to Terraform.
func isZero(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case int64:
		return v == 0
	case float64:
		return v == 0
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	default:
		return false
	}
}

// initialize writes what the service chose into the spec, where that says
// nothing, and tells whether it did. It does so once: then the spec has it.
func (m *Managed) initialize(k *kind, r cloud.Resource) bool {
	parameters := m.section("spec", "forProvider")
	changed := false
	for _, field := range k.late {
		v := r.Attributes[field]
		if _, set := parameters[field]; set || isZero(v) || parameters == nil {
			continue
		}
		parameters[field] = integers(v)
		changed = true
	}
	return changed
}

// observe writes what is in the cloud into status.atProvider.
func (m *Managed) observe(r cloud.Resource) error {
	at, _ := integers(r.Attributes).(map[string]any)
	if at == nil {
		at = map[string]any{}
	}
	at["id"] = r.ID
	if cmp.Equal(at, m.section("status", "atProvider"), cmpopts.EquateEmpty()) {
		return nil
	}
	return unstructured.SetNestedMap(m.Object, at, "status", "atProvider")
}

// integers copies a value, with the numbers that have no fraction as int64, as
// an API server's answer has them.
func integers(v any) any {
	switch v := v.(type) {
	case float64:
		if n := int64(v); float64(n) == v {
			return n
		}
		return v
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = integers(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = integers(e)
		}
		return out
	default:
		return v
	}
}

// text formats a value for a message.
func text(v any) string {
	if v == nil {
		return ""
	}
	if s, ok := v.(string); ok {
		return s
	}
	return fmt.Sprint(v)
}

// snake returns a field's name as Terraform has it.
func snake(field string) string {
	var out strings.Builder
	for _, c := range field {
		if unicode.IsUpper(c) {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(c))
	}
	return out.String()
}
