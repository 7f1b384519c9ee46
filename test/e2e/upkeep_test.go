package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/version"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// These are the versions that the example's cloud has images of.
const (
	oldest = "v1.34.11"
	newest = "v1.36.4"
)

// TestUpkeep takes one cluster through what comes after the first day: changes that
// wait for their window, an upgrade over two minors in it, sleep, and an end with
// things left in the cloud.
func TestUpkeep(t *testing.T) {
	w := start(t, "skerry")
	t.Parallel()
	team := w.team(t, "upkeep")
	c := w.claim(t, "cluster.yaml", team, "shop", level("BestEffort"), unprotected, pools(pool("web", 2)), closed,
		func(spec map[string]any) { spec["version"] = "1.34" })
	w.order(t, c)
	w.ready(t, c)
	u := &upkeep{world: w, claim: c, before: w.identities(t, c), mark: w.mark(t)}
	w.runs(t, c, oldest)
	t.Run("HeldOutsideTheWindow", u.held)
	t.Run("PoolsComeAndGoAtAnyTime", u.pools)
	t.Run("UpgradeOverTwoMinorsInTheWindow", u.upgraded)
	t.Run("SleepAndWake", u.sleeps)
	w.untouched(t, c, u.before)
	t.Run("DeletionWithLeftovers", u.deleted)
}

type upkeep struct {
	*world
	claim  *unstructured.Unstructured
	before map[string]identity
	mark   int
}

// closed gives a claim a window that begins in half a day.
func closed(spec map[string]any) {
	const half = 12 * time.Hour
	spec["maintenance"] = map[string]any{
		"window": map[string]any{"start": time.Now().UTC().Add(half).Format("15:04"), "duration": "1h", "timeZone": "UTC"},
	}
}

// opened opens a window now.
func opened(spec map[string]any) {
	m, _ := spec["maintenance"].(map[string]any)
	m["now"] = time.Now().UTC().Format(time.RFC3339)
}

const biggerFlavor = "SCS-4V-16"

// held asks for another version and for other nodes, outside the window.
func (u *upkeep) held(t *testing.T) {
	u.mustChange(t, u.claim, func(spec map[string]any) {
		spec["version"] = "1.36"
		p := pool("web", 2)
		p["flavor"] = biggerFlavor
		pools(p)(spec)
	})
	u.await(t, u.claim, "told what waits", func(o *unstructured.Unstructured) error {
		return errors.Join(
			tells("Maintained", "False", "kubernetes", "pool/web")(o),
			pends(o, "kubernetes", 3), pends(o, "pool/web", 2), settled(o),
		)
	})
	u.still(t, u.claim)
	u.runs(t, u.claim, oldest)
	check(t, "the flavors of web", []string{"SCS-4V-16-100s", "SCS-4V-16-100s"}, u.flavors(t, "-web-"))
}

// pends says whether a change waits that replaces so many nodes.
func pends(o *unstructured.Unstructured, name string, nodes int64) error {
	all, _, _ := unstructured.NestedSlice(o.Object, "status", "maintenance", "pending")
	for _, e := range all {
		c, _ := e.(map[string]any)
		if c["name"] != name {
			continue
		}
		if c["reason"] == "" || c["nodes"] != nodes {
			return fmt.Errorf("%s should replace %d nodes for a reason: %v", name, nodes, c)
		}
		return nil
	}
	return fmt.Errorf("%s does not wait: %v", name, all)
}

// flavors of the servers in the cloud whose names have the part.
func (u *upkeep) flavors(t *testing.T, part string) []string {
	t.Helper()
	all, err := u.cloud.Resources(t.Context(), cloud.Filter{Kind: cloud.Server})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, r := range all {
		if prefix := u.prefix(t, u.claim); strings.HasPrefix(r.Name, prefix) && strings.Contains(r.Name, part) {
			out = append(out, r.Text("flavor"))
		}
	}
	return out
}

// pools adds a pool, lets one grow and takes one away, while an upgrade waits.
func (u *upkeep) pools(t *testing.T) {
	resized := func(more ...map[string]any) func(map[string]any) {
		web := pool("web", 3)
		web["flavor"] = biggerFlavor
		return pools(append([]map[string]any{web}, more...)...)
	}
	u.mustChange(t, u.claim, resized(pool("batch", 1)))
	u.hasNodes(t, map[string]int{"control-plane": 1, "web": 3, "batch": 1})
	u.runs(t, u.claim, oldest)
	u.mustChange(t, u.claim, resized())
	u.hasNodes(t, map[string]int{"control-plane": 1, "web": 3})
	check(t, "the flavors of web", slices.Repeat([]string{"SCS-4V-16-100s"}, 3), u.flavors(t, "-web-"))
}

