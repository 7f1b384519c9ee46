package xpkg

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// ownPackages is where our own packages are published. What a Configuration
// depends on below it is one release with the Configuration.
const ownPackages = "xpkg.crossplane.io/skerry-dev/"

// metaFile is the manifest of a package, within its folder.
const metaFile = "crossplane.yaml"

// stageConfiguration puts the parts of the Configuration together in dir. It is
// needed because the CLI takes every YAML file below a package's folder.
func (b Builder) stageConfiguration(c configuration, dir string) error {
	meta, err := os.ReadFile(filepath.Join(b.Root, c.meta))
	if err != nil {
		return err
	}
	if meta, err = setOwnVersions(meta, b.Version); err != nil {
		return fmt.Errorf("cannot read %s: %w", c.meta, err)
	}
	if err := writeFile(filepath.Join(dir, metaFile), meta); err != nil {
		return err
	}
	for _, pattern := range []string{"apis/*/definition.yaml", "compositions/*.yaml"} {
		n, err := copyMatches(filepath.Join(b.Root, c.dir), pattern, dir)
		if err != nil {
			return err
		}
		if n == 0 {
			return fmt.Errorf("no file matches %s: run `make generate`", filepath.Join(c.dir, pattern))
		}
	}
	_, err = copyMatches(filepath.Join(b.Root, "package"), "activation.yaml", dir)
	return err
}

// stageFunction puts the function's manifest and its inputs' schemas in dir. A
// function need not have an input.
func (b Builder) stageFunction(name, dir string) error {
	src := filepath.Join(b.Root, "package", "functions", name)
	meta, err := os.ReadFile(filepath.Join(src, metaFile))
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, metaFile), meta); err != nil {
		return err
	}
	_, err = copyMatches(src, "input/*.yaml", dir)
	return err
}

// setOwnVersions returns the manifest with the version set on every dependency
// that is ours: a function of another release might not know a field that this
// release's XRDs have.
func setOwnVersions(meta []byte, version string) ([]byte, error) {
	m := map[string]any{}
	if err := yaml.Unmarshal(meta, &m); err != nil {
		return nil, err
	}
	spec, _ := m["spec"].(map[string]any)
	deps, _ := spec["dependsOn"].([]any)
	for _, d := range deps {
		dep, _ := d.(map[string]any)
		if pkg, _ := dep["package"].(string); strings.HasPrefix(pkg, ownPackages) {
			dep["version"] = version
		}
	}
	return yaml.Marshal(m)
}

// copyMatches copies the files below src that match the pattern to the same
// place below dst, and returns how many there were.
func copyMatches(src, pattern, dst string) (int, error) {
	paths, err := filepath.Glob(filepath.Join(src, pattern))
	if err != nil {
		return 0, err
	}
	for _, path := range paths {
		rel, err := filepath.Rel(src, path)
		if err != nil {
			return 0, err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return 0, err
		}
		if err := writeFile(filepath.Join(dst, rel), data); err != nil {
			return 0, err
		}
	}
	return len(paths), nil
}

func writeFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}
