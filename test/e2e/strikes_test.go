package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/devcluster/process"
	"github.com/skerry-dev/skerry/test/devcluster/trace"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// How long a fault lasts that doesn't end by itself.
const (
	outage = 20 * time.Second
	// cloudOutage is as long as a cloud's services are away for an update.
	cloudOutage = 2 * time.Minute
	// flapping is how long the cloud does badly what it does.
	flapping = time.Minute
)

// underWay fails the test if the cluster has the nodes already that it gets.
func (c change) underWay(t *testing.T, w *world, when string) {
	t.Helper()
	if err := w.has(t.Context(), c.claim, "web", int(c.replicas)); err == nil {
		t.Errorf("%s, the cluster should not be as ordered yet: the fault struck nobody", when)
	}
}

// last lets a fault last, and fails the test unless somebody meets it meanwhile.
func last(t *testing.T, length time.Duration, struck func() error) {
	t.Helper()
	err := errors.New("nobody looked")
	for end := time.Now().Add(length); time.Now().Before(end); time.Sleep(pollEvery) {
		if err != nil {
			err = struck()
		}
	}
	if err != nil {
		t.Errorf("the fault should have struck somebody: %v", err)
	}
}

// each passes if a check passes for each program.
func each(programs []string, check func(program string) error) func() error {
	return func() error {
		var errs []error
		for _, p := range programs {
			errs = append(errs, check(p))
		}
		return errors.Join(errs...)
	}
}

// program says how one of them does.
func (w *world) program(t *testing.T, name string) process.Status {
	t.Helper()
	s, err := w.cluster.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range s.Programs {
		if p.Name == name {
			return p
		}
	}
	t.Fatalf("there should be a program %s", name)
	return process.Status{}
}

// killed is a fault: programs die, and are started again.
func killed(programs ...string) func(*testing.T, *world, change) {
	return func(t *testing.T, w *world, _ change) {
		const times = 3
		before := map[string]int{}
		for _, p := range programs {
			before[p] = w.program(t, p).Restarts
		}
		for range times {
			w.doAll(t, programs, "kill")
			time.Sleep(2 * time.Second)
		}
		w.doAll(t, programs, "await")
		for _, p := range programs {
			if died := w.program(t, p).Restarts - before[p]; died < times {
				t.Errorf("%s should have died %d times, got %d", p, times, died)
			}
		}
	}
}

// away is a fault: a program is stopped for a while, and the change needs it.
func away(program string) func(*testing.T, *world, change) {
	return func(t *testing.T, w *world, c change) {
		w.do(t, program, "stop")
		if state := w.program(t, program).State; state != process.Stopped {
			t.Errorf("%s should be away, got %s", program, state)
		}
		time.Sleep(outage)
		c.underWay(t, w, "after "+program+" was away")
		w.do(t, program, "start")
	}
}

// held is a fault: functions are called, and don't answer for a while.
func held(programs ...string) func(*testing.T, *world, change) {
	return func(t *testing.T, w *world, _ change) {
		w.doAll(t, programs, "pause")
		last(t, outage, each(programs, func(f string) error {
			if w.calls(t, "request", f) == w.calls(t, "response", f) {
				return fmt.Errorf("nobody waits for %s", f)
			}
			return nil
		}))
		w.doAll(t, programs, "resume")
	}
}

// calls is how many requests a function got from Crossplane, or responses it gave.
func (w *world) calls(t *testing.T, what, function string) int {
	t.Helper()
	metrics, err := w.cluster.CrossplaneMetrics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	total := 0.0
	for line := range strings.Lines(metrics) {
		if !strings.HasPrefix(line, "function_run_function_"+what+"_total{") || !strings.Contains(line, function+`"`) {
			continue
		}
		n := 0.0
		if _, err := fmt.Sscan(line[strings.LastIndexByte(line, ' ')+1:], &n); err != nil {
			t.Fatal(err)
		}
		total += n
	}
	return int(total)
}

// cloudFault is a fault: the cloud fails for so long, as told.
func cloudFault(f cloud.Fault, length time.Duration) func(*testing.T, *world, change) {
	return func(t *testing.T, w *world, c change) {
		id := w.fail(t, f)
		last(t, length, func() error { return w.failed(t.Context(), id) })
		if f.Every == 0 {
			c.underWay(t, w, "after the cloud was down")
		}
		w.heal(t, id)
	}
}

