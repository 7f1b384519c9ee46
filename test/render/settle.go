package render

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"time"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xcrd"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/skerry-dev/skerry/test/pretend"
)

// mostRounds is how many rounds a composite may take until nothing changes.
const mostRounds = 30

// Settled is a composite after the last round that changed something.
type Settled struct {
	Composite map[string]any
	Composed  []map[string]any
	// Results of all rounds, each once.
	Results []Result
	// Rounds that changed something.
	Rounds int
	// Depth is how many of them composed something new: the longest chain of
	// resources that need each other.
	Depth int
	// Steps are places in that chain, from 1 to Depth, by composition-resource-name.
	Steps map[string]int
}

// Settle renders a composite round after round until nothing changes. What a
// round composes is ready in the next, as providers and Cluster API would leave
// it. Others are what else the management cluster holds.
func (h *Harness) Settle(ctx context.Context, xr map[string]any, others ...map[string]any) (Settled, error) {
	s := Settled{Composite: created(xr, time.Now())}
	for range mostRounds {
		next, err := h.next(ctx, s, others)
		if err != nil {
			return s, err
		}
		if reflect.DeepEqual(s.Composed, next.Composed) && reflect.DeepEqual(timeless(s.Composite), timeless(next.Composite)) {
			return s, nil
		}
		s = next
	}
	return s, fmt.Errorf("cannot settle %s %q: it still changes after %d rounds", kindOf(xr), nameOf(xr), mostRounds)
}

// created returns the composite with the time at which it was created, which an API server
// sets, and from which terms are counted.
func created(xr map[string]any, at time.Time) map[string]any {
	out := &unstructured.Unstructured{Object: maps.Clone(xr)}
	if t := out.GetCreationTimestamp(); t.IsZero() {
		meta, _, _ := unstructured.NestedMap(xr, "metadata")
		out.Object["metadata"] = meta
		out.SetCreationTimestamp(metav1.NewTime(at))
	}
	return out.Object
}

// next renders once more.
func (h *Harness) next(ctx context.Context, s Settled, others []map[string]any) (Settled, error) {
	observed := make([]map[string]any, 0, len(s.Composed))
	required := slices.Clone(others)
	for _, o := range s.Composed {
		is := pretend.Ready(o)
		observed = append(observed, is)
		if secret := pretend.ConnectionSecret(is); secret != nil {
			required = append(required, secret)
		}
		switch kindOf(is) {
		case "Cluster":
			required = append(required, pretend.MachineDeployments(is)...)
		case "ObservedObjectCollection":
			required = append(required, pretend.Members(is)...)
		}
	}
	composite, composed, results, err := h.Render(ctx, s.Composite, observed, required...)
	if err != nil {
		return s, fmt.Errorf("round %d: %w", s.Rounds+1, err)
	}
	next := Settled{Composite: composite, Composed: composed, Results: slices.Clone(s.Results), Rounds: s.Rounds + 1, Depth: s.Depth, Steps: map[string]int{}}
	if len(composed) > len(s.Composed) {
		next.Depth++
	}
	for _, o := range composed {
		key := Key(&unstructured.Unstructured{Object: o})
		next.Steps[key] = next.Depth
		if step, before := s.Steps[key]; before {
			next.Steps[key] = step
		}
	}
	for _, r := range results {
		if !slices.Contains(next.Results, r) {
			next.Results = append(next.Results, r)
		}
	}
	return next, nil
}

// Key returns the composition-resource-name of a composed resource.
func Key(o *unstructured.Unstructured) string {
	return o.GetAnnotations()[xcrd.AnnotationKeyCompositionResourceName]
}

// contentHash ends the composition-resource-names of Cluster API's templates.
var contentHash = regexp.MustCompile(`-[0-9a-f]{8}$`)

// WithoutHash returns a composition-resource-name without the hash of the contents, of
// which the ids are that the cloud has given.
func WithoutHash(key string) string { return contentHash.ReplaceAllString(key, "-#") }

// timeless returns the composite without the times at which conditions changed.
func timeless(xr map[string]any) map[string]any {
	conditions, _, _ := unstructured.NestedSlice(xr, "status", "conditions")
	if len(conditions) == 0 {
		return xr
	}
	for _, c := range conditions {
		if m, ok := c.(map[string]any); ok {
			delete(m, "lastTransitionTime")
		}
	}
	out := maps.Clone(xr)
	if status, ok := out["status"].(map[string]any); ok {
		status = maps.Clone(status)
		status["conditions"] = conditions
		out["status"] = status
	}
	return out
}
