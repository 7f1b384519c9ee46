package residents

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

const (
	balancerFinalizer = "service.kubernetes.io/load-balancer-cleanup"
	// Annotations of the cloud controller manager.
	internalMark   = "service.beta.kubernetes.io/openstack-internal-load-balancer"
	loadBalancerIs = "loadbalancer.openstack.org/"
	keepIPMark     = loadBalancerIs + "keep-floatingip"
)

// balance gives a Service of type LoadBalancer its load balancer, named and described
// as the cloud controller manager does, and takes it away.
func balance(ctx context.Context, t *town, o *object) (time.Duration, error) {
	s, err := typed[corev1.Service](o)
	if err != nil {
		return 0, err
	}
	wants := s.Spec.Type == corev1.ServiceTypeLoadBalancer && s.DeletionTimestamp == nil && s.Spec.LoadBalancerClass == nil
	if !wants {
		return unbalance(ctx, t, o, s)
	}
	if err := save(ctx, t, o, func(o *object) { controllerutil.AddFinalizer(o, balancerFinalizer) }); err != nil {
		return 0, err
	}
	conf, err := t.cloudConf(ctx)
	if err != nil {
		return 0, err
	}
	lb, wait, err := t.balancer(ctx, s, conf)
	if err != nil || wait > 0 {
		return wait, err
	}
	address, wait, err := t.address(ctx, s, lb, conf)
	if err != nil || wait > 0 {
		return wait, err
	}
	return 0, saveStatus(ctx, t, o, func(o *object) {
		entry := map[string]any{"ip": address, "ipMode": "VIP"}
		if len(items(o, "status", "loadBalancer", "ingress")) != 1 || str(items(o, "status", "loadBalancer", "ingress")[0], "ip") != address {
			set(o, []any{entry}, "status", "loadBalancer", "ingress")
		}
	})
}

// balancer returns the Service's load balancer, as its annotations want it.
func (t *town) balancer(ctx context.Context, s *corev1.Service, conf map[string]string) (cloud.Resource, time.Duration, error) {
	attributes := map[string]any{
		"name":        fmt.Sprintf("kube_service_%s_%s_%s", t.cluster, s.Namespace, s.Name),
		"description": fmt.Sprintf("Kubernetes external service %s/%s from cluster %s", s.Namespace, s.Name, t.cluster),
	}
	wanted := wantedOf(s)
	maps.Copy(attributes, wanted)
	for attribute, from := range map[string]string{"flavorId": "flavor-id", "loadbalancerProvider": "lb-provider", "availabilityZone": "availability-zone"} {
		if v := either(s.Annotations[loadBalancerIs+from], conf[from]); v != "" {
			attributes[attribute] = v
		}
	}
	attributes["vipSubnetId"] = either(s.Annotations[loadBalancerIs+"subnet-id"], conf["subnet-id"])
	if attributes["vipSubnetId"] == "" {
		subnet, err := t.subnet(ctx)
		if err != nil {
			return cloud.Resource{}, 0, err
		}
		attributes["vipSubnetId"] = subnet
	}
	lb, wait, err := t.ensure(ctx, cloud.Spec{Kind: cloud.LoadBalancer, Owner: t.owner(s), Attributes: attributes})
	if err != nil || wait > 0 {
		return lb, wait, err
	}
	changes := map[string]any{}
	for k, v := range wanted {
		if !reflect.DeepEqual(lb.Attributes[k], v) {
			changes[k] = v
		}
	}
	if len(changes) == 0 {
		return lb, 0, nil
	}
	lb, err = t.cloud.Update(ctx, cloud.LoadBalancer, lb.ID, changes)
	return lb, until(lb), err
}

// wantedOf is what may change of a load balancer. The cloud keeps it for tests to look
// at: listeners and pools aren't simulated.
func wantedOf(s *corev1.Service) map[string]any {
	listeners := []any{}
	for _, p := range s.Spec.Ports {
		listeners = append(listeners, fmt.Sprintf("%s:%d", p.Protocol, p.Port))
	}
	cidrs := []any{}
	for _, c := range s.Spec.LoadBalancerSourceRanges {
		cidrs = append(cidrs, c)
	}
	return map[string]any{"listeners": listeners, "allowedCidrs": cidrs, "proxyProtocol": s.Annotations[loadBalancerIs+"proxy-protocol"]}
}

