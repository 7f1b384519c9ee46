package charts

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/package/charts/archive"
	"github.com/skerry-dev/skerry/test/tools"
)

func root(t *testing.T) string {
	t.Helper()
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// ours are charts with the names of our own, without their content.
func ours() []archive.Chart {
	head := []archive.File{{Path: "Chart.yaml", Data: []byte("{}")}}
	return []archive.Chart{
		{Name: "openstack-credentials", Version: "0.1.0", Files: head},
		{Name: "bucket-credentials", Version: "0.1.0", Files: head},
		{Name: "encryption-key", Version: "0.1.0", Files: head},
		{Name: "etcd-snapshots", Version: "0.1.0", Files: head},
		{Name: "upgrade-checks", Version: "0.1.0", Files: head},
		{Name: "gateway-api-crds", Version: "1.5.1", Files: head},
	}
}

// TestStandIns: every chart of the catalogue can be served, and no stand-in is
// left over.
func TestStandIns(t *testing.T) {
	addons, err := catalogue(root(t))
	if err != nil {
		t.Fatal(err)
	}
	own := ours()
	var want []string
	for _, a := range addons {
		// Their versions are compared in package/charts.
		for i := range own {
			if own[i].Name == a.Chart {
				own[i].Version = a.Version
			}
		}
		if a.Repository != "oci://ghcr.io/skerry-dev/charts" {
			want = append(want, a.Chart)
		}
	}
	if _, err := releases(addons, own); err != nil {
		t.Error(err)
	}
	entries, err := files.ReadDir("stand-ins")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stand-ins: -catalogue +folders:\n%s", diff)
	}
}

func TestReleasesRefuses(t *testing.T) {
	tests := map[string]struct {
		reason string
		addon  v1alpha1.Addon
		want   string
	}{
		"Unknown": {"Nobody knows what the chart would bring.", v1alpha1.Addon{Chart: "x", Version: "1.0.0"}, `cannot serve chart "x" 1.0.0: it has no stand-in`},
		"Ours":    {"Our charts are served as they are, at one version.", v1alpha1.Addon{Chart: "gateway-api-crds", Version: "9.0.0"}, "package/charts has it at 1.5.1"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := releases([]v1alpha1.Addon{tc.addon}, ours())
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s Want an error with %q, got %v", tc.reason, tc.want, err)
			}
		})
	}
}

// TestPublish shows which documents there are for two repositories.
func TestPublish(t *testing.T) {
	packed, err := releases([]v1alpha1.Addon{
		{Chart: "cilium", Repository: "https://helm.cilium.io", Version: "1.0.0", KubernetesVersions: []v1alpha1.AddonKubernetesVersion{{Version: "1.1.0"}, {ImageTag: "x"}}},
		{Name: "another", Chart: "cilium", Repository: "https://helm.cilium.io", Version: "1.1.0"},
		{Chart: "openstack-credentials", Repository: "oci://example.org/a/b", Version: "0.1.0"},
	}, ours())
	if err != nil {
		t.Fatal(err)
	}
	documents, err := publish(packed)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for path, d := range documents {
		// What a digest names is no news.
		before, _, _ := strings.Cut(path, "sha256:")
		got[before] = d.contentType
	}
	want := map[string]string{
		"/helm.cilium.io/index.yaml":       "text/yaml",
		"/helm.cilium.io/cilium-1.0.0.tgz": "application/gzip",
		"/helm.cilium.io/cilium-1.1.0.tgz": "application/gzip",
		"/v2/":                             "application/json",
		"/v2/example.org/a/b/openstack-credentials/manifests/0.1.0": "application/vnd.oci.image.manifest.v1+json",
		"/v2/example.org/a/b/openstack-credentials/manifests/":      "application/vnd.oci.image.manifest.v1+json",
		"/v2/example.org/a/b/openstack-credentials/blobs/":          "application/octet-stream",
		"/v2/example.org/a/b/openstack-credentials/tags/list":       "application/json",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var index struct {
		Entries map[string][]struct{ Version string }
	}
	if err := yaml.Unmarshal(documents["/helm.cilium.io/index.yaml"].data, &index); err != nil {
		t.Fatal(err)
	}
	if n := len(index.Entries["cilium"]); n != 2 {
		t.Errorf("the index has %d versions, want each of the two once", n)
	}
}

// TestServe has Helm find and pull charts, over HTTP and from a registry.
func TestServe(t *testing.T) {
	h := newHelm(t)
	r, err := New(t.Context(), root(t), v1alpha1.Addon{Name: "cilium", Version: "99.0.0"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(r)
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	for _, a := range append(r.addons, v1alpha1.Addon{Chart: "cilium", Repository: "https://helm.cilium.io", Version: "99.0.0"}) {
		for _, version := range versions(a) {
			t.Run(a.Chart+" "+version, func(t *testing.T) {
				location, err := Location(host, a.Repository)
				if err != nil {
					t.Fatal(err)
				}
				args := []string{a.Chart, "--repo", location}
				if strings.HasPrefix(location, "oci://") {
					args = []string{location + "/" + a.Chart}
				}
				dir := t.TempDir()
				if _, err := h.run(t, append([]string{"pull", "--version", version, "--destination", dir}, args...)...); err != nil {
					t.Fatal(err)
				}
				// The name by which Crossplane's provider looks into its cache.
				file := filepath.Join(dir, a.Chart+"-"+version+".tgz")
				if _, err := os.Stat(file); err != nil {
					t.Fatal(err)
				}
				text, err := h.run(t, "show", "chart", file)
				if err != nil {
					t.Fatal(err)
				}
				var is struct{ Name, Version string }
				if err := yaml.Unmarshal([]byte(text), &is); err != nil || is.Name != a.Chart || is.Version != version {
					t.Errorf("Helm pulled %+v (%v)", is, err)
				}
			})
		}
	}
}
