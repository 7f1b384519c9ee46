package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster"
	"github.com/skerry-dev/skerry/test/devcluster/audit"
	"github.com/skerry-dev/skerry/test/devcluster/manifest"
)

const (
	// quietFor is how long nobody may write for everybody to be done.
	quietFor = 15 * time.Second
	// settleWithin is how long they may take to be done before they are watched anyway.
	settleWithin = 15 * time.Minute
	// readyEvery is how often it is asked which claims are ready.
	readyEvery = 500 * time.Millisecond
	// goneEvery is how often it is asked whether claims are gone.
	goneEvery = 500 * time.Millisecond
	function  = "function-kubernetescluster"
)

type bench struct {
	cluster *devcluster.Cluster
	client  client.Client
	claim   *unstructured.Unstructured
}

// A use is what a program has needed.
type use struct {
	cpu    time.Duration
	memory int64
}

// A row is the figures of so many claims at once.
type row struct {
	claims     int
	first, all time.Duration
	// reconciles of composites, writes that the management cluster has stored, and
	// Crossplane's requests to write among all.
	reconciles, requests, ours   int
	writes                       int64
	function, crossplane, server use
	// steady are the writes while the claims were watched for so long, and lost what was
	// deleted.
	steady  map[string]int64
	lost    []string
	watched time.Duration
}

