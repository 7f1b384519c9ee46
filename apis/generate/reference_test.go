package main

import (
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/utils/ptr"
)

// TestReferenceLinks proves that every link within the reference leads
// somewhere, and that no two fields share an anchor.
func TestReferenceLinks(t *testing.T) {
	text := string(read(t, referencePath))
	anchors := map[string]bool{}
	for _, m := range regexp.MustCompile(`<a id="([^"]+)">`).FindAllStringSubmatch(text, -1) {
		if anchors[m[1]] {
			t.Errorf("two fields have the anchor %q", m[1])
		}
		anchors[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		anchors[anchor(m[1])] = true
	}
	for _, m := range regexp.MustCompile(`\]\(#([^)]+)\)`).FindAllStringSubmatch(text, -1) {
		if !anchors[m[1]] {
			t.Errorf("nothing has the anchor %q", m[1])
		}
	}
}

func TestWalk(t *testing.T) {
	cases := map[string]struct {
		reason string
		schema extv1.JSONSchemaProps
		want   []row
	}{
		"RequiredFirst": {
			reason: "Required fields come before optional ones, each group in alphabetical order.",
			schema: extv1.JSONSchemaProps{
				Required: []string{"z"},
				Properties: map[string]extv1.JSONSchemaProps{
					"a": {Type: "boolean", Description: "May\nbe."},
					"z": {Type: "string", Description: "Must be."},
				},
			},
			want: []row{
				{Anchor: "kind-spec-z", Path: "spec.z", Type: "string", Default: "required", About: "Must be."},
				{Anchor: "kind-spec-a", Path: "spec.a", Type: "boolean", About: "May be."},
			},
		},
		"Immutable": {
			reason: "A field that a transition rule of its object keeps is immutable.",
			schema: extv1.JSONSchemaProps{
				XValidations: extv1.ValidationRules{{Rule: "self.a == oldSelf.a && self.b != oldSelf.b"}},
				Properties:   map[string]extv1.JSONSchemaProps{"a": {Type: "string"}, "b": {Type: "string"}},
			},
			want: []row{
				{Anchor: "kind-spec-a", Path: "spec.a", Type: "string, immutable"},
				{Anchor: "kind-spec-b", Path: "spec.b", Type: "string"},
			},
		},
		"Rules": {
			reason: "Limits and rules are told of a field and of its entries, safe for a table.",
			schema: extv1.JSONSchemaProps{Properties: map[string]extv1.JSONSchemaProps{
				"a": {
					Type:        "array",
					Description: "List.",
					MaxItems:    ptr.To[int64](3),
					Default:     &extv1.JSON{Raw: []byte(`["x"]`)},
					Items: &extv1.JSONSchemaPropsOrArray{Schema: &extv1.JSONSchemaProps{
						Type:         "string",
						Pattern:      "^(x|y)$",
						XValidations: extv1.ValidationRules{{Message: "must be x_y"}},
					}},
				},
			}},
			want: []row{{
				Anchor:  "kind-spec-a",
				Path:    "spec.a",
				Type:    "list of strings",
				Default: "`[\"x\"]`",
				About:   "List.<br>At most 3 entries.<br>Each: must match `^(x\\|y)$`.<br>Each: must be x\\_y",
			}},
		},
		"ObjectsInList": {
			reason: "The fields of a list's objects follow the list.",
			schema: extv1.JSONSchemaProps{Properties: map[string]extv1.JSONSchemaProps{
				"a": {Type: "array", Items: &extv1.JSONSchemaPropsOrArray{Schema: &extv1.JSONSchemaProps{
					Type:       "object",
					Properties: map[string]extv1.JSONSchemaProps{"b": {XIntOrString: true, Pattern: "^long$"}},
				}}},
			}},
			want: []row{
				{Anchor: "kind-spec-a", Path: "spec.a", Type: "list of objects"},
				{Anchor: "kind-spec-a-b", Path: "spec.a[].b", Type: "quantity"},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, walk("Kind", "spec", &tc.schema)); diff != "" {
				t.Errorf("%s\nwalk(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}