func (u *upkeep) hasNodes(t *testing.T, want map[string]int) {
	t.Helper()
	work := u.workload(t, u.claim)
	eventually(t, "the cluster has the nodes", func() error {
		got, err := nodes(t.Context(), work)
		return errors.Join(err, same("the nodes", want, got))
	})
}

// upgraded opens a window, and watches the nodes until everything is done.
func (u *upkeep) upgraded(t *testing.T) {
	const wanted, surge = 3, 1
	u.hasNodes(t, map[string]int{"control-plane": 1, "web": wanted})
	work := u.workload(t, u.claim)
	most := map[string]int{}
	eventually(t, "all workers serve", func() error {
		l := &corev1.NodeList{}
		if err := work.List(t.Context(), l); err != nil {
			return err
		}
		most = workersIn(l.Items)
		return staffed(l.Items, wanted, most)
	})
	// Cluster API rolls the nodes of each zone by themselves.
	for zone := range most {
		most[zone] += surge
	}
	watched := watchNodes(t, work, wanted, most)
	u.mustChange(t, u.claim, opened)
	u.await(t, u.claim, "under way", func(o *unstructured.Unstructured) error {
		if at(o, "status", "maintenance", "runningSince") == nil {
			return errors.New("status.maintenance.runningSince is not set")
		}
		return nil
	})
	u.runs(t, u.claim, newest)
	u.ready(t, u.claim)
	seen := watched()
	check(t, "the versions of the control plane", []string{oldest, "v1.35.9", newest}, seen)
	check(t, "the flavors of web", slices.Repeat([]string{biggerFlavor}, wanted), u.flavors(t, "-web-"))
	u.await(t, u.claim, "done", func(o *unstructured.Unstructured) error {
		if at(o, "status", "maintenance", "last", "finished") == nil {
			return errors.New("status.maintenance.last is not set")
		}
		return errors.Join(tells("Maintained", "True")(o), settled(o))
	})
	u.untouched(t, u.claim, u.before)
}

// watchNodes looks at the nodes until it is asked what it has seen: the versions of
// the control plane, in their order. It fails the test if a worker is newer than a
// control-plane node, if fewer workers than least serve, or if there are more than most
// in a zone.
func watchNodes(t *testing.T, work client.Client, least int, most map[string]int) func() []string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var mu sync.Mutex
	var seen []string
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ; ctx.Err() == nil; time.Sleep(pollEvery) {
			l := &corev1.NodeList{}
			if work.List(ctx, l) != nil {
				continue
			}
			mu.Lock()
			newestSeen, err := inOrderOfUpgrade(l.Items)
			if err = errors.Join(err, staffed(l.Items, least, most)); err != nil {
				t.Error(err)
			}
			if newestSeen != "" && !slices.Contains(seen, newestSeen) {
				seen = append(seen, newestSeen)
			}
			mu.Unlock()
		}
	}()
	return func() []string {
		stop()
		<-done
		return seen
	}
}

// inOrderOfUpgrade returns the newest version of the control plane.
func inOrderOfUpgrade(all []corev1.Node) (string, error) {
	var newestCP, oldestCP, newestWorker *version.Version
	for _, n := range all {
		v, err := version.ParseSemantic(n.Status.NodeInfo.KubeletVersion)
		if err != nil {
			continue // It has just registered.
		}
		if _, ok := n.Labels["node-role.kubernetes.io/control-plane"]; !ok {
			if newestWorker == nil || newestWorker.LessThan(v) {
				newestWorker = v
			}
			continue
		}
		if newestCP == nil || newestCP.LessThan(v) {
			newestCP = v
		}
		if oldestCP == nil || v.LessThan(oldestCP) {
			oldestCP = v
		}
	}
	switch {
	case oldestCP == nil:
		return "", nil
	case newestWorker != nil && oldestCP.LessThan(newestWorker):
		return "", fmt.Errorf("a worker runs %s before the control plane, which runs %s", newestWorker, oldestCP)
	}
	return "v" + newestCP.String(), nil
}

// workersIn counts the workers in each zone.
func workersIn(all []corev1.Node) map[string]int {
	out := map[string]int{}
	for i := range all {
		if _, ok := all[i].Labels["node-role.kubernetes.io/control-plane"]; !ok {
			out[all[i].Labels[corev1.LabelTopologyZone]]++
		}
	}
	return out
}

