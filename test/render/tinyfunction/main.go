// Command tinyfunction is the composition function of the harness's own test: it
// composes a ConfigMap for each berth of a boat, and needs a Harbour.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"

	function "github.com/crossplane/function-sdk-go"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/crossplane/function-sdk-go/request"
	"github.com/crossplane/function-sdk-go/resource"
	"github.com/crossplane/function-sdk-go/resource/composed"
	"github.com/crossplane/function-sdk-go/response"
)

type tiny struct {
	fnv1.UnimplementedFunctionRunnerServiceServer
}

// RunFunction composes the berths, or answers with a fatal result when the boat
// has too many for the harbour.
func (tiny) RunFunction(_ context.Context, req *fnv1.RunFunctionRequest) (*fnv1.RunFunctionResponse, error) {
	rsp := response.To(req, response.DefaultTTL)
	rsp.Requirements = &fnv1.Requirements{Resources: map[string]*fnv1.ResourceSelector{
		"harbour": {ApiVersion: "example.org/v1", Kind: "Harbour", Match: &fnv1.ResourceSelector_MatchName{MatchName: "home"}},
	}}
	harbours := req.GetRequiredResources()["harbour"].GetItems()
	if len(harbours) == 0 {
		response.Warning(rsp, fmt.Errorf("there is no Harbour"))
		return rsp, nil
	}
	if err := compose(req, rsp, harbours[0]); err != nil {
		response.Fatal(rsp, err)
	}
	return rsp, nil
}

func compose(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse, harbour *fnv1.Resource) error {
	xr, err := request.GetObservedCompositeResource(req)
	if err != nil {
		return err
	}
	berths, _ := xr.Resource.GetInteger("spec.berths")
	room := harbour.GetResource().GetFields()["spec"].GetStructValue().GetFields()["room"].GetNumberValue()
	if float64(berths) > room {
		return fmt.Errorf("spec.berths is %d, the harbour has room for %v", berths, room)
	}
	desired := map[resource.Name]*resource.DesiredComposed{}
	for i := range berths {
		name := fmt.Sprintf("berth-%d", i)
		desired[resource.Name(name)] = &resource.DesiredComposed{Resource: berth(xr, name)}
	}
	if err := setStatus(req, rsp); err != nil {
		return err
	}
	return response.SetDesiredComposedResources(rsp, desired)
}

func berth(xr *resource.Composite, name string) *composed.Unstructured {
	namespace := xr.Resource.GetNamespace()
	if namespace == "" {
		namespace = "harbour"
	}
	cm := composed.New()
	cm.SetAPIVersion("v1")
	cm.SetKind("ConfigMap")
	cm.SetNamespace(namespace)
	cm.SetName(xr.Resource.GetName() + "-" + name)
	return cm
}

// setStatus counts what is observed, so that a test sees what it passed.
func setStatus(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse) error {
	observed, err := request.GetObservedComposedResources(req)
	if err != nil {
		return err
	}
	dxr, err := request.GetDesiredCompositeResource(req)
	if err != nil {
		return err
	}
	if err := dxr.Resource.SetInteger("status.observed", int64(len(observed))); err != nil {
		return err
	}
	return response.SetDesiredCompositeResource(rsp, dxr)
}

func main() {
	address := flag.String("address", "127.0.0.1:9443", "where to listen")
	insecure := flag.Bool("insecure", false, "don't use TLS")
	flag.Parse()
	log.Fatal(function.Serve(tiny{},
		function.Listen("tcp", *address),
		function.Insecure(*insecure),
		function.WithMetricsServer("")))
}
