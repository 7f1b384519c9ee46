package crd

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
)

const boat = `
apiVersion: example.org/v1alpha1
kind: Boat
metadata: {name: tern, namespace: team-a}
spec: {name: Tern}
`

func withXRDs(t *testing.T, dir string) *Set {
	t.Helper()
	s, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddXRDs(dir); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAddXRDs(t *testing.T) {
	cases := map[string]struct {
		reason   string
		dir      string
		manifest string
		want     []string
	}{
		"Claim": {
			reason:   "A claim should be valid against the CRD that a v1 XRD offers.",
			dir:      "testdata/claims",
			manifest: boat,
		},
		"Composite": {
			reason:   "A legacy composite is cluster-scoped and refers to its claim.",
			dir:      "testdata/claims",
			manifest: "{apiVersion: example.org/v1alpha1, kind: XBoat, metadata: {name: tern-x}, spec: {name: Tern, claimRef: {apiVersion: example.org/v1alpha1, kind: Boat, name: tern, namespace: team-a}}}",
		},
		"Namespaced": {
			reason:   "The same manifest should be valid as a namespaced composite.",
			dir:      "testdata/namespaced",
			manifest: boat,
		},
		"NamespacedClaimRef": {
			reason:   "A namespaced composite has no claim.",
			dir:      "testdata/namespaced",
			manifest: strings.Replace(boat, "{name: Tern}", "{name: Tern, claimRef: {name: x}}", 1),
			want:     []string{`Boat "team-a/tern": unknown field "spec.claimRef"`},
		},
		"Required": {
			reason:   "The XRD's schema should be enforced.",
			dir:      "testdata/claims",
			manifest: strings.Replace(boat, "{name: Tern}", "{}", 1),
			want:     []string{"spec.name: Required value"},
		},
		"Rule": {
			reason:   "The XRD's rules should see its defaults, and their messages be passed on.",
			dir:      "testdata/claims",
			manifest: strings.Replace(boat, "{name: Tern}", "{name: Tern, tender: true}", 1),
			want:     []string{"spec.tender needs spec.berths of more than 2."},
		},
		"Status": {
			reason:   "A status should be checked.",
			dir:      "testdata/claims",
			manifest: boat + "status: {phase: Adrift}\n",
			want:     []string{`status.phase: Unsupported value: "Adrift"`},
		},
		"LongName": {
			reason:   "Crossplane's limit on names should be enforced.",
			dir:      "testdata/claims",
			manifest: strings.Replace(boat, "{name: tern,", "{name: "+strings.Repeat("a", 64)+",", 1),
			want:     []string{"metadata.name: Too long"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := withXRDs(t, tc.dir)
			check(t, tc.reason, s.Validate(parse(t, tc.manifest)), tc.want)
		})
	}
}

// The schema of a kind has the fields of the XRD, and those that Crossplane adds.
func TestSchema(t *testing.T) {
	s := withXRDs(t, "testdata/claims")
	kind := schema.GroupVersionKind{Group: "example.org", Version: "v1alpha1", Kind: "Boat"}
	got, err := s.Schema(kind)
	if err != nil {
		t.Fatal(err)
	}
	if spec := got.Properties["spec"]; spec.Properties["name"].Type != "string" || got.Properties["status"].Properties["conditions"].Type != "array" {
		t.Errorf("got fields %v of spec and %v of status", spec.Properties, got.Properties["status"].Properties)
	}
	other, unknown := kind, kind
	other.Version, unknown.Kind = "v9", "Ship"
	for _, k := range []schema.GroupVersionKind{other, unknown} {
		if _, err := s.Schema(k); err == nil {
			t.Errorf("%s has no schema", k)
		}
	}
}

func TestAddXRDsTransition(t *testing.T) {
	s := withXRDs(t, "testdata/claims")
	small := parse(t, strings.Replace(boat, "{name: Tern}", "{name: Tern, berths: 4}", 1))
	big := parse(t, strings.Replace(boat, "{name: Tern}", "{name: Tern, berths: 6}", 1))
	check(t, "Growing should be valid.", s.ValidateUpdate(small, big), nil)
	check(t, "Shrinking should be an error.", s.ValidateUpdate(big, small),
		[]string{`Boat "team-a/tern": spec.berths: Invalid value: 4: A boat only grows.`})
}

func TestAddXRDsRefuses(t *testing.T) {
	cases := map[string]struct {
		reason string
		dir    string
		want   string
	}{
		"CostlyRule": {
			reason: "A rule that the API server would refuse for its cost should be refused here.",
			dir:    "testdata/costly",
			want:   "estimated rule cost exceeds budget",
		},
		"Nothing": {
			reason: "A folder without XRDs is a mistake.",
			dir:    ".",
			want:   "cannot find an XRD",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s, err := Load()
			if err != nil {
				t.Fatal(err)
			}
			dir := tc.dir
			if name == "Nothing" {
				dir = t.TempDir()
			}
			err = s.AddXRDs(dir)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\ngot  %v\nwant %s", tc.reason, err, tc.want)
			}
		})
	}
}

// TestProjectXRDs checks that a management cluster would accept Skerry's own.
func TestProjectXRDs(t *testing.T) {
	for _, dir := range []string{"../../apis", "../../package/namespaced/apis"} {
		withXRDs(t, dir)
	}
}

func TestAddXRDsTwice(t *testing.T) {
	s := withXRDs(t, "testdata/claims")
	err := s.AddXRDs("testdata/namespaced")
	if err == nil || !strings.Contains(err.Error(), "defined twice") {
		t.Errorf("got %v, want an error, because both packages define Boat", err)
	}
}
