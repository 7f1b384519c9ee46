package charttest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/functions/internal/external/helm"
)

const defaultsYAML = `
replicas: 1
image: {repository: example, tag: ""}
resources: {}
config:
nodeSelector: {kubernetes.io/os: linux}
tolerations: []
affinity: ""
`

const schemaJSON = `{
  "$schema": "http://json-schema.org/draft-07/schema#",
  "$ref": "#/$defs/values",
  "$defs": {
    "values": {"type": "object", "properties": {"replicas": {"$ref": "#/$defs/count"}, "image": {"type": "object", "additionalProperties": false, "properties": {"repository": {"type": "string"}, "tag": {"type": ["string", "null"]}}}}},
    "count": {"type": "integer", "minimum": 1}
  }
}`

func TestProblems(t *testing.T) {
	cases := map[string]struct {
		reason string
		values string
		want   []string
	}{
		"Known": {
			reason: "Keys of the chart are fine, and so is anything below an empty map or null.",
			values: "{replicas: 2, image: {tag: v1}, resources: {requests: {cpu: 1}}, config: {any: {thing: 1}}, tolerations: [{operator: Exists}]}",
		},
		"Unknown": {
			reason: "A key that the chart doesn't have is named with its whole path.",
			values: "{replicaCount: 2, image: {name: x}}",
			want: []string{
				"image.name is not a value of the chart",
				"replicaCount is not a value of the chart",
				`the schema says: image.name in body is a forbidden property`,
			},
		},
		"OtherShape": {
			reason: "A map can't stand for a scalar, nor a scalar for a map.",
			values: "{replicas: {min: 1}, nodeSelector: linux}",
			want: []string{
				"nodeSelector is a map in the chart, not a string",
				"replicas is a float64 in the chart, not a map",
				`the schema says: replicas in body must be of type integer: "object"`,
			},
		},
		"EmptyText": {
			reason: "Charts write an empty text where a map can stand.",
			values: "{affinity: {nodeAffinity: {}}}",
		},
		"Free": {
			reason: "What templates read without a default is in the list.",
			values: "{hidden: {a: {b: 1}}}",
		},
		"SchemaOfOverlay": {
			reason: "The schema sees the defaults too, and a null takes a default away.",
			values: "{replicas: 0, image: {tag: null}}",
			want:   []string{"the schema says: replicas in body should be greater than or equal to 1"},
		},
	}
	undocumented["test"] = []string{"hidden"}
	t.Cleanup(func() { delete(undocumented, "test") })
	s, err := newSchema([]byte(schemaJSON))
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := chart{name: "test", defaults: decode(t, defaultsYAML), schema: s}
			if diff := cmp.Diff(tc.want, c.problems(decode(t, tc.values))); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestValuesOf(t *testing.T) {
	r := helm.NewRelease("ns", "r")
	r.Spec.ForProvider.Values = map[string]any{"a": map[string]any{"b": int64(1)}}
	r.Spec.ForProvider.Set = []helm.SetValue{{Name: `a.cloud\.conf`}, {Name: "c"}}
	got, err := valuesOf(r)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"a": map[string]any{"b": float64(1), "cloud.conf": fromSecret}, "c": fromSecret}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNewSchemaRefuses(t *testing.T) {
	cases := map[string]struct {
		reason string
		schema string
	}{
		"Circle":  {"A circle of references ends in an error.", `{"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}`},
		"Outside": {"Other documents aren't fetched.", `{"$ref": "https://example.org/schema.json"}`},
		"Missing": {"A reference must name something.", `{"$ref": "#/$defs/a"}`},
		"Broken":  {"It must be JSON.", `{`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := newSchema([]byte(tc.schema)); err == nil {
				t.Errorf("%s: want an error", tc.reason)
			}
		})
	}
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	m := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}
