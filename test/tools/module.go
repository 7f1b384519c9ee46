package tools

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// A toolModule is a tool's Go module: a go.mod with one tool directive.
type toolModule struct {
	dir     string // absolute
	path    string // of the main package
	version string // of the module that holds the main package
	mod     []byte
	sum     []byte
}

// readToolModule reads the module in dir. It returns an error for which
// os.IsNotExist holds when there is none.
func readToolModule(dir string) (toolModule, error) {
	file := filepath.Join(dir, "go.mod")
	mod, err := os.ReadFile(file)
	if err != nil {
		return toolModule{}, err
	}
	f, err := modfile.Parse(file, mod, nil)
	if err != nil {
		return toolModule{}, err
	}
	if len(f.Tool) != 1 {
		return toolModule{}, fmt.Errorf("cannot choose a program: %s has %d tool directives, want 1", file, len(f.Tool))
	}
	sum, err := os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil {
		return toolModule{}, fmt.Errorf("cannot read go.sum (run `go mod tidy` in %s): %w", dir, err)
	}
	path := f.Tool[0].Path
	version, err := providerOf(f, path)
	if err != nil {
		return toolModule{}, err
	}
	return toolModule{dir: dir, path: path, version: version, mod: mod, sum: sum}, nil
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
