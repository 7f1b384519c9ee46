package main

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/test/pretend"
	"github.com/skerry-dev/skerry/test/render"
)

const root = "../.."

// platform returns the Platform of the examples with a merge patch on its spec.
func platform(t *testing.T, patch string) map[string]any {
	t.Helper()
	docs, err := render.ReadFile(filepath.Join(root, "examples/platform.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(docs[0]["spec"].(map[string]any), parse(t, patch))
	return docs[0]
}

func parse(t *testing.T, text string) map[string]any {
	t.Helper()
	m := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// world is a management cluster with a Platform.
type world struct {
	platform map[string]any
	// resources that are composed, by key.
	resources map[string]map[string]any
	// required are the objects that are found, by requirement.
	required map[string][]map[string]any
}

func newWorld(platform map[string]any) *world {
	return &world{platform: platform, resources: map[string]map[string]any{}, required: map[string][]map[string]any{}}
}

// request is what Crossplane sends for the requirements.
func (w *world) request(t *testing.T, requirements ...string) *fnv1.RunFunctionRequest {
	t.Helper()
	req := &fnv1.RunFunctionRequest{
		Meta:              &fnv1.RequestMeta{Tag: "test"},
		Observed:          &fnv1.State{Composite: resource(t, w.platform), Resources: map[string]*fnv1.Resource{}},
		RequiredResources: map[string]*fnv1.Resources{},
	}
	for key, r := range w.resources {
		req.Observed.Resources[key] = resource(t, r)
	}
	for _, name := range requirements {
		found := &fnv1.Resources{}
		for _, r := range w.required[name] {
			found.Items = append(found.Items, resource(t, r))
		}
		req.RequiredResources[name] = found
	}
	return req
}

func resource(t *testing.T, m map[string]any) *fnv1.Resource {
	t.Helper()
	s, err := structpb.NewStruct(m)
	if err != nil {
		t.Fatal(err)
	}
	return &fnv1.Resource{Resource: s}
}

func run(t *testing.T, req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
	t.Helper()
	rsp, err := NewFunction(logging.NewNopLogger()).RunFunction(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	return rsp
}

// maxCalls is how often Crossplane v2.4 calls a function whose requirements
// change from call to call (internal/xfn/required_resources.go).
const maxCalls = 6

// call runs the function with everything that it asks for, until it asks for
// nothing else, as Crossplane does.
func (w *world) call(t *testing.T) *fnv1.RunFunctionResponse {
	t.Helper()
	var asked *fnv1.Requirements
	for range maxCalls {
		rsp := run(t, w.request(t, slices.Collect(maps.Keys(asked.GetResources()))...))
		if pretend.Fatal(rsp) != "" || proto.Equal(asked, rsp.GetRequirements()) {
			return rsp
		}
		asked = rsp.GetRequirements()
		if asked.GetResources()[requireMachines] != nil && w.required[requireMachinesKind] == nil {
			t.Fatal("the function asks for a kind that isn't there, which fails the whole call")
		}
	}
	t.Fatalf("the requirements aren't stable after %d calls", maxCalls)
	return nil
}

// apply makes the world as the response desires it, everything ready.
func (w *world) apply(rsp *fnv1.RunFunctionResponse) {
	if pretend.Fatal(rsp) != "" {
		return
	}
	next := map[string]map[string]any{}
	for key, r := range rsp.GetDesired().GetResources() {
		next[key] = become(r.GetResource().AsMap())
	}
	w.resources = next
	w.platform["status"] = rsp.GetDesired().GetComposite().GetResource().AsMap()["status"]
}

// become returns what is desired as it looks when it is ready.
func become(desired map[string]any) map[string]any {
	o := pretend.Ready(desired)
	spec, _ := desired["spec"].(map[string]any)
	version, ok := spec["version"].(string)
	if !ok {
		return o
	}
	o["status"] = map[string]any{
		"installedVersion": version,
		"conditions":       []any{map[string]any{"type": "Ready", "status": "True"}},
	}
	return o
}

// settle calls the function until nothing new is desired.
func (w *world) settle(t *testing.T) *fnv1.RunFunctionResponse {
	t.Helper()
	for range 10 {
		rsp := w.call(t)
		if f := pretend.Fatal(rsp); f != "" {
			t.Fatalf("the Platform is refused: %s", f)
		}
		if rsp.GetDesired().GetComposite().GetReady() == fnv1.Ready_READY_TRUE {
			return rsp
		}
		w.apply(rsp)
	}
	t.Fatal("the Platform didn't settle")
	return nil
}

// An answer is what a response says, in a form that tests compare.
type answer struct {
	// Fatal is the message of a fatal result.
	Fatal string
	// Keys of what is desired, in order.
	Keys []string
	// Conditions as "Type=Status Reason: message".
	Conditions []string
	Phase      any
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
	a.Phase = statusOfComposite(rsp)["phase"]
	return a
}

func statusOfComposite(rsp *fnv1.RunFunctionResponse) map[string]any {
	s, _ := rsp.GetDesired().GetComposite().GetResource().AsMap()["status"].(map[string]any)
	return runtime.DeepCopyJSON(s)
}
