package observed_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/functions/internal/observed"
)

// What isn't there reads as zero values all the way down. That values from
// protobuf and plain ones read alike is tested in wire, which knows both.
func TestNone(t *testing.T) {
	cases := map[string]observed.Value{
		"None":            observed.None,
		"below None":      observed.At(observed.None, "a", "b", "c"),
		"nil":             observed.Of(nil),
		"missing":         observed.Of(map[string]any{"a": "b"}).Field("c"),
		"null":            observed.Of(map[string]any{"a": nil}).Field("a"),
		"below a string":  observed.At(observed.Of(map[string]any{"a": "b"}), "a", "b", "c"),
		"not in the set":  observed.Set{}.Get("a"),
		"of no set":       observed.Set(nil).Get("a"),
		"below the unset": observed.At(observed.Set{}.Get("a"), "status", "atProvider"),
	}
	for name, v := range cases {
		t.Run(name, func(t *testing.T) {
			for range v.Items() {
				t.Error("it has items")
			}
			if diff := cmp.Diff([]any{false, "", 0.0, false}, []any{v.Exists(), v.Text(), v.Number(), v.Truth()}); diff != "" {
				t.Errorf("exists, text, number, truth: -want +got:\n%s", diff)
			}
			if observed.ExternalID(v) != "" || observed.ConditionOf(v, "Ready") != (observed.Condition{}) {
				t.Error("it has an id or a condition")
			}
		})
	}
}

// Tests write numbers as Go does, decoders as they like.
func TestNumber(t *testing.T) {
	cases := map[string]struct {
		in   any
		want float64
	}{
		"int": {3, 3}, "int64": {int64(-3), -3}, "float64": {2.5, 2.5}, "text": {"3", 0}, "boolean": {true, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := observed.Of(tc.in).Number(); got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}

func TestSet(t *testing.T) {
	s := observed.Set{"a": {Value: observed.Of(map[string]any{"kind": "A"}), Connection: map[string][]byte{"k": []byte("v")}}}
	a := s.Get("a")
	if !s.Has("a") || a.Field("kind").Text() != "A" || string(a.Connection["k"]) != "v" {
		t.Errorf("what is in the set: got %v", a)
	}
	if b := s.Get("b"); s.Has("b") || b.Exists() || b.Connection["k"] != nil {
		t.Errorf("what isn't in the set: got %v", b)
	}
}

func TestConditionOf(t *testing.T) {
	v := observed.Of(map[string]any{"status": map[string]any{"conditions": []any{
		"not a condition",
		map[string]any{"type": "Synced", "status": "True"},
		map[string]any{"type": "Ready", "status": "False", "reason": "Creating", "message": "not yet", "lastTransitionTime": "2026-01-02T03:04:05Z"},
		map[string]any{"type": "Ready", "status": "True"},
	}}})
	cases := map[string]struct {
		reason string
		of     string
		want   observed.Condition
	}{
		"whole":   {"the first of that type", "Ready", observed.Condition{Status: "False", Reason: "Creating", Message: "not yet"}},
		"sparse":  {"what it leaves out is empty", "Synced", observed.Condition{Status: "True"}},
		"missing": {"no such condition", "Available", observed.Condition{}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, observed.ConditionOf(v, tc.of)); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestTexts(t *testing.T) {
	v := observed.Of(map[string]any{"labels": map[string]any{"b": "2", "a": "1"}, "text": "x"})
	if diff := cmp.Diff(map[string]string{"a": "1", "b": "2"}, observed.Texts(v.Field("labels"))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a", "b"}, v.Field("labels").Names()); diff != "" {
		t.Errorf("names in order: -want +got:\n%s", diff)
	}
	if observed.Texts(v.Field("text")) != nil || observed.Texts(v.Field("none")) != nil {
		t.Error("what isn't a map has no texts")
	}
}
