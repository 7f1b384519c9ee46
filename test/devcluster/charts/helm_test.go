package charts

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/test/tools"
)

// helm is Helm's command line, with folders of its own.
type helm struct {
	binary, home string
}

func newHelm(t *testing.T) helm {
	t.Helper()
	if testing.Short() {
		t.Skip("builds Helm")
	}
	binary, err := tools.Build(t.Context(), os.Stderr, "helm")
	if err != nil {
		t.Fatal(err)
	}
	return helm{binary: binary, home: t.TempDir()}
}

func (h helm) run(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), h.binary, args...)
	cmd.Dir = h.home
	cmd.Env = append(os.Environ(), "HOME="+h.home, "HELM_CACHE_HOME="+h.home+"/cache", "HELM_CONFIG_HOME="+h.home+"/config", "HELM_DATA_HOME="+h.home+"/data")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, stderr.String())
	}
	return string(out), nil
}

// an install is what Crossplane's provider for Helm does for a Release.
type install struct {
	chart, version, release, namespace string
	values                             map[string]any
	set                                []string
	flags                              []string
}

// template returns the manifests that an installation makes.
func (h helm) template(t *testing.T, packed []release, i install) (manifests, error) {
	t.Helper()
	dir := t.TempDir()
	args := []string{"template", i.release, archiveOf(t, packed, i, dir), "--namespace", i.namespace, "--values", filepath.Join(dir, "values.yaml")}
	for _, s := range i.set {
		args = append(args, "--set", s)
	}
	values, err := yaml.Marshal(i.values)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "values.yaml"), values, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := h.run(t, append(args, i.flags...)...)
	if err != nil {
		return nil, err
	}
	return read(t, out), nil
}

func archiveOf(t *testing.T, packed []release, i install, dir string) string {
	t.Helper()
	for _, p := range packed {
		if p.Name == i.chart && (p.Version == i.version || i.version == "") {
			file := filepath.Join(dir, p.FileName)
			if err := os.WriteFile(file, p.Data, 0o600); err != nil {
				t.Fatal(err)
			}
			return file
		}
	}
	t.Fatalf("chart %q %s is not served", i.chart, i.version)
	return ""
}

// manifests of a release, by kind and name.
type manifests map[string]map[string]any

// read reads manifests, and checks those of Kubernetes' own kinds: no unknown
// field, no field twice.
func read(t *testing.T, text string) manifests {
	t.Helper()
	known := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, apiextensionsv1.AddToScheme} {
		if err := add(known); err != nil {
			t.Fatal(err)
		}
	}
	decoder := serializer.NewCodecFactory(known, serializer.EnableStrict).UniversalDeserializer()
	out := manifests{}
	for doc := range strings.SplitSeq("\n"+text, "\n---\n") {
		m := map[string]any{}
		if err := yaml.Unmarshal([]byte(doc), &m); err != nil {
			t.Fatalf("not YAML: %v\n%s", err, doc)
		}
		if len(m) == 0 {
			continue
		}
		if _, _, err := decoder.Decode([]byte(doc), nil, nil); err != nil && !runtime.IsNotRegisteredError(err) {
			t.Errorf("%v\n%s", err, doc)
		}
		name, _ := m["metadata"].(map[string]any)["name"].(string)
		id := fmt.Sprint(m["kind"], " ", name)
		if out[id] != nil {
			t.Errorf("%s is there twice", id)
		}
		out[id] = m
	}
	return out
}

// as returns the manifests of a kind, by name.
func as[T any](t *testing.T, ms manifests, kind string) map[string]T {
	t.Helper()
	out := map[string]T{}
	for id, m := range ms {
		name, ok := strings.CutPrefix(id, kind+" ")
		if !ok {
			continue
		}
		var o T
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(m, &o); err != nil {
			t.Fatal(err)
		}
		out[name] = o
	}
	return out
}

// packAll packs every chart of the catalogue, once.
var packAll = sync.OnceValues(func() ([]release, error) {
	root, err := tools.Root()
	if err != nil {
		return nil, err
	}
	addons, err := catalogue(root)
	if err != nil {
		return nil, err
	}
	own, err := ownCharts(context.Background(), root)
	if err != nil {
		return nil, err
	}
	return releases(addons, own)
})

// everything returns every chart of the catalogue.
func everything(t *testing.T) []release {
	t.Helper()
	packed, err := packAll()
	if err != nil {
		t.Fatal(err)
	}
	return packed
}
