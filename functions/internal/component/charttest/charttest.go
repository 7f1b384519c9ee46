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

// load reads a chart, or skips the test when no charts are there at all.
func load(t *testing.T, name string) chart {
	t.Helper()
	folder := os.Getenv("CHARTS_DIR")
	if folder == "" {
		root, err := repository()
		if err != nil {
			t.Fatal(err)
		}
		folder = filepath.Join(root, ".cache", "charts")
		if _, err := os.Stat(folder); err != nil {
			t.Skip("there are no charts to check the values against: run `make charts`, or set CHARTS_DIR to a folder with <chart>/values.yaml")
		}
	}
	c, err := read(filepath.Join(folder, name), name)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func read(folder, name string) (chart, error) {
	c := chart{name: name, defaults: map[string]any{}}
	text, err := os.ReadFile(filepath.Join(folder, "values.yaml"))
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

// repository returns the folder with go.mod: tests run in their package's.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("cannot find go.mod in any folder above")
		}
		dir = parent
	}
}
