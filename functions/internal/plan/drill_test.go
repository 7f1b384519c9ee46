package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
)

// TestDrill takes drills at 04:00 on Sundays through what may become of them.
func TestDrill(t *testing.T) {
	const (
		name   = "skerry-drill-20260614040000"
		backup = "shop-20260614020000"
	)
	at := func(s string) *metav1.Time { return new(metav1.NewTime(moment(t, s))) }
	completed := []v1alpha1.BackupEntry{
		{Name: "shop-20260614080000", Phase: "PartiallyFailed", Expires: at("2026-07-01T00:00:00Z")},
		{Name: backup, Phase: "Completed", Finished: at("2026-06-14T02:05:00Z"), Expires: at("2026-07-01T00:00:00Z")},
	}
	began := &plan.Drill{Name: name, Backup: backup}
	verified := &v1alpha1.DrillStatus{Name: name, Backup: backup, Finished: at("2026-06-14T04:00:42Z"), Duration: "40s", Verified: true}
	failed := func(message string, finished *metav1.Time, duration string) *v1alpha1.DrillStatus {
		return &v1alpha1.DrillStatus{Name: name, Backup: backup, Finished: finished, Duration: duration, Message: message}
	}
	done := map[string]any{"phase": "Completed", "startTimestamp": "2026-06-14T04:00:02Z", "completionTimestamp": "2026-06-14T04:00:42Z"}
	broken := map[string]any{"phase": "PartiallyFailed", "startTimestamp": "2026-06-14T04:00:02Z", "completionTimestamp": "2026-06-14T04:00:42Z"}
	cases := map[string]struct {
		reason   string
		now      string
		backups  []v1alpha1.BackupEntry
		prior    *v1alpha1.DrillStatus
		restore  map[string]any // status of the restore that was made, nil for none
		restored string         // whose restore the result is of
		drill    *plan.Drill
		last     *v1alpha1.DrillStatus
		until    string
	}{
		"NotDue":   {reason: "Nothing is due before the first Sunday.", now: "2026-06-13T12:00:00Z", backups: completed, until: "2026-06-14T02:00:00Z"},
		"NoBackup": {reason: "Without a backup there is nothing to try.", now: "2026-06-14T04:00:00Z"},
		"Begun":    {reason: "The last backup that is complete is tried.", now: "2026-06-14T04:00:00Z", backups: completed, drill: began},
		"Late":     {reason: "What was due is made up for.", now: "2026-06-16T12:00:00Z", backups: completed, drill: began},
		"Once":     {reason: "It is tried once.", now: "2026-06-14T12:00:00Z", backups: completed, prior: verified, last: verified},
		"Again":    {reason: "And again on the next Sunday.", now: "2026-06-21T04:00:00Z", backups: completed, prior: verified, last: verified, drill: &plan.Drill{Name: "skerry-drill-20260621040000", Backup: backup}},
		"Goes on":  {reason: "While Velero works nothing is known.", now: "2026-06-14T04:00:30Z", backups: completed, restore: map[string]any{"phase": "InProgress"}, drill: began, until: "2026-06-14T05:00:00Z"},
		"NotSeen":  {reason: "It isn't proved before what came back is seen.", now: "2026-06-14T04:00:50Z", backups: completed, restore: done, drill: began},
		"Stale":    {reason: "What an earlier drill left proves nothing.", now: "2026-06-14T04:00:50Z", backups: completed, restore: done, restored: "skerry-drill-20260607040000", drill: began},
		"Verified": {reason: "What came back is proof.", now: "2026-06-14T04:00:50Z", backups: completed, restore: done, restored: name, drill: began, last: verified},
		"Noted":    {reason: "Once that is noted the restore may go.", now: "2026-06-14T04:00:50Z", backups: completed, restore: done, restored: name, prior: verified, last: verified},
		"Broken": {
			reason: "A part isn't all.", now: "2026-06-14T04:00:50Z", backups: completed, restore: broken, restored: name, drill: began,
			last: failed("Velero says PartiallyFailed: kubectl -n velero describe restore "+name+" says why.", at("2026-06-14T04:00:42Z"), "40s"),
		},
		"TooLong": {
			reason: "An hour is enough.", now: "2026-06-14T05:00:00Z", backups: completed, restore: map[string]any{"phase": "InProgress"}, drill: began,
			last: failed("It took longer than 1h0m0s: kubectl -n velero describe restore "+name+" says how far it came.", at("2026-06-14T05:00:00Z"), ""),
		},
	}
	for title, tc := range cases {
		t.Run(title, func(t *testing.T) {
			have := plantest.Observed(t)
			if tc.restore != nil {
				manifest := map[string]any{"metadata": map[string]any{"name": name}, "spec": map[string]any{"backupName": backup}}
				have[plan.KeyDrillRestore] = observed.Resource{Value: observed.Of(map[string]any{
					"spec":   map[string]any{"forProvider": map[string]any{"manifest": manifest}},
					"status": map[string]any{"atProvider": map[string]any{"manifest": map[string]any{"status": tc.restore}}},
				})}
			}
			if tc.restored != "" {
				have[plan.KeyDrillResult] = observed.Resource{Value: observed.Of(map[string]any{"status": map[string]any{"atProvider": map[string]any{"manifest": map[string]any{
					"metadata": map[string]any{"labels": map[string]any{plan.LabelRestore: tc.restored}},
					"data":     map[string]any{"spec.json": "{}"},
				}}}})}
			}
			w := plantest.World(t, have)
			w.Now, w.Created = moment(t, tc.now), moment(t, "2026-06-10T12:00:00Z")
			w.Prior.Backup = &v1alpha1.BackupStatus{Backups: tc.backups, LastDrill: tc.prior}
			claim := plantest.Claim(t)
			claim.Backup.Schedule, claim.Backup.Drill = "0 2 * * *", "0 4 * * 0"
			p, err := plan.NewCluster(plantest.Owner(), claim, w)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.drill, p.Backup.Drill); diff != "" {
				t.Errorf("%s The drill: -want +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.last, p.Backup.Status.LastDrill); diff != "" {
				t.Errorf("%s The outcome: -want +got:\n%s", tc.reason, diff)
			}
			if tc.until != "" && p.Next.After(moment(t, tc.until)) {
				t.Errorf("%s The answer holds until %s, beyond %s", tc.reason, p.Next, tc.until)
			}
		})
	}
}

// A schedule that can't be read is refused, by the field that has it.
func TestDrillRefused(t *testing.T) {
	claim := plantest.Claim(t)
	claim.Backup.Drill = "on Sundays"
	_, err := plan.NewCluster(plantest.Owner(), claim, plantest.World(t, plantest.Observed(t)))
	const want = `spec.backup.drill: "on Sundays" is not a schedule: expected exactly 5 fields, found 2: [on Sundays]. Use cron's five fields, for example "0 3 * * *", or @hourly, @daily, @weekly or @monthly.`
	if err == nil || err.Error() != want {
		t.Errorf("-want +got:\n%s", cmp.Diff(want, err))
	}
}
