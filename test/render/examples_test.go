package render

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// packages are the two packages of the project.
var packages = map[string]func(root string) Config{
	"Default":    func(root string) Config { return Default(root, os.Stderr) },
	"Namespaced": func(root string) Config { return Namespaced(root, os.Stderr) },
}

// Every example cluster becomes ready through Crossplane's own renderer, in both
// packages, and is then composed of what its golden says.
func TestExampleClusters(t *testing.T) {
	for name, config := range packages {
		t.Run(name, func(t *testing.T) {
			h := project(t, config)
			for _, claim := range examples(t, "KubernetesCluster") {
				t.Run(nameOf(claim), func(t *testing.T) {
					w := settle(t, h, claim, platform(t))
					if phase := textAt(w.Composite, "status", "phase"); phase != "Ready" {
						t.Errorf("got status.phase %q, want Ready", phase)
					}
					if got := conditionOf(w.Composite, "Ready"); got != "True" {
						t.Errorf("got condition Ready %q, want True", got)
					}
					if since := textAt(w.Composite, "status", "maintenance", "runningSince"); since != "" {
						t.Errorf("maintenance runs since %s, want it over", since)
					}
					want, got := goldenKeys(t, w.Composite), keysOf(w.Composed)
					if kindOf(w.Composite) == kindOf(claim) {
						// One Usage protects a composite that is its own claim.
						want = slices.DeleteFunc(want, func(k string) bool { return k == "deletion-protection-composite" })
						want, got = withoutHashes(want), withoutHashes(got)
					}
					if diff := cmp.Diff(want, got); diff != "" {
						t.Errorf("composed resources: -golden, +rendered:\n%s", diff)
					}
					t.Logf("%d resources after %d rounds", len(w.Composed), w.Rounds)
				})
			}
		})
	}
}

// The other examples are taken in and compose something, and then nothing more:
// what their readiness takes is the business of the functions' own tests.
func TestOtherExamples(t *testing.T) {
	for name, config := range packages {
		t.Run(name, func(t *testing.T) {
			h := project(t, config)
			others := append(examples(t, "Storage"), examples(t, "Exposure")...)
			for _, claim := range others {
				t.Run(kindOf(claim)+"-"+nameOf(claim), func(t *testing.T) {
					w := settle(t, h, claim, platform(t), runningCluster(t, h, claim))
					if len(w.Composed) == 0 {
						t.Error("it composes nothing")
					}
					t.Logf("%d resources after %d rounds", len(w.Composed), w.Rounds)
				})
			}
			t.Run("Platform", func(t *testing.T) {
				if w := settle(t, h, platform(t)); len(w.Composed) == 0 {
					t.Error("it composes nothing")
				}
			})
		})
	}
}

// A level of one's own takes no code: the page on service levels has an example of
// one, which is refused until it stands in the Platform.
func TestOwnLevel(t *testing.T) {
	h := project(t, packages["Default"])
	claim := exampleNamed(t, "shop")
	claim["spec"].(map[string]any)["serviceLevel"] = "Office"
	if got := refusal(t, h, claim, platform(t)); !strings.Contains(got, `"Office"`) {
		t.Errorf("got %q, want a refusal of the unknown level", got)
	}
	own := manifests(t, "test/tables/own-level.yaml")[0]
	with := platform(t)
	with["spec"].(map[string]any)["serviceLevels"] = own["spec"].(map[string]any)["serviceLevels"]
	w := settle(t, h, claim, with)
	if got := textAt(w.Composite, "status", "serviceLevel", "name"); got != "Office" || textAt(w.Composite, "status", "phase") != "Ready" {
		t.Errorf("got level %q and phase %q, want Office and Ready", got, textAt(w.Composite, "status", "phase"))
	}
}

// A claim that can't be served fails the render, with what the function says.
func TestBrokenClaims(t *testing.T) {
	h := project(t, packages["Default"])
	cases := map[string]struct {
		reason string
		change func(spec map[string]any)
		want   string
	}{
		"UnknownLevel": {
			reason: "The message should name the levels that there are.",
			change: func(spec map[string]any) { spec["serviceLevel"] = "Gold" },
			want:   `spec.serviceLevel: "Gold" `,
		},
		"UnknownCloud": {
			reason: "The message should name the clouds that there are.",
			change: func(spec map[string]any) { spec["cloud"] = "west" },
			want:   `spec.cloud: "west" `,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			claim := exampleNamed(t, "shop")
			tc.change(claim["spec"].(map[string]any))
			if got := refusal(t, h, claim, platform(t)); !strings.HasPrefix(got, tc.want) {
				t.Errorf("%s\ngot  %q\nwant %q…", tc.reason, got, tc.want)
			}
		})
	}
}

// refusal returns the fatal result with which a function answers the claim.
func refusal(t *testing.T, h *Harness, claim map[string]any, cluster ...map[string]any) string {
	t.Helper()
	xr, err := h.Composite(claim)
	if err != nil {
		t.Fatal(err)
	}
	_, _, _, err = h.Render(context.Background(), xr, nil, cluster...)
	fatal := &FatalError{}
	if !errors.As(err, &fatal) {
		t.Fatalf("got error %v, want a FatalError", err)
	}
	return fatal.Message
}
