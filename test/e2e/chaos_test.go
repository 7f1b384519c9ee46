package e2e_test

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// patience is how long a step may take while things keep dying.
const patience = 15 * time.Minute

// A killer lets a random program die every few seconds.
type killer struct {
	*world

	victims []string
	// hand is held by whoever kills, and by whoever wants nobody to.
	hand   sync.Mutex
	killed []string
	stop   context.CancelFunc
	done   chan struct{}
}

// unleash starts to kill.
func (w *world) unleash(t *testing.T, victims ...string) *killer {
	t.Helper()
	const seed = 42
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, seed))
	ctx, stop := context.WithCancel(t.Context())
	k := &killer{world: w, victims: victims, stop: stop, done: make(chan struct{})}
	go func() {
		defer close(k.done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Duration(4+random.IntN(5)) * time.Second):
			}
			k.kill(ctx, victims[random.IntN(len(victims))])
		}
	}()
	return k
}

func (k *killer) kill(ctx context.Context, victim string) {
	k.hand.Lock()
	defer k.hand.Unlock()
	// It may be dead already.
	if k.cluster.Program(ctx, victim, "kill") == nil {
		k.killed = append(k.killed, victim)
	}
}

// calm does what a user does, or what a test looks at, while nothing dies. What comes of
// it has to come while things do.
func (k *killer) calm(t *testing.T, do func()) {
	t.Helper()
	k.hand.Lock()
	defer k.hand.Unlock()
	k.doAll(t, k.victims, "await")
	// Who has lost the API server may end a moment later.
	time.Sleep(time.Second)
	k.doAll(t, k.victims, "await")
	do()
}

// dead is how many have died so far.
func (k *killer) dead() int {
	k.hand.Lock()
	defer k.hand.Unlock()
	return len(k.killed)
}

// during waits until something comes true while things die.
func (k *killer) during(t *testing.T, what string, check func() error) {
	t.Helper()
	before := k.dead()
	within(t, patience, what, check)
	t.Logf("%s: %d died", what, k.dead()-before)
}

// end ends it.
func (k *killer) end(t *testing.T) {
	t.Helper()
	k.stop()
	<-k.done
	t.Logf("%d kills: %s", len(k.killed), strings.Join(k.killed, " "))
	k.doAll(t, k.victims, "await")
}

// TestChaos takes a cluster, and what is delivered into it, through its life while every
// few seconds something dies: from the order until nothing is left.
func TestChaos(t *testing.T) {
	w := start(t, "skerry")
	team := w.team(t, "chaos")
	mark := w.mark(t)
	k := w.unleash(t,
		"etcd", "kube-apiserver", "kube-controller-manager", "crossplane", "crossplane-rbac-manager",
		"provider-helm", "provider-kubernetes", "simcloud", "function-kubernetescluster", "function-exposure", "function-storage",
		"cluster-api", "cluster-api-bootstrap", "cluster-api-control-plane",
	)
	c := w.claim(t, "cluster.yaml", team, "shop", level("BestEffort"), pools(pool("web", 1)))
	k.calm(t, func() { w.order(t, c) })
	k.during(t, "the cluster becomes ready", func() error { return settled(w.fresh(c)) })

	var pieces []piece
	k.calm(t, func() {
		w.ready(t, c)
		pieces = w.orderPieces(t, c)
	})
	for _, p := range pieces {
		k.during(t, manifest.Title(p.claim)+" becomes ready", func() error { return settled(w.fresh(p.claim)) })
	}
	before, prints := w.identities(t, c), []fingerprint(nil)
	k.calm(t, func() {
		w.depotIn(t, c).fill(t)
		prints = w.fingerprints(t, c, pieces)
	})

	k.calm(t, func() {
		w.editAll(t, pieces, 1)
		w.mustChange(t, c, pools(pool("web", 3)))
	})
	k.during(t, "a pool grows", func() error { return w.has(t.Context(), c, "web", 3) })
	k.calm(t, func() { w.mustChange(t, c, level("Standard")) })
	k.during(t, "the level changes", func() error { return w.has(t.Context(), c, "control-plane", 3) })
	for _, p := range pieces {
		k.during(t, manifest.Title(p.claim)+" is as ordered", func() error { return p.shows(t.Context(), 1) })
	}
	k.calm(t, func() {
		w.untouched(t, c, before)
		for i, p := range pieces {
			w.unchanged(t, c, p.claim, prints[i])
		}
		w.madeOnce(t, mark)
	})

	alive := k.dead()
	k.vanish(t, c, pieces)
	if died := k.dead() - alive; died == 0 {
		t.Error("somebody should die during the deletion")
	}
	k.end(t)
	if len(k.killed) < 12 {
		t.Errorf("there should be more kills, got %d", len(k.killed))
	}
}

