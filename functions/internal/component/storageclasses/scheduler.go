package storageclasses

import (
	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

// schedulerValues are what a plan varies of the chart snapscheduler.
type schedulerValues struct {
	ReplicaCount              int32              `json:"replicaCount"`
	TopologySpreadConstraints []addon.Constraint `json:"topologySpreadConstraints,omitempty"`
}

// scheduler takes snapshots on the schedules of Storages, and of teams' own.
func scheduler(p *plan.Cluster) addon.Release {
	return addon.Release{
		Name:      snapshotScheduler,
		Namespace: namespace,
		Fixed:     schedulerFixed,
		Values: &schedulerValues{
			ReplicaCount: p.Replicas.Count,
			TopologySpreadConstraints: addon.Spread(p, map[string]string{
				"app.kubernetes.io/name": snapshotScheduler, "app.kubernetes.io/instance": snapshotScheduler,
			}),
		},
		After: []string{addon.Key(snapshotController)},
	}
}
