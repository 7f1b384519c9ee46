package e2e_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/robfig/cron/v3"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/utils/ptr"

	"github.com/skerry-dev/skerry/test/devcluster"
	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// steadyFor is how long a cluster is watched that nothing happens to: several
// rounds of every controller's polling.
const steadyFor = time.Minute

// calm lets the time pass in which a controller that isn't done would write.
func calm() {
	const while = 10 * time.Second
	time.Sleep(while)
}

// stored is how often everything has been written so far.
func (w *world) stored(t *testing.T) map[string]int64 {
	t.Helper()
	var out map[string]int64
	eventually(t, "etcd answers", func() error {
		var err error
		out, err = w.cluster.Stored(t.Context())
		return err
	})
	return out
}

// quiet waits until nobody writes.
func (w *world) quiet(t *testing.T) {
	t.Helper()
	eventually(t, "nobody writes", func() error {
		before := w.stored(t)
		calm()
		if d := devcluster.Written(before, w.stored(t)); len(d) > 0 {
			return fmt.Errorf("these were written: %v", d)
		}
		return nil
	})
}

// still waits until nobody writes what is of a claim. Other claims may be busy.
func (w *world) still(t *testing.T, claim *unstructured.Unstructured) {
	t.Helper()
	prefix := w.prefix(t, claim)
	eventually(t, "nobody writes what is of "+manifest.Title(claim), func() error {
		before := w.stored(t)
		calm()
		d := devcluster.Written(before, w.stored(t))
		maps.DeleteFunc(d, func(key string, _ int64) bool {
			return !strings.Contains(key, "/"+prefix) && !strings.Contains(key, "/"+claim.GetNamespace()+"/")
		})
		if len(d) > 0 {
			return fmt.Errorf("these were written: %v", d)
		}
		return nil
	})
}

// steady sees that nobody writes anything for a cluster that nothing happens to: no
// controller fights another, and no message changes by itself.
func (w *world) steady(t *testing.T, c *unstructured.Unstructured) {
	t.Helper()
	w.quiet(t)
	w.undisturbed(t, c)
	before := w.takeStock(t)
	time.Sleep(steadyFor)
	after := w.takeStock(t)
	check(t, "what was asked of the cloud", before.asked, after.asked)
	for where, was := range before.stored {
		if len(was) == 0 {
			t.Errorf("there should be something in %s", where)
		}
		for key, n := range devcluster.Written(was, after.stored[where]) {
			t.Errorf("%s in %s should not be written, and was %d times within %s", key, where, n, steadyFor)
		}
		for _, key := range devcluster.Gone(was, after.stored[where]) {
			t.Errorf("%s in %s should not be deleted", key, where)
		}
	}
}

// undisturbed waits until no CronJob in a cluster runs, or will while the cluster is
// watched: what they do is work, and says nothing about controllers.
func (w *world) undisturbed(t *testing.T, claim *unstructured.Unstructured) {
	t.Helper()
	work := w.workload(t, claim)
	eventually(t, "no CronJob is due", func() error {
		l := &batchv1.CronJobList{}
		if err := work.List(t.Context(), l); err != nil {
			return err
		}
		now := time.Now()
		return noneDue(l.Items, now.Add(-aRun), now.Add(steadyFor+aRun))
	})
}

// aRun is more than what a run of a CronJob takes from the minute of its schedule to the
// last thing written, and more than what it takes to look at everything.
const aRun = 30 * time.Second

// noneDue fails for a CronJob that starts in a span of time, or runs. It reads schedules
// as the controller of CronJobs does.
func noneDue(jobs []batchv1.CronJob, from, to time.Time) error {
	for i := range jobs {
		j := &jobs[i]
		if len(j.Status.Active) > 0 {
			return fmt.Errorf("%s runs", j.Name)
		}
		if ptr.Deref(j.Spec.Suspend, false) {
			continue
		}
		text := j.Spec.Schedule
		if j.Spec.TimeZone != nil {
			text = "TZ=" + *j.Spec.TimeZone + " " + text
		}
		s, err := cron.ParseStandard(text)
		if err != nil {
			return fmt.Errorf("schedule of %s: %w", j.Name, err)
		}
		if due := s.Next(from.UTC()); !due.IsZero() && due.Before(to) {
			return fmt.Errorf("%s is due at %s", j.Name, due.Format(time.RFC3339))
		}
	}
	return nil
}

func TestNoneDue(t *testing.T) {
	from := time.Date(2026, 11, 30, 9, 42, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		spec   batchv1.CronJobSpec
		active int
		due    bool
	}{
		"Soon":      {spec: batchv1.CronJobSpec{Schedule: "43 * * * *"}, due: true},
		"Suspended": {spec: batchv1.CronJobSpec{Schedule: "43 * * * *", Suspend: new(true)}},
		"Later":     {spec: batchv1.CronJobSpec{Schedule: "45 * * * *"}},
		"Past":      {spec: batchv1.CronJobSpec{Schedule: "42 * * * *"}},
		"Running":   {spec: batchv1.CronJobSpec{Schedule: "0 3 * * *"}, active: 1, due: true},
		"Never":     {spec: batchv1.CronJobSpec{Schedule: "0 0 31 2 *"}},
		"Elsewhere": {spec: batchv1.CronJobSpec{Schedule: "43 10 * * *", TimeZone: new("Europe/Zurich")}, due: true},
	} {
		t.Run(name, func(t *testing.T) {
			j := batchv1.CronJob{Spec: tc.spec}
			j.Status.Active = make([]corev1.ObjectReference, tc.active)
			if err := noneDue([]batchv1.CronJob{j}, from, from.Add(2*time.Minute)); (err != nil) != tc.due {
				t.Errorf("want due %t, got %v", tc.due, err)
			}
		})
	}
}

// A stock is what everybody has done so far.
type stock struct {
	// stored is how often everything has been written, by where it is.
	stored map[string]map[string]int64
	// asked are the requests to the cloud that aren't reads.
	asked cloud.Counts
}

func (w *world) takeStock(t *testing.T) stock {
	t.Helper()
	inside, err := w.cluster.StoredInClusters(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := w.cloud.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.Total.Reads = 0
	return stock{asked: r.Total, stored: map[string]map[string]int64{"the management cluster": w.stored(t), "ordered clusters": inside}}
}
