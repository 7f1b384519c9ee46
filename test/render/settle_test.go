package render

import (
	"context"
	"testing"
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
