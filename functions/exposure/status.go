package main

import (
	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/status"
)

// statusOf says what the exposure is, and what is waited for.
func statusOf(p *plan.Exposure, held render.Held, prior v1alpha1.Phase) (*v1alpha1.ExposureStatus, []status.Condition) {
	conditions := []status.Condition{
		status.Accepted(p.Warnings),
		status.Part(v1alpha1.ConditionDelivered, "Delivered", held.Waiting, partDelivery),
	}
	s := &v1alpha1.ExposureStatus{Phase: status.Phase(prior, status.Ready(held, conditions), false, held)}
	if p.Awaits != "" {
		return s, conditions
	}
	for _, h := range p.Hostnames {
		s.URLs = append(s.URLs, "https://"+h)
	}
	return s, conditions
}
