// Package status turns what is waited for into phase and conditions. The same
// words serve every kind.
package status

import (
	"fmt"
	"slices"
	"strings"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// A Condition of a composite and its claim.
type Condition struct {
	Type    string
	True    bool
	Reason  string
	Message string
	// Informs says that the composite is complete whether or not it is True.
	Informs bool
}

// Reasons of the Accepted condition.
const (
	ReasonAccepted = "Accepted"
	// ReasonRefused: the platform doesn't serve what is asked for.
	ReasonRefused = "NotServed"
	// ReasonFailed: a fault of the platform or of Skerry.
	ReasonFailed = "CannotCompose"
)

// Accepted says that the platform serves the claim, with what the team should
// know all the same.
func Accepted(warnings []string) Condition {
	return Condition{
		Type: v1alpha1.ConditionAccepted, True: true, Reason: ReasonAccepted,
		Message: strings.Join(warnings, " "),
	}
}

// Part says whether everything of the parts is ready, and otherwise what is
// awaited.
func Part(conditionType, whenReady string, waiting []render.Waiting, parts ...render.Part) Condition {
	var whys []string
	for _, w := range waiting {
		if slices.Contains(parts, w.Part) {
			whys = append(whys, w.Why)
		}
	}
	if len(whys) == 0 {
		return Condition{Type: conditionType, True: true, Reason: whenReady}
	}
	return Condition{Type: conditionType, Reason: "Waiting", Message: sentences(whys)}
}

// maxNamed is how many awaited resources a message names: enough to act on,
// short enough to read.
const maxNamed = 3

func sentences(whys []string) string {
	more := ""
	if n := len(whys) - maxNamed; n > 0 {
		more = fmt.Sprintf(" And %d more.", n)
		whys = whys[:maxNamed]
	}
	return strings.Join(whys, ". ") + "." + more
}

// Ready says whether a composite is complete: nothing is waited for, and every
// condition holds but those that only inform.
func Ready(held render.Held, conditions []Condition) bool {
	for _, c := range conditions {
		if !c.True && !c.Informs {
			return false
		}
	}
	return len(held.Waiting) == 0
}

// Phase is one word for where a composite stands. Prior is the last one:
// whoever was complete once is updating or degraded, not being built.
func Phase(prior v1alpha1.Phase, ready, changing bool, held render.Held) v1alpha1.Phase {
	if ready {
		return v1alpha1.PhaseReady
	}
	switch prior {
	case v1alpha1.PhaseReady, v1alpha1.PhaseUpdating, v1alpha1.PhaseDegraded, v1alpha1.PhaseHibernated:
		if changing || anyHeld(held) {
			return v1alpha1.PhaseUpdating
		}
		return v1alpha1.PhaseDegraded
	case "":
		return v1alpha1.PhasePending
	}
	return v1alpha1.PhaseProvisioning
}

func anyHeld(h render.Held) bool {
	for _, w := range h.Waiting {
		if w.Held {
			return true
		}
	}
	return false
}
