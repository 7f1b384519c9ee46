package e2e_test

import "testing"

// TestNamespaced takes a cluster of the namespaced package, and what is delivered
// into it, through its life: the same manifests, composed into the team's own
// namespace. Its team, and the one beside it, have the role that the package brings.
func TestNamespaced(t *testing.T) {
	w := start(t, "skerry-namespaced")
	t.Parallel()
	const role = "skerry-team"
	claims := w.twoTeams(t, role)
	t.Run("TeamsApart", func(t *testing.T) { w.apart(t, role, claims) })
	for _, c := range claims[1:] {
		w.unprotect(t, c)
		w.remove(t, c)
	}
	c := claims[0]
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
