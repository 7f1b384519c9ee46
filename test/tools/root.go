package tools

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
)

// modulePath is the project's module, by which Root knows its go.mod among
// those of the tool modules.
const modulePath = "github.com/skerry-dev/skerry"

// Root returns the repo's folder: the first one upward from the working
// directory whose go.mod is the project's.
func Root() (string, error) {
	wd, err := os.Getwd()
	if err != nil {
		return "", err
	}
	return rootFrom(wd)
}

func rootFrom(dir string) (string, error) {
	for d := dir; ; d = filepath.Dir(d) {
		data, err := os.ReadFile(filepath.Join(d, "go.mod"))
		if err == nil && modfile.ModulePath(data) == modulePath {
			return d, nil
		}
		if d == filepath.Dir(d) {
			return "", fmt.Errorf("cannot find the repo: no go.mod of %s in %q or above", modulePath, dir)
		}
	}
}
