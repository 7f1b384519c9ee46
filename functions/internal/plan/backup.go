package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan/schedule"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// Keys of the resources that a plan reads facts about backups from.
const (
	KeyBackupBucket   = "backup-bucket"
	KeyBackupKeys     = "backup-keys"
	KeyBackupSecret   = "backup-secret"
	KeyBackupSchedule = "backup-schedule"
	KeyBackupLast     = "backup-last"
	KeyBackupCopies   = "backup-data" // provider-kubernetes allows for 63 characters, prefix included
	KeyEtcdBucket     = "etcd-bucket"
	KeyEtcdKey        = "etcd-key"
	KeyEtcdJob        = "etcd-job"
	KeyDrill          = "drill-" // and the step
	KeyDrillRestore   = "drill-restore"
	KeyDrillResult    = "drill-result"
	KeyRestore        = "restore-" // and what is restored
	KeyRestoreSource  = "restore-source"
)

// BackupNameLabel is on whatever Velero makes for a backup, with the backup's name.
const BackupNameLabel = "velero.io/backup-name"

// Backup of a cluster into a bucket of its own.
type Backup struct {
	// Bucket belongs to the name of the claim, not to the composite: a new cluster of
	// that name finds the backups of the one that is gone.
	Bucket         string
	ProviderConfig external.ProviderConfigRef
	// Region of the container in the cloud, and of the S3 API.
	Region, SigningRegion string
	Endpoint              string
	// AccessKey names the keys. It isn't secret.
	AccessKey string
	// Taken says whether backups are taken; if not there is just a restore.
	Taken bool
	// Name of the schedule, with which names of backups begin.
	Name string
	// Schedule in UTC, and for how many hours a backup is kept.
	Schedule string
	Hours    int64
	// Volumes says whether what is in volumes is copied too.
	Volumes bool
	// Claim is the claim's own configuration as JSON, which is part of the backup.
	Claim string
	// Last is the name of the last backup that was begun, or "".
	Last string
	// Etcd is nil when no snapshots of it were ever asked for.
	Etcd *EtcdSnapshots
	// Restore asks for one, or is nil.
	Restore *Restore
	// Drill is going on, or nil.
	Drill *Drill
	// Drilled says that drills are asked for.
	Drilled bool
	// Restored says that one was asked for before this call.
	Restored bool
	// Status of what was there before this call.
	Status *v1alpha1.BackupStatus
	// Overdue says that the promise is broken.
	Overdue bool
	// Plugin is the image by which Velero speaks S3.
	Plugin string
}

// Restore of a backup into the cluster.
type Restore struct {
	// Name ends in a hash of what is asked for: something else is another restore.
	Name string
	// Backup by name, or Latest of the schedule.
	Backup string
	Latest bool
	// From is the schedule whose backups are restored.
	From string
	// Bucket of them, when it isn't this cluster's own.
	Bucket     string
	Namespaces []string
	// Status of the restore, as Velero reports it.
	Status *v1alpha1.RestoreStatus
}

// bucketOf is the bucket of the backups of a claim. It must not depend on anything
// that a new cluster doesn't know.
func bucketOf(team Team, name string) string {
	const digits = 8
	sum := sha256.Sum256([]byte(team.Namespace + "/" + name))
	return "skerry-backups-" + hex.EncodeToString(sum[:digits])
}

