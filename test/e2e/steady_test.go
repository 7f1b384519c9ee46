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
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
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
	before := w.takeStock(t)
	time.Sleep(steadyFor)
	after := w.takeStock(t)
	check(t, "what was asked of the cloud", before.asked, after.asked)
	for where, was := range before.stored {
		if len(was) == 0 {
			t.Errorf("there should be something in %s", where)
		}
		for key, n := range devcluster.Written(was, after.stored[where]) {
			t.Errorf("%s in %s should not be written, and was %d times within %s", key, where, n, steadyFor)
		}
		for _, key := range devcluster.Gone(was, after.stored[where]) {
			t.Errorf("%s in %s should not be deleted", key, where)
		}
	}
	w.remove(t, c)
}

// A stock is what everybody has done so far.
type stock struct {
	// stored is how often everything has been written, by where it is.
	stored map[string]map[string]int64
	// asked are the requests to the cloud that aren't reads.
	asked cloud.Counts
}

func (w *world) takeStock(t *testing.T) stock {
	t.Helper()
	inside, err := w.cluster.StoredInClusters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.cloud.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.Total.Reads = 0
	return stock{asked: r.Total, stored: map[string]map[string]int64{"the management cluster": w.stored(t), "ordered clusters": inside}}
}
