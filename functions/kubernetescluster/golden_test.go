package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	"google.golang.org/protobuf/proto"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
	"github.com/skerry-dev/skerry/test/pretend"
)

// Every example, as it is written, with everything that comes of it.
func TestExamples(t *testing.T) {
	for _, claim := range exampleClusters(t) {
		name := at(claim, "metadata")["name"].(string)
		t.Run(name, func(t *testing.T) {
			first := answer(t, settled(t, claim))
			second := answer(t, settled(t, claim))
			if diff := cmp.Diff(text(t, first), text(t, second)); diff != "" {
				t.Fatalf("rendering twice gives different bytes:\n%s", diff)
			}
			a := &txtar.Archive{
				Comment: []byte("What comes of an example once everything is ready. Written by make generate.\n"),
				Files: []txtar.File{
					{Name: "claim.yaml", Data: marshal(t, claim)},
					{Name: "status.yaml", Data: statusText(t, first)},
					{Name: "composed.yaml", Data: text(t, first)},
				},
			}
			rendertest.Compare(t, filepath.Join("testdata", "examples", name+".txtar"), txtar.Format(a))
		})
	}
}

// Every example at every level: which keys, of which kind, under which name, and
// a hash of each content. The differences between these files are what a service
// level decides.
func TestEveryExampleAtEveryLevel(t *testing.T) {
	for _, claim := range exampleClusters(t) {
		for _, level := range levels {
			name := at(claim, "metadata")["name"].(string) + "-" + strings.ToLower(level)
			t.Run(name, func(t *testing.T) {
				got := inventory(t, claimAt(fitting(claim, level), level))
				rendertest.Compare(t, filepath.Join("testdata", "levels", name+".txt"), got)
			})
		}
	}
}

// fitting makes an example small enough for a level that bounds the size, and
// drops what only Premium offers, or doesn't.
func fitting(claim object, level string) object {
	c := runtime.DeepCopyJSON(claim)
	if level != "Premium" {
		delete(at(c, "spec"), "controlPlane")
	} else {
		delete(at(c, "spec"), "hibernation") // Which it doesn't offer.
	}
	if level != "Demo" {
		return c
	}
	at(c, "spec")["nodePools"] = at(c, "spec")["nodePools"].([]any)[:1]
	pool(at(c, "spec"), 0)["replicas"] = 1.0
	return c
}

func inventory(t *testing.T, claim object) []byte {
	t.Helper()
	rsp := answer(t, settled(t, claim))
	var b bytes.Buffer
	for _, key := range keys(rsp) {
		r := rsp.GetDesired().GetResources()[key]
		hash, err := render.Hash(r.GetResource().AsMap())
		if err != nil {
			t.Fatal(err)
		}
		n := observedName(r)
		fmt.Fprintf(&b, "%s %s %s/%s %s\n", key, n.kind, n.namespace, n.name, hash)
	}
	return b.Bytes()
}

// A claim of one package is valid in the other, and gives the same resources,
// only in the team's own namespace.
func TestNamespacedPackageGivesTheSame(t *testing.T) {
	for _, claim := range exampleClusters(t) {
		for _, level := range levels {
			claim := normal(t, claimAt(fitting(claim, level), level))
			name := at(claim, "metadata")["name"].(string)
			t.Run(name+"-"+strings.ToLower(level), func(t *testing.T) {
				for _, dir := range []string{defaultPackage, namespacedPackage} {
					if errs := schemas(t, dir).Validate(claim); len(errs) > 0 {
						t.Fatalf("the manifest isn't valid in %s: %v", dir, errs)
					}
				}
				namespace := at(claim, "metadata")["namespace"].(string)
				want := answer(t, settledAs(t, composite(t, claim), plan.OwnPrefix(namespace, name)))
				// A namespaced composite is its own claim: one Usage protects both.
				delete(want.GetDesired().GetResources(), "deletion-protection-composite")
				xr, err := schemas(t, namespacedPackage).Default(claim)
				if err != nil {
					t.Fatal(err)
				}
				got := text(t, answer(t, settledAs(t, xr, name)))
				if diff := cmp.Diff(strings.ReplaceAll(string(text(t, want)), "skerry-system", namespace), string(got)); diff != "" {
					t.Errorf("-default +namespaced:\n%s", diff)
				}
			})
		}
	}
}

// settledAs settles a composite under the name, so that both packages give the
// same prefix.
func settledAs(t *testing.T, xr object, name string) *pretend.World {
	t.Helper()
	at(xr, "metadata")["name"] = name
	w := pretend.NewWorld(xr, platform(t))
	if _, _, err := w.Settle(context.Background(), newFunction()); err != nil {
		t.Fatal(err)
	}
	return w
}

// A complete cluster is composed in as few rounds as its dependencies need, and
// then nothing is ever written again.
func TestSteadyState(t *testing.T) {
	w := pretend.NewWorld(composite(t, exampleNamed(t, "bank")), platform(t))
	_, rounds, err := w.Settle(context.Background(), newFunction())
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("complete after %d rounds", rounds)
	before := answer(t, w)
	w.Apply(before)
	if after := answer(t, w); !proto.Equal(before, after) {
		t.Error("a complete cluster gets another answer the next time")
	}
	if before.GetDesired().GetComposite().GetReady() != fnv1.Ready_READY_TRUE {
		t.Errorf("a complete cluster isn't ready: %v", before.GetConditions())
	}
}

func answer(t *testing.T, w *pretend.World) *fnv1.RunFunctionResponse {
	t.Helper()
	_, rsp, err := w.Call(context.Background(), newFunction())
	if err != nil {
		t.Fatal(err)
	}
	if f := pretend.Fatal(rsp); f != "" {
		t.Fatalf("the claim is refused: %s", f)
	}
	return rsp
}

func keys(rsp *fnv1.RunFunctionResponse) []string {
	var out []string
	for k := range rsp.GetDesired().GetResources() {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func text(t *testing.T, rsp *fnv1.RunFunctionResponse) []byte {
	t.Helper()
	var b bytes.Buffer
	for _, key := range keys(rsp) {
		fmt.Fprintf(&b, "---\n# %s\n", key)
		b.Write(marshal(t, rsp.GetDesired().GetResources()[key].GetResource().AsMap()))
	}
	return b.Bytes()
}

func statusText(t *testing.T, rsp *fnv1.RunFunctionResponse) []byte {
	t.Helper()
	var b bytes.Buffer
	b.Write(marshal(t, rsp.GetDesired().GetComposite().GetResource().AsMap()["status"]))
	for _, c := range rsp.GetConditions() {
		fmt.Fprintf(&b, "# %s\n", conditionText(c))
	}
	return b.Bytes()
}

func conditionText(c *fnv1.Condition) string {
	s := strings.TrimPrefix(c.GetStatus().String(), "STATUS_CONDITION_")
	out := c.GetType() + "=" + s[:1] + strings.ToLower(s[1:]) + " " + c.GetReason()
	if c.GetMessage() != "" {
		out += ": " + c.GetMessage()
	}
	return out
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	out, err := yaml.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
