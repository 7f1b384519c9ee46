package tools

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// A toolModule is a tool's Go module, and the one of its programs that is meant.
type toolModule struct {
	dir     string // absolute
	path    string // of the main package
	version string // of the module that holds the main package
	mod     []byte
	sum     []byte
}

// readToolModule reads the module in dir and chooses its program: the one of the
// tool directive pkg, or the only one when pkg is empty. It returns an error for
// which os.IsNotExist holds when there is no module.
func readToolModule(dir, pkg string) (toolModule, error) {
	file := filepath.Join(dir, "go.mod")
	mod, err := os.ReadFile(file)
	if err != nil {
		return toolModule{}, err
	}
	f, err := modfile.Parse(file, mod, nil)
	if err != nil {
		return toolModule{}, err
	}
	path, err := programOf(f, pkg)
	if err != nil {
		return toolModule{}, fmt.Errorf("cannot choose a program of %s: %w", file, err)
	}
	sum, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil {
		return toolModule{}, fmt.Errorf("cannot read go.sum (run `go mod tidy` in %s): %w", dir, err)
	}
	version, err := providerOf(f, path)
	if err != nil {
		return toolModule{}, err
	}
	return toolModule{dir: dir, path: path, version: version, mod: mod, sum: sum}, nil
}

func programOf(f *modfile.File, pkg string) (string, error) {
	if pkg == "" && len(f.Tool) == 1 {
		return f.Tool[0].Path, nil
	}
	if pkg == "" {
		return "", fmt.Errorf("it has %d tool directives, want 1", len(f.Tool))
	}
	for _, t := range f.Tool {
		if t.Path == pkg {
			return pkg, nil
		}
	}
	return "", fmt.Errorf("it has no tool directive for %q", pkg)
}

// providerOf returns the version of the required module that holds the package:
// the one with the longest path that is a prefix of it.
func providerOf(f *modfile.File, pkg string) (string, error) {
	longest, version := "", ""
	for _, r := range f.Require {
		p := r.Mod.Path
		if p != pkg && !strings.HasPrefix(pkg, p+"/") {
			continue
		}
		if len(p) > len(longest) {
			longest, version = p, r.Mod.Version
		}
	}
	if version == "" {
		return "", fmt.Errorf("cannot find a requirement that holds package %q", pkg)
	}
	return version, nil
}