// rows measures each size; the last is then watched. With an error come those that
// were measured before it.
func (b *bench) rows(ctx context.Context, sizes []int, steady time.Duration) ([]row, error) {
	var out []row
	for i, n := range sizes {
		_, _ = fmt.Fprintf(os.Stderr, "%d claims …\n", n)
		r, claims, err := b.row(ctx, n)
		if err != nil {
			return out, err
		}
		if i == len(sizes)-1 {
			_, _ = fmt.Fprintf(os.Stderr, "%d claims are watched for %s …\n", n, steady)
			if r.steady, r.lost, err = b.watch(ctx, steady); err != nil {
				return out, err
			}
			r.watched = steady
		}
		out = append(out, r)
		_, _ = fmt.Fprintf(os.Stderr, "  all %d after %.0f s\n", n, r.all.Seconds())
		if i == len(sizes)-1 {
			break // The whole management cluster goes now.
		}
		if err := b.remove(ctx, claims); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (b *bench) row(ctx context.Context, n int) (row, []*unstructured.Unstructured, error) {
	r := row{claims: n}
	mark, err := audit.Mark(b.log())
	if err != nil {
		return r, nil, err
	}
	before, err := b.uses(ctx)
	if err != nil {
		return r, nil, err
	}
	reconciled, err := b.reconciles(ctx)
	if err != nil {
		return r, nil, err
	}
	stored, err := b.cluster.Stored(ctx)
	if err != nil {
		return r, nil, err
	}
	claims, err := b.order(ctx, &r, n)
	if err != nil {
		return r, nil, err
	}
	after, err := b.uses(ctx)
	if err != nil {
		return r, nil, err
	}
	now, err := b.reconciles(ctx)
	if err != nil {
		return r, nil, err
	}
	r.reconciles = now - reconciled
	for name, to := range map[string]*use{function: &r.function, "crossplane": &r.crossplane, "kube-apiserver": &r.server} {
		*to = use{cpu: after[name].cpu - before[name].cpu, memory: after[name].memory}
	}
	storedNow, err := b.cluster.Stored(ctx)
	if err != nil {
		return r, nil, err
	}
	for _, n := range devcluster.Written(stored, storedNow) {
		r.writes += n
	}
	writes, err := audit.Since(b.log(), mark)
	for _, w := range writes {
		r.requests++
		if strings.HasSuffix(w.User.Username, ":crossplane") {
			r.ours++
		}
	}
	return r, claims, err
}

// order creates the claims and waits until all are ready.
func (b *bench) order(ctx context.Context, r *row, n int) ([]*unstructured.Unstructured, error) {
	start := time.Now()
	var claims []*unstructured.Unstructured
	for i := range n {
		team := fmt.Sprintf("bench-%d", i)
		ns := manifest.New(schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}, "", team)
		c := b.claim.DeepCopy()
		c.SetNamespace(team)
		if err := unstructured.SetNestedField(c.Object, false, "spec", "deletionProtection"); err != nil {
			return nil, err
		}
		if err := manifest.Apply(ctx, b.client, ns, c); err != nil {
			return nil, err
		}
		claims = append(claims, c)
	}
	took, err := b.ready(ctx, start, n)
	if err != nil {
		return nil, err
	}
	r.first, r.all = slices.Min(took), slices.Max(took)
	return claims, nil
}

// ready returns when each of n claims has become ready. All of them are looked at
// together: hundreds that are each asked for would be measured themselves.
func (b *bench) ready(ctx context.Context, start time.Time, n int) ([]time.Duration, error) {
	took := map[string]time.Duration{}
	for shown := 0; len(took) < n; {
		l := &unstructured.UnstructuredList{}
		l.SetGroupVersionKind(b.claim.GroupVersionKind())
		// A server that is busy answers the next time.
		if err := b.client.List(ctx, l); err != nil && !apierrors.IsTimeout(err) && !apierrors.IsTooManyRequests(err) && !apierrors.IsServerTimeout(err) {
			return nil, err
		}
		for i := range l.Items {
			c := &l.Items[i]
			if _, known := took[c.GetNamespace()]; !known && manifest.Is("Ready")(c) == nil {
				took[c.GetNamespace()] = time.Since(start)
			}
		}
		if tenth := len(took) * 10 / n; tenth > shown {
			_, _ = fmt.Fprintf(os.Stderr, "  %d of %d are ready after %.0f s\n", len(took), n, time.Since(start).Seconds())
			shown = tenth
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(readyEvery):
		}
	}
	return slices.Collect(maps.Values(took)), nil
}

// watch returns what is written, and what is deleted, while nothing happens, once
// everybody is done, or should be.
func (b *bench) watch(ctx context.Context, steady time.Duration) (map[string]int64, []string, error) {
	for end := time.Now().Add(settleWithin); ; {
		w, lost, err := b.written(ctx, quietFor)
		if err != nil {
			return nil, nil, err
		}
		if len(w)+len(lost) == 0 || time.Now().After(end) {
			return b.written(ctx, steady)
		}
	}
}

// written returns what is written, and what is deleted, in the time to come.
func (b *bench) written(ctx context.Context, in time.Duration) (map[string]int64, []string, error) {
	before, err := b.cluster.Stored(ctx)
	if err != nil {
		return nil, nil, err
	}
	select {
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	case <-time.After(in):
	}
	after, err := b.cluster.Stored(ctx)
	return devcluster.Written(before, after), devcluster.Gone(before, after), err
}

func (b *bench) remove(ctx context.Context, claims []*unstructured.Unstructured) error {
	for _, c := range claims {
		if err := b.client.Delete(ctx, c); err != nil {
			return err
		}
	}
	for _, c := range claims {
		for {
			err := b.client.Get(ctx, client.ObjectKeyFromObject(c), c)
			if apierrors.IsNotFound(err) {
				break
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(goneEvery):
			}
		}
	}
	return nil
}

func (b *bench) log() string { return b.cluster.Config().AuditLog() }

// uses is what each program has needed so far.
func (b *bench) uses(ctx context.Context) (map[string]use, error) {
	s, err := b.cluster.Status(ctx)
	if err != nil {
		return nil, err
	}
	out := map[string]use{}
	for _, p := range s.Programs {
		out[p.Name] = use{cpu: p.CPU, memory: p.Memory}
	}
	return out, nil
}

// reconciles counts the reconciles of KubernetesCluster composites so far.
func (b *bench) reconciles(ctx context.Context) (int, error) {
	metrics, err := b.cluster.CrossplaneMetrics(ctx)
	if err != nil {
		return 0, err
	}
	total := 0
	for line := range strings.Lines(metrics) {
		if !strings.HasPrefix(line, `controller_runtime_reconcile_total{controller="composite/xkubernetesclusters.skerry.dev"`) {
			continue
		}
		n := 0.0
		if _, err := fmt.Sscan(line[strings.LastIndexByte(line, ' ')+1:], &n); err != nil {
			return 0, err
		}
		total += int(n)
	}
	return total, nil
}
