package xpkg

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	pkgmetav1 "github.com/crossplane/crossplane/apis/v2/pkg/meta/v1"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/package/xpkg"
)

// TestPackages builds all packages, publishes them, and checks what a registry
// then has.
func TestPackages(t *testing.T) {
	// A copy, so that nobody edits the sources between the first build and the
	// second.
	here := project(t, root(t))
	b := builder(t, here)
	pkgs, err := b.Build(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	prefix := serve(t)
	if err := b.Push(t.Context(), prefix, pkgs); err != nil {
		t.Fatal(err)
	}
	configuration := []string{"Configuration", "ManagedResourceActivationPolicy"}
	for _, kind := range []string{"CompositeResourceDefinition", "Composition"} {
		configuration = append(configuration, kind, kind, kind, kind)
	}
	function := []string{"Function", "CustomResourceDefinition"}
	archs := []string{"amd64", "arm64"}
	cases := map[string]struct {
		reason string
		kinds  []string
		archs  []string
	}{
		"skerry":                     {"has the parts at the root", configuration, nil},
		"skerry-namespaced":          {"has the parts below package/namespaced", configuration, nil},
		"function-kubernetescluster": {"has an input's schema", function, archs},
		"function-storage":           {"has an input's schema", function, archs},
		"function-exposure":          {"has an input's schema", function, archs},
		"function-platform":          {"has an input's schema", function, archs},
	}
	if diff := cmp.Diff(len(cases), len(pkgs)); diff != "" {
		t.Errorf("number of packages: -want, +got:\n%s", diff)
	}
	for pkg, tc := range cases {
		t.Run(pkg, func(t *testing.T) {
			images := pull(t, fmt.Sprintf("%s/%s:%s", prefix, pkg, version), tc.archs)
			for arch, img := range images {
				stream := packageStream(t, img)
				if diff := cmp.Diff(tc.kinds, kinds(t, stream)); diff != "" {
					t.Errorf("%s: kinds in the package: -want, +got:\n%s", tc.reason, diff)
				}
				lint(t, b.Crossplane, stream)
				if arch == "" {
					checkVersions(t, stream)
					continue
				}
				checkRuntime(t, img, pkg, arch)
			}
		})
	}
	t.Run("Reproducible", func(t *testing.T) { checkReproducible(t, here, b.Out) })
}

// checkReproducible builds the sources once more in another place, and compares
// the files with those of the first time.
func checkReproducible(t *testing.T, sources, first string) {
	t.Helper()
	again := builder(t, project(t, sources))
	if _, err := again.Build(t.Context()); err != nil {
		t.Fatal(err)
	}
	sums := checksums(t, first)
	if diff := cmp.Diff(sums, checksums(t, again.Out)); diff != "" {
		t.Errorf("the same sources must give the same files: -first, +second:\n%s", diff)
	}
	if want := 2 + 2*len(xpkg.Functions); len(sums) != want {
		t.Errorf("the output folder must hold packages only: want %d files, got %d", want, len(sums))
	}
}

// pull returns the package's images by architecture, or its only image as "".
func pull(t *testing.T, ref string, archs []string) map[string]v1.Image {
	t.Helper()
	r, err := name.ParseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	if len(archs) == 0 {
		img, err := remote.Image(r)
		if err != nil {
			t.Fatal(err)
		}
		return map[string]v1.Image{"": img}
	}
	idx, err := remote.Index(r)
	if err != nil {
		t.Fatal(err)
	}
	m, err := idx.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	out, platforms := map[string]v1.Image{}, []string{}
	for _, d := range m.Manifests {
		img, err := idx.Image(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		out[d.Platform.Architecture] = img
		platforms = append(platforms, d.Platform.OS+"/"+d.Platform.Architecture)
	}
	want := []string{}
	for _, a := range archs {
		want = append(want, "linux/"+a)
	}
	slices.Sort(platforms)
	if diff := cmp.Diff(want, platforms); diff != "" {
		t.Fatalf("platforms of the index: -want, +got:\n%s", diff)
	}
	return out
}

// checkVersions makes sure that a Configuration asks for the functions that were
// built with it, and leaves providers their range.
func checkVersions(t *testing.T, stream string) {
	t.Helper()
	meta := pkgmetav1.Configuration{}
	if err := yaml.Unmarshal([]byte(documents(stream)[0]), &meta); err != nil {
		t.Fatal(err)
	}
	for _, d := range meta.Spec.DependsOn {
		ours := strings.HasPrefix(*d.Package, ownPackages)
		if ours != (d.Version == version) {
			t.Errorf("%s: version %q", *d.Package, d.Version)
		}
	}
}

func checksums(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		out[e.Name()] = fmt.Sprintf("%x", sha256.Sum256([]byte(read(t, filepath.Join(dir, e.Name())))))
	}
	return out
}
