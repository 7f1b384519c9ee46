package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
)

func TestHomeName(t *testing.T) {
	h := plan.Home{Namespace: "skerry-system", Prefix: "shop-x7k2p"}
	cases := map[string]struct {
		reason string
		what   []string
		want   string
	}{
		"nothing": {"the composite's own", nil, "shop-x7k2p"},
		"one":     {"prefix and what it is", []string{"nodes"}, "shop-x7k2p-nodes"},
		"several": {"in the order given", []string{"pool-web", "0a1b2c3d"}, "shop-x7k2p-pool-web-0a1b2c3d"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, h.Name(tc.what...)); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// A namespaced composite shares its cloud with other teams' of the same name: its
// prefix says whose it is.
func TestOwnPrefix(t *testing.T) {
	of := plan.OwnPrefix
	seen := map[string]bool{}
	for _, p := range []string{of("team-a", "shop"), of("team-b", "shop"), of("team", "a-shop"), of("team-a", "store")} {
		if seen[p] {
			t.Errorf("two composites get %q", p)
		}
		seen[p] = true
	}
	if p := of("team-a", "shop"); !strings.HasPrefix(p, "shop-") || len(p) != len("shop-")+5 {
		t.Errorf("got %q, want the name and five digits", p)
	}
}

// A name that fits everywhere is accepted to the last character.
func TestLongestName(t *testing.T) {
	w := newWorld(t)
	o := plantest.Owner()
	o.Home.Prefix = strings.Repeat("a", 50)
	if _, err := plan.NewCluster(o, w.claim, w.world()); err != nil {
		t.Errorf("50 characters are refused: %v", err)
	}
	o.Home.Prefix += "a"
	if _, err := plan.NewCluster(o, w.claim, w.world()); err == nil {
		t.Error("51 characters are not refused")
	}
}

// A cluster that isn't seen, and whose machines are, would be planned as if it were new.
func TestUnseen(t *testing.T) {
	cluster := existing(t, `{spec: {topology: {version: v1.36.4}}}`)
	machines := []observed.Value{observed.Of(map[string]any{"kind": "MachineDeployment"})}
	cases := map[string]struct {
		reason   string
		seen     bool
		machines []observed.Value
		want     string
	}{
		"New":     {"neither is there yet", false, nil, ""},
		"Seen":    {"both are", true, machines, ""},
		"Unseen":  {"machines don't live without their cluster", false, machines, `Cluster: "shop-x7k2p" isn't seen, though its machines are. What runs stays as it is until it is seen again. If it was deleted, delete its MachineDeployments as well: then it is made anew.`},
		"Growing": {"a cluster is made before its machines", true, nil, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(w *world) {
				if tc.seen {
					w.have[plan.KeyCluster] = cluster
				}
			})
			cw := w.world()
			cw.MachineDeployments = tc.machines
			got := ""
			if _, err := plan.NewCluster(plantest.Owner(), w.claim, cw); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestCloud(t *testing.T) {
	cases := map[string]struct {
		reason string
		cloud  string
		want   plan.Cloud
	}{
		"everything": {
			"what the catalogue says", "north",
			plan.Cloud{
				Name: "north", Engine: "ClusterAPI", ProviderConfig: external.ProviderConfigRef{Kind: "ClusterProviderConfig", Name: "north"},
				AuthURL: "https://keystone.north.example.org:5000/v3", Region: "north-1", ExternalNetworkID: "5f3c2f0e-8a5c-4b57-9d0e-3d8f4f0a1b2c",
				DNSServers:      []string{"192.0.2.53"},
				LoadBalancer:    plan.LoadBalancer{Provider: "amphora", FlavorName: "lb-standard", FlavorID: "0a0a0a0a-0000-4000-8000-000000000002"},
				APILoadBalancer: plan.LoadBalancer{Provider: "amphora", FlavorName: "lb-standard", FlavorID: "0a0a0a0a-0000-4000-8000-000000000002"},
				VolumeType:      "ssd", ShareType: "nfs-ssd", DNSZone: "apps.example.org",
				Zones:        []string{"north-1a", "north-1b", "north-1c"},
				Performances: []plan.PerformanceTypes{{Name: "fast", VolumeType: "nvme", ShareType: "nfs-nvme"}, {Name: "secret", VolumeType: "ssd-luks"}},
			},
		},
		"little": {
			"what a cloud lacks is empty: no Manila, no Designate, no zones, no flavors of load balancers", "south",
			plan.Cloud{
				Name: "south", Engine: "ClusterAPI", ProviderConfig: external.ProviderConfigRef{Kind: "ClusterProviderConfig", Name: "south"},
				AuthURL: "https://south.example.org:13000", ExternalNetworkID: "6a4d3e1f-9b6d-4c68-8e1f-4e9f5a1b2c3d",
				LoadBalancer: plan.LoadBalancer{Provider: "ovn"}, APILoadBalancer: plan.LoadBalancer{Provider: "ovn"},
				Zones: []string{},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.claim.Cloud = tc.cloud
			pool := fixed(1)
			pool.Flavor = w.cloud().Flavors[2].Name
			w.pool(pool)
			tc.want.CACertificate = w.cloud().CACertificate
			if diff := cmp.Diff(tc.want, planned(t, w).Cloud); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// What Cluster API lets nobody change stays as it was made; the load balancers
// of Services are new ones, and follow the level.
func TestAsMade(t *testing.T) {
	const made = `{spec: {template: {spec: {externalNetwork: {id: old-network}, apiServerLoadBalancer: {enabled: true, provider: old-provider, flavor: lb-small}}}}}`
	premium := plan.LoadBalancer{Provider: "amphora", FlavorName: "lb-active-standby", FlavorID: "0a0a0a0a-0000-4000-8000-000000000003"}
	cases := map[string]struct {
		reason, key, made string
		network           string
		api               plan.LoadBalancer
	}{
		"nothing yet": {"a new cluster gets what the catalogue says", "other", made, "5f3c2f0e-8a5c-4b57-9d0e-3d8f4f0a1b2c", premium},
		"made":        {"a cluster keeps what it was made with", plan.KeyClusterTemplate + "0a1b2c3d", made, "old-network", plan.LoadBalancer{Provider: "old-provider", FlavorName: "lb-small"}},
		"made plain":  {"also when it was made with the cloud's defaults", plan.KeyClusterTemplate + "0a1b2c3d", `{spec: {template: {spec: {externalNetwork: {id: old-network}}}}}`, "old-network", plan.LoadBalancer{}},
		"no content":  {"a template without content says nothing", plan.KeyClusterTemplate + "0a1b2c3d", `{metadata: {name: t}}`, "5f3c2f0e-8a5c-4b57-9d0e-3d8f4f0a1b2c", premium},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.claim.ServiceLevel = "Premium"
			w.have[tc.key] = existing(t, tc.made)
			c := planned(t, w).Cloud
			if diff := cmp.Diff([]any{tc.network, tc.api, premium}, []any{c.ExternalNetworkID, c.APILoadBalancer, c.LoadBalancer}); diff != "" {
				t.Errorf("%s: external network, API's load balancer, others: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// A plan only reads: claim and Platform serve the next call too, and the
// Platform serves every claim.
func TestPlanOnlyReads(t *testing.T) {
	w := newWorld(t, dualStack, allow("203.0.113.0/24"))
	w.have = plantest.Observed(t)
	w.claim.NodePools[0].AvailabilityZones = []v1alpha1.ZoneName{"north-1b", "north-1a"}
	w.claim.ServiceLevel = "Premium"
	slices.Reverse(w.claim.NodePools)
	claim, platform := w.claim.DeepCopy(), w.platform.DeepCopy()
	first, second := planned(t, w), planned(t, w)
	if diff := cmp.Diff(claim, w.claim); diff != "" {
		t.Errorf("the claim was changed: -before +after:\n%s", diff)
	}
	if diff := cmp.Diff(platform, w.platform); diff != "" {
		t.Errorf("the Platform was changed: -before +after:\n%s", diff)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("the same input gives another plan: -first +second:\n%s", diff)
	}
}

// Pools are ordered by name, whatever the claim's order.
func TestPoolOrder(t *testing.T) {
	w := newWorld(t)
	one := planned(t, w)
	slices.Reverse(w.claim.NodePools)
	if diff := cmp.Diff(one, planned(t, w)); diff != "" {
		t.Errorf("the same pools in another order: -one +other:\n%s", diff)
	}
	if one.Pools[0].Name != "batch" || one.Pools[1].Name != "web" {
		t.Errorf("pools are %q and %q, want batch and web", one.Pools[0].Name, one.Pools[1].Name)
	}
}
