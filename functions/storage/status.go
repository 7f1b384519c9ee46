package main

import (
	"fmt"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/status"
)

// statusOf says what the storage is, and what is waited for.
func statusOf(p *plan.Storage, held render.Held, prior v1alpha1.Phase) (*v1alpha1.StorageStatus, []status.Condition) {
	delivered := status.Part(v1alpha1.ConditionDelivered, "Delivered", held.Waiting, partDelivery)
	conditions := []status.Condition{status.Accepted(p.Warnings), delivered}
	growing := p.Volume != nil && p.Volume.Growing()
	s := &v1alpha1.StorageStatus{
		Phase:        status.Phase(prior, status.Ready(held, conditions), growing, held),
		ServiceLevel: p.Level,
		Performance:  p.Performance.Name,
		Encrypted:    p.Performance.Encrypted,
		Keep:         keepStatus(p),
		Migration:    migrationStatus(p),
		Cost:         p.Cost.Status(),
	}
	if p.Snapshots != nil {
		s.LastSnapshot = p.Snapshots.Last
	}
	switch {
	case p.Bucket != nil:
		bucketStatus(s, p, delivered.True)
	case p.Awaits[plan.KeyVolume] == "":
		volumeStatus(s, p)
	}
	return s, conditions
}

func volumeStatus(s *v1alpha1.StorageStatus, p *plan.Storage) {
	s.ClaimName, s.Use, s.Mount = p.Volume.Name, p.Volume.Name, mount(p)
	s.StorageClass = p.Volume.Class
	if p.Share != nil {
		s.ShareID = p.Share.ID
	}
	if c := p.Volume.Facts.Capacity; !c.IsZero() {
		s.Capacity = c.String()
	}
}

// bucketStatus names nothing that isn't there.
func bucketStatus(s *v1alpha1.StorageStatus, p *plan.Storage, delivered bool) {
	if p.Awaits[plan.KeyBucket] != "" {
		return
	}
	s.BucketName = p.Bucket.Name
	if d := p.Bucket.Delivery; d != nil && p.Awaits[plan.KeyBucketSecret] == "" {
		s.SecretName, s.Use, s.Mount = d.Name, d.Name, mount(p)
	}
	if delivered {
		s.Capacity = p.Bucket.Size.String()
	}
}

// keepStatus says what would happen now.
func keepStatus(p *plan.Storage) *v1alpha1.StorageKeepStatus {
	k := &v1alpha1.StorageKeepStatus{Policy: p.Keep.Policy, Term: p.Keep.Term}
	if p.Keep.Deletes() && !p.Target.Ready && p.Bucket == nil {
		k.Message = fmt.Sprintf("The Kubernetes API of KubernetesCluster %s doesn't answer: until it does, what is in it is kept.", p.Target.Name)
	}
	return k
}

func migrationStatus(p *plan.Storage) *v1alpha1.MigrationStatus {
	if p.Migration == nil {
		return nil
	}
	return &v1alpha1.MigrationStatus{Phase: p.Migration.Phase, Source: p.Migration.Source, Message: p.Migration.Message}
}
