// Package ingress makes the way into a cluster: the Gateway API's definitions,
// and Traefik, which serves Ingress and Gateway API behind one load balancer.
//
// It knows no host name and no certificate: applications bring those.
package ingress

import (
	_ "embed"

	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/component/cloudprovider"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// Names inside the cluster that others refer to.
const (
	// Namespace of Traefik and of its Gateway.
	Namespace = "traefik"
	// Class is the IngressClass, the default one, and the GatewayClass.
	Class = "traefik"
	// Gateway serves plain HTTP and takes routes from every namespace.
	Gateway = "skerry"
	// Listener of the Gateway.
	Listener = "web"
	// EntryPoint of Traefik behind port 80.
	EntryPoint = "web"
)

//go:embed values.yaml
var file []byte

var fixed = addon.Parse(file)

// Render returns the releases.
func Render(p *plan.Cluster) (render.Set, error) {
	var set render.Set
	for _, r := range []addon.Release{gatewayAPI(), traefik(p)} {
		resource, err := addon.Render(p, r)
		if err != nil {
			return render.Set{}, err
		}
		set.Add(resource)
	}
	return set, nil
}

// gatewayAPI is the chart of definitions. It has no pods, so it waits for
// nothing.
func gatewayAPI() addon.Release {
	return addon.Release{Name: "gateway-api", Namespace: "kube-system"}
}

// values are what a plan varies of the chart traefik.
type values struct {
	Deployment                deployment         `json:"deployment"`
	PodDisruptionBudget       *addon.Budget      `json:"podDisruptionBudget,omitempty"`
	TopologySpreadConstraints []addon.Constraint `json:"topologySpreadConstraints,omitempty"`
	Service                   service            `json:"service"`
}

type deployment struct {
	Replicas int32 `json:"replicas"`
}

type service struct {
	// Annotations tell the cloud controller manager how to make the load
	// balancer.
	Annotations map[string]string `json:"annotations,omitempty"`
}

// traefik owns a load balancer in the cloud. The janitor deletes it from outside,
// along with those of the team's own Services, so Traefik dies with the cluster
// and a dead API blocks nothing. Without the janitor only a living cluster can
// remove it: Traefik then goes before the cluster, and its release waits for what
// is in it, at its removal too: it is gone when the load balancer is. See
// docs/decisions/0011-janitor.md.
func traefik(p *plan.Cluster) addon.Release {
	return addon.Release{
		Name:      "traefik",
		Namespace: Namespace,
		Fixed:     fixed,
		Values: &values{
			Deployment:          deployment{Replicas: p.Replicas.Count},
			PodDisruptionBudget: addon.DisruptionBudget(p),
			TopologySpreadConstraints: addon.Spread(p, map[string]string{
				"app.kubernetes.io/name": "traefik", "app.kubernetes.io/instance": "traefik-" + Namespace,
			}),
			Service: service{Annotations: loadBalancer(p.Cloud.LoadBalancer)},
		},
		After:     []string{cloudprovider.Key(), addon.Key("gateway-api")},
		OwnsCloud: !p.Janitor,
	}
}

const flavorID = "loadbalancer.openstack.org/flavor-id"

// loadBalancer returns the annotations of Traefik's Service. The provider ovn
// knows no flavors. Whether there is a health monitor is the cloud controller
// manager's to say, for all Services alike.
//
// What is left out, and why:
//   - proxy-protocol: the cluster's own traffic to the public address doesn't
//     pass the load balancer, so it comes without the protocol's header and
//     Traefik would refuse it. The way out, a host name in the Service's status
//     instead of the address, makes external-dns write aliases of somebody
//     else's domain.
//   - keep-floatingip: it would outlive the cluster, and cost.
func loadBalancer(lb plan.LoadBalancer) map[string]string {
	if lb.Provider == "ovn" || lb.FlavorID == "" {
		return nil
	}
	return map[string]string{flavorID: lb.FlavorID}
}
