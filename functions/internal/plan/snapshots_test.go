package plan

import (
	"strings"
	"testing"
)

// TestCheckSchedule: what the scheduler in the cluster takes, and what it would
// choke on.
func TestCheckSchedule(t *testing.T) {
	for _, good := range []string{"@hourly", "@yearly", "* * * * *", "0 3 * * *", "0,30 8-18 1,15 1-12 0-6", "*/5 */2 * * *", "59 23 31 12 6", "0 9-17 * * *"} {
		if err := checkSchedule("f", good); err != nil {
			t.Errorf("%q is refused: %v", good, err)
		}
	}
	for bad, want := range map[string]string{
		"":              "is not five fields of cron",
		"@often":        "is not five fields of cron",
		"0 3 * *":       "is not five fields of cron",
		"60 * * * *":    `has "60" for the minute`,
		"0 17-9 * * *":  `has "17-9" for the hour`,
		"0 3 0 * *":     `has "0" for the day of the month`,
		"0 3 * 13 *":    `has "13" for the month`,
		"0 3 * * 7":     `has "7" for the day of the week`,
		"0 3 * * MON":   `has "MON" for the day of the week`,
		"*/0 * * * *":   `has "*/0" for the minute`,
		"1, * * * *":    `has "1," for the minute`,
		"0  3 * * *":    "is not five fields of cron",
		"1-2-3 * * * *": `has "1-2-3" for the minute`,
		"0-5/2 3 * * *": `has "0-5/2" for the minute`,
		"-1 3 * * *":    `has "-1" for the minute`,
	} {
		err := checkSchedule("f", bad)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", bad, err, want)
		}
	}
}

func TestHoursOf(t *testing.T) {
	for term, want := range map[string]int64{"1h": 1, "36h": 36, "1d": 24, "14d": 336, "99999d": 2399976} {
		if got, err := hoursOf("f", term); err != nil || got != want {
			t.Errorf("%s: got %d, %v, want %d", term, got, err, want)
		}
	}
	for _, bad := range []string{"", "h", "d", "0d", "-1d", "1w", "1.5h", "14", "100000h", "1dh"} {
		if got, err := hoursOf("f", bad); err == nil {
			t.Errorf("%q became %d hours", bad, got)
		}
	}
}

// TestLimited: names that are cut stay different, and end in a letter or digit.
func TestLimited(t *testing.T) {
	if got := limited("short", 10); got != "short" {
		t.Errorf("a short name became %q", got)
	}
	a, b := limited(strings.Repeat("a", 80)+"x", 50), limited(strings.Repeat("a", 80)+"y", 50)
	if a == b || len(a) > 50 || len(b) > 50 {
		t.Errorf("two long names became %q and %q", a, b)
	}
	if got := limited(strings.Repeat("a", 41)+"-.-bbbbbbbbbb", 50); strings.Contains(got, "--") || strings.Contains(got, ".-") {
		t.Errorf("a name was cut to %q", got)
	}
}
