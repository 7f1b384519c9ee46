package cloud

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// create makes a record and its parts, and adds nothing yet.
func (c *Cloud) create(s Spec) (r *record, parts []*record, err error) {
	rule, ok := c.rules[s.Kind]
	if !ok {
		return nil, nil, fmt.Errorf("cannot create a %q: the cloud knows no such kind", s.Kind)
	}
	if err := c.sweep(); err != nil {
		return nil, nil, err
	}
	attributes, err := normal(s.Attributes)
	if err != nil {
		return nil, nil, err
	}
	if s.Name == "" {
		s.Name, _ = attributes["name"].(string)
	}
	e := Event{Verb: Create, Kind: s.Kind, Name: s.Name, Owner: s.Owner}
	slow, err := c.trouble(request{verb: Create, kind: s.Kind, name: s.Name, owner: s.Owner})
	if err != nil {
		e.Outcome = Failed
		return nil, nil, c.refused(e, err)
	}
	now := c.now()
	r = &record{
		Resource: Resource{
			Kind: s.Kind, ID: s.ID, Name: s.Name, Project: s.Project, Owner: s.Owner, Attributes: attributes,
			Created: now, ActiveAt: now.Add(c.profile.duration(rule.times.create, slow, c.rand)),
		},
		Keeps: slices.Clone(s.Uses), Secrets: s.Secrets,
	}
	if parts, err = c.fill(rule, r); err != nil {
		e.Outcome = Refused
		return nil, nil, c.refused(e, err)
	}
	return r, parts, nil
}

// again changes what is there already, for a kind of which that is what a second creation
// does, or returns nil. It belongs then to who asked last.
func (c *Cloud) again(s Spec) (*record, error) {
	if !c.rules[s.Kind].put {
		return nil, nil
	}
	name, _ := s.Attributes["name"].(string)
	there := c.find(s.Kind, name)
	if there == nil || there.Project != s.Project || there.dying() {
		return nil, nil
	}
	slow, err := c.trouble(request{verb: Create, kind: s.Kind, name: name, owner: s.Owner})
	if err != nil {
		return nil, c.refused(Event{Verb: Create, Kind: s.Kind, Name: name, Owner: s.Owner, Outcome: Failed}, err)
	}
	old := new(*there)
	old.Owner = s.Owner
	return c.update(old, s.Attributes, slow)
}

// fill checks what was asked for, and adds what the service chooses.
func (c *Cloud) fill(rule rule, r *record) (parts []*record, err error) {
	if err := c.check(rule, nil, r); err != nil {
		return nil, err
	}
	if r.ID == "" {
		r.ID = newID(rule.id, r.Text("name"), c.rand)
	}
	if c.find(r.Kind, r.ID) != nil {
		return nil, conflict("%s %s already exists.", noun(r.Kind), r.ID)
	}
	if rule.parts != nil {
		if parts, err = rule.parts(c, r); err != nil {
			return nil, err
		}
	}
	if rule.assign != nil {
		if err := rule.assign(c, r); err != nil {
			return nil, err
		}
	}
	derive(r)
	r.Uses = c.uses(r)
	for _, p := range parts {
		p.Uses = c.uses(p)
	}
	return parts, nil
}

