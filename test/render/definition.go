package render

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"sigs.k8s.io/yaml"
)

// A definition is what belongs to one XRD.
type definition struct {
	xrd         string // path
	composition string // path
	composite   string // kind
	claim       string // kind, empty when it offers none
}

// readDefinitions returns the definitions of the package in dir, by the kinds of
// their composites and of their claims.
func readDefinitions(dir string) (map[string]definition, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "apis", "*", "definition.yaml"))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("cannot find XRDs: there is no apis/*/definition.yaml in %s", dir)
	}
	kinds := map[string]definition{}
	for _, path := range paths {
		d, err := readDefinition(dir, path)
		if err != nil {
			return nil, fmt.Errorf("cannot read XRD %s: %w", path, err)
		}
		kinds[d.composite] = d
		if d.claim != "" {
			kinds[d.claim] = d
		}
	}
	return kinds, nil
}

func readDefinition(dir, path string) (definition, error) {
	xrd := struct {
		Spec struct {
			Names      struct{ Kind string }
			ClaimNames struct{ Kind string }
		}
	}{}
	if err := readYAML(path, &xrd); err != nil {
		return definition{}, err
	}
	if xrd.Spec.Names.Kind == "" {
		return definition{}, fmt.Errorf("it has no spec.names.kind")
	}
	plural := filepath.Base(filepath.Dir(path))
	return definition{
		xrd:         path,
		composition: filepath.Join(dir, "compositions", plural+".yaml"),
		composite:   xrd.Spec.Names.Kind,
		claim:       xrd.Spec.ClaimNames.Kind,
	}, nil
}

// functions returns the names of the functions in the composition's pipeline.
func (d definition) functions() ([]string, error) {
	c := struct {
		Spec struct {
			Pipeline []struct {
				FunctionRef struct{ Name string }
			}
		}
	}{}
	if err := readYAML(d.composition, &c); err != nil {
		return nil, fmt.Errorf("cannot read composition %s: %w", d.composition, err)
	}
	seen, names := map[string]bool{}, []string{}
	for _, step := range c.Spec.Pipeline {
		if name := step.FunctionRef.Name; !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return names, nil
}

func readYAML(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return yaml.Unmarshal(data, into)
}

// functionObject is the Function that tells the CLI to dial the address rather
// than to run an image.
func functionObject(name, address string) map[string]any {
	return map[string]any{
		"apiVersion": "pkg.crossplane.io/v1",
		"kind":       "Function",
		"metadata": map[string]any{
			"name": name,
			"annotations": map[string]any{
				"render.crossplane.io/runtime":                    "Development",
				"render.crossplane.io/runtime-development-target": address,
			},
		},
		"spec": map[string]any{"package": "example.org/not-pulled:v0.0.0"},
	}
}

// Kinds returns the kinds that people write, sorted: of each XRD the claim, or
// the composite where it offers no claim.
func (h *Harness) Kinds() []string {
	var kinds []string
	for kind, d := range h.kinds {
		if d.claim == "" || kind == d.claim {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}
