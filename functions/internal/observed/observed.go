// Package observed reads what exists: composed resources as the API server
// returned them, field by field, without decoding the whole.
//
// It knows nothing of where the values come from: the functions read protobuf,
// tests read plain maps.
package observed

import "iter"

// A Value is a field of an observed resource. A Value that doesn't exist reads
// as zero values all the way down, so a chain of Field calls needs no checks.
type Value interface {
	// Field returns the field of that name.
	Field(name string) Value
	// Names returns the names of a map's fields, in alphabetical order.
	Names() []string
	// Items returns the items of a list, in order.
	Items() iter.Seq[Value]
	// Text returns a string, or "".
	Text() string
	// Number returns a number, or 0.
	Number() float64
	// Truth returns a boolean, or false.
	Truth() bool
	// Exists says whether the field is there.
	Exists() bool
}

// A Resource is a composed resource that exists.
type Resource struct {
	Value
	// Connection holds the keys and values of its connection secret.
	Connection map[string][]byte
}

// A Set is every composed resource that exists, by its key.
type Set map[string]Resource

// Get returns the resource with the key. One that doesn't exist reads as zero
// values.
func (s Set) Get(key string) Resource {
	if r, ok := s[key]; ok {
		return r
	}
	return Resource{Value: None}
}

// Has says whether the resource with the key exists.
func (s Set) Has(key string) bool {
	_, ok := s[key]
	return ok
}

// At returns the field at the path.
func At(v Value, path ...string) Value {
	for _, p := range path {
		v = v.Field(p)
	}
	return v
}

// A Condition of a resource. Status is "True", "False", "Unknown", or "" when
// the resource has no such condition.
type Condition struct {
	Status, Reason, Message string
}

// ConditionOf returns the condition of that type, read in place.
func ConditionOf(v Value, conditionType string) Condition {
	for c := range At(v, "status", "conditions").Items() {
		if c.Field("type").Text() != conditionType {
			continue
		}
		return Condition{
			Status:  c.Field("status").Text(),
			Reason:  c.Field("reason").Text(),
			Message: c.Field("message").Text(),
		}
	}
	return Condition{}
}

// Texts returns a map of strings, such as labels.
func Texts(v Value) map[string]string {
	names := v.Names()
	if len(names) == 0 {
		return nil
	}
	out := make(map[string]string, len(names))
	for _, n := range names {
		out[n] = v.Field(n).Text()
	}
	return out
}

// ExternalID returns the id that the cloud gave to a managed resource, or "".
func ExternalID(v Value) string { return At(v, "status", "atProvider", "id").Text() }

// None is a Value that doesn't exist.
var None Value = none{}

type none struct{}

func (none) Field(string) Value     { return None }
func (none) Names() []string        { return nil }
func (none) Items() iter.Seq[Value] { return func(func(Value) bool) {} }
func (none) Text() string           { return "" }
func (none) Number() float64        { return 0 }
func (none) Truth() bool            { return false }
func (none) Exists() bool           { return false }
