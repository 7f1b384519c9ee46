package window_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan/window"
)

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func text(w window.Window) string {
	return w.Start.Format(time.RFC3339) + " " + w.End.Format(time.RFC3339)
}

func claim(start, duration, zone string, days ...v1alpha1.Weekday) v1alpha1.MaintenanceWindow {
	return v1alpha1.MaintenanceWindow{Days: days, Start: v1alpha1.TimeOfDay(start), Duration: v1alpha1.Span(duration), TimeZone: v1alpha1.TimeZone(zone)}
}

func TestAtAndAfter(t *testing.T) {
	const zurich, newYork = "Europe/Zurich", "America/New_York"
	cases := map[string]struct {
		reason         string
		in             v1alpha1.MaintenanceWindow
		now, at, after string
	}{
		"before": {
			"it is the next", claim("22:00", "4h", "", "Sunday"), "2026-06-06T12:00:00Z",
			"2026-06-07T22:00:00Z 2026-06-08T02:00:00Z", "2026-06-07T22:00:00Z 2026-06-08T02:00:00Z",
		},
		"begins": {
			"its start is part of it", claim("22:00", "4h", "", "Sunday"), "2026-06-07T22:00:00Z",
			"2026-06-07T22:00:00Z 2026-06-08T02:00:00Z", "2026-06-14T22:00:00Z 2026-06-15T02:00:00Z",
		},
		"over midnight": {
			"the day is that on which it began", claim("22:00", "4h", "", "Sunday"), "2026-06-08T01:59:59Z",
			"2026-06-07T22:00:00Z 2026-06-08T02:00:00Z", "2026-06-14T22:00:00Z 2026-06-15T02:00:00Z",
		},
		"ends": {
			"its end isn't", claim("22:00", "4h", "", "Sunday"), "2026-06-08T02:00:00Z",
			"2026-06-14T22:00:00Z 2026-06-15T02:00:00Z", "2026-06-14T22:00:00Z 2026-06-15T02:00:00Z",
		},
		"every day": {
			"no days are all days, no duration is four hours", claim("02:00", "", ""), "2026-06-08T06:00:00Z",
			"2026-06-09T02:00:00Z 2026-06-09T06:00:00Z", "2026-06-09T02:00:00Z 2026-06-09T06:00:00Z",
		},
		"always": {
			"one that lasts a day is followed by the next", claim("00:00", "24h", ""), "2026-06-08T23:59:59Z",
			"2026-06-08T00:00:00Z 2026-06-09T00:00:00Z", "2026-06-09T00:00:00Z 2026-06-10T00:00:00Z",
		},
		"zone behind": {
			"Sunday evening there is Monday here", claim("22:00", "2h", newYork, "Sunday"), "2026-06-08T01:00:00Z",
			"2026-06-08T02:00:00Z 2026-06-08T04:00:00Z", "2026-06-08T02:00:00Z 2026-06-08T04:00:00Z",
		},
		"zone ahead": {
			"Monday morning there is Sunday here", claim("05:00", "2h", "Pacific/Auckland", "Monday"), "2026-06-07T18:00:00Z",
			"2026-06-07T17:00:00Z 2026-06-07T19:00:00Z", "2026-06-14T17:00:00Z 2026-06-14T19:00:00Z",
		},
		"before summer": {
			"the night of the change", claim("22:00", "4h", zurich, "Saturday"), "2026-03-28T12:00:00Z",
			"2026-03-28T21:00:00Z 2026-03-29T01:00:00Z", "2026-03-28T21:00:00Z 2026-03-29T01:00:00Z",
		},
		"in summer": {
			"the same time of day is an hour earlier in UTC", claim("22:00", "4h", zurich, "Saturday"), "2026-03-30T12:00:00Z",
			"2026-04-04T20:00:00Z 2026-04-05T00:00:00Z", "2026-04-04T20:00:00Z 2026-04-05T00:00:00Z",
		},
		"left out": {
			"a start that doesn't exist is an hour later", claim("02:30", "1h", zurich), "2026-03-28T12:00:00Z",
			"2026-03-29T01:30:00Z 2026-03-29T02:30:00Z", "2026-03-29T01:30:00Z 2026-03-29T02:30:00Z",
		},
		"across the change": {
			"its length stays when the clock is set forward", claim("01:00", "4h", zurich, "Sunday"), "2026-03-29T03:59:59Z",
			"2026-03-29T00:00:00Z 2026-03-29T04:00:00Z", "2026-04-04T23:00:00Z 2026-04-05T03:00:00Z",
		},
		"back again": {
			"and when it is set back", claim("01:00", "4h", zurich, "Sunday"), "2026-10-25T02:59:59Z",
			"2026-10-24T23:00:00Z 2026-10-25T03:00:00Z", "2026-11-01T00:00:00Z 2026-11-01T04:00:00Z",
		},
		"twice": {
			"of two starts the first counts", claim("02:30", "1h", zurich), "2026-10-24T12:00:00Z",
			"2026-10-25T00:30:00Z 2026-10-25T01:30:00Z", "2026-10-25T00:30:00Z 2026-10-25T01:30:00Z",
		},
		"not twice": {
			"and the second opens nothing", claim("02:30", "1h", zurich), "2026-10-25T01:30:00Z",
			"2026-10-26T01:30:00Z 2026-10-26T02:30:00Z", "2026-10-26T01:30:00Z 2026-10-26T02:30:00Z",
		},
		"year": {
			"over the turn of a year", claim("23:00", "4h", "", "Thursday"), "2027-01-01T01:00:00Z",
			"2026-12-31T23:00:00Z 2027-01-01T03:00:00Z", "2027-01-07T23:00:00Z 2027-01-08T03:00:00Z",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w, err := window.Of("spec.maintenance.window", tc.in)
			if err != nil {
				t.Fatal(err)
			}
			now := at(t, tc.now)
			if diff := cmp.Diff([]string{tc.at, tc.after}, []string{text(w.At(now)), text(w.After(now))}); diff != "" {
				t.Errorf("%s: at and after: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestNow(t *testing.T) {
	for duration, want := range map[string]string{
		"1h": "2026-06-06T12:00:00Z 2026-06-06T16:00:00Z",
		"6h": "2026-06-06T12:00:00Z 2026-06-06T18:00:00Z",
	} {
		w, err := window.Of("spec.maintenance.window", claim("22:00", duration, ""))
		if err != nil {
			t.Fatal(err)
		}
		if got := text(w.Now(at(t, "2026-06-06T12:00:00Z"))); got != want {
			t.Errorf("a window of %s opened by hand is %s, want %s", duration, got, want)
		}
	}
}

func TestOfRefuses(t *testing.T) {
	cases := map[string]struct {
		in   v1alpha1.MaintenanceWindow
		want string
	}{
		"zone":     {claim("22:00", "4h", "Mars/Phobos"), `spec.maintenance.window.timeZone: "Mars/Phobos" is not a time zone. Use a name of the IANA time zone database`},
		"day":      {claim("22:00", "4h", "", "Montag"), `spec.maintenance.window.days: "Montag" is not a day of the week`},
		"start":    {claim("24:00", "4h", ""), `spec.maintenance.window.start: "24:00" is not a time of day`},
		"none":     {claim("", "4h", ""), `spec.maintenance.window.start: "" is not a time of day`},
		"short":    {claim("22:00", "29m", ""), `spec.maintenance.window.duration: "29m" is not a duration from 30m to 24h`},
		"long":     {claim("22:00", "25h", ""), "is not a duration"},
		"duration": {claim("22:00", "4", ""), "is not a duration"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := window.Of("spec.maintenance.window", tc.in); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q in it", err, tc.want)
			}
		})
	}
}

func TestNotice(t *testing.T) {
	for in, want := range map[v1alpha1.Term]time.Duration{"": 0, "72h": 72 * time.Hour, "7d": 168 * time.Hour} {
		if got, err := window.Notice("x", in); err != nil || got != want {
			t.Errorf("%q is %s, %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []v1alpha1.Term{"7", "d", "7w", "-1h", "7hd", "0d"} {
		if _, err := window.Notice("x", in); err == nil {
			t.Errorf("%q is taken", in)
		}
	}
}
