package refusal_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

func TestMessage(t *testing.T) {
	many := strings.Split("m l k j i h g f e d c b a", " ")
	cases := map[string]struct {
		reason string
		err    error
		want   string
	}{
		"text":      {"field, value, reason and way out", refusal.New("spec.a", "x", "is none", "Choose one."), `spec.a: "x" is none. Choose one.`},
		"number":    {"a number is quoted like text", refusal.New("spec.a", int32(7), "is too many", "Ask for fewer."), `spec.a: "7" is too many. Ask for fewer.`},
		"quoted":    {"what is odd in a value shows", refusal.New("spec.a", "x\ny\"", "is odd", "Mend it."), `spec.a: "x\ny\"" is odd. Mend it.`},
		"one of":    {"what is allowed, sorted", refusal.NotOneOf("spec.a", "x", "is none", []string{"c", "a", "b"}), `spec.a: "x" is none. Allowed: a, b, c.`},
		"one of 0":  {"nothing is allowed", refusal.NotOneOf("spec.a", "x", "is none", nil), `spec.a: "x" is none. Allowed: nothing; ask the platform team.`},
		"one of 12": {"twelve are listed", refusal.NotOneOf("spec.a", "x", "is none", many[1:]), `spec.a: "x" is none. Allowed: a, b, c, d, e, f, g, h, i, j, k, l.`},
		"one of 13": {"more are counted", refusal.NotOneOf("spec.a", "x", "is none", many), `spec.a: "x" is none. Allowed: a, b, c, d, e, f, g, h, i, j, k, l and 1 more.`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, tc.err.Error()); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
	if many[0] != "m" {
		t.Error("the list that was given is sorted")
	}
}

func TestAs(t *testing.T) {
	refused := refusal.New("spec.a", "x", "is none", "Choose one.")
	cases := map[string]struct {
		reason string
		err    error
		want   *refusal.Error
	}{
		"itself":  {"a refusal", refused, refused},
		"wrapped": {"with context around it", fmt.Errorf("the Platform can't be used: %w", refused), refused},
		"other":   {"a fault is none", errors.New("broken"), nil},
		"nothing": {"nor is no error", nil, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, ok := refusal.As(tc.err)
			if got != tc.want || ok != (tc.want != nil) {
				t.Errorf("%s: got %v, %t", tc.reason, got, ok)
			}
		})
	}
}
