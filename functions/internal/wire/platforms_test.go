package wire

import (
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/skerry-dev/skerry/functions/internal/status"
)

func TestPlatformsRemember(t *testing.T) {
	clone := func(s *structpb.Struct) *structpb.Struct { return proto.Clone(s).(*structpb.Struct) }
	one := parsed(t, `{kind: Platform, metadata: {resourceVersion: "1"}, spec: {namespace: one, crossplane: {compositionRef: {name: c}}}}`)
	var p Platforms
	first, err := p.Merged(one)
	if err != nil || first.Namespace != "one" {
		t.Fatalf("merged %v, %v", first, err)
	}

	again := clone(one)
	again.Fields["metadata"] = structpb.NewStructValue(parsed(t, `{resourceVersion: "2"}`))
	if same, _ := p.Merged(again); same != first {
		t.Error("the same spec was merged again")
	}

	again.Fields["spec"].GetStructValue().Fields["namespace"] = structpb.NewStringValue("two")
	second, err := p.Merged(again)
	if err != nil || second == first || second.Namespace != "two" || first.Namespace != "one" {
		t.Errorf("a changed spec: got %q, %v, and the old one became %q", second.Namespace, err, first.Namespace)
	}

	// What was handed in may change afterwards: the memory is its own.
	again.Fields["spec"].GetStructValue().Fields["namespace"] = structpb.NewStringValue("three")
	if third, _ := p.Merged(again); third == second || third.Namespace != "three" {
		t.Errorf("a spec changed in place: got %q, want three", third.Namespace)
	}

	broken := parsed(t, `{spec: {cluods: []}}`)
	_, err = p.Merged(broken)
	_, same := p.Merged(clone(broken))
	if err == nil || same != err { //nolint:errorlint // The very same error is wanted.
		t.Errorf("a broken spec is remembered with its error: got %v, then %v", err, same)
	}
	if back, err := p.Merged(one); err != nil || back.Namespace != "one" {
		t.Errorf("after a broken one: got %v", err)
	}
}

func TestPlatformWithoutSpec(t *testing.T) {
	var p Platforms
	for range 2 {
		got, err := p.Merged(parsed(t, `{kind: Platform}`))
		if err != nil || len(got.ServiceLevels) == 0 {
			t.Errorf("a Platform that says nothing is the built-in one: got %v, %v", got, err)
		}
	}
}

func TestPlatformsRequired(t *testing.T) {
	platform := &fnv1.Resources{Items: []*fnv1.Resource{{Resource: parsed(t, `{spec: {namespace: theirs}}`)}}}
	cases := map[string]struct {
		reason  string
		req     *fnv1.RunFunctionRequest
		name    string
		want    string // the namespace of what is returned
		failed  string // the reason of the Accepted condition
		message string
	}{
		"not asked": {
			reason: "the response only asks: Crossplane calls again",
			req:    &fnv1.RunFunctionRequest{}, name: unnamed,
		},
		"there": {
			reason: "the Platform, merged",
			req:    &fnv1.RunFunctionRequest{RequiredResources: map[string]*fnv1.Resources{"platform": platform}}, name: unnamed, want: "theirs",
		},
		"named": {
			reason: "it is asked for in every call, by the name in the input",
			req:    &fnv1.RunFunctionRequest{Input: parsed(t, `{platformName: other}`), RequiredResources: map[string]*fnv1.Resources{"platform": platform}}, name: "other", want: "theirs",
		},
		"missing": {
			reason: "Crossplane has looked and found none",
			req:    &fnv1.RunFunctionRequest{RequiredResources: map[string]*fnv1.Resources{"platform": {}}}, name: unnamed, failed: status.ReasonRefused,
			message: `Platform: "default" does not exist. Ask the platform team to create the Platform of that name. What runs stays as it is.`,
		},
		"missing as nil": {
			reason: "an answer without a list is an answer",
			req:    &fnv1.RunFunctionRequest{RequiredResources: map[string]*fnv1.Resources{"platform": nil}}, name: unnamed, failed: status.ReasonRefused,
			message: `Platform: "default" does not exist. Ask the platform team to create the Platform of that name. What runs stays as it is.`,
		},
		"broken": {
			reason: "a Platform that can't be merged is a fault of the platform",
			req:    &fnv1.RunFunctionRequest{RequiredResources: map[string]*fnv1.Resources{"platform": {Items: []*fnv1.Resource{{Resource: parsed(t, `{spec: {cluods: []}}`)}}}}},
			name:   unnamed, failed: status.ReasonFailed,
			message: `the Platform "default" can't be used: cannot decode the Platform: unknown field "cluods"`,
		},
		"contradiction": {
			reason: "one that contradicts itself names the field",
			req:    &fnv1.RunFunctionRequest{RequiredResources: map[string]*fnv1.Resources{"platform": {Items: []*fnv1.Resource{{Resource: parsed(t, `{spec: {addons: [{name: mine}]}}`)}}}}},
			name:   unnamed, failed: status.ReasonRefused,
			message: `the Platform "default" can't be used: spec.addons[mine].chart: "" is missing. Set it: this add-on isn't built in. Built-in add-ons need only what differs.`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var p Platforms
			rsp := Respond(tc.req)
			spec, ok := p.Required(tc.req, rsp)
			if ok != (tc.want != "") || ok && spec.Namespace != tc.want {
				t.Errorf("%s: got %t, want %q", tc.reason, ok, tc.want)
			}
			if got := rsp.GetRequirements().GetResources()["platform"].GetMatchName(); got != tc.name {
				t.Errorf("%s: asks for %q, want %q", tc.reason, got, tc.name)
			}
			refusedWith(t, tc.reason, rsp, tc.failed, tc.message)
		})
	}
}

// Without a name there is nothing to ask for.
func TestPlatformsBrokenInput(t *testing.T) {
	var p Platforms
	req := &fnv1.RunFunctionRequest{Input: parsed(t, `{platformName: [7]}`)}
	rsp := Respond(req)
	if _, ok := p.Required(req, rsp); ok || rsp.GetRequirements() != nil || len(rsp.GetResults()) != 1 {
		t.Errorf("got %t, asks for %v, results %v", ok, rsp.GetRequirements(), rsp.GetResults())
	}
}

// refusedWith wants a fatal result and Accepted=False with the same message, or
// neither when there is no reason.
func refusedWith(t *testing.T, reason string, rsp *fnv1.RunFunctionResponse, want, message string) {
	t.Helper()
	if want == "" {
		if len(rsp.GetResults()) > 0 || len(rsp.GetConditions()) > 0 {
			t.Errorf("%s: got %v and %v, want nothing", reason, rsp.GetResults(), rsp.GetConditions())
		}
		return
	}
	var got []string
	for _, r := range rsp.GetResults() {
		got = append(got, r.GetSeverity().String(), r.GetTarget().String(), r.GetReason(), r.GetMessage())
	}
	for _, c := range rsp.GetConditions() {
		got = append(got, c.GetType(), c.GetStatus().String(), c.GetReason(), c.GetMessage())
	}
	if diff := cmp.Diff([]string{
		"SEVERITY_FATAL", "TARGET_COMPOSITE_AND_CLAIM", want, message,
		"Accepted", "STATUS_CONDITION_FALSE", want, message,
	}, got); diff != "" {
		t.Errorf("%s: -want +got:\n%s", reason, diff)
	}
}
