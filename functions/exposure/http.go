package main

import (
	"fmt"

	"github.com/skerry-dev/skerry/functions/internal/component/certificates"
	"github.com/skerry-dev/skerry/functions/internal/component/ingress"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

const issuerAnnotation = "cert-manager.io/cluster-issuer"

// http publishes a service by an Ingress or by a route.
func http(p *plan.Exposure) render.Set {
	var set render.Set
	if p.ViaGateway {
		set.Join(routed(p))
	} else {
		set.Add(published(p))
		if p.TLS.Mode == plan.TLSAutomatic {
			set.Add(certificate(p))
		}
	}
	if len(p.AllowedCIDRs) > 0 || p.Made(plan.KeyMiddleware) {
		set.Add(object(p, plan.KeyMiddleware, newAllowList("Middleware", p), readiness.Managed))
	}
	return set
}

// secretName is the Secret of the Ingress's certificate. cert-manager calls the
// Certificate that it makes for an Ingress after it.
func secretName(p *plan.Exposure) string {
	if p.TLS.Mode == plan.TLSSecret {
		return p.TLS.SecretName
	}
	return name(p) + "-tls"
}

// published makes the Ingress. The entry point leads port 80 to port 443, unless
// an Ingress names port 80 itself.
func published(p *plan.Exposure) render.Resource {
	in := &ingressManifest{
		Meta: meta("networking.k8s.io/v1", "Ingress", p.Namespace, name(p)),
		Spec: ingressSpec{IngressClassName: ingress.Class},
	}
	notes := annotations(p)
	switch p.TLS.Mode {
	case plan.TLSNone:
		notes["traefik.ingress.kubernetes.io/router.entrypoints"] = ingress.EntryPoint
	case plan.TLSAutomatic:
		notes[issuerAnnotation] = certificates.Issuer
	}
	if p.TLS.Mode != plan.TLSNone {
		in.Spec.TLS = []ingressTLS{{Hosts: p.Hostnames, SecretName: secretName(p)}}
	}
	if len(p.AllowedCIDRs) > 0 {
		notes["traefik.ingress.kubernetes.io/router.middlewares"] = fmt.Sprintf("%s-%s@kubernetescrd", p.Namespace, name(p))
	}
	in.Metadata.Annotations = notes
	for _, h := range p.Hostnames {
		in.Spec.Rules = append(in.Spec.Rules, rule(h, p))
	}
	return object(p, plan.KeyIngress, in, hasAddress)
}

// certificate looks at what cert-manager makes for the Ingress, so that a host
// name whose certificate isn't issued says so. It changes nothing.
func certificate(p *plan.Exposure) render.Resource {
	r := lookAtCertificate(p, plan.KeyCertificate, secretName(p))
	r.After = []string{plan.KeyIngress}
	return r
}

// rule sends what is asked of the paths of a host name to the service.
func rule(host string, p *plan.Exposure) ingressRule {
	r := ingressRule{Host: host}
	for _, path := range p.Paths {
		r.HTTP.Paths = append(r.HTTP.Paths, ingressPath{
			Path:     path.Path,
			PathType: path.Type,
			Backend:  ingressBackend{Service: ingressService{Name: p.Service, Port: ingressPort{Number: p.Port}}},
		})
	}
	return r
}

// lookAtCertificate looks at a Certificate of cert-manager, which is ready when it
// says so itself.
func lookAtCertificate(p *plan.Exposure, key, name string) render.Resource {
	r := look(p, key, meta("cert-manager.io/v1", "Certificate", p.Namespace, name), isIssued)
	if o, ok := r.Body.(*kubernetes.Object); ok {
		o.Spec.Readiness = &kubernetes.Readiness{Policy: "DeriveFromObject"}
	}
	return r
}
