// Package xpkg takes the CRDs out of a released Crossplane package, for tests
// that need the schemas of a provider which publishes no Go module with them.
package xpkg

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// OpenStackPackage is the released package whose CRDs tests validate OpenStack's
// managed resources against.
//
// renovate: datasource=docker depName=xpkg.crossplane.io/crossplane-contrib/provider-openstack
const OpenStackPackage = "xpkg.crossplane.io/crossplane-contrib/provider-openstack:v0.9.0"

const (
	// baseAnnotation marks the layer that holds package.yaml, as the xpkg
	// specification says.
	baseAnnotation = "io.crossplane.xpkg"
	baseLayer      = "base"
	packageFile    = "package.yaml"

	// modernSuffix ends the API groups of namespaced (v2) managed resources. The
	// cluster-scoped ones of Crossplane v1 are left out: Skerry doesn't use them.
	modernSuffix = ".m.crossplane.io"
)

// OpenStackDir returns where the repo at root keeps OpenStackPackage's CRDs once
// they are downloaded.
func OpenStackDir(root string) string {
	return filepath.Join(root, ".cache", "crds", "provider-openstack")
}

// ExtractCRDs pulls the package ref and writes the CRDs of its namespaced kinds
// into dir, one <group>_<plural>.yaml each. What dir held before is replaced. It
// returns how many CRDs it wrote.
func ExtractCRDs(ctx context.Context, ref, dir string) (int, error) {
	img, err := pull(ctx, ref)
	if err != nil {
		return 0, fmt.Errorf("cannot pull %q: %w", ref, err)
	}
	stream, err := openPackage(img)
	if err != nil {
		return 0, fmt.Errorf("cannot read package %q: %w", ref, err)
	}
	defer func() { _ = stream.Close() }()
	crds, err := readCRDs(stream)
	if err != nil {
		return 0, fmt.Errorf("cannot read %s of package %q: %w", packageFile, ref, err)
	}
	return len(crds), replaceDir(dir, crds)
}

func pull(ctx context.Context, ref string) (v1.Image, error) {
	r, err := name.ParseReference(ref)
	if err != nil {
		return nil, err
	}
	return remote.Image(r, remote.WithContext(ctx))
}

// openPackage returns the image's package.yaml: from the annotated layer, or
// from the whole file system when no layer is annotated.
func openPackage(img v1.Image) (io.ReadCloser, error) {
	m, err := img.Manifest()
	if err != nil {
		return nil, err
	}
	for _, d := range m.Layers {
		if d.Annotations[baseAnnotation] != baseLayer {
			continue
		}
		l, err := img.LayerByDigest(d.Digest)
		if err != nil {
			return nil, err
		}
		rc, err := l.Uncompressed()
		if err != nil {
			return nil, err
		}
		return findFile(rc)
	}
	return findFile(mutate.Extract(img))
}

// findFile returns package.yaml within the tar stream, and owns the stream.
func findFile(rc io.ReadCloser) (io.ReadCloser, error) {
	tr := tar.NewReader(rc)
	for {
		h, err := tr.Next()
		if err == nil && filepath.Base(h.Name) == packageFile {
			return readCloser{tr, rc}, nil
		}
		if err == nil {
			continue
		}
		_ = rc.Close()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("it has no %s", packageFile)
		}
		return nil, err
	}
}

type readCloser struct {
	io.Reader
	io.Closer
}

// meta is what identifies a CRD in the stream.
type meta struct {
	Kind string `json:"kind"`
	Spec struct {
		Group string `json:"group"`
		Names struct {
			Plural string `json:"plural"`
		} `json:"names"`
	} `json:"spec"`
}

// readCRDs returns the manifests of namespaced kinds' CRDs by file name.
func readCRDs(r io.Reader) (map[string][]byte, error) {
	crds := map[string][]byte{}
	docs := utilyaml.NewYAMLReader(bufio.NewReader(r))
	for {
		doc, err := docs.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		m := meta{}
		if err := yaml.Unmarshal(doc, &m); err != nil {
			return nil, err
		}
		if m.Kind != "CustomResourceDefinition" || !strings.HasSuffix(m.Spec.Group, modernSuffix) {
			continue
		}
		file := m.Spec.Group + "_" + m.Spec.Names.Plural + ".yaml"
		if file != filepath.Base(file) { // the package must not choose where we write
			return nil, fmt.Errorf("cannot name a file %q", file)
		}
		crds[file] = bytes.TrimSpace(doc)
	}
	if len(crds) == 0 {
		return nil, fmt.Errorf("it has no CRDs of groups that end in %q", modernSuffix)
	}
	return crds, nil
}

// replaceDir writes the files beside dir first, so that dir never holds a part.
func replaceDir(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o750); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), ".crds-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	for file, data := range files {
		if err := os.WriteFile(filepath.Join(tmp, file), append(data, '\n'), 0o600); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.Rename(tmp, dir)
}
