package plan_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
)

// spread is a pool in its zones: its groups of machines and what Cluster API says of
// their nodes.
type spread struct {
	zones  []v1alpha1.ZoneName // of the cloud
	pool   v1alpha1.NodePool
	groups string   // {name: web-a, failureDomain: a, replicas: 3}, …
	nodes  []string // "web-a 3/3": how many are ready, of how many
	fresh  bool     // the cluster has never run
	open   bool     // a window is
	begun  bool     // the move has
	surge  int32    // of the level
}

// plan plans the pool in a world, and returns its shares in short: with an exclamation mark
// those that leave.
func (s spread) plan(t *testing.T, w *world) (*plan.Cluster, string) {
	t.Helper()
	w.cloud().Zones = s.zones
	w.level().Nodes.MaxSurge = max(1, s.surge)
	w.pool(s.pool)
	w.claim.Maintenance = plantest.Claim(t).Maintenance
	if !s.open {
		w.claim.Maintenance = v1alpha1.Maintenance{Window: &v1alpha1.MaintenanceWindow{Start: "18:00", Duration: "2h", TimeZone: "UTC"}}
	}
	w.have[plan.KeyCluster] = existing(t, fmt.Sprintf(`{spec: {topology: {version: v1.36.4, workers: {machineDeployments: [%s]}}}, status: {initialization: {controlPlaneInitialized: %t}}}`, s.groups, !s.fresh))
	cw := w.world()
	if s.begun {
		cw.Prior.Maintenance = &v1alpha1.MaintenanceStatus{Begun: []v1alpha1.PendingChange{{Name: "pool/web/zones"}}}
	}
	for _, n := range s.nodes {
		var name string
		var ready, of int
		if _, err := fmt.Sscanf(strings.Replace(n, "/", " ", 1), "%s %d %d", &name, &ready, &of); err != nil {
			t.Fatal(err)
		}
		cw.MachineDeployments = append(cw.MachineDeployments, observed.Value(existing(t, fmt.Sprintf(
			`{metadata: {labels: {topology.cluster.x-k8s.io/deployment-name: %s}}, spec: {replicas: %d}, status: {readyReplicas: %d}}`, name, of, ready))))
	}
	p, err := plan.NewCluster(plantest.Owner(), w.claim, cw)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range p.Pools[0].Shares {
		text := share(s)
		if s.Leaves {
			text += "!"
		}
		got = append(got, text)
	}
	return p, strings.Join(got, " ")
}

