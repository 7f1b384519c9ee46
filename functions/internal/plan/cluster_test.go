package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
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

// A name that fits everywhere is accepted to the last character.
func TestLongestName(t *testing.T) {
	w := newWorld(t)
	o := plantest.Owner()
	o.Home.Prefix = strings.Repeat("a", 50)
	if _, err := plan.NewCluster(o, w.claim, w.platform, w.have, ""); err != nil {
		t.Errorf("50 characters are refused: %v", err)
	}
	o.Home.Prefix += "a"
	if _, err := plan.NewCluster(o, w.claim, w.platform, w.have, ""); err == nil {
		t.Error("51 characters are not refused")
	}
}

// decided is what a service level decides.
type decided struct {
	Replicas     int32
	AntiAffinity v1alpha1.AntiAffinity
	Flavor       string
	Etcd         *plan.Volume
	LoadBalancer string
	Addons       plan.Replicas
	PodSecurity  string
	Protected    bool
}

func TestLevel(t *testing.T) {
	cases := map[string]struct {
		reason  string
		level   string
		change  func(*world)
		want    decided
		refused string
	}{
		"BestEffort": {
			reason: "one of each, and the smallest load balancer", level: "BestEffort",
			want: decided{Replicas: 1, AntiAffinity: "None", Flavor: "SCS-2V-4-20s", LoadBalancer: "lb-small", Addons: plan.Replicas{Count: 1}, PodSecurity: "Baseline"},
		},
		"Standard": {
			reason: "three that prefer different hosts", level: "Standard",
			want: decided{Replicas: 3, AntiAffinity: "Soft", Flavor: "SCS-2V-8-20s", LoadBalancer: "lb-standard", Addons: plan.Replicas{Count: 2, DisruptionBudgets: true}, PodSecurity: "Baseline", Protected: true},
		},
		"Premium": {
			reason: "three that insist on different hosts, and etcd on the fastest volume", level: "Premium",
			want: decided{
				Replicas: 3, AntiAffinity: "Hard", Flavor: "SCS-4V-16-100s", Etcd: &plan.Volume{SizeGiB: 10, Type: "nvme"}, LoadBalancer: "lb-active-standby",
				Addons: plan.Replicas{Count: 3, DisruptionBudgets: true, SpreadZones: true}, PodSecurity: "Baseline", Protected: true,
			},
		},
		"Demo": {
			reason: "as little as possible", level: "Demo",
			change: func(w *world) { w.pool(fixed(1)) },
			want:   decided{Replicas: 1, AntiAffinity: "None", Flavor: "SCS-2V-4-20s", LoadBalancer: "lb-small", Addons: plan.Replicas{Count: 1}, PodSecurity: "Baseline"},
		},
		"claim over level": {
			reason: "what the claim says wins where it may", level: "Premium",
			change: func(w *world) {
				no := false
				w.claim.DeletionProtection, w.claim.PodSecurity = &no, "Restricted"
				w.claim.ControlPlane = v1alpha1.ControlPlane{Replicas: 5, Flavor: "SCS-2V-4-20s"}
			},
			want: decided{
				Replicas: 5, AntiAffinity: "Hard", Flavor: "SCS-2V-4-20s", Etcd: &plan.Volume{SizeGiB: 10, Type: "nvme"}, LoadBalancer: "lb-active-standby",
				Addons: plan.Replicas{Count: 3, DisruptionBudgets: true, SpreadZones: true}, PodSecurity: "Restricted",
			},
		},
		"silent level": {
			reason: "what a level leaves open is off, and etcd's volume is rounded up", level: "Standard",
			change: func(w *world) {
				w.level().Addons = v1alpha1.LevelAddons{Replicas: 1}
				w.level().DeletionProtection = nil
				w.level().ControlPlane.EtcdVolume = quantity("10G")
				w.cloud().Volumes.EtcdType = ""
			},
			want: decided{Replicas: 3, AntiAffinity: "Soft", Flavor: "SCS-2V-8-20s", Etcd: &plan.Volume{SizeGiB: 10}, LoadBalancer: "lb-standard", Addons: plan.Replicas{Count: 1}, PodSecurity: "Baseline"},
		},
		"no etcd volume": {
			reason: "a volume of nothing is none", level: "Premium",
			change: func(w *world) { w.level().ControlPlane.EtcdVolume = quantity("0") },
			want: decided{
				Replicas: 3, AntiAffinity: "Hard", Flavor: "SCS-4V-16-100s", LoadBalancer: "lb-active-standby",
				Addons: plan.Replicas{Count: 3, DisruptionBudgets: true, SpreadZones: true}, PodSecurity: "Baseline", Protected: true,
			},
		},
		"the level's own number": {
			reason: "asking for what one gets anyway is fine", level: "BestEffort",
			change: func(w *world) { w.claim.ControlPlane.Replicas = 1 },
			want:   decided{Replicas: 1, AntiAffinity: "None", Flavor: "SCS-2V-4-20s", LoadBalancer: "lb-small", Addons: plan.Replicas{Count: 1}, PodSecurity: "Baseline"},
		},
		"not allowed": {
			reason: "a level says which numbers there are", level: "Premium",
			change:  func(w *world) { w.claim.ControlPlane.Replicas = 1 },
			refused: `spec.controlPlane.replicas: "1" is not offered by service level "Premium". Allowed: 3, 5.`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(w *world) { w.claim.ServiceLevel = tc.level }, tc.change)
			p, err := w.plan()
			if refused(t, tc.reason, tc.refused, err) {
				return
			}
			got := decided{
				Replicas: p.ControlPlane.Replicas, AntiAffinity: p.ControlPlane.AntiAffinity, Flavor: p.ControlPlane.Flavor.Name, Etcd: p.ControlPlane.EtcdVolume,
				LoadBalancer: p.Cloud.LoadBalancer.FlavorName, Addons: p.Replicas, PodSecurity: p.PodSecurity, Protected: p.DeletionProtection,
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
				Zones: []string{"north-1a", "north-1b", "north-1c"},
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

func TestAccess(t *testing.T) {
	theirs := v1alpha1.OIDC{IssuerURL: "https://id.example.org", ClientID: "k8s", UsernameClaim: "sub", GroupsClaim: "roles"}
	cases := map[string]struct {
		reason  string
		change  func(*world)
		want    plan.Access
		refused string
	}{
		"platform's": {
			reason: "a claim without a provider gets the platform's, with the usual claims of a token",
			want: plan.Access{
				OIDC:        &v1alpha1.OIDC{IssuerURL: "https://login.example.org/realms/dev", ClientID: "kubernetes", UsernameClaim: "email", GroupsClaim: "groups"},
				AdminGroups: []string{"team-a-admins"}, ViewerGroups: []string{"team-a"},
			},
		},
		"claim's": {
			reason: "a claim's own is taken whole, not mixed with the platform's",
			change: func(w *world) { w.claim.Access = v1alpha1.Access{OIDC: &theirs, AdminGroups: []string{"us"}} },
			want:   plan.Access{OIDC: &theirs, AdminGroups: []string{"us"}},
		},
		"nobody's": {
			reason: "without any provider nobody but the platform team has access",
			change: func(w *world) { w.platform.Access.OIDC, w.claim.Access = nil, v1alpha1.Access{} },
		},
		"groups of nobody": {
			reason:  "groups mean nothing without a provider",
			change:  func(w *world) { w.platform.Access.OIDC, w.claim.Access = nil, v1alpha1.Access{ViewerGroups: []string{"us"}} },
			refused: `spec.access: "us" are groups of an identity provider, and neither the claim nor the platform has one. Set access.oidc.`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := newWorld(t, tc.change).plan()
			if refused(t, tc.reason, tc.refused, err) {
				return
			}
			if diff := cmp.Diff(tc.want, p.Access); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
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
