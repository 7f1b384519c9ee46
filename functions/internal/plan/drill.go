package plan

import (
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan/schedule"
)

// Drill tries a backup: the claim, which is in it, is restored beside itself.
type Drill struct {
	// Name of the restore.
	Name string
	// Backup that is tried.
	Backup string
}

// DrillNamespace is where drills restore to.
const DrillNamespace = "skerry-drill"

// LabelRestore is on what Velero has restored, with the name of the restore.
const LabelRestore = "velero.io/restore-name"

// drillTakes is how long a drill may take.
const drillTakes = time.Hour

// planDrill begins a drill when one is due and there is a backup, follows one that was
// begun, and remembers how the last one went. What it has restored stays until the next
// drill takes its place: nothing in the cluster is ever deleted here, or a dead cluster
// could not be.
func (c *Cluster) planDrill(claim *v1alpha1.KubernetesClusterSpec, level *v1alpha1.ServiceLevel, w ClusterWorld) error {
	b := c.Backup
	field, text := c.scheduleBy(level, "drill", claim.Backup.Drill, level.Backup.Drill)
	if text == "" {
		return nil
	}
	s, err := schedule.Parse(field, text, "")
	if err != nil {
		return err
	}
	b.Drilled = true
	next := s.Next(w.Now)
	b.Status.NextDrill = &metav1.Time{Time: next}
	c.until(next)
	if made := w.Have.Get(KeyDrillRestore); made.Exists() {
		c.followDrill(made, w)
		return nil
	}
	due, since := s.Previous(w.Now), ordered(w)
	if last := b.Status.LastDrill; last != nil {
		since = begunAt(last.Name)
	}
	if backup := b.lastCompleted(); backup != "" && due.After(since) {
		b.Drill = &Drill{Name: drillPrefix + due.UTC().Format(drillTime), Backup: backup}
	}
	return nil
}

// The name of a drill says for when it was due.
const (
	drillPrefix = "skerry-drill-"
	drillTime   = "20060102150405"
)

func begunAt(drill string) time.Time {
	t, err := time.Parse(drillTime, strings.TrimPrefix(drill, drillPrefix))
	if err != nil {
		return time.Time{}
	}
	return t
}

// lastCompleted is the name of the last backup that holds everything, or "".
func (b *Backup) lastCompleted() string {
	for _, e := range b.Status.Backups {
		if e.Phase == "Completed" {
			return e.Name
		}
	}
	return ""
}

// followDrill keeps a drill that goes on, and lets go of one whose outcome the status
// has.
func (c *Cluster) followDrill(made observed.Value, w ClusterWorld) {
	b := c.Backup
	spec := manifestOf(made)
	d := &Drill{Name: observed.At(spec, "metadata", "name").Text(), Backup: observed.At(spec, "spec", "backupName").Text()}
	if last := b.Status.LastDrill; last != nil && last.Name == d.Name {
		return
	}
	b.Drill = d
	status := liveOf(made).Field("status")
	outcome := &v1alpha1.DrillStatus{Name: d.Name, Backup: d.Backup, Finished: timeAt(status.Field("completionTimestamp"))}
	if started := timeAt(status.Field("startTimestamp")); started != nil && outcome.Finished != nil {
		outcome.Duration = outcome.Finished.Sub(started.Time).String()
	}
	result := liveOf(w.Have.Get(KeyDrillResult))
	came := observed.At(result, "metadata", "labels", LabelRestore).Text() == d.Name && observed.At(result, "data", "spec.json").Text() != ""
	limit := begunAt(d.Name).Add(drillTakes)
	switch phase := status.Field("phase").Text(); {
	case phase == "Completed" && came:
		outcome.Verified = true
	case phase == "PartiallyFailed" || phase == "Failed" || phase == "FailedValidation":
		outcome.Message = "Velero says " + phase + ": kubectl -n velero describe restore " + d.Name + " says why."
	case !w.Now.Before(limit):
		outcome.Message = "It took longer than " + drillTakes.String() + ": kubectl -n velero describe restore " + d.Name + " says how far it came."
	default:
		c.until(limit)
		return
	}
	if outcome.Finished == nil {
		outcome.Finished = &metav1.Time{Time: w.Now}
	}
	b.Status.LastDrill = outcome
}
