package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/mod/modfile"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
)

// pinned returns the version of a module whose kinds the tests know.
func pinned(t *testing.T, module string) string {
	t.Helper()
	path := filepath.Join(root, "test/tools/crds/go.mod")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := modfile.Parse(path, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range f.Require {
		if r.Mod.Path == module {
			return r.Mod.Version
		}
	}
	t.Fatalf("test/tools/crds/go.mod doesn't pin module %q", module)
	return ""
}

// TestVersions: what is installed is what everything composed is checked
// against.
func TestVersions(t *testing.T) {
	for module, installed := range map[string]string{
		"sigs.k8s.io/cluster-api":                    clusterAPIVersion,
		"sigs.k8s.io/cluster-api-provider-openstack": openStackVersion,
	} {
		if known := pinned(t, module); known != installed {
			t.Errorf("%s: %s is installed, but the tests know the kinds of %s", module, installed, known)
		}
	}
}

// TestImageKind: the definition that we carry is upstream's, without the
// descriptions. `go test -update` takes it over anew.
func TestImageKind(t *testing.T) {
	if testing.Short() {
		t.Skip("it may download a module")
	}
	const module = "github.com/k-orc/openstack-resource-controller/v2"
	cmd := exec.Command("go", "mod", "download", "-json", module+"@"+pinned(t, module))
	cmd.Dir = filepath.Join(root, "test/tools/crds")
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("cannot download module %q: %v", module, err)
	}
	var m struct {
		Dir string `json:"Dir"`
	}
	if err := json.Unmarshal(out, &m); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(m.Dir, "config/crd/bases/openstack.k-orc.cloud_images.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	definition := map[string]any{}
	if err := yaml.Unmarshal(data, &definition); err != nil {
		t.Fatal(err)
	}
	short, err := yaml.Marshal(withoutDescriptions(definition))
	if err != nil {
		t.Fatal(err)
	}
	head := "# The kind Image of " + module + ", without descriptions.\n# Taken over by TestImageKind. DO NOT EDIT.\n"
	rendertest.Compare(t, "image-kind.yaml", append([]byte(head), short...))
}

// withoutDescriptions takes out the texts of a schema: four fifths of its size.
// A field that is called description is a map, and stays.
func withoutDescriptions(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, below := range v {
			if _, isText := below.(string); isText && k == "description" {
				delete(v, k)
				continue
			}
			v[k] = withoutDescriptions(below)
		}
	case []any:
		for i := range v {
			v[i] = withoutDescriptions(v[i])
		}
	}
	return v
}
