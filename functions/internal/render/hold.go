package render

import (
	"slices"
	"strings"

	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/observed"
)

// WithdrawnLabel marks what may go in the next round.
const WithdrawnLabel = external.WithdrawnLabel

// Desired is one composed resource as it is to be applied.
type Desired struct {
	Key string
	// Body to apply, or nil to keep what exists exactly as it is.
	Body external.Body
	// Ready says whether the resource has become what it should be.
	Ready bool
	// Orphaned says that what is kept as it is loses the Delete policy, if it is in
	// the cluster.
	Orphaned bool
	// Withdrawn marks a resource that is kept as it is: in the next round it may go.
	Withdrawn bool
}

// Waiting is one thing that is waited for.
type Waiting struct {
	Key  string
	Part Part
	// Why, as a sentence without a full stop.
	Why string
	// Held says that the resource isn't created yet; otherwise it exists, or is
	// being created, and isn't ready.
	Held bool
}

// Held is the outcome of Hold.
type Held struct {
	// Desired resources, ordered by key.
	Desired []Desired
	// Waiting for these, in the order in which components named them.
	Waiting []Waiting

	keys map[string]bool
}

// Orphan lets go of everything that is kept as it is: for a cluster that doesn't
// answer, in which nobody can delete it.
func (h *Held) Orphan() {
	for i := range h.Desired {
		if h.Desired[i].Body == nil {
			h.Desired[i].Orphaned = true
		}
	}
}

// Hold decides what may be created now. It never withdraws: whatever exists
// stays desired, with its new body when there is one and as it is otherwise,
// unless a family lets it go (rule 1 of the rules that keep data).
func Hold(want Set, have observed.Set) Held {
	h := Held{
		Desired: make([]Desired, 0, len(want.Resources)+len(have)),
		keys:    make(map[string]bool, len(want.Resources)+len(have)),
	}
	wanted := make(map[string]*Resource, len(want.Resources))
	for i := range want.Resources {
		wanted[want.Resources[i].Key] = &want.Resources[i]
	}
	states := statesOf(want.Resources, have)
	for i := range want.Resources {
		h.resource(&want.Resources[i], wanted, have, states)
	}
	for key, o := range have {
		if !isOurs(o) {
			continue
		}
		// Crossplane waits for every desired resource: what is only kept must not
		// make the composite unready.
		switch {
		case wanted[key] != nil:
		case !withdraws(want, key, wanted):
			h.desire(Desired{Key: key, Ready: true})
		case want.family(key).Announced && !isWithdrawn(o):
			h.desire(Desired{Key: key, Ready: true, Withdrawn: true})
		}
	}
	slices.SortFunc(h.Desired, func(a, b Desired) int { return strings.Compare(a.Key, b.Key) })
	return h
}

// state is what a readiness check said of a resource, existing or not.
type state struct {
	ready bool
	why   string
}

func statesOf(rs []Resource, have observed.Set) map[string]state {
	states := make(map[string]state, len(rs))
	for _, r := range rs {
		var s state
		s.ready, s.why = r.Ready(have.Get(r.Key))
		s.ready = s.ready && have.Has(r.Key)
		states[r.Key] = s
	}
	return states
}

func (h *Held) resource(r *Resource, wanted map[string]*Resource, have observed.Set, states map[string]state) {
	exists := have.Has(r.Key)
	if r.Awaits != "" {
		h.awaiting(r, exists)
		return
	}
	if r.Keep && !exists {
		h.wait(r, name(r)+" can't be seen", true)
		return // It can't be made from its name alone.
	}
	if !exists {
		if blocker := firstUnready(r.After, wanted, states); blocker != "" {
			h.wait(r, name(r)+" waits for "+blocker, true)
			return
		}
	}
	if !exists && r.With != "" && !h.keys[r.With] {
		return // Its companion is held, and says what it waits for.
	}
	s := states[r.Key]
	d := Desired{Key: r.Key, Body: r.Body, Ready: s.ready}
	if r.Keep {
		d.Body = nil
	}
	h.desire(d)
	if !s.ready {
		h.wait(r, name(r)+" "+s.why, false)
	}
}

// awaiting keeps what exists as it is, and creates nothing.
func (h *Held) awaiting(r *Resource, exists bool) {
	if exists {
		h.desire(Desired{Key: r.Key})
	}
	h.wait(r, r.Key+" waits for "+r.Awaits, !exists)
}

func isOurs(o observed.Value) bool {
	return observed.At(o, "metadata", "labels", external.ComponentLabel).Exists()
}

func isWithdrawn(o observed.Value) bool {
	return observed.At(o, "metadata", "labels", external.WithdrawnLabel).Exists()
}

func (h *Held) desire(d Desired) {
	h.keys[d.Key] = true
	h.Desired = append(h.Desired, d)
}

// withdraws says whether what exists and isn't wanted may go. A Usage goes with
// the resource that uses, as Crossplane could never make it ready without, and
// when that one uses the other no longer.
func withdraws(want Set, key string, wanted map[string]*Resource) bool {
	by, of, isUsage := usage(key)
	if !isUsage {
		return want.withdraws(key)
	}
	if wanted[by] == nil {
		return want.withdraws(by)
	}
	return wanted[of] != nil && !slices.Contains(wanted[by].Uses, of)
}

func (h *Held) wait(r *Resource, why string, held bool) {
	h.Waiting = append(h.Waiting, Waiting{Key: r.Key, Part: r.Part, Why: why, Held: held})
}

// firstUnready returns the first of the keys that isn't ready. A key that
// nobody wants blocks nothing: the component that makes it isn't selected.
func firstUnready(keys []string, wanted map[string]*Resource, states map[string]state) string {
	for _, k := range keys {
		if wanted[k] != nil && !states[k].ready {
			return k
		}
	}
	return ""
}

func name(r *Resource) string {
	h := r.Body.Head()
	return h.Kind + " " + h.Metadata.Name
}
