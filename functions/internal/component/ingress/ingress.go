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
	// SecureEntryPoint of Traefik behind port 443.
	SecureEntryPoint = "websecure"
	// SecurePort is the port of Traefik's pods behind port 443: a listener of a
	// Gateway names it.
	SecurePort = 8443
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
	Ports                     map[string]port    `json:"ports,omitempty"`
}

// port is an entry point.
type port struct {
	ProxyProtocol proxyProtocol `json:"proxyProtocol"`
}

// proxyProtocol says whose word is taken for the addresses of clients.
type proxyProtocol struct {
	TrustedIPs []string `json:"trustedIPs"`
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
			Service: service{Annotations: loadBalancer(p)},
			Ports:   ports(p),
		},
		After:     []string{cloudprovider.Key(), addon.Key("gateway-api")},
		OwnsCloud: !p.Janitor,
	}
}

// proxied says whether the load balancer tells the addresses of clients. In an
// existing network nobody knows which addresses are the nodes'.
func proxied(p *plan.Cluster) bool { return p.Cloud.ProxyProtocol && p.Network.Existing == nil }

// ports makes Traefik believe what the load balancer says of clients. It reaches
// Traefik's pods by way of a node, whose address is then a node's or a pod's. What
// comes without the protocol's header, from a pod for one, is served as it comes.
func ports(p *plan.Cluster) map[string]port {
	if !proxied(p) {
		return nil
	}
	trusted := []string{p.Network.NodeCIDR}
	if p.Network.NodeIPv6CIDR != "" {
		trusted = append(trusted, p.Network.NodeIPv6CIDR)
	}
	trusting := port{proxyProtocol{append(trusted, p.Network.PodCIDRs...)}}
	return map[string]port{EntryPoint: trusting, SecureEntryPoint: trusting}
}

const proxyProtocolAnnotation = "loadbalancer.openstack.org/proxy-protocol"

// loadBalancer returns the annotations of Traefik's Service. The provider ovn
// knows no flavors. Whether there is a health monitor is the cloud controller
// manager's to say, for all Services alike.
//
// With the PROXY protocol the manager tells kube-proxy that the address isn't the
// nodes' own (ipMode Proxy), so that the cluster's own traffic passes the load
// balancer too.
//
// keep-floatingip is left out: it would outlive the cluster, and cost.
func loadBalancer(p *plan.Cluster) map[string]string {
	out := map[string]string{}
	if lb := p.Cloud.LoadBalancer; lb.Provider != "ovn" && lb.FlavorID != "" {
		out[plan.FlavorAnnotation] = lb.FlavorID
	}
	if proxied(p) {
		out[proxyProtocolAnnotation] = "true"
	}
	if len(out) == 0 {
		return nil
	}
	return out
}
