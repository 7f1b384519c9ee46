package packages

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCopyActive(t *testing.T) {
	root, from := t.TempDir(), t.TempDir()
	write := func(file, content string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const network = "networking.openstack.m.crossplane.io_networkv2s.yaml"
	write(filepath.Join(root, "package", "activation.yaml"), "spec: {activate: [networkv2s.networking.openstack.m.crossplane.io]}")
	for content, want := range map[string]string{
		"kind: CustomResourceDefinition\nspec: {names: {kind: NetworkV2}}": "",
		"# The release has moved it.":                                      network + " defines nothing",
	} {
		write(filepath.Join(from, network), content)
		to := filepath.Join(t.TempDir(), "crds")
		err := copyActive(root, from, to)
		if want != "" {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want an error that says %q", err, want)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(to, network)); err != nil || !strings.Contains(string(got), "kind: NetworkV2") {
			t.Errorf("got %s (error %v)", got, err)
		}
	}
}
