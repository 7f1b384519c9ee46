package cloud

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Outcome of a request.
type Outcome string

// A request was Done, Refused by a rule, or Failed because of a Fault.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused"
	Failed  Outcome = "failed"
)

// Gone is the verb of the event that ends a resource. Requests have Verbs.
const Gone Verb = "gone"

// An Event is a request that changes something, or the end of a resource.
// Reading makes none.
type Event struct {
	// Seq numbers events from 1.
	Seq     int       `json:"seq"`
	Time    time.Time `json:"time"`
	Verb    Verb      `json:"verb"`
	Kind    Kind      `json:"kind"`
	ID      string    `json:"id,omitempty"`
	Name    string    `json:"name,omitempty"`
	Owner   Owner     `json:"owner,omitzero"`
	Outcome Outcome   `json:"outcome"`
	// Code and Message are the refusal or failure.
	Code    int    `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// UsedBy are the resources that stand against a deletion.
	UsedBy []string `json:"usedBy,omitempty"`
	// Part tells that the resource came with another and goes with it: nobody
	// asked for it.
	Part bool `json:"part,omitempty"`
}

// Events returns all events with a higher number.
func (c *Cloud) Events(since int) []Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	since = min(max(since, 0), len(c.events))
	return append([]Event{}, c.events[since:]...)
}

// log appends an event to the file and counts it.
func (c *Cloud) log(e Event) error {
	e.Seq = len(c.events) + 1
	line, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("cannot encode an event: %w", err)
	}
	if _, err := c.journal.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("cannot write an event: %w", err)
	}
	c.events = append(c.events, e)
	c.count(e)
	return nil
}

// openJournal reads the events of earlier processes, cuts off a half-written
// last one, and opens the file for more.
func (c *Cloud) openJournal() error {
	path := filepath.Join(c.store.dir, eventsFile)
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	whole := bytes.LastIndexByte(data, '\n') + 1
	for line := range bytes.Lines(data[:whole]) {
		var e Event
		if err := json.Unmarshal(line, &e); err != nil {
			return fmt.Errorf("cannot decode event %d: %w", len(c.events)+1, err)
		}
		c.events = append(c.events, e)
		c.count(e)
	}
	if whole < len(data) {
		if err := os.Truncate(path, int64(whole)); err != nil {
			return err
		}
	}
	c.journal, err = os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	return err
}
