package cloud

import "time"

// sweep ends the resources whose time has come.
func (c *Cloud) sweep() error {
	now := c.now()
	for _, r := range c.dying {
		if r.DeletedAt.After(now) {
			continue
		}
		if err := c.end(r, r.DeletedAt); err != nil {
			return err
		}
	}
	return nil
}

// end removes a resource, its parts, and what goes with it.
func (c *Cloud) end(r *record, t time.Time) error {
	if err := c.store.remove(r.key()); err != nil {
		return err
	}
	delete(c.records[r.Kind], r.ID)
	delete(c.dying, r.key())
	if err := c.log(c.event(Gone, r, t)); err != nil {
		return err
	}
	for _, records := range c.records {
		for _, other := range records {
			if other.PartOf != r.ID && !c.diesWith(other, r) {
				continue
			}
			if err := c.end(other, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// load reads everything that earlier processes stored.
func (c *Cloud) load() error {
	if err := c.store.read(profileFile, &c.profile); err != nil {
		return err
	}
	if err := c.store.read(faultsFile, &c.faults); err != nil {
		return err
	}
	records, err := c.store.records()
	if err != nil {
		return err
	}
	for _, r := range records {
		c.index(r)
		for _, ip := range append(texts(r.Attributes, "externalFixedIp.ipAddress"), texts(r.Attributes, "address")...) {
			c.public[ip] = true
		}
	}
	return c.openJournal()
}

// repair finishes what a killed process was at: it may have stored a resource
// and not the event, or have ended one and not what goes with it.
func (c *Cloud) repair() error {
	for _, r := range c.all() {
		if c.find(r.Kind, r.ID) == nil || !c.orphan(r) {
			continue
		}
		if err := c.end(r, c.now()); err != nil {
			return err
		}
	}
	return c.catchUp()
}

// catchUp logs what was stored and not logged.
func (c *Cloud) catchUp() error {
	last := map[key]Event{}
	for _, e := range c.events {
		if e.Outcome == Done {
			last[key{e.Kind, e.ID}] = e
		}
	}
	for _, r := range c.all() {
		e, known := last[r.key()]
		delete(last, r.key())
		if !known || e.Verb == Gone {
			if err := c.log(c.event(Create, r, r.Created)); err != nil {
				return err
			}
		}
		if r.dying() && e.Verb != Delete {
			if err := c.log(c.event(Delete, r, c.now())); err != nil {
				return err
			}
		}
	}
	for _, e := range last {
		if e.Verb == Gone {
			continue
		}
		e.Verb, e.Time = Gone, c.now()
		if err := c.log(e); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cloud) all() []*record {
	var out []*record
	for _, records := range c.records {
		for _, r := range records {
			out = append(out, r)
		}
	}
	return out
}

// orphan tells whether what a resource came with or goes with is no more.
func (c *Cloud) orphan(r *record) bool {
	if r.PartOf != "" && !c.exists(r.PartOf) {
		return true
	}
	for _, f := range c.rules[r.Kind].refs {
		for _, id := range texts(r.Attributes, f.attribute) {
			if f.dies && c.find(f.to, id) == nil {
				return true
			}
		}
	}
	return false
}

// exists tells whether something that isn't a part has the ID.
func (c *Cloud) exists(id string) bool {
	for _, records := range c.records {
		if r := records[id]; r != nil && r.PartOf == "" {
			return true
		}
	}
	return false
}
