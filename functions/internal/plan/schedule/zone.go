package schedule

import (
	"time"
	_ "time/tzdata" // Images have no time zones of their own.

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// Zone returns the time zone at the field. None is UTC.
func Zone(field string, zone v1alpha1.TimeZone) (*time.Location, error) {
	if zone == "" {
		return time.UTC, nil
	}
	// "Local" is that of whoever runs the function.
	loc, err := time.LoadLocation(string(zone))
	if err != nil || zone == "Local" {
		return nil, refusal.New(field, zone, "is not a time zone", "Use a name of the IANA time zone database, for example Europe/Zurich or UTC.")
	}
	return loc, nil
}

// InZone returns when clocks in the zone show what t shows in UTC. What they skip is
// as much later as they skip; of what they show twice it is the first.
func InZone(t time.Time, zone *time.Location) time.Time {
	const day = 24 * time.Hour
	_, before := t.Add(-day).In(zone).Zone()
	_, after := t.Add(day).In(zone).Zone()
	first := t.Add(-time.Duration(before) * time.Second)
	if second := t.Add(-time.Duration(after) * time.Second); !clock(first.In(zone)).Equal(t) && clock(second.In(zone)).Equal(t) {
		return second
	}
	return first
}

// clock returns the time in UTC at which clocks there show what t shows.
func clock(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}
