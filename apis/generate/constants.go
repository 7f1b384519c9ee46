package main

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"

	"sigs.k8s.io/controller-tools/pkg/loader"
)

// A constant is a string constant of the API with its doc comment.
type constant struct {
	Value, About string
}

// conditions returns the condition types of the API: the string constants whose
// names start with Condition, in the order of the source.
func conditions(pkg *loader.Package) []constant {
	pkg.NeedSyntax()
	var out []constant
	for _, file := range pkg.Syntax {
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.CONST {
				continue
			}
			for _, spec := range gen.Specs {
				value, ok := spec.(*ast.ValueSpec)
				if !ok {
					continue
				}
				if c, ok := condition(value); ok {
					out = append(out, c)
				}
			}
		}
	}
	return out
}

// condition returns the condition type that spec declares, if it declares one.
func condition(spec *ast.ValueSpec) (constant, bool) {
	name := spec.Names[0].Name
	if !strings.HasPrefix(name, "Condition") || len(spec.Values) != 1 {
		return constant{}, false
	}
	lit, ok := spec.Values[0].(*ast.BasicLit)
	if !ok {
		return constant{}, false
	}
	value, err := strconv.Unquote(lit.Value)
	if err != nil {
		return constant{}, false
	}
	about := strings.Replace(oneLine(spec.Doc.Text()), name+" is ", "", 1)
	return constant{Value: value, About: escape(about)}, true
}
