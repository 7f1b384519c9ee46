package main

import (
	"github.com/skerry-dev/skerry/functions/internal/component/ingress"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// backend looks at the team's Service: its selector and its ports are needed.
func backend(p *plan.Exposure) render.Resource {
	return look(p, plan.KeyBackend, meta("v1", "Service", p.Namespace, p.Service), isThere(p))
}

// endpoints looks at the pods behind it. An EndpointSlice would say more, and has
// a name that nobody knows.
func endpoints(p *plan.Exposure) render.Resource {
	return look(p, plan.KeyEndpoints, meta("v1", "Endpoints", p.Namespace, p.Service), isLookedAt)
}

// ofBackend says of a resource that it can't be made without the team's Service.
func ofBackend(p *plan.Exposure, r render.Resource) render.Resource {
	if r.Awaits == "" {
		r.Awaits = p.Backend.Awaits
	}
	return r
}

// networkPolicy lets the entry point reach the pods on the published port, and
// pods of the same namespace, as if there were no policy. Everybody else needs a
// policy of the team's own. What a load balancer of its own sends comes with the
// address of a node: such a port is open to everybody. See
// docs/decisions/0021-who-reaches-the-backend.md.
func networkPolicy(p *plan.Exposure) render.Resource {
	published := policyIngress{Ports: []policyPort{{Protocol: p.Backend.Transport, Port: p.Backend.TargetPort}}}
	if p.SharesEntryPoint() {
		published.From = []policyPeer{{
			NamespaceSelector: &podSelector{MatchLabels: map[string]string{"kubernetes.io/metadata.name": ingress.Namespace}},
			PodSelector:       &podSelector{MatchLabels: map[string]string{"app.kubernetes.io/name": "traefik"}},
		}}
	}
	return ofBackend(p, object(p, plan.KeyNetworkPolicy, &policyManifest{
		Meta: meta("networking.k8s.io/v1", "NetworkPolicy", p.Namespace, name(p)),
		Spec: policySpec{
			PodSelector: podSelector{MatchLabels: p.Backend.Selector},
			PolicyTypes: []string{"Ingress"},
			Ingress:     []policyIngress{published, {From: []policyPeer{{PodSelector: &podSelector{}}}}},
		},
	}, readiness.Managed))
}
