package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
)

// backedUp plans a cluster that was created, and whose last backup was begun and
// finished, at these times.
func backedUp(t *testing.T, now, created, begun, phase string, prior *v1alpha1.BackupStatus, copies ...observed.Value) *plan.Cluster {
	t.Helper()
	have := plantest.Observed(t)
	live := func(o map[string]any) observed.Resource {
		return observed.Resource{Value: observed.Of(map[string]any{"status": map[string]any{"atProvider": map[string]any{"manifest": o}}})}
	}
	if begun != "" {
		at := moment(t, begun)
		status := map[string]any{"phase": phase, "progress": map[string]any{"itemsBackedUp": int64(314), "totalItems": int64(320)}}
		if phase != "InProgress" {
			status["completionTimestamp"], status["expiration"] = begun, at.AddDate(0, 0, 14).Format("2006-01-02T15:04:05Z07:00")
		}
		have[plan.KeyBackupSchedule] = live(map[string]any{"status": map[string]any{"lastBackup": begun}})
		have[plan.KeyBackupLast] = live(map[string]any{
			"metadata": map[string]any{"name": "shop-" + at.Format("20060102150405")},
			"status":   status,
		})
	}
	w := plantest.World(t, have)
	w.Now, w.Created, w.Prior.Backup, w.BackupCopies = moment(t, now), moment(t, created), prior, copies
	claim := plantest.Claim(t)
	claim.Backup.Schedule = "0 2 * * *"
	p, err := plan.NewCluster(plantest.Owner(), claim, w)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestBackupStatus(t *testing.T) {
	const created = "2026-06-01T12:00:00Z"
	at := func(s string) *metav1.Time { return new(metav1.NewTime(moment(t, s))) }
	entry := v1alpha1.BackupEntry{Name: "shop-20260610020000", Phase: "Completed", Finished: at("2026-06-10T02:00:00Z"), Expires: at("2026-06-24T02:00:00Z"), Objects: 314}
	older := v1alpha1.BackupEntry{Name: "shop-20260609020000", Phase: "Completed", Finished: at("2026-06-09T02:00:00Z"), Expires: at("2026-06-23T02:00:00Z"), Objects: 290}
	failed := v1alpha1.BackupEntry{Name: entry.Name, Phase: "Failed", Finished: entry.Finished, Expires: entry.Expires, Objects: 314}
	// known is what status had before this call.
	known := func(entries ...v1alpha1.BackupEntry) *v1alpha1.BackupStatus {
		return &v1alpha1.BackupStatus{LastSuccess: entries[0].Finished, LastObjects: entries[0].Objects, Backups: entries}
	}
	cases := map[string]struct {
		reason, now, begun, phase string
		prior                     *v1alpha1.BackupStatus
		last                      string
		objects                   int64
		backups                   []v1alpha1.BackupEntry
		next, overdue             string
		isOverdue                 bool
	}{
		"None":      {"before the first one the promise counts from the order", "2026-06-01T13:00:00Z", "", "", nil, "", 0, nil, "2026-06-02T02:00:00Z", "2026-06-03T03:00:00Z", false},
		"NoneEver":  {"and is broken when two are missing", "2026-06-03T03:00:00Z", "", "", nil, "", 0, nil, "2026-06-04T02:00:00Z", "2026-06-03T03:00:00Z", true},
		"Completed": {"a backup that is complete counts", "2026-06-10T12:00:00Z", "2026-06-10T02:00:00Z", "Completed", nil, "2026-06-10T02:00:00Z", 314, []v1alpha1.BackupEntry{entry}, "2026-06-11T02:00:00Z", "2026-06-12T03:00:00Z", false},
		"Taken":     {"what is in one that is being taken isn't known yet", "2026-06-10T02:00:00Z", "2026-06-10T02:00:00Z", "InProgress", known(older), "2026-06-09T02:00:00Z", 290, []v1alpha1.BackupEntry{{Name: entry.Name, Phase: "InProgress"}, older}, "2026-06-11T02:00:00Z", "2026-06-11T03:00:00Z", false},
		"Failed":    {"one that failed is named, and doesn't count", "2026-06-10T12:00:00Z", "2026-06-10T02:00:00Z", "Failed", known(older), "2026-06-09T02:00:00Z", 290, []v1alpha1.BackupEntry{failed, older}, "2026-06-11T02:00:00Z", "2026-06-11T03:00:00Z", false},
		"Again":     {"what was known once isn't there twice", "2026-06-10T12:00:00Z", "2026-06-10T02:00:00Z", "Completed", known(entry, older), "2026-06-10T02:00:00Z", 314, []v1alpha1.BackupEntry{entry, older}, "2026-06-11T02:00:00Z", "2026-06-12T03:00:00Z", false},
		"NotSeen":   {"and isn't forgotten", "2026-06-10T12:00:00Z", "", "", known(entry, older), "2026-06-10T02:00:00Z", 314, []v1alpha1.BackupEntry{entry, older}, "2026-06-11T02:00:00Z", "2026-06-12T03:00:00Z", false},
		"Counted":   {"what an older version left out is added", "2026-06-10T12:00:00Z", "2026-06-10T02:00:00Z", "Completed", &v1alpha1.BackupStatus{LastSuccess: entry.Finished}, "2026-06-10T02:00:00Z", 314, []v1alpha1.BackupEntry{entry}, "2026-06-11T02:00:00Z", "2026-06-12T03:00:00Z", false},
		"Expired":   {"what has expired is gone", "2026-06-23T02:00:00Z", "2026-06-10T02:00:00Z", "Completed", known(entry, older), "2026-06-10T02:00:00Z", 314, []v1alpha1.BackupEntry{entry}, "2026-06-24T02:00:00Z", "2026-06-12T03:00:00Z", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := backedUp(t, tc.now, created, tc.begun, tc.phase, tc.prior)
			want := &v1alpha1.BackupStatus{LastObjects: tc.objects, Bucket: p.Backup.Bucket, Schedule: "0 2 * * *", Retention: "14d", Backups: tc.backups, Next: at(tc.next), OverdueFrom: at(tc.overdue), Etcd: p.Backup.Status.Etcd}
			if tc.last != "" {
				want.LastSuccess = at(tc.last)
			}
			if diff := cmp.Diff(want, p.Backup.Status); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
			if p.Backup.Overdue != tc.isOverdue {
				t.Errorf("%s: overdue is %v", tc.reason, p.Backup.Overdue)
			}
			if p.Next.After(moment(t, tc.next)) {
				t.Errorf("%s: the answer holds until %s, beyond the next backup", tc.reason, p.Next)
			}
		})
	}
}

