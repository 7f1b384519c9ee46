package residents

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A cron says when something happens, in UTC: the minutes, hours, days of the month,
// months and days of the week at which it does.
type cron [5]map[int]bool

// bounds of the five fields.
var bounds = [5][2]int{{0, 59}, {0, 23}, {1, 31}, {1, 12}, {0, 6}}

var macros = map[string]string{
	"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
	"@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}

// parseCron reads five fields of numbers, ranges, lists and steps.
func parseCron(s string) (cron, error) {
	if m, ok := macros[s]; ok {
		s = m
	}
	var out cron
	fields := strings.Fields(s)
	if len(fields) != len(out) {
		return out, fmt.Errorf("cannot parse schedule %q: it has %d fields, not %d", s, len(fields), len(out))
	}
	for i, f := range fields {
		out[i] = map[int]bool{}
		for part := range strings.SplitSeq(f, ",") {
			if err := addRange(out[i], part, bounds[i][0], bounds[i][1]); err != nil {
				return out, fmt.Errorf("cannot parse schedule %q: %w", s, err)
			}
		}
	}
	return out, nil
}

// addRange adds "*", "5", "1-5", each with a step behind a slash or not.
func addRange(to map[int]bool, part string, least, most int) error {
	span, by, stepped := strings.Cut(part, "/")
	step := 1
	if stepped {
		var err error
		if step, err = strconv.Atoi(by); err != nil || step < 1 {
			return fmt.Errorf("%q is no step", by)
		}
	}
	first, last, err := ends(span, least, most)
	if err != nil {
		return err
	}
	if stepped && first == last {
		last = most
	}
	for n := first; n <= last; n += step {
		to[n] = true
	}
	return nil
}

// ends returns the first and the last number of "*", "5" or "1-5".
func ends(span string, least, most int) (first, last int, err error) {
	if span == "*" {
		return least, most, nil
	}
	from, upTo, isRange := strings.Cut(span, "-")
	if first, err = strconv.Atoi(from); err != nil {
		return 0, 0, fmt.Errorf("%q is no number", from)
	}
	last = first
	if isRange {
		if last, err = strconv.Atoi(upTo); err != nil {
			return 0, 0, fmt.Errorf("%q is no number", upTo)
		}
	}
	if first < least || last > most || first > last {
		return 0, 0, fmt.Errorf("%q is not between %d and %d", span, least, most)
	}
	return first, last, nil
}

// next returns the first time after now, or a zero one when there is none for five
// years. A day counts when it's one of the month's and one of the week's, or one of
// either where both are restricted, as cron has it.
func (c cron) next(now time.Time) time.Time {
	t := now.UTC().Truncate(time.Minute).Add(time.Minute)
	for end := t.AddDate(5, 0, 0); t.Before(end); {
		switch {
		case !c[3][int(t.Month())]:
			t = time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC)
		case !c.day(t):
			t = time.Date(t.Year(), t.Month(), t.Day()+1, 0, 0, 0, 0, time.UTC)
		case !c[1][t.Hour()]:
			t = t.Truncate(time.Hour).Add(time.Hour)
		case !c[0][t.Minute()]:
			t = t.Add(time.Minute)
		default:
			return t
		}
	}
	return time.Time{}
}

func (c cron) day(t time.Time) bool {
	month, week := c[2][t.Day()], c[4][int(t.Weekday())]
	if len(c[2]) < 31 && len(c[4]) < 7 {
		return month || week
	}
	return month && week
}