// planBackup decides about backups, and about the restore that the claim asks for.
func (c *Cluster) planBackup(claim *v1alpha1.KubernetesClusterSpec, cloud *v1alpha1.Cloud, level *v1alpha1.ServiceLevel, w ClusterWorld) error {
	taken := boolOf(claim.Backup.Enabled, boolOf(level.Backup.Enabled, false))
	made := w.Have.Has(KeyBackupBucket)
	if !taken && !made && claim.Restore == nil {
		return nil
	}
	if cloud.Buckets == nil {
		return c.withoutBuckets(claim, cloud, taken)
	}
	b := &Backup{
		Bucket: bucketOf(c.Team, c.Team.Name), ProviderConfig: c.Cloud.ProviderConfig, Region: cloud.Region,
		SigningRegion: firstOf(firstOf(cloud.Buckets.Region, cloud.Region), defaultSigningRegion),
		Endpoint:      cloud.Buckets.Endpoint, Taken: taken, Name: c.Team.Name,
		Volumes: boolOf(claim.Backup.Volumes, true),
		AccessKey: firstOf(observed.At(w.Have.Get(KeyBackupKeys), "status", "atProvider", "access").Text(),
			observed.At(w.Have.Get(KeyBackupSecret), "spec", "forProvider", "values", "accessKeyID").Text()),
	}
	var err error
	if b.Plugin, err = toolOf(w.Platform, toolVeleroPlugin); err != nil {
		return err
	}
	// In any order of its pools it is the same claim.
	ordered := claim.DeepCopy()
	slices.SortFunc(ordered.NodePools, func(a, b v1alpha1.NodePool) int { return strings.Compare(a.Name, b.Name) })
	own, err := json.Marshal(ordered)
	if err != nil {
		return fmt.Errorf("cannot encode the claim: %w", err)
	}
	b.Claim = string(own)
	b.Restored = w.Prior.Restore != nil
	c.Backup = b
	if err := c.scheduleBackups(claim, level, w); err != nil {
		return err
	}
	return b.planRestore(claim.Restore, c.Team, w.Have)
}

// withoutBuckets refuses what the claim itself asks for. What only its level asks for
// is left out, with a warning: the cluster is of use without.
func (c *Cluster) withoutBuckets(claim *v1alpha1.KubernetesClusterSpec, cloud *v1alpha1.Cloud, taken bool) error {
	field, asked := "spec.backup.enabled", boolOf(claim.Backup.Enabled, false)
	if claim.Restore != nil {
		field, asked = "spec.restore", true
	}
	if asked {
		return refusal.New(field, cloud.Name, "is a cloud without buckets, where backups could be", "Remove it, or order the cluster on another cloud.")
	}
	if taken {
		c.Warnings = append(c.Warnings, fmt.Sprintf("Cloud %s has no buckets, so there are no backups. Set spec.backup.enabled to false if you need none.", cloud.Name))
	}
	return nil
}

// scheduleBackups decides when backups are taken, and what is known of those that
// were.
func (c *Cluster) scheduleBackups(claim *v1alpha1.KubernetesClusterSpec, level *v1alpha1.ServiceLevel, w ClusterWorld) error {
	b := c.Backup
	field, text := c.scheduleBy(level, "schedule", claim.Backup.Schedule, level.Backup.Schedule)
	s, err := schedule.Parse(field, text, "")
	if err != nil {
		return err
	}
	retention := firstOf(string(claim.Backup.Retention), string(level.Backup.Retention))
	if b.Hours, err = hoursOf("spec.backup.retention", retention); err != nil {
		return err
	}
	b.Schedule = string(text)
	b.Status = b.known(retention, w)
	if err := c.planEtcd(claim, level, w); err != nil {
		return err
	}
	if !b.Taken {
		return nil
	}
	b.Status.Next, b.Status.OverdueFrom = c.promised(s, b.Status.LastSuccess, orderedAt(w, KeyBackupBucket, ordered(w)), w.Now)
	b.Overdue = !w.Now.Before(b.Status.OverdueFrom.Time)
	return c.planDrill(claim, level, w)
}

// promised returns when the next backup is due, and from when the promise is broken. One
// may fail. When the one after it is due too, and hasn't come within the time that a
// backup may take, it is. Before the first one what counts is since when they are asked
// for.
func (c *Cluster) promised(s schedule.Schedule, last *metav1.Time, since, now time.Time) (next, overdueFrom *metav1.Time) {
	if last != nil {
		since = last.Time
	}
	overdue, upcoming := s.Next(s.Next(since)).Add(backupTakes), s.Next(now)
	c.until(upcoming)
	if now.Before(overdue) {
		c.until(overdue)
	}
	return &metav1.Time{Time: upcoming}, &metav1.Time{Time: overdue}
}

