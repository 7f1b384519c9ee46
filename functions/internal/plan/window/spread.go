package window

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// Spread returns the windows of a cluster whose claim has none of its own, one a week.
// The hours of the level are cut into as many windows as fit, none of which overlap,
// and the hash of the key picks one. Slots is how many there are: about one cluster in
// so many moves at once.
func Spread(field string, in v1alpha1.LevelMaintenance, key string) (w Weekly, slots int, err error) {
	if w, err = weekly(field, in.Days, in.TimeZone); err != nil {
		return w, 0, err
	}
	from, hours, err := hoursOf(field, in)
	if err != nil {
		return w, 0, err
	}
	if w.duration, err = durationOf(field+".duration", in.Duration); err != nil {
		return w, 0, err
	}
	daily := int(hours / w.duration)
	if daily == 0 {
		return w, 0, refusal.New(field+".duration", in.Duration, fmt.Sprintf("doesn't fit between from and to, which are %s apart", hours), "Make the windows shorter, or the hours longer.")
	}
	days := indexes(w.days)
	slots = daily * len(days)
	slot := pick(key, slots)
	begin, nth := days[slot%len(days)], slot/len(days)
	w.start = from + time.Duration(nth)*step(hours, w.duration, daily)
	// A window after the midnight within the hours begins on the day after.
	if w.start >= day {
		w.start, begin = w.start-day, (begin+1)%len(w.days)
	}
	w.days = [7]bool{}
	w.days[begin] = true
	return w, slots, nil
}

// step is how far starts are apart, so that the first window begins with the hours and
// the last one ends with them.
func step(hours, duration time.Duration, daily int) time.Duration {
	if daily == 1 {
		return 0
	}
	return ((hours - duration) / time.Duration(daily-1)).Truncate(time.Minute)
}

func indexes(days [7]bool) []int {
	var out []int
	for d, is := range days {
		if is {
			out = append(out, d)
		}
	}
	return out
}

// pick returns a number below n that a key always gets.
func pick(key string, n int) int {
	sum := sha256.Sum256([]byte(key))
	return int(binary.BigEndian.Uint64(sum[:8]) % uint64(n))
}

// hoursOf returns when a level's hours begin, and how long they are. Without any they
// are the whole day.
func hoursOf(field string, in v1alpha1.LevelMaintenance) (from, hours time.Duration, err error) {
	if in.From == "" && in.To == "" {
		return 0, day, nil
	}
	if from, err = timeOfDay(field+".from", in.From); err != nil {
		return 0, 0, err
	}
	to, err := timeOfDay(field+".to", in.To)
	if err != nil {
		return 0, 0, err
	}
	if to <= from {
		to += day
	}
	return from, to - from, nil
}

// Notice returns how long before a window its changes are announced. None is no time.
func Notice(field string, in v1alpha1.Term) (time.Duration, error) {
	number, unit := strings.TrimRight(string(in), "hd"), time.Hour
	if in == "" {
		return 0, nil
	}
	if strings.HasSuffix(string(in), "d") {
		unit = day
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || len(number) != len(in)-1 {
		return 0, refusal.New(field, in, "is not a number of hours or days", "Set for example 72h or 7d.")
	}
	return time.Duration(n) * unit, nil
}
