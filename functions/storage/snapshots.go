package main

import (
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// snapshots makes a schedule in the cluster. Its snapshots are its own, so they
// stay and go with it: a kept volume keeps both.
func snapshots(p *plan.Storage) render.Resource {
	s := p.Snapshots
	schedule := kubernetes.NewSnapshotSchedule(p.Volume.Namespace, p.Volume.Name, kubernetes.SnapshotScheduleSpec{
		ClaimSelector:    kubernetes.LabelSelector{MatchLabels: map[string]string{labelStorage: p.Label}},
		Disabled:         s.Disabled,
		Retention:        kubernetes.SnapshotRetention{Expires: s.Expires, MaxCount: s.Count},
		Schedule:         s.Schedule,
		SnapshotTemplate: kubernetes.SnapshotTemplate{Labels: map[string]string{labelStorage: p.Label}, SnapshotClassName: s.Class},
	})
	schedule.Metadata.Labels = labels(p)
	return render.Resource{
		Key: plan.KeySnapshotSchedule, Body: object(p, plan.KeySnapshotSchedule, withData(p), schedule),
		Ready: scheduleReady(s), After: []string{plan.KeyVolume},
	}
}

func scheduleReady(s *plan.Snapshots) readiness.Check {
	return func(o observed.Value) (bool, string) {
		if ok, why := readiness.Managed(o); !ok {
			return false, why
		}
		if s.Failing != "" {
			return false, "takes no snapshots: " + s.Failing
		}
		return true, ""
	}
}