// orderedAt is when a resource was ordered: not before the cluster, which may be older.
func orderedAt(w ClusterWorld, key string, otherwise time.Time) time.Time {
	made := timeAt(observed.At(w.Have.Get(key), "metadata", "creationTimestamp"))
	switch whole := ordered(w); {
	case made == nil:
		return otherwise
	case made.After(whole):
		return made.Time
	default:
		return whole
	}
}

// backupTakes is how long a backup may take.
const backupTakes = time.Hour

// scheduleBy returns the claim's schedule, or else its level's for this cluster, and the
// field that it stands in.
func (c *Cluster) scheduleBy(level *v1alpha1.ServiceLevel, name string, claims, levels v1alpha1.CronSchedule) (field string, s v1alpha1.CronSchedule) {
	if claims != "" {
		return "spec.backup." + name, claims
	}
	return "spec.serviceLevels[" + level.Name + "].backup." + name, ownMinute(levels, c.Team)
}

// ownMinute gives a level's schedule at minute 0 another minute for each cluster, so
// that not all of them copy at once.
func ownMinute(s v1alpha1.CronSchedule, team Team) v1alpha1.CronSchedule {
	rest, ok := strings.CutPrefix(string(s), "0 ")
	if !ok {
		return s
	}
	const minutes = 60
	sum := sha256.Sum256([]byte(team.Namespace + "/" + team.Name))
	return v1alpha1.CronSchedule(fmt.Sprintf("%d %s", int(sum[0])%minutes, rest))
}

// known is what is known of the backups: what was before, and the last one.
func (b *Backup) known(retention string, w ClusterWorld) *v1alpha1.BackupStatus {
	s := &v1alpha1.BackupStatus{Bucket: b.Bucket, Schedule: b.Schedule, Retention: retention}
	if !b.Taken {
		s.Schedule = ""
	}
	if prior := w.Prior.Backup; prior != nil {
		s.LastSuccess, s.LastObjects, s.LastSize = prior.LastSuccess, prior.LastObjects, prior.LastSize
		s.Backups, s.LastDrill = slices.Clone(prior.Backups), prior.LastDrill
	}
	// Velero names a backup after its schedule and the time at which it was begun.
	if begun, err := time.Parse(time.RFC3339, observed.At(liveOf(w.Have.Get(KeyBackupSchedule)), "status", "lastBackup").Text()); err == nil {
		b.Last = b.Name + "-" + begun.UTC().Format("20060102150405")
	}
	if e := entryOf(liveOf(w.Have.Get(KeyBackupLast))); e.Name != "" && e.Phase != "" {
		if e.Finished != nil {
			e.Size = larger(copied(e.Name, w.BackupCopies), sizeIn(s.Backups, e.Name))
		}
		s.Backups = slices.DeleteFunc(s.Backups, func(o v1alpha1.BackupEntry) bool { return o.Name == e.Name })
		s.Backups = append([]v1alpha1.BackupEntry{e}, s.Backups...)
		if e.Phase == "Completed" && e.Finished != nil && (s.LastSuccess == nil || !e.Finished.Before(s.LastSuccess)) {
			s.LastSuccess, s.LastObjects, s.LastSize = e.Finished, e.Objects, e.Size
		}
	}
	s.Backups = slices.DeleteFunc(s.Backups, func(e v1alpha1.BackupEntry) bool { return e.Expires != nil && !e.Expires.After(w.Now) })
	if len(s.Backups) > maxBackups {
		s.Backups = s.Backups[:maxBackups]
	}
	return s
}

// maxBackups is how many backups status names. Older ones are there all the same.
const maxBackups = 10