// vanish deletes a cluster and what is delivered into it while things die, and sees that
// nothing is left.
func (k *killer) vanish(t *testing.T, cluster *unstructured.Unstructured, pieces []piece) {
	t.Helper()
	var all []delivered
	k.calm(t, func() {
		// A claim that a pod mounts stays.
		k.depotIn(t, cluster).release(t)
		for _, p := range pieces {
			all = append(all, k.deliveredOf(t, p.claim))
		}
	})
	for _, p := range pieces {
		k.delete(t, p.claim)
	}
	for i, p := range pieces {
		k.gone(t, p.claim)
		k.goneHere(t, p.claim, all[i])
		k.during(t, "nothing of "+manifest.Title(p.claim)+" is left in the cluster", func() error {
			work, err := k.workloadNow(t.Context(), cluster)
			if err != nil {
				return err
			}
			return anyLeft(t.Context(), work, all[i].inside)
		})
		k.goneInCloud(t, p.claim, all[i])
	}
	var r remains
	k.calm(t, func() {
		k.mustChange(t, cluster, unprotected)
		r = k.remainsOf(t, cluster)
	})
	k.delete(t, cluster)
	k.gone(t, cluster)
	k.during(t, "nothing is left in the management cluster", func() error { return r.left(t.Context(), k.world) })
	k.calm(t, func() { k.nothingLeft(t, r) })
}

// delete deletes a claim as soon as that is possible.
func (k *killer) delete(t *testing.T, claim *unstructured.Unstructured) {
	t.Helper()
	k.during(t, manifest.Title(claim)+" may be deleted", func() error {
		return client.IgnoreNotFound(k.client.Delete(t.Context(), claim.DeepCopy()))
	})
}

// madeOnce fails the test if anything stateful was made twice in the cloud since the mark,
// or was deleted, though nobody has asked for that. The volumes of machines come and go
// with them.
func (w *world) madeOnce(t *testing.T, mark int) {
	t.Helper()
	ids := map[string][]string{}
	for _, e := range w.eventsOf(t, mark, "") {
		if !slices.Contains(statefulInCloud, e.Kind) || e.Part || ofMachine(e) {
			continue
		}
		what := string(e.Kind) + " " + e.Name + " of " + e.Owner.String()
		switch {
		case e.Verb == cloud.Delete || e.Verb == cloud.Gone:
			t.Errorf("nothing stateful should be deleted: %s: %s", what, e.Message)
		case e.Verb == cloud.Create && e.Outcome == cloud.Done && !slices.Contains(ids[what], e.ID):
			ids[what] = append(ids[what], e.ID)
		}
	}
	for what, made := range ids {
		if len(made) > 1 {
			t.Errorf("%s should be made once, got %s", what, strings.Join(made, ", "))
		}
	}
	if len(ids) == 0 {
		t.Error("something stateful should be made in the cloud")
	}
	t.Logf("%d stateful resources were made in the cloud", len(ids))
}

// ofMachine says whether an event is about a machine's volume.
func ofMachine(e cloud.Event) bool {
	return e.Kind == cloud.Volume && (strings.HasSuffix(e.Name, "-etcd") || strings.HasSuffix(e.Name, "-root"))
}