// staffed says whether at least so many workers serve, and there are no more than most in
// any zone.
func staffed(all []corev1.Node, least int, most map[string]int) error {
	workers, serving := workersIn(all), 0
	for i := range all {
		if _, ok := all[i].Labels["node-role.kubernetes.io/control-plane"]; !ok && serves(&all[i]) {
			serving++
		}
	}
	if serving < least {
		return fmt.Errorf("of the workers by zone, %v, %d serve, and there should be %d at any time", workers, serving, least)
	}
	for zone, n := range workers {
		limit, known := most[zone]
		// Of one that has just registered the zone isn't known yet.
		if n > limit && (known || zone != "") {
			return fmt.Errorf("%d workers in zone %q are more than the surge allows, %d", n, zone, limit)
		}
	}
	return nil
}

// serves says whether pods can go to a node: one that has just registered isn't ready
// yet, and one that is about to go is cordoned first.
func serves(n *corev1.Node) bool {
	ready := slices.ContainsFunc(n.Status.Conditions, func(c corev1.NodeCondition) bool {
		return c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue
	})
	return ready && !n.Spec.Unschedulable && n.DeletionTimestamp == nil
}

// TestStaffed sees that watching nodes finds what it looks for.
func TestStaffed(t *testing.T) {
	node := func(change ...func(*corev1.Node)) corev1.Node {
		n := corev1.Node{Status: corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}}}
		for _, c := range change {
			c(&n)
		}
		return n
	}
	cordoned := func(n *corev1.Node) { n.Spec.Unschedulable = true }
	unready := func(n *corev1.Node) { n.Status.Conditions = nil }
	in := func(zone string) func(*corev1.Node) {
		return func(n *corev1.Node) { n.Labels = map[string]string{corev1.LabelTopologyZone: zone} }
	}
	inB, inC := in("b"), in("c")
	controlPlane := func(n *corev1.Node) { n.Labels = map[string]string{"node-role.kubernetes.io/control-plane": ""} }
	for name, tc := range map[string]struct {
		reason string
		nodes  []corev1.Node
		want   string
	}{
		"Enough":   {"the new node is there before the old one goes", []corev1.Node{node(), node(), node(cordoned), node(controlPlane)}, ""},
		"Missing":  {"the old one went first", []corev1.Node{node(), node(controlPlane)}, "1 serve, and there should be 2"},
		"Cordoned": {"the old one is going before the new one is there", []corev1.Node{node(), node(cordoned)}, "1 serve, and there should be 2"},
		"Unready":  {"the new one isn't ready when the old one has gone", []corev1.Node{node(), node(unready)}, "1 serve, and there should be 2"},
		"TooMany":  {"there are more than the surge allows", slices.Repeat([]corev1.Node{node()}, 4), "4 workers in zone"},
		"OneZone":  {"there is room in another zone only", []corev1.Node{node(), node(inB), node(inB)}, "2 workers in zone"},
		"NewZone":  {"a zone that nobody has ordered", []corev1.Node{node(), node(), node(inC)}, "1 workers in zone"},
	} {
		err := staffed(tc.nodes, 2, map[string]int{"": 3, "b": 1})
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %s: want %q, got %v", name, tc.reason, tc.want, err)
		}
	}
}

// sleeps sends the cluster to sleep and wakes it. What is delivered into it is the
// same afterwards.
func (u *upkeep) sleeps(t *testing.T) {
	hibernate := func(asleep bool) func(map[string]any) {
		return func(spec map[string]any) { spec["hibernation"] = map[string]any{"asleep": asleep} }
	}
	pieces := u.furnish(t, u.claim)
	prints := u.fingerprints(t, u.claim, pieces)
	u.mustChange(t, u.claim, hibernate(true))
	u.await(t, u.claim, "asleep", func(o *unstructured.Unstructured) error {
		return errors.Join(field("Hibernated", "status", "phase")(o), settled(o))
	})
	u.hasNodes(t, map[string]int{"control-plane": 1})
	u.mustChange(t, u.claim, hibernate(false))
	u.hasNodes(t, map[string]int{"control-plane": 1, "web": 3})
	u.ready(t, u.claim)
	for i, p := range pieces {
		u.ready(t, p.claim)
		u.unchanged(t, u.claim, p.claim, prints[i])
	}
	u.noStatefulDeletes(t, u.claim, u.mark)
	u.unfurnish(t, u.claim, pieces)
}
