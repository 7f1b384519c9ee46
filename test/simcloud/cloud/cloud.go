// Package cloud is a simulated OpenStack: what its services would have, demand,
// refuse and count, and how long they'd take.
//
// A client creates, gets, updates, deletes and lists resources. Each kind has one
// line in the table of rules: which attributes name other resources, who keeps
// whom from being deleted, and with which words the service refuses. A resource
// is BUILD until its ActiveAt and DELETING until its DeletedAt, by the clock:
// nothing runs in the background.
//
// Everything is in files below one folder, so that a process that is killed at
// any time loses nothing. One process uses the folder at a time.
//
// The package knows nothing of Kubernetes: an Owner is three strings to it.
package cloud

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// Cloud is the simulated cloud. It may be used by several goroutines.
type Cloud struct {
	mu        sync.Mutex
	store     store
	journal   *os.File
	rules     map[Kind]rule
	catalogue Catalogue
	profile   Profile
	now       func() time.Time
	rand      *rand.Rand

	records map[Kind]map[string]*record
	dying   map[key]*record
	public  map[string]bool // addresses that lead out of the cloud
	events  []Event
	counts  map[Kind]*Counts
	faults  []*Fault
}

// Options of a cloud. The zero value is a fast cloud that has everything.
type Options struct {
	// Profile that the cloud begins with, Fast if empty. One that was set at run
	// time stays over a restart, and is stronger.
	Profile   Profile
	Catalogue Catalogue
	// Now is the clock, time.Now if nil.
	Now func() time.Time
	// Seed makes IDs, times and failures the same in each run. 0 makes them
	// different.
	Seed uint64
}

// Open returns the cloud whose state is in dir, a new one if there is none.
func Open(dir string, o Options) (*Cloud, error) {
	c := &Cloud{
		store: store{dir}, rules: table(), catalogue: o.Catalogue, profile: o.Profile, now: o.Now,
		records: map[Kind]map[string]*record{}, dying: map[key]*record{}, public: map[string]bool{}, counts: map[Kind]*Counts{},
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.profile.Name == "" {
		c.profile.Name = Fast
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the cloud's folder: %w", err)
	}
	if err := c.load(); err != nil {
		return nil, fmt.Errorf("cannot read the cloud in %s: %w", dir, err)
	}
	if o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	// After a restart the same seed must not give the same IDs again.
	c.rand = rand.New(rand.NewPCG(o.Seed, uint64(len(c.events))))
	if err := c.repair(); err != nil {
		return nil, fmt.Errorf("cannot repair the cloud in %s: %w", dir, err)
	}
	return c, c.profile.validate()
}

// Close closes the file of events.
func (c *Cloud) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.journal.Close()
}

// Profile returns how fast the cloud is.
func (c *Cloud) Profile() Profile {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.profile
}

// SetProfile changes how fast the cloud is, from the next request on.
func (c *Cloud) SetProfile(p Profile) error {
	if err := p.validate(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.profile = p
	return c.store.write(profileFile, p)
}

// Create makes a resource, which is usable once its State is Active.
func (c *Cloud) Create(s Spec) (Resource, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch r, err := c.again(s); {
	case err != nil:
		return Resource{}, err
	case r != nil:
		return r.view(c.now()), nil
	}
	r, parts, err := c.create(s)
	if err != nil {
		return Resource{}, err
	}
	return r.view(c.now()), c.add(r, parts)
}

// Ensure returns the resource with the given kind and ID, and makes it, at once,
// if there is none. It's for what exists before a test begins.
func (c *Cloud) Ensure(s Spec) (Resource, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.find(s.Kind, s.ID); r != nil && s.ID != "" {
		return r.view(c.now()), nil
	}
	r, parts, err := c.create(s)
	if err != nil {
		return Resource{}, err
	}
	r.ActiveAt = r.Created
	return r.view(c.now()), c.add(r, parts)
}

// Get returns a resource.
func (c *Cloud) Get(k Kind, id string) (Resource, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, _, err := c.lookup(Read, k, id)
	if err != nil {
		return Resource{}, err
	}
	return r.view(c.now()), nil
}

// List returns the resources that a filter selects, oldest first. It meets no
// faults.
func (c *Cloud) List(f Filter) []Resource {
	c.mu.Lock()
	defer c.mu.Unlock()
	// A file that can't be removed now stops the next request that may fail.
	_ = c.sweep()
	var found []*record
	for k, records := range c.records {
		if f.Kind != "" && f.Kind != k {
			continue
		}
		c.counter(k).Reads++
		for _, r := range records {
			if f.selects(r) {
				found = append(found, r)
			}
		}
	}
	slices.SortFunc(found, oldestFirst)
	out := make([]Resource, len(found))
	for i, r := range found {
		out[i] = r.view(c.now())
	}
	return out
}

// Secrets returns the secrets of a resource, and nil when there are none. They
// are in no Resource, Event or Report.
func (c *Cloud) Secrets(k Kind, id string) map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.find(k, id)
	if r == nil || len(r.Secrets) == 0 {
		return nil
	}
	return maps.Clone(r.Secrets)
}

// Update sets attributes of a resource, and removes those that are nil. The
// resource has them at once, and is Pending for a while.
func (c *Cloud) Update(k Kind, id string, attributes map[string]any) (Resource, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old, slow, err := c.lookup(Update, k, id)
	if err != nil {
		return Resource{}, err
	}
	r, err := c.update(old, attributes, slow)
	if err != nil {
		return Resource{}, err
	}
	return r.view(c.now()), nil
}

// Delete begins to delete a resource, which still exists until its DeletedAt. It
// does nothing when that has begun already.
func (c *Cloud) Delete(k Kind, id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, slow, err := c.lookup(Delete, k, id)
	if err != nil || r.dying() {
		return err
	}
	return c.delete(r, slow)
}

// lookup begins a request for something that exists: faults first, as what is in
// front of the services fails before they look. slow is by how much it's slowed
// down.
func (c *Cloud) lookup(v Verb, k Kind, id string) (r *record, slow float64, err error) {
	if err := c.sweep(); err != nil {
		return nil, 0, err
	}
	if v == Read {
		c.counter(k).Reads++
	}
	r = c.find(k, id)
	q := request{verb: v, kind: k}
	if r != nil {
		q.name, q.owner = r.Name, r.Owner
	}
	if slow, err = c.trouble(q); err != nil {
		return nil, 0, c.refused(Event{Verb: v, Kind: k, ID: id, Name: q.name, Owner: q.owner, Outcome: Failed}, err)
	}
	if r == nil {
		return nil, 0, notFound(k, id)
	}
	return r, slow, nil
}

// refused logs a request that came to nothing, and returns why. Reads are only
// counted.
func (c *Cloud) refused(e Event, why error) error {
	e.Time, e.Code, e.Message = c.now(), Code(why), why.Error()
	if e.Verb == Read {
		c.counter(e.Kind).Errors++
		return why
	}
	if err := c.log(e); err != nil {
		return err
	}
	return why
}

func (c *Cloud) find(k Kind, id string) *record { return c.records[k][id] }

func (c *Cloud) index(r *record) {
	if c.records[r.Kind] == nil {
		c.records[r.Kind] = map[string]*record{}
	}
	c.records[r.Kind][r.ID] = r
	if r.dying() {
		c.dying[r.key()] = r
	}
}

func oldestFirst(a, b *record) int {
	if n := a.Created.Compare(b.Created); n != 0 {
		return n
	}
	return strings.Compare(string(a.Kind)+a.ID, string(b.Kind)+b.ID)
}
