package residents

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const gatewayController = "traefik.io/gateway-controller"

func acceptClass(ctx context.Context, t *town, o *object) (time.Duration, error) {
	if text(o, "spec", "controllerName") != gatewayController {
		return 0, nil
	}
	return 0, saveStatus(ctx, t, o, func(o *object) {
		setConditions(t, o, verdict{"Accepted", true, "Handled", "Handled by Traefik controller"})
	})
}

// ours tells whether a Gateway is Traefik's.
func ours(ctx context.Context, t *town, gateway *object) (bool, error) {
	class, err := get(ctx, t.client, gatewayClassKind, "", text(gateway, "spec", "gatewayClassName"))
	if err != nil || class == nil {
		return false, err
	}
	return text(class, "spec", "controllerName") == gatewayController, nil
}

// certificatePoll is how long to wait before looking again for a certificate: most
// Secrets are nobody's business, so they aren't watched.
const certificatePoll = time.Second

// programGateway says of a Gateway and of its listeners what Traefik makes of them.
func programGateway(ctx context.Context, t *town, o *object) (time.Duration, error) {
	mine, err := ours(ctx, t, o)
	if err != nil || !mine {
		return 0, err
	}
	entry, err := t.entry(ctx)
	if err != nil {
		return 0, err
	}
	listeners, fine, err := judgeListeners(ctx, t, o, entry)
	if err != nil {
		return 0, err
	}
	addresses := []any{}
	for _, a := range entry.addresses {
		addresses = append(addresses, map[string]any{"type": "IPAddress", "value": a})
	}
	err = saveStatus(ctx, t, o, func(o *object) {
		set(o, addresses, "status", "addresses")
		set(o, listeners, "status", "listeners")
		setConditions(t, o, gatewayVerdicts(fine)...)
	})
	return certificatePoll, err
}

func gatewayVerdicts(fine bool) []verdict {
	if !fine {
		return []verdict{
			{"Accepted", false, "ListenersNotValid", "All Listeners must be valid"},
			{"Programmed", false, "Invalid", "All Listeners must be valid"},
		}
	}
	return []verdict{{"Accepted", true, "Accepted", "Gateway successfully scheduled"}, {"Programmed", true, "Programmed", "Gateway successfully scheduled"}}
}

// programListenerSet does so with a ListenerSet, whose Gateway must let it in.
func programListenerSet(ctx context.Context, t *town, o *object) (time.Duration, error) {
	gateway, err := get(ctx, t.client, gatewayKind, either(text(o, "spec", "parentRef", "namespace"), o.GetNamespace()), text(o, "spec", "parentRef", "name"))
	if err != nil || gateway == nil {
		return 0, err
	}
	mine, err := ours(ctx, t, gateway)
	if err != nil || !mine {
		return 0, err
	}
	from := nested(gateway, "spec", "allowedListeners")
	allowed, err := t.allows(ctx, from, gateway.GetNamespace(), o.GetNamespace(), "None")
	if err != nil {
		return 0, err
	}
	if !allowed {
		return 0, saveStatus(ctx, t, o, func(o *object) {
			message := fmt.Sprintf("Gateway %s/%s doesn't allow listeners of this namespace", gateway.GetNamespace(), gateway.GetName())
			setConditions(t, o, verdict{"Accepted", false, "NotAllowed", message}, verdict{"Programmed", false, "NotAllowed", message})
		})
	}
	entry, err := t.entry(ctx)
	if err != nil {
		return 0, err
	}
	listeners, fine, err := judgeListeners(ctx, t, o, entry)
	if err != nil {
		return 0, err
	}
	err = saveStatus(ctx, t, o, func(o *object) {
		set(o, listeners, "status", "listeners")
		setConditions(t, o, gatewayVerdicts(fine)...)
	})
	return certificatePoll, err
}

// routeKinds are the kinds of routes by the protocols of listeners.
var routeKinds = map[string]string{"HTTP": "HTTPRoute", "HTTPS": "HTTPRoute", "TLS": "TLSRoute"}

