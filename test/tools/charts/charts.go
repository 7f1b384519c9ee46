// Package charts downloads what tests read of the add-ons' Helm charts:
// Chart.yaml, values.yaml and values.schema.json, without the templates. Which
// charts these are, and where from, stands in the built-in Platform.
//
// It doesn't know what the tests look for in them.
package charts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"sigs.k8s.io/yaml"
)

const (
	// ownRepository is where our own charts are published. They are taken from
	// package/charts instead, as they stand in this commit.
	ownRepository = "oci://ghcr.io/skerry-dev/charts"
	// versionFile holds the version and the repository that a chart came from.
	versionFile = "VERSION"
	// timeout bounds the download of one chart, with its repository's index.
	timeout = 3 * time.Minute
)

// Dir returns where the repo at root keeps the charts, in a folder for each.
func Dir(root string) string {
	return filepath.Join(root, ".cache", "charts")
}

// Download brings the charts of the repo's built-in Platform into Dir(root).
// Those that are there at their version are left alone. Progress goes to out.
func Download(ctx context.Context, out io.Writer, root string) error {
	d := &downloader{client: http.DefaultClient, out: out, root: root, indexes: map[string]index{}}
	return d.run(ctx)
}

type downloader struct {
	client *http.Client
	out    io.Writer
	root   string
	// indexes that were read, by the URL of their repository.
	indexes map[string]index
}

// A chart is an add-on's, as the built-in Platform has it.
type chart struct {
	Name       string `json:"chart"`
	Repository string `json:"repository"`
	Version    string `json:"version"`
}

// stamp is the content of the version file.
func (c chart) stamp() string { return c.Version + " " + c.Repository + "\n" }

func (d *downloader) run(ctx context.Context) error {
	charts, err := catalogue(d.root)
	if err != nil {
		return err
	}
	there := 0
	for _, c := range charts {
		dir := filepath.Join(Dir(d.root), c.Name)
		if c.Repository == ownRepository {
			if err := d.copyOwn(c, dir); err != nil {
				return fmt.Errorf("cannot take chart %q %s from package/charts: %w", c.Name, c.Version, err)
			}
			continue
		}
		if stamp, err := os.ReadFile(filepath.Join(dir, versionFile)); err == nil && string(stamp) == c.stamp() {
			there++
			continue
		}
		if err := d.download(ctx, c, dir); err != nil {
			return fmt.Errorf("cannot download chart %q %s from %s: %w", c.Name, c.Version, c.Repository, err)
		}
	}
	_, err = fmt.Fprintf(d.out, "%d charts are in %s, %d of them were there already\n", len(charts), Dir(d.root), there)
	return err
}

// catalogue returns the charts of the built-in Platform in the repo at root.
func catalogue(root string) ([]chart, error) {
	file := filepath.Join(root, "functions", "internal", "catalog", "defaults.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("cannot read the catalogue of add-ons: %w", err)
	}
	platform := struct {
		Addons []chart `json:"addons"`
	}{}
	if err := yaml.Unmarshal(text, &platform); err != nil {
		return nil, fmt.Errorf("cannot read the catalogue of add-ons in %s: %w", file, err)
	}
	if len(platform.Addons) == 0 {
		return nil, fmt.Errorf("the catalogue in %s has no add-ons", file)
	}
	for _, c := range platform.Addons {
		if c.Name == "" || c.Repository == "" || c.Version == "" {
			return nil, fmt.Errorf("an add-on in %s has no chart, repository or version: %+v", file, c)
		}
		if !isName(c.Name) {
			return nil, fmt.Errorf("cannot name a folder after chart %q", c.Name)
		}
	}
	return platform.Addons, nil
}

// isName says whether a name is that of a folder of its own, rather than a path.
func isName(name string) bool {
	return filepath.IsLocal(name) && filepath.Base(name) == name && name != "."
}

func (d *downloader) download(ctx context.Context, c chart, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	_, _ = fmt.Fprintf(d.out, "downloading chart %s %s from %s\n", c.Name, c.Version, c.Repository)
	archive, err := d.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { _ = archive.Close() }()
	files, err := extract(archive, c.Name)
	if err != nil {
		return err
	}
	return replace(dir, c, files)
}

// open returns the chart's archive. The caller closes it.
func (d *downloader) open(ctx context.Context, c chart) (io.ReadCloser, error) {
	u, err := url.Parse(c.Repository)
	if err != nil {
		return nil, err
	}
	switch u.Scheme {
	case "https":
		return d.openHTTPS(ctx, c)
	case "oci":
		return openOCI(ctx, reference(c))
	}
	return nil, errors.New("a repository's URL starts with https:// or oci://")
}

// copyOwn copies one of our own charts. It does so each time: their values may
// change before their version does.
func (d *downloader) copyOwn(c chart, dir string) error {
	files := map[string][]byte{}
	for name := range wanted {
		text, err := os.ReadFile(filepath.Join(d.root, "package", "charts", c.Name, name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		files[name] = text
	}
	return replace(dir, c, files)
}

// replace checks that the files are the chart's and puts them in the folder's
// place. It writes them beside it first, so that the folder never holds a part.
func replace(dir string, c chart, files map[string][]byte) error {
	if err := identify(c, files[chartFile]); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o750); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "."+c.Name+"-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(tmp, name), text, 0o600); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(tmp, versionFile), []byte(c.stamp()), 0o600); err != nil {
		return err
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Rename(tmp, dir)
}
