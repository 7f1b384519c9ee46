package cloud

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Verb of a request to the cloud.
type Verb string

// What can be asked of the cloud. Read is to get and to list.
const (
	Create Verb = "create"
	Read   Verb = "read"
	Update Verb = "update"
	Delete Verb = "delete"
)

// A Fault makes requests fail, or changes slow. What is empty matches all
// requests.
type Fault struct {
	// ID is chosen by Cloud.Fail.
	ID         string `json:"id,omitempty"`
	Verb       Verb   `json:"verb,omitempty"`
	Kind       Kind   `json:"kind,omitempty"`
	NamePrefix string `json:"namePrefix,omitempty"`
	// Owner is a namespace, or a namespace and a name with a slash between them.
	Owner string `json:"owner,omitempty"`

	// Code and Message are the refusal. Without a message nothing fails.
	Code    int    `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// Slow stretches all times by this factor.
	Slow float64 `json:"slow,omitempty"`

	// Every lets each nth matching request fail; Probability lets this share of
	// them fail. Without either, all fail.
	Every       int     `json:"every,omitempty"`
	Probability float64 `json:"probability,omitempty"`
	// The fault heals after Until, and after Count failures.
	Until time.Time `json:"until,omitzero"`
	Count int       `json:"count,omitempty"`

	// Matched and Failed count requests since the fault was set.
	Matched int `json:"matched,omitempty"`
	Failed  int `json:"failed,omitempty"`
}

// QuotaExceeded lets no resource of the kind be created, as a full project.
func QuotaExceeded(k Kind) Fault {
	name := strings.ToLower(strings.ReplaceAll(noun(k), " ", "_"))
	return Fault{Verb: Create, Kind: k, Code: http.StatusConflict, Message: fmt.Sprintf("Quota exceeded for resources: ['%s'].", name)}
}

// Unavailable lets every request fail, as when a service restarts.
func Unavailable() Fault {
	return Fault{Code: http.StatusServiceUnavailable, Message: "503 Service Unavailable: The server is currently unavailable. Please try again at a later time."}
}

// ImageMissing lets no server start, as when somebody deleted its image.
func ImageMissing(image string) Fault {
	return Fault{Verb: Create, Kind: Server, Code: http.StatusBadRequest, Message: fmt.Sprintf("Can not find requested image %s", image)}
}

// Slowed stretches all times by a factor.
func Slowed(factor float64) Fault { return Fault{Slow: factor} }

func (f *Fault) validate() error {
	switch {
	case f.Message == "" && f.Slow == 0:
		return fmt.Errorf("cannot set a fault that neither fails nor slows anything: give it a message or a factor")
	case f.Slow < 0 || f.Probability < 0 || f.Probability > 1 || f.Every < 0 || f.Count < 0:
		return fmt.Errorf("cannot set a fault with a negative number, or a probability over 1")
	case f.Message != "" && f.Code != 0 && f.Code < http.StatusBadRequest:
		return fmt.Errorf("cannot set a fault that fails with status %d: it's no error", f.Code)
	}
	return nil
}

// A request is what faults are matched with.
type request struct {
	verb  Verb
	kind  Kind
	name  string
	owner Owner
}

func (f *Fault) matches(r request) bool {
	return (f.Verb == "" || f.Verb == r.verb) &&
		(f.Kind == "" || f.Kind == r.kind) &&
		strings.HasPrefix(r.name, f.NamePrefix) &&
		ownedBy(r.owner, f.Owner)
}

// Fail sets a fault, which outlives a restart of the process, and returns its ID.
func (c *Cloud) Fail(f Fault) (string, error) {
	if err := f.validate(); err != nil {
		return "", err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.ID == "" {
		f.ID = randomHex(c.rand)[:8]
	}
	if f.Code == 0 && f.Message != "" {
		f.Code = http.StatusInternalServerError
	}
	f.Matched, f.Failed = 0, 0
	c.heal(f.ID)
	c.faults = append(c.faults, &f)
	return f.ID, c.store.write(faultsFile, c.faults)
}

// Heal clears a fault, or all of them when the ID is "".
func (c *Cloud) Heal(id string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heal(id)
	return c.store.write(faultsFile, c.faults)
}

func (c *Cloud) heal(id string) {
	c.faults = slices.DeleteFunc(c.faults, func(f *Fault) bool { return id == "" || f.ID == id })
}

// Faults returns the faults that are set.
func (c *Cloud) Faults() []Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.expire()
	out := make([]Fault, len(c.faults))
	for i, f := range c.faults {
		out[i] = *f
	}
	return out
}

func (c *Cloud) expire() {
	now := c.now()
	c.faults = slices.DeleteFunc(c.faults, func(f *Fault) bool {
		return !f.Until.IsZero() && now.After(f.Until)
	})
}

// trouble returns the failure that a request meets, if any, and the factor by
// which it's slowed down.
func (c *Cloud) trouble(r request) (slow float64, err error) {
	c.expire()
	slow = 1
	for _, f := range slices.Clone(c.faults) {
		if !f.matches(r) {
			continue
		}
		f.Matched++
		if f.Slow > 0 {
			slow *= f.Slow
		}
		if err == nil && c.strikes(f) {
			err = &Error{Code: f.Code, Message: f.Message}
			if werr := c.struck(f); werr != nil {
				return slow, werr
			}
		}
	}
	return slow, err
}

func (c *Cloud) strikes(f *Fault) bool {
	switch {
	case f.Message == "":
		return false
	case f.Every > 0:
		return f.Matched%f.Every == 0
	case f.Probability > 0:
		return c.rand.Float64() < f.Probability
	default:
		return true
	}
}

// struck counts a failure. A fault that heals by count is stored each time, so
// that it doesn't begin anew after a restart.
func (c *Cloud) struck(f *Fault) error {
	f.Failed++
	if f.Count == 0 {
		return nil
	}
	if f.Failed >= f.Count {
		c.heal(f.ID)
	}
	return c.store.write(faultsFile, c.faults)
}