// Nodes that have to leave a zone wait for a window, and go as others are ready in their
// place. What a pool's own size changes doesn't wait.
func TestZones(t *testing.T) {
	ab, abc := []v1alpha1.ZoneName{"a", "b"}, []v1alpha1.ZoneName{"a", "b", "c"}
	group := func(zone string, n int) string {
		return fmt.Sprintf("{name: web-%s, failureDomain: %s, replicas: %d}", zone, zone, n)
	}
	scales := func(zone string) string { return fmt.Sprintf("{name: web-%s, failureDomain: %s}", zone, zone) }
	const a3, a3b1 = "{name: web-a, failureDomain: a, replicas: 3}", "{name: web-a, failureDomain: a, replicas: 3}, {name: web-b, failureDomain: b, replicas: 1}"
	cases := map[string]struct {
		reason string
		spread spread
		want   string
		// waits and begins are changes in short: "a to b, 3 nodes".
		waits, begins string
		moving        int32
	}{
		"Moved":     {"another zone is another set of nodes", spread{zones: abc, pool: in(fixed(3), "b"), groups: a3}, "web-a@a=3", "a to b, 3 nodes", "", 0},
		"Dropped":   {"a zone that the platform drops keeps its nodes until then", spread{zones: ab, pool: fixed(6), groups: group("a", 2) + "," + group("b", 2) + "," + group("c", 2)}, "web-a@a=2 web-b@b=2 web-c@c=2", "a, b, c to a, b, 2 nodes", "", 0},
		"Spread":    {"nodes that the claim spreads over more zones move too", spread{zones: abc, pool: in(fixed(6), "c", "b", "a"), groups: group("a", 6)}, "web-a@a=6", "a to a, b, c, 4 nodes", "", 0},
		"Added":     {"a zone that the platform adds moves none", spread{zones: abc, pool: fixed(6), groups: group("b", 3) + "," + group("c", 3)}, "web-b@b=3 web-c@c=3", "", "", 0},
		"AddedGrow": {"it gets those that come", spread{zones: abc, pool: fixed(8), groups: group("b", 3) + "," + group("c", 3)}, "web-a@a=2 web-b@b=3 web-c@c=3", "", "", 0},
		"Grown":     {"nodes that come meanwhile come where they are to be", spread{zones: abc, pool: in(fixed(5), "b"), groups: a3}, "web-a@a=3 web-b@b=2", "a to b, 3 nodes", "", 0},
		"Shrunk":    {"those that go meanwhile go from where the pool is not to be", spread{zones: abc, pool: in(fixed(2), "b"), groups: a3b1}, "web-a@a=1 web-b@b=1", "a, b to b, 1 nodes", "", 0},
		"ShrunkAll": {"and nothing waits when all of them may go", spread{zones: abc, pool: in(fixed(1), "b"), groups: a3b1}, "web-b@b=1", "", "", 0},
		"None":      {"a pool without nodes has none to wait for", spread{zones: abc, pool: in(fixed(0), "b"), groups: group("a", 0)}, "web-b@b=0", "", "", 0},
		"Asleep":    {"neither has one that sleeps", spread{zones: abc, pool: in(fixed(3), "b"), groups: group("a", 0)}, "web-b@b=3", "", "", 0},
		"Fresh":     {"nor a cluster that has never run", spread{zones: abc, pool: in(fixed(3), "b"), groups: a3, fresh: true}, "web-b@b=3", "", "", 0},
		"Other":     {"pools whose names begin alike are not one", spread{zones: abc, pool: in(fixed(3), "b"), groups: "{name: web-x-a, failureDomain: a, replicas: 3}"}, "web-b@b=3", "", "", 0},
		"Zoned":     {"a cloud that gets zones is a change of them", spread{zones: ab, pool: fixed(3), groups: "{name: web, replicas: 3}"}, "web@=3", "none to a, b, 3 nodes", "", 0},
		"Unzoned":   {"and so is one that has none any more", spread{pool: fixed(3), groups: a3}, "web-a@a=3", "a to none, 3 nodes", "", 0},

		"Open":      {"in the window new nodes come first, as many as the level's surge", spread{zones: abc, pool: in(fixed(3), "b"), groups: a3, nodes: []string{"web-a 3/3"}, open: true}, "web-a@a=3! web-b@b=1", "", "a to b, 3 nodes", 3},
		"Surge":     {"which may be more", spread{zones: abc, pool: in(fixed(3), "b"), groups: a3, nodes: []string{"web-a 3/3"}, open: true, surge: 2}, "web-a@a=3! web-b@b=2", "", "a to b, 3 nodes", 3},
		"Unready":   {"none goes before another is ready", spread{zones: abc, pool: in(fixed(3), "b"), groups: a3b1, nodes: []string{"web-a 3/3", "web-b 0/1"}, begun: true}, "web-a@a=3! web-b@b=1", "", "a, b to b, 2 nodes", 3},
		"Ready":     {"and the move goes on when the window has ended", spread{zones: abc, pool: in(fixed(3), "b"), groups: a3b1, nodes: []string{"web-a 3/3", "web-b 1/1"}, begun: true}, "web-a@a=2! web-b@b=2", "", "a, b to b, 2 nodes", 3},
		"Last":      {"the last one waits as well", spread{zones: abc, pool: in(fixed(3), "b"), groups: group("a", 1) + "," + group("b", 3), nodes: []string{"web-a 1/1", "web-b 2/3"}, begun: true}, "web-a@a=1! web-b@b=3", "", "a, b to b, 0 nodes", 3},
		"Done":      {"until it goes", spread{zones: abc, pool: in(fixed(3), "b"), groups: group("a", 1) + "," + group("b", 3), nodes: []string{"web-a 1/1", "web-b 3/3"}, begun: true}, "web-b@b=3", "", "a, b to b, 0 nodes", 3},
		"Over":      {"then nothing is left of it", spread{zones: abc, pool: in(fixed(3), "b"), groups: group("b", 3), nodes: []string{"web-b 3/3"}, begun: true}, "web-b@b=3", "", "", 0},
		"Broken":    {"a node that breaks meanwhile brings none back", spread{zones: abc, pool: in(fixed(3), "b"), groups: group("a", 1) + "," + group("b", 3), nodes: []string{"web-a 1/1", "web-b 1/3"}, begun: true}, "web-a@a=1! web-b@b=3", "", "a, b to b, 0 nodes", 3},
		"Unread":    {"while nobody knows which nodes are ready, none goes", spread{zones: abc, pool: in(fixed(3), "b"), groups: group("a", 1) + "," + group("b", 3), begun: true}, "web-a@a=1! web-b@b=3", "", "a, b to b, 0 nodes", 3},
		"Back":      {"who changes their mind meanwhile gets the nodes back", spread{zones: abc, pool: in(fixed(3), "a"), groups: group("a", 2) + "," + group("b", 2), nodes: []string{"web-a 2/2", "web-b 2/2"}, begun: true}, "web-a@a=3 web-b@b=1!", "", "a, b to a, 1 nodes", 3},
		"MoreZones": {"nodes that make zones uneven go one by one", spread{zones: abc, pool: in(fixed(6), "a", "b", "c"), groups: group("a", 6), nodes: []string{"web-a 6/6"}, open: true, surge: 2}, "web-a@a=6 web-b@b=1 web-c@c=1", "", "a to a, b, c, 4 nodes", 6},

		"Autoscaled": {"the autoscaler decides on while they wait", spread{zones: abc, pool: in(scaled(1, 5), "b"), groups: scales("a"), nodes: []string{"web-a 4/4"}}, "web-a@a=1..5", "a to b, 4 nodes", "", 0},
		"ScaledWait": {"within the bounds of before", spread{zones: abc, pool: in(scaled(1, 7), "b"), groups: scales("a") + "," + scales("b") + "," + scales("c"), nodes: []string{"web-a 1/1", "web-b 0/0", "web-c 0/0"}}, "web-a@a=1..3 web-b@b=0..2 web-c@c=0..2", "a to b, 1 nodes", "", 0},
		"Idle":       {"without nodes there is nothing to wait for", spread{zones: abc, pool: in(scaled(0, 5), "b"), groups: scales("a"), nodes: []string{"web-a 0/0"}}, "web-b@b=0..5", "", "", 0},
		"Uncounted":  {"nodes that can't be counted stay, also in a window", spread{zones: abc, pool: in(scaled(0, 5), "b"), groups: scales("a"), open: true}, "web-a@a=0..5", "a to b, 1 nodes", "", 0},
		"Scaled":     {"as many as there are come first, and nobody scales meanwhile", spread{zones: abc, pool: in(scaled(1, 5), "b"), groups: scales("a"), nodes: []string{"web-a 4/4"}, open: true}, "web-a@a=4! web-b@b=4", "", "a to b, 4 nodes", 4},
		"ScaledGo":   {"then they go as these are ready", spread{zones: abc, pool: in(scaled(1, 5), "b"), groups: group("a", 4) + "," + group("b", 4), nodes: []string{"web-a 4/4", "web-b 3/4"}, begun: true}, "web-a@a=1! web-b@b=4", "", "a, b to b, 0 nodes", 4},
		"ScaledDone": {"and the autoscaler decides again", spread{zones: abc, pool: in(scaled(1, 5), "b"), groups: group("b", 4), nodes: []string{"web-b 4/4"}, begun: true}, "web-b@b=1..5", "", "", 0},
		"ScaledPart": {"zones that stay keep theirs", spread{zones: abc, pool: in(scaled(1, 9), "a", "b"), groups: scales("b") + "," + scales("c"), nodes: []string{"web-b 2/2", "web-c 3/3"}, open: true}, "web-a@a=3 web-b@b=2 web-c@c=3!", "", "b, c to a, b, 3 nodes", 5},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, got := tc.spread.plan(t, newWorld(t))
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.waits, changesText(p.Pending)); diff != "" {
				t.Errorf("%s: what waits: -want +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.begins, changesText(p.Begun)); diff != "" {
				t.Errorf("%s: what has begun: -want +got:\n%s", tc.reason, diff)
			}
			if p.Pools[0].Moving != tc.moving {
				t.Errorf("%s: %d nodes move, want %d", tc.reason, p.Pools[0].Moving, tc.moving)
			}
			if want := tc.spread.pool.Autoscaling != nil; p.Autoscaled != want {
				t.Errorf("%s: the cluster is autoscaled: %t, want %t", tc.reason, p.Autoscaled, want)
			}
		})
	}
}