// copied adds up how much the volumes held whose copies are complete, in whole MiB. It is
// nil where there is none. Objects of another backup are still there just after a new one
// was begun.
func copied(backup string, copies []observed.Value) *resource.Quantity {
	const mi = 1 << 20
	var bytes int64
	known := false
	for _, o := range copies {
		upload := liveOf(o)
		if observed.At(upload, "metadata", "labels", BackupNameLabel).Text() != backup || observed.At(upload, "status", "phase").Text() != "Completed" {
			continue
		}
		bytes += int64(observed.At(upload, "status", "progress", "totalBytes").Number())
		known = true
	}
	if !known {
		return nil
	}
	return resource.NewQuantity((bytes+mi-1)/mi*mi, resource.BinarySI)
}

// sizeIn returns what is known of a backup's size, or nil.
func sizeIn(backups []v1alpha1.BackupEntry, name string) *resource.Quantity {
	for _, b := range backups {
		if b.Name == name {
			return b.Size
		}
	}
	return nil
}

// larger of two sizes of a backup: it doesn't shrink when some copies can't be seen.
func larger(a, b *resource.Quantity) *resource.Quantity {
	if a == nil || (b != nil && b.Cmp(*a) > 0) {
		return b
	}
	return a
}

// entryOf reads a Backup of Velero's, which counts objects. What volumes take is told by
// their copies.
func entryOf(o observed.Value) v1alpha1.BackupEntry {
	status := o.Field("status")
	e := v1alpha1.BackupEntry{
		Name: observed.At(o, "metadata", "name").Text(), Phase: status.Field("phase").Text(),
		Finished: timeAt(status.Field("completionTimestamp")), Expires: timeAt(status.Field("expiration")),
	}
	// While it is taken the number grows: status would follow it step by step.
	if e.Finished != nil {
		e.Objects = int64(observed.At(status, "progress", "itemsBackedUp").Number())
	}
	return e
}

func timeAt(v observed.Value) *metav1.Time {
	t, err := time.Parse(time.RFC3339, v.Text())
	if err != nil {
		return nil
	}
	return &metav1.Time{Time: t.UTC()}
}

// latest is how a claim names the last backup.
const latest = "latest"

func (b *Backup) planRestore(claim *v1alpha1.Restore, team Team, have observed.Set) error {
	if claim == nil {
		return nil
	}
	if claim.Backup == "" {
		return refusal.New("spec.restore.backup", "", "is missing", `Name one of status.backup.backups, or "latest".`)
	}
	from := firstOf(claim.Cluster, team.Name)
	namespaces := slices.Clone(claim.Namespaces)
	slices.Sort(namespaces)
	r := &Restore{Backup: claim.Backup, Latest: claim.Backup == latest, From: from, Namespaces: namespaces}
	if bucket := bucketOf(team, from); bucket != b.Bucket {
		r.Bucket = bucket
	}
	const digits = 4
	sum := sha256.Sum256([]byte(strings.Join(append([]string{from, claim.Backup}, namespaces...), "\n")))
	r.Name = "skerry-" + hex.EncodeToString(sum[:digits])
	r.Status = restoreStatus(r, have)
	b.Restore = r
	return nil
}

// Key of the order to restore.
func (r *Restore) Key() string { return KeyRestore + strings.TrimPrefix(r.Name, "skerry-") }

func restoreStatus(r *Restore, have observed.Set) *v1alpha1.RestoreStatus {
	o := liveOf(have.Get(r.Key()))
	status := o.Field("status")
	out := &v1alpha1.RestoreStatus{
		Name: r.Name, Backup: firstOf(observed.At(o, "spec", "backupName").Text(), r.Backup),
		Phase: status.Field("phase").Text(), Finished: timeAt(status.Field("completionTimestamp")),
	}
	if total := observed.At(status, "progress", "totalItems"); total.Exists() {
		out.Progress = fmt.Sprintf("%d/%d objects", int64(observed.At(status, "progress", "itemsRestored").Number()), int64(total.Number()))
	}
	return out
}
