package observed

import (
	"iter"
	"maps"
	"slices"
)

// Of returns a Value that reads plain decoded JSON: maps, slices, strings,
// booleans and numbers.
func Of(v any) Value {
	if v == nil {
		return None
	}
	return plain{v}
}

type plain struct{ v any }

func (p plain) Field(name string) Value {
	m, ok := p.v.(map[string]any)
	if !ok {
		return None
	}
	return Of(m[name])
}

func (p plain) Names() []string {
	m, _ := p.v.(map[string]any)
	return slices.Sorted(maps.Keys(m))
}

func (p plain) Items() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		l, _ := p.v.([]any)
		for _, i := range l {
			if !yield(Of(i)) {
				return
			}
		}
	}
}

func (p plain) Text() string {
	s, _ := p.v.(string)
	return s
}

func (p plain) Number() float64 {
	switch n := p.v.(type) {
	case float64:
		return n
	case int64:
		return float64(n)
	case int:
		return float64(n)
	}
	return 0
}

func (p plain) Truth() bool {
	b, _ := p.v.(bool)
	return b
}

func (plain) Exists() bool { return true }
