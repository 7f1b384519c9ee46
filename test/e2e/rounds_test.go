package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/trace"
	"github.com/skerry-dev/skerry/test/render"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

const (
	// promptly is how long after its cause a round comes at most. Crossplane looks at a
	// composite every 15 s by itself (devcluster.Options.Poll): a round that had to wait
	// for that would be wasted.
	promptly = 10 * time.Second
	// inFlight is how long a round takes from what it sees to what it writes.
	inFlight = 2 * time.Second
)

// TestRounds orders a cluster of an instant cloud and counts the rounds in which
// Crossplane composes something new, beside the depth: the rounds that it takes when
// all of a step is ready at once, which the function's own TestRounds holds to the
// longest chain of resources that need each other.
//
// Here what one round composes gets ready one after another, and each time may be a round:
// so there are a few more. None of them may be wasted: since the round before, something
// has got ready, and the round has come of that, not of Crossplane looking by itself.
func TestRounds(t *testing.T) {
	w := start(t, "skerry")
	if err := w.cloud.Profile(t.Context(), cloud.Profile{Name: cloud.Instant}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.cloud.Profile(context.Background(), cloud.Profile{Name: cloud.Fast}) })
	team := w.team(t, "rounds")
	c := w.claim(t, "cluster.yaml", team, "shop", unprotected)
	depth, kinds := w.depth(t, c)
	d := w.follow(t, c, kinds)
	w.order(t, c)
	w.ready(t, c)
	waves := d.all(t)
	t.Logf("depth %d; composed in %d rounds:\n%s", depth, len(waves), strings.Join(texts(waves), "\n"))
	if len(waves) < depth {
		t.Errorf("%d rounds are less than the depth %d: not all were seen", len(waves), depth)
	}
	for i, wave := range waves {
		if err := d.caused(waves[:i], wave); err != nil {
			t.Errorf("round %d was wasted: %v", i+1, err)
		}
	}
	w.remove(t, c)
}

// depth is how many rounds it takes when everything that a round composes is ready
// before the next: the longest chain of things that need each other. The kinds are those
// of all that is composed and waited for.
func (w *world) depth(t *testing.T, claim *unstructured.Unstructured) (rounds int, kinds []schema.GroupVersionKind) {
	t.Helper()
	h, err := render.New(t.Context(), render.Default(w.root, io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.Close() }()
	xr, err := h.Composite(claim.DeepCopy().Object)
	if err != nil {
		t.Fatal(err)
	}
	platform := w.platform.DeepCopy()
	s, err := h.Settle(t.Context(), xr, platform.Object)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range s.Composed {
		u := unstructured.Unstructured{Object: o}
		// Nothing waits for a Usage.
		if u.GetKind() != "Usage" && !slices.Contains(kinds, u.GroupVersionKind()) {
			kinds = append(kinds, u.GroupVersionKind())
		}
	}
	return s.Depth, kinds
}

// A wave is a round that composed something new.
type wave struct {
	at time.Time
	// size is how many resources there were after it.
	size int
}

func texts(waves []wave) []string {
	var out []string
	for _, v := range waves {
		out = append(out, fmt.Sprintf("%4d after %5.1f s", v.size, v.at.Sub(waves[0].at).Seconds()))
	}
	return out
}

// A diary is what watches have told.
type diary struct {
	mu    sync.Mutex
	waves []wave
	// objects by their UIDs.
	objects map[string]*entry
	err     error
}

// An entry is what happened to an object.
type entry struct {
	there time.Time
	// holds are the conditions that it has, and since when they are true, or zero.
	holds map[string]time.Time
}

// news are the times at which it may have become what others wait for: when it was there,
// if it has no conditions, and otherwise when one of them became true.
func (e *entry) news() []time.Time {
	if len(e.holds) == 0 {
		return []time.Time{e.there}
	}
	return slices.Collect(maps.Values(e.holds))
}

// follow watches what comes of a claim that isn't ordered yet.
func (w *world) follow(t *testing.T, claim *unstructured.Unstructured, kinds []schema.GroupVersionKind) *diary {
	t.Helper()
	r, err := w.cluster.REST()
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.NewWithWatch(r, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := &diary{objects: map[string]*entry{}}
	composite := claim.GroupVersionKind().GroupVersion().WithKind("X" + claim.GetKind())
	d.watch(t, c, composite, d.composed, client.MatchingLabels{
		"crossplane.io/claim-namespace": claim.GetNamespace(), "crossplane.io/claim-name": claim.GetName(),
	})
	for _, kind := range kinds {
		d.watch(t, c, kind, d.ready)
	}
	return d
}

// watch writes what happens to a kind into the diary, until the test ends.
func (d *diary) watch(t *testing.T, c client.WithWatch, kind schema.GroupVersionKind, write func(*unstructured.Unstructured) error, of ...client.ListOption) {
	t.Helper()
	l := &unstructured.UnstructuredList{}
	l.SetGroupVersionKind(kind)
	events, err := c.Watch(t.Context(), l, of...)
	if err != nil {
		t.Fatalf("cannot watch %s: %v", kind, err)
	}
	t.Cleanup(events.Stop)
	go func() {
		for e := range events.ResultChan() {
			o, ok := e.Object.(*unstructured.Unstructured)
			if !ok || e.Type == watch.Error {
				break
			}
			if e.Type == watch.Deleted {
				continue
			}
			d.mu.Lock()
			d.err = errors.Join(d.err, write(o))
			d.mu.Unlock()
		}
		d.mu.Lock()
		defer d.mu.Unlock()
		d.err = errors.Join(d.err, fmt.Errorf("the watch of %s has ended", kind))
	}()
}

// composed notes that a composite refers to more than before.
func (d *diary) composed(xr *unstructured.Unstructured) error {
	refs, err := trace.Refs(xr)
	if len(refs) > 0 && (len(d.waves) == 0 || len(refs) > d.waves[len(d.waves)-1].size) {
		d.waves = append(d.waves, wave{at: time.Now(), size: len(refs)})
	}
	return err
}

// ready notes that an object is there, and since when its conditions are true.
func (d *diary) ready(o *unstructured.Unstructured) error {
	e := d.objects[string(o.GetUID())]
	if e == nil {
		e = &entry{there: time.Now(), holds: map[string]time.Time{}}
		d.objects[string(o.GetUID())] = e
	}
	conditions, _, err := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, each := range conditions {
		c, _ := each.(map[string]any)
		kind, _ := c["type"].(string)
		switch {
		case kind == "Synced": // It was only written down.
		case c["status"] != "True":
			e.holds[kind] = time.Time{}
		case e.holds[kind].IsZero():
			e.holds[kind] = time.Now()
		}
	}
	return err
}

// all returns the waves so far.
func (d *diary) all(t *testing.T) []wave {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		t.Fatal(d.err)
	}
	return slices.Clone(d.waves)
}

// caused says that something got ready since the waves before, and shortly before a wave.
func (d *diary) caused(before []wave, v wave) error {
	if len(before) == 0 {
		return nil // It comes of the order.
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	cause := time.Time{}
	for _, e := range d.objects {
		for _, at := range e.news() {
			if at.After(cause) && at.Before(v.at) {
				cause = at
			}
		}
	}
	if previous := before[len(before)-1].at; cause.Before(previous.Add(-inFlight)) {
		return fmt.Errorf("nothing got ready in the %s since the round before", v.at.Sub(previous))
	}
	if late := v.at.Sub(cause); late > promptly {
		return fmt.Errorf("it came %s after something got ready", late)
	}
	return nil
}
