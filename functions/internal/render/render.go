// Package render holds what components return and what becomes of it: the
// Resource, the Set, Hold, and the encoding of bodies.
//
// It knows nothing of plans, service levels or protobuf.
package render

import (
	"slices"
	"strings"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
)

// A Part of a composite: the condition that a resource counts towards.
type Part string

// A Resource is one composed resource as a component wants it.
type Resource struct {
	// Key is Crossplane's composition-resource-name. It is constant for life
	// and never depends on order, index, service level or time.
	Key string
	// Part of the composite that waits for this resource. The composition root
	// sets it for a whole component.
	Part Part
	// Body is what to apply. While Awaits names something, only its head counts:
	// Usages name it.
	Body external.Body
	// Ready says when the resource has become what it should be.
	Ready readiness.Check
	// After are the keys of resources that must be ready before this one is
	// created. They never hold back one that exists.
	After []string
	// Uses are the keys of resources that must not be deleted before this one:
	// each gets a Usage.
	Uses []string
	// With is the key of the resource together with which this one is created:
	// not before it, and not after it. Usages have it.
	With string
	// Awaits names, in words, what the body can't be made without: "the id of
	// the network". A resource that awaits something is not created, and one
	// that exists is kept as it is.
	Awaits string
	// Keep says that what exists is desired exactly as it is: another body waits. Of
	// the body only the head counts.
	Keep bool
	// Maintained is the name under which another body waits for a maintenance window,
	// or "" for what changes at once.
	Maintained string
	// Urgent says that another version doesn't wait.
	Urgent bool
}

// Mark says of the resources which component made them, by a label, and which part
// of the composite waits for them.
func Mark(rs []Resource, component string, part Part) {
	for i := range rs {
		rs[i].Part = part
		if rs[i].Body == nil {
			continue
		}
		h := rs[i].Body.Head()
		if h.Metadata.Labels == nil {
			h.Metadata.Labels = map[string]string{}
		}
		h.Metadata.Labels[external.ComponentLabel] = component
	}
}

// A Family is a set of keys with a common prefix whose members come and go.
type Family struct {
	// Prefix of the keys, with its separator: "firewall-rule-".
	Prefix string
	// Withdraw says whether members that are no longer wanted may go now.
	Withdraw bool
	// Announced members are marked as withdrawn before they go: the safeguard keeps
	// them otherwise.
	Announced bool
}

// A Set is what a component wants.
//
// What exists and isn't wanted stays as it is, unless it belongs to one of the
// Families that may go: forgetting to list a family leaks, it never loses.
type Set struct {
	Resources []Resource
	Families  []Family
	// Pending are the changes that a maintenance window is awaited for, and Begun those
	// that are being made now.
	Pending, Begun []v1alpha1.PendingChange
}

// Add appends resources.
func (s *Set) Add(r ...Resource) { s.Resources = append(s.Resources, r...) }

// Join appends another set.
func (s *Set) Join(o Set) {
	s.Resources = append(s.Resources, o.Resources...)
	s.Families = append(s.Families, o.Families...)
	s.Pending = append(s.Pending, o.Pending...)
	s.Begun = append(s.Begun, o.Begun...)
}

// withdraws says whether a key that isn't wanted may go.
func (s *Set) withdraws(key string) bool { return s.family(key).Withdraw }

// family returns the family of a key, or one that withdraws nothing.
func (s *Set) family(key string) Family {
	for _, f := range s.Families {
		if strings.HasPrefix(key, f.Prefix) {
			return f
		}
	}
	return Family{}
}

// WithoutDelete returns management policies without that to delete. None at all are
// all there are.
func WithoutDelete(policies []string) []string {
	if len(policies) == 0 || slices.Contains(policies, "*") {
		return external.KeepOnDelete()
	}
	out := make([]string, 0, len(policies))
	for _, p := range policies {
		if p != "Delete" {
			out = append(out, p)
		}
	}
	return out
}
