package alerts_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/test/crd"
)

// metrics is custom-resource-state.yaml, as far as it uses what kube-state-metrics can
// read.
type metrics struct {
	Kind string `json:"kind"`
	Spec struct {
		Resources []resource `json:"resources"`
	} `json:"spec"`
}

type resource struct {
	GroupVersionKind schema.GroupVersionKind `json:"groupVersionKind"`
	Prefix           string                  `json:"metricNamePrefix"`
	LabelsFromPath   map[string][]string     `json:"labelsFromPath"`
	Metrics          []metric                `json:"metrics"`
}

type metric struct {
	Name string `json:"name"`
	Help string `json:"help"`
	Each struct {
		Type  string `json:"type"`
		Gauge *value `json:"gauge"`
		Info  *value `json:"info"`
	} `json:"each"`
}

// value says where a metric is read: one for each element where Path leads to a list,
// with paths of labels and of the value that begin there.
type value struct {
	Path           []string            `json:"path"`
	LabelsFromPath map[string][]string `json:"labelsFromPath"`
	ValueFrom      []string            `json:"valueFrom"`
	NilIsZero      bool                `json:"nilIsZero"`
}

// missing returns what the metrics of a resource read and its schema doesn't have.
func missing(root *extv1.JSONSchemaProps, r *resource) error {
	errs := []error{scalars("", root, r.LabelsFromPath)}
	for _, m := range r.Metrics {
		from, infos := m.Each.Gauge, false
		if from == nil {
			from, infos = m.Each.Info, true
		}
		if from == nil {
			errs = append(errs, fmt.Errorf("%s reads nothing", m.Name))
			continue
		}
		at, err := walk(root, from.Path)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s, path: %w", m.Name, err))
			continue
		}
		if at.Type == "array" {
			at = at.Items.Schema
		}
		errs = append(errs, scalars(m.Name+", ", at, from.LabelsFromPath))
		if !infos {
			errs = append(errs, scalars(m.Name+", ", at, map[string][]string{"its value": from.ValueFrom}))
		}
	}
	return errors.Join(errs...)
}

// scalars returns an error for each path that leads to nothing, or to no single value.
func scalars(prefix string, from *extv1.JSONSchemaProps, paths map[string][]string) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(paths)) {
		at, err := walk(from, paths[name])
		if err == nil && !at.XIntOrString && !slices.Contains([]string{"string", "integer", "number", "boolean"}, at.Type) {
			err = fmt.Errorf("%v is of type %s, no single value", paths[name], at.Type)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s%s: %w", prefix, name, err))
		}
	}
	return errors.Join(errs...)
}

// walk follows a path as kube-state-metrics does: a name is a field, and [name=value] the
// element of a list whose field has that value.
func walk(from *extv1.JSONSchemaProps, path []string) (*extv1.JSONSchemaProps, error) {
	at := from
	for i, part := range path {
		next, err := step(at, part)
		if err != nil {
			return nil, fmt.Errorf("%v: %w", path[:i+1], err)
		}
		at = next
	}
	return at, nil
}

func step(at *extv1.JSONSchemaProps, part string) (*extv1.JSONSchemaProps, error) {
	if lookup, ok := strings.CutPrefix(part, "["); ok {
		key, _, _ := strings.Cut(strings.TrimSuffix(lookup, "]"), "=")
		if at.Type != "array" {
			return nil, fmt.Errorf("what %s looks through is no list", part)
		}
		_, err := step(at.Items.Schema, key)
		return at.Items.Schema, err
	}
	next, ok := at.Properties[part]
	if !ok {
		return nil, fmt.Errorf("there is no field %q", part)
	}
	return &next, nil
}

// schemaOf is the schema of a kind. Of metadata a CRD says no more than that it is there.
func schemaOf(t *testing.T, set *crd.Set, k schema.GroupVersionKind) *extv1.JSONSchemaProps {
	t.Helper()
	s, err := set.Schema(k)
	if err != nil {
		t.Fatal(err)
	}
	s = s.DeepCopy()
	s.Properties["metadata"] = extv1.JSONSchemaProps{Type: "object", Properties: map[string]extv1.JSONSchemaProps{
		"name": {Type: "string"}, "namespace": {Type: "string"},
	}}
	return s
}

