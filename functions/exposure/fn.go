package main

import (
	"context"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/wire"
)

// kind of the claim.
const kind = "Exposure"

// Function composes Exposures.
type Function struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	log       logging.Logger
	platforms wire.Platforms
}

// NewFunction returns a Function that logs at debug level only.
func NewFunction(log logging.Logger) *Function { return &Function{log: log} }

// RunFunction decodes the request, decides, and encodes the answer. It never
// returns an error: a failure is a fatal result, on which Crossplane leaves
// everything as it is.
func (f *Function) RunFunction(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	rsp := wire.Respond(req)
	platform, clusters, ok := f.platforms.WithClusters(req, rsp, kind)
	if !ok {
		return rsp, nil
	}
	have := wire.Observed(req)
	p, err := newPlan(req, platform, clusters, have)
	if err != nil {
		wire.Refuse(rsp, err)
		return rsp, nil
	}
	held := render.Hold(compose(p), have)
	fields, conditions := statusOf(p, held, wire.Phase(req))
	if err := wire.Answer(rsp, req, held, fields, conditions); err != nil {
		wire.Refuse(rsp, err)
	}
	f.log.Debug("composed", "exposure", p.Home.Prefix, "desired", len(held.Desired), "waiting", len(held.Waiting))
	return rsp, nil
}

func newPlan(req *fnv1.RunFunctionRequest, platform *v1alpha1.PlatformSpec, clusters []observed.Value, have observed.Set) (*plan.Exposure, error) {
	claim := &v1alpha1.Exposure{}
	if err := wire.Decode(req, claim); err != nil {
		return nil, err
	}
	owner := wire.Owner(wire.Composite(req), kind, platform.Namespace)
	return plan.NewExposure(owner, &claim.Spec, platform, clusters, have)
}
