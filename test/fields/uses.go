package fields

import (
	"go/ast"
	"go/token"
	"go/types"

	"golang.org/x/tools/go/packages"
)

// Uses are the struct fields that code reads and writes.
type Uses struct {
	reads, writes map[*types.Var]bool
}

// Find returns the uses of struct fields in the packages, which must be loaded
// with syntax and types.
func Find(pkgs []*packages.Package) Uses {
	u := Uses{reads: map[*types.Var]bool{}, writes: map[*types.Var]bool{}}
	for _, pkg := range pkgs {
		u.add(pkg)
	}
	return u
}

// Unread returns the paths of those fields that are not read.
func (u Uses) Unread(fields []Field) []string { return missing(fields, u.reads) }

// Unwritten returns the paths of those fields that are not written.
func (u Uses) Unwritten(fields []Field) []string { return missing(fields, u.writes) }

func missing(fields []Field, used map[*types.Var]bool) []string {
	var out []string
	for _, f := range fields {
		if !used[f.v] {
			out = append(out, f.Path)
		}
	}
	return out
}

// add adds the uses in a package. A name of a field that isn't assigned to is
// read; one whose address is taken is both, because either may happen through it.
func (u Uses) add(pkg *packages.Package) {
	assigned, addressed := map[*ast.Ident]bool{}, map[*ast.Ident]bool{}
	for _, file := range pkg.Syntax {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, target := range n.Lhs {
					mark(assigned, target)
				}
			case *ast.IncDecStmt:
				mark(assigned, n.X)
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					mark(addressed, n.X)
				}
			case *ast.CompositeLit:
				u.addLiteral(n, pkg.TypesInfo, assigned)
			case *ast.CallExpr:
				u.addConversion(n, pkg.TypesInfo)
			}
			return true
		})
	}

	for id, obj := range pkg.TypesInfo.Uses {
		v, ok := obj.(*types.Var)
		if !ok || !v.IsField() {
			continue
		}
		if assigned[id] || addressed[id] {
			u.writes[v] = true
		}
		if !assigned[id] {
			u.reads[v] = true
		}
	}
}

// addConversion reads all fields of a struct that is converted to another type:
// from then on they are fields of that type.
func (u Uses) addConversion(call *ast.CallExpr, info *types.Info) {
	if !info.Types[call.Fun].IsType() || len(call.Args) != 1 {
		return
	}
	s, ok := info.TypeOf(call.Args[0]).Underlying().(*types.Struct)
	if !ok {
		return
	}
	for v := range s.Fields() {
		u.reads[v] = true
	}
}

// addLiteral marks the keys of a struct literal as assigned. A literal without
// keys writes all fields.
func (u Uses) addLiteral(lit *ast.CompositeLit, info *types.Info, assigned map[*ast.Ident]bool) {
	s, ok := literalType(lit, info)
	if !ok {
		return
	}
	for i, elt := range lit.Elts {
		pair, ok := elt.(*ast.KeyValueExpr)
		if !ok {
			u.writes[s.Field(i)] = true
			continue
		}
		if key, ok := pair.Key.(*ast.Ident); ok {
			assigned[key] = true
		}
	}
}

// literalType returns the struct that lit is a literal of, if it is one. In a
// list of pointers a literal may leave out the &.
func literalType(lit *ast.CompositeLit, info *types.Info) (*types.Struct, bool) {
	t := info.TypeOf(lit)
	if t == nil {
		return nil, false
	}
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	s, ok := t.Underlying().(*types.Struct)
	return s, ok
}

// mark marks the fields on the way to the target of an assignment: assigning to
// a.B.C reads neither B nor C. An index on the way is no part of the target.
func mark(marked map[*ast.Ident]bool, target ast.Expr) {
	switch e := target.(type) {
	case *ast.SelectorExpr:
		marked[e.Sel] = true
		mark(marked, e.X)
	case *ast.IndexExpr:
		mark(marked, e.X)
	case *ast.StarExpr:
		mark(marked, e.X)
	case *ast.ParenExpr:
		mark(marked, e.X)
	}
}
