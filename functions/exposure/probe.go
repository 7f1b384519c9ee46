package main

import (
	"github.com/skerry-dev/skerry/functions/internal/external/monitoring"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// probe lets the management cluster's Prometheus ask for the service from outside, as
// clients do: it goes on when the cluster is dead, which is when it is needed.
//
// It begins when all else is ready: what is being built doesn't fail an objective.
//
// Its name says the kind, as that of the Usage does.
func probe(p *plan.Exposure, all []render.Resource) []render.Resource {
	if p.Probe == nil || len(p.Probe.Targets) == 0 {
		return nil
	}
	after := make([]string, 0, len(all))
	for _, r := range all {
		after = append(after, r.Key)
	}
	return []render.Resource{{
		Key: plan.KeyProbe,
		Body: monitoring.NewProbe(p.Team.Namespace, p.Team.Name+"-exposure", p.Probe.Labels, monitoring.ProbeSpec{
			JobName:  "skerry-exposure",
			Interval: p.Probe.Interval,
			Module:   p.Probe.Module,
			Prober:   monitoring.Prober{URL: p.Probe.Address},
			Targets: monitoring.Targets{StaticConfig: monitoring.StaticConfig{
				Static: p.Probe.Targets,
				Labels: map[string]string{"namespace": p.Team.Namespace, "name": p.Team.Name, "cluster": p.Target.Name},
			}},
		}),
		Ready: readiness.Exists,
		After: after,
	}}
}
