package supervisor

import (
	"context"
	"fmt"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/grpc"
)

// sighted is a function that remembers what it got to see.
type sighted struct {
	fnv1.FunctionRunnerServiceClient

	saw []*fnv1.RunFunctionRequest
}

// RunFunction answers with the tag that it was asked with.
func (s *sighted) RunFunction(_ context.Context, req *fnv1.RunFunctionRequest, _ ...grpc.CallOption) (*fnv1.RunFunctionResponse, error) {
	s.saw = append(s.saw, req)
	return &fnv1.RunFunctionResponse{Meta: &fnv1.ResponseMeta{Tag: req.GetMeta().GetTag()}}, nil
}

// A blind function sees the composite and what it requires, and not what is composed, and
// its answers are its own. Calls in which there was nothing to hide don't count.
func TestBlind(t *testing.T) {
	const calls, resources = 20, 10
	cases := map[string]struct {
		reason    string
		seen      func() bool
		resources int
		most      int
		counted   int64
	}{
		"Blind":     {reason: "nothing composed is seen", seen: seesNothing, resources: resources, counted: calls},
		"Nothing":   {reason: "where nothing is composed, nothing is hidden", seen: seesNothing},
		"HalfBlind": {reason: "some of it is seen, and some isn't", seen: seesHalf, resources: resources, most: calls*resources - 1, counted: calls},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f := &sighted{}
			b := &blind{real: f, seen: tc.seen, of: &impostor{}}
			total := 0
			for i := range calls {
				rsp, err := b.RunFunction(t.Context(), request(fmt.Sprint(i), tc.resources))
				if err != nil || rsp.GetMeta().GetTag() != fmt.Sprint(i) {
					t.Fatalf("the function's own answer should be returned, got %v and error %v", rsp, err)
				}
				saw := f.saw[i]
				total += len(saw.GetObserved().GetResources())
				if saw.GetObserved().GetComposite() == nil || len(saw.GetRequiredResources()) != 1 {
					t.Errorf("the rest of the request should be as it was, got %v", saw)
				}
			}
			if total > tc.most || (tc.most > 0 && total == 0) {
				t.Errorf("%s: %d of %d resources were seen", tc.reason, total, calls*tc.resources)
			}
			// That a half is everything happens once in a thousand calls.
			if got := b.of.calls.Load(); got > tc.counted || got < tc.counted-2 {
				t.Errorf("%s: %d calls are counted, want %d", tc.reason, got, tc.counted)
			}
		})
	}
}

func request(tag string, resources int) *fnv1.RunFunctionRequest {
	req := &fnv1.RunFunctionRequest{
		Meta:              &fnv1.RequestMeta{Tag: tag},
		Observed:          &fnv1.State{Composite: &fnv1.Resource{}, Resources: map[string]*fnv1.Resource{}},
		RequiredResources: map[string]*fnv1.Resources{"platform": {}},
	}
	for i := range resources {
		req.Observed.Resources[fmt.Sprint(i)] = &fnv1.Resource{}
	}
	return req
}
