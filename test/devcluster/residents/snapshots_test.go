package residents

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

const oneSnapshot = `
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshot
metadata: {name: before}
spec: {source: {persistentVolumeClaimName: orders}}
`

// TestSnapshot takes one, changes the data, and restores it.
func TestSnapshot(t *testing.T) {
	w := stored(t, "rwo")
	w.apply(oneSnapshot)
	w.settled()
	s := w.read(snapshotKind, "before")
	if ready, _ := nested(s, "status", "readyToUse").(bool); !ready || text(s, "status", "restoreSize") != "10Gi" {
		t.Fatalf("it should be ready: %v", s.Object["status"])
	}
	w.must(Write(w.context(), w.town.client, w.cloud, orders, "a.txt", "changed"))
	w.settled()
	w.apply(strings.Replace(claim("restored", "rwo"), "spec: {", "spec: {dataSource: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: before}, ", 1))
	w.settled()
	w.bind()
	if d := cmp.Diff(map[string]string{"a.txt": "alpha"}, w.files("restored")); d != "" {
		t.Errorf("it should have what there was: %s", d)
	}
	w.delete(snapshotKind, "before")
	w.settled()
	if w.read(snapshotKind, "before") != nil || len(w.live(cloud.VolumeSnapshot)) > 0 || w.read(contentKind, "snapcontent-VolumeSnapshot-before") != nil {
		t.Error("something is left of a deleted snapshot")
	}
}

func TestSnapshotRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		reason string
		before func(*world)
		want   string
	}{
		"NoSuchClaim": {"There must be a claim.", func(w *world) { w.delete(claimKind, "orders") }, `persistentvolumeclaims "orders" not found`},
		"NoClass":     {"And a class for its driver.", func(w *world) { w.delete(snapshotClassKind, "rwo") }, `failed to get snapshot class "" for a Volume`},
		"Cloud": {"The cloud may refuse.", func(w *world) {
			_, err := w.cloud.Fail(w.context(), cloud.QuotaExceeded(cloud.VolumeSnapshot))
			w.must(err)
		}, "Quota exceeded for resources: ['snapshot']."},
	} {
		t.Run(name, func(t *testing.T) {
			w := stored(t, "rwo")
			w.delete(podKind, "app")
			tc.before(w)
			w.apply(oneSnapshot)
			_ = w.settle()
			s := w.read(snapshotKind, "before")
			if got := text(s, "status", "error", "message"); got != tc.want {
				t.Errorf("%s got %q, want %q", tc.reason, got, tc.want)
			}
			if ready, _ := nested(s, "status", "readyToUse").(bool); ready {
				t.Error("it isn't ready")
			}
		})
	}
}

const daily = `
apiVersion: snapscheduler.backube/v1
kind: SnapshotSchedule
metadata: {name: daily}
spec:
  claimSelector: {matchLabels: {app: orders}}
  schedule: "0 2 * * *"
  retention: {expires: 72h, maxCount: 2}
  snapshotTemplate: {labels: {made: by-schedule}, snapshotClassName: rwo}
`

// TestSchedule hurries through days: snapshots are taken at night, and age out.
func TestSchedule(t *testing.T) {
	w := stored(t, "rwo")
	w.apply(daily, claim("other", "rwo"))
	w.settled()
	schedule := w.read(scheduleKind, "daily")
	if got := text(schedule, "status", "nextSnapshotTime"); got != "2026-01-03T02:00:00Z" || text(schedule, "status", "lastSnapshotTime") != "" {
		t.Fatalf("got %v", schedule.Object["status"])
	}
	owners := []metav1.OwnerReference{{APIVersion: "snapscheduler.backube/v1", Kind: "SnapshotSchedule", Name: "daily", UID: "SnapshotSchedule-daily"}}
	names := func() (out []string) {
		all, err := list(w.context(), w.town.client, snapshotKind, "team")
		w.must(err)
		for i := range all {
			out = append(out, all[i].GetName())
			if ready, _ := nested(&all[i], "status", "readyToUse").(bool); !ready || all[i].GetLabels()["made"] != "by-schedule" {
				t.Errorf("%s isn't ready, or without its label", all[i].GetName())
			}
			if d := cmp.Diff(owners, all[i].GetOwnerReferences()); d != "" {
				t.Errorf("%s should go with its schedule: %s", all[i].GetName(), d)
			}
		}
		return out
	}
	for _, want := range [][]string{
		{"orders-daily-202601030304"},
		{"orders-daily-202601030304", "orders-daily-202601040304"},
		{"orders-daily-202601040304", "orders-daily-202601050304"}, // two at most
	} {
		w.must(Hurry(w.context(), w.town.client, w.read(scheduleKind, "daily"), 24*time.Hour))
		w.settled()
		if d := cmp.Diff(want, names()); d != "" {
			t.Errorf("-want, +got:\n%s", d)
		}
	}
	schedule = w.read(scheduleKind, "daily")
	if got := text(schedule, "status", "lastSnapshotTime"); got != "2026-01-05T03:04:05Z" || condition(nested(schedule, "status", "conditions"), "Reconciled") != "True ReconcileComplete Reconcile complete" {
		t.Errorf("got %v", schedule.Object["status"])
	}
	w.edit(scheduleKind, "daily", func(o *object) { set(o, "sometimes", "spec", "schedule") })
	w.settled()
	if got := condition(nested(w.read(scheduleKind, "daily"), "status", "conditions"), "Reconciled"); !strings.HasPrefix(got, "False ReconcileError cannot parse schedule") {
		t.Errorf("got %q", got)
	}
}

