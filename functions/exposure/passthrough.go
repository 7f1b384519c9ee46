package main

import (
	"strings"

	"github.com/skerry-dev/skerry/functions/internal/component/ingress"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

const traefikAPI = "traefik.io/v1alpha1"

// passedThrough leads what comes for the host names to the service, unopened. It
// is a route of Traefik's own: those of the Gateway API know no ranges of clients.
func passedThrough(p *plan.Exposure) render.Set {
	hosts := make([]string, 0, len(p.Hostnames))
	for _, h := range p.Hostnames {
		hosts = append(hosts, "HostSNI(`"+h+"`)")
	}
	route := tcpRoute{Match: strings.Join(hosts, " || "), Services: []backendRef{{Name: p.Service, Port: p.Port}}}
	var set render.Set
	if len(p.AllowedCIDRs) > 0 {
		route.Middlewares = []external.NameRef{{Name: name(p)}}
	}
	set.Add(object(p, plan.KeyPassthrough, &tcpRouteManifest{
		Meta: meta(traefikAPI, "IngressRouteTCP", p.Namespace, name(p)),
		Spec: tcpRouteSpec{
			EntryPoints: []string{ingress.SecureEntryPoint},
			Routes:      []tcpRoute{route},
			TLS:         tcpTLS{Passthrough: true},
		},
	}, readiness.Managed), entryPoint(p))
	if len(p.AllowedCIDRs) > 0 || p.Made(plan.KeyMiddlewareTCP) {
		set.Add(object(p, plan.KeyMiddlewareTCP, newAllowList("MiddlewareTCP", p), readiness.Managed))
	}
	return set
}

// newAllowList lets the ranges in. One that exists stays, and lets everybody in:
// while something still names it, its absence would let nobody in.
func newAllowList(kind string, p *plan.Exposure) *allowListManifest {
	ranges := p.AllowedCIDRs
	if len(ranges) == 0 {
		ranges = []string{"0.0.0.0/0", "::/0"}
	}
	return &allowListManifest{
		Meta: meta(traefikAPI, kind, p.Namespace, name(p)),
		Spec: allowListSpec{IPAllowList: allowList{SourceRange: ranges}},
	}
}
