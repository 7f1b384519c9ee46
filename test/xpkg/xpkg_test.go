// Package xpkg tests that Skerry's packages are what Crossplane expects: it
// builds them, publishes them to a registry of its own, and reads them back.
package xpkg

import (
	"bytes"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/skerry-dev/skerry/package/xpkg"
	"github.com/skerry-dev/skerry/test/tools"
)

const version = "v0.0.0-test.1"

// root returns the repository's folder.
func root(t *testing.T) string {
	t.Helper()
	dir, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// crossplane returns the path of the Crossplane CLI. A cold build of it takes
// minutes, so tests that need it are skipped in short mode.
func crossplane(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("needs the Crossplane CLI")
	}
	cli, err := tools.Build(t.Context(), os.Stderr, "crossplane-cli")
	if err != nil {
		t.Fatal(err)
	}
	return cli
}

// sources are what packages are built from.
var sources = []string{"go.mod", "go.sum", "crossplane.yaml", "apis", "compositions", "functions", "package"}

// project returns a copy of the repository at dir, with just the sources of
// packages: what else a build needs would show.
func project(t *testing.T, dir string) string {
	t.Helper()
	out := t.TempDir()
	for _, path := range sources {
		from, to := filepath.Join(dir, path), filepath.Join(out, path)
		if info, err := os.Stat(from); err != nil || !info.IsDir() {
			write(t, to, read(t, from))
			continue
		}
		if err := os.CopyFS(to, os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// builder returns a builder of the project at dir, with an empty output folder.
func builder(t *testing.T, dir string) xpkg.Builder {
	t.Helper()
	return xpkg.Builder{
		Root:       dir,
		Out:        t.TempDir(),
		Version:    version,
		Revision:   "0123abc",
		Crossplane: crossplane(t),
		Progress:   t.Output(),
	}
}

// serve starts a registry and returns the prefix to push packages below.
func serve(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://") + "/skerry-dev"
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func write(t *testing.T, path, data string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
		t.Fatal(err)
	}
}

// documents splits a YAML stream, without the empty documents.
func documents(stream string) []string {
	var out []string
	for doc := range strings.SplitSeq(stream, "\n---") {
		doc = strings.TrimPrefix(doc, "---")
		if len(bytes.TrimSpace([]byte(doc))) > 0 {
			out = append(out, doc)
		}
	}
	return out
}
