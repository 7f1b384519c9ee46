package render

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/test/tools"
)

// harness returns a Harness for a package in testdata, whose function is
// ./test/render/tinyfunction.
func harness(t *testing.T, pkg string) *Harness {
	t.Helper()
	if testing.Short() {
		t.Skip("builds the Crossplane CLI and core, which takes minutes the first time")
	}
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	h, err := New(context.Background(), Config{
		Root:      root,
		Package:   filepath.Join("testdata", pkg),
		Functions: map[string]string{"example-function-tiny": "./test/render/tinyfunction"},
		Progress:  os.Stderr,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func boat(berths int) map[string]any {
	return map[string]any{
		"apiVersion": "example.org/v1",
		"kind":       "Boat",
		"metadata":   map[string]any{"name": "tern", "namespace": "team-a"},
		"spec":       map[string]any{"berths": berths},
	}
}

func harbour(room int) map[string]any {
	return map[string]any{
		"apiVersion": "example.org/v1",
		"kind":       "Harbour",
		"metadata":   map[string]any{"name": "home"},
		"spec":       map[string]any{"room": room},
	}
}

// names are the namespaces and names of objects.
func names(t *testing.T, objects []map[string]any) []string {
	t.Helper()
	var out []string
	for _, o := range objects {
		m, _ := o["metadata"].(map[string]any)
		ns, _ := m["namespace"].(string)
		out = append(out, ns+"/"+nameOf(o))
	}
	return out
}

func TestRenderRounds(t *testing.T) {
	cases := map[string]struct {
		reason string
		pkg    string
		want   []string
	}{
		"Claims": {
			reason: "A claim should be rendered as its cluster-scoped composite.",
			pkg:    "claims",
			want:   []string{"harbour/tern-a2e79-berth-0", "harbour/tern-a2e79-berth-1", "harbour/tern-a2e79-berth-2"},
		},
		"Namespaced": {
			reason: "The same manifest should be rendered as a namespaced composite.",
			pkg:    "namespaced",
			want:   []string{"team-a/tern-berth-0", "team-a/tern-berth-1", "team-a/tern-berth-2"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := harness(t, tc.pkg)
			xr, err := h.Composite(boat(3))
			if err != nil {
				t.Fatal(err)
			}
			first, composed, results, err := h.Render(context.Background(), xr, nil, harbour(4))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, names(t, composed)); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
			for _, r := range results {
				if r.Severity != "Normal" {
					t.Errorf("got result %v, want no warning", r)
				}
			}
			second, again, _, err := h.Render(context.Background(), xr, composed, harbour(4))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(names(t, composed), names(t, again)); diff != "" {
				t.Errorf("the second round should compose the same, -first, +second:\n%s", diff)
			}
			if a, b := observed(first), observed(second); a != 0 || b != 3 {
				t.Errorf("got %d and %d observed resources, want 0 and 3", a, b)
			}
		})
	}
}

func observed(xr map[string]any) int64 {
	status, _ := xr["status"].(map[string]any)
	n, _ := status["observed"].(int64)
	return n
}

func TestRenderDefaults(t *testing.T) {
	h := harness(t, "claims")
	claim := boat(0)
	claim["spec"] = map[string]any{}
	xr, err := h.Composite(claim)
	if err != nil {
		t.Fatal(err)
	}
	got, composed, _, err := h.Render(context.Background(), xr, nil, harbour(4))
	if err != nil {
		t.Fatal(err)
	}
	if len(composed) != 2 {
		t.Errorf("got %d composed resources, want 2: the XRD's defaults should be applied", len(composed))
	}
	spec, _ := got["spec"].(map[string]any)
	ref, _ := spec["claimRef"].(map[string]any)
	if ref["name"] != "tern" || ref["namespace"] != "team-a" {
		t.Errorf("got claimRef %v, want the claim's name and namespace", ref)
	}
}

func TestRenderResults(t *testing.T) {
	h := harness(t, "claims")
	xr, err := h.Composite(boat(3))
	if err != nil {
		t.Fatal(err)
	}
	_, _, results, err := h.Render(context.Background(), xr, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(results) == 0 || results[0].Severity != "Warning" || !strings.Contains(results[0].Message, "there is no Harbour") {
		t.Errorf("got results %v, want the function's warning first", results)
	}

	_, _, _, err = h.Render(context.Background(), xr, nil, harbour(1))
	fatal := &FatalError{}
	if !errors.As(err, &fatal) {
		t.Fatalf("got error %v, want a FatalError", err)
	}
	if want := "spec.berths is 3, the harbour has room for 1"; fatal.Message != want {
		t.Errorf("got message %q, want the function's own: %q", fatal.Message, want)
	}
}

func TestNewErrors(t *testing.T) {
	_, err := New(context.Background(), Config{Package: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "cannot find XRDs") {
		t.Errorf("got %v, want an error that no XRDs were found", err)
	}
}
