package charttest

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestChartsAtHand says which charts the tests of add-ons check values against,
// and skips when there are none: some machines have no internet.
func TestChartsAtHand(t *testing.T) {
	f, err := find()
	if err != nil {
		t.Fatal(err)
	}
	var checked, not []string
	for _, name := range slices.Sorted(maps.Keys(catalogue())) {
		why := f.lacks(name)
		if _, err := os.Stat(filepath.Join(f.path, name)); err != nil && f.named {
			why = "isn't there"
		}
		if why != "" {
			not = append(not, name+" "+why)
			continue
		}
		if _, err := read(filepath.Join(f.path, name), name); err != nil {
			t.Error(err)
		}
		checked = append(checked, name)
	}
	if len(checked) == 0 && !t.Failed() {
		t.Skipf("no values of add-ons are checked: %s holds none of their charts at the catalogue's versions. %s", f.path, remedy)
	}
	t.Logf("values are checked against %d charts in %s: %s", len(checked), f.path, strings.Join(checked, ", "))
	if len(not) > 0 {
		t.Logf("values are not checked against %d charts: %s. %s", len(not), strings.Join(not, "; "), remedy)
	}
}

func TestLacks(t *testing.T) {
	version := catalogue()["cilium"]
	if version == "" {
		t.Fatal("the catalogue should have cilium")
	}
	cases := map[string]struct {
		reason string
		stamp  string
		named  bool
		want   string
	}{
		"Missing": {"A chart that isn't there is not downloaded.", "", false, "was not downloaded"},
		"Current": {"A chart at the catalogue's version will do.", version + " https://helm.cilium.io\n", false, ""},
		"Stale":   {"A chart of another version says nothing about ours.", "0.1.0 https://helm.cilium.io\n", false, `was downloaded at version "0.1.0", and the catalogue has "` + version + `"`},
		"Named":   {"A person's own folder has no versions.", "", true, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := folder{path: t.TempDir(), named: tc.named}
			if tc.stamp != "" {
				write(t, filepath.Join(f.path, "cilium", "VERSION"), tc.stamp)
			}
			if got := f.lacks("cilium"); got != tc.want {
				t.Errorf("%s\ngot  %s\nwant %s", tc.reason, got, tc.want)
			}
		})
	}
}

func TestReadWithoutValues(t *testing.T) {
	dir := t.TempDir()
	if _, err := read(dir, "x"); err == nil {
		t.Error("a folder that holds no chart should be an error")
	}
	write(t, filepath.Join(dir, "Chart.yaml"), "name: x\n")
	c, err := read(dir, "x")
	if err != nil {
		t.Fatalf("a chart may have no values.yaml: %v", err)
	}
	if got := c.problems(map[string]any{"a": 1}); len(got) != 1 {
		t.Errorf("any value should be unknown to a chart without values, got %q", got)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
