package observed_test

import (
	"testing"

	"github.com/skerry-dev/skerry/functions/internal/observed"
)

func TestSame(t *testing.T) {
	type body struct {
		Name string         `json:"name"`
		N    int            `json:"n,omitempty"`
		On   *bool          `json:"on,omitempty"`
		Map  map[string]any `json:"map,omitempty"`
		List []string       `json:"list,omitempty"`
	}
	off := false
	cases := map[string]struct {
		is   any
		want any
		same bool
	}{
		"equal":         {map[string]any{"name": "a", "n": 3.0, "list": []any{"x"}}, body{Name: "a", N: 3, List: []string{"x"}}, true},
		"other text":    {map[string]any{"name": "b"}, body{Name: "a"}, false},
		"other number":  {map[string]any{"name": "a", "n": int64(4)}, body{Name: "a", N: 3}, false},
		"missing":       {map[string]any{"name": "a"}, body{Name: "a", N: 3}, false},
		"more":          {map[string]any{"name": "a", "n": 3.0}, body{Name: "a"}, false},
		"more, but nil": {map[string]any{"name": "a", "map": map[string]any{}}, body{Name: "a"}, true},
		"written back":  {map[string]any{"name": "a", "map": map[string]any{"secretRef": map[string]any{"name": ""}}}, body{Name: "a"}, true},
		"more in a map": {map[string]any{"name": "a", "map": map[string]any{"secretRef": map[string]any{"name": "b"}}}, body{Name: "a"}, false},
		"false is said": {map[string]any{"name": "a"}, body{Name: "a", On: &off}, false},
		"order counts":  {map[string]any{"name": "a", "list": []any{"y", "x"}}, body{Name: "a", List: []string{"x", "y"}}, false},
		"shorter":       {map[string]any{"name": "a", "list": []any{"x", "y"}}, body{Name: "a", List: []string{"x"}}, false},
		"longer":        {map[string]any{"name": "a", "list": []any{"x"}}, body{Name: "a", List: []string{"x", "y"}}, false},
		"deep":          {map[string]any{"name": "a", "map": map[string]any{"b": map[string]any{"c": 1.0}}}, body{Name: "a", Map: map[string]any{"b": map[string]any{"c": 2}}}, false},
		"nothing":       {nil, []string(nil), true},
		"not a map":     {"a", map[string]any{}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			same, err := observed.Same(observed.Of(tc.is), tc.want)
			if err != nil || same != tc.same {
				t.Errorf("got %t, %v, want %t", same, err, tc.same)
			}
		})
	}
}