func changesText(all []v1alpha1.PendingChange) string {
	var out []string
	for _, c := range all {
		if c.Name == "pool/web/zones" && c.Reason != "" {
			out = append(out, fmt.Sprintf("%s to %s, %d nodes", c.From, c.To, c.Nodes))
		}
	}
	return strings.Join(out, "; ")
}

// Whatever the zones and the numbers: a pool that moves always has as many ready nodes as
// were ordered, never more than its surge beside them, and comes to rest where it is to be.
func TestZonesRoll(t *testing.T) {
	all := []v1alpha1.ZoneName{"a", "b", "c", "d"}
	some := func(r *rand.Rand) []v1alpha1.ZoneName {
		zones := slices.Clone(all)
		r.Shuffle(len(zones), func(i, j int) { zones[i], zones[j] = zones[j], zones[i] })
		return zones[:1+r.IntN(len(zones))]
	}
	w := newWorld(t)
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 7))
		n := 1 + r.Int32N(9)
		s := spread{zones: all, surge: 1 + r.Int32N(2), open: true}
		pool, most := fixed(n), n+s.surge
		if r.IntN(3) == 0 {
			pool, most = scaled(0, 9), 2*n
		}
		had := map[string]int32{}
		from := some(r)
		for range n {
			had[string(from[r.IntN(len(from))])]++
		}
		to := some(r)
		named := r.IntN(2) == 0
		if s.zones = to; named {
			s.zones, s.pool = all, in(pool, to...)
		} else {
			s.pool = pool
		}
		ready := maps.Clone(had)
		moved := false
		for step := 0; ; step++ {
			if step > 60 {
				t.Fatalf("case %d: %d nodes of %v never come to rest in %v: %v", seed, n, from, to, had)
			}
			var groups []string
			s.nodes = nil
			for z, n := range had {
				group := fmt.Sprintf("{name: web-%s, failureDomain: %s, replicas: %d}", z, z, n)
				if !moved && pool.Autoscaling != nil {
					group = fmt.Sprintf("{name: web-%s, failureDomain: %s}", z, z)
				}
				groups, s.nodes = append(groups, group), append(s.nodes, fmt.Sprintf("web-%s %d/%d", z, min(n, ready[z]), n))
			}
			s.groups = strings.Join(groups, ", ")
			p, text := s.plan(t, w)
			s.begun, s.open = len(p.Begun) > 0, false
			next, sum, stand := map[string]int32{}, int32(0), int32(0)
			for _, share := range p.Pools[0].Shares {
				next[share.Zone] = share.Replicas
				if a := share.Autoscaling; a != nil {
					next[share.Zone] = had[share.Zone]
					if moved && had[share.Zone] > a.Max {
						t.Errorf("case %d: Cluster API would remove nodes: zone %s has %d, and its bounds are now %s", seed, share.Zone, had[share.Zone], text)
					}
				}
				sum, stand = sum+next[share.Zone], stand+min(next[share.Zone], ready[share.Zone])
			}
			if sum > most || stand < n {
				t.Fatalf("case %d, step %d: %s: %d nodes of which %d are ready, want %d to %d", seed, step, text, sum, stand, n, most)
			}
			if len(p.Begun) == 0 {
				if sum != n {
					t.Errorf("case %d: %d nodes became %d", seed, n, sum)
				}
				rests(t, seed, next, to, named && pool.Replicas != nil)
				break
			}
			had, moved = next, true
			for z, n := range next { // Some come up, and others take their time.
				ready[z] = min(n, ready[z]+r.Int32N(2))
			}
		}
	}
}

func rests(t *testing.T, seed uint64, nodes map[string]int32, zones []v1alpha1.ZoneName, evenly bool) {
	t.Helper()
	least, most := int32(9), int32(0)
	for z, n := range nodes {
		if n > 0 && !slices.Contains(zones, v1alpha1.ZoneName(z)) {
			t.Errorf("case %d: %d nodes are left in zone %s", seed, n, z)
		}
	}
	for _, z := range zones {
		least, most = min(least, nodes[string(z)]), max(most, nodes[string(z)])
	}
	if evenly && most-least > 1 {
		t.Errorf("case %d: the claim's zones are uneven: %v", seed, nodes)
	}
}
