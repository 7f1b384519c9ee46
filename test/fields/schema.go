package fields

import (
	"maps"
	"slices"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// OfSchema returns the paths of all fields that the schema of path knows.
func OfSchema(path string, s *extv1.JSONSchemaProps) []string {
	if s.Items != nil {
		return OfSchema(path+"[]", s.Items.Schema)
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
		return OfSchema(path+"{}", s.AdditionalProperties.Schema)
	}
	var out []string
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		field := s.Properties[name]
		at := path + "." + name
		out = append(out, at)
		out = append(out, OfSchema(at, &field)...)
	}
	return out
}
