package render

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// settle renders the claim until nothing changes, and wants no warning. cluster
// is what else the management cluster holds.
func settle(t *testing.T, h *Harness, claim map[string]any, cluster ...map[string]any) Settled {
	t.Helper()
	xr, err := h.Composite(claim)
	if err != nil {
		t.Fatal(err)
	}
	s, err := h.Settle(context.Background(), xr, cluster...)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range s.Results {
		if r.Severity != "Normal" {
			t.Errorf("got result %v, want no warning", r)
		}
	}
	return s
}

// A composite is created once, and what a caller handed over stays as it was.
func TestCreated(t *testing.T) {
	xr := map[string]any{"metadata": map[string]any{"name": "shop"}}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	first := created(xr, at)
	if got := textAt(first, "metadata", "creationTimestamp"); got != "2026-01-02T03:04:05Z" {
		t.Errorf("got time %q, want the one given", got)
	}
	if got := textAt(xr, "metadata", "creationTimestamp"); got != "" {
		t.Errorf("the caller's composite got time %q", got)
	}
	second := created(first, at.Add(time.Hour))
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("it should keep its time:\n%s", diff)
	}
}

// What a function no longer says is gone, and what it never says stays.
func TestFull(t *testing.T) {
	xr := map[string]any{
		"kind": "XCluster", "spec": map[string]any{"cloud": "north"},
		"status": map[string]any{"phase": "Updating", "since": "noon"},
	}
	rendered := map[string]any{"kind": "XCluster", "status": map[string]any{"phase": "Ready"}}
	want := map[string]any{
		"kind": "XCluster", "spec": map[string]any{"cloud": "north"},
		"status": map[string]any{"phase": "Ready"},
	}
	if diff := cmp.Diff(want, full(xr, rendered)); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if diff := cmp.Diff("noon", textAt(xr, "status", "since")); diff != "" {
		t.Errorf("the caller's composite was changed:\n%s", diff)
	}
}
