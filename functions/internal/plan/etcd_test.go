package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
)

// TestEtcdSnapshots: who gets them, when, and from when they are missed.
func TestEtcdSnapshots(t *testing.T) {
	at := func(s string) *metav1.Time { return new(metav1.NewTime(moment(t, s))) }
	const (
		now    = "2026-06-10T12:00:00Z"
		bucket = "skerry-backups-6b3e3555a728f872-etcd"
		ran    = `{status: {atProvider: {manifest: {status: {lastSuccessfulTime: "2026-06-10T01:48:30Z"}}}}}`
	)
	made := func(created string) string { return `{metadata: {creationTimestamp: "` + created + `"}}` }
	off := false
	cases := map[string]struct {
		reason  string
		level   string
		backup  v1alpha1.Backup
		bucket  string // as it is observed, "" for none
		job     string // as it is observed, "" for none
		prior   *metav1.Time
		want    *v1alpha1.EtcdBackupStatus
		taken   bool
		overdue bool
		refused string
	}{
		"Standard": {
			reason: "A day's, at the cluster's own minute, missed from the second that doesn't come.", level: "Standard", taken: true,
			want: &v1alpha1.EtcdBackupStatus{Schedule: "47 1 * * *", Bucket: bucket, Next: at("2026-06-11T01:47:00Z"), OverdueFrom: at("2026-06-12T02:47:00Z")},
		},
		"Premium": {
			reason: "An hour's.", level: "Premium", taken: true,
			want: &v1alpha1.EtcdBackupStatus{Schedule: "47 * * * *", Bucket: bucket, Next: at("2026-06-10T12:47:00Z"), OverdueFrom: at("2026-06-10T14:47:00Z")},
		},
		"BestEffort": {reason: "Nobody has asked for any.", level: "BestEffort"},
		"Asked": {
			reason: "The claim's schedule wins.", level: "Standard", backup: v1alpha1.Backup{EtcdSchedule: "@hourly"}, taken: true,
			want: &v1alpha1.EtcdBackupStatus{Schedule: "@hourly", Bucket: bucket, Next: at("2026-06-10T13:00:00Z"), OverdueFrom: at("2026-06-10T15:00:00Z")},
		},
		"NoBackups": {reason: "Without backups there are none.", level: "Standard", backup: v1alpha1.Backup{Enabled: &off, EtcdSchedule: "@hourly"}},
		"Succeeded": {
			reason: "The last one that succeeded counts.", level: "Standard", bucket: made("2026-06-01T12:00:00Z"), job: ran, taken: true,
			want: &v1alpha1.EtcdBackupStatus{Schedule: "47 1 * * *", Bucket: bucket, LastSuccess: at("2026-06-10T01:48:30Z"), Next: at("2026-06-11T01:47:00Z"), OverdueFrom: at("2026-06-12T02:47:00Z")},
		},
		"NotSeen": {
			reason: "What was known once isn't forgotten.", level: "Standard", bucket: made("2026-06-01T12:00:00Z"), prior: at("2026-06-09T01:48:30Z"), taken: true,
			want: &v1alpha1.EtcdBackupStatus{Schedule: "47 1 * * *", Bucket: bucket, LastSuccess: at("2026-06-09T01:48:30Z"), Next: at("2026-06-11T01:47:00Z"), OverdueFrom: at("2026-06-11T02:47:00Z")},
		},
		"Overdue": {
			reason: "Two in a row are missing.", level: "Standard", bucket: made("2026-06-01T12:00:00Z"), taken: true, overdue: true,
			want: &v1alpha1.EtcdBackupStatus{Schedule: "47 1 * * *", Bucket: bucket, Next: at("2026-06-11T01:47:00Z"), OverdueFrom: at("2026-06-03T02:47:00Z")},
		},
		"TurnedOff": {
			reason: "What was taken stays, and its key.", level: "BestEffort", bucket: made("2026-06-01T12:00:00Z"), job: ran,
			want: &v1alpha1.EtcdBackupStatus{Bucket: bucket, LastSuccess: at("2026-06-10T01:48:30Z")},
		},
		"Wrong": {
			reason: "A schedule that is none is refused.", level: "Standard", backup: v1alpha1.Backup{EtcdSchedule: "at night"},
			refused: `spec.backup.etcdSchedule: "at night" is not a schedule: expected exactly 5 fields, found 2: [at night]. Use cron's five fields, for example "0 3 * * *", or @hourly, @daily, @weekly or @monthly.`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.claim.ServiceLevel, w.claim.Backup = tc.level, tc.backup
			have := plantest.Observed(t)
			if tc.bucket != "" {
				have[plan.KeyBackupBucket], have[plan.KeyEtcdBucket] = existing(t, tc.bucket), existing(t, tc.bucket)
			}
			if tc.job != "" {
				have[plan.KeyEtcdJob] = existing(t, tc.job)
			}
			cw := plantest.World(t, have)
			cw.Now, cw.Created = moment(t, now), moment(t, "2026-05-01T12:00:00Z")
			if tc.prior != nil {
				cw.Prior.Backup = &v1alpha1.BackupStatus{Etcd: &v1alpha1.EtcdBackupStatus{LastSuccess: tc.prior}}
			}
			p, err := plan.NewCluster(plantest.Owner(), w.claim, cw)
			if refused(t, tc.reason, tc.refused, err) {
				return
			}
			var got *v1alpha1.EtcdBackupStatus
			var snapshots plan.EtcdSnapshots
			if b := p.Backup; b != nil && b.Etcd != nil {
				got, snapshots = b.Status.Etcd, *b.Etcd
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s -want +got:\n%s", tc.reason, diff)
			}
			if snapshots.Taken != tc.taken || snapshots.Overdue != tc.overdue {
				t.Errorf("%s taken is %v, overdue %v", tc.reason, snapshots.Taken, snapshots.Overdue)
			}
			if tc.taken && p.Next.After(tc.want.Next.Time) {
				t.Errorf("%s asked again at %s, after the next one", tc.reason, p.Next)
			}
		})
	}
}
