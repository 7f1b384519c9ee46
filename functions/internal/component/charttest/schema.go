package charttest

import (
	"encoding/json"
	"fmt"
	"strings"

	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kube-openapi/pkg/validation/strfmt"
	"k8s.io/kube-openapi/pkg/validation/validate"
)

// A schema is a chart's values.schema.json. It is checked with the validator of
// Kubernetes, which knows every keyword that these schemas use but "const".
type schema struct{ validator *validate.SchemaValidator }

func newSchema(text []byte) (*schema, error) {
	root := map[string]any{}
	if err := json.Unmarshal(text, &root); err != nil {
		return nil, err
	}
	flat, err := inline(root, root, 0)
	if err != nil {
		return nil, err
	}
	text, err = json.Marshal(flat)
	if err != nil {
		return nil, err
	}
	s := &spec.Schema{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, err
	}
	return &schema{validate.NewSchemaValidator(s, nil, "", strfmt.Default)}, nil
}

// problems returns what the schema says against the values. Nulls are left out:
// the validator doesn't find one in an enum that has it.
func (s *schema) problems(values map[string]any) []string {
	var out []string
	for _, err := range s.validator.Validate(withoutNulls(values)).Errors {
		out = append(out, "the schema says: "+err.Error())
	}
	return out
}

func withoutNulls(values map[string]any) map[string]any {
	out := make(map[string]any, len(values))
	for k, v := range values {
		if m, ok := v.(map[string]any); ok {
			v = withoutNulls(m)
		}
		if v != nil {
			out[k] = v
		}
	}
	return out
}

// maxDepth stops references that go round in a circle.
const maxDepth = 100

// inline puts the schemas that references name in the references' places: the
// validator knows no references.
func inline(root map[string]any, node any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("references go deeper than %d levels", maxDepth)
	}
	switch n := node.(type) {
	case map[string]any:
		if ref, ok := n["$ref"].(string); ok {
			target, err := resolve(root, ref)
			if err != nil {
				return nil, err
			}
			return inline(root, target, depth+1)
		}
		return inlineMap(root, n, depth)
	case []any:
		out := make([]any, len(n))
		for i := range n {
			v, err := inline(root, n[i], depth+1)
			if err != nil {
				return nil, err
			}
			out[i] = v
		}
		return out, nil
	}
	return node, nil
}

func inlineMap(root, n map[string]any, depth int) (any, error) {
	out := make(map[string]any, len(n))
	for k, v := range n {
		// The validator takes no other schema's names, and needs none any more.
		if k == "$schema" || k == "$id" || k == "$defs" || k == "definitions" {
			continue
		}
		sub, err := inline(root, v, depth+1)
		if err != nil {
			return nil, err
		}
		out[k] = sub
	}
	return out, nil
}

// resolve returns what a reference within the document names: "#/$defs/name".
func resolve(root map[string]any, ref string) (any, error) {
	path, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return nil, fmt.Errorf("cannot resolve reference %q: it leads out of the document", ref)
	}
	var at any = root
	for key := range strings.SplitSeq(path, "/") {
		m, ok := at.(map[string]any)
		if !ok || m[key] == nil {
			return nil, fmt.Errorf("cannot resolve reference %q", ref)
		}
		at = m[key]
	}
	return at, nil
}
