package pretend

import (
	"context"
	"fmt"
	"maps"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// A World is a management cluster with one composite, as Crossplane shows it to
// a function. Its fields can be changed between rounds.
type World struct {
	// Composite as it is observed.
	Composite map[string]any
	// Resources that exist, by key.
	Resources map[string]map[string]any
	// Required are the objects that can be asked for, by kind.
	Required map[string][]map[string]any
	// Input of the function, or nil.
	Input map[string]any
	// Become turns what is desired into what is observed. The default is Ready.
	Become func(desired map[string]any) map[string]any
}

// NewWorld returns a World with a composite and nothing else in it but what can
// be asked for.
func NewWorld(composite map[string]any, required ...map[string]any) *World {
	w := &World{Composite: composite, Resources: map[string]map[string]any{}, Required: map[string][]map[string]any{}, Become: Ready}
	for _, r := range required {
		k := text(r, "kind")
		w.Required[k] = append(w.Required[k], r)
	}
	return w
}

// Request returns what Crossplane would send for the requirements.
func (w *World) Request(requirements map[string]*fnv1.ResourceSelector) (*fnv1.RunFunctionRequest, error) {
	xr, err := structpb.NewStruct(w.Composite)
	if err != nil {
		return nil, fmt.Errorf("cannot encode the composite: %w", err)
	}
	req := &fnv1.RunFunctionRequest{
		Meta:              &fnv1.RequestMeta{Tag: "pretended"},
		Observed:          &fnv1.State{Composite: &fnv1.Resource{Resource: xr}, Resources: map[string]*fnv1.Resource{}},
		RequiredResources: map[string]*fnv1.Resources{},
	}
	if w.Input != nil {
		if req.Input, err = structpb.NewStruct(w.Input); err != nil {
			return nil, fmt.Errorf("cannot encode the input: %w", err)
		}
	}
	for key, o := range w.Resources {
		s, err := structpb.NewStruct(o)
		if err != nil {
			return nil, fmt.Errorf("cannot encode %q: %w", key, err)
		}
		req.Observed.Resources[key] = &fnv1.Resource{Resource: s, ConnectionDetails: Connection(o)}
	}
	for name, sel := range requirements {
		if req.RequiredResources[name], err = w.fetch(sel); err != nil {
			return nil, err
		}
	}
	return req, nil
}

func (w *World) fetch(sel *fnv1.ResourceSelector) (*fnv1.Resources, error) {
	out := &fnv1.Resources{}
	for _, o := range w.Required[sel.GetKind()] {
		if !matches(o, sel) {
			continue
		}
		s, err := structpb.NewStruct(o)
		if err != nil {
			return nil, fmt.Errorf("cannot encode a required %s: %w", sel.GetKind(), err)
		}
		out.Items = append(out.Items, &fnv1.Resource{Resource: s})
	}
	return out, nil
}

func matches(o map[string]any, sel *fnv1.ResourceSelector) bool {
	m := sub(o, "metadata")
	if text(o, "apiVersion") != sel.GetApiVersion() {
		return false
	}
	// No namespace means all of them, as in Crossplane.
	if sel.GetNamespace() != "" && text(m, "namespace") != sel.GetNamespace() {
		return false
	}
	if n := sel.GetMatchName(); n != "" && text(m, "name") != n {
		return false
	}
	for k, v := range sel.GetMatchLabels().GetLabels() {
		if text(sub(m, "labels"), k) != v {
			return false
		}
	}
	return true
}

// maxCalls is how often Crossplane calls a function whose requirements change
// (crossplane v2.4.0, internal/xfn/required_resources.go).
const maxCalls = 6

func equal(a, b *fnv1.ResourceSelector) bool { return proto.Equal(a, b) }

// Call runs the function once as Crossplane does: again and again until its
// requirements are stable.
func (w *World) Call(ctx context.Context, fn fnv1.FunctionRunnerServiceServer) (*fnv1.RunFunctionRequest, *fnv1.RunFunctionResponse, error) {
	var asked map[string]*fnv1.ResourceSelector
	for range maxCalls {
		req, err := w.Request(asked)
		if err != nil {
			return nil, nil, err
		}
		rsp, err := fn.RunFunction(ctx, proto.Clone(req).(*fnv1.RunFunctionRequest))
		if err != nil {
			return req, nil, fmt.Errorf("the function failed: %w", err)
		}
		if Fatal(rsp) != "" || (asked != nil && maps.EqualFunc(asked, rsp.GetRequirements().GetResources(), equal)) {
			return req, rsp, nil
		}
		asked = maps.Clone(rsp.GetRequirements().GetResources())
		if asked == nil {
			asked = map[string]*fnv1.ResourceSelector{}
		}
	}
	return nil, nil, fmt.Errorf("the function's requirements didn't become stable in %d calls", maxCalls)
}

// Fatal returns the message of a fatal result, or "".
func Fatal(rsp *fnv1.RunFunctionResponse) string {
	for _, r := range rsp.GetResults() {
		if r.GetSeverity() == fnv1.Severity_SEVERITY_FATAL {
			return r.GetMessage()
		}
	}
	return ""
}

// Apply makes the world as the response desires it: what is desired exists and
// becomes, what isn't goes. A fatal response changes nothing.
func (w *World) Apply(rsp *fnv1.RunFunctionResponse) {
	if Fatal(rsp) != "" {
		return
	}
	next := make(map[string]map[string]any, len(rsp.GetDesired().GetResources()))
	for key, r := range rsp.GetDesired().GetResources() {
		next[key] = w.Become(r.GetResource().AsMap())
	}
	w.Resources = next
	if s := rsp.GetDesired().GetComposite().GetResource().GetFields()["status"]; s != nil {
		w.Composite["status"] = s.AsInterface()
	}
	delete(w.Required, "MachineDeployment")
	delete(w.Required, "Object")
	for _, o := range next {
		switch {
		case o["status"] == nil:
		case text(o, "kind") == "Cluster":
			w.Required["MachineDeployment"] = MachineDeployments(o)
		case text(o, "kind") == "ObservedObjectCollection":
			w.Required["Object"] = append(w.Required["Object"], Members(o)...)
		}
	}
}

// Settle runs the function and applies what it answers until nothing changes,
// and returns the last response and the number of rounds that changed
// something.
func (w *World) Settle(ctx context.Context, fn fnv1.FunctionRunnerServiceServer) (rsp *fnv1.RunFunctionResponse, rounds int, err error) {
	const most = 30
	for rounds = range most {
		_, next, err := w.Call(ctx, fn)
		if err != nil {
			return nil, rounds, err
		}
		if rsp != nil && proto.Equal(rsp, next) {
			return next, rounds, nil
		}
		rsp = next
		w.Apply(rsp)
	}
	return rsp, most, fmt.Errorf("the world didn't settle in %d rounds", most)
}
