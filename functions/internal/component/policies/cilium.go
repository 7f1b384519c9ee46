package policies

import (
	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/component/cni"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// namespaceLabel is the label by which Cilium knows a pod's namespace.
const namespaceLabel = "io.kubernetes.pod.namespace"

// ciliumPolicy is a CiliumClusterwideNetworkPolicy of cilium.io/v2.
type ciliumPolicy struct {
	external.Meta `json:",inline"`
	Spec          ciliumSpec `json:"spec"`
}

type ciliumSpec struct {
	Description       string     `json:"description"`
	EndpointSelector  selector   `json:"endpointSelector"`
	EnableDefaultDeny directions `json:"enableDefaultDeny"`
	Ingress           []nobody   `json:"ingress,omitempty"`
	Egress            []nobody   `json:"egress,omitempty"`
	EgressDeny        []toRanges `json:"egressDeny,omitempty"`
}

type selector struct {
	MatchExpressions []expression `json:"matchExpressions,omitempty"`
}

type expression struct {
	Key      string   `json:"key"`
	Operator string   `json:"operator"`
	Values   []string `json:"values,omitempty"`
}

// directions in which whatever no policy allows is denied. Both are always said:
// by default the mere presence of a rule turns its direction on.
type directions struct {
	Ingress bool `json:"ingress"`
	Egress  bool `json:"egress"`
}

// nobody is a rule that allows nothing.
type nobody struct{}

type toRanges struct {
	ToCIDRSet []cidrRange `json:"toCIDRSet"`
}

type cidrRange struct {
	CIDR string `json:"cidr"`
}

func cilium(p *plan.Cluster) render.Set {
	after := cni.Key(p)
	return render.Set{Resources: []render.Resource{
		addon.Object(p, keyBlockMetadata, ciliumBlockMetadata(p.Network.Policy.BlockMetadata), after),
		addon.Object(p, keyDefaultDeny, ciliumDefaultDeny(p.Network.Policy.DefaultDeny), after),
	}}
}

// ciliumBlockMetadata denies all pods the metadata service. A denial wins over
// whatever a team allows. Switched off, the policy has a rule that says nothing:
// a policy must have one.
func ciliumBlockMetadata(on bool) *ciliumPolicy {
	c := newCiliumPolicy(nameBlockMetadata, "Pods can't reach the cloud's metadata service.")
	if !on {
		c.Spec.Description = "Switched off by network.policyPreset."
		c.Spec.Egress = []nobody{{}}
		return c
	}
	c.Spec.EgressDeny = []toRanges{{ToCIDRSet: []cidrRange{{CIDR: metadataService}}}}
	return c
}

// ciliumDefaultDeny lets pods of the team's namespaces accept only what a policy
// allows. Cilium's own endpoints, for its health checks, have no namespace and
// are left alone; probes of the kubelet are always allowed.
func ciliumDefaultDeny(on bool) *ciliumPolicy {
	c := newCiliumPolicy(nameDefaultDeny, "Pods accept what a NetworkPolicy allows, and nothing else.")
	if !on {
		c.Spec.Description = "Switched off by network.policyPreset."
	}
	c.Spec.EndpointSelector.MatchExpressions = []expression{
		{Key: namespaceLabel, Operator: "Exists"},
		{Key: namespaceLabel, Operator: "NotIn", Values: SystemNamespaces()},
		{Key: solverLabel, Operator: "DoesNotExist"},
	}
	c.Spec.EnableDefaultDeny.Ingress = on
	c.Spec.Ingress = []nobody{{}}
	return c
}

func newCiliumPolicy(name, description string) *ciliumPolicy {
	return &ciliumPolicy{
		Meta: external.Meta{
			APIVersion: "cilium.io/v2", Kind: "CiliumClusterwideNetworkPolicy",
			Metadata: external.ObjectMeta{Name: "skerry-" + name},
		},
		Spec: ciliumSpec{Description: description},
	}
}
