package e2e_test

import (
	"context"
	"io"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/trace"
	"github.com/skerry-dev/skerry/test/render"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// TestRounds orders a cluster of an instant cloud and counts the rounds in which
// Crossplane composes something new, beside the depth: the rounds that it takes when
// all of a step is ready at once, which the function's own TestRounds holds to the
// longest chain of resources that need each other. Here what one round composes gets
// ready one after another, and each event is a round: so there are a few more.
func TestRounds(t *testing.T) {
	w := start(t, "skerry")
	if err := w.cloud.Profile(t.Context(), cloud.Profile{Name: cloud.Instant}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.cloud.Profile(context.Background(), cloud.Profile{Name: cloud.Fast}) })
	team := w.team(t, "rounds")
	c := w.claim(t, "cluster.yaml", team, "shop", unprotected)
	depth := w.depth(t, c)
	w.order(t, c)
	var xr *unstructured.Unstructured
	eventually(t, "there is a composite", func() error {
		if err := w.client.Get(t.Context(), client.ObjectKeyFromObject(c), c); err != nil {
			return err
		}
		var err error
		xr, err = trace.Composite(t.Context(), w.client, c)
		if err == nil && xr == nil {
			err = context.DeadlineExceeded
		}
		return err
	})
	waves := w.waves(t, xr)
	w.ready(t, c)
	t.Logf("depth %d; composed in %d rounds: %v", depth, len(waves()), waves())
	w.remove(t, c)
}

// depth is how many rounds it takes when everything that a round composes is ready
// before the next: the longest chain of things that need each other.
func (w *world) depth(t *testing.T, claim *unstructured.Unstructured) int {
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
	return s.Depth
}

// waves watches a composite, and tells of each round that composed something new
// how many resources there were after it.
func (w *world) waves(t *testing.T, xr *unstructured.Unstructured) func() []int {
	t.Helper()
	r, err := w.cluster.REST()
	if err != nil {
		t.Fatal(err)
	}
	c, err := client.NewWithWatch(r, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := &unstructured.UnstructuredList{}
	l.SetGroupVersionKind(xr.GroupVersionKind())
	events, err := c.Watch(t.Context(), l, &client.ListOptions{FieldSelector: fields.OneTermEqualSelector("metadata.name", xr.GetName())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(events.Stop)
	var sizes []int
	done := make(chan chan []int)
	go func() {
		for {
			select {
			case e, ok := <-events.ResultChan():
				if !ok || e.Type == watch.Error {
					return
				}
				o, _ := e.Object.(*unstructured.Unstructured)
				refs, err := trace.Refs(o)
				if err == nil && (len(sizes) == 0 || len(refs) > sizes[len(sizes)-1]) && len(refs) > 0 {
					sizes = append(sizes, len(refs))
				}
			case answer := <-done:
				answer <- append([]int{}, sizes...)
			}
		}
	}()
	return func() []int {
		answer := make(chan []int)
		done <- answer
		return <-answer
	}
}
