package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skerry-dev/skerry/test/tools"
)

// The README shows a claim and what comes of it: both are what they are.
func TestReadmeShowsWhatIsRendered(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the Crossplane CLI and core, which takes minutes the first time")
	}
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	example := filepath.Join(root, "examples", "claims", "cluster.yaml")
	claim, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	_, spec, _ := strings.Cut(string(claim), "apiVersion:")
	if !strings.Contains(string(readme), "apiVersion:"+spec) {
		t.Errorf("the README doesn't show %s as it is", example)
	}
	var out bytes.Buffer
	if err := run(context.Background(), &out, options{claims: example, format: "table"}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readme), strings.TrimSpace(out.String())) {
		t.Errorf("the README doesn't show what make render prints:\n%s", out.String())
	}
}
