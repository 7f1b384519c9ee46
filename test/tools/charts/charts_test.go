package charts

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/static"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/skerry-dev/skerry/test/tools"
)

// pack returns a chart's archive: pairs of a file's name and its content.
func pack(t *testing.T, files ...string) []byte {
	t.Helper()
	buf := &bytes.Buffer{}
	gz := gzip.NewWriter(buf)
	tw := tar.NewWriter(gz)
	for i := 0; i < len(files); i += 2 {
		h := &tar.Header{Name: files[i], Mode: 0o644, Size: int64(len(files[i+1]))}
		if err := tw.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(tw, files[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := tw.Close(); err != nil {
		t.Fatal(err)
	}
	if err := gz.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// web is a repository on the web that counts what it is asked for.
type web struct {
	*httptest.Server

	files map[string][]byte
	asked map[string]int
}

func newWeb(t *testing.T, files map[string][]byte) *web {
	t.Helper()
	w := &web{files: files, asked: map[string]int{}}
	w.Server = httptest.NewTLSServer(http.HandlerFunc(func(rsp http.ResponseWriter, req *http.Request) {
		w.asked[req.URL.Path]++
		body, ok := w.files[req.URL.Path]
		if !ok {
			http.NotFound(rsp, req)
			return
		}
		_, _ = rsp.Write(body)
	}))
	t.Cleanup(w.Close)
	return w
}

// newRegistry returns the host of an OCI registry with one image of one layer.
func newRegistry(t *testing.T, ref string, layer []byte, media types.MediaType) string {
	t.Helper()
	srv := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(srv.Close)
	host := strings.TrimPrefix(srv.URL, "http://")
	img, err := mutate.Append(empty.Image, mutate.Addendum{Layer: static.NewLayer(layer, media)})
	if err != nil {
		t.Fatal(err)
	}
	r, err := name.ParseReference(host + ref)
	if err != nil {
		t.Fatal(err)
	}
	if err := remote.Write(r, mutate.ConfigMediaType(img, "application/vnd.cncf.helm.config.v1+json")); err != nil {
		t.Fatal(err)
	}
	return host
}

// repo writes a repo whose catalogue has the lines, and returns its folder.
func repo(t *testing.T, addons ...string) string {
	t.Helper()
	root := t.TempDir()
	write(t, filepath.Join(root, "functions/internal/catalog/defaults.yaml"), "namespace: x\naddons:\n"+strings.Join(addons, "\n")+"\n")
	return root
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// download runs the command on the repo, and returns its progress.
func download(t *testing.T, w *web, root string) (string, error) {
	t.Helper()
	out := &bytes.Buffer{}
	d := &downloader{client: http.DefaultClient, out: out, root: root, indexes: map[string]index{}}
	if w != nil {
		d.client = w.Client()
	}
	err := d.run(context.Background())
	return out.String(), err
}

// tree returns the files below a folder, with their contents.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(p)
		rel, _ := filepath.Rel(dir, p)
		out[rel] = string(text)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return out
}

const webIndex = `
entries:
  one:
  - {version: 2.0.0, urls: [https://nowhere.invalid/one-2.0.0.tgz]}
  - {version: v1.0.0, urls: [packed/one-v1.0.0.tgz]}
  two:
  - {version: 1.1.0, urls: [SERVER/elsewhere/two.tgz]}
`

func TestDownload(t *testing.T) {
	one := "{name: one, version: v1.0.0}"
	w := newWeb(t, map[string][]byte{
		"/charts/packed/one-v1.0.0.tgz": pack(t,
			"one/Chart.yaml", one, "one/values.yaml", "a: 1", "one/values.schema.json", "{}",
			"one/templates/x.yaml", "x", "one/charts/sub/values.yaml", "b: 1", "other/values.yaml", "c: 1"),
		"/elsewhere/two.tgz": pack(t, "two/Chart.yaml", "{name: two, version: 1.1.0}"),
	})
	w.files["/charts/index.yaml"] = []byte(strings.ReplaceAll(webIndex, "SERVER", w.URL))
	three := "{name: three, version: 3.0.0+b}"
	host := newRegistry(t, "/charts/three:3.0.0_b", pack(t, "three/Chart.yaml", three, "three/values.yaml", "c: 3"), contentType)
	root := repo(t,
		"- {name: a, chart: one, repository: "+w.URL+"/charts, version: v1.0.0}",
		"- {name: b, chart: two, repository: "+w.URL+"/charts, version: 1.1.0}",
		`- {name: c, chart: three, repository: "oci://`+host+`/charts", version: 3.0.0+b}`,
		`- {name: d, chart: ours, repository: "oci://ghcr.io/skerry-dev/charts", version: 0.1.0}`,
		`- {name: e, chart: bare, repository: "oci://ghcr.io/skerry-dev/charts", version: 0.2.0}`,
	)
	write(t, filepath.Join(root, "package/charts/ours/Chart.yaml"), "{name: ours, version: 0.1.0}")
	write(t, filepath.Join(root, "package/charts/ours/values.yaml"), "d: 4")
	write(t, filepath.Join(root, "package/charts/bare/Chart.yaml"), "{name: bare, version: 0.2.0}")
	write(t, filepath.Join(Dir(root), "one/VERSION"), "v0.9.0 "+w.URL+"/charts\n")
	write(t, filepath.Join(Dir(root), "one/old.yaml"), "old")

	out, err := download(t, w, root)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"one/Chart.yaml": one, "one/values.yaml": "a: 1", "one/values.schema.json": "{}", "one/VERSION": "v1.0.0 " + w.URL + "/charts\n",
		"two/Chart.yaml": "{name: two, version: 1.1.0}", "two/VERSION": "1.1.0 " + w.URL + "/charts\n",
		"three/Chart.yaml": three, "three/values.yaml": "c: 3", "three/VERSION": "3.0.0+b oci://" + host + "/charts\n",
		"ours/Chart.yaml": "{name: ours, version: 0.1.0}", "ours/values.yaml": "d: 4", "ours/VERSION": "0.1.0 oci://ghcr.io/skerry-dev/charts\n",
		"bare/Chart.yaml": "{name: bare, version: 0.2.0}", "bare/VERSION": "0.2.0 oci://ghcr.io/skerry-dev/charts\n",
	}
	if diff := cmp.Diff(want, tree(t, Dir(root))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if line := "downloading chart one v1.0.0 from " + w.URL + "/charts\n"; !strings.Contains(out, line) {
		t.Errorf("progress should have %q, got:\n%s", line, out)
	}
	if n := w.asked["/charts/index.yaml"]; n != 1 {
		t.Errorf("an index should be read once, was read %d times", n)
	}

	write(t, filepath.Join(root, "package/charts/ours/values.yaml"), "d: 5")
	out, err = download(t, w, root)
	if err != nil {
		t.Fatal(err)
	}
	want["ours/values.yaml"] = "d: 5"
	if diff := cmp.Diff(want, tree(t, Dir(root))); diff != "" {
		t.Errorf("a second time should take our own charts only, -want +got:\n%s", diff)
	}
	if wanted := "5 charts are in " + Dir(root) + ", 3 of them were there already\n"; out != wanted {
		t.Errorf("got progress %q, want %q", out, wanted)
	}
	if n := w.asked["/charts/index.yaml"]; n != 1 {
		t.Error("charts that are there should not be downloaded again")
	}
}

func TestDownloadErrors(t *testing.T) {
	valid := pack(t, "x/Chart.yaml", "{name: x, version: 1.2.3}")
	cases := map[string]struct {
		reason  string
		index   string
		archive []byte
		want    string
	}{
		"NoIndex":   {"An answer other than 200 is told.", "", valid, `/index.yaml answers "404 Not Found"`},
		"Broken":    {"An index must be YAML.", "{", valid, "cannot read the repository's index.yaml"},
		"NoChart":   {"A chart that isn't there is told.", "entries: {}", valid, "the repository has no such chart"},
		"NoVersion": {"Versions count to the letter.", "entries: {x: [{version: v1.2.3}]}", valid, "no such version of the chart; its newest is v1.2.3"},
		"NoURL":     {"An entry without URL is told.", "entries: {x: [{version: 1.2.3}]}", valid, "has no URL for this version"},
		"OtherURL":  {"Nothing is fetched in the clear, nor from the disk.", "entries: {x: [{version: 1.2.3, urls: ['file:///etc/passwd']}]}", valid, "starts with neither https:// nor oci://"},
		"Gone":      {"A missing archive is told.", "entries: {x: [{version: 1.2.3, urls: [gone.tgz]}]}", valid, `/gone.tgz answers "404 Not Found"`},
		"NoArchive": {"An archive must be one.", "", []byte("<html>"), "the archive is not a chart's"},
		"Cut":       {"Half an archive is none.", "", valid[:len(valid)/2], "cannot unpack the archive"},
		"NoFile":    {"A chart has a Chart.yaml.", "", pack(t, "x/values.yaml", "a: 1"), "it has no x/Chart.yaml"},
		"Other":     {"It must be the chart that was asked for.", "", pack(t, "x/Chart.yaml", "{name: x, version: 1.2.4}"), `its Chart.yaml is that of chart "x" 1.2.4`},
		"Escape":    {"Names in the archive choose no path.", "", pack(t, "x/../../Chart.yaml", "{name: x, version: 1.2.3}", "../x/Chart.yaml", "x", "/x/Chart.yaml", "x"), "it has no x/Chart.yaml"},
		"Huge":      {"A file of a chart has a bound.", "", pack(t, "x/values.yaml", strings.Repeat("#", maxKeptBytes+1)), "values.yaml is larger than 8 MiB"},
		"Bomb":      {"So has what is skipped.", "", pack(t, "x/a", strings.Repeat("#", maxUnpacked), "x/b", ""), "the unpacked archive is larger than 256 MiB"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWeb(t, map[string][]byte{"/x.tgz": tc.archive})
			switch {
			case tc.index != "":
				w.files["/index.yaml"] = []byte(tc.index)
			case name != "NoIndex":
				w.files["/index.yaml"] = []byte("entries: {x: [{version: 1.2.3, urls: [x.tgz]}]}")
			}
			root := repo(t, "- {chart: x, repository: "+w.URL+", version: 1.2.3}")
			_, err := download(t, w, root)
			start := `cannot download chart "x" 1.2.3 from ` + w.URL + ": "
			if err == nil || !strings.HasPrefix(err.Error(), start) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\ngot  %v\nwant %s… %s", tc.reason, err, start, tc.want)
			}
			if left := tree(t, Dir(root)); len(left) != 0 {
				t.Errorf("a failed download should leave nothing, got %q", left)
			}
		})
	}
}

func TestDownloadKeepsOld(t *testing.T) {
	w := newWeb(t, nil)
	root := repo(t, "- {chart: x, repository: "+w.URL+", version: 1.2.3}")
	write(t, filepath.Join(Dir(root), "x/VERSION"), "1.2.2 "+w.URL+"\n")
	before := tree(t, Dir(root))
	if _, err := download(t, w, root); err == nil {
		t.Error("want an error")
	}
	if diff := cmp.Diff(before, tree(t, Dir(root))); diff != "" {
		t.Errorf("a failed download should leave the old chart, -want +got:\n%s", diff)
	}
}

func TestOCIErrors(t *testing.T) {
	host := newRegistry(t, "/charts/x:1.2.3", []byte("program"), types.OCILayer)
	for version, want := range map[string]string{
		"1.2.3": "is not a chart: it has no layer of type " + contentType,
		"1.2.4": "MANIFEST_UNKNOWN",
	} {
		_, err := download(t, nil, repo(t, `- {chart: x, repository: "oci://`+host+`/charts", version: `+version+"}"))
		start := `cannot download chart "x" ` + version + " from oci://" + host + "/charts: "
		if err == nil || !strings.HasPrefix(err.Error(), start) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s… %s", err, start, want)
		}
	}
}

func TestCatalogueErrors(t *testing.T) {
	cases := map[string]struct {
		reason string
		addon  string
		want   string
	}{
		"Empty":  {"A catalogue without add-ons is a mistake.", "", "has no add-ons"},
		"Fields": {"Every field is needed.", "- {chart: x, repository: https://x}", "has no chart, repository or version"},
		"Path":   {"A chart's name is no path.", "- {chart: ../x, repository: https://x, version: 1.0.0}", `cannot name a folder after chart "../x"`},
		"Dot":    {"Nor is it the folder of all charts.", "- {chart: ., repository: https://x, version: 1.0.0}", `cannot name a folder after chart "."`},
		"Scheme": {"Two kinds of repository are known.", "- {chart: x, repository: http://x, version: 1.0.0}", "starts with https:// or oci://"},
		"Own":    {"Our own charts must be there.", `- {chart: x, repository: "oci://ghcr.io/skerry-dev/charts", version: 1.0.0}`, `cannot take chart "x" 1.0.0 from package/charts: it has no x/Chart.yaml`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := download(t, nil, repo(t, tc.addon))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\ngot  %v\nwant %s", tc.reason, err, tc.want)
			}
		})
	}
}

// TestOurs reads the real catalogue, and takes our own charts from it.
func TestOurs(t *testing.T) {
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	charts, err := catalogue(root)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	d := &downloader{root: root}
	for _, c := range charts {
		if c.Repository != ownRepository {
			continue
		}
		if err := d.copyOwn(c, filepath.Join(dir, c.Name)); err != nil {
			t.Error(err)
		}
	}
	got := tree(t, dir)
	for _, file := range []string{"openstack-credentials/values.yaml", "openstack-credentials/VERSION", "gateway-api-crds/Chart.yaml"} {
		if got[file] == "" {
			t.Errorf("%s should be there", file)
		}
	}
}

func TestBound(t *testing.T) {
	for text, want := range map[string]string{"": "", "ab": "", "abc": "", "abcd": "it is larger than 0 MiB"} {
		got, err := io.ReadAll(bound(strings.NewReader(text), 3, "it"))
		if want == "" && (err != nil || string(got) != text) {
			t.Errorf("%q: got %q and error %v", text, got, err)
		}
		if want != "" && (err == nil || err.Error() != want) {
			t.Errorf("%q: got error %v, want %s", text, err, want)
		}
	}
}
