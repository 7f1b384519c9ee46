package cni

import (
	_ "embed"

	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

const nameCilium = "cilium"

//go:embed cilium.yaml
var ciliumYAML []byte

var ciliumFixed = addon.Parse(ciliumYAML)

// ciliumValues are what the plan varies of Cilium.
type ciliumValues struct {
	IPv6     ipv6           `json:"ipv6"`
	K8s      k8s            `json:"k8s"`
	Operator ciliumOperator `json:"operator"`
}

type ipv6 struct {
	Enabled bool `json:"enabled"`
}

// k8s says what the agent waits for before it starts.
type k8s struct {
	RequireIPv6PodCIDR bool `json:"requireIPv6PodCIDR"`
}

type ciliumOperator struct {
	Replicas            int32         `json:"replicas"`
	PodDisruptionBudget *addon.Budget `json:"podDisruptionBudget,omitempty"`
}

func cilium(p *plan.Cluster) (render.Set, error) {
	r, err := addon.Render(p, addon.Release{
		Name:      nameCilium,
		Namespace: "kube-system",
		Fixed:     ciliumFixed,
		Values: &ciliumValues{
			IPv6:     ipv6{Enabled: p.Network.DualStack},
			K8s:      k8s{RequireIPv6PodCIDR: p.Network.DualStack},
			Operator: ciliumOperator{Replicas: operators(p), PodDisruptionBudget: addon.DisruptionBudget(p)},
		},
	})
	return render.Set{Resources: []render.Resource{r}}, err
}

// operators returns how many replicas Cilium's operator has. No two may share a
// host, and until there are workers the control plane has the only hosts.
func operators(p *plan.Cluster) int32 {
	return max(1, min(p.Replicas.Count, p.ControlPlane.Replicas))
}
