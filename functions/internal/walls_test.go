// Package internal_test keeps the walls between the rooms: who may import whom,
// and who may look at the world. It reads the source, not what is built.
package internal_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/skerry-dev/skerry/"

// source is one file of the functions that isn't a test.
type source struct {
	file  string // under functions/: "internal/plan/plan.go"
	room  string // the package: "internal/plan"
	tree  *ast.File
	lines *token.FileSet
}

// at says where something stands.
func (s source) at(p token.Pos) string { return s.lines.Position(p).String() }

// imports calls back for each import.
func (s source) imports(f func(path string, at string)) {
	for _, i := range s.tree.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		f(p, s.at(i.Pos()))
	}
}

// forTests says that a package exists for tests: its name ends so.
func forTests(importPath string) bool { return strings.HasSuffix(importPath, "test") }

// sources returns every file of functions/ but tests and what exists for them.
func sources(t *testing.T) []source {
	t.Helper()
	var out []source
	fset := token.NewFileSet()
	err := filepath.WalkDir("..", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || forTests(d.Name())):
			return filepath.SkipDir
		case !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go"):
			return nil
		}
		tree, err := parser.ParseFile(fset, p, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		file, err := filepath.Rel("..", p)
		file = filepath.ToSlash(file)
		out = append(out, source{file: file, room: path.Dir(file), tree: tree, lines: fset})
		return err
	})
	if err != nil || len(out) < 50 {
		t.Fatalf("found %d files: %v", len(out), err)
	}
	return out
}

// protobuf is known to wire, to serve, and to the two files of a function that
// take a request and give an answer.
func TestOnlyWireKnowsProtobuf(t *testing.T) {
	may := func(s source) bool {
		isMain := !strings.HasPrefix(s.room, "internal/")
		return s.room == "internal/wire" || s.room == "internal/serve" ||
			isMain && slices.Contains([]string{"fn.go", "main.go"}, path.Base(s.file))
	}
	for _, s := range sources(t) {
		s.imports(func(imported, at string) {
			for _, p := range []string{"google.golang.org/protobuf", "google.golang.org/grpc", "github.com/golang/protobuf", "github.com/crossplane/function-sdk-go"} {
				if strings.HasPrefix(imported, p) && !may(s) {
					t.Errorf("%s: imports %s, which only wire, serve, and a function's fn.go and main.go know", at, imported)
				}
			}
		})
	}
}

// Nothing but serve looks at the world, and a function's fn.go at the clock: no
// chance, no network, no files, no logger, no output. The same request at the same
// time gives the same bytes.
func TestNothingLooksAtTheWorld(t *testing.T) {
	forbidden := []string{
		"crypto/rand", "log", "log/slog", "math/rand", "math/rand/v2", "net", "net/http", "os", "os/exec", "runtime/debug", "syscall", "testing",
	}
	for _, s := range sources(t) {
		if s.room == "internal/serve" {
			continue
		}
		s.imports(func(imported, at string) {
			if slices.Contains(forbidden, imported) {
				t.Errorf("%s: imports %s", at, imported)
			}
		})
		ast.Inspect(s.tree, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && looks(sel) && !isTheClock(s, sel) {
				t.Errorf("%s: uses %s.%s", s.at(sel.Pos()), sel.X, sel.Sel)
			}
			return true
		})
	}
}

// isTheClock says whether it is the one clock that there is: a function's, which it
// hands down as a time.
func isTheClock(s source, sel *ast.SelectorExpr) bool {
	x, _ := sel.X.(*ast.Ident)
	return path.Base(s.file) == "fn.go" && !strings.HasPrefix(s.room, "internal/") && x != nil && x.Name == "time" && sel.Sel.Name == "Now"
}

// looks says whether a selector is a clock, or prints.
func looks(sel *ast.SelectorExpr) bool {
	pkg, ok := sel.X.(*ast.Ident)
	if !ok {
		return false
	}
	switch pkg.Name {
	case "time":
		return slices.Contains([]string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep"}, sel.Sel.Name)
	case "fmt":
		return slices.Contains([]string{"Print", "Printf", "Println"}, sel.Sel.Name)
	}
	return false
}

// mayImport says which rooms of ours a room may import. Data flows one way:
// decode, plan, render, hold, status, encode.
var mayImport = map[string]string{
	"external":  "external",
	"observed":  "",
	"refusal":   "",
	"plan/scs":  "",
	"serve":     "",
	"readiness": "observed",
	"catalog":   "apis plan/scs plan/window refusal",
	"status":    "apis render",
	"component": "apis component external plan readiness render",
	"engine":    "apis component engine external plan readiness render",

	"plan/schedule": "apis refusal",
	"plan/window":   "apis plan/schedule refusal",
	"plan":          "apis catalog external observed plan/scs plan/schedule plan/window readiness refusal",
	"render":        "apis external observed readiness",
	"maintenance":   "apis external observed plan readiness render",
	"wire":          "apis catalog observed plan refusal render status",
}

// roomOf returns the key of mayImport that a package of ours belongs to, or the
// package itself.
func roomOf(pkg string) string {
	if pkg == "apis" || strings.HasPrefix(pkg, "apis/") {
		return "apis"
	}
	pkg = strings.TrimPrefix(pkg, "functions/internal/")
	for p := pkg; p != "."; p = path.Dir(p) {
		if _, ok := mayImport[p]; ok {
			return p
		}
	}
	return pkg
}

func TestRoomsImportOneWay(t *testing.T) {
	for _, s := range sources(t) {
		pkg, internal := strings.CutPrefix(s.room, "internal/")
		if !internal {
			continue
		}
		from := roomOf(pkg)
		may, known := mayImport[from]
		if !known {
			t.Errorf("%s: no wall is drawn around this room: add it to mayImport", s.file)
		}
		s.imports(func(imported, at string) {
			ours, ok := strings.CutPrefix(imported, module)
			if to := roomOf(ours); ok && !slices.Contains(strings.Fields(may), to) {
				t.Errorf("%s: %s imports %s, and may import only: %s", at, from, to, may)
			}
		})
	}
}

// What exists for tests is in no program.
func TestNoProgramHasTestRooms(t *testing.T) {
	for _, s := range sources(t) {
		s.imports(func(imported, at string) {
			if ours, ok := strings.CutPrefix(imported, module); ok && (forTests(ours) || strings.HasPrefix(ours, "test/")) {
				t.Errorf("%s: imports %s, which exists for tests", at, imported)
			}
		})
	}
}

// Components don't know the catalogue, the request or each other's service
// level: what they need is decided in the plan.
func TestComponentsAskForNoLevel(t *testing.T) {
	for _, s := range sources(t) {
		if room := roomOf(strings.TrimPrefix(s.room, "internal/")); room != "component" && room != "engine" {
			continue
		}
		ast.Inspect(s.tree, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if inner, isSel := selectorOf(sel, ok); isSel && inner.Sel.Name == "Level" {
				t.Errorf("%s: reads .Level.%s: the plan decides what a level means", s.at(sel.Pos()), sel.Sel.Name)
			}
			return true
		})
	}
}

func selectorOf(sel *ast.SelectorExpr, ok bool) (*ast.SelectorExpr, bool) {
	if !ok {
		return nil, false
	}
	inner, isSel := sel.X.(*ast.SelectorExpr)
	return inner, isSel
}
