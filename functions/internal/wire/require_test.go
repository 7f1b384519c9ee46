package wire

import (
	"errors"
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/status"
)

// Every requirement of a call stands beside the others.
func TestRequire(t *testing.T) {
	rsp := &fnv1.RunFunctionResponse{}
	RequirePlatform(rsp, unnamed)
	RequireNamed(rsp, "everywhere", "v1", "Namespace", "", "a")
	RequireNamed(rsp, "somewhere", "v1", "Secret", "ns", "b")
	RequireLabelled(rsp, "labelled", "v1", "Pod", "ns", map[string]string{"k": "v"})
	RequireLabelled(rsp, "all", "v1", "Node", "", nil)
	ns, nowhere := "ns", ""
	want := map[string]*fnv1.ResourceSelector{
		"platform":   {ApiVersion: "skerry.dev/v1alpha1", Kind: "Platform", Match: &fnv1.ResourceSelector_MatchName{MatchName: unnamed}},
		"everywhere": {ApiVersion: "v1", Kind: "Namespace", Match: &fnv1.ResourceSelector_MatchName{MatchName: "a"}},
		"somewhere":  {ApiVersion: "v1", Kind: "Secret", Namespace: &ns, Match: &fnv1.ResourceSelector_MatchName{MatchName: "b"}},
		"labelled":   {ApiVersion: "v1", Kind: "Pod", Namespace: &ns, Match: &fnv1.ResourceSelector_MatchLabels{MatchLabels: &fnv1.MatchLabels{Labels: map[string]string{"k": "v"}}}},
		"all":        {ApiVersion: "v1", Kind: "Node", Namespace: &nowhere, Match: &fnv1.ResourceSelector_MatchLabels{MatchLabels: &fnv1.MatchLabels{}}},
	}
	if diff := cmp.Diff(want, rsp.GetRequirements().GetResources(), protocmp.Transform()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Not asked, asked in vain, and found are three things.
func TestRequired(t *testing.T) {
	item := &fnv1.Resource{Resource: parsed(t, `{metadata: {name: a}}`)}
	cases := map[string]struct {
		reason string
		have   map[string]*fnv1.Resources
		asked  bool
		names  []string
	}{
		"not asked": {"Crossplane hasn't looked", nil, false, nil},
		"others":    {"it has looked for something else", map[string]*fnv1.Resources{"other": {Items: []*fnv1.Resource{item}}}, false, nil},
		"none":      {"it has looked and found none", map[string]*fnv1.Resources{"machines": {}}, true, nil},
		"nil":       {"also as nil", map[string]*fnv1.Resources{"machines": nil}, true, nil},
		"some":      {"what it found, in order", map[string]*fnv1.Resources{"machines": {Items: []*fnv1.Resource{item, {}, item}}}, true, []string{"a", "", "a"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			objects, asked := Required(&fnv1.RunFunctionRequest{RequiredResources: tc.have}, "machines")
			var names []string
			for _, o := range objects {
				names = append(names, observed.At(o, "metadata", "name").Text())
			}
			if diff := cmp.Diff([]any{tc.asked, tc.names}, []any{asked, names}); diff != "" {
				t.Errorf("%s: asked, names: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// A refusal is the user's to mend, any other error ours; both change nothing.
func TestRefuse(t *testing.T) {
	cases := map[string]struct {
		reason string
		err    error
		want   string
	}{
		"refusal": {"the platform doesn't serve it", refusal.New("spec.cloud", "x", "is none", "Choose one."), status.ReasonRefused},
		"wrapped": {"a refusal in a chain is one", errors.Join(errors.New("context"), refusal.New("spec.cloud", "x", "is none", "Choose one.")), status.ReasonRefused},
		"error":   {"a fault", errors.New("cannot render"), status.ReasonFailed},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rsp := &fnv1.RunFunctionResponse{}
			Refuse(rsp, tc.err)
			refusedWith(t, tc.reason, rsp, tc.want, tc.err.Error())
		})
	}
}

// A claim that can't be served may still let its protection go: everything else
// stays as it is, the status too.
func TestRefuseLettingGo(t *testing.T) {
	req := ofComposite(t, `{status: {phase: Ready, conditions: [{type: Ready}]}}`)
	ours := func(name string) *fnv1.Resource {
		return &fnv1.Resource{Resource: parsed(t, `{kind: A, metadata: {name: `+name+`, uid: "1", labels: {skerry.dev/component: x}}}`)}
	}
	req.Observed.Resources = map[string]*fnv1.Resource{"guard": ours("guard"), "network": ours("network")}
	rsp := Respond(req)
	RefuseLettingGo(rsp, req, refusal.New("spec.cloud", "x", "is none", "Choose one."), "guard")
	want := &fnv1.State{
		Composite: &fnv1.Resource{Resource: parsed(t, `{status: {phase: Ready}}`), Ready: fnv1.Ready_READY_FALSE},
		Resources: map[string]*fnv1.Resource{"network": {
			Resource: parsed(t, `{kind: A, metadata: {name: network, labels: {skerry.dev/component: x}}}`), Ready: fnv1.Ready_READY_TRUE,
		}},
	}
	if diff := cmp.Diff(want, rsp.GetDesired(), protocmp.Transform()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(rsp.GetResults()) > 0 || len(rsp.GetConditions()) != 1 || rsp.GetConditions()[0].GetStatus() != fnv1.Status_STATUS_CONDITION_FALSE {
		t.Errorf("results %v and conditions %v, want only Accepted=False", rsp.GetResults(), rsp.GetConditions())
	}
}

func TestAnswer(t *testing.T) {
	fields := &struct {
		Phase string `json:"phase"`
	}{"Ready"}
	fine := status.Condition{Type: "Accepted", True: true, Reason: "Accepted"}
	cases := map[string]struct {
		reason     string
		waiting    []render.Waiting
		conditions []status.Condition
		want       fnv1.Ready
	}{
		"ready":           {"nothing is awaited, every condition holds", nil, []status.Condition{fine}, fnv1.Ready_READY_TRUE},
		"waiting":         {"something is awaited", []render.Waiting{{Key: "a"}}, []status.Condition{fine}, fnv1.Ready_READY_FALSE},
		"condition false": {"a condition doesn't hold", nil, []status.Condition{fine, {Type: "NodesReady"}}, fnv1.Ready_READY_FALSE},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rsp := Respond(&fnv1.RunFunctionRequest{})
			held := render.Held{Desired: []render.Desired{{Key: "a", Body: kubernetes.NewSecret("ns", "a")}}, Waiting: tc.waiting}
			if err := Answer(rsp, &fnv1.RunFunctionRequest{}, held, fields, tc.conditions); err != nil {
				t.Fatal(err)
			}
			if got := rsp.GetDesired().GetComposite().GetReady(); got != tc.want {
				t.Errorf("%s: the composite is %v, want %v", tc.reason, got, tc.want)
			}
			if len(rsp.GetConditions()) != len(tc.conditions) || rsp.GetDesired().GetResources()["a"] == nil {
				t.Errorf("%s: conditions %v, resources %v", tc.reason, rsp.GetConditions(), rsp.GetDesired().GetResources())
			}
		})
	}
	if err := Answer(Respond(&fnv1.RunFunctionRequest{}), &fnv1.RunFunctionRequest{}, render.Held{}, "text", nil); err == nil {
		t.Error("a status of text is encoded")
	}
}

// A refused claim lets go of what is in a cluster that doesn't answer: nothing is
// withdrawn, and Objects lose the Delete policy, but those that are only read.
func TestRefuseOrphaning(t *testing.T) {
	req := &fnv1.RunFunctionRequest{Observed: &fnv1.State{
		Composite: &fnv1.Resource{Resource: parsed(t, `{status: {phase: Ready}}`)},
		Resources: map[string]*fnv1.Resource{
			"object":  {Resource: parsed(t, `{kind: Object, metadata: {labels: {skerry.dev/component: a}}, spec: {forProvider: {manifest: {kind: Ingress}}}}`)},
			"look":    {Resource: parsed(t, `{kind: Object, metadata: {labels: {skerry.dev/component: a}}, spec: {managementPolicies: [Observe]}}`)},
			"record":  {Resource: parsed(t, `{kind: RecordsetV2, metadata: {labels: {skerry.dev/component: a}}, spec: {forProvider: {type: A}}}`)},
			"another": {Resource: parsed(t, `{kind: Object, spec: {forProvider: {}}}`)},
		},
	}}
	rsp := Respond(req)
	RefuseOrphaning(rsp, req, refusal.New("spec.clusterRef.name", "shop", "is gone", "Delete this."))
	got := map[string]any{}
	for key, r := range rsp.GetDesired().GetResources() {
		got[key] = r.GetResource().AsMap()["spec"]
	}
	want := map[string]any{
		"object": map[string]any{
			"managementPolicies": []any{"Observe", "Create", "Update", "LateInitialize"},
			"forProvider":        map[string]any{"manifest": map[string]any{"kind": "Ingress"}},
		},
		"look":   map[string]any{"managementPolicies": []any{"Observe"}},
		"record": map[string]any{"forProvider": map[string]any{"type": "A"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(rsp.GetResults()) > 0 || rsp.GetDesired().GetComposite().GetReady() != fnv1.Ready_READY_FALSE || len(rsp.GetConditions()) != 1 {
		t.Errorf("it isn't a refusal without a fatal result: %v", rsp)
	}
	if p := req.GetObserved().GetResources()["object"].GetResource().AsMap()["spec"].(map[string]any)["managementPolicies"]; p != nil {
		t.Errorf("what is observed was changed: %v", p)
	}
}

// A refusal that keeps everything takes nothing away, but the right to delete
// through an API that isn't there; and it doesn't touch what was observed.
func TestOrphaning(t *testing.T) {
	const ours = `metadata: {name: x, labels: {skerry.dev/component: storage}}`
	cases := map[string]struct{ reason, body, want string }{
		"All":        {"All policies but one.", `{kind: Object, ` + ours + `, spec: {managementPolicies: ["*"], a: b}}`, "Observe Create Update LateInitialize"},
		"None":       {"No policies are all.", `{kind: Release, ` + ours + `, spec: {a: b}}`, "Observe Create Update LateInitialize"},
		"Named":      {"Delete goes, the rest stays.", `{kind: Object, ` + ours + `, spec: {managementPolicies: [Observe, Delete]}}`, "Observe"},
		"Kept":       {"What never deletes stays as it is.", `{kind: Object, ` + ours + `, spec: {managementPolicies: [Observe, Create]}}`, "Observe Create"},
		"InTheCloud": {"The cloud is there.", `{kind: ShareV2, ` + ours + `, spec: {managementPolicies: ["*"]}}`, "*"},
		"OfOthers":   {"Another step's is not ours to keep.", `{kind: Object, metadata: {name: x}, spec: {}}`, "-"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			body := parsed(t, tc.body)
			req := ofComposite(t, `status: {phase: Ready}`)
			req.Observed.Resources = map[string]*fnv1.Resource{"x": {Resource: body}}
			was := body.String()
			rsp := Respond(req)
			RefuseOrphaning(rsp, req, refusal.New("spec.a", "b", "is gone", "Go."))
			got := "-"
			if r := rsp.GetDesired().GetResources()["x"]; r != nil {
				var list []string
				for _, p := range r.GetResource().GetFields()["spec"].GetStructValue().GetFields()["managementPolicies"].GetListValue().GetValues() {
					list = append(list, p.GetStringValue())
				}
				got = strings.Join(list, " ")
			}
			if got != tc.want {
				t.Errorf("%s got %q, want %q", tc.reason, got, tc.want)
			}
			if body.String() != was {
				t.Errorf("%s what was observed was changed", tc.reason)
			}
			if len(rsp.GetResults()) > 0 || rsp.GetConditions()[0].GetMessage() != `spec.a: "b" is gone. Go.` {
				t.Errorf("got results %v, conditions %v", rsp.GetResults(), rsp.GetConditions())
			}
			if rsp.GetDesired().GetComposite().GetReady() != fnv1.Ready_READY_FALSE {
				t.Error("the composite is not explicitly unready")
			}
		})
	}
}
