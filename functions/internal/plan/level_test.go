package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

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
