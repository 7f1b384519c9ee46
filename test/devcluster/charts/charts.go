// Package charts stands in for the repositories of the add-ons' Helm charts, so
// that add-ons can be installed where no chart can be downloaded and no image
// pulled.
//
// A stand-in has the name and the version of the real chart, brings workloads,
// classes and definitions of the same names, and takes its replicas from the
// same values. It fails without a value that the real chart, or its program,
// can't do without, and records the values that it got. What the programs in the
// real pods do at run time, nobody does.
//
// Our own charts are served as they are. The package knows nothing of clusters.
package charts

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/package/charts/archive"
)

// catalogueFile is the built-in Platform. Its package can't be imported from
// here, and need not be: the file says all.
const catalogueFile = "functions/internal/catalog/defaults.yaml"

// files has a folder for each stand-in, by the real chart's name, and beside them
// what all of them share. In the folder are
//   - stand-in.yaml, a template of what there is: workloads, definitions and
//     other objects;
//   - values.yaml, the real chart's defaults, as far as the template reads them.
//
//go:embed all:shared stand-ins
var files embed.FS

// catalogue returns the add-ons of the built-in Platform in the repo at root.
func catalogue(root string) ([]v1alpha1.Addon, error) {
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(catalogueFile)))
	if err != nil {
		return nil, fmt.Errorf("cannot read the catalogue of add-ons: %w", err)
	}
	p := v1alpha1.PlatformSpec{}
	if err := yaml.UnmarshalStrict(data, &p); err != nil {
		return nil, fmt.Errorf("cannot read the catalogue of add-ons in %s: %w", catalogueFile, err)
	}
	if len(p.Addons) == 0 {
		return nil, fmt.Errorf("cannot find add-ons in %s", catalogueFile)
	}
	return p.Addons, nil
}

// A release is a chart at one version, packed.
type release struct {
	Repository, Name, Version string
	// Head is the chart's Chart.yaml.
	Head []byte
	// Data is the archive, and FileName its name.
	Data     []byte
	FileName string
}

// releases packs every chart at every version that the add-ons name. Own charts
// are taken as they are.
func releases(addons []v1alpha1.Addon, own []archive.Chart) ([]release, error) {
	var out []release
	seen := map[string]bool{}
	for _, a := range addons {
		for _, v := range versions(a) {
			id := a.Repository + " " + a.Chart + " " + v
			if seen[id] {
				continue
			}
			seen[id] = true
			r, err := pack(a, v, own)
			if err != nil {
				return nil, fmt.Errorf("cannot serve chart %q %s: %w", a.Chart, v, err)
			}
			out = append(out, r)
		}
	}
	return out, nil
}

// versions returns the versions of an add-on's chart, for whatever version of
// Kubernetes.
func versions(a v1alpha1.Addon) []string {
	out := []string{a.Version}
	for _, v := range a.KubernetesVersions {
		if v.Version != "" {
			out = append(out, v.Version)
		}
	}
	return out
}

func pack(a v1alpha1.Addon, version string, own []archive.Chart) (release, error) {
	c, err := choose(a.Chart, version, own)
	if err != nil {
		return release{}, err
	}
	r := release{Repository: a.Repository, Name: a.Chart, Version: version, FileName: c.FileName()}
	for _, f := range c.Files {
		if f.Path == "Chart.yaml" {
			r.Head = f.Data
		}
	}
	var b bytes.Buffer
	if err := c.Pack(&b); err != nil {
		return release{}, err
	}
	r.Data = b.Bytes()
	return r, nil
}

// choose returns our own chart of the name, or a stand-in.
func choose(name, version string, own []archive.Chart) (archive.Chart, error) {
	for _, c := range own {
		switch {
		case c.Name != name:
		case c.Version != version:
			return c, fmt.Errorf("package/charts has it at %s", c.Version)
		default:
			return c, nil
		}
	}
	return standIn(name, version)
}

// standIn returns the stand-in for a chart at a version.
func standIn(name, version string) (archive.Chart, error) {
	head, err := yaml.Marshal(map[string]string{
		"apiVersion": "v2", "name": name, "version": version, "type": "application",
		"description": "Stands in for the real chart in tests.",
	})
	if err != nil {
		return archive.Chart{}, err
	}
	c := archive.Chart{Name: name, Version: version, Files: []archive.File{{Path: "Chart.yaml", Data: head}}}
	folder := path.Join("stand-ins", name)
	for to, from := range map[string]string{
		"values.yaml":              path.Join(folder, "values.yaml"),
		"templates/_stand-in.yaml": path.Join(folder, "stand-in.yaml"),
		"templates/_names.tpl":     "shared/_names.tpl",
		"templates/manifests.yaml": "shared/manifests.yaml",
	} {
		data, err := files.ReadFile(from)
		// Some charts' values are read by nothing here.
		if errors.Is(err, fs.ErrNotExist) && to == "values.yaml" {
			continue
		}
		if err != nil {
			return archive.Chart{}, fmt.Errorf("it has no stand-in: %w", err)
		}
		c.Files = append(c.Files, archive.File{Path: to, Data: data})
	}
	return c, nil
}

// ownCharts returns the charts of package/charts.
func ownCharts(ctx context.Context, root string) ([]archive.Chart, error) {
	return archive.Load(ctx, filepath.Join(root, "package", "charts"))
}
