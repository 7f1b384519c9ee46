package cloud

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// normal returns attributes as they're read from a file: all numbers are
// float64, all lists []any.
func normal(attributes map[string]any) (map[string]any, error) {
	out := map[string]any{}
	if attributes == nil {
		return out, nil
	}
	data, err := json.Marshal(attributes)
	if err != nil {
		return nil, fmt.Errorf("cannot encode attributes: %w", err)
	}
	if err := json.Unmarshal(data, &out); err != nil {
		return nil, fmt.Errorf("cannot decode attributes: %w", err)
	}
	return out, nil
}

// same compares two values by what they are encoded to.
func same(a, b any) bool {
	x, err := json.Marshal(a)
	if err != nil {
		return false
	}
	y, err := json.Marshal(b)
	return err == nil && bytes.Equal(x, y)
}

// texts returns the strings at a path, and walks lists on the way.
func texts(v any, path string) []string {
	switch v := v.(type) {
	case map[string]any:
		head, rest, _ := strings.Cut(path, ".")
		if path == "" {
			return nil
		}
		return texts(v[head], rest)
	case []any:
		var out []string
		for _, e := range v {
			out = append(out, texts(e, path)...)
		}
		return out
	case string:
		if path == "" && v != "" {
			return []string{v}
		}
	}
	return nil
}

// empty tells whether an attribute says nothing.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	default:
		return false
	}
}

func number(v any) float64 {
	n, _ := v.(float64)
	return n
}

func list(items ...string) []any {
	out := make([]any, len(items))
	for i, s := range items {
		out[i] = s
	}
	return out
}
