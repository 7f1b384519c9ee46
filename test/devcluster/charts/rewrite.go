package charts

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Location returns where a Repository that listens on host, with its port, serves
// what the repository has: under the original's host and path. Helm reads OCI
// registries on loopback addresses over plain HTTP.
func Location(host, repository string) (string, error) {
	scheme, place, err := split(repository)
	if err != nil {
		return "", err
	}
	if scheme != "oci" {
		scheme = "http"
	}
	return scheme + "://" + host + "/" + place, nil
}

// split returns the scheme of a repository and where it is: host and path.
func split(repository string) (scheme, place string, err error) {
	u, err := url.Parse(repository)
	if err != nil {
		return "", "", fmt.Errorf("cannot read the URL of a repository: %w", err)
	}
	if !slices.Contains([]string{"http", "https", "oci"}, u.Scheme) || u.Host == "" {
		return "", "", fmt.Errorf("cannot serve repository %q: its URL must start with https:// or oci://", repository)
	}
	return u.Scheme, strings.TrimSuffix(u.Host+u.Path, "/"), nil
}

// Rewrite returns the Platform with every add-on of the catalogue taken from this
// Repository, which listens on host. Platforms are merged over the catalogue by
// name, so entries that the Platform doesn't have need just name and repository.
//
// An entry that names another repository than the catalogue keeps it.
func (r *Repository) Rewrite(platform *unstructured.Unstructured, host string) (*unstructured.Unstructured, error) {
	out := platform.DeepCopy()
	addons, _, err := unstructured.NestedSlice(out.Object, "spec", "addons")
	if err != nil {
		return nil, fmt.Errorf("cannot read the add-ons of Platform %q: %w", out.GetName(), err)
	}
	for _, a := range r.addons {
		local, err := Location(host, a.Repository)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(addons, func(e any) bool {
			m, ok := e.(map[string]any)
			return ok && m["name"] == a.Name
		})
		if i < 0 {
			addons = append(addons, map[string]any{"name": a.Name, "repository": local})
			continue
		}
		entry, _ := addons[i].(map[string]any)
		if have, named := entry["repository"]; !named || have == a.Repository {
			entry["repository"] = local
		}
	}
	return out, unstructured.SetNestedSlice(out.Object, addons, "spec", "addons")
}
