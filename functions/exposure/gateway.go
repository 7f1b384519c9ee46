package main

import (
	"github.com/skerry-dev/skerry/functions/internal/component/certificates"
	"github.com/skerry-dev/skerry/functions/internal/component/ingress"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

const gatewayAPI = "gateway.networking.k8s.io/v1"

// routed makes the route, and a Gateway of the Exposure's own for its certificate:
// Traefik serves all Gateways of its class on one address. See
// docs/decisions/0020-a-gateway-for-each-exposure.md.
func routed(p *plan.Exposure) render.Set {
	set := render.Set{Resources: []render.Resource{route(p)}}
	if !p.OwnGateway() {
		set.Add(entryPoint(p))
		return set
	}
	set.Add(gateway(p))
	if p.TLS.Mode == plan.TLSAutomatic {
		r := lookAtCertificate(p, plan.KeyGatewayCertificate, gatewaySecret(p))
		if !p.Made(plan.KeyGateway) && r.Awaits == "" {
			r.Awaits = plan.KeyGateway
		}
		set.Add(r)
	}
	return set
}

// gatewaySecret is the Secret of the Gateway's certificate. It isn't the one of
// the Ingress: cert-manager lets one Certificate have one owner.
func gatewaySecret(p *plan.Exposure) string {
	if p.TLS.Mode == plan.TLSSecret {
		return p.TLS.SecretName
	}
	return name(p) + "-gateway-tls"
}

// gateway has a listener for each host name. cert-manager reads the annotation.
func gateway(p *plan.Exposure) render.Resource {
	g := &gatewayManifest{
		Meta: meta(gatewayAPI, "Gateway", p.Namespace, name(p)),
		Spec: gatewaySpec{GatewayClassName: ingress.Class},
	}
	if p.TLS.Mode == plan.TLSAutomatic {
		g.Metadata.Annotations = map[string]string{issuerAnnotation: certificates.Issuer}
	}
	for _, h := range p.Hostnames {
		g.Spec.Listeners = append(g.Spec.Listeners, gatewayListener{
			Name: h, Hostname: h, Port: ingress.SecurePort, Protocol: "HTTPS",
			TLS: gatewayTLS{CertificateRefs: []certificateRef{{Kind: "Secret", Name: gatewaySecret(p)}}},
		})
	}
	return object(p, plan.KeyGateway, g, isProgrammed)
}

// route leads from the Gateway to the service. Without a certificate it is the
// cluster's Gateway, which listens on port 80 and takes routes from everywhere.
func route(p *plan.Exposure) render.Resource {
	parent := parentRef{Name: name(p)}
	if !p.OwnGateway() {
		parent = parentRef{Name: ingress.Gateway, Namespace: ingress.Namespace, SectionName: ingress.Listener}
	}
	r := &routeManifest{
		Meta: meta(gatewayAPI, "HTTPRoute", p.Namespace, name(p)),
		Spec: routeSpec{ParentRefs: []parentRef{parent}, Hostnames: p.Hostnames},
	}
	r.Metadata.Annotations = annotations(p)
	rule := routeRule{BackendRefs: []backendRef{{Name: p.Service, Port: p.Port}}}
	for _, path := range p.Paths {
		rule.Matches = append(rule.Matches, routeMatch{routePath{Type: routePathType(path.Type), Value: path.Path}})
	}
	if len(p.AllowedCIDRs) > 0 {
		rule.Filters = []routeFilter{{Type: "ExtensionRef", ExtensionRef: extensionRef{Group: "traefik.io", Kind: "Middleware", Name: name(p)}}}
	}
	r.Spec.Rules = []routeRule{rule}
	return object(p, plan.KeyRoute, r, isTaken)
}

func routePathType(t string) string {
	if t == "Exact" {
		return t
	}
	return "PathPrefix"
}

// entryPoint looks at the cluster's Gateway: it has the address of what has none
// itself.
func entryPoint(p *plan.Exposure) render.Resource {
	return look(p, plan.KeyEntryPoint, meta(gatewayAPI, "Gateway", ingress.Namespace, ingress.Gateway), hasAddress)
}
