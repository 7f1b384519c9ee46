package xpkg

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	pkgmetav1 "github.com/crossplane/crossplane/apis/v2/pkg/meta/v1"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/modfile"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	toolsxpkg "github.com/skerry-dev/skerry/test/tools/xpkg"
)

const (
	// schemasModule pins what composed resources are validated against.
	schemasModule = "test/tools/crds"
	providers     = "xpkg.crossplane.io/crossplane-contrib/"
	defaultsPath  = "functions/internal/catalog/defaults.yaml"
)

// bounds is the only form of a provider's range: from what we test to the next
// release that may break.
var bounds = regexp.MustCompile(`^>=(v\d+\.\d+\.\d+), <v\d+\.\d+\.\d+$`)

// TestProviderVersions compares the lowest providers that a platform may run with
// those whose schemas the tests know: a field that came later would be refused
// there.
func TestProviderVersions(t *testing.T) {
	pinned := requirements(t, schemasModule)
	openStack, version, _ := strings.Cut(toolsxpkg.OpenStackPackage, ":")
	want := map[string]string{
		openStack:                         version,
		providers + "provider-helm":       pinned["github.com/crossplane-contrib/provider-helm"],
		providers + "provider-kubernetes": pinned["github.com/crossplane-contrib/provider-kubernetes"],
	}
	for _, path := range []string{"crossplane.yaml", "package/namespaced/crossplane.yaml"} {
		got := map[string]string{}
		for _, d := range decode[pkgmetav1.Configuration](t, path)[0].Spec.DependsOn {
			if strings.HasPrefix(*d.Package, ownPackages) {
				continue
			}
			m := bounds.FindStringSubmatch(d.Version)
			if m == nil {
				t.Errorf("%s: %s: got version %q, want a range like %q", path, *d.Package, d.Version, ">=v1.2.3, <v2.0.0")
				continue
			}
			got[*d.Package] = m[1]
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: lowest providers: -tested, +allowed:\n%s", path, diff)
		}
	}
}

// TestCrossplaneVersions checks that schemas, API types, rights and the core that
// renders are of one Crossplane.
func TestCrossplaneVersions(t *testing.T) {
	const core, apis = "github.com/crossplane/crossplane/v2", "github.com/crossplane/crossplane/apis/v2"
	want := requirements(t, "test/tools/crossplane")[core]
	got := map[string]string{
		schemasModule:        requirements(t, schemasModule)[core],
		"the module's types": requirements(t, ".")[apis],
	}
	for where, version := range got {
		if version != want {
			t.Errorf("%s: got Crossplane %s, want %s, the one that test/tools/crossplane builds", where, version, want)
		}
	}
}

// TestOperatorVersion checks that the Platform installs the operator whose kinds
// the tests know. The provider versions that it is told to install are checked
// beside the function that says them.
func TestOperatorVersion(t *testing.T) {
	want := requirements(t, schemasModule)["sigs.k8s.io/cluster-api-operator"]
	for _, addon := range decode[v1alpha1.PlatformSpec](t, defaultsPath)[0].Addons {
		if addon.Name != "cluster-api-operator" {
			continue
		}
		if got := "v" + addon.Version; got != want {
			t.Errorf("%s: got operator %s, want %s, whose kinds the tests know", defaultsPath, got, want)
		}
		return
	}
	t.Errorf("cannot find the operator among the add-ons in %s", defaultsPath)
}

// requirements returns the versions that a module of the repository requires, by
// module.
func requirements(t *testing.T, dir string) map[string]string {
	t.Helper()
	path := filepath.Join(dir, "go.mod")
	f, err := modfile.Parse(path, []byte(read(t, filepath.Join(root(t), path))), nil)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, r := range f.Require {
		out[r.Mod.Path] = r.Mod.Version
	}
	return out
}
