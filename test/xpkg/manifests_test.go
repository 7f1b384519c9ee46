package xpkg

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	apiextensionsv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	pkgmetav1 "github.com/crossplane/crossplane/apis/v2/pkg/meta/v1"
	pkgv1beta1 "github.com/crossplane/crossplane/apis/v2/pkg/v1beta1"
	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/package/xpkg"
)

const ownPackages = "xpkg.crossplane.io/skerry-dev/"

// decode returns the documents of a file of the repository as T. A field that T
// doesn't have fails the test.
func decode[T any](t *testing.T, path string) []T {
	t.Helper()
	return decodeWith[T](t, path, yaml.DisallowUnknownFields)
}

// decodeLoose is like decode, for a T that has just the fields of interest.
func decodeLoose[T any](t *testing.T, path string) []T {
	t.Helper()
	return decodeWith[T](t, path)
}

func decodeWith[T any](t *testing.T, path string, opts ...yaml.JSONOpt) []T {
	t.Helper()
	var out []T
	for _, doc := range documents(read(t, filepath.Join(root(t), path))) {
		var o T
		if err := yaml.Unmarshal([]byte(doc), &o, opts...); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		out = append(out, o)
	}
	return out
}

// glob returns the paths within the repository that match the pattern. There
// must be one.
func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := fs.Glob(os.DirFS(root(t)), pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("no file matches %s: %v", pattern, err)
	}
	return found
}

func TestConfigurationsDependOnTheSame(t *testing.T) {
	claims := decode[pkgmetav1.Configuration](t, "crossplane.yaml")[0]
	namespaced := decode[pkgmetav1.Configuration](t, "package/namespaced/crossplane.yaml")[0]
	if diff := cmp.Diff(claims.Spec, namespaced.Spec); diff != "" {
		t.Errorf("both packages must work on the same Crossplane, providers and functions: -default, +namespaced:\n%s", diff)
	}
	got := map[string]bool{}
	for _, d := range claims.Spec.DependsOn {
		if fn, ours := strings.CutPrefix(*d.Package, ownPackages); ours {
			got[fn] = true
		}
	}
	want := map[string]bool{}
	for _, fn := range xpkg.Functions {
		want["function-"+fn] = true
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a Configuration must install every function that is built: -want, +got:\n%s", diff)
	}
}

func TestFunctionsCanCompose(t *testing.T) {
	for _, fn := range xpkg.Functions {
		t.Run(fn, func(t *testing.T) {
			f := decode[pkgmetav1.Function](t, "package/functions/"+fn+"/crossplane.yaml")[0]
			if want := "function-" + fn; f.Name != want {
				t.Errorf("name: want %q, got %q", want, f.Name)
			}
			if diff := cmp.Diff([]string{pkgmetav1.FunctionCapabilityComposition}, f.Spec.Capabilities); diff != "" {
				t.Errorf("Crossplane asks for the capability before it calls a function: -want, +got:\n%s", diff)
			}
		})
	}
}

// TestCompositionsCallOurFunctions compares the names that compositions call
// with those under which Crossplane installs a dependency: the repository's path
// with dashes, here "skerry-dev-function-storage".
func TestCompositionsCallOurFunctions(t *testing.T) {
	for _, pattern := range []string{"compositions/*.yaml", "package/namespaced/compositions/*.yaml"} {
		called := map[string]bool{}
		for _, path := range glob(t, pattern) {
			for _, c := range decode[apiextensionsv1.Composition](t, path) {
				for _, step := range c.Spec.Pipeline {
					called[step.FunctionRef.Name] = true
				}
			}
		}
		want := map[string]bool{}
		for _, fn := range xpkg.Functions {
			want["skerry-dev-function-"+fn] = true
		}
		if diff := cmp.Diff(want, called); diff != "" {
			t.Errorf("%s: functions: -installed, +called:\n%s", pattern, diff)
		}
	}
}

func TestAnnotations(t *testing.T) {
	paths := []string{"crossplane.yaml", "package/namespaced/crossplane.yaml"}
	for _, fn := range xpkg.Functions {
		paths = append(paths, "package/functions/"+fn+"/crossplane.yaml")
	}
	for _, path := range paths {
		meta := decode[pkgmetav1.Configuration](t, path)[0]
		for _, a := range []string{"maintainer", "source", "license", "description", "readme"} {
			if meta.Annotations["meta.crossplane.io/"+a] == "" {
				t.Errorf("%s has no annotation meta.crossplane.io/%s", path, a)
			}
		}
	}
}

// TestRuntimeConfig checks that the optional runtime configuration reaches all
// functions, and that its fields exist.
func TestRuntimeConfig(t *testing.T) {
	docs := documents(read(t, filepath.Join(root(t), "package/runtime/functions.yaml")))
	cfg, img := pkgv1beta1.DeploymentRuntimeConfig{}, pkgv1beta1.ImageConfig{}
	if err := yaml.UnmarshalStrict([]byte(docs[0]), &cfg); err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict([]byte(docs[1]), &img); err != nil {
		t.Fatal(err)
	}
	if got := img.Spec.Runtime.ConfigReference.Name; got != cfg.Name {
		t.Errorf("the ImageConfig must refer to %q, got %q", cfg.Name, got)
	}
	for _, fn := range xpkg.Functions {
		if image := ownPackages + "function-" + fn; !strings.HasPrefix(image, img.Spec.MatchImages[0].Prefix) {
			t.Errorf("the ImageConfig must match %q", image)
		}
	}
}
