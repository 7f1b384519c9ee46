package residents

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	ingressController   = "traefik.io/ingress-controller"
	defaultIngressClass = "ingressclass.kubernetes.io/is-default-class"
)

// admitIngress gives an Ingress of Traefik's class the address of Traefik's Service.
func admitIngress(ctx context.Context, t *town, o *object) (time.Duration, error) {
	ours, err := ofTraefik(ctx, t, text(o, "spec", "ingressClassName"))
	if err != nil || !ours {
		return 0, err
	}
	way, err := t.entry(ctx)
	if err != nil {
		return 0, err
	}
	if len(way.addresses)+len(items(o, "status", "loadBalancer", "ingress")) == 0 {
		return 0, nil
	}
	return 0, saveStatus(ctx, t, o, func(o *object) {
		entries := []any{}
		for _, ip := range way.addresses {
			entries = append(entries, map[string]any{"ip": ip})
		}
		set(o, entries, "status", "loadBalancer", "ingress")
	})
}

// ofTraefik tells whether a class is Traefik's: that of the name, or the default one.
func ofTraefik(ctx context.Context, t *town, name string) (bool, error) {
	all, err := list(ctx, t.client, ingressClassKind, "")
	if err != nil {
		return false, err
	}
	for i, c := range all {
		chosen := c.GetName() == name || name == "" && c.GetAnnotations()[defaultIngressClass] == "true"
		if chosen && text(&all[i], "spec", "controller") == ingressController {
			return true, nil
		}
	}
	return false, nil
}

// A way is how Traefik is reached.
type way struct {
	addresses []string
	// ports of its pods.
	ports []int64
}

// entry returns the way to Traefik, by its Service.
func (t *town) entry(ctx context.Context) (way, error) {
	all := &corev1.ServiceList{}
	if err := t.client.List(ctx, all); err != nil {
		return way{}, err
	}
	var out way
	for _, s := range all.Items {
		if s.Spec.Selector["app.kubernetes.io/name"] != traefik["app.kubernetes.io/name"] {
			continue
		}
		for _, p := range s.Spec.Ports {
			out.ports = append(out.ports, int64(p.TargetPort.IntValue()))
		}
		for _, i := range s.Status.LoadBalancer.Ingress {
			out.addresses = append(out.addresses, i.IP)
		}
	}
	slices.Sort(out.addresses)
	return out, nil
}

// backed tells whether the Service that a route names exists, with the port.
func (t *town) backed(ctx context.Context, namespace, name string, port int64) (bool, error) {
	s := &corev1.Service{}
	err := t.client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, s)
	if err != nil {
		return false, client.IgnoreNotFound(err)
	}
	return slices.ContainsFunc(s.Spec.Ports, func(p corev1.ServicePort) bool { return int64(p.Port) == port }), nil
}
