package engine_test

import (
	"testing"

	"github.com/skerry-dev/skerry/functions/internal/engine"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
)

// The cloud's entry says which engine makes the machines.
func TestRender(t *testing.T) {
	p := plantest.Cluster(t)
	s, err := engine.Render(p)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, r := range s.Resources {
		found = found || r.Key == plan.KeyCluster
	}
	if !found {
		t.Errorf("engine %q makes no Cluster", p.Cloud.Engine)
	}
}

// An engine that nobody wrote is a fault: the catalogue refuses it before.
func TestUnknownEngine(t *testing.T) {
	p := plantest.Cluster(t)
	p.Cloud.Engine = "Heat"
	s, err := engine.Render(p)
	if want := `cannot render machines: no engine is called "Heat"`; err == nil || err.Error() != want || len(s.Resources) > 0 {
		t.Errorf("got %v and %d resources, want %s", err, len(s.Resources), want)
	}
}
