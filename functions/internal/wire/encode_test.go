package wire

import (
	"errors"
	"testing"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/status"
)

func TestAsObserved(t *testing.T) {
	cases := map[string]struct{ reason, in, want string }{
		"identity": {
			"who it is stays, what the API server and Crossplane wrote goes",
			`
apiVersion: v1
kind: ConfigMap
metadata:
  name: a
  namespace: ns
  uid: 1234
  resourceVersion: "7"
  generation: 3
  creationTimestamp: "2026-01-01T00:00:00Z"
  finalizers: [x]
  ownerReferences: [{name: xr}]
  managedFields: [{manager: m}]
  generateName: xr-
data: {a: b}`,
			`{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: ns}, data: {a: b}}`,
		},
		"labels": {
			"labels stay but Crossplane's: it puts its own on again",
			`{kind: A, metadata: {name: a, labels: {skerry.dev/component: network, crossplane.io/composite: xr, crossplane.io/claim-name: c, example.org/x: y}}}`,
			`{kind: A, metadata: {name: a, labels: {skerry.dev/component: network, example.org/x: y}}}`,
		},
		"only Crossplane's labels": {
			"no empty map is left",
			`{kind: A, metadata: {name: a, labels: {crossplane.io/composite: xr}}}`,
			`{kind: A, metadata: {name: a}}`,
		},
		"external name": {
			"it ties the resource to what it manages; other annotations belong to others",
			`{kind: A, metadata: {name: a, annotations: {crossplane.io/external-name: cilium, crossplane.io/composition-resource-name: addon-cilium, kubectl.kubernetes.io/x: y}}}`,
			`{kind: A, metadata: {name: a, annotations: {crossplane.io/external-name: cilium}}}`,
		},
		"our annotations": {
			"a record that is kept still says whose it is",
			`{kind: A, metadata: {name: a, annotations: {skerry.dev/claim: team-a/www, kubectl.kubernetes.io/x: y}}}`,
			`{kind: A, metadata: {name: a, annotations: {skerry.dev/claim: team-a/www}}}`,
		},
		"no external name": {
			"annotations of others alone are none",
			`{kind: A, metadata: {name: a, annotations: {crossplane.io/external-create-pending: x}}}`,
			`{kind: A, metadata: {name: a}}`,
		},
		"status": {
			"a status is never applied",
			`{kind: A, metadata: {name: a}, spec: {a: 1, paused: true}, status: {conditions: [{type: Ready}]}}`,
			`{kind: A, metadata: {name: a}, spec: {a: 1, paused: true}}`,
		},
		"Cluster": {
			"what Cluster API writes into a spec stays its own",
			`{kind: Cluster, metadata: {name: a}, spec: {topology: {version: v1.36.1}, clusterNetwork: {a: b}, controlPlaneEndpoint: {host: h}, controlPlaneRef: {name: r}, infrastructureRef: {name: i}, paused: true}}`,
			`{kind: Cluster, metadata: {name: a}, spec: {topology: {version: v1.36.1}, clusterNetwork: {a: b}}}`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			in := parsed(t, tc.in)
			before := proto.Clone(in)
			if diff := cmp.Diff(parsed(t, tc.want), asObserved(in), protocmp.Transform()); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(before, in, protocmp.Transform()); diff != "" {
				t.Errorf("what is observed was changed: -before +after:\n%s", diff)
			}
		})
	}
}

