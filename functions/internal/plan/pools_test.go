package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

// share is a share in short: "web-a@a=3", or "web-a@a=1..5" when autoscaled.
func share(s plan.Share) string {
	if a := s.Autoscaling; a != nil {
		return fmt.Sprintf("%s@%s=%d..%d", s.Name, s.Zone, a.Min, a.Max)
	}
	return fmt.Sprintf("%s@%s=%d", s.Name, s.Zone, s.Replicas)
}

func fixed(n int32) v1alpha1.NodePool {
	return v1alpha1.NodePool{Name: "web", Flavor: "SCS-4V-16-100s", Replicas: &n}
}

func scaled(least, most int32) v1alpha1.NodePool {
	return v1alpha1.NodePool{Name: "web", Flavor: "SCS-4V-16-100s", Autoscaling: &v1alpha1.Autoscaling{Min: least, Max: most}}
}

func in(p v1alpha1.NodePool, zones ...v1alpha1.ZoneName) v1alpha1.NodePool {
	p.AvailabilityZones = zones
	return p
}

func TestShares(t *testing.T) {
	abc := []v1alpha1.ZoneName{"a", "b", "c"}
	cases := map[string]struct {
		reason string
		zones  []v1alpha1.ZoneName
		pool   v1alpha1.NodePool
		want   string
	}{
		"even":                {"every zone gets its part", abc, fixed(6), "web-a@a=2 web-b@b=2 web-c@c=2"},
		"uneven":              {"the first zones get what is left over", abc, fixed(7), "web-a@a=3 web-b@b=2 web-c@c=2"},
		"fewer than zones":    {"a zone without nodes gets no group of machines", abc, fixed(2), "web-a@a=1 web-b@b=1"},
		"none":                {"a pool of none keeps one group, to grow from", abc, fixed(0), "web-a@a=0"},
		"no zones":            {"a cloud without zones has one group", nil, fixed(3), "web@=3"},
		"one zone":            {"and so has one with a single zone, named after it", []v1alpha1.ZoneName{"nova"}, fixed(3), "web-nova@nova=3"},
		"unsorted":            {"the order in the catalogue decides nothing", []v1alpha1.ZoneName{"c", "a", "b"}, fixed(4), "web-a@a=2 web-b@b=1 web-c@c=1"},
		"claim's zones":       {"the claim may take some of them, in any order", abc, in(fixed(3), "c", "a"), "web-a@a=2 web-c@c=1"},
		"names":               {"zones may be called what objects can't be", []v1alpha1.ZoneName{"Zone_1.A", "zone 2!"}, fixed(2), "web-zone-1-a@Zone_1.A=1 web-zone-2@zone 2!=1"},
		"autoscaled":          {"both bounds are divided", abc, scaled(4, 8), "web-a@a=2..3 web-b@b=1..3 web-c@c=1..2"},
		"autoscaled to none":  {"a least of none stays none", abc, scaled(0, 3), "web-a@a=0..1 web-b@b=0..1 web-c@c=0..1"},
		"autoscaled below":    {"a zone that may never have a node gets no group", abc, scaled(1, 2), "web-a@a=1..1 web-b@b=0..1"},
		"autoscaled, no zone": {"bounds stay whole", nil, scaled(1, 5), "web@=1..5"},
		"autoscaled, chosen":  {"over the claim's zones", abc, in(scaled(1, 5), "b", "c"), "web-b@b=1..3 web-c@c=0..2"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.cloud().Zones = tc.zones
			w.pool(tc.pool)
			p := planned(t, w)
			var got []string
			for _, s := range p.Pools[0].Shares {
				got = append(got, share(s))
			}
			if diff := cmp.Diff(tc.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
			if want := tc.pool.Autoscaling != nil; p.Autoscaled != want {
				t.Errorf("%s: the cluster is autoscaled: %t, want %t", tc.reason, p.Autoscaled, want)
			}
		})
	}
}

