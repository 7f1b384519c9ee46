package plan

import (
	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan/schedule"
)

// EtcdSnapshots are of the control plane's etcd.
type EtcdSnapshots struct {
	// Bucket of their own: in Velero's nothing else may be.
	Bucket string
	// Taken says whether they are; if not, what was taken stays.
	Taken bool
	// Schedule in UTC.
	Schedule string
	// EtcdImage has etcdctl, and ResticImage restic.
	EtcdImage, ResticImage string
	// Overdue says that the promise is broken.
	Overdue bool
}

// noSchedule is for a job that is suspended.
const noSchedule = "@daily"

// planEtcd decides when snapshots of etcd are taken, and what is known of those that
// were.
func (c *Cluster) planEtcd(claim *v1alpha1.KubernetesClusterSpec, level *v1alpha1.ServiceLevel, w ClusterWorld) error {
	b := c.Backup
	field, text := c.scheduleBy(level, "etcdSchedule", claim.Backup.EtcdSchedule, level.Backup.EtcdSchedule)
	taken := b.Taken && text != ""
	if !taken && !w.Have.Has(KeyEtcdBucket) {
		return nil
	}
	if text == "" {
		text = noSchedule
	}
	s, err := schedule.Parse(field, text, "")
	if err != nil {
		return err
	}
	e := &EtcdSnapshots{Bucket: b.Bucket + "-etcd", Taken: taken, Schedule: string(text)}
	if e.EtcdImage, err = toolOf(w.Platform, toolEtcd); err != nil {
		return err
	}
	if e.ResticImage, err = toolOf(w.Platform, toolRestic); err != nil {
		return err
	}
	b.Etcd = e
	known := &v1alpha1.EtcdBackupStatus{Bucket: e.Bucket, LastSuccess: timeAt(observed.At(liveOf(w.Have.Get(KeyEtcdJob)), "status", "lastSuccessfulTime"))}
	if prior := w.Prior.Backup; prior != nil && prior.Etcd != nil && known.LastSuccess == nil {
		known.LastSuccess = prior.Etcd.LastSuccess
	}
	b.Status.Etcd = known
	if !taken {
		return nil
	}
	known.Schedule = e.Schedule
	known.Next, known.OverdueFrom = c.promised(s, known.LastSuccess, orderedAt(w, KeyEtcdBucket, w.Now), w.Now)
	e.Overdue = !w.Now.Before(known.OverdueFrom.Time)
	return nil
}