func TestDesire(t *testing.T) {
	req := &fnv1.RunFunctionRequest{Observed: &fnv1.State{Resources: map[string]*fnv1.Resource{
		"kept":  {Resource: parsed(t, `{kind: A, metadata: {name: kept, uid: 1}, status: {}}`)},
		"going": {Resource: parsed(t, `{kind: A, metadata: {name: going, labels: {a: b}}}`)},
		"bare":  {Resource: parsed(t, `{kind: A, metadata: {name: bare}}`)},
	}}}
	rsp := Respond(&fnv1.RunFunctionRequest{Desired: &fnv1.State{Resources: map[string]*fnv1.Resource{
		"theirs": {Resource: parsed(t, `{kind: B}`), Ready: fnv1.Ready_READY_UNSPECIFIED},
	}}})
	err := Desire(rsp, req, []render.Desired{
		{Key: "kept", Ready: true},
		{Key: "going", Ready: true, Withdrawn: true},
		{Key: "bare", Ready: true, Withdrawn: true},
		{Key: "new", Body: kubernetes.NewSecret("ns", "new")},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]*fnv1.Resource{
		"theirs": {Resource: parsed(t, `{kind: B}`)},
		"kept":   {Resource: parsed(t, `{kind: A, metadata: {name: kept}}`), Ready: fnv1.Ready_READY_TRUE},
		"going":  {Resource: parsed(t, `{kind: A, metadata: {name: going, labels: {a: b, skerry.dev/withdrawn: "true"}}}`), Ready: fnv1.Ready_READY_TRUE},
		"bare":   {Resource: parsed(t, `{kind: A, metadata: {name: bare, labels: {skerry.dev/withdrawn: "true"}}}`), Ready: fnv1.Ready_READY_TRUE},
		"new":    {Resource: parsed(t, `{apiVersion: v1, kind: Secret, metadata: {name: new, namespace: ns}, type: Opaque}`), Ready: fnv1.Ready_READY_FALSE},
	}
	if diff := cmp.Diff(want, rsp.GetDesired().GetResources(), protocmp.Transform()); diff != "" {
		t.Errorf("what others desire stays, what is kept is as observed, the rest is new: -want +got:\n%s", diff)
	}
}

// A body that can't be encoded is a fault of ours, which names the resource.
func TestDesireRefuses(t *testing.T) {
	type broken struct {
		C any `json:"c"`
	}
	cases := map[string]struct {
		reason   string
		manifest any
		want     string
	}{
		"channel":         {"no JSON", broken{make(chan int)}, `cannot encode "a": spec: forProvider: manifest: c: cannot encode a chan int`},
		"in a list":       {"at any depth", broken{[]chan int{nil}}, `cannot encode "a": spec: forProvider: manifest: c: cannot encode a chan int`},
		"in a map":        {"in maps too", broken{map[string]any{"k": make(chan int)}}, `cannot encode "a": spec: forProvider: manifest: c: cannot encode a chan int`},
		"own marshalling": {"a type that can't marshal itself", broken{unmarshallable{}}, `cannot encode "a": spec: forProvider: manifest: c: cannot marshal wire.unmarshallable: it can't`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			body := kubernetes.NewObject("ns", "a", external.ProviderConfigRef{}, tc.manifest)
			held := render.Held{Desired: []render.Desired{{Key: "a", Body: body}}}
			err := Answer(Respond(&fnv1.RunFunctionRequest{}), &fnv1.RunFunctionRequest{}, held, nil, nil)
			if err == nil {
				t.Fatalf("%s: it was encoded", tc.reason)
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

type unmarshallable struct{}

func (unmarshallable) MarshalJSON() ([]byte, error) { return nil, errors.New("it can't") }

func TestRespond(t *testing.T) {
	context := parsed(t, `{example.org/a: {b: c}}`)
	cases := map[string]struct {
		reason string
		req    *fnv1.RunFunctionRequest
		want   *fnv1.RunFunctionResponse
	}{
		"first step": {
			"nothing before: an empty state to fill",
			&fnv1.RunFunctionRequest{Meta: &fnv1.RequestMeta{Tag: "t"}},
			&fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{Tag: "t", Ttl: durationpb.New(settledFor)}, Desired: &fnv1.State{}},
		},
		"later step": {
			"what steps before made passes on, the context too",
			&fnv1.RunFunctionRequest{
				Context: context,
				Desired: &fnv1.State{
					Composite: &fnv1.Resource{Resource: parsed(t, `{status: {a: b}}`)},
					Resources: map[string]*fnv1.Resource{"theirs": {Resource: parsed(t, `{kind: B}`), Ready: fnv1.Ready_READY_TRUE}},
				},
			},
			&fnv1.RunFunctionResponse{
				Meta: &fnv1.ResponseMeta{Ttl: durationpb.New(settledFor)}, Context: context,
				Desired: &fnv1.State{
					Composite: &fnv1.Resource{Resource: parsed(t, `{status: {a: b}}`)},
					Resources: map[string]*fnv1.Resource{"theirs": {Resource: parsed(t, `{kind: B}`), Ready: fnv1.Ready_READY_TRUE}},
				},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			rsp := Respond(tc.req)
			if diff := cmp.Diff(tc.want, rsp, protocmp.Transform()); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
			if rsp.GetDesired().GetResources() == nil {
				t.Errorf("%s: there is no map to desire resources in", tc.reason)
			}
		})
	}
}

// TestAnswerHolds is about how long an answer holds: Crossplane asks again then,
// whatever it has heard in between.
func TestAnswerHolds(t *testing.T) {
	cases := map[string]struct {
		reason string
		held   render.Held
		want   time.Duration
	}{
		"Settled": {reason: "a Platform may change", want: settledFor},
		"Waiting": {reason: "events get lost", held: render.Held{Waiting: []render.Waiting{{Key: "a"}}}, want: waitingFor},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			req := &fnv1.RunFunctionRequest{}
			rsp := Respond(req)
			if err := Answer(rsp, req, tc.held, struct{}{}, nil); err != nil {
				t.Fatal(err)
			}
			if got := rsp.GetMeta().GetTtl().AsDuration(); got != tc.want {
				t.Errorf("%s: got %s, want %s", tc.reason, got, tc.want)
			}
		})
	}
}

func TestSetStatus(t *testing.T) {
	type fields struct {
		Phase string `json:"phase,omitempty"`
		Nodes string `json:"nodes,omitempty"`
	}
	cases := map[string]struct {
		reason string
		have   string
		fields fields
		ready  bool
		want   string
	}{
		"first":          {"a composite that nobody has desired yet", "", fields{Phase: "Ready"}, true, `{status: {phase: Ready}}`},
		"others'":        {"fields of other steps stay, ours are replaced", `{status: {theirs: {a: b}, phase: Pending}}`, fields{Phase: "Ready", Nodes: "1/1"}, false, `{status: {theirs: {a: b}, phase: Ready, nodes: 1/1}}`},
		"other parts":    {"so does the rest of the composite", `{spec: {a: b}}`, fields{Phase: "Ready"}, false, `{spec: {a: b}, status: {phase: Ready}}`},
		"empty status":   {"an empty status is one to fill", `{status: {}}`, fields{Phase: "Ready"}, false, `{status: {phase: Ready}}`},
		"nothing to say": {"nothing to say changes nothing", `{status: {theirs: a}}`, fields{}, true, `{status: {theirs: a}}`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			req := &fnv1.RunFunctionRequest{}
			if tc.have != "" {
				req.Desired = &fnv1.State{Composite: &fnv1.Resource{Resource: parsed(t, tc.have), Ready: fnv1.Ready_READY_TRUE}}
			}
			rsp := Respond(req)
			if err := SetStatus(rsp, &tc.fields, tc.ready); err != nil {
				t.Fatal(err)
			}
			want := &fnv1.Resource{Resource: parsed(t, tc.want), Ready: fnv1.Ready_READY_FALSE}
			if tc.ready {
				want.Ready = fnv1.Ready_READY_TRUE
			}
			if diff := cmp.Diff(want, rsp.GetDesired().GetComposite(), protocmp.Transform()); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
	if err := SetStatus(Respond(&fnv1.RunFunctionRequest{}), "text", true); err == nil {
		t.Error("text became a status")
	}
}

func TestSetConditions(t *testing.T) {
	rsp := &fnv1.RunFunctionResponse{}
	SetConditions(rsp, status.Condition{Type: "A", True: true, Reason: "Fine"}, status.Condition{Type: "B", Reason: "Waiting", Message: "For it."})
	both, message := fnv1.Target_TARGET_COMPOSITE_AND_CLAIM, "For it."
	want := []*fnv1.Condition{
		{Type: "A", Status: fnv1.Status_STATUS_CONDITION_TRUE, Reason: "Fine", Target: &both},
		{Type: "B", Status: fnv1.Status_STATUS_CONDITION_FALSE, Reason: "Waiting", Message: &message, Target: &both},
	}
	if diff := cmp.Diff(want, rsp.GetConditions(), protocmp.Transform()); diff != "" {
		t.Errorf("conditions reach the claim, an empty message is none: -want +got:\n%s", diff)
	}
}
