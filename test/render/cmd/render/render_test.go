package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/test/render"
)

func object(apiVersion, kind, name string) map[string]any {
	return map[string]any{"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"name": name}}
}

func TestPrinter(t *testing.T) {
	r := rendered{
		claim: object("example.org/v1", "Boat", "tern"),
		Settled: render.Settled{
			Composite: map[string]any{
				"kind":   "XBoat",
				"spec":   map[string]any{"serviceLevel": "Premium"},
				"status": map[string]any{"phase": "Ready"},
			},
			Composed: []map[string]any{
				object("v1", "Secret", "a"), object("v1", "Secret", "b"), object("example.org/v1", "Berth", "c"),
			},
			Results: []render.Result{
				{Severity: "Warning", Reason: "Storm", Message: "stay\n  in port"},
				{Severity: "Normal", Reason: "Calm", Message: "go"},
			},
			Rounds: 1,
		},
	}
	cases := map[string]struct {
		reason  string
		options options
		want    string
	}{
		"Table": {
			reason:  "The table should count kinds and show warnings.",
			options: options{format: "table"},
			want: `Boat tern (Premium): 3 composed resources after 1 round, Ready
  Berth   example.org/v1  1
  Secret  v1              2
  warning: stay in port

`,
		},
		"Quiet": {
			reason:  "Quiet should be one line.",
			options: options{format: "table", quiet: true},
			want:    "Boat tern (Premium): 3 composed resources after 1 round, Ready\n",
		},
		"YAML": {
			reason:  "YAML should be all of it.",
			options: options{format: "yaml"},
			want: `---
kind: XBoat
spec:
  serviceLevel: Premium
status:
  phase: Ready
---
apiVersion: v1
kind: Secret
metadata:
  name: a
---
apiVersion: v1
kind: Secret
metadata:
  name: b
---
apiVersion: example.org/v1
kind: Berth
metadata:
  name: c
# Warning Storm: stay in port
# Normal Calm: go
`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			out := &bytes.Buffer{}
			show, err := newPrinter(out, tc.options)
			if err != nil {
				t.Fatal(err)
			}
			if err := show(r); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, out.String()); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
	if _, err := newPrinter(os.Stdout, options{format: "xml"}); err == nil {
		t.Error("an unknown format should be an error")
	}
}

func TestOthers(t *testing.T) {
	a, b := object("v1", "Boat", "a"), object("v1", "Boat", "b")
	in := inputs{cluster: []map[string]any{a, b, object("v1", "Boat", "b")}}
	got := in.others(a)
	if diff := cmp.Diff([]map[string]any{b}, got); diff != "" {
		t.Errorf("the composite itself and duplicates should be left out, -want, +got:\n%s", diff)
	}
}

func TestReadObserved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "observed.yaml")
	manifest := `---
kind: XBoat
metadata: {name: tern}
---
# a comment alone
---
kind: Berth
metadata: {name: berth, annotations: {crossplane.io/composition-resource-name: berth}}
`
	if err := os.WriteFile(path, []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	in := inputs{}
	if err := in.readObserved(path); err != nil {
		t.Fatal(err)
	}
	if len(in.observed) != 1 || kindOf(in.observed[0]) != "Berth" {
		t.Errorf("got %v, want just the composed resource", in.observed)
	}
}

// A claim is read as the API server stores it, and so is its composite: a Storage takes its
// level from a cluster that may have named none.
func TestDefaults(t *testing.T) {
	claim := object("skerry.dev/v1alpha1", "KubernetesCluster", "shop")
	claim["metadata"] = map[string]any{"name": "shop", "namespace": "team-a"}
	pools := []any{map[string]any{"name": "web", "flavor": "SCS-2V-8", "replicas": int64(1)}}
	claim["spec"] = map[string]any{"cloud": "north", "version": "1.36", "nodePools": pools}
	composite := object("skerry.dev/v1alpha1", "XKubernetesCluster", "shop-1")
	composite["spec"] = map[string]any{"cloud": "north", "version": "1.36", "nodePools": pools}
	in := inputs{claims: []map[string]any{claim}, composites: []map[string]any{composite}}
	if err := in.admit(filepath.Join("..", "..", "..", "..", "apis")); err != nil {
		t.Fatal(err)
	}
	for _, o := range []map[string]any{claim, composite} {
		if got := o["spec"].(map[string]any)["serviceLevel"]; got != "Standard" {
			t.Errorf("%s: got level %v, want the schema's", kindOf(o), got)
		}
	}
}
