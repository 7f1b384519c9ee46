package main

import (
	_ "embed"

	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

const (
	janitorName = "cluster-api-janitor"
	// janitorNamespace is its own, because it must outlive all others: its
	// finalizer is on every OpenStackCluster, and nobody else removes it. Helm
	// makes the namespace, so it stays when the Platform goes.
	janitorNamespace = "capi-janitor-system"
)

//go:embed values/cluster-api-janitor.yaml
var janitorFile []byte

var janitorValues = addon.Parse(janitorFile)

// janitor installs cluster-api-janitor-openstack. When an OpenStackCluster is
// deleted and its machines are gone, it deletes the load balancers, floating IPs
// and security groups that the cloud controller manager made for the cluster's
// Services, with the cluster's own credential. It tells them by the cluster's
// name, which is the Cluster's. See docs/decisions/0011-janitor.md.
//
// It comes after our own provider for OpenStack; somebody else's is there
// already. A Platform that turns it off later keeps it, as Cluster API: clusters
// with its finalizer could never be deleted without it.
func janitor(p *plan.Platform) (render.Set, error) {
	var s render.Set
	if !p.Install.Janitor {
		return s, nil
	}
	r, err := release(p, addon.Release{
		Name: janitorName, Namespace: janitorNamespace, Fixed: janitorValues, After: []string{keyInfrastructureProvider},
	})
	if err != nil {
		return s, err
	}
	s.Add(r)
	return s, nil
}
