package e2e_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// do does something to a program of the management cluster.
func (w *world) do(t *testing.T, program, command string) {
	t.Helper()
	if err := w.cluster.Program(t.Context(), program, command); err != nil {
		t.Fatalf("cannot %s %s: %v", command, program, err)
	}
}

// doAll does something to programs, to one after the other.
func (w *world) doAll(t *testing.T, programs []string, command string) {
	t.Helper()
	for _, p := range programs {
		w.do(t, p, command)
	}
}

// functions are those whose claims the tests furnish a cluster with, and its own.
var functions = []string{"function-kubernetescluster", "function-exposure", "function-storage"}

// A fault is something that goes wrong while a cluster changes.
type fault struct {
	reason string
	// grows says that it strikes only while a pool grows.
	grows bool
	// strike makes it happen, and fails the test unless somebody has met it; it returns
	// when it is over.
	strike func(t *testing.T, w *world, c change)
}

// A change is what is under way when a fault strikes.
type change struct {
	claim *unstructured.Unstructured
	// replicas that pool "web" gets.
	replicas int64
	pieces   []piece
	// round of the pieces.
	round int
}

var faults = map[string]fault{
	"FunctionKilled":           {reason: "a reconcile is cut off", strike: killed(functions...)},
	"FunctionHangs":            {reason: "Crossplane waits for an answer", strike: held(functions...)},
	"FunctionGarbage":          {reason: "what answers isn't a function", strike: impostor("garbage")},
	"FunctionEmpty":            {reason: "the answer desires nothing", strike: impostor("empty")},
	"FunctionBlind":            {reason: "the function doesn't see what is composed", strike: impostor("blind")},
	"FunctionHalfBlind":        {reason: "the function sees half of what is composed, each time another", strike: impostor("half-blind")},
	"CrossplaneKilled":         {reason: "the engine starts again", strike: killed("crossplane")},
	"APIServerKilled":          {reason: "every watch breaks", strike: killed("kube-apiserver")},
	"EtcdKilled":               {reason: "the API server loses its store", strike: killed("etcd")},
	"ProviderOpenStackKilled":  {reason: "a resource is made, and nobody has written it down", strike: killed("simcloud")},
	"ProviderHelmKilled":       {reason: "an installation is cut off", strike: killed("provider-helm")},
	"ProviderKubernetesKilled": {reason: "an object is applied, and nobody has written it down", strike: killed("provider-kubernetes")},
	"ClusterAPIAway":           {reason: "nobody makes machines, and nobody answers webhooks", strike: away("cluster-api")},
	"CloudDown":                {reason: "every request to the cloud fails", strike: cloudFault(cloud.Unavailable(), cloudOutage)},
	"CloudFlaps":               {reason: "every second request to the cloud fails", strike: cloudFault(everySecond(cloud.Unavailable()), flapping)},
	"CloudSlow":                {reason: "the cloud takes ten times as long", strike: slow},
	"ImageMissing":             {reason: "the image of new nodes is missing", grows: true, strike: imageGone},
	"WorkloadUnreachable":      {reason: "nobody can look into the cluster", strike: unreachable},
	"ObservationForbidden":     {reason: "Crossplane may neither read nor change a kind that it composed", strike: forbidden},
}

// TestFaults lets each fault strike one cluster while it changes, and what is
// delivered into it. It sees that they become what was ordered, and that nothing
// stateful was lost and nothing was made anew on the way.
func TestFaults(t *testing.T) {
	w := start(t, "skerry")
	team := w.team(t, "faults")
	c := w.claim(t, "cluster.yaml", team, "shop", level("BestEffort"), pools(pool("web", 1)))
	w.order(t, c)
	w.ready(t, c)
	pieces := w.furnish(t, c)
	before, mark, prints := w.identities(t, c), w.mark(t), w.fingerprints(t, c, pieces)
	replicas := int64(1)
	for round, name := range slices.Sorted(maps.Keys(faults)) {
		f := faults[name]
		t.Run(name, func(t *testing.T) {
			// Each fault meets changes that are under way, and more afterwards.
			replicas = resized(replicas, f.grows)
			now := change{claim: c, replicas: replicas, pieces: pieces, round: round + 1}
			w.editAll(t, pieces, now.round)
			w.mustChange(t, c, pools(pool("web", replicas)))
			f.strike(t, w, now)
			eventually(t, "the cluster is as ordered although "+f.reason, func() error {
				return w.has(t.Context(), c, "web", int(replicas))
			})
			w.allShow(t, pieces, now.round)
			w.untouched(t, c, before)
			for i, p := range pieces {
				w.unchanged(t, c, p.claim, prints[i])
			}
			w.noStatefulDeletes(t, c, mark)
		})
	}
	w.unfurnish(t, c, pieces)
	w.remove(t, c)
}

// resized is a pool's next size: one more, or one less where that is as good.
func resized(replicas int64, grows bool) int64 {
	if grows || replicas == 1 {
		return replicas + 1
	}
	return replicas - 1
}

// fresh reads a claim; one that can't be read is one without a status.
func (w *world) fresh(claim *unstructured.Unstructured) *unstructured.Unstructured {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	o := claim.DeepCopy()
	unstructured.RemoveNestedField(o.Object, "status")
	_ = w.client.Get(ctx, client.ObjectKeyFromObject(o), o)
	return o
}

// has says that a claim is ready and the pool has so many nodes.
func (w *world) has(ctx context.Context, claim *unstructured.Unstructured, pool string, want int) error {
	if err := settled(w.fresh(claim)); err != nil {
		return err
	}
	work, err := w.workloadNow(ctx, claim)
	if err != nil {
		return err
	}
	got, err := nodes(ctx, work)
	if err == nil && got[pool] != want {
		err = fmt.Errorf("%d nodes in %s, want %d", got[pool], pool, want)
	}
	return err
}

// TestQuota orders a cluster of a cloud whose project is full. The claim says so,
// and goes on by itself when there is room.
func TestQuota(t *testing.T) {
	w := start(t, "skerry")
	team := w.team(t, "quota")
	id, err := w.cloud.Fail(t.Context(), cloud.QuotaExceeded(cloud.Network))
	if err != nil {
		t.Fatal(err)
	}
	c := w.claim(t, "cluster.yaml", team, "shop", level("BestEffort"), pools(pool("web", 1)))
	w.order(t, c)
	w.await(t, c, "told that the quota is exceeded", func(o *unstructured.Unstructured) error {
		status, message := manifest.Condition(o, "NetworkReady")
		if status != "False" || !strings.Contains(message, "Quota exceeded") {
			return fmt.Errorf("NetworkReady=%s: %s", status, message)
		}
		return nil
	})
	if err := w.cloud.Heal(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	w.ready(t, c)
	w.remove(t, c)
}
