package schedule_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan/schedule"
)

func at(t testing.TB, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// The times on either side of a moment.
func TestNextAndPrevious(t *testing.T) {
	cases := map[string]struct {
		reason                   string
		schedule, zone           string
		now, wantLast, wantAfter string
	}{
		"UTC":         {"no zone is UTC", "0 3 * * *", "", "2026-06-01T02:59:59Z", "2026-05-31T03:00:00Z", "2026-06-01T03:00:00Z"},
		"now":         {"a time is the last one when it comes, no longer the next", "0 3 * * *", "", "2026-06-01T03:00:00Z", "2026-06-01T03:00:00Z", "2026-06-02T03:00:00Z"},
		"weekdays":    {"Friday's is the last before Monday", "0 19 * * 1-5", "Europe/Zurich", "2026-06-06T12:00:00Z", "2026-06-05T17:00:00Z", "2026-06-08T17:00:00Z"},
		"descriptor":  {"descriptors are of the zone too", "@daily", "America/New_York", "2026-06-06T12:00:00Z", "2026-06-06T04:00:00Z", "2026-06-07T04:00:00Z"},
		"minutes":     {"often is quickly found", "*/5 * * * *", "", "2026-06-06T12:01:00Z", "2026-06-06T12:00:00Z", "2026-06-06T12:05:00Z"},
		"yearly":      {"seldom is found too", "0 0 1 1 *", "", "2026-06-06T12:01:00Z", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"},
		"leap day":    {"and what comes every four years", "0 0 29 2 *", "", "2026-06-06T12:01:00Z", "2024-02-29T00:00:00Z", "2028-02-29T00:00:00Z"},
		"left out":    {"02:30 does not exist when summer begins: it is 03:30", "30 2 * * *", "Europe/Zurich", "2026-03-29T01:00:00Z", "2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z"},
		"after it":    {"the day after it is as ever", "30 2 * * *", "Europe/Zurich", "2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z"},
		"often then":  {"what the skipped hour would bring hides nothing", "*/30 * * * *", "Europe/Zurich", "2026-03-29T00:45:00Z", "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"},
		"twice":       {"02:30 comes twice when winter begins: the first counts", "30 2 * * *", "Europe/Zurich", "2026-10-25T00:00:00Z", "2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z"},
		"only once":   {"and the second doesn't", "30 2 * * *", "Europe/Zurich", "2026-10-25T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"},
		"half a zone": {"zones may be off by less than an hour", "0 0 * * *", "Asia/Kathmandu", "2026-06-06T12:00:00Z", "2026-06-05T18:15:00Z", "2026-06-06T18:15:00Z"},
		"half a step": {"and change by less", "15 2 * * *", "Australia/Lord_Howe", "2026-10-03T15:00:00Z", "2026-10-02T15:45:00Z", "2026-10-03T15:45:00Z"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s, err := schedule.Parse("spec.x", v1alpha1.CronSchedule(tc.schedule), v1alpha1.TimeZone(tc.zone))
			if err != nil {
				t.Fatal(err)
			}
			now := at(t, tc.now)
			got := []string{s.Previous(now).Format(time.RFC3339), s.Next(now).Format(time.RFC3339)}
			if diff := cmp.Diff([]string{tc.wantLast, tc.wantAfter}, got); diff != "" {
				t.Errorf("%s: last and next: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// Over two years and their changes of the clock nothing comes out of order, and each
// time is the one before the next.
func TestInOrder(t *testing.T) {
	for _, zone := range []string{"", "Europe/Zurich", "America/New_York", "Australia/Lord_Howe", "Pacific/Chatham"} {
		for _, text := range []string{"30 2 * * *", "0 */6 * * *", "0 3 * * 0", "@monthly"} {
			s, err := schedule.Parse("spec.x", v1alpha1.CronSchedule(text), v1alpha1.TimeZone(zone))
			if err != nil {
				t.Fatal(err)
			}
			last := s.Next(at(t, "2026-01-01T00:00:00Z"))
			for last.Year() < 2028 {
				next := s.Next(last)
				if !next.After(last) {
					t.Fatalf("%s in %q: %s comes after %s", text, zone, next, last)
				}
				if back := s.Previous(next.Add(-time.Second)); !back.Equal(last) {
					t.Fatalf("%s in %q: before %s comes %s, want %s", text, zone, next, back, last)
				}
				last = next
			}
		}
	}
}

func TestCheck(t *testing.T) {
	cases := map[string]struct {
		schedule v1alpha1.CronSchedule
		want     string
	}{
		"five fields":   {"15 2 * * 1-5", ""},
		"names":         {"0 0 * jan-mar sun", ""},
		"leap day":      {"0 0 29 2 *", ""},
		"hourly":        {"@hourly", ""},
		"four fields":   {"0 3 * *", `spec.backup.schedule: "0 3 * *" is not a schedule`},
		"six fields":    {"0 0 3 * * *", "is not a schedule"},
		"out of bounds": {"0 25 * * *", "is not a schedule"},
		"words":         {"every night", "is not a schedule"},
		"empty":         {"", "is not a schedule"},
		"@every":        {"@every 1h", "has no fixed time"},
		"zone":          {"CRON_TZ=Asia/Tokyo 0 3 * * *", "has a time zone in it"},
		"never":         {"0 0 30 2 *", "is a day that no month has"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			refuses(t, schedule.Check("spec.backup.schedule", tc.schedule), tc.want)
		})
	}
}

func TestZone(t *testing.T) {
	cases := map[string]struct {
		zone v1alpha1.TimeZone
		want string
	}{
		"none":    {"", ""},
		"UTC":     {"UTC", ""},
		"IANA":    {"America/Argentina/Buenos_Aires", ""},
		"unknown": {"Europe/Zuerich", `spec.hibernation.timeZone: "Europe/Zuerich" is not a time zone. Use a name of the IANA time zone database`},
		"local":   {"Local", "is not a time zone"},
		"path":    {"../../etc/passwd", "is not a time zone"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := schedule.Parse("spec.hibernation.sleep", "0 3 * * *", tc.zone)
			refuses(t, err, tc.want)
		})
	}
}

func refuses(t *testing.T, err error, want string) {
	t.Helper()
	if want == "" {
		if err != nil {
			t.Errorf("got %v, want no refusal", err)
		}
		return
	}
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q in it", err, want)
	}
}
