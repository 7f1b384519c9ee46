// Package window says when a cluster may be disturbed: the arithmetic of maintenance
// windows, over midnights and changes of the clock.
//
// It has no clock and knows no cluster: every time is an argument.
package window

import (
	"time"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan/schedule"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// A Window is a time in which changes may begin, in UTC. Its end isn't part of it.
type Window struct{ Start, End time.Time }

// Contains says whether the time is in the window.
func (w Window) Contains(t time.Time) bool { return !t.Before(w.Start) && t.Before(w.End) }

// Weekly are the windows that come every week.
type Weekly struct {
	// days on which windows begin, in the zone.
	days [7]bool
	// start of a window after midnight, and how long it is.
	start, duration time.Duration
	zone            *time.Location
}

// Equal says whether both have the same windows.
func (w Weekly) Equal(o Weekly) bool {
	return w.days == o.days && w.start == o.start && w.duration == o.duration && w.zone.String() == o.zone.String()
}

const (
	day = 24 * time.Hour
	// defaultDuration is that of the schema.
	defaultDuration = 4 * time.Hour
	// Of a shorter window little would be left once the first machine is made.
	shortest = 30 * time.Minute
)

// Of returns the windows that a claim asks for. Field is the path of the claim's
// window.
func Of(field string, in v1alpha1.MaintenanceWindow) (Weekly, error) {
	w, err := weekly(field, in.Days, in.TimeZone)
	if err != nil {
		return w, err
	}
	if w.start, err = timeOfDay(field+".start", in.Start); err != nil {
		return w, err
	}
	w.duration, err = durationOf(field+".duration", in.Duration)
	return w, err
}

// At returns the window that is open at t, or else the next one.
func (w Weekly) At(t time.Time) Window {
	return w.first(t, func(x Window) bool { return x.End.After(t) })
}

// After returns the first window that begins after t.
func (w Weekly) After(t time.Time) Window {
	return w.first(t, func(x Window) bool { return x.Start.After(t) })
}

// first returns the first window around t that is good.
func (w Weekly) first(t time.Time, good func(Window) bool) Window {
	local := t.In(w.zone)
	// One that began two days ago may be open: it is up to a day long.
	for i := -2; i <= 8; i++ {
		midnight := time.Date(local.Year(), local.Month(), local.Day()+i, 0, 0, 0, 0, time.UTC)
		if !w.days[midnight.Weekday()] {
			continue
		}
		start := schedule.InZone(midnight.Add(w.start), w.zone).UTC()
		if x := (Window{start, start.Add(w.duration)}); good(x) {
			return x
		}
	}
	return Window{} // There is a day in every week.
}

// leastNow is how long a window is at least that somebody opens by hand: long enough
// for an upgrade over several minors to begin each of its steps.
const leastNow = 4 * time.Hour

// Now returns the window that somebody opens at t by hand: as long as the usual one,
// and at least four hours.
func (w Weekly) Now(t time.Time) Window {
	t = t.UTC()
	return Window{t, t.Add(max(leastNow, w.duration))}
}

func weekly(field string, days []v1alpha1.Weekday, zone v1alpha1.TimeZone) (Weekly, error) {
	var w Weekly
	var err error
	if w.zone, err = schedule.Zone(field+".timeZone", zone); err != nil {
		return w, err
	}
	for _, d := range days {
		n, known := weekdays[d]
		if !known {
			return w, refusal.New(field+".days", d, "is not a day of the week", "Use Monday, Tuesday and so on.")
		}
		w.days[n] = true
	}
	if len(days) == 0 {
		w.days = [7]bool{true, true, true, true, true, true, true}
	}
	return w, nil
}

var weekdays = map[v1alpha1.Weekday]time.Weekday{
	"Sunday": time.Sunday, "Monday": time.Monday, "Tuesday": time.Tuesday, "Wednesday": time.Wednesday,
	"Thursday": time.Thursday, "Friday": time.Friday, "Saturday": time.Saturday,
}

func timeOfDay(field string, s v1alpha1.TimeOfDay) (time.Duration, error) {
	t, err := time.Parse("15:04", string(s))
	if err != nil {
		return 0, refusal.New(field, s, "is not a time of day", "Set hours and minutes, for example 22:00.")
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

func durationOf(field string, s v1alpha1.Span) (time.Duration, error) {
	if s == "" {
		return defaultDuration, nil
	}
	d, err := time.ParseDuration(string(s))
	if err != nil || d < shortest || d > day {
		return 0, refusal.New(field, s, "is not a duration from 30m to 24h", "Set for example 4h.")
	}
	return d, nil
}
