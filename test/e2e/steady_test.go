package e2e_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/skerry-dev/skerry/test/devcluster"
	"github.com/skerry-dev/skerry/test/devcluster/manifest"
)

// steadyFor is how long a cluster is watched that nothing happens to: several
// rounds of every controller's polling.
const steadyFor = time.Minute

// calm lets the time pass in which a controller that isn't done would write.
func calm() {
	const while = 10 * time.Second
	time.Sleep(while)
}

// stored is how often everything has been written so far.
func (w *world) stored(t *testing.T) map[string]int64 {
	t.Helper()
	var out map[string]int64
	eventually(t, "etcd answers", func() error {
		var err error
		out, err = w.cluster.Stored(t.Context())
		return err
	})
	return out
}

// quiet waits until nobody writes.
func (w *world) quiet(t *testing.T) {
	t.Helper()
	eventually(t, "nobody writes", func() error {
		before := w.stored(t)
		calm()
		if d := devcluster.Written(before, w.stored(t)); len(d) > 0 {
			return fmt.Errorf("these were written: %v", d)
		}
		return nil
	})
}

// still waits until nobody writes what is of a claim. Other claims may be busy.
func (w *world) still(t *testing.T, claim *unstructured.Unstructured) {
	t.Helper()
	prefix := w.prefix(t, claim)
	eventually(t, "nobody writes what is of "+manifest.Title(claim), func() error {
		before := w.stored(t)
		calm()
		d := devcluster.Written(before, w.stored(t))
		maps.DeleteFunc(d, func(key string, _ int64) bool {
			return !strings.Contains(key, "/"+prefix) && !strings.Contains(key, "/"+claim.GetNamespace()+"/")
		})
		if len(d) > 0 {
			return fmt.Errorf("these were written: %v", d)
		}
		return nil
	})
}

// TestSteady sees that nobody writes anything for clusters that nothing happens
// to: no controller fights another, and no message changes by itself.
func TestSteady(t *testing.T) {
	w := start(t, "skerry")
	team := w.team(t, "steady")
	c := w.claim(t, "cluster.yaml", team, "shop", unprotected)
	w.order(t, c)
	w.ready(t, c)
	w.quiet(t)
	before := w.stored(t)
	time.Sleep(steadyFor)
	after := w.stored(t)
	if len(after) < len(before) {
		t.Errorf("nobody should delete anything, and of %d objects %d are left", len(before), len(after))
	}
	for key, n := range devcluster.Written(before, after) {
		t.Errorf("%s should not be written, and was %d times within %s", key, n, steadyFor)
	}
	w.remove(t, c)
}
