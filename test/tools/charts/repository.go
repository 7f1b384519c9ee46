package charts

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"sigs.k8s.io/yaml"
)

// An index is a repository's index.yaml.
type index struct {
	Entries map[string][]entry `json:"entries"`
}

// An entry is one version of a chart.
type entry struct {
	Version string   `json:"version"`
	URLs    []string `json:"urls"`
}

// contentType is the media type of the layer that holds a chart's archive.
const contentType = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"

func (d *downloader) openHTTPS(ctx context.Context, c chart) (io.ReadCloser, error) {
	idx, err := d.index(ctx, c.Repository)
	if err != nil {
		return nil, err
	}
	u, err := idx.archive(c)
	if err != nil {
		return nil, err
	}
	if ref, ok := strings.CutPrefix(u, "oci://"); ok {
		return openOCI(ctx, ref)
	}
	return d.get(ctx, u)
}

// index returns the index of a repository, which is read once.
func (d *downloader) index(ctx context.Context, repository string) (index, error) {
	if idx, ok := d.indexes[repository]; ok {
		return idx, nil
	}
	idx := index{}
	body, err := d.get(ctx, strings.TrimSuffix(repository, "/")+"/index.yaml")
	if err != nil {
		return idx, err
	}
	defer func() { _ = body.Close() }()
	text, err := io.ReadAll(bound(body, maxIndex, "index.yaml"))
	if err != nil {
		return idx, fmt.Errorf("cannot read the repository's index.yaml: %w", err)
	}
	if err := yaml.Unmarshal(text, &idx); err != nil {
		return idx, fmt.Errorf("cannot read the repository's index.yaml: %w", err)
	}
	d.indexes[repository] = idx
	return idx, nil
}

// archive returns the URL of the chart's archive. The version must be the
// index's to the letter, as it must for provider-helm.
func (idx index) archive(c chart) (string, error) {
	versions := idx.Entries[c.Name]
	if len(versions) == 0 {
		return "", errors.New("the repository has no such chart")
	}
	at := slices.IndexFunc(versions, func(e entry) bool { return e.Version == c.Version })
	if at < 0 {
		return "", fmt.Errorf("the repository has no such version of the chart; its newest is %s", versions[0].Version)
	}
	if len(versions[at].URLs) == 0 {
		return "", errors.New("the repository's index.yaml has no URL for this version")
	}
	base, err := url.Parse(strings.TrimSuffix(c.Repository, "/") + "/")
	if err != nil {
		return "", err
	}
	u, err := base.Parse(versions[at].URLs[0])
	if err != nil {
		return "", err
	}
	if u.Scheme != "https" && u.Scheme != "oci" {
		return "", fmt.Errorf("the repository's index.yaml names %q, which starts with neither https:// nor oci://", u)
	}
	return u.String(), nil
}

// get returns the body of an answer with status 200.
func (d *downloader) get(ctx context.Context, u string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u, nil)
	if err != nil {
		return nil, err
	}
	rsp, err := d.client.Do(req)
	if err != nil {
		return nil, err
	}
	if rsp.StatusCode != http.StatusOK {
		_ = rsp.Body.Close()
		return nil, fmt.Errorf("%s answers %q", u, rsp.Status)
	}
	return rsp.Body, nil
}

// reference is the chart's in its OCI registry. Helm writes the plus sign of a
// version, which a tag can't have, as an underscore.
func reference(c chart) string {
	repository := strings.TrimSuffix(strings.TrimPrefix(c.Repository, "oci://"), "/")
	return repository + "/" + c.Name + ":" + strings.ReplaceAll(c.Version, "+", "_")
}

// openOCI returns the archive in the layer that Helm put it in. What is read is
// checked against the layer's digest.
func openOCI(ctx context.Context, ref string) (io.ReadCloser, error) {
	r, err := name.ParseReference(ref)
	if err != nil {
		return nil, err
	}
	img, err := remote.Image(r, remote.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	m, err := img.Manifest()
	if err != nil {
		return nil, err
	}
	for _, l := range m.Layers {
		if l.MediaType != contentType {
			continue
		}
		layer, err := img.LayerByDigest(l.Digest)
		if err != nil {
			return nil, err
		}
		return layer.Compressed()
	}
	return nil, fmt.Errorf("%s is not a chart: it has no layer of type %s", ref, contentType)
}
