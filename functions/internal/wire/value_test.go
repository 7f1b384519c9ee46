package wire

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/skerry-dev/skerry/functions/internal/observed"
)

// read is everything that can be read of a value, its items in short.
func read(v observed.Value) string {
	var items []string
	for i := range v.Items() {
		items = append(items, fmt.Sprintf("%t/%s/%v", i.Exists(), i.Text(), i.Number()))
	}
	return fmt.Sprintf("exists=%t text=%q number=%v truth=%t items=[%s]", v.Exists(), v.Text(), v.Number(), v.Truth(), strings.Join(items, " "))
}

// A value from protobuf and one from plain JSON read alike, so that what holds
// in tests holds in production.
func TestValuesReadAlike(t *testing.T) {
	tree := map[string]any{
		"text": "a", "empty": "", "number": 1.5, "zero": 0.0, "yes": true, "no": false, "nothing": nil,
		"map":  map[string]any{"a": map[string]any{"b": "deep"}, "none": nil},
		"list": []any{"a", 2.0, nil, map[string]any{}}, "emptyList": []any{}, "emptyMap": map[string]any{},
	}
	s, err := structpb.NewStruct(tree)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason string
		path   []string
		want   string
	}{
		"root":         {"the object itself is no scalar", nil, `exists=true text="" number=0 truth=false items=[]`},
		"text":         {"a string is text and nothing else", []string{"text"}, `exists=true text="a" number=0 truth=false items=[]`},
		"empty text":   {"an empty string exists", []string{"empty"}, `exists=true text="" number=0 truth=false items=[]`},
		"number":       {"a number is a number and nothing else", []string{"number"}, `exists=true text="" number=1.5 truth=false items=[]`},
		"zero":         {"zero exists", []string{"zero"}, `exists=true text="" number=0 truth=false items=[]`},
		"true":         {"a boolean is a boolean", []string{"yes"}, `exists=true text="" number=0 truth=true items=[]`},
		"false":        {"false exists", []string{"no"}, `exists=true text="" number=0 truth=false items=[]`},
		"null":         {"null is nothing", []string{"nothing"}, `exists=false text="" number=0 truth=false items=[]`},
		"below null":   {"all the way down", []string{"nothing", "a", "b"}, `exists=false text="" number=0 truth=false items=[]`},
		"deep":         {"a path is followed", []string{"map", "a", "b"}, `exists=true text="deep" number=0 truth=false items=[]`},
		"null in map":  {"null is nothing anywhere", []string{"map", "none"}, `exists=false text="" number=0 truth=false items=[]`},
		"missing":      {"what isn't there is nothing", []string{"map", "b", "c"}, `exists=false text="" number=0 truth=false items=[]`},
		"below text":   {"a string has no fields", []string{"text", "a"}, `exists=false text="" number=0 truth=false items=[]`},
		"below list":   {"nor has a list", []string{"list", "a"}, `exists=false text="" number=0 truth=false items=[]`},
		"list":         {"items in order, null among them", []string{"list"}, `exists=true text="" number=0 truth=false items=[true/a/0 true//2 false//0 true//0]`},
		"empty list":   {"an empty list exists", []string{"emptyList"}, `exists=true text="" number=0 truth=false items=[]`},
		"empty map":    {"and so does an empty map", []string{"emptyMap"}, `exists=true text="" number=0 truth=false items=[]`},
		"items of map": {"a map has no items", []string{"map"}, `exists=true text="" number=0 truth=false items=[]`},
	}
	for name, tc := range cases {
		for kind, root := range map[string]observed.Value{"plain": observed.Of(tree), "wire": ofStruct(s)} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				if diff := cmp.Diff(tc.want, read(observed.At(root, tc.path...))); diff != "" {
					t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
				}
			})
		}
	}
}

// Whoever reads items may stop.
func TestItemsStop(t *testing.T) {
	list := []any{"a", "b", "c"}
	v, err := structpb.NewValue(list)
	if err != nil {
		t.Fatal(err)
	}
	for kind, root := range map[string]observed.Value{"plain": observed.Of(list), "wire": of(v)} {
		n := 0
		for i := range root.Items() {
			n++
			if i.Text() == "b" {
				break
			}
		}
		if n != 2 {
			t.Errorf("%s: read %d items, want 2", kind, n)
		}
	}
}

// What isn't there reads as nothing, without a check.
func TestNothing(t *testing.T) {
	var none *structpb.Struct
	for name, v := range map[string]observed.Value{"no struct": ofStruct(none), "no value": of(nil), "nil": observed.Of(nil)} {
		if got, want := read(observed.At(v, "a", "b")), `exists=false text="" number=0 truth=false items=[]`; got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// Names are in order, whatever a map holds them in.
func TestNamesReadAlike(t *testing.T) {
	tree := map[string]any{"b": 1.0, "a": map[string]any{"d": nil, "c": "x"}, "e": []any{"f"}}
	s, err := structpb.NewStruct(tree)
	if err != nil {
		t.Fatal(err)
	}
	for kind, root := range map[string]observed.Value{"plain": observed.Of(tree), "wire": ofStruct(s)} {
		got := [][]string{root.Names(), root.Field("a").Names(), root.Field("b").Names(), root.Field("e").Names(), root.Field("g").Names()}
		want := [][]string{{"a", "b", "e"}, {"c", "d"}, nil, nil, nil}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", kind, diff)
		}
	}
}
