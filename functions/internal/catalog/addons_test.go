package catalog_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every add-on that the code installs is in the catalogue, and nothing else is:
// an entry that nobody installs would be bumped for ever. It reads the names of
// addon.Release literals from the source.
func TestAddonsAreThoseThatAreInstalled(t *testing.T) {
	installed := map[string]bool{}
	for _, pattern := range []string{"../component/*", "../../platform", "../plan"} {
		dirs, err := filepath.Glob(pattern)
		if err != nil || len(dirs) == 0 {
			t.Fatalf("cannot find the components: %v", err)
		}
		for _, dir := range dirs {
			for _, name := range releases(t, dir) {
				installed[name] = true
			}
		}
	}
	var want, have []string
	for name := range installed {
		want = append(want, name)
	}
	for _, a := range merged(t, `{}`).Addons {
		have = append(have, a.Name)
	}
	slices.Sort(want)
	slices.Sort(have)
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("-installed +in the catalogue:\n%s", diff)
	}
}

// releases returns the names of the releases that a package makes.
func releases(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	constants := map[string]string{}
	var names []ast.Expr
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, v := range n.Values {
					if s, ok := text(v); ok {
						constants[n.Names[i].Name] = s
					}
				}
			case *ast.CallExpr:
				// What Storages bring themselves is planned by name.
				if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "chartOf" {
					names = append(names, n.Args[1])
				}
			case *ast.CompositeLit:
				if name := releaseName(n); name != nil {
					names = append(names, name)
				}
			}
			return true
		})
	}
	out := make([]string, 0, len(names))
	for _, n := range names {
		s, ok := text(n)
		if id, isName := n.(*ast.Ident); isName {
			s, ok = constants[id.Name]
		}
		if !ok {
			t.Errorf("%s: the name of a release is neither a string nor a constant of the package", dir)
		}
		out = append(out, s)
	}
	return out
}

// releaseName returns the Name in an addon.Release literal, or nil.
func releaseName(lit *ast.CompositeLit) ast.Expr {
	sel, ok := lit.Type.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Release" {
		return nil
	}
	if pkg, ok := sel.X.(*ast.Ident); !ok || pkg.Name != "addon" {
		return nil
	}
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if ok && kv.Key.(*ast.Ident).Name == "Name" {
			return kv.Value
		}
	}
	return nil
}

func text(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}
