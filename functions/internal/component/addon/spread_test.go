package addon_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

func pool(taints []v1alpha1.Taint, shares ...plan.Share) plan.Pool {
	return plan.Pool{Taints: taints, Shares: shares}
}

func TestSpread(t *testing.T) {
	labels := map[string]string{"app": "a"}
	common := addon.Constraint{
		MaxSkew: 1, NodeTaintsPolicy: "Honor",
		LabelSelector: addon.Selector{MatchLabels: labels}, MatchLabelKeys: []string{"pod-template-hash"},
	}
	nodes := common
	nodes.TopologyKey, nodes.WhenUnsatisfiable = "kubernetes.io/hostname", "ScheduleAnyway"
	zones := func(n int32) addon.Constraint {
		z := common
		z.TopologyKey, z.WhenUnsatisfiable, z.MinDomains = "topology.kubernetes.io/zone", "DoNotSchedule", n
		return z
	}
	three := []plan.Share{{Zone: "a", Replicas: 1}, {Zone: "b", Replicas: 1}, {Zone: "c", Replicas: 1}}

	cases := map[string]struct {
		reason   string
		replicas plan.Replicas
		pools    []plan.Pool
		want     []addon.Constraint
	}{
		"One": {
			reason:   "One replica has nothing to be kept apart from.",
			replicas: plan.Replicas{Count: 1, SpreadZones: true},
			pools:    []plan.Pool{pool(nil, three...)},
		},
		"Nodes": {
			reason:   "Without spreading over zones, different nodes are enough.",
			replicas: plan.Replicas{Count: 2},
			pools:    []plan.Pool{pool(nil, three...)},
			want:     []addon.Constraint{nodes},
		},
		"Zones": {
			reason:   "Replicas wait until as many zones have nodes as there are replicas.",
			replicas: plan.Replicas{Count: 3, SpreadZones: true},
			pools:    []plan.Pool{pool(nil, three...)},
			want:     []addon.Constraint{zones(3), nodes},
		},
		"FewerReplicas": {
			reason:   "Two replicas need two of the zones.",
			replicas: plan.Replicas{Count: 2, SpreadZones: true},
			pools:    []plan.Pool{pool(nil, three...)},
			want:     []addon.Constraint{zones(2), nodes},
		},
		"NoZones": {
			reason:   "A cloud without zones has nothing to spread over.",
			replicas: plan.Replicas{Count: 3, SpreadZones: true},
			pools:    []plan.Pool{pool(nil, plan.Share{Replicas: 3})},
			want:     []addon.Constraint{nodes},
		},
		"NotForAddons": {
			reason:   "Zones count that always have nodes without taints: a replica would wait for the others forever.",
			replicas: plan.Replicas{Count: 3, SpreadZones: true},
			pools: []plan.Pool{
				pool(nil, plan.Share{Zone: "a", Replicas: 1}, plan.Share{Zone: "b", Autoscaling: &v1alpha1.Autoscaling{Min: 1, Max: 3}}),
				pool(nil, plan.Share{Zone: "c", Autoscaling: &v1alpha1.Autoscaling{Max: 3}}),
				pool([]v1alpha1.Taint{{Key: "gpu", Effect: "NoSchedule"}}, plan.Share{Zone: "d", Replicas: 1}),
			},
			want: []addon.Constraint{zones(2), nodes},
		},
		"Leaving": {
			reason:   "A zone that is being left will have none.",
			replicas: plan.Replicas{Count: 3, SpreadZones: true},
			pools:    []plan.Pool{pool(nil, plan.Share{Zone: "a", Replicas: 2}, plan.Share{Zone: "b", Replicas: 1}, plan.Share{Zone: "c", Replicas: 1, Leaves: true})},
			want:     []addon.Constraint{zones(2), nodes},
		},
		"PreferNoSchedule": {
			reason:   "A taint that only asks keeps nobody off.",
			replicas: plan.Replicas{Count: 2, SpreadZones: true},
			pools:    []plan.Pool{pool([]v1alpha1.Taint{{Key: "batch", Effect: "PreferNoSchedule"}}, three...)},
			want:     []addon.Constraint{zones(2), nodes},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := addon.Spread(&plan.Cluster{Replicas: tc.replicas, Pools: tc.pools}, labels)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestDisruptionBudget(t *testing.T) {
	if got := addon.DisruptionBudget(&plan.Cluster{}); got != nil {
		t.Errorf("a level without disruption budgets gets one: %v", got)
	}
	want := &addon.Budget{Enabled: true, MaxUnavailable: 1}
	got := addon.DisruptionBudget(&plan.Cluster{Replicas: plan.Replicas{DisruptionBudgets: true}})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
