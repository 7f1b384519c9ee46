// Package xpkg builds Skerry's Crossplane packages: two Configurations, of which
// a platform installs one, and the functions that both call. It needs no
// container engine: images are put together here, packages by the Crossplane
// CLI, which parses and lints them exactly as Crossplane does.
//
// The same sources give the same bytes, wherever and whenever they are built.
//
// The package doesn't know what the functions do nor where XRDs, compositions
// and input schemas come from: it takes the files that are there.
package xpkg

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Functions are Skerry's functions, in the order in which they are built. Each
// is a command in functions/<name> and a package in package/functions/<name>.
var Functions = []string{"kubernetescluster", "storage", "exposure", "platform"}

// published are the architectures that functions are published for, all of them
// on Linux.
var published = []string{"amd64", "arm64"}

// configuration is a Configuration package: where its parts lie below the root.
type configuration struct {
	name string
	meta string // its crossplane.yaml
	dir  string // of its apis and compositions
}

var configurations = []configuration{
	{name: "skerry", meta: "crossplane.yaml", dir: "."},
	{name: "skerry-namespaced", meta: "package/namespaced/crossplane.yaml", dir: "package/namespaced"},
}

// A Builder builds packages from the sources below Root.
type Builder struct {
	// Root is the repository's folder.
	Root string
	// Out is the folder that packages are written to. It need not exist.
	Out string
	// Version of the packages, with the leading v.
	Version string
	// Revision is the commit that is built, for an image label. It may be empty.
	Revision string
	// Crossplane is the path of the Crossplane CLI.
	Crossplane string
	// Architectures that functions are built for, all that are published when there
	// are none.
	Architectures []string
	// Progress takes a line for each step.
	Progress io.Writer
}

// A Package is a built package.
type Package struct {
	// Name is the package's, and the last part of its OCI repository.
	Name string
	// Files hold one .xpkg for each architecture, or a single one where the
	// package runs nothing.
	Files []string
}

// Build builds all packages.
func (b Builder) Build(ctx context.Context) ([]Package, error) {
	cfgs, err := b.Configurations(ctx)
	if err != nil {
		return nil, err
	}
	fns, err := b.Functions(ctx)
	if err != nil {
		return nil, err
	}
	return append(cfgs, fns...), nil
}

// Configurations builds the two Configuration packages.
func (b Builder) Configurations(ctx context.Context) ([]Package, error) {
	var out []Package
	for _, c := range configurations {
		p, err := b.configuration(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("cannot build package %q: %w", c.name, err)
		}
		out = append(out, p)
	}
	return out, nil
}

// Functions builds the Function packages.
func (b Builder) Functions(ctx context.Context) ([]Package, error) {
	var out []Package
	for _, name := range Functions {
		p, err := b.function(ctx, name)
		if err != nil {
			return nil, fmt.Errorf("cannot build package %q: %w", functionPackage(name), err)
		}
		out = append(out, p)
	}
	return out, nil
}

func functionPackage(name string) string { return "function-" + name }

func (b Builder) configuration(ctx context.Context, c configuration) (Package, error) {
	work, err := b.workDir()
	if err != nil {
		return Package{}, err
	}
	defer func() { _ = os.RemoveAll(work) }()
	if err := b.stageConfiguration(c, work); err != nil {
		return Package{}, err
	}
	file := filepath.Join(b.Out, fmt.Sprintf("%s-%s.xpkg", c.name, b.Version))
	if err := b.pack(ctx, work, "", file); err != nil {
		return Package{}, err
	}
	return Package{Name: c.name, Files: []string{file}}, nil
}

func (b Builder) function(ctx context.Context, name string) (Package, error) {
	work, err := b.workDir()
	if err != nil {
		return Package{}, err
	}
	defer func() { _ = os.RemoveAll(work) }()
	stage := filepath.Join(work, "package")
	if err := b.stageFunction(name, stage); err != nil {
		return Package{}, err
	}
	p := Package{Name: functionPackage(name)}
	for _, arch := range b.architectures() {
		runtime := filepath.Join(work, arch+".tar")
		if err := b.buildRuntime(ctx, name, arch, runtime); err != nil {
			return Package{}, err
		}
		file := filepath.Join(b.Out, fmt.Sprintf("%s-%s-%s.xpkg", p.Name, b.Version, arch))
		if err := b.pack(ctx, stage, runtime, file); err != nil {
			return Package{}, err
		}
		p.Files = append(p.Files, file)
	}
	return p, nil
}

func (b Builder) architectures() []string {
	if len(b.Architectures) == 0 {
		return published
	}
	return b.Architectures
}

// workDir makes a folder for one package's intermediate files. It lies within
// Out, which may hold files as big as a function's binary: /tmp may not.
func (b Builder) workDir() (string, error) {
	if err := os.MkdirAll(b.Out, 0o750); err != nil {
		return "", err
	}
	return os.MkdirTemp(b.Out, ".build-*")
}

func (b Builder) progressf(format string, a ...any) {
	_, _ = fmt.Fprintf(b.Progress, format+"\n", a...)
}
