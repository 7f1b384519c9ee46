// Package charttest checks that the values which add-ons set exist in their
// charts: a key that a chart doesn't know is ignored by Helm without a word.
//
// It reads charts that lie on disk, in a folder for each chart with values.yaml
// and, where the chart has one, values.schema.json. It renders no templates.
package charttest

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// Check checks the values of each release of the chart in the set. It skips the
// test where the charts are missing, so call it in a test of its own.
func Check(t *testing.T, chart string, set render.Set) {
	t.Helper()
	c := load(t, chart)
	found := false
	for _, r := range set.Resources {
		rel, ok := r.Body.(*helm.Release)
		if !ok || rel.Spec.ForProvider.Chart.Name != chart {
			continue
		}
		found = true
		values, err := valuesOf(rel)
		if err != nil {
			t.Fatal(err)
		}
		for _, problem := range c.problems(values) {
			t.Errorf("release %q of chart %q: %s", r.Key, chart, problem)
		}
	}
	if !found {
		t.Errorf("the set has no release of chart %q", chart)
	}
}

// A chart is what is known of one.
type chart struct {
	name string
	// defaults from values.yaml.
	defaults map[string]any
	// schema is nil when the chart has none.
	schema *schema
}

// problems returns what is wrong with the values, as sentences in a fixed order.
func (c chart) problems(values map[string]any) []string {
	out := unknown(c.defaults, values, nil, undocumented[c.name])
	if c.schema != nil {
		out = append(out, c.schema.problems(overlay(c.defaults, values))...)
	}
	slices.Sort(out)
	return out
}

// load reads a chart, or skips the test when it isn't at hand.
func load(t *testing.T, name string) chart {
	t.Helper()
	f, err := find()
	if err != nil {
		t.Fatal(err)
	}
	if why := f.lacks(name); why != "" {
		t.Skipf("cannot check the values of chart %q: it %s. %s", name, why, remedy)
	}
	c, err := read(filepath.Join(f.path, name), name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// read reads a chart from its folder. One without values has no values.yaml.
func read(folder, name string) (chart, error) {
	c := chart{name: name, defaults: map[string]any{}}
	text, err := os.ReadFile(filepath.Join(folder, "values.yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		_, err = os.Stat(filepath.Join(folder, "Chart.yaml"))
	}
	if err != nil {
		return c, fmt.Errorf("cannot read the values of chart %q: %w", name, err)
	}
	if err := yaml.Unmarshal(text, &c.defaults); err != nil {
		return c, fmt.Errorf("cannot read the values of chart %q: %w", name, err)
	}
	text, err = os.ReadFile(filepath.Join(folder, "values.schema.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err == nil {
		c.schema, err = newSchema(text)
	}
	if err != nil {
		return c, fmt.Errorf("cannot read the schema of chart %q: %w", name, err)
	}
	return c, nil
}
