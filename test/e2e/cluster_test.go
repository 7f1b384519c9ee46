package e2e_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
)

// levels are the built-in ones, with the control-plane nodes that they promise.
var levels = map[string]int{"BestEffort": 1, "Standard": 3, "Premium": 3, "Demo": 1}

// TestLevels orders a cluster of every level at once, and looks at the nodes that
// they get. Four new clusters are enough for two processors: no other test runs beside it.
func TestLevels(t *testing.T) {
	w := start(t, "skerry")
	team := w.team(t, "levels")
	var claims []*unstructured.Unstructured
	for name := range levels {
		c := w.claim(t, "cluster.yaml", team, strings.ToLower(name), level(name), unprotected)
		w.order(t, c)
		claims = append(claims, c)
	}
	w.ready(t, claims...)
	for _, c := range claims {
		name, _, _ := unstructured.NestedString(c.Object, "status", "serviceLevel", "name")
		got, err := nodes(t.Context(), w.workload(t, c))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(map[string]int{"control-plane": levels[name], "web": 3}, got); d != "" {
			t.Errorf("%s should have the nodes that its level and its pools say:\n%s", name, d)
		}
	}
	w.remove(t, claims...)
}

// TestLife takes one cluster through the changes that a team makes, and those that are
// refused.
func TestLife(t *testing.T) {
	w := start(t, "skerry")
	t.Parallel()
	team := w.team(t, "life")
	c := w.claim(t, "cluster.yaml", team, "shop", level("BestEffort"), protected)
	w.order(t, c)
	w.ready(t, c)
	before := w.identities(t, c)
	mark := w.mark(t)
	work := w.workload(t, c)
	has := func(t *testing.T, what string, want map[string]int) {
		t.Helper()
		eventually(t, what, func() error {
			got, err := nodes(t.Context(), work)
			if d := cmp.Diff(want, got); err == nil && d != "" {
				return fmt.Errorf("nodes differ: %s", d)
			}
			return err
		})
		w.ready(t, c)
		w.untouched(t, c, before)
	}

	has(t, "the cluster has what was ordered", map[string]int{"control-plane": 1, "web": 3})
	t.Run("InvalidEdit", func(t *testing.T) { w.refusesEdits(t, c) })
	t.Run("Pools", func(t *testing.T) {
		w.mustChange(t, c, pools(pool("web", 5)))
		has(t, "a pool that grows has more nodes", map[string]int{"control-plane": 1, "web": 5})
		w.mustChange(t, c, pools(pool("web", 5), pool("batch", 2)))
		has(t, "a new pool has nodes", map[string]int{"control-plane": 1, "web": 5, "batch": 2})
		w.mustChange(t, c, pools(pool("web", 2)))
		has(t, "a pool that is removed has none", map[string]int{"control-plane": 1, "web": 2})
	})
	t.Run("Levels", func(t *testing.T) {
		w.mustChange(t, c, level("Premium"))
		has(t, "a better level has more control-plane nodes", map[string]int{"control-plane": 3, "web": 2})
		w.mustChange(t, c, level("Standard"))
		w.await(t, c, "at Standard", hasLevel("Standard"))
		has(t, "a level down keeps what runs", map[string]int{"control-plane": 3, "web": 2})
		w.mustChange(t, c, level("BestEffort"))
		has(t, "the lowest level has one control-plane node", map[string]int{"control-plane": 1, "web": 2})
	})
	t.Run("DeletionProtection", func(t *testing.T) {
		w.refusesDeletion(t, c)
		w.untouched(t, c, before)
	})
	w.noStatefulDeletes(t, c, mark)
	w.unprotect(t, c)
	w.remove(t, c)
}

// protected makes a claim one that isn't deleted, at any level.
func protected(spec map[string]any) { spec["deletionProtection"] = true }

func hasLevel(name string) func(*unstructured.Unstructured) error {
	return func(o *unstructured.Unstructured) error {
		if got, _, _ := unstructured.NestedString(o.Object, "status", "serviceLevel", "name"); got != name {
			return fmt.Errorf("the level is %q, want %q", got, name)
		}
		return nil
	}
}

func pools(all ...map[string]any) func(map[string]any) {
	return func(spec map[string]any) {
		list := make([]any, 0, len(all))
		for _, p := range all {
			list = append(list, p)
		}
		spec["nodePools"] = list
	}
}

func pool(name string, replicas int64) map[string]any {
	return map[string]any{"name": name, "flavor": "SCS-4V-16-100s", "replicas": replicas}
}

// refusesEdits makes changes that can't be done to a cluster whose web pool has 3 nodes,
// and sees that they are refused with a reason and that nothing has happened.
func (w *world) refusesEdits(t *testing.T, c *unstructured.Unstructured) {
	t.Helper()
	// A provider may write down a moment later what it has seen.
	w.still(t, c)
	before := w.versions(t, c)

	// What the schema knows is refused at once.
	err := w.change(t, c, func(spec map[string]any) { spec["cloud"] = "south" })
	if err == nil || !strings.Contains(err.Error(), "cloud") {
		t.Errorf("the cloud of a cluster can't change, and the error should say so, got %v", err)
	}
	// What only the Platform knows becomes a condition.
	w.mustChange(t, c, func(spec map[string]any) {
		p := pool("web", 3)
		p["flavor"] = "m1.gigantic"
		pools(p)(spec)
	})
	w.await(t, c, "refused with the field and the value", func(o *unstructured.Unstructured) error {
		status, message := manifest.Condition(o, "Accepted")
		if status != "False" || !strings.Contains(message, "m1.gigantic") || !strings.Contains(message, "flavor") {
			return fmt.Errorf("Accepted=%s: %s", status, message)
		}
		return nil
	})
	if d := cmp.Diff(before, w.versions(t, c)); d != "" {
		t.Errorf("what runs should stay as it is:\n%s", d)
	}
	w.mustChange(t, c, pools(pool("web", 3)))
	w.ready(t, c)
}

// refusesDeletion tries to delete a protected cluster.
func (w *world) refusesDeletion(t *testing.T, c *unstructured.Unstructured) {
	t.Helper()
	err := w.client.Delete(t.Context(), c.DeepCopy())
	if err == nil {
		t.Fatal("a protected cluster should not be deleted")
	}
	if !strings.Contains(err.Error(), "deletionProtection") {
		t.Errorf("the refusal should say what to do, got %v", err)
	}
	w.ready(t, c)
}

// unprotect takes the protection off a claim, and waits until it is gone.
func (w *world) unprotect(t *testing.T, claim *unstructured.Unstructured) {
	t.Helper()
	w.mustChange(t, claim, unprotected)
	eventually(t, "the protection is gone", func() error {
		composed, err := w.composedNow(t.Context(), claim)
		for _, o := range composed {
			if strings.HasSuffix(o.GetName(), "-deletion-protection") {
				return fmt.Errorf("%s is there", manifest.Title(o))
			}
		}
		return err
	})
}
