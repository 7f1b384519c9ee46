package observed

import (
	"encoding/json"
	"fmt"
)

// Same says whether a value is what another one, given as Go has it, is encoded to.
// Nothing, an empty map and an empty list are the same.
func Same(v Value, want any) (bool, error) {
	raw, err := json.Marshal(want)
	if err != nil {
		return false, fmt.Errorf("cannot encode %T: %w", want, err)
	}
	var plain any
	if err := json.Unmarshal(raw, &plain); err != nil {
		return false, fmt.Errorf("cannot decode %T: %w", want, err)
	}
	return same(v, plain), nil
}

func same(v Value, want any) bool {
	switch w := want.(type) {
	case nil:
		return isEmpty(v)
	case map[string]any:
		return sameMap(v, w)
	case []any:
		return sameList(v, w)
	case string:
		return v.Exists() && v.Text() == w
	case bool:
		return v.Exists() && v.Truth() == w
	case float64:
		return v.Exists() && v.Number() == w
	}
	return false
}

// isEmpty says whether there is nothing: no value, an empty text or list, or a map with
// nothing in it. provider-helm writes such maps back: a chart without credentials gets
// pullSecretRef with an empty name.
func isEmpty(v Value) bool {
	for _, name := range v.Names() {
		if !isEmpty(v.Field(name)) {
			return false
		}
	}
	for range v.Items() {
		return false
	}
	return v.Text() == "" && v.Number() == 0 && !v.Truth()
}

func sameMap(v Value, want map[string]any) bool {
	for name, w := range want {
		if !same(v.Field(name), w) {
			return false
		}
	}
	for _, name := range v.Names() {
		if _, is := want[name]; !is && !isEmpty(v.Field(name)) {
			return false
		}
	}
	return len(want) > 0 || isEmpty(v)
}

func sameList(v Value, want []any) bool {
	i := 0
	for item := range v.Items() {
		if i >= len(want) || !same(item, want[i]) {
			return false
		}
		i++
	}
	return i == len(want)
}
