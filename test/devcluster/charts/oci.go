package charts

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/types"
	"sigs.k8s.io/yaml"
)

// Types of what Helm keeps in a registry, see
// https://helm.sh/docs/topics/registries/#helm-chart-manifest.
const (
	ociConfig = "application/vnd.cncf.helm.config.v1+json"
	ociChart  = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
)

// descriptor points to a blob of a registry.
type descriptor struct {
	MediaType string `json:"mediaType"`
	Digest    string `json:"digest"`
	Size      int    `json:"size"`
}

type manifest struct {
	SchemaVersion int          `json:"schemaVersion"`
	MediaType     string       `json:"mediaType"`
	Config        descriptor   `json:"config"`
	Layers        []descriptor `json:"layers"`
}

// addOCI adds the part of a registry that is read: manifests, tags and blobs.
func addOCI(documents map[string]document, place string, packed []release) error {
	documents["/v2/"] = document{"application/json", []byte("{}")}
	tags := map[string][]string{}
	for _, p := range packed {
		config, err := yaml.YAMLToJSON(p.Head)
		if err != nil {
			return err
		}
		base := "/v2/" + place + "/" + p.Name
		m, err := json.Marshal(manifest{
			SchemaVersion: 2,
			MediaType:     string(types.OCIManifestSchema1),
			Config:        addBlob(documents, base, ociConfig, config),
			Layers:        []descriptor{addBlob(documents, base, ociChart, p.Data)},
		})
		if err != nil {
			return err
		}
		// A tag has no plus: Helm writes an underscore.
		tag := strings.ReplaceAll(p.Version, "+", "_")
		tags[base] = append(tags[base], tag)
		for _, reference := range []string{tag, "sha256:" + sum(m)} {
			documents[base+"/manifests/"+reference] = document{string(types.OCIManifestSchema1), m}
		}
	}
	for base, list := range tags {
		text, err := json.Marshal(map[string]any{"name": strings.TrimPrefix(base, "/v2/"), "tags": list})
		if err != nil {
			return err
		}
		documents[base+"/tags/list"] = document{"application/json", text}
	}
	return nil
}

// addBlob adds a blob and returns what points to it.
func addBlob(documents map[string]document, base, mediaType string, data []byte) descriptor {
	d := descriptor{MediaType: mediaType, Digest: "sha256:" + sum(data), Size: len(data)}
	documents[base+"/blobs/"+d.Digest] = document{"application/octet-stream", data}
	return d
}

// sum is the SHA-256 digest in hexadecimal.
func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}
