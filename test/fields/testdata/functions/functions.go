// Package functions stands for the functions in the tests of package fields.
package functions

import "github.com/skerry-dev/skerry/test/fields/testdata/api"

// Use uses the fields of a Thing.
func Use(t *api.Thing, byIndex map[string]int) []string {
	t.Spec.Assigned = "a"
	t.Spec.Increased++
	byIndex[t.Spec.Index] = 1
	fill(&t.Spec.Address)

	out := []string{t.Spec.Read, t.Spec.Since.String(), t.Spec.Go, t.Name}
	for _, p := range t.Spec.Parts {
		out = append(out, p.Name)
	}
	if len(t.Spec.ByKey) > 0 && t.Spec.Optional != nil {
		out = append(out, t.Spec.Optional.Deep.Name)
	}

	own := pair(t.Spec.Converted)
	out = append(out, own.Left, own.Right)

	t.Status = api.ThingStatus{Literal: "l"}
	t.Status.Phase = out[0]
	t.Status.Inner = &api.Part{"unkeyed", "red"}
	fill(&t.Status.Pointer)
	return out
}

type pair struct{ Left, Right string }

// Build only sets a field.
func Build() api.ThingSpec { return api.ThingSpec{Built: "b"} }

func fill(*string) {}
