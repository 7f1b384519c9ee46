package main

import (
	"context"
	"slices"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/wire"
)

// kind of the composite.
const kind = "Platform"

// Requirements under which the management cluster is looked at.
const (
	// requireClusters finds whether the Platform serves any. In the namespaced
	// package composites have this kind, in the default one claims.
	requireClusters = "clusters"
	// requireClusterAPI finds whether Cluster API runs. Its definitions would
	// not tell: they stay when it goes.
	requireClusterAPI  = "cluster-api"
	requireCertManager = "cert-manager"
	requireImageKind   = "image-kind"
	// requireMachinesKind finds whether there is a kind Cluster to look for.
	requireMachinesKind = "machines-kind"
	// requireMachines finds the Clusters of Cluster API that serve our own.
	requireMachines = "machines"
)

// machinesLabels are those of a cluster's Cluster.
var machinesLabels = map[string]string{external.ComponentLabel: "engine"}

// Function composes Platforms.
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
	spec, err := f.platforms.Merged(req.GetObserved().GetComposite().GetResource())
	if err != nil {
		wire.Refuse(rsp, err)
		return rsp, nil
	}
	found, asked := management(req, rsp)
	if !asked {
		return rsp, nil
	}
	p, err := plan.NewPlatform(wire.Owner(wire.Composite(req), kind, spec.Namespace), spec, found)
	if err != nil {
		wire.Refuse(rsp, err)
		return rsp, nil
	}
	want, err := compose(p)
	if err != nil {
		wire.Refuse(rsp, err)
		return rsp, nil
	}
	held := render.Hold(want, wire.Observed(req))
	fields, conditions := statusOf(p, held, wire.Phase(req))
	if err := wire.Answer(rsp, req, held, fields, conditions); err != nil {
		wire.Refuse(rsp, err)
	}
	f.log.Debug("composed", "platform", p.Home.Prefix, "desired", len(held.Desired), "waiting", len(held.Waiting))
	return rsp, nil
}

// management asks what there is on the management cluster and returns it, or
// that Crossplane hasn't looked yet. What exists while we have made nothing that
// brings it is somebody else's, and stays so.
func management(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse) (m plan.Management, asked bool) {
	const api, definition = "apiextensions.k8s.io/v1", "CustomResourceDefinition"
	wire.RequireLabelled(rsp, requireClusters, v1alpha1.APIVersion, "KubernetesCluster", "", nil)
	wire.RequireNamed(rsp, requireClusterAPI, "apps/v1", "Deployment", coreNamespace, "capi-controller-manager")
	wire.RequireNamed(rsp, requireCertManager, api, definition, "", "certificates.cert-manager.io")
	wire.RequireNamed(rsp, requireImageKind, api, definition, "", imageKind)
	wire.RequireNamed(rsp, requireMachinesKind, api, definition, "", machinesKind)
	requirements := []string{requireClusters, requireClusterAPI, requireCertManager, requireImageKind, requireMachinesKind}
	// Whoever has a KubernetesCluster is in use, whatever its machines do: each of their
	// changes would have the Platform composed anew.
	if clusters, _ := wire.Required(req, requireClusters); len(clusters) == 0 && hasMachinesKind(req) {
		wire.RequireLabelled(rsp, requireMachines, machinesAPI, "Cluster", "", machinesLabels)
		requirements = append(requirements, requireMachines)
	}
	found := make(map[string]bool, len(requirements))
	for _, requirement := range requirements {
		objects, asked := wire.Required(req, requirement)
		if !asked {
			return m, false
		}
		found[requirement] = len(objects) > 0
	}
	have := wire.Observed(req)
	return plan.Management{
		Clusters:    found[requireClusters],
		Machines:    found[requireMachines],
		ClusterAPI:  found[requireClusterAPI] && !have.Has(keyCoreProvider),
		CertManager: found[requireCertManager] && !have.Has(addon.Key(certManagerName)),
		ImageKind:   found[requireImageKind] && !have.Has(keyImageKind),
	}, true
}

// hasMachinesKind says whether Crossplane can look for Clusters. To ask for a kind
// that isn't there fails the whole call, and before Cluster API is installed it
// isn't. The definition stays from then on, so the question stays too, whatever
// becomes of what installed it.
func hasMachinesKind(req *fnv1.RunFunctionRequest) bool {
	definitions, _ := wire.Required(req, requireMachinesKind)
	return slices.ContainsFunc(definitions, func(d observed.Value) bool {
		return observed.ConditionOf(d, "Established").Status == "True" && serves(d, machinesVersion)
	})
}

func serves(definition observed.Value, version string) bool {
	for v := range observed.At(definition, "spec", "versions").Items() {
		if v.Field("name").Text() == version {
			return v.Field("served").Truth()
		}
	}
	return false
}
