package charttest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/skerry-dev/skerry/functions/internal/catalog"
)

// remedy is what a person can do about charts that aren't at hand.
const remedy = "Run `make chart-values`, or set CHARTS_DIR to a folder with <chart>/values.yaml."

// A folder holds charts.
type folder struct {
	path string
	// named by a person, in CHARTS_DIR. Its charts may be sources, whose versions
	// are made up, and a chart that it lacks is a mistake.
	named bool
}

// find returns the folder of the charts, which need not exist.
func find() (folder, error) {
	if path := os.Getenv("CHARTS_DIR"); path != "" {
		return folder{path, true}, nil
	}
	root, err := repository()
	return folder{path: filepath.Join(root, ".cache", "charts")}, err
}

// lacks says why a downloaded chart can't be checked against, or nothing: it
// was never downloaded, or the catalogue has another version by now.
func (f folder) lacks(chart string) string {
	if f.named {
		return ""
	}
	// test/tools/charts writes the version and the repository.
	text, err := os.ReadFile(filepath.Join(f.path, chart, "VERSION"))
	if err != nil {
		return "was not downloaded"
	}
	want := catalogue()[chart]
	if have, _, _ := strings.Cut(string(text), " "); have != want {
		return fmt.Sprintf("was downloaded at version %q, and the catalogue has %q", have, want)
	}
	return ""
}

// catalogue returns the charts of the built-in Platform with their versions.
var catalogue = sync.OnceValue(func() map[string]string {
	p, err := catalog.Merge(map[string]any{})
	if err != nil {
		panic(fmt.Sprintf("the built-in Platform is broken: %v", err))
	}
	out := map[string]string{}
	for _, a := range p.Addons {
		out[a.Chart] = a.Version
	}
	return out
})

// repository returns the folder with go.mod: tests run in their package's.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("cannot find go.mod in any folder above")
		}
		dir = parent
	}
}
