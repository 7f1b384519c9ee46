package e2e_test

import "testing"

// TestNamespaced takes a cluster of the namespaced package, and what is delivered
// into it, through its life: the same manifests, composed into the team's own
// namespace.
func TestNamespaced(t *testing.T) {
	w := start(t, "skerry-namespaced")
	team := w.team(t, "spaced")
	c := w.claim(t, "cluster.yaml", team, "shop")
	w.order(t, c)
	w.ready(t, c)
	before := w.identities(t, c)
	pieces := w.furnish(t, c)
	prints := w.fingerprints(t, c, pieces)
	w.mustChange(t, c, level("BestEffort"))
	w.await(t, c, "at another level", hasLevel("BestEffort"))
	w.readyHolding(t, c, pieces)
	w.untouched(t, c, before)
	w.editAll(t, pieces, 1)
	w.allShow(t, pieces, 1)
	for i, p := range pieces {
		w.unchanged(t, c, p.claim, prints[i])
	}
	w.unfurnish(t, c, pieces)
	w.unprotect(t, c)
	w.remove(t, c)
}

// TestNamespacedTeamsApart is about teams with the role that the package brings.
func TestNamespacedTeamsApart(t *testing.T) {
	teamsApart(t, start(t, "skerry-namespaced"), "skerry-team")
}
