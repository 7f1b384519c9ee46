package xpkg

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// An entry is a file of a layer, or a folder when its path ends in a slash.
type entry struct {
	path string
	mode int64
	data []byte
}

// layer returns an image layer of the entries, sorted by path, owned by root and
// dated at the epoch.
func layer(entries []entry) (v1.Layer, error) {
	sorted := slices.SortedFunc(slices.Values(entries), func(a, b entry) int { return strings.Compare(a.path, b.path) })
	var buf bytes.Buffer
	tw := tar.NewWriter(&buf)
	for _, e := range sorted {
		if err := tw.WriteHeader(header(e)); err != nil {
			return nil, err
		}
		if _, err := tw.Write(e.data); err != nil {
			return nil, err
		}
	}
	if err := tw.Close(); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(buf.Bytes())), nil }
	return tarball.LayerFromOpener(open, tarball.WithCompressionLevel(gzip.DefaultCompression))
}

func header(e entry) *tar.Header {
	h := &tar.Header{
		Name:     e.path,
		Mode:     e.mode,
		Size:     int64(len(e.data)),
		ModTime:  epoch,
		Typeflag: tar.TypeReg,
		// The one format without extensions, which differ between writers.
		Format: tar.FormatUSTAR,
	}
	if strings.HasSuffix(e.path, "/") {
		h.Typeflag = tar.TypeDir
	}
	return h
}
