package charts

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"sigs.k8s.io/yaml"
)

const chartFile = "Chart.yaml"

// wanted are the files that are kept of a chart, all from its top folder. A
// chart without values has no values.yaml, and few have a schema.
var wanted = map[string]bool{chartFile: true, "values.yaml": true, "values.schema.json": true}

// Bounds in bytes. The largest chart and index known are a tenth of theirs.
const (
	mebi         = 1 << 20
	maxIndex     = 64 * mebi
	maxArchive   = 32 * mebi
	maxUnpacked  = 256 * mebi
	maxKeptBytes = 8 * mebi
)

// extract returns the wanted files of a packed chart, by name. Nothing is
// written, and names in the archive choose no path: a file counts when it is
// <chart>/<wanted name>.
func extract(archive io.Reader, chart string) (map[string][]byte, error) {
	gz, err := gzip.NewReader(bound(archive, maxArchive, "the archive"))
	if err != nil {
		return nil, fmt.Errorf("the archive is not a chart's: %w", err)
	}
	tr := tar.NewReader(bound(gz, maxUnpacked, "the unpacked archive"))
	files := map[string][]byte{}
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, fmt.Errorf("cannot unpack the archive: %w", err)
		}
		folder, name := path.Split(path.Clean(h.Name))
		if h.Typeflag != tar.TypeReg || folder != chart+"/" || !wanted[name] {
			continue
		}
		files[name], err = io.ReadAll(bound(tr, maxKeptBytes, name))
		if err != nil {
			return nil, fmt.Errorf("cannot unpack the archive: %w", err)
		}
	}
}

// identify checks that Chart.yaml is that of the chart which was asked for.
func identify(c chart, text []byte) error {
	if text == nil {
		return fmt.Errorf("it has no %s/%s", c.Name, chartFile)
	}
	is := struct {
		Name    string `json:"name"`
		Version string `json:"version"`
	}{}
	if err := yaml.Unmarshal(text, &is); err != nil {
		return fmt.Errorf("cannot read its %s: %w", chartFile, err)
	}
	if is.Name != c.Name || strings.TrimPrefix(is.Version, "v") != strings.TrimPrefix(c.Version, "v") {
		return fmt.Errorf("its %s is that of chart %q %s", chartFile, is.Name, is.Version)
	}
	return nil
}

// bound returns a reader that fails after limit bytes, rather than ending as if
// all had been read. The error calls the stream what.
func bound(r io.Reader, limit int64, what string) io.Reader {
	return &bounded{r: r, left: limit, err: fmt.Errorf("%s is larger than %d MiB", what, limit/mebi)}
}

type bounded struct {
	r    io.Reader
	left int64
	err  error
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, b.err
	}
	if int64(len(p)) > b.left+1 { // one more, to tell the end from too much
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	b.left -= int64(n)
	if b.left < 0 {
		return n - 1, b.err
	}
	return n, err
}
