package residents

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var routeSchemas = []schema.GroupVersionKind{httpRouteKind, tlsRouteKind}

// acceptRoute says of a route what Traefik makes of it, for each parent that is
// Traefik's.
func acceptRoute(ctx context.Context, t *town, o *object) (time.Duration, error) {
	resolved, err := judgeBackends(ctx, t, o)
	if err != nil {
		return 0, err
	}
	parents := []any{}
	have := items(o, "status", "parents")
	for _, ref := range items(o, "spec", "parentRefs") {
		parent, gateway, err := t.parentOf(ctx, o, ref)
		if err != nil {
			return 0, err
		}
		if gateway == nil {
			continue // it may be another controller's
		}
		accepted, err := t.judgeParent(ctx, o, ref, parent)
		if err != nil {
			return 0, err
		}
		var before any
		for _, h := range have {
			if fmt.Sprint(h["parentRef"]) == fmt.Sprint(ref) {
				before = h["conditions"]
			}
		}
		parents = append(parents, map[string]any{
			"parentRef": ref, "controllerName": gatewayController,
			"conditions": judge(t, before, o.GetGeneration(), accepted, resolved),
		})
	}
	return 0, saveStatus(ctx, t, o, func(o *object) { set(o, parents, "status", "parents") })
}

// parentOf returns what a reference names, and the Gateway that this belongs to, both
// nil if that isn't Traefik's.
func (t *town) parentOf(ctx context.Context, route *object, ref map[string]any) (parent, gateway *object, err error) {
	kind := gatewayKind
	if str(ref, "kind") == listenerSetKind.Kind {
		kind = listenerSetKind
	}
	if parent, err = get(ctx, t.client, kind, either(str(ref, "namespace"), route.GetNamespace()), str(ref, "name")); err != nil || parent == nil {
		return nil, nil, err
	}
	gateway = parent
	if kind == listenerSetKind {
		gateway, err = get(ctx, t.client, gatewayKind, either(text(parent, "spec", "parentRef", "namespace"), parent.GetNamespace()), text(parent, "spec", "parentRef", "name"))
		if err != nil || gateway == nil {
			return nil, nil, err
		}
	}
	mine, err := ours(ctx, t, gateway)
	if err != nil || !mine {
		return nil, nil, err
	}
	return parent, gateway, nil
}

// refersTo tells whether a route's reference names the Gateway or ListenerSet.
func refersTo(ref map[string]any, route, parent *object) bool {
	return either(str(ref, "kind"), gatewayKind.Kind) == parent.GetKind() && str(ref, "name") == parent.GetName() &&
		either(str(ref, "namespace"), route.GetNamespace()) == parent.GetNamespace()
}

// judgeParent looks for a listener that takes the route.
func (t *town) judgeParent(ctx context.Context, o *object, ref map[string]any, parent *object) (verdict, error) {
	found, allowed := false, false
	for _, l := range items(parent, "spec", "listeners") {
		if s := str(ref, "sectionName"); s != "" && s != str(l, "name") || ref["port"] != nil && ref["port"] != l["port"] {
			continue
		}
		if routeKinds[str(l, "protocol")] != o.GetKind() {
			continue
		}
		found = true
		lets, err := t.allows(ctx, l["allowedRoutes"], parent.GetNamespace(), o.GetNamespace(), "Same")
		if err != nil {
			return verdict{}, err
		}
		if !lets {
			continue
		}
		allowed = true
		if meets(str(l, "hostname"), texts(o, "spec", "hostnames")) {
			return verdict{"Accepted", true, "Accepted", "No error found"}, nil
		}
	}
	switch {
	case !found:
		return verdict{"Accepted", false, "NoMatchingParent", "No matching parent"}, nil
	case !allowed:
		return verdict{"Accepted", false, "NotAllowedByListeners", "No listener allows routes of this namespace"}, nil
	}
	return verdict{"Accepted", false, "NoMatchingListenerHostname", "No listener has one of the route's host names"}, nil
}

// allows tells whether a Gateway's or a listener's policy lets a namespace in. Without
// one, it is what otherwise says.
func (t *town) allows(ctx context.Context, policy any, own, namespace, otherwise string) (bool, error) {
	m, _ := policy.(map[string]any)
	namespaces, _ := m["namespaces"].(map[string]any)
	switch either(str(namespaces, "from"), otherwise) {
	case "All":
		return true, nil
	case "Same":
		return own == namespace, nil
	case "Selector":
		return t.selects(ctx, namespaces["selector"], namespace)
	}
	return false, nil
}

func (t *town) selects(ctx context.Context, selector any, namespace string) (bool, error) {
	m, _ := selector.(map[string]any)
	s := metav1.LabelSelector{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(m, &s); err != nil {
		return false, err
	}
	by, err := metav1.LabelSelectorAsSelector(&s)
	if err != nil {
		return false, err
	}
	ns, err := get(ctx, t.client, core("Namespace"), "", namespace)
	if err != nil || ns == nil {
		return false, err
	}
	return by.Matches(labels.Set(ns.GetLabels())), nil
}

// meets tells whether a listener serves one of the names. Either may leave them open.
func meets(listener string, names []string) bool {
	return listener == "" || len(names) == 0 || slices.ContainsFunc(names, func(n string) bool { return covers(listener, n) || covers(n, listener) })
}

// covers tells whether a name, or one with an asterisk for its first labels, is the
// other.
func covers(pattern, name string) bool {
	suffix, wild := strings.CutPrefix(pattern, "*")
	return pattern == name || wild && strings.HasSuffix(name, suffix) && len(name) > len(suffix)
}

// judgeBackends looks whether the Services of all rules are there.
func judgeBackends(ctx context.Context, t *town, o *object) (verdict, error) {
	for _, rule := range items(o, "spec", "rules") {
		for _, b := range mapsOf(rule["backendRefs"]) {
			namespace := either(str(b, "namespace"), o.GetNamespace())
			port, _ := b["port"].(int64)
			switch kind := either(str(b, "kind"), serviceKind.Kind); {
			case kind != serviceKind.Kind:
				continue // Traefik's own kinds aren't looked at
			case namespace != o.GetNamespace():
				return verdict{"ResolvedRefs", false, "RefNotPermitted", fmt.Sprintf("Cannot load backend %s: missing ReferenceGrant", str(b, "name"))}, nil
			}
			there, err := t.backed(ctx, namespace, str(b, "name"), port)
			if err != nil {
				return verdict{}, err
			}
			if !there {
				return verdict{"ResolvedRefs", false, "BackendNotFound", fmt.Sprintf("Cannot load Service %s/%s: no such service or port %d", namespace, str(b, "name"), port)}, nil
			}
		}
	}
	return verdict{"ResolvedRefs", true, "ResolvedRefs", "All references resolved"}, nil
}
