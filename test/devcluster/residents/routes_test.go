package residents

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// entrance is Traefik with its classes and its Gateway, and a Service behind it.
const entrance = `
apiVersion: v1
kind: Service
metadata: {name: traefik, namespace: traefik}
spec: {type: LoadBalancer, selector: {app.kubernetes.io/name: traefik}, ports: [{name: web, port: 80, targetPort: 8000}, {name: websecure, port: 443, targetPort: 8443}]}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: traefik, annotations: {ingressclass.kubernetes.io/is-default-class: "true"}}
spec: {controller: traefik.io/ingress-controller}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: other}
spec: {controller: other}
---
apiVersion: gateway.networking.k8s.io/v1
kind: GatewayClass
metadata: {name: traefik}
spec: {controllerName: traefik.io/gateway-controller}
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: skerry, namespace: traefik}
spec: {gatewayClassName: traefik, listeners: [{name: web, port: 8000, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: team, labels: {team: a}}
---
apiVersion: v1
kind: Service
metadata: {name: shop}
spec: {ports: [{port: 80}]}
`

func TestIngress(t *testing.T) {
	for name, tc := range map[string]struct {
		reason, class string
		want          bool
	}{
		"Named":   {"It's Traefik's.", "ingressClassName: traefik", true},
		"Default": {"So is what names no class.", "", true},
		"Other":   {"Another controller's isn't.", "ingressClassName: other", false},
	} {
		t.Run(name, func(t *testing.T) {
			w := routed(t, entrance, "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: shop}\nspec: {"+tc.class+"}\n")
			w.settled()
			got := items(w.read(ingressKind, "shop"), "status", "loadBalancer", "ingress")
			entry, err := w.town.entry(w.context())
			w.must(err)
			if len(entry.addresses) != 1 || (len(got) == 1) != tc.want || tc.want && got[0]["ip"] != entry.addresses[0] {
				t.Errorf("%s got %v, want %v", tc.reason, got, entry.addresses)
			}
		})
	}
}

// gateway is one of a team's own.
func gateway(listener string) string {
	return "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: own}\nspec: {gatewayClassName: traefik, listeners: [{name: l, " + listener + "}]}\n"
}

func TestGateway(t *testing.T) {
	for name, tc := range map[string]struct {
		reason, listener string
		accepted, refs   string
		programmed       string
	}{
		"HTTP": {"Nothing is missing.", "port: 8000, protocol: HTTP", "True Accepted No error found", "True ResolvedRefs No error found", "True Programmed Gateway successfully scheduled"},
		"Port": {"Ports are those of Traefik's pods.", "port: 80, protocol: HTTP", `False PortUnavailable Cannot find entryPoint for Gateway: no matching entryPoint for port 80 and protocol "HTTP"`,
			"True ResolvedRefs No error found", "False Invalid All Listeners must be valid"},
		"Protocol": {"Traefik knows three.", "port: 8000, protocol: UDP", `False UnsupportedProtocol Protocol "UDP" is not supported by Traefik`,
			"False InvalidCertificateRef One TLS CertificateRef is required in Terminate mode", "False Invalid All Listeners must be valid"},
		"Secret": {"A certificate must be there.", "port: 8443, protocol: HTTPS, tls: {certificateRefs: [{name: tls}]}", "True Accepted No error found",
			"False InvalidCertificateRef Error while retrieving certificate: secret team/tls does not exist", "False Invalid All Listeners must be valid"},
		"Passthrough": {"Passed through, none is needed.", "port: 8443, protocol: TLS, tls: {mode: Passthrough}", "True Accepted No error found", "True ResolvedRefs No error found",
			"True Programmed Gateway successfully scheduled"},
	} {
		t.Run(name, func(t *testing.T) {
			w := routed(t, entrance, gateway(tc.listener))
			w.settled()
			g := w.read(gatewayKind, "own")
			l := items(g, "status", "listeners")[0]
			got := []string{condition(l["conditions"], "Accepted"), condition(l["conditions"], "ResolvedRefs"), condition(nested(g, "status", "conditions"), "Programmed")}
			if d := cmp.Diff([]string{tc.accepted, tc.refs, tc.programmed}, got); d != "" {
				t.Errorf("%s -want, +got:\n%s", tc.reason, d)
			}
			if len(items(g, "status", "addresses")) != 1 {
				t.Errorf("%s it has no address", tc.reason)
			}
		})
	}
}

// TestSecretComes: a listener whose certificate comes later works from then on.
func TestSecretComes(t *testing.T) {
	w := routed(t, entrance, gateway("port: 8443, protocol: HTTPS, hostname: a.org, tls: {certificateRefs: [{name: tls}]}"))
	w.settled()
	w.apply("apiVersion: v1\nkind: Secret\nmetadata: {name: tls}\n")
	w.settled()
	if got := condition(nested(w.read(gatewayKind, "own"), "status", "conditions"), "Programmed"); !strings.HasPrefix(got, "True") {
		t.Errorf("got %q", got)
	}
}

