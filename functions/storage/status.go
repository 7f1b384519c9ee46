package main

import (
	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/status"
)

// statusOf says what the storage is, and what is waited for.
func statusOf(p *plan.Storage, held render.Held, prior v1alpha1.Phase) (*v1alpha1.StorageStatus, []status.Condition) {
	delivered := status.Part(v1alpha1.ConditionDelivered, "Delivered", held.Waiting, partDelivery)
	conditions := []status.Condition{status.Accepted(nil), delivered}
	growing := p.Volume != nil && p.Volume.Growing()
	s := &v1alpha1.StorageStatus{Phase: status.Phase(prior, status.Ready(held, conditions), growing, held)}
	switch {
	case p.Awaits != "": // Nothing is there to be named.
	case p.Bucket != nil:
		s.BucketName = p.Bucket.Name
		if delivered.True {
			s.Capacity = p.Bucket.Size.String()
		}
	default:
		s.ClaimName = p.Volume.Name
		if c := p.Volume.Facts.Capacity; !c.IsZero() {
			s.Capacity = c.String()
		}
	}
	return s, conditions
}
