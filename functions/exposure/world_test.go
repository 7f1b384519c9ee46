package main

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/test/crd"
	"github.com/skerry-dev/skerry/test/pretend"
	"github.com/skerry-dev/skerry/test/render"
)

const root = "../.."

// The folders of the XRDs of the two packages.
const (
	claims     = "apis"
	namespaced = "package/namespaced/apis"
)

// schemas returns the XRDs of one package and the CRDs of what is composed.
func schemas(t testing.TB, dir string) *crd.Set {
	t.Helper()
	load := defaultSchemas
	if dir == namespaced {
		load = namespacedSchemas
	}
	s, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var (
	defaultSchemas    = sync.OnceValues(func() (*crd.Set, error) { return loadSchemas(claims) })
	namespacedSchemas = sync.OnceValues(func() (*crd.Set, error) { return loadSchemas(namespaced) })
)

func loadSchemas(dir string) (*crd.Set, error) {
	s, err := crd.Load()
	if err != nil {
		return nil, err
	}
	return s, s.AddXRDs(filepath.Join(root, dir))
}

func parse(t testing.TB, text string) map[string]any {
	t.Helper()
	m := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// exposure returns the claim of team-a.
func exposure(t testing.TB, spec string) map[string]any {
	t.Helper()
	m := parse(t, `
apiVersion: skerry.dev/v1alpha1
kind: Exposure
metadata: {name: www, namespace: team-a}
spec: {clusterRef: {name: shop}, namespace: web, service: {name: frontend, port: 8080}, hostnames: [shop.apps.example.org, www.apps.example.org]}
`)
	maps.Copy(m["spec"].(map[string]any), parse(t, spec))
	return m
}

// composite returns the claim's composite, as the API server stores it.
func composite(t testing.TB, dir string, claim map[string]any) map[string]any {
	t.Helper()
	xr := runtime.DeepCopyJSON(claim)
	if dir == claims {
		xr = render.FromClaim(xr, "X"+kind)
	}
	out, err := schemas(t, dir).Default(xr)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// platform returns the Platform of the examples.
func platform(t testing.TB) map[string]any {
	t.Helper()
	docs, err := render.ReadFile(filepath.Join(root, "examples/platform.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return docs[0]
}

// atLevel gives the cluster a service level.
func atLevel(c map[string]any, level string) map[string]any {
	c["spec"].(map[string]any)["serviceLevel"] = level
	return c
}

// telling is the Platform whose cloud north tells its entry points the addresses
// of clients.
func telling(t testing.TB) map[string]any {
	t.Helper()
	p := runtime.DeepCopyJSON(platform(t))
	north(p)["loadBalancer"].(map[string]any)["proxyProtocol"] = true
	return p
}

// north is the first cloud of a Platform.
func north(platform map[string]any) map[string]any {
	return platform["spec"].(map[string]any)["clouds"].([]any)[0].(map[string]any)
}

// without removes fields of a claim.
func without(claim map[string]any, fields ...string) map[string]any {
	for _, f := range fields {
		delete(claim["spec"].(map[string]any), f)
	}
	return claim
}

// An answer is what a response says, in a form that tests compare.
type answer struct {
	// Fatal is the message of a fatal result.
	Fatal string
	// Keys of what is desired, in order.
	Keys []string
	// Conditions as "Type=Status Reason: message".
	Conditions []string
	Status     map[string]any
	Ready      bool
}

func answerOf(rsp *fnv1.RunFunctionResponse) answer {
	a := answer{
		Fatal: pretend.Fatal(rsp),
		Keys:  slices.Sorted(maps.Keys(rsp.GetDesired().GetResources())),
		Ready: rsp.GetDesired().GetComposite().GetReady() == fnv1.Ready_READY_TRUE,
	}
	for _, c := range rsp.GetConditions() {
		s := fmt.Sprintf("%s=%t %s", c.GetType(), c.GetStatus() == fnv1.Status_STATUS_CONDITION_TRUE, c.GetReason())
		if c.GetMessage() != "" {
			s += ": " + c.GetMessage()
		}
		a.Conditions = append(a.Conditions, s)
	}
	if s, ok := rsp.GetDesired().GetComposite().GetResource().AsMap()["status"].(map[string]any); ok {
		a.Status = s
	}
	return a
}

// call calls the function as Crossplane does.
func call(t testing.TB, w *pretend.World) *fnv1.RunFunctionResponse {
	t.Helper()
	_, rsp, err := w.Call(context.Background(), NewFunction(logging.NewNopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	return rsp
}

// settle calls the function and lets everything become ready until nothing
// changes.
func settle(t testing.TB, w *pretend.World) *fnv1.RunFunctionResponse {
	t.Helper()
	rsp, _, err := w.Settle(context.Background(), NewFunction(logging.NewNopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	if f := pretend.Fatal(rsp); f != "" {
		t.Fatalf("the claim is refused: %s", f)
	}
	return rsp
}

// bodies returns what is desired as YAML, by key.
func bodies(t *testing.T, rsp *fnv1.RunFunctionResponse) []byte {
	t.Helper()
	var out []byte
	for _, key := range slices.Sorted(maps.Keys(rsp.GetDesired().GetResources())) {
		y, err := yaml.Marshal(rsp.GetDesired().GetResources()[key].GetResource().AsMap())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, "---\n# "+key+"\n"...)
		out = append(out, y...)
	}
	return out
}

// validate checks what is desired against the CRDs, what is inside an Object
// too, and the composite with its status against the XRD.
func validate(t *testing.T, dir string, w *pretend.World, rsp *fnv1.RunFunctionResponse) {
	t.Helper()
	s := schemas(t, dir)
	all := []map[string]any{w.Composite}
	for _, r := range rsp.GetDesired().GetResources() {
		m := r.GetResource().AsMap()
		all = append(all, m)
		if m["kind"] != "Object" {
			continue
		}
		spec := m["spec"].(map[string]any)
		if only, _ := spec["managementPolicies"].([]any); len(only) == 1 {
			continue // It is only looked at, and says nothing but a name.
		}
		all = append(all, spec["forProvider"].(map[string]any)["manifest"].(map[string]any))
	}
	for _, m := range all {
		if m["kind"] == "RecordsetV2" && s.OpenStack() != nil {
			continue // Its definition isn't at hand.
		}
		for _, err := range s.Validate(m) {
			t.Error(err)
		}
	}
}
