package main

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// Annotations of a Service that the cloud controller manager reads
// (cloud-provider-openstack v1.36.0, pkg/openstack/loadbalancer.go).
const (
	internalAnnotation      = "service.beta.kubernetes.io/openstack-internal-load-balancer"
	proxyProtocolAnnotation = "loadbalancer.openstack.org/proxy-protocol"
)

// loadBalancer makes a Service of type LoadBalancer for the pods of the team's
// Service, whose selector and port it copies: the team's own stays as it is.
//
// Every node takes traffic, as for the entry point. The ranges of clients are the
// load balancer's to enforce; its provider is the cloud controller manager's own.
func loadBalancer(p *plan.Exposure) render.Resource {
	lb := p.LoadBalancer
	notes := annotations(p)
	notes[internalAnnotation] = strconv.FormatBool(lb.Internal)
	if lb.FlavorID != "" {
		notes[plan.FlavorAnnotation] = lb.FlavorID
	}
	if lb.ProxyProtocol {
		notes[proxyProtocolAnnotation] = "true"
	}
	if p.ByExternalDNS && len(p.Hostnames) > 0 {
		notes[externalDNSHostname] = strings.Join(p.Hostnames, ",")
	}
	s := &serviceManifest{
		Meta: meta("v1", "Service", p.Namespace, serviceName(p)),
		Spec: serviceSpec{
			Type:                     "LoadBalancer",
			ExternalTrafficPolicy:    "Cluster",
			LoadBalancerSourceRanges: p.AllowedCIDRs,
			Selector:                 p.Backend.Selector,
			Ports:                    []servicePort{{Name: "published", Protocol: p.Backend.Transport, Port: p.Port, TargetPort: p.Backend.TargetPort}},
		},
	}
	s.Metadata.Annotations = notes
	return ofBackend(p, object(p, plan.KeyLoadBalancer, s, hasAddress))
}

// maxLabel is the longest name of a Service.
const maxLabel = 63

// serviceName is the name of the Service in the cluster: a DNS label that begins
// with a letter, which a claim's name need not be. What had to be changed is told
// apart by a hash.
func serviceName(p *plan.Exposure) string {
	n := "exposure-" + p.Team.Name
	if len(n) <= maxLabel && !strings.Contains(n, ".") {
		return n
	}
	sum := sha256.Sum256([]byte(n))
	hash := "-" + hex.EncodeToString(sum[:4])
	n = strings.ReplaceAll(n, ".", "-")
	return n[:min(len(n), maxLabel-len(hash))] + hash
}
