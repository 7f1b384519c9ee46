package main

import (
	"context"
	"slices"
	"time"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/protection"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/maintenance"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/wire"
)

// kind of the claim.
const kind = "KubernetesCluster"

// machineDeployments is the requirement under which the pools' machines are
// read: Cluster API makes them, so they are not composed.
const machineDeployments = "machine-deployments"

// backupCopies is the requirement under which the copies of volumes are read that the last
// backup has: provider-kubernetes makes these Objects, so they are not composed.
const backupCopies = "backup-copies"

// Function composes KubernetesClusters.
type Function struct {
	fnv1.UnimplementedFunctionRunnerServiceServer

	log       logging.Logger
	platforms wire.Platforms
	// now is the clock: nothing below this file has one.
	now func() time.Time
}

// NewFunction returns a Function that logs at debug level only.
func NewFunction(log logging.Logger) *Function { return &Function{log: log, now: time.Now} }

// RunFunction decodes the request, decides, and encodes the answer. It never
// returns an error: a failure is a fatal result, on which Crossplane leaves
// everything as it is.
func (f *Function) RunFunction(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	rsp := wire.Respond(req)
	// Everything is asked for at once: each further question is another call.
	storages, known := wire.TeamStorages(req, rsp, kind, true)
	platform, ok := f.platforms.Required(req, rsp)
	if !ok {
		return rsp, nil
	}
	claim := &v1alpha1.KubernetesCluster{}
	if err := wire.Decode(req, claim); err != nil {
		wire.Refuse(rsp, err)
		return rsp, nil
	}
	have := wire.Observed(req)
	// Windows are of whole minutes, and so is what status says of them.
	now := f.now().UTC().Truncate(time.Second)
	p, err := newPlan(req, rsp, claim, plan.ClusterWorld{Platform: platform, Have: have, Storages: storages, StoragesKnown: known, Now: now})
	if err != nil {
		refuse(req, rsp, claim, have, err)
		return rsp, nil
	}
	want, err := compose(p)
	if err != nil {
		wire.Refuse(rsp, err)
		return rsp, nil
	}
	if want, err = maintenance.Hold(want, have, p.Maintenance); err != nil {
		wire.Refuse(rsp, err)
		return rsp, nil
	}
	held := render.Hold(want, have)
	fields, conditions := statusOf(p, held, wire.Phase(req))
	maintained := changes{
		pending: slices.Concat(p.Pending, want.Pending), begun: slices.Concat(p.Begun, want.Begun), ready: len(held.Waiting) == 0,
	}
	fields.Maintenance = maintained.status(p, prior(req).Maintenance)
	conditions = append(conditions, maintained.condition(), supportedCondition(p))
	if err := wire.Answer(rsp, req, held, fields, conditions); err != nil {
		wire.Refuse(rsp, err)
	}
	if !p.Next.IsZero() {
		wire.Within(rsp, p.Next.Sub(now))
	}
	f.log.Debug("composed", "cluster", p.Home.Prefix, "desired", len(held.Desired), "waiting", len(held.Waiting))
	return rsp, nil
}

func newPlan(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse, claim *v1alpha1.KubernetesCluster, w plan.ClusterWorld) (*plan.Cluster, error) {
	xr := wire.Composite(req)
	owner := wire.Owner(xr, kind, w.Platform.Namespace)
	wire.RequireLabelled(rsp, machineDeployments, "cluster.x-k8s.io/v1beta2", "MachineDeployment", owner.Home.Namespace,
		map[string]string{"cluster.x-k8s.io/cluster-name": owner.Home.Prefix})
	w.MachineDeployments, _ = wire.Required(req, machineDeployments)
	if w.Have.Has(plan.KeyBackupCopies) {
		wire.RequireLabelled(rsp, backupCopies, "kubernetes.m.crossplane.io/v1alpha1", "Object", owner.Home.Namespace,
			map[string]string{kubernetes.MemberLabel: owner.Home.Name(plan.KeyBackupCopies)})
		w.BackupCopies, _ = wire.Required(req, backupCopies)
	}
	w.Prior = prior(req)
	w.Created = wire.Created(xr)
	return plan.NewCluster(owner, &claim.Spec, w)
}

// prior returns the status after the last call. One that can't be read is none.
func prior(req *fnv1.RunFunctionRequest) v1alpha1.KubernetesClusterStatus {
	var s v1alpha1.KubernetesClusterStatus
	if err := wire.DecodeStatus(req, &s); err != nil {
		return v1alpha1.KubernetesClusterStatus{Version: observed.At(wire.Composite(req), "status", "version").Text()}
	}
	return s
}

// refuse answers a claim that can't be served: fatally, so that nothing changes.
// But one that turns its protection off must be able to go: what it asked for
// may have left the Platform long ago.
func refuse(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse, claim *v1alpha1.KubernetesCluster, have observed.Set, err error) {
	wanted := claim.Spec.DeletionProtection
	if wanted != nil && !*wanted && have.Has(protection.Key) {
		wire.RefuseLettingGo(rsp, req, err, protection.Key)
		return
	}
	wire.Refuse(rsp, err)
}
