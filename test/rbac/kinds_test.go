package rbac

import (
	"go/ast"
	"go/constant"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/packages"
	"golang.org/x/tools/txtar"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

// goldens are where the functions' tests keep what they compose. Documents that
// begin with a comment, which is their key, are composed resources.
var goldens = []string{
	"functions/kubernetescluster/testdata/examples/*.txtar",
	"functions/storage/testdata/*.yaml",
	"functions/exposure/testdata/*.yaml",
	"functions/platform/testdata/*.yaml",
}

// levelGoldens list what each example is composed of at each level: the key, the
// kind without its group, and more.
const levelGoldens = "functions/kubernetescluster/testdata/levels/*.txt"

// An object is what we read of a composed resource.
type object struct {
	APIVersion string              `json:"apiVersion"`
	Kind       string              `json:"kind"`
	Rules      []rbacv1.PolicyRule `json:"rules"`
}

// composedKinds returns the kinds that are composed natively and whose rights no
// package brings.
func composedKinds(t *testing.T) []schema.GroupKind {
	t.Helper()
	return slices.DeleteFunc(allKinds(t), func(k schema.GroupKind) bool { return broughtBy(k) != "" })
}

// allKinds returns all kinds that are composed. Every kind of a level must be
// among those of the examples, which know its group.
func allKinds(t *testing.T) []schema.GroupKind {
	t.Helper()
	found, names := map[schema.GroupKind]bool{}, map[string]bool{}
	for _, o := range composed(t) {
		gv, err := schema.ParseGroupVersion(o.APIVersion)
		if err != nil {
			t.Fatal(err)
		}
		found[gv.WithKind(o.Kind).GroupKind()], names[o.Kind] = true, true
	}
	for path, text := range files(t, levelGoldens) {
		for line := range strings.Lines(text) {
			if kind := strings.Fields(line)[1]; !names[kind] {
				t.Fatalf("cannot tell the group of kind %s in %s: no example is composed of one", kind, path)
			}
		}
	}
	return slices.SortedFunc(maps.Keys(found), func(a, b schema.GroupKind) int { return strings.Compare(a.String(), b.String()) })
}

// composedRules returns the rules of all composed Roles.
func composedRules(t *testing.T) []rbacv1.PolicyRule {
	t.Helper()
	var out []rbacv1.PolicyRule
	for _, o := range composed(t) {
		if o.Kind == "Role" {
			out = append(out, o.Rules...)
		}
	}
	return out
}

// composed returns the resources in all goldens.
func composed(t *testing.T) []object {
	t.Helper()
	var out []object
	for _, pattern := range goldens {
		for path, text := range files(t, pattern) {
			if filepath.Ext(path) == ".txtar" {
				text = composedPart(t, path, text)
			}
			docs := strings.Split("\n"+text, "\n---\n# ")[1:]
			if len(docs) == 0 {
				t.Fatalf("cannot find composed resources in %s", path)
			}
			for _, doc := range docs {
				o := object{}
				if err := yaml.Unmarshal([]byte("# "+doc), &o); err != nil {
					t.Fatalf("%s: %v", path, err)
				}
				out = append(out, o)
			}
		}
	}
	return out
}

func composedPart(t *testing.T, path, text string) string {
	t.Helper()
	for _, f := range txtar.Parse([]byte(text)).Files {
		if f.Name == "composed.yaml" {
			return string(f.Data)
		}
	}
	t.Fatalf("cannot find composed.yaml in %s", path)
	return ""
}

// files returns the files of the repo that match the pattern, by their paths.
// There must be one.
func files(t *testing.T, pattern string) map[string]string {
	t.Helper()
	paths, err := fs.Glob(os.DirFS(root(t)), pattern)
	if err != nil || len(paths) == 0 {
		t.Fatalf("no file matches %s: %v", pattern, err)
	}
	out := map[string]string{}
	for _, p := range paths {
		out[p] = read(t, filepath.Join(root(t), p))
	}
	return out
}

// platformRequirement is the kind that every function asks for by a call of its
// own.
var platformRequirement = schema.GroupKind{Group: "skerry.dev", Kind: "Platform"}

// requiredKinds returns the kinds that functions ask Crossplane for and whose
// rights no package brings. It finds the calls in their sources: a kind that is
// asked for in one case only would not show in any single run.
func requiredKinds(t *testing.T) []schema.GroupKind {
	t.Helper()
	cfg := &packages.Config{
		Dir:  root(t),
		Mode: packages.NeedName | packages.NeedImports | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo,
	}
	pkgs, err := packages.Load(cfg, "./functions/...", "./apis/...")
	if err != nil {
		t.Fatal(err)
	}
	found := map[schema.GroupKind]bool{platformRequirement: true}
	for _, pkg := range pkgs {
		for _, err := range pkg.Errors {
			t.Fatalf("cannot load %q: %v", pkg.PkgPath, err)
		}
		for _, kind := range requirements(t, pkg) {
			found[kind] = true
		}
	}
	maps.DeleteFunc(found, func(k schema.GroupKind, _ bool) bool { return broughtBy(k) != "" })
	return slices.SortedFunc(maps.Keys(found), func(a, b schema.GroupKind) int { return strings.Compare(a.String(), b.String()) })
}

// requirements returns the kinds in a package's calls of wire.RequireNamed and
// wire.RequireLabelled.
func requirements(t *testing.T, pkg *packages.Package) []schema.GroupKind {
	t.Helper()
	var out []schema.GroupKind
	for _, file := range pkg.Syntax {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !isRequire(call.Fun) {
				return true
			}
			gv, err := schema.ParseGroupVersion(constantOf(t, pkg, call.Args[2]))
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, gv.WithKind(constantOf(t, pkg, call.Args[3])).GroupKind())
			return true
		})
	}
	return out
}

// isRequire says whether a call is of one of the functions whose third and fourth
// arguments are an API version and a kind.
func isRequire(fun ast.Expr) bool {
	sel, ok := fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	pkg, ok := sel.X.(*ast.Ident)
	return ok && pkg.Name == "wire" && (sel.Sel.Name == "RequireNamed" || sel.Sel.Name == "RequireLabelled")
}

func constantOf(t *testing.T, pkg *packages.Package, e ast.Expr) string {
	t.Helper()
	v := pkg.TypesInfo.Types[e].Value
	if v == nil || v.Kind() != constant.String {
		t.Fatalf("%s: cannot tell what kind is asked for: API version and kind must be constants", pkg.Fset.Position(e.Pos()))
	}
	return constant.StringVal(v)
}