// Zones that have nodes come first: volumes can't follow their pods into another
// zone.
func TestSharesStayWhereNodesAre(t *testing.T) {
	cases := map[string]struct {
		reason string
		zones  []v1alpha1.ZoneName
		has    string // the groups of machines that exist
		pool   v1alpha1.NodePool
		want   string
	}{
		"added zone":      {"a zone that is added takes no node away", []v1alpha1.ZoneName{"a", "b", "c"}, "web-b web-c", fixed(2), "web-b@b=1 web-c@c=1"},
		"added and grown": {"it gets the nodes that come", []v1alpha1.ZoneName{"a", "b", "c"}, "web-b web-c", fixed(3), "web-a@a=1 web-b@b=1 web-c@c=1"},
		"left over":       {"what is left over goes where nodes are", []v1alpha1.ZoneName{"a", "b", "c"}, "web-c", fixed(4), "web-a@a=1 web-b@b=1 web-c@c=2"},
		"shrunk":          {"the last zones lose theirs first", []v1alpha1.ZoneName{"a", "b", "c"}, "web-a web-b web-c", fixed(1), "web-a@a=1"},
		"autoscaled":      {"bounds too", []v1alpha1.ZoneName{"a", "b"}, "web-b", scaled(1, 1), "web-b@b=1..1"},
		"other pool's":    {"another pool's nodes don't count", []v1alpha1.ZoneName{"a", "b"}, "db-b", fixed(1), "web-a@a=1"},
		"none":            {"an empty pool keeps the group that it has", []v1alpha1.ZoneName{"a", "b"}, "web-b", fixed(0), "web-b@b=0"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.cloud().Zones = tc.zones
			w.pool(tc.pool)
			groups := "{name: " + strings.Join(strings.Fields(tc.has), "}, {name: ") + "}"
			w.have[plan.KeyCluster] = existing(t, `{spec: {topology: {workers: {machineDeployments: [`+groups+`]}}}}`)
			var got []string
			for _, s := range planned(t, w).Pools[0].Shares {
				got = append(got, share(s))
			}
			if diff := cmp.Diff(tc.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// Whatever the numbers: no node is lost or invented, no zone has two more than
// another, and no share has a least above its most.
func TestSharesAddUp(t *testing.T) {
	w := newWorld(t)
	for zones := range 6 {
		w.cloud().Zones = nil
		for z := range zones {
			w.cloud().Zones = append(w.cloud().Zones, v1alpha1.ZoneName(fmt.Sprintf("z%d", z)))
		}
		for n := range int32(14) {
			w.claim.NodePools = []v1alpha1.NodePool{fixed(n), scaled(n/2, n)}
			w.claim.NodePools[1].Name = "batch"
			p := planned(t, w)
			batch, web := p.Pools[0], p.Pools[1]
			if desired(web) != n || desired(batch) != n/2 {
				t.Fatalf("%d nodes in %d zones: pools want %d and at least %d, want %d and %d", n, zones, desired(web), desired(batch), n, n/2)
			}
			var most int32
			for _, s := range batch.Shares {
				most += s.Autoscaling.Max
				if s.Autoscaling.Min > s.Autoscaling.Max {
					t.Errorf("%d nodes in %d zones: share %s", n, zones, share(s))
				}
			}
			if most != n {
				t.Errorf("%d nodes in %d zones: the autoscaler may make %d", n, zones, most)
			}
			if first, last := web.Shares[0].Replicas, web.Shares[len(web.Shares)-1].Replicas; first-last > 1 {
				t.Errorf("%d nodes in %d zones: one zone has %d, another %d", n, zones, first, last)
			}
		}
	}
}

// Names of shares are names of nodes: two pools must not come to the same ones.
func TestSharesWithOneName(t *testing.T) {
	w := newWorld(t)
	w.cloud().Zones = []v1alpha1.ZoneName{"a-b", "b"}
	w.claim.NodePools = []v1alpha1.NodePool{fixed(2), fixed(2)}
	w.claim.NodePools[1].Name = "web-a"
	_, err := w.plan()
	refused(t, "pool web in zone a-b and pool web-a in zone b", `spec.nodePools: "web-a" would give its nodes the same names (web-a-b) as pool "web". Give each pool a name of its own.`, err)
}

func TestRootVolume(t *testing.T) {
	root := func(size, kind string) *v1alpha1.RootVolume {
		return &v1alpha1.RootVolume{Size: *quantity(size), Type: kind}
	}
	const disk, diskless = "SCS-4V-16-100s", "SCS-4V-16"
	cases := map[string]struct {
		reason  string
		flavor  string
		asked   *v1alpha1.RootVolume
		cloud   v1alpha1.CloudVolumes
		want    *plan.Volume
		refused string
	}{
		"disk":              {reason: "the flavor's own disk is used", flavor: disk, cloud: v1alpha1.CloudVolumes{RootSize: quantity("50Gi")}},
		"asked":             {reason: "unless the claim asks for a volume", flavor: disk, asked: root("80Gi", "hdd"), cloud: v1alpha1.CloudVolumes{RootType: "ssd"}, want: &plan.Volume{SizeGiB: 80, Type: "hdd"}},
		"asked for a size":  {reason: "whose type is the platform's for system volumes", flavor: disk, asked: root("80Gi", ""), cloud: v1alpha1.CloudVolumes{RootType: "ssd", DefaultType: "hdd"}, want: &plan.Volume{SizeGiB: 80, Type: "ssd"}},
		"asked in Ti":       {reason: "units are converted", flavor: disk, asked: root("1Ti", ""), want: &plan.Volume{SizeGiB: 1024}},
		"diskless":          {reason: "a flavor without a disk gets the platform's volume", flavor: diskless, cloud: v1alpha1.CloudVolumes{RootSize: quantity("50Gi"), RootType: "ssd"}, want: &plan.Volume{SizeGiB: 50, Type: "ssd"}},
		"diskless, no type": {reason: "of the cloud's default type", flavor: diskless, cloud: v1alpha1.CloudVolumes{RootSize: quantity("50Gi")}, want: &plan.Volume{SizeGiB: 50}},
		"diskless, asked":   {reason: "or the claim's", flavor: diskless, asked: root("20Gi", ""), cloud: v1alpha1.CloudVolumes{RootSize: quantity("50Gi")}, want: &plan.Volume{SizeGiB: 20}},
		"rounded up":        {reason: "Cinder counts gibibytes, and a volume is never smaller than it should be", flavor: diskless, cloud: v1alpha1.CloudVolumes{RootSize: quantity("50G")}, want: &plan.Volume{SizeGiB: 47}},
		"no default": {
			reason: "somebody must say how large it is", flavor: diskless,
			refused: `spec.nodePools[web].rootVolume.size: "SCS-4V-16" is a flavor without a disk, and the platform has no default root volume for this cloud. Set rootVolume.size on the pool, choose a flavor with a disk, or ask the platform team to set volumes.rootSize.`,
		},
		"too small": {
			reason: "less than a gibibyte is a slip", flavor: disk, asked: root("50Mi", ""),
			refused: `spec.nodePools[web].rootVolume.size: "50Mi" is not a whole number of gibibytes. Set for example 50Gi.`,
		},
		"a half": {
			reason: "the schema lets it through", flavor: disk, asked: root("10.5Gi", ""),
			refused: `spec.nodePools[web].rootVolume.size: "10752Mi" is not a whole number of gibibytes. Set for example 50Gi.`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.cloud().Volumes = tc.cloud
			pool := fixed(1)
			pool.Flavor, pool.RootVolume = tc.flavor, tc.asked
			w.pool(pool)
			p, err := w.plan()
			if refused(t, tc.reason, tc.refused, err) {
				return
			}
			if diff := cmp.Diff(tc.want, p.Pools[0].RootVolume); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// What a pool takes over as it is.
func TestPool(t *testing.T) {
	w := newWorld(t)
	pool := fixed(1)
	pool.Labels = map[string]v1alpha1.LabelValue{"example.org/a": "b"}
	pool.Taints = []v1alpha1.Taint{{Key: "k", Value: "v", Effect: "NoSchedule"}}
	w.pool(pool)
	w.level().Nodes = v1alpha1.LevelNodes{AntiAffinity: "Hard", MaxSurge: 2, MaxUnhealthyPercent: 30}
	got := planned(t, w).Pools[0]
	got.Flavor, got.Image, got.Shares = plan.Flavor{}, "", nil
	want := plan.Pool{
		Name: "web", AntiAffinity: "Hard", MaxSurge: 2, MaxUnhealthyPercent: 30,
		Labels: map[string]string{"example.org/a": "b"}, Taints: pool.Taints,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The limit of a level counts what may become, over all pools.
func TestMaxNodes(t *testing.T) {
	cases := map[string]struct {
		reason  string
		limit   int32
		pools   []v1alpha1.NodePool
		refused string
	}{
		"no limit":   {"0 means any number", 0, []v1alpha1.NodePool{fixed(900)}, ""},
		"just":       {"the limit itself is allowed", 5, []v1alpha1.NodePool{fixed(2), scaled(0, 3)}, ""},
		"over":       {"pools are added up", 5, []v1alpha1.NodePool{fixed(4), fixed(2)}, `spec.nodePools: "6" nodes are more than service level "Standard" allows (5). Ask for fewer nodes, or choose another service level.`},
		"may become": {"the most that the autoscaler may make counts", 5, []v1alpha1.NodePool{fixed(2), scaled(0, 4)}, `spec.nodePools: "6" nodes are more than service level "Standard" allows (5). Ask for fewer nodes, or choose another service level.`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.claim.NodePools = slices.Clone(tc.pools)
			for i := range w.claim.NodePools {
				w.claim.NodePools[i].Name = fmt.Sprintf("pool%d", i)
			}
			w.level().Nodes.MaxNodes = tc.limit
			_, err := w.plan()
			refused(t, tc.reason, tc.refused, err)
		})
	}
}

// desired is the number of nodes that a pool should have, or at least have.
func desired(p plan.Pool) int32 {
	var n int32
	for _, s := range p.Shares {
		n += s.Replicas
		if s.Autoscaling != nil {
			n += s.Autoscaling.Min
		}
	}
	return n
}
