package e2e_test

import (
	"context"
	"testing"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// TestAlone has a management cluster to itself with one cluster, and counts what is done
// for it while it comes, while nothing happens, and when the management cluster stops and
// goes on.
func TestAlone(t *testing.T) {
	w := start(t, "skerry")
	profile := func(ctx context.Context, name string) {
		if err := w.cloud.Profile(ctx, cloud.Profile{Name: name}); err != nil {
			t.Error(err)
		}
	}
	c := w.claim(t, "cluster.yaml", w.team(t, "alone"), "shop", unprotected)
	chain := w.chain(t, c)
	d := w.follow(t, c, kindsOf(chain.Composed))
	// What is left of the time is ours.
	profile(t.Context(), cloud.Instant)
	t.Cleanup(func() { profile(context.WithoutCancel(t.Context()), cloud.Fast) })
	w.order(t, c)
	w.ready(t, c)
	t.Run("Rounds", func(t *testing.T) { d.rounds(t, chain) })
	profile(t.Context(), cloud.Fast)
	t.Run("Steady", func(t *testing.T) { w.steady(t, c) })
	t.Run("Resume", func(t *testing.T) { w.resumes(t, c) })
	w.remove(t, c)
}