// How much the last backup holds is what its copies of volumes say, each in bytes.
func TestBackupSize(t *testing.T) {
	const begun, name, other = "2026-06-10T02:00:00Z", "shop-20260610020000", "shop-20260609020000"
	size := func(s string) *resource.Quantity { return new(resource.MustParse(s)) }
	copyOf := func(backup, phase string, bytes int64) observed.Value {
		return observed.Of(map[string]any{"status": map[string]any{"atProvider": map[string]any{"manifest": map[string]any{
			"metadata": map[string]any{"labels": map[string]any{"velero.io/backup-name": backup}},
			"status":   map[string]any{"phase": phase, "progress": map[string]any{"totalBytes": bytes, "bytesDone": bytes}},
		}}}})
	}
	known := func(s string) *v1alpha1.BackupStatus {
		return &v1alpha1.BackupStatus{Backups: []v1alpha1.BackupEntry{{Name: name, Phase: "InProgress", Size: size(s)}}}
	}
	cases := map[string]struct {
		reason, phase string
		prior         *v1alpha1.BackupStatus
		copies        []observed.Value
		want          *resource.Quantity
	}{
		"None":       {"without volumes there is no size, not one of zero", "Completed", nil, nil, nil},
		"Sum":        {"all volumes count", "Completed", nil, []observed.Value{copyOf(name, "Completed", 3<<30), copyOf(name, "Completed", 1<<29)}, size("3584Mi")},
		"RoundedUp":  {"what begins counts", "Completed", nil, []observed.Value{copyOf(name, "Completed", 1)}, size("1Mi")},
		"Empty":      {"a volume may be empty", "Completed", nil, []observed.Value{copyOf(name, "Completed", 0)}, size("0")},
		"Other":      {"copies of another backup don't count", "Completed", nil, []observed.Value{copyOf(other, "Completed", 1<<30)}, nil},
		"Failed":     {"nor does one that failed", "PartiallyFailed", nil, []observed.Value{copyOf(name, "Failed", 1<<30), copyOf(name, "Completed", 1<<20)}, size("1Mi")},
		"InProgress": {"while a backup is taken, status doesn't follow it step by step", "InProgress", nil, []observed.Value{copyOf(name, "Completed", 1<<30)}, nil},
		"NotSeen":    {"what was known isn't forgotten", "Completed", known("7Gi"), nil, size("7Gi")},
		"SeenLess":   {"and doesn't shrink", "Completed", known("7Gi"), []observed.Value{copyOf(name, "Completed", 1<<30)}, size("7Gi")},
		"SeenMore":   {"but grows as more is seen", "Completed", known("7Gi"), []observed.Value{copyOf(name, "Completed", 8<<30)}, size("8Gi")},
	}
	for reason, tc := range cases {
		t.Run(reason, func(t *testing.T) {
			p := backedUp(t, "2026-06-10T12:00:00Z", "2026-06-01T12:00:00Z", begun, tc.phase, tc.prior, tc.copies...)
			s := p.Backup.Status
			if d := cmp.Diff(tc.want, s.Backups[0].Size); d != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, d)
			}
			last := tc.want
			if tc.phase != "Completed" {
				last = nil
			}
			if d := cmp.Diff(last, s.LastSize); d != "" {
				t.Errorf("%s, of the last complete one: -want +got:\n%s", tc.reason, d)
			}
		})
	}
}

