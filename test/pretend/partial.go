package pretend

import (
	"maps"
	"math/rand/v2"
	"slices"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
)

// Shallow copies a request without its observed resources. What else it holds is
// shared, but for the list of required resources.
func Shallow(in *fnv1.RunFunctionRequest) *fnv1.RunFunctionRequest {
	return &fnv1.RunFunctionRequest{
		Meta:              in.GetMeta(),
		Observed:          &fnv1.State{Composite: in.GetObserved().GetComposite(), Resources: map[string]*fnv1.Resource{}},
		RequiredResources: maps.Clone(in.GetRequiredResources()),
	}
}

// Partial returns the request with some resources missing and some as they are
// just after their creation: after a fault, or in the middle of being made. The
// keys are taken in order, so that the same random numbers make the same request.
func Partial(r *rand.Rand, settled *fnv1.RunFunctionRequest, created map[string]*fnv1.Resource) *fnv1.RunFunctionRequest {
	missing, unready := r.Float64()*r.Float64(), r.Float64()
	req := Shallow(settled)
	for _, key := range Keys(settled) {
		switch {
		case r.Float64() < missing:
		case r.Float64() < unready:
			req.Observed.Resources[key] = created[key]
		default:
			req.Observed.Resources[key] = settled.GetObserved().GetResources()[key]
		}
	}
	if !has(req, "Cluster") {
		machineless(req)
	}
	return req
}

// has says whether a resource of that kind is observed.
func has(req *fnv1.RunFunctionRequest, kind string) bool {
	for _, o := range req.GetObserved().GetResources() {
		if kindOf(o) == kind {
			return true
		}
	}
	return false
}

// machineless takes away the machines of a Cluster that is missing: they go before it.
func machineless(req *fnv1.RunFunctionRequest) {
	for name, of := range req.GetRequiredResources() {
		if slices.ContainsFunc(of.GetItems(), func(o *fnv1.Resource) bool { return kindOf(o) == "MachineDeployment" }) {
			req.RequiredResources[name] = &fnv1.Resources{}
		}
	}
}

func kindOf(o *fnv1.Resource) string {
	return o.GetResource().GetFields()["kind"].GetStringValue()
}

// Keys returns the keys of the observed resources, in order.
func Keys(req *fnv1.RunFunctionRequest) []string {
	return slices.Sorted(maps.Keys(req.GetObserved().GetResources()))
}
