// Package schedule says when something comes round: schedules as cron writes them,
// and time zones.
//
// It has no clock: every time is an argument, and so the answer is always the same.
package schedule

import (
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// A Schedule is a time that comes again and again, in a time zone. A time of day
// that a change to daylight saving time leaves out is an hour later on that day; one
// that comes twice counts once, the first time.
type Schedule struct {
	cron cron.Schedule
	zone *time.Location
}

const wayOut = `Use cron's five fields, for example "0 3 * * *", or @hourly, @daily, @weekly or @monthly.`

// parser reads five fields, without seconds, and descriptors such as @daily.
var parser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

// Check refuses what isn't a schedule, or is one that never comes. Field is its path,
// for example "spec.backup.schedule".
func Check(field string, s v1alpha1.CronSchedule) error {
	_, err := Parse(field, s, "")
	return err
}

// Parse reads the schedule at the field, whose time zone stands beside it as
// timeZone. Without a zone it is in UTC.
func Parse(field string, s v1alpha1.CronSchedule, zone v1alpha1.TimeZone) (Schedule, error) {
	loc, err := Zone(beside(field, "timeZone"), zone)
	if err != nil {
		return Schedule{}, err
	}
	text := string(s)
	// The parser knows two more ways, and both have a place of their own or none.
	if strings.Contains(text, "TZ=") {
		return Schedule{}, refusal.New(field, s, "has a time zone in it", "Leave it out: "+wayOut)
	}
	if strings.HasPrefix(text, "@every") {
		return Schedule{}, refusal.New(field, s, "has no fixed time", wayOut)
	}
	c, err := parser.Parse(text)
	if err != nil {
		return Schedule{}, refusal.New(field, s, "is not a schedule: "+err.Error(), wayOut)
	}
	if c.Next(beforeLeapDay).IsZero() {
		return Schedule{}, refusal.New(field, s, "is a day that no month has", wayOut)
	}
	return Schedule{cron: c, zone: loc}, nil
}

// beforeLeapDay is less than five years before a leap day: farther the parser
// doesn't look.
var beforeLeapDay = time.Date(2024, time.January, 1, 0, 0, 0, 0, time.UTC)

// beside returns the path of a field that stands beside another.
func beside(field, name string) string {
	return field[:strings.LastIndex(field, ".")+1] + name
}

// aroundAChange is more than any clock is ever set forward or back.
const aroundAChange = 3 * time.Hour

// Next returns the first time after t, in UTC.
func (s Schedule) Next(t time.Time) time.Time {
	// Times of day are compared as if they were of UTC, where each comes once. Around a
	// change of the clock a later time of day may come sooner.
	var best time.Time
	for day := s.cron.Next(clock(t.In(s.zone)).Add(-aroundAChange)); !day.IsZero(); day = s.cron.Next(day) {
		at := InZone(day, s.zone)
		if at.After(t) && (best.IsZero() || at.Before(best)) {
			best = at
		}
		if !best.IsZero() && day.After(clock(best.In(s.zone)).Add(aroundAChange)) {
			break
		}
	}
	return best
}

// lookBack are how far Previous looks, first near, then farther.
var lookBack = []time.Duration{
	time.Hour, 25 * time.Hour, 8 * 24 * time.Hour, 32 * 24 * time.Hour, 367 * 24 * time.Hour, 9 * 367 * 24 * time.Hour,
}

// Previous returns the last time at or before t, in UTC.
func (s Schedule) Previous(t time.Time) time.Time {
	for _, d := range lookBack {
		var last time.Time
		for at := s.Next(t.Add(-d)); !at.IsZero() && !at.After(t); at = s.Next(at) {
			last = at
		}
		if !last.IsZero() {
			return last
		}
	}
	return time.Time{}
}