func TestRoute(t *testing.T) {
	const web = "parentRefs: [{name: skerry, namespace: traefik, sectionName: web}]"
	const shop = "rules: [{backendRefs: [{name: shop, port: 80}]}]"
	accepted, resolved := "True Accepted No error found", "True ResolvedRefs All references resolved"
	for name, tc := range map[string]struct {
		reason, more   string
		spec           string
		accepted, refs string
	}{
		"Fine":      {"All is there.", "", web + ", " + shop, accepted, resolved},
		"NoService": {"The backend must exist.", "", web + ", rules: [{backendRefs: [{name: none, port: 80}]}]", accepted, "False BackendNotFound Cannot load Service team/none: no such service or port 80"},
		"NoPort":    {"With the port.", "", web + ", rules: [{backendRefs: [{name: shop, port: 81}]}]", accepted, "False BackendNotFound Cannot load Service team/shop: no such service or port 81"},
		"Elsewhere": {"In the same namespace.", "", web + ", rules: [{backendRefs: [{name: shop, namespace: b, port: 80}]}]", accepted, "False RefNotPermitted Cannot load backend shop: missing ReferenceGrant"},
		"Section":   {"The listener must exist.", "", "parentRefs: [{name: skerry, namespace: traefik, sectionName: none}], " + shop, "False NoMatchingParent No matching parent", resolved},
		"Policy": {"And let the namespace in.", strings.Replace(gateway("port: 8000, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: b}}}}"), "own", "own", 1),
			"parentRefs: [{name: own}], " + shop, "False NotAllowedByListeners No listener allows routes of this namespace", resolved},
		"Selected": {"A selector may.", gateway("port: 8000, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: a}}}}"),
			"parentRefs: [{name: own}], " + shop, accepted, resolved},
		"Hostname": {"Names must meet.", gateway("port: 8000, protocol: HTTP, hostname: a.org"), "parentRefs: [{name: own}], hostnames: [b.org], " + shop,
			"False NoMatchingListenerHostname No listener has one of the route's host names", resolved},
		"Wildcard": {"With asterisks.", gateway("port: 8000, protocol: HTTP, hostname: '*.a.org'"), "parentRefs: [{name: own}], hostnames: [x.a.org], " + shop, accepted, resolved},
		"Foreign":  {"Of another's Gateway nothing is said.", "", "parentRefs: [{name: none}], " + shop, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := routed(t, entrance, tc.more, "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: shop}\nspec: {"+tc.spec+"}\n")
			w.settled()
			got := []string{"", ""}
			if parents := items(w.read(httpRouteKind, "shop"), "status", "parents"); len(parents) == 1 {
				got = []string{condition(parents[0]["conditions"], "Accepted"), condition(parents[0]["conditions"], "ResolvedRefs")}
			}
			if d := cmp.Diff([]string{tc.accepted, tc.refs}, got); d != "" {
				t.Errorf("%s -want, +got:\n%s", tc.reason, d)
			}
		})
	}
}

// TestRouteLosesBackend: conditions follow what they are about, and a listener counts
// its routes.
func TestRouteLosesBackend(t *testing.T) {
	w := routed(t, entrance, gateway("port: 8443, protocol: TLS, tls: {mode: Passthrough}"),
		"apiVersion: gateway.networking.k8s.io/v1\nkind: TLSRoute\nmetadata: {name: shop}\nspec: {hostnames: [a.org], parentRefs: [{name: own}], rules: [{backendRefs: [{name: shop, port: 80}]}]}\n")
	w.settled()
	if l := items(w.read(gatewayKind, "own"), "status", "listeners")[0]; l["attachedRoutes"] != int64(1) {
		t.Errorf("got %v", l)
	}
	w.delete(serviceKind, "shop")
	w.settled()
	if got := condition(items(w.read(tlsRouteKind, "shop"), "status", "parents")[0]["conditions"], "ResolvedRefs"); !strings.HasPrefix(got, "False BackendNotFound") {
		t.Errorf("got %q", got)
	}
}

func TestListenerSet(t *testing.T) {
	set := "apiVersion: gateway.networking.k8s.io/v1\nkind: ListenerSet\nmetadata: {name: more}\nspec: {parentRef: {name: own}, listeners: [{name: m, port: 8443, protocol: TLS, tls: {mode: Passthrough}}]}\n"
	route := "apiVersion: gateway.networking.k8s.io/v1\nkind: TLSRoute\nmetadata: {name: shop}\nspec: {hostnames: [a.org], parentRefs: [{kind: ListenerSet, name: more}], rules: [{backendRefs: [{name: shop, port: 80}]}]}\n"
	for name, tc := range map[string]struct{ reason, gateway, want string }{
		"Allowed": {"The Gateway lets it in.", strings.Replace(gateway("port: 8000, protocol: HTTP"), "spec: {", "spec: {allowedListeners: {namespaces: {from: Same}}, ", 1), "True Accepted Gateway successfully scheduled"},
		"Closed":  {"By default none does.", gateway("port: 8000, protocol: HTTP"), "False NotAllowed Gateway team/own doesn't allow listeners of this namespace"},
	} {
		t.Run(name, func(t *testing.T) {
			w := routed(t, entrance, tc.gateway, set, route)
			w.settled()
			if got := condition(nested(w.read(listenerSetKind, "more"), "status", "conditions"), "Accepted"); got != tc.want {
				t.Errorf("%s got %q, want %q", tc.reason, got, tc.want)
			}
		})
	}
}
