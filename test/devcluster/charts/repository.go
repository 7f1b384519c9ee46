package charts

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
)

// A Repository serves the charts of the built-in Platform's add-ons: over HTTP
// those of HTTP repositories, as an OCI registry those of OCI registries. See
// Location for where.
type Repository struct {
	addons []v1alpha1.Addon
	// documents by their path. They never change.
	documents map[string]document
}

type document struct {
	contentType string
	data        []byte
}

// New packs the charts of the built-in Platform in the repo at root, at every
// version there, and of more. Of an add-on that the catalogue knows these need
// just the name and another version.
//
// The charts of the Gateway API come from a Go module, which is downloaded once.
func New(ctx context.Context, root string, more ...v1alpha1.Addon) (*Repository, error) {
	addons, err := catalogue(root)
	if err != nil {
		return nil, err
	}
	own, err := ownCharts(ctx, root)
	if err != nil {
		return nil, err
	}
	packed, err := releases(append(slices.Clone(addons), complete(more, addons)...), own)
	if err != nil {
		return nil, err
	}
	documents, err := publish(packed)
	return &Repository{addons: addons, documents: documents}, err
}

// complete fills in what the catalogue says of add-ons.
func complete(addons, known []v1alpha1.Addon) []v1alpha1.Addon {
	out := slices.Clone(addons)
	for i, a := range out {
		for _, k := range known {
			if k.Name == a.Name {
				out[i].Chart = cmp.Or(a.Chart, k.Chart)
				out[i].Repository = cmp.Or(a.Repository, k.Repository)
			}
		}
	}
	return out
}

// ServeHTTP serves one document.
func (r *Repository) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	d, ok := r.documents[req.URL.Path]
	if !ok {
		http.NotFound(w, req)
		return
	}
	w.Header().Set("Content-Type", d.contentType)
	http.ServeContent(w, req, "", time.Time{}, bytes.NewReader(d.data))
}

// publish returns the documents of every repository that the charts are from.
func publish(packed []release) (map[string]document, error) {
	byRepository := map[string][]release{}
	for _, p := range packed {
		byRepository[p.Repository] = append(byRepository[p.Repository], p)
	}
	out := map[string]document{}
	for repository, packed := range byRepository {
		scheme, place, err := split(repository)
		if err != nil {
			return nil, err
		}
		add := addHTTP
		if scheme == "oci" {
			add = addOCI
		}
		if err := add(out, place, packed); err != nil {
			return nil, fmt.Errorf("cannot serve repository %q: %w", repository, err)
		}
	}
	return out, nil
}

// entry is a chart in the index of a repository.
type entry struct {
	APIVersion string   `json:"apiVersion"`
	Name       string   `json:"name"`
	Version    string   `json:"version"`
	URLs       []string `json:"urls"`
	Digest     string   `json:"digest"`
}

// addHTTP adds a chart repository: an index, and the archives beside it.
func addHTTP(documents map[string]document, place string, packed []release) error {
	entries := map[string][]entry{}
	for _, p := range packed {
		entries[p.Name] = append(entries[p.Name], entry{
			APIVersion: "v2", Name: p.Name, Version: p.Version, URLs: []string{p.FileName}, Digest: sum(p.Data),
		})
		documents["/"+place+"/"+p.FileName] = document{"application/gzip", p.Data}
	}
	index, err := yaml.Marshal(map[string]any{"apiVersion": "v1", "entries": entries})
	documents["/"+place+"/index.yaml"] = document{"text/yaml", index}
	return err
}
