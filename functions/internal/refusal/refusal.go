// Package refusal says no, in a way that helps: which field, which value, and
// what to do instead.
package refusal

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// An Error refuses what a claim or a Platform asks for. It is shown to users as
// it is.
type Error struct {
	// Field that is refused, as a path: "spec.nodePools[web].flavor".
	Field string
	// Value of the field.
	Value string
	// Reason, as the rest of the sentence "<field> <value> …".
	Reason string
	// WayOut says what to do instead, as a sentence.
	WayOut string
}

// Error returns the whole message.
func (e *Error) Error() string {
	return fmt.Sprintf("%s: %q %s. %s", e.Field, e.Value, e.Reason, e.WayOut)
}

// New returns a refusal.
func New(field string, value any, reason, wayOut string) *Error {
	return &Error{Field: field, Value: fmt.Sprint(value), Reason: reason, WayOut: wayOut}
}

// NotOneOf returns a refusal that lists what is allowed. Long lists are cut.
func NotOneOf(field string, value any, reason string, allowed []string) *Error {
	return New(field, value, reason, "Allowed: "+list(allowed)+".")
}

const maxListed = 12

func list(names []string) string {
	if len(names) == 0 {
		return "nothing; ask the platform team"
	}
	n := slices.Clone(names)
	slices.Sort(n)
	if len(n) <= maxListed {
		return strings.Join(n, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(n[:maxListed], ", "), len(n)-maxListed)
}

// As returns the refusal in an error's chain.
func As(err error) (*Error, bool) {
	var r *Error
	ok := errors.As(err, &r)
	return r, ok
}
