package e2e_test

import "testing"

// TestNamespaced takes a cluster of the namespaced package through its life: the
// same manifest, composed into the team's own namespace.
func TestNamespaced(t *testing.T) {
	w := start(t, "skerry-namespaced")
	team := w.team(t, "spaced")
	c := w.claim(t, "cluster.yaml", team, "shop")
	w.order(t, c)
	w.ready(t, c)
	before := w.identities(t, c)
	w.mustChange(t, c, level("BestEffort"))
	w.await(t, c, "at another level", hasLevel("BestEffort"))
	w.ready(t, c)
	w.untouched(t, c, before)
	w.unprotect(t, c)
	w.remove(t, c)
}

// TestNamespacedTeamsApart is about teams with the role that the package brings.
func TestNamespacedTeamsApart(t *testing.T) {
	teamsApart(t, start(t, "skerry-namespaced"), "skerry-team")
}
