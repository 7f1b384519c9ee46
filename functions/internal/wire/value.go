// Package wire is the only room that knows protobuf: it decodes requests into
// claims and observed values, and encodes what was decided into responses.
package wire

import (
	"iter"
	"maps"
	"slices"

	"google.golang.org/protobuf/types/known/structpb"

	"github.com/skerry-dev/skerry/functions/internal/observed"
)

// value reads a protobuf value in place.
type value struct{ v *structpb.Value }

// of returns an observed.Value that reads a protobuf value.
func of(v *structpb.Value) observed.Value {
	if v == nil {
		return observed.None
	}
	return value{v}
}

// ofStruct returns an observed.Value that reads a protobuf struct.
func ofStruct(s *structpb.Struct) observed.Value {
	if s == nil {
		return observed.None
	}
	return object{s}
}

func (v value) Field(name string) observed.Value {
	return of(v.v.GetStructValue().GetFields()[name])
}

func (v value) Names() []string { return names(v.v.GetStructValue()) }

func names(s *structpb.Struct) []string { return slices.Sorted(maps.Keys(s.GetFields())) }

func (v value) Items() iter.Seq[observed.Value] {
	return func(yield func(observed.Value) bool) {
		for _, i := range v.v.GetListValue().GetValues() {
			if !yield(of(i)) {
				return
			}
		}
	}
}

func (v value) Text() string    { return v.v.GetStringValue() }
func (v value) Number() float64 { return v.v.GetNumberValue() }
func (v value) Truth() bool     { return v.v.GetBoolValue() }

func (v value) Exists() bool {
	_, null := v.v.GetKind().(*structpb.Value_NullValue)
	return !null
}

// object reads a protobuf struct in place.
type object struct{ s *structpb.Struct }

func (o object) Field(name string) observed.Value { return of(o.s.GetFields()[name]) }

func (o object) Names() []string { return names(o.s) }

func (object) Items() iter.Seq[observed.Value] { return func(func(observed.Value) bool) {} }

func (object) Text() string    { return "" }
func (object) Number() float64 { return 0 }
func (object) Truth() bool     { return false }
func (object) Exists() bool    { return true }
