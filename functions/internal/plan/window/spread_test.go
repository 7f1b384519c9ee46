package window_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/catalog"
	"github.com/skerry-dev/skerry/functions/internal/plan/window"
)

// levels returns the maintenance of the built-in levels that have hours.
func levels(t *testing.T) map[string]v1alpha1.LevelMaintenance {
	t.Helper()
	p, err := catalog.Merge(map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]v1alpha1.LevelMaintenance{}
	for _, l := range p.ServiceLevels {
		if l.Maintenance.AnyTime == nil || !*l.Maintenance.AnyTime {
			out[l.Name] = l.Maintenance
		}
	}
	return out
}

// Every window of a level lies within its hours, at any time of the year, and no two
// of different slots overlap.
func TestSpreadStaysWithinHours(t *testing.T) {
	all := levels(t)
	all["whole days"] = v1alpha1.LevelMaintenance{Duration: "5h"}
	all["one window"] = v1alpha1.LevelMaintenance{Days: []v1alpha1.Weekday{"Sunday"}, From: "23:00", To: "02:00", Duration: "3h"}
	want := map[string]int{"Standard": 12, "Premium": 8, "whole days": 28, "one window": 1}
	if len(all) != len(want) {
		t.Fatalf("there are other levels: %v", all)
	}
	for name, level := range all {
		t.Run(name, func(t *testing.T) {
			starts := map[string]window.Window{}
			for i := range 400 {
				w, slots, err := window.Spread("spec.maintenance", level, fmt.Sprintf("team-%d/shop", i))
				if err != nil {
					t.Fatal(err)
				}
				if slots != want[name] {
					t.Fatalf("%d slots, want %d", slots, want[name])
				}
				x := w.After(at(t, "2026-06-01T00:00:00Z"))
				starts[text(x)] = x
				for _, moment := range []string{"2026-01-10T00:00:00Z", "2026-03-27T00:00:00Z", "2026-10-23T00:00:00Z"} {
					within(t, level, w.After(at(t, moment)))
				}
			}
			if len(starts) != want[name] {
				t.Errorf("400 clusters are in %d slots, want %d", len(starts), want[name])
			}
			for a, x := range starts {
				for b, y := range starts {
					if a != b && x.Contains(y.Start) {
						t.Errorf("%s overlaps with %s", a, b)
					}
				}
			}
		})
	}
}

// within checks a window against the level's hours, read as a person would.
func within(t *testing.T, level v1alpha1.LevelMaintenance, x window.Window) {
	t.Helper()
	if level.From == "" {
		return
	}
	zone, err := time.LoadLocation(string(level.TimeZone))
	if err != nil {
		t.Fatal(err)
	}
	on := func(d time.Time, clock v1alpha1.TimeOfDay) time.Time {
		out, err := time.ParseInLocation("2006-01-02 15:04", d.Format("2006-01-02 ")+string(clock), zone)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	from := on(x.Start.In(zone), level.From)
	if x.Start.Before(from) {
		from = from.AddDate(0, 0, -1)
	}
	to := on(from, level.To)
	if !to.After(from) {
		to = to.AddDate(0, 0, 1)
	}
	isDay := false
	for _, d := range level.Days {
		isDay = isDay || string(d) == from.Weekday().String()
	}
	// The night in which the clock is set forward is an hour short.
	if !isDay || x.End.After(to.Add(time.Hour)) {
		t.Errorf("%s is not within %s and %s on %v", text(x), from, to, level.Days)
	}
}

// A cluster keeps its window, whatever else there is.
func TestSpreadIsStable(t *testing.T) {
	w, _, err := window.Spread("spec.maintenance", levels(t)["Standard"], "team-a/shop")
	if err != nil {
		t.Fatal(err)
	}
	const want = "2026-12-02T22:00:00Z 2026-12-03T02:00:00Z"
	if got := text(w.At(at(t, "2026-11-27T12:00:00Z"))); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSpreadRefuses(t *testing.T) {
	cases := map[string]struct {
		in   v1alpha1.LevelMaintenance
		want string
	}{
		"too long": {v1alpha1.LevelMaintenance{From: "22:00", To: "01:00"}, "doesn't fit between from and to, which are 3h0m0s apart"},
		"no to":    {v1alpha1.LevelMaintenance{From: "22:00"}, `x.to: "" is not a time of day`},
		"zone":     {v1alpha1.LevelMaintenance{TimeZone: "Local"}, `x.timeZone: "Local" is not a time zone`},
		"duration": {v1alpha1.LevelMaintenance{Duration: "10m"}, `x.duration: "10m" is not a duration`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, _, err := window.Spread("x", tc.in, "k"); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q in it", err, tc.want)
			}
		})
	}
}
