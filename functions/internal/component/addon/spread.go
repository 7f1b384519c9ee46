package addon

import (
	"slices"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

// Budget is the disruption budget of a chart that has it under
// podDisruptionBudget with these keys, as most have.
type Budget struct {
	Enabled        bool  `json:"enabled"`
	MaxUnavailable int32 `json:"maxUnavailable"`
}

// DisruptionBudget returns the budget that the plan asks for, or nil. It lets
// one replica go at a time; asking for one that stays would stop every drain
// where there is just one.
func DisruptionBudget(p *plan.Cluster) *Budget {
	if !p.Replicas.DisruptionBudgets {
		return nil
	}
	return &Budget{Enabled: true, MaxUnavailable: 1}
}

// Constraint is a topology spread constraint of a pod.
type Constraint struct {
	MaxSkew           int32    `json:"maxSkew"`
	MinDomains        int32    `json:"minDomains,omitempty"`
	TopologyKey       string   `json:"topologyKey"`
	WhenUnsatisfiable string   `json:"whenUnsatisfiable"`
	NodeTaintsPolicy  string   `json:"nodeTaintsPolicy"`
	LabelSelector     Selector `json:"labelSelector"`
	MatchLabelKeys    []string `json:"matchLabelKeys"`
}

// Selector selects pods by their labels.
type Selector struct {
	MatchLabels map[string]string `json:"matchLabels"`
}

// Spread returns the constraints that keep the replicas of an add-on apart: on
// different nodes where that is possible, and, where the plan spreads over
// zones, in different zones. The labels select the add-on's pods.
//
// Zones are a must, and replicas wait for a node in the next zone: otherwise all
// of them land in the zone whose nodes are there first, and stay there. While a
// zone is down the others keep running, and the lost one waits.
func Spread(p *plan.Cluster, labels map[string]string) []Constraint {
	if p.Replicas.Count < 2 {
		return nil
	}
	nodes := constraint("kubernetes.io/hostname", labels)
	nodes.WhenUnsatisfiable = "ScheduleAnyway"
	zones := zonesForAddons(p)
	if !p.Replicas.SpreadZones || zones < 2 {
		return []Constraint{nodes}
	}
	zone := constraint("topology.kubernetes.io/zone", labels)
	zone.WhenUnsatisfiable = "DoNotSchedule"
	zone.MinDomains = min(zones, p.Replicas.Count)
	return []Constraint{zone, nodes}
}

// constraint counts the pods of one revision only, so that a rolling update
// ends as evenly as it began, and leaves out nodes whose taints keep the pods
// off: the control plane, and pools of the team's for other things.
func constraint(key string, labels map[string]string) Constraint {
	return Constraint{
		MaxSkew:          1,
		TopologyKey:      key,
		NodeTaintsPolicy: "Honor",
		LabelSelector:    Selector{MatchLabels: labels},
		MatchLabelKeys:   []string{"pod-template-hash"},
	}
}

// zonesForAddons returns how many zones always have nodes that take add-ons.
func zonesForAddons(p *plan.Cluster) int32 {
	zones := map[string]bool{}
	for _, pool := range p.Pools {
		if tainted(pool) {
			continue
		}
		for _, s := range pool.Shares {
			if s.Zone != "" && !s.Leaves && (s.Replicas > 0 || (s.Autoscaling != nil && s.Autoscaling.Min > 0)) {
				zones[s.Zone] = true
			}
		}
	}
	return int32(len(zones))
}

func tainted(p plan.Pool) bool {
	return slices.ContainsFunc(p.Taints, func(t v1alpha1.Taint) bool { return t.Effect != "PreferNoSchedule" })
}
