package cni

import (
	_ "embed"
	"fmt"
	"net/netip"

	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

const (
	nameCalico     = "calico"
	nameCalicoCRDs = "calico-crds"
	// calicoNamespace has the operator; Calico itself runs in calico-system.
	calicoNamespace = "tigera-operator"
)

//go:embed calico.yaml
var calicoYAML []byte

var calicoFixed = addon.Parse(calicoYAML)

// calicoValues are what the plan varies of Calico.
type calicoValues struct {
	Installation installation `json:"installation"`
}

type installation struct {
	CalicoNetwork calicoNetwork `json:"calicoNetwork"`
	// ControlPlaneReplicas of Calico's API server.
	ControlPlaneReplicas int32 `json:"controlPlaneReplicas"`
}

type calicoNetwork struct {
	IPPools []ipPool `json:"ipPools"`
}

// ipPool is a range that pods get their addresses from.
type ipPool struct {
	Name          string `json:"name"`
	CIDR          string `json:"cidr"`
	Encapsulation string `json:"encapsulation"`
	NATOutgoing   string `json:"natOutgoing"`
}

// calico installs the definitions first: the operator's chart contains an
// Installation, which Helm can't create before its kind is there. From then on
// the operator keeps the definitions as new as itself.
func calico(p *plan.Cluster) (render.Set, error) {
	crds, err := addon.Render(p, addon.Release{Name: nameCalicoCRDs, Namespace: calicoNamespace})
	if err != nil {
		return render.Set{}, err
	}
	pools, err := ipPools(p.Network.PodCIDRs)
	if err != nil {
		return render.Set{}, err
	}
	operator, err := addon.Render(p, addon.Release{
		Name:      nameCalico,
		Namespace: calicoNamespace,
		Fixed:     calicoFixed,
		Values: &calicoValues{Installation: installation{
			CalicoNetwork:        calicoNetwork{IPPools: pools},
			ControlPlaneReplicas: p.Replicas.Count,
		}},
		After: []string{crds.Key},
	})
	return render.Set{Resources: []render.Resource{crds, operator}}, err
}

// ipPools returns a pool for each family.
//
// All traffic between nodes is encapsulated: the cloud's port security drops
// packets with addresses that aren't the port's, so plain routing doesn't work,
// not even within a subnet (the CrossSubnet modes), unless every port had allowed
// address pairs. And VXLAN is the only encapsulation that Calico has for IPv6.
// Outside the cluster nobody has a route back to a pod, so addresses are
// translated, those of IPv6 too.
func ipPools(cidrs []string) ([]ipPool, error) {
	pools := make([]ipPool, 0, len(cidrs))
	for _, c := range cidrs {
		prefix, err := netip.ParsePrefix(c)
		if err != nil {
			return nil, fmt.Errorf("cannot make an IP pool: %w", err)
		}
		name := "pods-ipv4"
		if prefix.Addr().Is6() {
			name = "pods-ipv6"
		}
		pools = append(pools, ipPool{Name: name, CIDR: c, Encapsulation: "VXLAN", NATOutgoing: "Enabled"})
	}
	return pools, nil
}
