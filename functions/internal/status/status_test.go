package status_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/status"
)

func TestAccepted(t *testing.T) {
	cases := map[string]struct {
		reason   string
		warnings []string
		message  string
	}{
		"plain":    {"nothing to say", nil, ""},
		"warning":  {"accepted all the same", []string{"One is old."}, "One is old."},
		"warnings": {"sentences one after another", []string{"One is old.", "Two is late."}, "One is old. Two is late."},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			want := status.Condition{Type: "Accepted", True: true, Reason: "Accepted", Message: tc.message}
			if diff := cmp.Diff(want, status.Accepted(tc.warnings)); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// waits makes something awaited of each "part: why".
func waits(of ...[2]string) []render.Waiting {
	var out []render.Waiting
	for _, w := range of {
		out = append(out, render.Waiting{Key: w[1], Part: render.Part(w[0]), Why: w[1]})
	}
	return out
}

func TestPart(t *testing.T) {
	cases := map[string]struct {
		reason  string
		waiting []render.Waiting
		parts   []render.Part
		message string // "" when the part is ready
	}{
		"ready":     {"nothing is awaited", nil, []render.Part{"A"}, ""},
		"others":    {"what other parts wait for is theirs", waits([2]string{"B", "b waits"}), []render.Part{"A"}, ""},
		"no parts":  {"a condition of no part is always ready", waits([2]string{"A", "a waits"}), nil, ""},
		"one":       {"a sentence", waits([2]string{"A", "a waits for b"}), []render.Part{"A"}, "a waits for b."},
		"several":   {"of several parts, in the order of the components", waits([2]string{"A", "a waits"}, [2]string{"B", "b waits"}, [2]string{"C", "c waits"}), []render.Part{"C", "A"}, "a waits. c waits."},
		"three":     {"three are named", waits([2]string{"A", "1"}, [2]string{"A", "2"}, [2]string{"A", "3"}), []render.Part{"A"}, "1. 2. 3."},
		"four":      {"and the rest is counted", waits([2]string{"A", "1"}, [2]string{"A", "2"}, [2]string{"B", "x"}, [2]string{"A", "3"}, [2]string{"A", "4"}), []render.Part{"A"}, "1. 2. 3. And 1 more."},
		"many more": {"however many", waits([2]string{"A", "1"}, [2]string{"A", "2"}, [2]string{"A", "3"}, [2]string{"A", "4"}, [2]string{"A", "5"}), []render.Part{"A"}, "1. 2. 3. And 2 more."},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			want := status.Condition{Type: "AReady", True: true, Reason: "AllReady"}
			if tc.message != "" {
				want = status.Condition{Type: "AReady", Reason: "Waiting", Message: tc.message}
			}
			if diff := cmp.Diff(want, status.Part("AReady", "AllReady", tc.waiting, tc.parts...)); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestReady(t *testing.T) {
	fine, not := status.Condition{Type: "A", True: true}, status.Condition{Type: "B"}
	waiting := render.Held{Waiting: []render.Waiting{{Key: "a"}}}
	cases := map[string]struct {
		reason     string
		held       render.Held
		conditions []status.Condition
		want       bool
	}{
		"nothing":    {"nothing is awaited and nothing said", render.Held{}, nil, true},
		"fine":       {"every condition holds", render.Held{}, []status.Condition{fine, fine}, true},
		"one is not": {"one condition doesn't", render.Held{}, []status.Condition{fine, not}, false},
		"waiting":    {"something is awaited that no condition counts", waiting, []status.Condition{fine}, false},
		"kept":       {"what is only kept isn't awaited", render.Held{Desired: []render.Desired{{Key: "old"}}}, []status.Condition{fine}, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := status.Ready(tc.held, tc.conditions); got != tc.want {
				t.Errorf("%s: got %t, want %t", tc.reason, got, tc.want)
			}
		})
	}
}

// The phase after each prior one: when ready, when changing, when something is
// held back, and when something is just unready.
func TestPhase(t *testing.T) {
	const (
		pending      = v1alpha1.PhasePending
		provisioning = v1alpha1.PhaseProvisioning
		updating     = v1alpha1.PhaseUpdating
		ready        = v1alpha1.PhaseReady
		degraded     = v1alpha1.PhaseDegraded
	)
	held := render.Held{Waiting: []render.Waiting{{Key: "a"}, {Key: "b", Held: true}}}
	unready := render.Held{Waiting: []render.Waiting{{Key: "a"}}}
	cases := map[v1alpha1.Phase]struct {
		reason                           string
		ready, changing, holding, broken v1alpha1.Phase
	}{
		"":           {"never seen before", ready, pending, pending, pending},
		pending:      {"its first resources are being made", ready, provisioning, provisioning, provisioning},
		provisioning: {"it was never complete, so it is still being built", ready, provisioning, provisioning, provisioning},
		ready:        {"it was complete: it is changed, or something broke", ready, updating, updating, degraded},
		updating:     {"the change goes on, or something broke on the way", ready, updating, updating, degraded},
		degraded:     {"a change may mend it, nothing makes it new", ready, updating, updating, degraded},
		"Unheard":    {"a phase of another version isn't a life", ready, provisioning, provisioning, provisioning},
	}
	for prior, tc := range cases {
		t.Run("after "+string(prior), func(t *testing.T) {
			want := []v1alpha1.Phase{tc.ready, tc.ready, tc.changing, tc.holding, tc.broken}
			got := []v1alpha1.Phase{
				status.Phase(prior, true, false, render.Held{}),
				status.Phase(prior, true, true, held),
				status.Phase(prior, false, true, unready),
				status.Phase(prior, false, false, held),
				status.Phase(prior, false, false, unready),
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: ready, ready whatever else, changing, holding, broken: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}
