// Package e2e_test orders clusters on real management clusters, with a simulated
// cloud below, and looks at what comes of it. `make e2e` runs it.
//
// Tests share management clusters; each has a team, a namespace, of its own. Those
// that disturb others, by killing programs or by watching for quiet, run one after
// the other, and the rest together after them. What a test needs is built before it
// calls t.Parallel, so that no build takes the processors from the rest.
//
// A cluster takes minutes of processor time to come and go. What can happen to the same
// one, one thing after another, is parts of one test.
package e2e_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/go-logr/logr"

	"github.com/skerry-dev/skerry/test/devcluster"
	"github.com/skerry-dev/skerry/test/tools"
)

// enabled is the variable that turns these tests on: they take minutes and
// gigabytes.
const enabled = "SKERRY_E2E"

var keep = flag.Bool("keep", false, "leave the management clusters running, to look at them")

// worlds are the management clusters by what is installed in them.
var worlds = map[string]*world{}

func TestMain(m *testing.M) {
	flag.Parse()
	log.SetLogger(logr.Discard())
	code := m.Run()
	for _, w := range worlds {
		if err := w.close(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// copiesIn is the folder for copies of a management cluster in its own folder's
// neighbourhood.
func copiesIn(dir string) string { return dir + "-copies" }

// start returns the management cluster with the Configuration, brought up for the
// first test that asks.
func start(t *testing.T, configuration string) *world {
	t.Helper()
	if os.Getenv(enabled) == "" {
		t.Skipf("`make e2e` runs this: it sets %s", enabled)
	}
	if w := worlds[configuration]; w != nil {
		return w
	}
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(tools.CacheDir(root), "devcluster", "e2e-"+configuration)
	// A run that was killed may have left one.
	if err := devcluster.Purge(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	// Here everything is installed. TestPlatformEdits begins with what came of it.
	copies := copiesIn(dir)
	if err := os.RemoveAll(copies); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 45*time.Minute)
	defer cancel()
	c, err := devcluster.Up(ctx, devcluster.Options{Dir: dir, Configuration: configuration, Copies: copies, Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	w, err := newWorld(ctx, root, c)
	if err != nil {
		t.Fatal(err)
	}
	worlds[configuration] = w
	return w
}