func TestBackupRefused(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*world)
		want   string
	}{
		"NoBuckets": {"the claim itself asks", func(w *world) { w.cloud().Buckets, w.claim.Backup.Enabled = nil, new(true) }, `spec.backup.enabled: "north" is a cloud without buckets, where backups could be. Remove it, or order the cluster on another cloud.`},
		"Restore":   {"a restore needs them too", func(w *world) { w.cloud().Buckets, w.claim.Restore = nil, &v1alpha1.Restore{Backup: "latest"} }, `spec.restore: "north" is a cloud without buckets, where backups could be. Remove it, or order the cluster on another cloud.`},
		"Level":     {"what only the level asks for is left out", func(w *world) { w.cloud().Buckets = nil }, ""},
		"Schedule":  {"no schedule", func(w *world) { w.claim.Backup.Schedule = "nightly" }, `spec.backup.schedule: "nightly" is not a schedule: expected exactly 5 fields, found 1: [nightly]. Use cron's five fields, for example "0 3 * * *", or @hourly, @daily, @weekly or @monthly.`},
		"Retention": {"no time", func(w *world) { w.claim.Backup.Retention = "forever" }, `spec.backup.retention: "forever" is not a number of hours or days. Set for example 36h or 14d.`},
		"NoName":    {"a restore of nothing", func(w *world) { w.claim.Restore = &v1alpha1.Restore{} }, `spec.restore.backup: "" is missing. Name one of status.backup.backups, or "latest".`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := newWorld(t, tc.change).plan()
			got := ""
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
			if err == nil && (p.Backup != nil || len(p.Warnings) == 0) {
				t.Errorf("%s: there should be a warning and no backup, got %v %v", tc.reason, p.Warnings, p.Backup)
			}
		})
	}
}
