// Package fields proves that the API keeps its word: that a field exists only
// when it has an effect. It lists the fields of the API's Go types, and finds
// the code that reads and writes them.
//
// The package knows nothing of what an effect is: code that reads a field and
// then ignores the value is enough for it.
package fields

import (
	"fmt"
	"go/types"
	"reflect"
	"strings"
)

// A Field is a field of the API, at one place in a manifest.
type Field struct {
	// Path in a manifest, for example "Storage.spec.clusterRef.name". A list's
	// entries are "[]", a map's values "{}".
	Path string

	v *types.Var
}

// Of returns all fields of the named kind of package api, outer fields before
// inner ones. What the kind embeds, its TypeMeta and ObjectMeta, is left out:
// those are Kubernetes' fields.
func Of(api *types.Package, kind string) ([]Field, error) {
	obj := api.Scope().Lookup(kind)
	if obj == nil {
		return nil, fmt.Errorf("cannot find kind %q in %q", kind, api.Path())
	}
	return below(kind, obj.Type(), api), nil
}

// below returns the fields below path, where a value of type t is. Types of
// other packages, such as a quantity, are values without fields.
func below(path string, t types.Type, api *types.Package) []Field {
	switch t := types.Unalias(t).(type) {
	case *types.Pointer:
		return below(path, t.Elem(), api)
	case *types.Slice:
		return below(path+"[]", t.Elem(), api)
	case *types.Map:
		return below(path+"{}", t.Elem(), api)
	case *types.Named:
		if t.Obj().Pkg() != api {
			return nil
		}
		return below(path, t.Underlying(), api)
	case *types.Struct:
		return inStruct(path, t, api)
	}
	return nil
}

// inStruct returns the fields of struct t at path, each followed by those below.
func inStruct(path string, t *types.Struct, api *types.Package) []Field {
	var out []Field
	for i := range t.NumFields() {
		v := t.Field(i)
		name := jsonName(v, t.Tag(i))
		if v.Embedded() || name == "" {
			continue
		}
		at := path + "." + name
		out = append(out, Field{Path: at, v: v})
		out = append(out, below(at, v.Type(), api)...)
	}
	return out
}

// jsonName returns the name of a field in a manifest; it is empty when the field
// is never encoded.
func jsonName(v *types.Var, tag string) string {
	name, _, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
	switch {
	case name == "-" || !v.Exported():
		return ""
	case name == "":
		return v.Name()
	}
	return name
}