// address returns where the load balancer is reached: a floating IP, unless it is
// for inside.
func (t *town) address(ctx context.Context, s *corev1.Service, lb cloud.Resource, conf map[string]string) (string, time.Duration, error) {
	if s.Annotations[internalMark] == "true" {
		return lb.Text("vipAddress"), 0, nil
	}
	pool := either(s.Annotations[loadBalancerIs+"floating-network-id"], conf["floating-network-id"])
	if pool == "" {
		return "", 0, fmt.Errorf("cannot find a network for the floating IP of %s/%s: cloud.conf names none", s.Namespace, s.Name)
	}
	if own := s.Spec.LoadBalancerIP; own != "" {
		return t.brought(ctx, own, lb)
	}
	ip, wait, err := t.ensure(ctx, cloud.Spec{Kind: cloud.FloatingIP, Owner: t.owner(s), Attributes: map[string]any{
		"pool": pool, "portId": lb.Text("vipPortId"),
		"description": fmt.Sprintf("Floating IP for Kubernetes external service %s/%s from cluster %s", s.Namespace, s.Name, t.cluster),
	}})
	return ip.Text("address"), wait, err
}

// brought gives the load balancer a floating IP that exists.
func (t *town) brought(ctx context.Context, address string, lb cloud.Resource) (string, time.Duration, error) {
	all, err := t.cloud.Resources(ctx, cloud.Filter{Kind: cloud.FloatingIP})
	if err != nil {
		return "", 0, err
	}
	for _, ip := range all {
		if ip.Text("address") != address {
			continue
		}
		if ip.Text("portId") == lb.Text("vipPortId") {
			return address, until(ip), nil
		}
		_, err := t.cloud.Update(ctx, cloud.FloatingIP, ip.ID, map[string]any{"portId": lb.Text("vipPortId")})
		return address, cloudPoll, err
	}
	return "", 0, fmt.Errorf("floating IP %s doesn't exist", address)
}

// unbalance takes a Service's load balancer away.
func unbalance(ctx context.Context, t *town, o *object, s *corev1.Service) (time.Duration, error) {
	if !controllerutil.ContainsFinalizer(s, balancerFinalizer) {
		return 0, nil
	}
	kinds := []cloud.Kind{cloud.FloatingIP, cloud.LoadBalancer}
	if s.Annotations[keepIPMark] == "true" {
		kinds = kinds[1:]
	}
	for _, k := range kinds {
		all, err := t.cloud.Resources(ctx, cloud.Filter{Kind: k, OwnerUID: string(s.UID)})
		if err != nil {
			return 0, err
		}
		for _, r := range all {
			if r.State == cloud.Building || r.State == cloud.Pending {
				return until(r), nil // it can't be changed now
			}
			if wait, err := t.remove(ctx, k, r.ID); err != nil || wait > 0 {
				return wait, err
			}
		}
	}
	if s.DeletionTimestamp == nil {
		if err := saveStatus(ctx, t, o, func(o *object) { set(o, map[string]any{}, "status", "loadBalancer") }); err != nil {
			return 0, err
		}
	}
	return 0, save(ctx, t, o, func(o *object) { controllerutil.RemoveFinalizer(o, balancerFinalizer) })
}

// cloudConf reads the cloud controller manager's configuration. Its keys are unique
// over sections, as far as they are used here.
func (t *town) cloudConf(ctx context.Context) (map[string]string, error) {
	s := &corev1.Secret{}
	if err := t.client.Get(ctx, client.ObjectKey{Namespace: "kube-system", Name: "cloud-config"}, s); err != nil {
		return nil, err
	}
	out := map[string]string{}
	lines := bufio.NewScanner(strings.NewReader(string(s.Data["cloud.conf"])))
	for lines.Scan() {
		if k, v, ok := strings.Cut(lines.Text(), "="); ok {
			out[strings.TrimSpace(k)] = strings.Trim(strings.TrimSpace(v), `"`)
		}
	}
	return out, lines.Err()
}

// subnet returns the subnet of the cluster's nodes, for IPv4.
func (t *town) subnet(ctx context.Context) (string, error) {
	all, err := t.cloud.Resources(ctx, cloud.Filter{Kind: cloud.Subnet})
	if err != nil {
		return "", err
	}
	for _, r := range all {
		if strings.HasPrefix(r.Owner.Name, t.cluster) && number(r.Attributes["ipVersion"]) == 4 {
			return r.ID, nil
		}
	}
	return "", fmt.Errorf("cannot find the subnet of cluster %q", t.cluster)
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
