// Package tools builds the programs that tests and developers run, from the
// tool modules beside it: one folder with a go.mod for each project, because
// they pin different versions of the same libraries. The tool's version stands in
// its go.mod and nowhere else.
//
// The programs of one project, Kubernetes for one, share a module.
//
// Binaries are cached under .cache/bin in the repo, so a cold build (minutes
// for the big ones) happens once. The package doesn't know what the tools do.
package tools

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// baseFlags strip debug information, which halves the size of the cache.
const baseFlags = "-s -w"

// Build returns the path of the named tool's binary, for example "crossplane",
// and builds it when it is not in the cache yet. Progress goes to out. Several
// processes may build the same tool at once: one builds, the others wait.
func Build(ctx context.Context, out io.Writer, name string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	return buildIn(ctx, out, root, name)
}

func buildIn(ctx context.Context, out io.Writer, root, name string) (string, error) {
	t, err := load(root, name)
	if err != nil {
		return "", err
	}
	if exists(t.binary) {
		return t.binary, nil
	}
	unlock, err := Lock(ctx, out, t.binary+".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if exists(t.binary) { // built by somebody else while we waited
		return t.binary, nil
	}
	if err := t.build(ctx, out); err != nil {
		return "", fmt.Errorf("cannot build tool %q: %w", name, err)
	}
	return t.binary, nil
}

// A tool is everything that decides what one binary is.
type tool struct {
	name    string
	module  toolModule
	ldflags string
	// binary is the absolute path of the cached binary. Its name ends in a hash
	// of all that decides its content.
	binary string
}

// load reads the named tool's module in the repo at root.
func load(root, name string) (tool, error) {
	home := home(name)
	m, err := readToolModule(filepath.Join(root, "test", "tools", home.module), home.pkg)
	if os.IsNotExist(err) {
		return tool{}, fmt.Errorf("cannot find tool %q: it has no go.mod in test/tools/%s", name, home.module)
	}
	if err != nil {
		return tool{}, fmt.Errorf("cannot read the module of tool %q: %w", name, err)
	}
	flags := strings.TrimSpace(baseFlags + " " + stamps(name, m.version))
	file := fmt.Sprintf("%s-%s", name, m.digest(flags))
	return tool{name: name, module: m, ldflags: flags, binary: filepath.Join(BinDir(root), file)}, nil
}

// digest is the first 12 hex digits of a hash over the module's files and the
// build flags. The platform counts as a flag: one cache may serve two.
func (m toolModule) digest(ldflags string) string {
	h := sha256.New()
	h.Write(m.mod)
	h.Write(m.sum)
	_, _ = fmt.Fprintf(h, "CGO_ENABLED=0 GOOS=%s GOARCH=%s %s", runtime.GOOS, runtime.GOARCH, ldflags)
	return fmt.Sprintf("%x", h.Sum(nil))[:12]
}

// build compiles the tool beside its final place and moves it there, so that an
// interrupted build leaves no half a binary.
func (t tool) build(ctx context.Context, out io.Writer) error {
	tmp := t.binary + ".tmp"
	defer func() { _ = os.Remove(tmp) }()
	p := Package{
		Label:   title(t.name) + " " + t.module.version,
		Dir:     t.module.dir,
		Path:    t.module.path,
		LDFlags: t.ldflags,
	}
	if err := BuildPackage(ctx, out, p, tmp); err != nil {
		return err
	}
	return os.Rename(tmp, t.binary)
}

// CacheDir returns the folder of the repo at root for what can be made again.
func CacheDir(root string) string {
	return filepath.Join(root, ".cache")
}

// BinDir returns the folder of cached binaries of the repo at root.
func BinDir(root string) string {
	return filepath.Join(CacheDir(root), "bin")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