// TestExpire: a week later everything but the newest is too old.
func TestExpire(t *testing.T) {
	w := stored(t, "rwo")
	w.apply(daily)
	w.settled()
	for _, by := range []time.Duration{24 * time.Hour, 7 * 24 * time.Hour} {
		w.must(Hurry(w.context(), w.town.client, w.read(scheduleKind, "daily"), by))
		w.settled()
	}
	left, err := list(w.context(), w.town.client, snapshotKind, "team")
	w.must(err)
	if len(left) != 1 || left[0].GetName() != "orders-daily-202601100304" || len(w.live(cloud.VolumeSnapshot)) != 1 {
		t.Errorf("got %v", left)
	}
}

func TestCron(t *testing.T) {
	now := time.Date(2026, 1, 31, 23, 59, 30, 0, time.UTC) // a Saturday
	for s, want := range map[string]string{
		"* * * * *":     "2026-02-01T00:00:00Z",
		"*/15 * * * *":  "2026-02-01T00:00:00Z",
		"30 2 * * *":    "2026-02-01T02:30:00Z",
		"0 */6 * * *":   "2026-02-01T00:00:00Z",
		"0 3 * * 1-5":   "2026-02-02T03:00:00Z",
		"0 0 29 2 *":    "2028-02-29T00:00:00Z",
		"5 4,16 15 * *": "2026-02-15T04:05:00Z",
		"0 0 13 * 5":    "2026-02-06T00:00:00Z",
		"@weekly":       "2026-02-01T00:00:00Z",
		"@monthly":      "2026-02-01T00:00:00Z",
		"0 0 30 2 *":    "0001-01-01T00:00:00Z",
	} {
		c, err := parseCron(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := stamp(c.next(now)); got != want {
			t.Errorf("%s: got %s, want %s", s, got, want)
		}
	}
	for s, want := range map[string]string{
		"* * * *":     `cannot parse schedule "* * * *": it has 4 fields, not 5`,
		"60 * * * *":  `cannot parse schedule "60 * * * *": "60" is not between 0 and 59`,
		"x * * * *":   `cannot parse schedule "x * * * *": "x" is no number`,
		"*/0 * * * *": `cannot parse schedule "*/0 * * * *": "0" is no step`,
	} {
		if _, err := parseCron(s); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestFreeze: while the cloud is at a snapshot, what is written later stays out of it.
func TestFreeze(t *testing.T) {
	w := stored(t, "rwo")
	volume := place{kind: cloud.Volume, id: w.live(cloud.Volume)[0].ID}
	s, err := w.cloud.Create(w.context(), cloud.Spec{Kind: cloud.VolumeSnapshot, Attributes: map[string]any{"name": "s", "volumeId": volume.id}})
	w.must(err)
	frozen := place{kind: cloud.VolumeSnapshot, id: s.ID}
	for _, content := range []string{"changed", "again"} {
		w.must(freeze(w.context(), w.town, volume, frozen, cloud.Owner{}))
		w.must(Write(w.context(), w.town.client, w.cloud, orders, "a.txt", content))
	}
	got, err := frozen.read(w.context(), w.cloud)
	w.must(err)
	if d := cmp.Diff(map[string]string{"a.txt": "alpha"}, got); d != "" {
		t.Error(d)
	}
}
