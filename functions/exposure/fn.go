package main

import (
	"context"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external/openstack"
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
	claim := &v1alpha1.Exposure{}
	if err := wire.Decode(req, claim); err != nil {
		wire.Refuse(rsp, err)
		return rsp, nil
	}
	platform, others, ok := f.required(req, rsp, &claim.Spec)
	if !ok {
		return rsp, nil
	}
	have := wire.Observed(req)
	owner := wire.Owner(wire.Composite(req), kind, platform.Namespace)
	p, err := plan.NewExposure(owner, &claim.Spec, platform, others, have)
	if err != nil {
		refuse(rsp, req, err, plan.Lost(owner, &claim.Spec, others.Clusters, have))
		return rsp, nil
	}
	held := render.Hold(compose(p), have)
	if !p.Target.Reachable() {
		held.Orphan()
	}
	fields, conditions := statusOf(p, held, have, wire.Phase(req))
	if err := wire.Answer(rsp, req, held, fields, conditions); err != nil {
		wire.Refuse(rsp, err)
	}
	f.log.Debug("composed", "exposure", p.Home.Prefix, "desired", len(held.Desired), "waiting", len(held.Waiting))
	return rsp, nil
}

// refuse leaves everything as it is. What is in a cluster that is lost is let go of
// all the same: otherwise the Exposure could never be deleted.
func refuse(rsp *fnv1.RunFunctionResponse, req *fnv1.RunFunctionRequest, err error, lost bool) {
	if lost {
		wire.RefuseOrphaning(rsp, req, err)
		return
	}
	wire.Refuse(rsp, err)
}

// exposures is the requirement under which the team's Exposures are read.
const exposures = "exposures"

// required asks for the Platform, and for what else the Exposure's host names
// depend on. False means that there is nothing more to do in this call.
func (f *Function) required(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse, claim *v1alpha1.ExposureSpec) (*v1alpha1.PlatformSpec, plan.Others, bool) {
	team := wire.Owner(wire.Composite(req), kind, "").Team
	wire.RequireLabelled(rsp, exposures, v1alpha1.APIVersion, kind, team.Namespace, nil)
	platform, clusters, ok := f.platforms.WithClusters(req, rsp, kind)
	siblings, asked := wire.Required(req, exposures)
	if !ok || !asked {
		return nil, plan.Others{}, false
	}
	others := plan.Others{Clusters: clusters, Exposures: siblings, Records: map[string][]observed.Value{}}
	owner := wire.Owner(wire.Composite(req), kind, platform.Namespace)
	for _, host := range plan.RecordHosts(claim, platform, clusters) {
		requirement := "record-" + host
		wire.RequireLabelled(rsp, requirement, openstack.DNS, openstack.KindRecordset, plan.RecordNamespace(owner), map[string]string{plan.HostLabel: plan.HostHash(host)})
		found, asked := wire.Required(req, requirement)
		others.Records[host] = found
		ok = ok && asked
	}
	return platform, others, ok
}
