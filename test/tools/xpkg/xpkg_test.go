package xpkg

import (
	"archive/tar"
	"bytes"
	"context"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

const packageYAML = `---
apiVersion: meta.pkg.crossplane.io/v1
kind: Provider
metadata: {name: provider-x}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: nets.net.x.m.crossplane.io}
spec: {group: net.x.m.crossplane.io, names: {kind: Net, plural: nets}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: nets.net.x.crossplane.io}
spec: {group: net.x.crossplane.io, names: {kind: Net, plural: nets}}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: configs.x.m.crossplane.io}
spec: {group: x.m.crossplane.io, names: {kind: Config, plural: configs}}
`

// layer returns a layer with one file.
func layer(t *testing.T, file, content string) v1.Layer {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	if err := w.WriteHeader(&tar.Header{Name: file, Mode: 0o644, Size: int64(len(content))}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	l, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(buf.Bytes())), nil })
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// push puts an image of the layers into a registry of the test's own, and
// returns its reference.
func push(t *testing.T, layers ...mutate.Addendum) string {
	t.Helper()
	srv := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(srv.Close)
	img, err := mutate.Append(empty.Image, layers...)
	if err != nil {
		t.Fatal(err)
	}
	ref := strings.TrimPrefix(srv.URL, "http://") + "/x/provider-x:v1"
	r, err := name.ParseReference(ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(r, img); err != nil {
		t.Fatal(err)
	}
	return ref
}

func TestExtractCRDs(t *testing.T) {
	base := map[string]string{baseAnnotation: baseLayer}
	program := mutate.Addendum{Layer: layer(t, "provider", "a program")}
	cases := map[string]struct {
		reason string
		layers []mutate.Addendum
		want   []string
		err    string
	}{
		"Annotated": {
			reason: "package.yaml should come from the annotated layer, not from a later one.",
			layers: []mutate.Addendum{
				{Layer: layer(t, "package.yaml", packageYAML), Annotations: base},
				{Layer: layer(t, "package.yaml", "kind: Other")},
			},
			want: []string{"net.x.m.crossplane.io_nets.yaml", "x.m.crossplane.io_configs.yaml"},
		},
		"NotAnnotated": {
			reason: "Without an annotation the whole file system should be searched.",
			layers: []mutate.Addendum{program, {Layer: layer(t, "package.yaml", packageYAML)}},
			want:   []string{"net.x.m.crossplane.io_nets.yaml", "x.m.crossplane.io_configs.yaml"},
		},
		"NoPackage": {
			reason: "An image that is no package should be an error.",
			layers: []mutate.Addendum{program},
			err:    "it has no package.yaml",
		},
		"NoCRDs": {
			reason: "A package without CRDs should be an error, lest tests pass for want of schemas.",
			layers: []mutate.Addendum{{Layer: layer(t, "package.yaml", "kind: Configuration"), Annotations: base}},
			err:    "it has no CRDs",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "crds")
			n, err := ExtractCRDs(context.Background(), push(t, tc.layers...), dir)
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Fatalf("%s\ngot  %v\nwant %s", tc.reason, err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatalf("%s\n%v", tc.reason, err)
			}
			if diff := cmp.Diff(tc.want, files(t, dir)); diff != "" || n != len(tc.want) {
				t.Errorf("%s\nwrote %d, -want, +got:\n%s", tc.reason, n, diff)
			}
		})
	}
}

func TestExtractCRDsReplaces(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "crds")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "old.yaml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ref := push(t, mutate.Addendum{Layer: layer(t, "package.yaml", packageYAML)})
	if _, err := ExtractCRDs(context.Background(), ref, dir); err != nil {
		t.Fatal(err)
	}
	want := []string{"net.x.m.crossplane.io_nets.yaml", "x.m.crossplane.io_configs.yaml"}
	if diff := cmp.Diff(want, files(t, dir)); diff != "" {
		t.Errorf("CRDs of an older version should be gone, -want, +got:\n%s", diff)
	}
	if left := files(t, filepath.Dir(dir)); len(left) != 1 {
		t.Errorf("nothing temporary should be left, got %q", left)
	}
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	sort.Strings(names)
	return names
}