// fail sets a fault of the cloud.
func (w *world) fail(t *testing.T, f cloud.Fault) (id string) {
	t.Helper()
	id, err := w.cloud.Fail(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// heal clears one.
func (w *world) heal(t *testing.T, id string) {
	t.Helper()
	if err := w.cloud.Heal(t.Context(), id); err != nil {
		t.Fatal(err)
	}
}

// failed says whether a fault of the cloud has let a request fail.
func (w *world) failed(ctx context.Context, id string) error {
	all, err := w.cloud.Faults(ctx)
	for _, f := range all {
		if f.ID == id && f.Failed > 0 {
			return nil
		}
	}
	return errors.Join(errors.New("no request to the cloud has failed"), err)
}

// slow is a fault: whatever the cloud does takes ten times as long.
func slow(t *testing.T, w *world, _ change) {
	mark := w.mark(t)
	id := w.fail(t, cloud.Slowed(10))
	last(t, flapping, func() error {
		events, err := w.cloud.Events(t.Context(), mark)
		if slices.ContainsFunc(events, func(e cloud.Event) bool { return e.Outcome == cloud.Done && e.Verb != cloud.Gone }) {
			return nil
		}
		return errors.Join(errors.New("nothing was asked of the cloud"), err)
	})
	w.heal(t, id)
}

// imageGone is a fault: the cloud doesn't find the image of new servers, until the
// machine has said so.
func imageGone(t *testing.T, w *world, c change) {
	const message = "Can not find requested image"
	id := w.fail(t, cloud.ImageMissing("of the test"))
	eventually(t, "a machine says that its image is missing", func() error {
		all := &unstructured.UnstructuredList{}
		all.SetGroupVersionKind(kindOf("infrastructure.cluster.x-k8s.io/v1beta1", "OpenStackMachineList"))
		if err := w.client.List(t.Context(), all, client.InNamespace(w.home(c.claim.GetNamespace()))); err != nil {
			return err
		}
		for i := range all.Items {
			if tells("InstanceReady", "False", message)(&all.Items[i]) == nil {
				return nil
			}
		}
		return fmt.Errorf("none of %d does", len(all.Items))
	})
	if err := w.failed(t.Context(), id); err != nil {
		t.Error(err)
	}
	w.await(t, c.claim, "told that a node is missing", tells("NodesReady", "False", fmt.Sprintf("of %d nodes", c.replicas)))
	c.underWay(t, w, "without the image")
	w.heal(t, id)
}

// everySecond lets a fault strike with each second request.
func everySecond(f cloud.Fault) cloud.Fault {
	f.Every = 2
	return f
}

// impostor is a fault: something answers in the functions' place that isn't one, or that
// doesn't see all that a function should.
func impostor(answer string) func(*testing.T, *world, change) {
	return func(t *testing.T, w *world, _ change) {
		w.doAll(t, functions, answer)
		last(t, outage, each(functions, func(f string) error {
			s, err := w.cluster.Status(t.Context())
			if err == nil && s.Impostors[f] == 0 {
				err = fmt.Errorf("nobody has called %s", f)
			}
			return err
		}))
		w.doAll(t, functions, "start")
	}
}

// forbidden is a fault: Crossplane loses the right to read Clusters, and to change them.
// What it observes comes from its cache, whose watches go on.
func forbidden(t *testing.T, w *world, c change) {
	file := filepath.Join(w.root, "package", "rbac", "crossplane.yaml")
	rights, err := manifest.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range rights {
		if err := w.client.Delete(t.Context(), o.DeepCopy()); err != nil {
			t.Fatal(err)
		}
	}
	last(t, outage, func() error { return w.unsynced(t.Context(), c.claim, "forbidden") })
	if err := manifest.Apply(t.Context(), w.client, rights...); err != nil {
		t.Fatal(err)
	}
}

// unsynced says whether Crossplane can't reconcile what a claim has ordered, for a reason.
func (w *world) unsynced(ctx context.Context, claim *unstructured.Unstructured, why string) error {
	xr, err := trace.Composite(ctx, w.client, w.fresh(claim))
	if err != nil {
		return err
	}
	if xr == nil {
		return errors.New("there is no composite")
	}
	return tells("Synced", "False", why)(xr)
}

// unreachable stops the API server of the cluster itself. What is delivered into the
// cluster can't be looked at then.
func unreachable(t *testing.T, w *world, c change) {
	name := ""
	for _, o := range w.composed(t, c.claim) {
		if o.GetKind() == "Cluster" {
			name = o.GetNamespace() + "." + o.GetName()
		}
	}
	server := "kube-apiserver@" + name
	w.do(t, server, "stop")
	last(t, outage, func() error {
		for _, p := range c.pieces {
			composed, err := w.composedNow(t.Context(), p.claim)
			if err != nil {
				return err
			}
			for _, o := range composed {
				if o.GetKind() == "Object" && tells("Synced", "False")(o) == nil {
					return nil
				}
			}
		}
		return errors.New("every Object could be looked at")
	})
	w.do(t, server, "start")
}
