package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
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

// A chart is what goes into one archive.
type chart struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Files of the chart, by their path inside it.
	Files []file `json:"-"`
}

// A file of a chart.
type file struct {
	// Path inside the chart, with slashes.
	Path string `json:"name"`
	Data []byte `json:"data"`
}

// readChart reads a chart's folder. The folder has the chart's name.
func readChart(dir string) (chart, error) {
	var c chart
	folder := os.DirFS(dir)
	err := fs.WalkDir(folder, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(folder, p)
		c.Files = append(c.Files, file{Path: p, Data: data})
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
func (c chart) file(path string) []byte {
	for _, f := range c.Files {
		if f.Path == path {
			return f.Data
		}
	}
	return nil
}

// archiveName is the name that `helm package` would give.
func (c chart) archiveName() string { return c.Name + "-" + c.Version + ".tgz" }

func (c chart) write(path string) error {
	var b bytes.Buffer
	if err := c.archive(&b); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// archive writes the chart as a gzipped tar that doesn't depend on when, where
// or by whom it is made.
func (c chart) archive(w io.Writer) error {
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
func (c chart) sorted() []file {
	return slices.SortedFunc(slices.Values(c.Files), func(a, b file) int {
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