// judgeListeners returns the status of each listener of a Gateway or ListenerSet, and
// whether all are fine.
func judgeListeners(ctx context.Context, t *town, o *object, entry way) (out []any, fine bool, err error) {
	have := items(o, "status", "listeners")
	fine = true
	for _, l := range items(o, "spec", "listeners") {
		before := map[string]any{}
		for _, h := range have {
			if h["name"] == l["name"] {
				before = h
			}
		}
		verdicts, err := judgeListener(ctx, t, o, l, entry)
		if err != nil {
			return nil, false, err
		}
		for _, v := range verdicts {
			fine = fine && v.ok
		}
		attached, err := attachedTo(ctx, t, o, str(l, "name"))
		if err != nil {
			return nil, false, err
		}
		kinds := []any{}
		if k := routeKinds[str(l, "protocol")]; k != "" {
			kinds = append(kinds, map[string]any{"group": gatewayKind.Group, "kind": k})
		}
		out = append(out, map[string]any{
			"name": l["name"], "attachedRoutes": attached, "supportedKinds": kinds,
			"conditions": judge(t, before["conditions"], o.GetGeneration(), verdicts...),
		})
	}
	return out, fine, nil
}

func judgeListener(ctx context.Context, t *town, o *object, l map[string]any, entry way) ([]verdict, error) {
	accepted := verdict{"Accepted", true, "Accepted", "No error found"}
	port, _ := l["port"].(int64)
	switch {
	case routeKinds[str(l, "protocol")] == "":
		accepted = verdict{"Accepted", false, "UnsupportedProtocol", fmt.Sprintf("Protocol %q is not supported by Traefik", str(l, "protocol"))}
	case !slices.Contains(entry.ports, port):
		accepted = verdict{"Accepted", false, "PortUnavailable", fmt.Sprintf("Cannot find entryPoint for Gateway: no matching entryPoint for port %d and protocol %q", port, str(l, "protocol"))}
	}
	resolved, err := judgeCertificates(ctx, t, o, l)
	if err != nil {
		return nil, err
	}
	programmed := verdict{"Programmed", true, "Programmed", "No error found"}
	if !accepted.ok || !resolved.ok {
		programmed = verdict{"Programmed", false, "Invalid", "The listener has errors"}
	}
	return []verdict{accepted, resolved, programmed}, nil
}

// judgeCertificates looks whether the Secrets of a listener's certificates are there.
func judgeCertificates(ctx context.Context, t *town, o *object, l map[string]any) (verdict, error) {
	fine := verdict{"ResolvedRefs", true, "ResolvedRefs", "No error found"}
	tls, _ := l["tls"].(map[string]any)
	if str(l, "protocol") == "HTTP" || str(tls, "mode") == "Passthrough" {
		return fine, nil
	}
	refs := mapsOf(tls["certificateRefs"])
	if len(refs) == 0 {
		return verdict{"ResolvedRefs", false, "InvalidCertificateRef", "One TLS CertificateRef is required in Terminate mode"}, nil
	}
	for _, r := range refs {
		namespace := either(str(r, "namespace"), o.GetNamespace())
		s, err := get(ctx, t.client, secretKind, namespace, str(r, "name"))
		if err != nil {
			return fine, err
		}
		if s == nil || namespace != o.GetNamespace() {
			return verdict{"ResolvedRefs", false, "InvalidCertificateRef", fmt.Sprintf("Error while retrieving certificate: secret %s/%s does not exist", namespace, str(r, "name"))}, nil
		}
	}
	return fine, nil
}

// attachedTo counts the routes that a listener has accepted.
func attachedTo(ctx context.Context, t *town, o *object, listener string) (int64, error) {
	n := int64(0)
	for _, kind := range routeSchemas {
		routes, err := list(ctx, t.client, kind, "")
		if err != nil {
			return 0, err
		}
		for i := range routes {
			for _, p := range items(&routes[i], "status", "parents") {
				ref, _ := p["parentRef"].(map[string]any)
				if refersTo(ref, &routes[i], o) && (str(ref, "sectionName") == "" || str(ref, "sectionName") == listener) && holds(p["conditions"], "Accepted") {
					n++
				}
			}
		}
	}
	return n, nil
}

func holds(conditions any, kind string) bool {
	return slices.ContainsFunc(mapsOf(conditions), func(c map[string]any) bool { return c["type"] == kind && c["status"] == "True" })
}
