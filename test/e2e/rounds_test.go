package e2e_test

import (
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
)

const (
	// promptly is how long after its cause a round comes at most. Crossplane looks at a
	// composite every 15 s by itself (devcluster.Options.Poll): a round that had to wait
	// for that would be wasted.
	promptly = 10 * time.Second
	// inFlight is how long a round takes from what it sees to what it writes.
	inFlight = 2 * time.Second
)

// rounds counts, for a cluster of an instant cloud, the rounds in which Crossplane composed
// something new, beside the depth: the longest chain of resources that need each other, to
// which the function's own TestRounds holds it when all of a step of the chain is ready at
// once.
//
// Here what a round composes gets ready one after another, and each time may be a round
// that composes what needs no more than that. Such rounds run ahead: nothing waits for
// them. Those that count are the ones that had to come after all of a step was ready, for
// the next step to be complete: no more than one for each.
//
// And no round may be wasted: since the one before, something has got ready, and the round
// has come of that, not of Crossplane looking by itself.
func (d *diary) rounds(t *testing.T, chain render.Settled) {
	t.Helper()
	waves := d.all(t)
	steps, err := d.steps(chain)
	if err != nil {
		t.Fatal(err)
	}
	rounds := 1 // That of the order.
	for i, s := range steps[1:] {
		n := s.rounds(steps[i].ready, waves)
		if rounds += n; n > 1 {
			t.Errorf("step %d took %d rounds after all before it was ready", i+2, n)
		}
	}
	t.Logf("depth %d; %d rounds that had to be waited for, of %d in all:\n%s", len(steps), rounds, len(waves), strings.Join(texts(waves), "\n"))
	t.Logf("the steps of the chain:\n%s", strings.Join(stepTexts(steps, waves), "\n"))
	if rounds > len(steps) {
		t.Errorf("%d rounds are more than the depth %d", rounds, len(steps))
	}
	if len(waves) < len(steps) {
		t.Errorf("%d rounds are less than the depth %d: not all were seen", len(waves), len(steps))
	}
	for i, wave := range waves {
		if err := d.caused(waves[:i], wave); err != nil {
			t.Errorf("round %d was wasted: %v", i+1, err)
		}
	}
}

