package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/skerry-dev/skerry/test/crd"
)

// docText returns a page below docs.
func docText(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root(t), "docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

var firstCell = regexp.MustCompile("^\\| `([A-Za-z]+)`")

// named returns the names in the first column of the table with this head, sorted and
// each once.
func named(t *testing.T, page, head string) []string {
	t.Helper()
	_, after, found := strings.Cut(page, head+"\n")
	if !found {
		t.Fatalf("there is no table %q", head)
	}
	table, _, _ := strings.Cut(after, "\n\n")
	var out []string
	for line := range strings.Lines(table) {
		if m := firstCell.FindStringSubmatch(line); m != nil {
			out = append(out, m[1])
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Whoever is on call finds every condition of the API, and none that there isn't.
func TestEveryConditionIsExplained(t *testing.T) {
	all := named(t, docText(t, "reference/api.md"), "| Condition | Meaning |")
	if len(all) == 0 {
		t.Fatal("the reference names no conditions")
	}
	if diff := cmp.Diff(all, named(t, docText(t, "guides/engineers.md"), "| condition | False means | look at |")); diff != "" {
		t.Errorf("conditions in docs/guides/engineers.md: -all +explained:\n%s", diff)
	}
}

// A team reads of every phase that its cluster can be in.
func TestEveryPhaseIsNamed(t *testing.T) {
	set, err := crd.Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := set.AddXRDs(filepath.Join(root(t), "apis")); err != nil {
		t.Fatal(err)
	}
	cluster, err := set.Schema(schema.GroupVersionKind{Group: "skerry.dev", Version: "v1alpha1", Kind: "KubernetesCluster"})
	if err != nil {
		t.Fatal(err)
	}
	phases := cluster.Properties["status"].Properties["phase"].Enum
	if len(phases) == 0 {
		t.Fatal("the schema names no phases")
	}
	_, about, _ := strings.Cut(docText(t, "guides/application-teams.md"), "`status.phase` is one word")
	about, _, _ = strings.Cut(about, "\n\n")
	for _, p := range phases {
		if name := "`" + strings.Trim(string(p.Raw), `"`) + "`"; !strings.Contains(about, name) {
			t.Errorf("docs/guides/application-teams.md doesn't name phase %s", name)
		}
	}
}
