// Package rendertest compares what components render with golden files.
package rendertest

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/functions/internal/render"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Golden renders twice, checks that both are equal byte for byte, and compares
// them with testdata/<name>.yaml. `go test -update` rewrites the file.
func Golden(t *testing.T, name string, renderer func() (render.Set, error)) {
	t.Helper()
	first, second := text(t, renderer), text(t, renderer)
	if !bytes.Equal(first, second) {
		t.Fatalf("rendering twice gives different bytes:\n%s", cmp.Diff(string(first), string(second)))
	}
	Compare(t, filepath.Join("testdata", name+".yaml"), first)
}

// Compare compares bytes with a golden file, or rewrites it.
func Compare(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("no golden file: run make generate and read what it writes: %v", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s: -want +got (rewrite with -update):\n%s", path, diff)
	}
}

func text(t *testing.T, renderer func() (render.Set, error)) []byte {
	t.Helper()
	set, err := renderer()
	if err != nil {
		t.Fatalf("cannot render: %v", err)
	}
	var b bytes.Buffer
	for _, r := range set.Resources {
		fmt.Fprintf(&b, "---\n# %s\n", r.Key)
		comment(&b, "after", r.After)
		comment(&b, "uses", r.Uses)
		if r.Awaits != "" {
			fmt.Fprintf(&b, "# awaits %s\n", r.Awaits)
			continue
		}
		m, err := render.Encode(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		y, err := yaml.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(y)
	}
	for _, f := range set.Families {
		fmt.Fprintf(&b, "---\n# family %s withdraw=%t\n", f.Prefix, f.Withdraw)
	}
	return b.Bytes()
}

func comment(b *bytes.Buffer, what string, keys []string) {
	for _, k := range keys {
		fmt.Fprintf(b, "# %s %s\n", what, k)
	}
}
