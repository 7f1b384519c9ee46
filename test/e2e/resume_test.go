package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/skerry-dev/skerry/test/devcluster"
	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/devcluster/supervisor"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// resumes stops the management cluster with a signal and goes on with it: no process is
// left in between, and nothing is made anew afterwards.
func (w *world) resumes(t *testing.T, c *unstructured.Unstructured) {
	t.Helper()
	w.still(t, c)
	uids, mark := w.uids(t, c), w.mark(t)

	s, err := w.cluster.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if said, err := w.status(t); err != nil || !allRun(said, s) {
		t.Errorf("status should say that all runs, got error %v and:\n%s", err, said)
	}
	if n := len(processesOf(t, s.PID)); n <= len(s.Programs) {
		t.Fatalf("the supervisor and its %d programs should run, got %d processes", len(s.Programs), n)
	}
	began := time.Now()
	if err := syscall.Kill(s.PID, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, "nothing runs any more", func() error {
		if left := processesOf(t, s.PID); len(left) > 0 {
			return fmt.Errorf("these do: %q", left)
		}
		return nil
	})
	stopped := time.Since(began)
	if said, err := w.status(t); err == nil || !strings.Contains(said, "doesn't run") {
		t.Errorf("status should say that it doesn't run, got error %v and:\n%s", err, said)
	}

	resumed := w.resume(t)
	t.Logf("stopped in %.1f s, went on in %.1f s", stopped.Seconds(), resumed.Seconds())
	if resumed > time.Minute {
		t.Errorf("a cluster should go on in seconds, and it took %s", resumed)
	}
	w.ready(t, c)
	w.still(t, c)
	w.ready(t, c)
	check(t, "what there is", uids, w.uids(t, c))
	events, err := w.cloud.Events(t.Context(), mark)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Verb != cloud.Update {
			t.Errorf("nothing should come or go in the cloud: %s %s %q of %s (%s)", e.Verb, e.Kind, e.Name, e.Owner, e.Outcome)
		}
	}
}

// copied returns another management cluster, for a test that needs one of its own. It begins
// with a copy of this one, from before anything was ordered: nothing is installed again.
func (w *world) copied(t *testing.T, name string) *world {
	t.Helper()
	from := w.cluster.Config()
	dir := filepath.Join(filepath.Dir(from.Dir), "e2e-"+name)
	if err := devcluster.Purge(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	began := time.Now()
	c, err := devcluster.Up(ctx, devcluster.Options{Dir: dir, Copies: copiesIn(from.Dir), Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("began with a copy in %.1f s", time.Since(began).Seconds())
	second, err := newWorld(ctx, w.root, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := second.close(); err != nil {
			t.Error(err)
		}
	})
	for kind, group := range map[string]string{"Configuration": "pkg.crossplane.io/v1", "Provider": "pkg.crossplane.io/v1", "Function": "pkg.crossplane.io/v1", "CompositeResourceDefinition": "apiextensions.crossplane.io/v2"} {
		want, got := w.uidsOf(t, group, kind), second.uidsOf(t, group, kind)
		if len(want) == 0 {
			t.Errorf("there should be some %s", kind)
		}
		check(t, "what is installed", want, got)
	}
	return second
}

// uidsOf are those of all objects of a kind, by name.
func (w *world) uidsOf(t *testing.T, version, kind string) map[string]string {
	t.Helper()
	l := &unstructured.UnstructuredList{}
	l.SetAPIVersion(version)
	l.SetKind(kind + "List")
	if err := w.client.List(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for i := range l.Items {
		out[l.Items[i].GetName()] = string(l.Items[i].GetUID())
	}
	return out
}

// uids of a claim, of what it has composed, and of the nodes of its cluster, by title.
func (w *world) uids(t *testing.T, claim *unstructured.Unstructured) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, o := range append(w.composed(t, claim), claim) {
		out[manifest.Title(o)+" "+o.GroupVersionKind().Group] = string(o.GetUID())
	}
	nodes := &corev1.NodeList{}
	if err := w.workload(t, claim).List(t.Context(), nodes); err != nil {
		t.Fatal(err)
	}
	for _, n := range nodes.Items {
		out["Node "+n.Name] = string(n.UID)
	}
	return out
}

// status is what `devcluster status` says. It fails where no cluster runs.
func (w *world) status(t *testing.T) (string, error) {
	t.Helper()
	c := w.cluster.Config()
	said, err := exec.CommandContext(t.Context(), c.Bin["devcluster"], "status", "-dir", c.Dir).CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return string(said), err
}

// allRun says whether all programs run, by what `devcluster status` has said.
func allRun(said string, s supervisor.Status) bool {
	if !strings.HasPrefix(said, supervisor.Ready) {
		return false
	}
	running := map[string]bool{}
	for line := range strings.Lines(said) {
		if f := strings.Fields(line); len(f) > 2 && f[1] == "Running" {
			running[f[0]+" "+f[2]] = true
		}
	}
	for _, p := range s.Programs {
		if !running[p.Name+" "+strconv.Itoa(p.PID)] {
			return false
		}
	}
	return len(s.Programs) > 0
}

// processesOf are the commands that run in the session of a supervisor: itself and what
// it has started.
func processesOf(t *testing.T, supervisor int) []string {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(files) == 0 {
		t.Fatalf("cannot see what runs (error %v)", err)
	}
	var out []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // It has ended.
		}
		// The state, the parent, the group and the session follow the name (proc(5)), which
		// may hold anything.
		const state, session = 0, 3
		stat := string(data)
		name := stat[:strings.LastIndexByte(stat, ')')+1]
		f := strings.Fields(stat[len(name):])
		if len(f) > session && f[session] == strconv.Itoa(supervisor) && f[state] != "Z" {
			out = append(out, name)
		}
	}
	return out
}

// resume brings a management cluster up that has stopped, and says how long it takes.
func (w *world) resume(t *testing.T) time.Duration {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	old, began := w.cluster.Config(), time.Now()
	c, err := devcluster.Up(ctx, devcluster.Options{Dir: old.Dir, Configuration: old.Configuration, Profile: old.Profile, Progress: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	w.cluster = c
	// The way in is another now.
	if w.client, err = c.Client(); err != nil {
		t.Fatal(err)
	}
	return took
}
