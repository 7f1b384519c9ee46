package render

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/test/pretend"
)

// mostRounds is how many rounds a composite may take until nothing changes.
const mostRounds = 15

// A world is a management cluster with one composite, after some rounds.
type world struct {
	composite map[string]any
	composed  []map[string]any
	rounds    int
}

// settle renders the claim round after round until nothing changes. What a round
// composes is ready in the next. cluster is what else the management cluster
// holds.
func settle(t *testing.T, h *Harness, claim map[string]any, cluster ...map[string]any) world {
	t.Helper()
	xr, err := h.Composite(claim)
	if err != nil {
		t.Fatal(err)
	}
	w := world{composite: xr}
	for range mostRounds {
		next := round(t, h, w, cluster)
		if cmp.Equal(w.composed, next.composed) && cmp.Equal(timeless(w.composite), timeless(next.composite)) {
			return w
		}
		w = next
	}
	t.Fatalf("it didn't settle in %d rounds", mostRounds)
	return world{}
}

// round renders the world once more.
func round(t *testing.T, h *Harness, w world, cluster []map[string]any) world {
	t.Helper()
	var observed []map[string]any
	required := append([]map[string]any{}, cluster...)
	for _, o := range w.composed {
		is := pretend.Ready(o)
		observed = append(observed, is)
		if s := pretend.ConnectionSecret(is); s != nil {
			required = append(required, s)
		}
		if kindOf(is) == "Cluster" {
			required = append(required, pretend.MachineDeployments(is)...)
		}
	}
	composite, composed, results, err := h.Render(context.Background(), w.composite, observed, required...)
	if err != nil {
		t.Fatalf("round %d: %v", w.rounds+1, err)
	}
	for _, r := range results {
		if r.Severity != "Normal" {
			t.Errorf("round %d: got result %v, want no warning", w.rounds+1, r)
		}
	}
	return world{composite, composed, w.rounds + 1}
}

// timeless returns the composite without the times at which conditions changed.
func timeless(xr map[string]any) map[string]any {
	out := runtime.DeepCopyJSON(xr)
	conditions, _, _ := unstructured.NestedSlice(out, "status", "conditions")
	for _, c := range conditions {
		delete(c.(map[string]any), "lastTransitionTime")
	}
	if len(conditions) > 0 {
		_ = unstructured.SetNestedSlice(out, conditions, "status", "conditions")
	}
	return out
}
