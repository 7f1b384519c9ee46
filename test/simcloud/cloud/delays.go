package cloud

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// times are how long the three changes of a resource take in a real cloud.
type times struct{ create, update, delete span }

// A span is from its first to its second number of seconds, evenly.
type span [2]float64

// neutron are the times of what a service does by itself: creation takes as
// long as given, the rest is faster.
func neutron(least, most float64) times {
	return times{create: span{least, most}, update: span{least / 2, most / 2}, delete: span{least / 2, most / 2}}
}

// A Profile says how fast a cloud is.
type Profile struct {
	// Name of one of the built-in profiles.
	Name string `json:"name"`
	// Factor stretches all times; 0 is the same as 1.
	Factor float64 `json:"factor,omitempty"`
}

// Names of the profiles. Real takes as long as public clouds were measured to:
// from a second for a group to two minutes for an Octavia load balancer. Fast is
// a hundredth of that, but not under 20 ms nor over 900 ms. Instant takes no time.
const (
	Instant = "instant"
	Fast    = "fast"
	Real    = "real"
)

const (
	fastest = 20 * time.Millisecond
	slowest = 900 * time.Millisecond
)

func (p Profile) validate() error {
	switch {
	case p.Name != Instant && p.Name != Fast && p.Name != Real:
		return fmt.Errorf("cannot use profile %q: it is none of %q, %q, %q", p.Name, Instant, Fast, Real)
	case p.Factor < 0:
		return fmt.Errorf("cannot use factor %v: it is negative", p.Factor)
	}
	return nil
}

// duration returns how long something takes, slowed down by faults.
func (p Profile) duration(s span, slow float64, r *rand.Rand) time.Duration {
	if s == (span{}) || p.Name == Instant {
		return 0
	}
	d := time.Duration((s[0] + (s[1]-s[0])*r.Float64()) * float64(time.Second))
	if p.Name == Fast {
		d = min(max(d/100, fastest), slowest)
	}
	if p.Factor > 0 {
		d = time.Duration(float64(d) * p.Factor)
	}
	return time.Duration(float64(d) * slow)
}
