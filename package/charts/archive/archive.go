// Package archive packs Helm charts as .tgz files. The same sources give the
// same bytes, whenever and wherever they are packed.
//
// It knows nothing of clusters and of Helm itself.
package archive

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/yaml"
)

// head is the file that says what a chart is.
const head = "Chart.yaml"

// A Chart is what goes into one archive.
type Chart struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Files of the chart, by their path inside it.
	Files []File `json:"-"`
}

// A File of a chart.
type File struct {
	// Path inside the chart, with slashes.
	Path string `json:"name"`
	Data []byte `json:"data"`
}

// Load returns the charts of package/charts, in dir, with all their files. Those
// of the Gateway API come from its Go module, which is downloaded once.
func Load(ctx context.Context, dir string) ([]Chart, error) {
	var charts []Chart
	for _, name := range []string{"bucket-credentials", "encryption-key", "etcd-snapshots", "openstack-credentials", "upgrade-checks"} {
		c, err := read(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		charts = append(charts, c)
	}
	gateway, err := read(filepath.Join(dir, "gateway-api-crds"))
	if err != nil {
		return nil, err
	}
	crds, err := gatewayAPI(ctx, gateway.Version)
	if err != nil {
		return nil, err
	}
	gateway.Files = append(gateway.Files, crds...)
	return append(charts, gateway), nil
}

// read reads a chart's folder. The folder has the chart's name.
func read(dir string) (Chart, error) {
	var c Chart
	folder := os.DirFS(dir)
	err := fs.WalkDir(folder, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(folder, p)
		c.Files = append(c.Files, File{Path: p, Data: data})
		return err
	})
	if err != nil {
		return c, fmt.Errorf("cannot read a chart: %w", err)
	}
	if err := yaml.Unmarshal(c.file(head), &c); err != nil {
		return c, fmt.Errorf("cannot read Chart.yaml in %q: %w", dir, err)
	}
	if c.Name != filepath.Base(dir) || c.Version == "" {
		return c, fmt.Errorf("cannot use chart %q: Chart.yaml must have the folder's name and a version", dir)
	}
	return c, nil
}

// file returns the content of a file of the chart, or nil.
func (c Chart) file(path string) []byte {
	for _, f := range c.Files {
		if f.Path == path {
			return f.Data
		}
	}
	return nil
}

// FileName is the name that `helm package` would give.
func (c Chart) FileName() string { return c.Name + "-" + c.Version + ".tgz" }

// Pack writes the chart as a gzipped tar that doesn't depend on when, where or by
// whom it is made.
func (c Chart) Pack(w io.Writer) error {
	gz, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	tw := tar.NewWriter(gz)
	for _, f := range c.sorted() {
		err := tw.WriteHeader(&tar.Header{
			Name:     path.Join(c.Name, f.Path),
			Mode:     0o644,
			Size:     int64(len(f.Data)),
			ModTime:  time.Unix(0, 0),
			Typeflag: tar.TypeReg,
			// The one format without extensions, which differ between writers.
			Format: tar.FormatUSTAR,
		})
		if err != nil {
			return err
		}
		if _, err := tw.Write(f.Data); err != nil {
			return err
		}
	}
	if err := tw.Close(); err != nil {
		return err
	}
	return gz.Close()
}

// sorted returns the files by path, Chart.yaml first: readers that only want to
// know what an archive is need not read on.
func (c Chart) sorted() []File {
	return slices.SortedFunc(slices.Values(c.Files), func(a, b File) int {
		switch {
		case a.Path == b.Path:
			return 0
		case a.Path == head:
			return -1
		case b.Path == head:
			return 1
		}
		return strings.Compare(a.Path, b.Path)
	})
}
