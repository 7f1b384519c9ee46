package cloud

// Counts are requests for resources of one kind since the cloud exists. Parts
// that come with a resource don't count.
type Counts struct {
	Creates int `json:"creates,omitempty"`
	Updates int `json:"updates,omitempty"`
	Deletes int `json:"deletes,omitempty"`
	// RefusedDeletes are deletions in an order that the services don't allow.
	RefusedDeletes int `json:"refusedDeletes,omitempty"`
	// Refused are creations and updates that a rule stands against.
	Refused int `json:"refused,omitempty"`
	// Errors are requests that failed because of a Fault.
	Errors int `json:"errors,omitempty"`
	// Reads are counted since the process runs.
	Reads int `json:"reads,omitempty"`
}

func (n Counts) plus(m Counts) Counts {
	return Counts{
		Creates: n.Creates + m.Creates, Updates: n.Updates + m.Updates, Deletes: n.Deletes + m.Deletes,
		RefusedDeletes: n.RefusedDeletes + m.RefusedDeletes, Refused: n.Refused + m.Refused,
		Errors: n.Errors + m.Errors, Reads: n.Reads + m.Reads,
	}
}

// A Report sums the cloud up.
type Report struct {
	Profile Profile         `json:"profile"`
	Kinds   map[Kind]Counts `json:"kinds"`
	Total   Counts          `json:"total"`
	// Live are the numbers of resources that exist, parts among them.
	Live   map[Kind]int `json:"live"`
	Faults int          `json:"faults"`
	// LastEvent is the number of the last event.
	LastEvent int `json:"lastEvent"`
}

// Report returns the counters.
func (c *Cloud) Report() (Report, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.sweep(); err != nil {
		return Report{}, err
	}
	c.expire()
	out := Report{Profile: c.profile, Kinds: map[Kind]Counts{}, Live: map[Kind]int{}, Faults: len(c.faults), LastEvent: len(c.events)}
	for k, n := range c.counts {
		out.Kinds[k] = *n
		out.Total = out.Total.plus(*n)
	}
	for k, m := range c.records {
		if len(m) > 0 {
			out.Live[k] = len(m)
		}
	}
	return out, nil
}

func (c *Cloud) counter(k Kind) *Counts {
	n, ok := c.counts[k]
	if !ok {
		n = &Counts{}
		c.counts[k] = n
	}
	return n
}

// count adds an event to the counters.
func (c *Cloud) count(e Event) {
	n := c.counter(e.Kind)
	switch {
	case e.Part || e.Verb == Gone:
	case e.Outcome == Failed:
		n.Errors++
	case e.Outcome == Refused && e.Verb == Delete:
		n.RefusedDeletes++
	case e.Outcome == Refused:
		n.Refused++
	case e.Verb == Create:
		n.Creates++
	case e.Verb == Update:
		n.Updates++
	case e.Verb == Delete:
		n.Deletes++
	}
}
