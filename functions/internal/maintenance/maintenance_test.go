package maintenance_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/maintenance"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/window"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

var noon = time.Date(2026, time.November, 27, 12, 0, 0, 0, time.UTC) // A Friday.

// saturdays is a cluster's maintenance at a time, with the window on Saturdays, from
// noon on, and a notice of three days.
func saturdays(t *testing.T, now time.Time, waiting ...v1alpha1.PendingChange) plan.Maintenance {
	t.Helper()
	weekly, err := window.Of("w", v1alpha1.MaintenanceWindow{Days: []v1alpha1.Weekday{"Saturday"}, Start: "12:00"})
	if err != nil {
		t.Fatal(err)
	}
	return plan.Maintenance{Now: now, Weekly: weekly, Next: weekly.At(now), Notice: 72 * time.Hour, Waiting: waiting}
}

func release(version, minor string, values map[string]any) *helm.Release {
	r := helm.NewRelease("skerry-system", "shop-cilium")
	r.Spec.ForProvider = helm.ReleaseParameters{Chart: helm.Chart{Name: "cilium", Repository: "https://c", Version: version}, Values: values}
	if minor != "" {
		r.Metadata.Annotations = map[string]string{external.KubernetesMinorAnnotation: minor}
	}
	return r
}

func exists(version, minor, ready string) observed.Set {
	v := map[string]any{
		"metadata": map[string]any{"annotations": map[string]any{external.KubernetesMinorAnnotation: minor}},
		"spec":     map[string]any{"forProvider": map[string]any{"chart": map[string]any{"name": "cilium", "repository": "https://c", "version": version}, "values": map[string]any{"a": 1.0}}},
		"status":   map[string]any{"conditions": []any{map[string]any{"type": "Ready", "status": ready}}},
	}
	return observed.Set{"addon-cilium": {Value: observed.Of(v)}}
}

func TestHold(t *testing.T) {
	values := map[string]any{"a": 1}
	since := func(d time.Duration) v1alpha1.PendingChange {
		return v1alpha1.PendingChange{Name: "addon/cilium", To: "2", Since: &metav1.Time{Time: noon.AddDate(0, 0, 1).Add(-d)}}
	}
	saturday := noon.AddDate(0, 0, 1)
	cases := map[string]struct {
		reason string
		have   observed.Set
		want   *helm.Release
		m      plan.Maintenance
		change func(*render.Resource)
		kept   bool
		begun  int
	}{
		"same":             {reason: "nothing differs", have: exists("1", "", "True"), want: release("1", "", values), m: saturdays(t, noon)},
		"version":          {reason: "another version waits", have: exists("1", "", "True"), want: release("2", "", values), m: saturdays(t, noon), kept: true},
		"values":           {reason: "so do other values", have: exists("1", "", "True"), want: release("1", "", map[string]any{"a": 2}), m: saturdays(t, noon), kept: true},
		"new":              {reason: "what doesn't exist is made", have: observed.Set{}, want: release("2", "", values), m: saturdays(t, noon)},
		"broken":           {reason: "what doesn't work may be mended", have: exists("1", "", "False"), want: release("2", "", values), m: saturdays(t, noon)},
		"at once":          {reason: "a component may say so", have: exists("1", "", "True"), want: release("2", "", values), m: saturdays(t, noon), change: func(r *render.Resource) { r.Maintained = "" }},
		"urgent":           {reason: "an urgent version doesn't wait", have: exists("1", "", "True"), want: release("2", "", values), m: saturdays(t, noon), change: func(r *render.Resource) { r.Urgent = true }, begun: 1},
		"urgent values":    {reason: "only the version is urgent", have: exists("1", "", "True"), want: release("1", "", map[string]any{"a": 2}), m: saturdays(t, noon), change: func(r *render.Resource) { r.Urgent = true }, kept: true},
		"with the minor":   {reason: "it goes with the machines, which have begun", have: exists("1", "1.35", "True"), want: release("2", "1.36", values), m: saturdays(t, noon)},
		"of the minor":     {reason: "the same minor is no reason", have: exists("1", "1.36", "True"), want: release("2", "1.36", values), m: saturdays(t, noon), kept: true},
		"any time":         {reason: "there is no window to wait for", have: exists("1", "", "True"), want: release("2", "", values), m: plan.Maintenance{Now: noon, AnyTime: true}, begun: 1},
		"announced":        {reason: "it waited three days", have: exists("1", "", "True"), want: release("2", "", values), m: saturdays(t, saturday, since(72*time.Hour)), begun: 1},
		"announced late":   {reason: "it didn't, by a second", have: exists("1", "", "True"), want: release("2", "", values), m: saturdays(t, saturday, since(72*time.Hour-time.Second)), kept: true},
		"another version":  {reason: "what was announced is another version", have: exists("1", "", "True"), want: release("3", "", values), m: saturdays(t, saturday, since(100*time.Hour)), kept: true},
		"after the window": {reason: "its end isn't part of it", have: exists("1", "", "True"), want: release("2", "", values), m: saturdays(t, saturday.Add(4*time.Hour), since(100*time.Hour)), kept: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := render.Resource{Key: "addon-cilium", Body: tc.want, Maintained: "addon/cilium"}
			if tc.change != nil {
				tc.change(&r)
			}
			got, err := maintenance.Hold(render.Set{Resources: []render.Resource{r}}, tc.have, tc.m)
			if err != nil {
				t.Fatal(err)
			}
			if got.Resources[0].Keep != tc.kept || len(got.Pending) > 0 != tc.kept || len(got.Begun) != tc.begun {
				t.Errorf("%s: kept %t, pending %v, begun %v", tc.reason, got.Resources[0].Keep, got.Pending, got.Begun)
			}
		})
	}
}

// A change of the platform's is due in the first window whose notice it can have; one
// that the claim asks for, in the next.
func TestDue(t *testing.T) {
	for edited, want := range map[bool]string{false: "2026-12-05T12:00:00Z", true: "2026-11-28T12:00:00Z"} {
		m := saturdays(t, noon)
		m.Edited = edited
		r := render.Resource{Key: "addon-cilium", Body: release("2", "", nil), Maintained: "addon/cilium"}
		got, err := maintenance.Hold(render.Set{Resources: []render.Resource{r}}, exists("1", "", "True"), m)
		if err != nil || len(got.Pending) != 1 {
			t.Fatal(err, got.Pending)
		}
		p := got.Pending[0]
		if diff := cmp.Diff([]any{want, edited, "1", "2"}, []any{p.Due.Format(time.RFC3339), p.Requested, p.From, p.To}); diff != "" {
			t.Errorf("edited %t: due, requested, from, to: -want +got:\n%s", edited, diff)
		}
	}
}