// chain renders what a claim comes to when everything that a round composes is ready
// before the next.
func (w *world) chain(t *testing.T, claim *unstructured.Unstructured) render.Settled {
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
	s, err := h.Settle(t.Context(), xr, w.platform.DeepCopy().Object)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// kindsOf returns the kinds of what is composed.
func kindsOf(composed []map[string]any) []schema.GroupVersionKind {
	var kinds []schema.GroupVersionKind
	for _, o := range composed {
		u := unstructured.Unstructured{Object: o}
		if kind := u.GroupVersionKind(); !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// A wave is a round that composed something new.
type wave struct {
	at time.Time
	// size is how many resources there were after it.
	size int
}

// A step is what stands at one place of the chain.
type step struct {
	// size is how many resources it has.
	size int
	// last is the wave that completed it, from 0.
	last int
	// ready is when all of it was ready, and of the steps before.
	ready time.Time
}

// rounds counts those that had to come after all before the step was ready, until the step
// was complete. One that was on its way just then doesn't count, unless it was the last.
func (s step) rounds(before time.Time, waves []wave) int {
	n := 0
	for i, v := range waves[:s.last+1] {
		if v.at.After(before) && (i == s.last || v.at.After(before.Add(inFlight))) {
			n++
		}
	}
	return n
}

func texts(waves []wave) []string {
	var out []string
	for _, v := range waves {
		out = append(out, fmt.Sprintf("%4d after %5.1f s", v.size, v.at.Sub(waves[0].at).Seconds()))
	}
	return out
}

func stepTexts(steps []step, waves []wave) []string {
	var out []string
	since := func(at time.Time) float64 { return at.Sub(waves[0].at).Seconds() }
	for i, s := range steps {
		out = append(out, fmt.Sprintf("%4d of step %d, composed in round %2d after %5.1f s, ready after %5.1f s", s.size, i+1, s.last+1, since(waves[s.last].at), since(s.ready)))
	}
	return out
}

// A diary is what watches have told.
type diary struct {
	mu    sync.Mutex
	waves []wave
	// since is the wave in which something was composed, from 0.
	since map[trace.Ref]int
	// objects that are there, of this claim and of others.
	objects map[trace.Ref]*entry
	err     error
}

// An entry is what happened to an object.
type entry struct {
	// key is its composition-resource-name, without a hash.
	key   string
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

// ready is when it was ready for what needs it, or zero. A cluster is when its API serves.
func (e *entry) ready() time.Time {
	for _, kind := range []string{"ControlPlaneInitialized", "Ready"} {
		if at, has := e.holds[kind]; has {
			return at
		}
	}
	return e.there
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
	d := &diary{since: map[trace.Ref]int{}, objects: map[trace.Ref]*entry{}}
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
	for _, r := range refs {
		if _, before := d.since[r]; !before {
			d.since[r] = len(d.waves) - 1
		}
	}
	return err
}

// ready notes that an object is there, and since when its conditions are true.
func (d *diary) ready(o *unstructured.Unstructured) error {
	ref := trace.Ref{GroupVersionKind: o.GroupVersionKind(), Namespace: o.GetNamespace(), Name: o.GetName()}
	e := d.objects[ref]
	if e == nil {
		e = &entry{key: render.WithoutHash(render.Key(o)), there: time.Now(), holds: map[string]time.Time{}}
		d.objects[ref] = e
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

// steps returns what became of the steps of a chain. Its end may be missing: what shows the
// backups of a cluster is composed when there are some.
func (d *diary) steps(chain render.Settled) ([]step, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	place := map[string]int{}
	for name, at := range chain.Steps {
		place[render.WithoutHash(name)] = at
	}
	out := make([]step, chain.Depth)
	for ref, wave := range d.since {
		e, seen := d.objects[ref]
		if !seen {
			return nil, fmt.Errorf("%s was not seen", ref)
		}
		at, expected := place[e.key]
		if !expected {
			return nil, fmt.Errorf("%s, %q, is composed here, and not when rendered", ref, e.key)
		}
		ready := e.ready()
		if ready.IsZero() {
			return nil, fmt.Errorf("%s isn't ready", ref)
		}
		s := &out[at-1]
		s.size++
		s.last = max(s.last, wave)
		s.ready = later(s.ready, ready)
	}
	for len(out) > 0 && out[len(out)-1].size == 0 {
		out = out[:len(out)-1]
	}
	for i := range out {
		if out[i].size == 0 {
			return nil, fmt.Errorf("nothing of step %d was seen", i+1)
		}
		if i > 0 {
			out[i].ready = later(out[i].ready, out[i-1].ready)
		}
	}
	return out, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// caused says that something got ready since the waves before, and shortly before a wave.
func (d *diary) caused(before []wave, v wave) error {
	if len(before) == 0 {
		return nil // It comes of the order.
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	cause := time.Time{}
	for ref, e := range d.objects {
		if _, ours := d.since[ref]; !ours || ref.Kind == "Usage" {
			continue // Nothing waits for a Usage.
		}
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

// TestStepRounds counts rounds around the time at which all before a step was ready.
func TestStepRounds(t *testing.T) {
	before := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	cases := map[string]struct {
		reason string
		// waves in seconds from that time; the last completes the step.
		waves []int
		want  int
	}{
		"Ahead":    {"nothing waited for it", []int{-9, -1}, 0},
		"Next":     {"the next has all that it needs", []int{-9, 1}, 1},
		"InFlight": {"one saw what was before, and so another came", []int{-9, 1, 5}, 1},
		"Late":     {"one saw all and composed too little", []int{-9, 3, 5}, 2},
		"Later":    {"two did", []int{-9, 1, 3, 4, 5}, 3},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var waves []wave
			for _, s := range tc.waves {
				waves = append(waves, wave{at: before.Add(time.Duration(s) * time.Second)})
			}
			// One more, which is of other steps.
			waves = append(waves, wave{at: before.Add(time.Minute)})
			if got := (step{last: len(tc.waves) - 1}).rounds(before, waves); got != tc.want {
				t.Errorf("got %d rounds, want %d: %s", got, tc.want, tc.reason)
			}
		})
	}
}