// packages are the two ways in which the API is installed.
func packages(t *testing.T) map[string]*crd.Set {
	t.Helper()
	out := map[string]*crd.Set{}
	for _, dir := range []string{"apis", "package/namespaced/apis"} {
		set, err := crd.Load()
		if err != nil {
			t.Fatal(err)
		}
		if err := set.AddXRDs(filepath.Join(root(t), dir)); err != nil {
			t.Fatal(err)
		}
		out[dir] = set
	}
	return out
}

// Metrics read just fields that there are.
func TestFields(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join(root(t), "package", "metrics", "custom-resource-state.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var config metrics
	// What these types don't know this test would not check.
	if err := yaml.UnmarshalStrict(raw, &config); err != nil {
		t.Fatal(err)
	}
	for dir, set := range packages(t) {
		for _, r := range config.Spec.Resources {
			if err := missing(schemaOf(t, set, r.GroupVersionKind), &r); err != nil {
				t.Errorf("%s of %s: %v", r.GroupVersionKind.Kind, dir, err)
			}
		}
	}
}

// A field that there isn't is found wherever it is named.
func TestFieldsThatThereAreNot(t *testing.T) {
	set := packages(t)["apis"]
	cases := map[string]struct {
		reason, config string
		want           string
	}{
		"Right":        {"what there is", `{metrics: [{name: m, each: {gauge: {path: [status, nodePools], labelsFromPath: {pool: [name]}, valueFrom: [ready]}}}]}`, ""},
		"Quantity":     {"kube-state-metrics reads 5Gi too", `{metrics: [{name: m, each: {gauge: {path: [status, backup, lastSize]}}}]}`, ""},
		"Lookup":       {"an element of a list", `{metrics: [{name: m, each: {gauge: {path: [status, conditions, "[type=Ready]", status]}}}]}`, ""},
		"Path":         {"a typo on the way", `{metrics: [{name: m, each: {gauge: {path: [status, backups, lastSuccess]}}}]}`, `m, path: [status backups]: there is no field "backups"`},
		"Last":         {"a typo at its end", `{metrics: [{name: m, each: {gauge: {path: [status, backup, lastSucces]}}}]}`, `m, path: [status backup lastSucces]: there is no field "lastSucces"`},
		"ValueFrom":    {"in the value", `{metrics: [{name: m, each: {gauge: {path: [status, nodePools], valueFrom: [count]}}}]}`, `m, its value: [count]: there is no field "count"`},
		"Label":        {"in a label", `{metrics: [{name: m, each: {gauge: {path: [status, nodePools], labelsFromPath: {pool: [nam]}, valueFrom: [ready]}}}]}`, `m, pool: [nam]: there is no field "nam"`},
		"Info":         {"in a label of an info", `{metrics: [{name: m, each: {info: {labelsFromPath: {cloud: [spec, clouds]}}}}]}`, `m, cloud: [spec clouds]: there is no field "clouds"`},
		"CommonLabel":  {"in a label of all", `{labelsFromPath: {name: [metadata, nam]}}`, `name: [metadata nam]: there is no field "nam"`},
		"LookupKey":    {"in what a list is looked through by", `{metrics: [{name: m, each: {gauge: {path: [status, conditions, "[kind=Ready]", status]}}}]}`, `m, path: [status conditions [kind=Ready]]: there is no field "kind"`},
		"LookupNoList": {"where no list is", `{metrics: [{name: m, each: {gauge: {path: [status, backup, "[name=a]"]}}}]}`, `m, path: [status backup [name=a]]: what [name=a] looks through is no list`},
		"Object":       {"what has no single value", `{metrics: [{name: m, each: {gauge: {path: [status, backup]}}}]}`, `m, its value: [] is of type object, no single value`},
		"Nothing":      {"neither gauge nor info", `{metrics: [{name: m}]}`, `m reads nothing`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var r resource
			if err := yaml.UnmarshalStrict([]byte(tc.config), &r); err != nil {
				t.Fatal(err)
			}
			got := ""
			if err := missing(schemaOf(t, set, schema.GroupVersionKind{Group: "skerry.dev", Version: "v1alpha1", Kind: "KubernetesCluster"}), &r); err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("%s: got %q, want %q", tc.reason, got, tc.want)
			}
		})
	}
}
