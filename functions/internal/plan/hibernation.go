package plan

import (
	"fmt"
	"time"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan/schedule"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// Hibernation says whether a cluster's workers are away.
type Hibernation struct {
	// Asleep says that no pool has nodes.
	Asleep bool
	// Next is when that changes by itself, or the zero time.
	Next time.Time
	// Reason of the state, as a sentence; empty for a cluster that never sleeps.
	Reason string
	// ExpiresAt is when the cluster's term ends, or the zero time.
	ExpiresAt time.Time
	// Expired says that it has ended.
	Expired bool
	// HadTerm says that there was a term before this call.
	HadTerm bool
}

// announceTerm is how long before its end a term is announced.
const announceTerm = 7 * 24 * time.Hour

// rhythm is when a cluster goes to sleep and when it wakes.
type rhythm struct {
	sleep, wake []schedule.Schedule
	// from is when the cluster was ordered: what came before doesn't count, so that
	// one that is ordered at night comes up.
	from time.Time
}

// planHibernation decides whether the workers are away: by the end of the cluster's
// term, by what the claim asks for now, or by schedule, in this order.
func (c *Cluster) planHibernation(claim *v1alpha1.Hibernation, level *v1alpha1.ServiceLevel, w ClusterWorld) error {
	if claim == nil {
		claim = &v1alpha1.Hibernation{}
	}
	if !boolOf(level.Hibernation.Allowed, false) {
		if len(claim.Schedules) > 0 || boolOf(claim.Asleep, false) {
			return refusal.New("spec.hibernation", level.Name, "is a service level at which clusters don't sleep", "Remove hibernation, or choose another service level.")
		}
		claim = &v1alpha1.Hibernation{}
	}
	r, err := rhythmOf(claim, level, w)
	if err != nil {
		return err
	}
	c.Hibernation = hibernationAt(claim, r, w.Now)
	if err := c.planTerm(level, w); err != nil {
		return err
	}
	c.Hibernation.HadTerm = w.Prior.ExpiresAt != nil
	if !c.Hibernation.Next.IsZero() {
		c.until(c.Hibernation.Next)
	}
	return nil
}

func rhythmOf(claim *v1alpha1.Hibernation, level *v1alpha1.ServiceLevel, w ClusterWorld) (rhythm, error) {
	r := rhythm{from: ordered(w)}
	if !boolOf(level.Hibernation.Allowed, false) {
		return r, nil
	}
	all, field := claim.Schedules, "spec.hibernation.schedules"
	if len(all) == 0 {
		all, field = level.Hibernation.Schedules, "spec.serviceLevels["+level.Name+"].hibernation.schedules"
	}
	for i, s := range all {
		at := fmt.Sprintf("%s[%d].", field, i)
		sleep, err := schedule.Parse(at+"sleep", s.Sleep, s.TimeZone)
		if err != nil {
			return r, err
		}
		r.sleep = append(r.sleep, sleep)
		if s.Wake == "" {
			continue
		}
		wake, err := schedule.Parse(at+"wake", s.Wake, s.TimeZone)
		if err != nil {
			return r, err
		}
		r.wake = append(r.wake, wake)
	}
	return r, nil
}

// ordered is when the cluster was. A composite that only exists on paper is ordered
// now.
func ordered(w ClusterWorld) time.Time {
	if w.Created.IsZero() {
		return w.Now
	}
	return w.Created
}

func hibernationAt(claim *v1alpha1.Hibernation, r rhythm, now time.Time) Hibernation {
	switch {
	case claim.AwakeUntil != nil && claim.AwakeUntil.After(now):
		until := claim.AwakeUntil.UTC()
		h := Hibernation{Next: until, Reason: "Kept awake by spec.hibernation.awakeUntil."}
		if then := hibernationAt(claim, r, until); !then.Asleep {
			h.Next = then.Next // It stays awake.
		}
		return h
	case claim.Asleep != nil && *claim.Asleep:
		return Hibernation{Asleep: true, Reason: "Asked for by spec.hibernation.asleep."}
	case claim.Asleep != nil:
		return Hibernation{Reason: "Kept awake by spec.hibernation.asleep."}
	case len(r.sleep) == 0:
		return Hibernation{}
	case r.asleep(now):
		return Hibernation{Asleep: true, Next: next(r.wake, now), Reason: "Asleep by schedule."}
	}
	return Hibernation{Next: next(r.sleep, now), Reason: "Awake by schedule."}
}

// asleep says whether the last event at a time was to go to sleep.
func (r rhythm) asleep(at time.Time) bool {
	slept := previous(r.sleep, at)
	return slept.After(r.from) && slept.After(previous(r.wake, at))
}

// previous is the last time of any schedule up to t, or the zero time.
func previous(all []schedule.Schedule, t time.Time) time.Time {
	var last time.Time
	for _, s := range all {
		if p := s.Previous(t); p.After(last) {
			last = p
		}
	}
	return last
}

// next is the first time of any schedule after t, or the zero time.
func next(all []schedule.Schedule, t time.Time) time.Time {
	var first time.Time
	for _, s := range all {
		if n := s.Next(t); !n.IsZero() && (first.IsZero() || n.Before(first)) {
			first = n
		}
	}
	return first
}

// planTerm lets a cluster sleep for good once its term has ended. Nothing of it is
// deleted: that is for people to do.
func (c *Cluster) planTerm(level *v1alpha1.ServiceLevel, w ClusterWorld) error {
	if level.Term == "" {
		return nil
	}
	hours, err := hoursOf("spec.serviceLevels["+level.Name+"].term", string(level.Term))
	if err != nil {
		return err
	}
	ends := ordered(w).Add(time.Duration(hours) * time.Hour)
	announced := ends.Add(-announceTerm)
	const wayOut = "Choose another service level to go on, or delete the cluster."
	switch {
	case !w.Now.Before(ends):
		c.Hibernation = Hibernation{Asleep: true, Reason: "The term of service level " + level.Name + " has ended. " + wayOut}
		c.Warnings = append(c.Warnings, fmt.Sprintf("The term of service level %s has ended: the cluster sleeps and is marked for removal. %s", level.Name, wayOut))
	case !w.Now.Before(announced):
		c.Warnings = append(c.Warnings, fmt.Sprintf("The term of service level %s ends within 7 days, at status.expiresAt. The cluster is hibernated then and marked for removal. %s", level.Name, wayOut))
		c.until(ends)
	default:
		c.until(announced)
	}
	c.Hibernation.ExpiresAt, c.Hibernation.Expired = ends, !w.Now.Before(ends)
	return nil
}
