package render

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// boats is a Harness that knows kinds, and can't render.
func boats() *Harness {
	d := definition{composite: "XBoat", claim: "Boat"}
	port := definition{composite: "Port"}
	return &Harness{kinds: map[string]definition{"XBoat": d, "Boat": d, "Port": port}}
}

func TestComposite(t *testing.T) {
	cases := map[string]struct {
		reason   string
		manifest map[string]any
		want     map[string]any
		err      string
	}{
		"Claim": {
			reason: "What is Kubernetes' or the claim machinery's should stay behind.",
			manifest: map[string]any{
				"apiVersion": "example.org/v1",
				"kind":       "Boat",
				"metadata": map[string]any{
					"name": "tern", "namespace": "team-a",
					"labels":      map[string]any{"team": "a", "app.kubernetes.io/name": "x"},
					"annotations": map[string]any{"note": "b", "kubectl.kubernetes.io/last-applied-configuration": "{}"},
				},
				"spec": map[string]any{
					"berths":                3,
					"compositionRef":        map[string]any{"name": "mine"},
					"compositeDeletePolicy": "Foreground",
					"resourceRef":           map[string]any{"name": "tern-x"},
				},
				"status": map[string]any{"phase": "old"},
			},
			want: map[string]any{
				"apiVersion": "example.org/v1",
				"kind":       "XBoat",
				"metadata": map[string]any{
					"name": "tern-a2e79",
					"labels": map[string]any{
						"team":                          "a",
						"crossplane.io/claim-name":      "tern",
						"crossplane.io/claim-namespace": "team-a",
					},
					"annotations": map[string]any{"note": "b"},
				},
				"spec": map[string]any{
					"berths":         int64(3),
					"compositionRef": map[string]any{"name": "mine"},
					"claimRef":       map[string]any{"apiVersion": "example.org/v1", "kind": "Boat", "name": "tern", "namespace": "team-a"},
				},
			},
		},
		"Composite": {
			reason:   "A manifest that is a composite should be taken as it is.",
			manifest: map[string]any{"kind": "Port", "spec": map[string]any{"room": 1}},
			want:     map[string]any{"kind": "Port", "spec": map[string]any{"room": int64(1)}},
		},
		"NoNamespace": {
			reason:   "A claim without namespace can't be.",
			manifest: map[string]any{"kind": "Boat", "metadata": map[string]any{"name": "tern"}},
			err:      `cannot render claim Boat "tern": it has no metadata.namespace`,
		},
		"UnknownKind": {
			reason:   "A kind of another package should be an error.",
			manifest: map[string]any{"kind": "Car"},
			err:      "defines the kind",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := boats().Composite(tc.manifest)
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("%s\ngot  %v\nwant %s", tc.reason, err, tc.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestKinds(t *testing.T) {
	if diff := cmp.Diff([]string{"Boat", "Port"}, boats().Kinds()); diff != "" {
		t.Errorf("people write claims, not their composites, -want, +got:\n%s", diff)
	}
}

func TestProgram(t *testing.T) {
	h := &Harness{config: Config{Root: "/repo", Functions: map[string]string{"x-function-y": "./elsewhere"}}}
	for name, want := range map[string]string{
		"skerry-function-storage":     "./functions/storage",
		"skerry-dev-function-storage": "./functions/storage",
		"x-function-y":                "./elsewhere",
		"other":                       "",
	} {
		got, _, err := h.program(name)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("program(%q): got %q and error %v, want %q", name, got, err, want)
		}
	}
}

func TestFailure(t *testing.T) {
	for said, want := range map[string]string{
		"crossplane: error: x: pipeline step \"compose\" returned a fatal result: no such flavor\n": "no such flavor",
		"crossplane: error: no such file\n": "the Crossplane CLI failed: crossplane: error: no such file",
	} {
		if got := failure(said).Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
