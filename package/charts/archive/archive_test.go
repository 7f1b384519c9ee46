package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// chartsDir is package/charts, seen from this folder.
const chartsDir = ".."

// TestCharts checks everything that needs all files, the Gateway API's too.
func TestCharts(t *testing.T) {
	if testing.Short() {
		t.Skip("downloads a Go module")
	}
	charts, err := Load(t.Context(), chartsDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range charts {
		t.Run(c.Name, func(t *testing.T) {
			checkArchive(t, c)
			checkSize(t, c)
		})
	}
}

// checkArchive checks that the archive is what Helm reads, and always the same.
func checkArchive(t *testing.T, c Chart) {
	t.Helper()
	var first, second bytes.Buffer
	if err := errors.Join(c.Pack(&first), c.Pack(&second)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("packing twice gives different bytes")
	}
	files := unpack(t, &first)
	if files[0].Path != c.Name+"/Chart.yaml" {
		t.Errorf("first file is %q, want Chart.yaml", files[0].Path)
	}
	var is struct{ APIVersion, Name, Version, Type string }
	if err := yaml.Unmarshal(files[0].Data, &is); err != nil {
		t.Fatalf("Chart.yaml: %v", err)
	}
	if is.APIVersion != "v2" || is.Type != "application" || is.Name != c.Name {
		t.Errorf("Chart.yaml: got %+v", is)
	}
	templates := 0
	for _, f := range files {
		if !strings.HasPrefix(f.Path, c.Name+"/") {
			t.Errorf("%q is outside of the chart's folder", f.Path)
		}
		if strings.HasPrefix(f.Path, c.Name+"/templates/") {
			templates++
		}
	}
	if templates == 0 {
		t.Error("the chart has no templates")
	}
}

func unpack(t *testing.T, archive io.Reader) []File {
	t.Helper()
	gz, err := gzip.NewReader(archive)
	if err != nil {
		t.Fatal(err)
	}
	var out []File
	tr := tar.NewReader(gz)
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, File{Path: h.Name, Data: data})
	}
}

// maxSecret is the most that a Secret can hold, and so a Helm release.
const maxSecret = 1 << 20

// checkSize puts the chart together the way Helm stores a release: the chart
// with its files in base64, and the manifest made of them, as JSON in gzip in
// base64.
func checkSize(t *testing.T, c Chart) {
	t.Helper()
	release := struct {
		Chart    map[string][]File `json:"chart"`
		Manifest string            `json:"manifest"`
	}{Chart: map[string][]File{"templates": c.Files}}
	for _, f := range c.Files {
		release.Manifest += string(f.Data)
	}
	text, err := json.Marshal(release)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	gz, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gz.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	size := base64.StdEncoding.EncodedLen(b.Len())
	t.Logf("release Secret of %s %s: %.3f MiB of 1 MiB", c.Name, c.Version, float64(size)/maxSecret)
	if size >= maxSecret {
		t.Errorf("release Secret has %d bytes, and Kubernetes takes %d", size, maxSecret)
	}
}

// TestVersions ties the charts to the built-in Platform, which says what is
// installed.
func TestVersions(t *testing.T) {
	data, err := os.ReadFile("../../../functions/internal/catalog/defaults.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var platform struct {
		Addons []struct{ Chart, Version string }
	}
	if err := yaml.Unmarshal(data, &platform); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, a := range platform.Addons {
		want[a.Chart] = a.Version
	}
	for _, name := range []string{"openstack-credentials", "gateway-api-crds"} {
		c, err := read(chartsDir + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if c.Version != want[name] {
			t.Errorf("chart %s is of version %q, the built-in Platform installs %q", name, c.Version, want[name])
		}
	}
}
