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
const kind = "Storage"

// Function composes Storages.
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
	claim := &v1alpha1.Storage{}
	if err := wire.Decode(req, claim); err != nil {
		wire.Refuse(rsp, err)
		return rsp, nil
	}
	w := plan.StorageWorld{Platform: platform, Clusters: clusters, Have: wire.Observed(req), Prior: prior(req)}
	if w.Storages, ok = wire.TeamStorages(req, rsp, kind, claim.Spec.MigrateFrom != nil); !ok {
		return rsp, nil
	}
	owner := wire.Owner(wire.Composite(req), kind, platform.Namespace)
	p, set, err := planned(owner, &claim.Spec, w)
	switch {
	case err == nil:
	case len(w.Have) > 0 && !plan.Reachable(owner, &claim.Spec, clusters, w.Have):
		// What can't be reached must not hold up the deletion of a refused claim.
		wire.RefuseOrphaning(rsp, req, err)
		return rsp, nil
	default:
		wire.Refuse(rsp, err)
		return rsp, nil
	}
	held := render.Hold(set, w.Have)
	fields, conditions := statusOf(p, held, w.Prior.Phase)
	if err := wire.Answer(rsp, req, held, fields, conditions); err != nil {
		wire.Refuse(rsp, err)
	}
	f.log.Debug("composed", "storage", p.Home.Prefix, "desired", len(held.Desired), "waiting", len(held.Waiting))
	return rsp, nil
}

// planned decides and renders.
func planned(o plan.Owner, claim *v1alpha1.StorageSpec, w plan.StorageWorld) (*plan.Storage, render.Set, error) {
	if err := plan.LostCluster(o, claim, w.Clusters, w.Have); err != nil {
		return nil, render.Set{}, err
	}
	p, err := plan.NewStorage(o, claim, w)
	if err != nil {
		return nil, render.Set{}, err
	}
	set, err := compose(p)
	return p, set, err
}

// prior returns what a plan needs of the status after the last call.
func prior(req *fnv1.RunFunctionRequest) v1alpha1.StorageStatus {
	s := v1alpha1.StorageStatus{Phase: wire.Phase(req)}
	if m := observed.At(wire.Composite(req), "status", "migration"); m.Exists() {
		s.Migration = &v1alpha1.MigrationStatus{Phase: m.Field("phase").Text(), Source: m.Field("source").Text()}
	}
	return s
}
