package render

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/test/crd"
	"github.com/skerry-dev/skerry/test/tools"
)

// project returns a Harness for a package of the project itself.
func project(t *testing.T, config func(root string) Config) *Harness {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the Crossplane CLI and core, which takes minutes the first time")
	}
	h, err := New(context.Background(), config(repo(t)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func repo(t *testing.T) string {
	t.Helper()
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// manifests returns the objects in a file of the repo.
func manifests(t *testing.T, path string) []map[string]any {
	t.Helper()
	objects, err := ReadFile(filepath.Join(repo(t), path))
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func platform(t *testing.T) map[string]any {
	t.Helper()
	return manifests(t, "examples/platform.yaml")[0]
}

// examples returns the claims of the kind. There must be one.
func examples(t *testing.T, kind string) []map[string]any {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(repo(t), "examples/claims/*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]any
	for _, file := range files {
		objects, err := ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, slices.DeleteFunc(objects, func(o map[string]any) bool { return kindOf(o) != kind })...)
	}
	if len(out) == 0 {
		t.Fatalf("cannot find an example of a %s", kind)
	}
	return out
}

func exampleNamed(t *testing.T, name string) map[string]any {
	t.Helper()
	for _, claim := range examples(t, "KubernetesCluster") {
		if nameOf(claim) == name {
			return claim
		}
	}
	t.Fatalf("cannot find example %q", name)
	return nil
}

// runningCluster returns the KubernetesCluster that a claim refers to as its
// team sees it, when its API answers.
func runningCluster(t *testing.T, h *Harness, claim map[string]any) map[string]any {
	t.Helper()
	cluster := runtime.DeepCopyJSON(exampleNamed(t, textAt(claim, "spec", "clusterRef", "name")))
	xr, err := h.Composite(cluster)
	if err != nil {
		t.Fatal(err)
	}
	if kindOf(xr) != kindOf(cluster) {
		cluster["spec"].(map[string]any)["resourceRef"] = map[string]any{
			"apiVersion": xr["apiVersion"], "kind": kindOf(xr), "name": nameOf(xr),
		}
	}
	// What the schema fills in, the team's object has too.
	maps.Copy(cluster["spec"].(map[string]any), defaulted(t, h, xr)["spec"].(map[string]any))
	cluster["status"] = map[string]any{"conditions": []any{
		map[string]any{"type": "ControlPlaneReady", "status": "True", "reason": "AllReplicasReady"},
	}}
	return cluster
}

// defaulted returns a composite as the API server stores it.
func defaulted(t *testing.T, h *Harness, xr map[string]any) map[string]any {
	t.Helper()
	s, err := crd.Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddXRDs(filepath.Join(h.config.Package, "apis")); err != nil {
		t.Fatal(err)
	}
	out, err := s.Default(xr)
	if err != nil {
		t.Fatal(err)
	}
	delete(out["spec"].(map[string]any), "claimRef")
	return out
}

// goldenKeys returns the keys of the golden for a cluster at its level.
func goldenKeys(t *testing.T, xr map[string]any) []string {
	t.Helper()
	name := textAt(xr, "spec", "claimRef", "name")
	if name == "" {
		name = nameOf(xr)
	}
	file := name + "-" + strings.ToLower(textAt(xr, "status", "serviceLevel", "name")) + ".txt"
	data, err := os.ReadFile(filepath.Join(repo(t), "functions/kubernetescluster/testdata/levels", file))
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		keys[strings.Fields(line)[0]] = true
	}
	return slices.Sorted(maps.Keys(keys))
}

// keysOf returns the composition-resource-names of composed resources.
func keysOf(composed []map[string]any) []string {
	out := make([]string, 0, len(composed))
	for _, o := range composed {
		out = append(out, Key(&unstructured.Unstructured{Object: o}))
	}
	slices.Sort(out)
	return out
}

// withoutHashes takes the hashes of contents out of keys. The goldens are of the
// default package; without claims everything has another name, and what is
// pretended to exist has another id, which templates then carry.
func withoutHashes(keys []string) []string {
	out := make([]string, 0, len(keys))
	for _, k := range keys {
		out = append(out, WithoutHash(k))
	}
	return out
}

func textAt(o map[string]any, fields ...string) string {
	s, _, _ := unstructured.NestedString(o, fields...)
	return s
}

// conditionOf returns the status of a condition, or "".
func conditionOf(o map[string]any, conditionType string) string {
	conditions, _, _ := unstructured.NestedSlice(o, "status", "conditions")
	for _, c := range conditions {
		if m, _ := c.(map[string]any); m["type"] == conditionType {
			return textAt(m, "status")
		}
	}
	return ""
}
