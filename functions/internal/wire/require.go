package wire

import (
	"fmt"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

const platformRequirement = "platform"

// RequirePlatform asks Crossplane for the Platform.
func RequirePlatform(rsp *fnv1.RunFunctionResponse, name string) {
	require(rsp, platformRequirement, &fnv1.ResourceSelector{
		ApiVersion: v1alpha1.APIVersion,
		Kind:       "Platform",
		Match:      &fnv1.ResourceSelector_MatchName{MatchName: name},
	})
}

// Platform returns the Platform. Asked is false while Crossplane hasn't looked
// yet; a nil Platform then means that there is none.
func Platform(req *fnv1.RunFunctionRequest) (platform *structpb.Struct, asked bool) {
	r, asked := req.GetRequiredResources()[platformRequirement]
	if len(r.GetItems()) == 0 {
		return nil, asked
	}
	return r.GetItems()[0].GetResource(), true
}

// RequireNamed asks for one object.
func RequireNamed(rsp *fnv1.RunFunctionResponse, requirement, apiVersion, kind, namespace, name string) {
	s := &fnv1.ResourceSelector{
		ApiVersion: apiVersion, Kind: kind,
		Match: &fnv1.ResourceSelector_MatchName{MatchName: name},
	}
	if namespace != "" {
		s.Namespace = &namespace
	}
	require(rsp, requirement, s)
}

// RequireLabelled asks for the objects in a namespace with the labels. An empty
// namespace is all of them.
func RequireLabelled(rsp *fnv1.RunFunctionResponse, requirement, apiVersion, kind, namespace string, labels map[string]string) {
	require(rsp, requirement, &fnv1.ResourceSelector{
		ApiVersion: apiVersion, Kind: kind, Namespace: &namespace,
		Match: &fnv1.ResourceSelector_MatchLabels{MatchLabels: &fnv1.MatchLabels{Labels: labels}},
	})
}

// Required returns the objects of a requirement. Asked is false while
// Crossplane hasn't looked yet.
func Required(req *fnv1.RunFunctionRequest, requirement string) (objects []observed.Value, asked bool) {
	r, asked := req.GetRequiredResources()[requirement]
	for _, i := range r.GetItems() {
		objects = append(objects, ofStruct(i.GetResource()))
	}
	return objects, asked
}

func require(rsp *fnv1.RunFunctionResponse, name string, s *fnv1.ResourceSelector) {
	if rsp.GetRequirements() == nil {
		rsp.Requirements = &fnv1.Requirements{}
	}
	if rsp.GetRequirements().GetResources() == nil {
		rsp.Requirements.Resources = map[string]*fnv1.ResourceSelector{}
	}
	rsp.Requirements.Resources[name] = s
}

// Required asks for the Platform that the function's input names and returns
// it, merged. When it can't, the response says why, or just asks: false then
// means that there is nothing more to do in this call.
func (p *Platforms) Required(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse) (*v1alpha1.PlatformSpec, bool) {
	name, err := PlatformName(req)
	if err != nil {
		Refuse(rsp, err)
		return nil, false
	}
	RequirePlatform(rsp, name)
	platform, asked := Platform(req)
	if !asked {
		return nil, false
	}
	if platform == nil {
		Refuse(rsp, refusal.New("Platform", name, "does not exist", "Ask the platform team to create the Platform of that name. What runs stays as it is."))
		return nil, false
	}
	spec, err := p.Merged(platform)
	if err != nil {
		Refuse(rsp, fmt.Errorf("the Platform %q can't be used: %w", name, err))
		return nil, false
	}
	return spec, true
}

// clusters is the requirement under which a team's clusters are read: all of them,
// so that a refusal can say which there are.
const clusters = "clusters"

// WithClusters asks for the Platform and for the KubernetesClusters of the team
// that the composite of the claim's kind belongs to, and returns both. False means
// what it means in Required.
func (p *Platforms) WithClusters(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse, claimKind string) (*v1alpha1.PlatformSpec, []observed.Value, bool) {
	// Everything is asked for at once: each further question is another call.
	team := Owner(Composite(req), claimKind, "").Team
	RequireLabelled(rsp, clusters, v1alpha1.APIVersion, "KubernetesCluster", team.Namespace, nil)
	platform, ok := p.Required(req, rsp)
	found, asked := Required(req, clusters)
	return platform, found, ok && asked
}

// storages is the requirement under which a team's Storages are read.
const storages = "storages"

// TeamStorages asks for the Storages of the team that the composite belongs to,
// where they are wanted, and returns them. False means what it means in Required.
func TeamStorages(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse, claimKind string, wanted bool) ([]observed.Value, bool) {
	if !wanted {
		return nil, true
	}
	team := Owner(Composite(req), claimKind, "").Team
	RequireLabelled(rsp, storages, v1alpha1.APIVersion, "Storage", team.Namespace, nil)
	return Required(req, storages)
}