// add stores a record and its parts. The parts come first: those that are left
// alone by a killed process are cleared away, and a resource without its parts
// never exists.
func (c *Cloud) add(r *record, parts []*record) error {
	for _, n := range append(parts, r) {
		if err := c.store.save(n); err != nil {
			return err
		}
		c.index(n)
		if err := c.log(c.event(Create, n, r.Created)); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cloud) event(v Verb, r *record, t time.Time) Event {
	return Event{Time: t, Verb: v, Kind: r.Kind, ID: r.ID, Name: r.Name, Owner: r.Owner, Outcome: Done, Part: r.PartOf != ""}
}

func (c *Cloud) update(old *record, attributes map[string]any, slow float64) (*record, error) {
	rule, now := c.rules[old.Kind], c.now()
	e := c.event(Update, old, now)
	e.Outcome = Refused
	changes, err := normal(attributes)
	if err != nil {
		return nil, err
	}
	if err := c.unlocked(rule, old); err != nil {
		return nil, c.refused(e, err)
	}
	r := new(*old)
	r.Attributes, r.Keeps = cloneMap(old.Attributes), slices.Clone(old.Keeps)
	for k, v := range changes {
		r.Attributes[k] = v
		if v == nil {
			delete(r.Attributes, k)
		}
	}
	if err := c.check(rule, old, r); err != nil {
		return nil, c.refused(e, err)
	}
	derive(r)
	r.Uses = c.uses(r)
	if name := r.Text("name"); name != "" {
		r.Name = name
	}
	r.Updated, r.ActiveAt = now, now.Add(c.profile.duration(rule.times.update, slow, c.rand))
	if err := c.store.save(r); err != nil {
		return nil, err
	}
	c.index(r)
	e.Outcome = Done
	return r, c.log(e)
}

func (c *Cloud) delete(r *record, slow float64) error {
	rule, now := c.rules[r.Kind], c.now()
	e := c.event(Delete, r, now)
	users, err := c.deletable(rule, r)
	if err != nil {
		e.Outcome, e.UsedBy = Refused, users
		return c.refused(e, err)
	}
	r.DeletedAt = now.Add(c.profile.duration(rule.times.delete, slow, c.rand))
	if err := c.store.save(r); err != nil {
		return err
	}
	c.index(r)
	if err := c.log(e); err != nil {
		return err
	}
	return c.sweep()
}

// deletable returns why a resource can't be deleted, and who stands against it.
func (c *Cloud) deletable(rule rule, r *record) (users []string, err error) {
	if r.PartOf != "" {
		return []string{r.PartOf}, conflict("%s %s cannot be deleted directly via the port API: has device owner %s.", noun(r.Kind), r.ID, r.Text("deviceOwner"))
	}
	if err := c.unlocked(rule, r); err != nil {
		return nil, err
	}
	if users = c.users(rule, r); len(users) == 0 {
		return nil, nil
	}
	if rule.inUse == "" {
		return users, conflict("%s %s is in use.", noun(r.Kind), r.ID)
	}
	return users, refuse(cmp.Or(rule.inUseCode, http.StatusConflict), rule.inUse, r.ID)
}

// unlocked refuses a change while another one goes on, where the service does.
func (c *Cloud) unlocked(rule rule, r *record) error {
	if s := r.state(c.now()); rule.locked != "" && s != Active {
		return conflict(rule.locked, r.ID)
	}
	if r.dying() {
		return conflict("%s %s is being deleted.", noun(r.Kind), r.ID)
	}
	return nil
}

// users returns the resources that keep r from being deleted.
func (c *Cloud) users(rule rule, r *record) []string {
	var found []*record
	for _, records := range c.records {
		for _, u := range records {
			if u != r && u.PartOf != r.ID && slices.Contains(u.Uses, r.ID) && !c.diesWith(u, r) {
				found = append(found, u)
			}
		}
	}
	if rule.users != nil {
		found = append(found, rule.users(c, r)...)
	}
	slices.SortFunc(found, oldestFirst)
	out := make([]string, len(found))
	for i, u := range found {
		out[i] = strings.TrimSpace(fmt.Sprintf("%s %s %s", u.Kind, u.ID, u.Name))
	}
	return out
}

// diesWith tells whether u is deleted together with r.
func (c *Cloud) diesWith(u, r *record) bool {
	return slices.ContainsFunc(c.rules[u.Kind].refs, func(f ref) bool {
		return f.dies && f.to == r.Kind && slices.Contains(texts(u.Attributes, f.attribute), r.ID)
	})
}

// uses returns the IDs of what r keeps from being deleted.
func (c *Cloud) uses(r *record) []string {
	out := slices.Clone(r.Keeps)
	for _, f := range c.rules[r.Kind].refs {
		if !f.holds {
			continue
		}
		for _, id := range texts(r.Attributes, f.attribute) {
			if target := c.resolve(f, id); target != nil {
				out = append(out, target.ID)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// resolve returns what a ref names, or nil.
func (c *Cloud) resolve(f ref, id string) *record {
	r := c.find(f.to, id)
	if r == nil && f.named {
		for _, named := range c.records[f.to] {
			if named.Name == id {
				r = named
			}
		}
	}
	if r == nil || r.dying() {
		return nil
	}
	return r
}

// check applies the rules that hold at creation and at every update.
func (c *Cloud) check(rule rule, old, r *record) error {
	for _, a := range rule.required {
		if empty(r.Attributes[a]) {
			return badRequest("Invalid input for attribute %s. Reason: it is required.", a)
		}
	}
	for _, f := range rule.refs {
		if err := c.refExists(f, old, r); err != nil {
			return err
		}
	}
	if err := c.isUnique(rule, r); err != nil {
		return err
	}
	if rule.check != nil {
		return rule.check(c, old, r)
	}
	return nil
}

func (c *Cloud) refExists(f ref, old, r *record) error {
	named := texts(r.Attributes, f.attribute)
	if f.required && len(named) == 0 {
		return badRequest("Invalid input for attribute %s. Reason: it is required.", f.attribute)
	}
	if old != nil && slices.Equal(named, texts(old.Attributes, f.attribute)) {
		return nil // it was there when it was named
	}
	for _, id := range named {
		if c.resolve(f, id) != nil || f.offered && c.offers(f.to, id) {
			continue
		}
		if f.missing == "" {
			return notFound(f.to, id)
		}
		return refuse(cmp.Or(f.code, http.StatusNotFound), f.missing, id)
	}
	return nil
}

func (c *Cloud) isUnique(rule rule, r *record) error {
	if len(rule.unique) == 0 {
		return nil
	}
	for _, other := range c.records[r.Kind] {
		if other.ID == r.ID || other.Project != r.Project {
			continue
		}
		if !slices.ContainsFunc(rule.unique, func(a string) bool { return !same(other.Attributes[a], r.Attributes[a]) }) {
			return conflict(rule.taken, r.Text(rule.unique[len(rule.unique)-1]))
		}
	}
	return nil
}
