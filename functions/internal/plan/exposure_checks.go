package plan

import (
	"fmt"
	"strings"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// delivering are the keys of what clients reach, by the protocols that have them.
var delivering = []struct {
	key       string
	protocols []v1alpha1.Protocol
}{
	{KeyIngress, []v1alpha1.Protocol{v1alpha1.ProtocolHTTP}},
	{KeyRoute, []v1alpha1.Protocol{v1alpha1.ProtocolHTTP}},
	{KeyPassthrough, []v1alpha1.Protocol{v1alpha1.ProtocolTLSPassthrough}},
	{KeyLoadBalancer, []v1alpha1.Protocol{v1alpha1.ProtocolTCP, v1alpha1.ProtocolUDP}},
}

// inCluster are the keys of all that is in the cluster: what clients reach first.
var inCluster = []string{
	KeyIngress, KeyRoute, KeyPassthrough, KeyLoadBalancer, KeyGateway, KeyMiddleware, KeyMiddlewareTCP,
	KeyNetworkPolicy, KeyBackend, KeyEndpoints, KeyCertificate, KeyGatewayCertificate, KeyEntryPoint,
}

// placed returns something that is in the cluster, or something that doesn't exist.
func placed(have observed.Set) observed.Value {
	for _, key := range inCluster {
		if have.Has(key) {
			return have.Get(key)
		}
	}
	return observed.None
}

// checkExposure refuses what the schema refuses too: rendering has no API server.
func checkExposure(claim *v1alpha1.ExposureSpec, have observed.Set) error {
	protocol := protocolOf(claim)
	if sharesEntryPoint(protocol) && len(claim.Hostnames) == 0 {
		return refusal.New("spec.hostnames", "", "has no host name", "Add the name under which the service is to be reached.")
	}
	for _, field := range []struct {
		name  string
		set   bool
		goes  bool
		wants string
	}{
		{"paths", len(claim.Paths) > 0, protocol == v1alpha1.ProtocolHTTP, "HTTP"},
		{"tls", claim.TLS != nil, protocol == v1alpha1.ProtocolHTTP, "HTTP"},
		{"via", claim.Via != "", protocol == v1alpha1.ProtocolHTTP, "HTTP"},
		{"loadBalancer", claim.LoadBalancer != nil, !sharesEntryPoint(protocol), "TCP and UDP"},
		{"loadBalancer.proxyProtocol", claim.LoadBalancer != nil && claim.LoadBalancer.ProxyProtocol, protocol != v1alpha1.ProtocolUDP, "TCP"},
	} {
		if field.set && !field.goes {
			return refusal.New("spec.protocol", protocol, "doesn't go with spec."+field.name+", which only "+field.wants+" has", "Remove spec."+field.name+".")
		}
	}
	if tls := tlsOf(claim); (tls.Mode == TLSSecret) != (tls.SecretName != "") {
		return refusal.New("spec.tls.secretName", tls.SecretName, "doesn't go with mode "+tls.Mode, "Set secretName with mode Secret, and only then.")
	}
	return checkStaysPublished(claim, have)
}

// checkStaysPublished refuses to publish another way what would leave something
// behind.
func checkStaysPublished(claim *v1alpha1.ExposureSpec, have observed.Set) error {
	protocol := protocolOf(claim)
	for _, d := range delivering {
		if !have.Has(d.key) {
			continue
		}
		manifest := manifestOf(have.Get(d.key))
		was := d.protocols[0]
		if p := observed.At(manifest, "spec", "ports"); p.Exists() {
			for port := range p.Items() {
				was = v1alpha1.Protocol(firstOf(port.Field("protocol").Text(), string(was)))
			}
		}
		if was != protocol {
			return refusal.New("spec.protocol", protocol, fmt.Sprintf("can't be changed from %s: its address would be another", was), "Set it back, or create a new Exposure.")
		}
		if ns := observed.At(manifest, "metadata", "namespace").Text(); ns != "" && ns != claim.Namespace {
			return refusal.New("spec.namespace", claim.Namespace, "can't be changed from "+ns+": the service lives there", "Set it back, or create a new Exposure.")
		}
	}
	return nil
}

// checkAllowed refuses ranges of clients that nobody would enforce: the entry
// point sees the addresses of clients only where its load balancer tells them, in
// the PROXY protocol. Load balancers of a service's own enforce them themselves.
func checkAllowed(claim *v1alpha1.ExposureSpec, cloud *v1alpha1.Cloud, cluster observed.Value) error {
	if len(claim.AllowedCIDRs) == 0 || !sharesEntryPoint(protocolOf(claim)) || cloud == nil {
		return nil
	}
	field, value := "spec.allowedCIDRs", strings.Join(cidrs(claim.AllowedCIDRs), ", ")
	if !cloud.LoadBalancer.ProxyProtocol || cloud.LoadBalancer.Provider == ovn {
		return refusal.New(field, value, fmt.Sprintf("can't be enforced on cloud %q, whose entry point doesn't see the addresses of clients", cloud.Name),
			"Use protocol TCP, remove the ranges, or ask the platform team for loadBalancer.proxyProtocol.")
	}
	if observed.At(cluster, "spec", "network", "existing").Exists() {
		return refusal.New(field, value, "can't be enforced on a cluster in an existing network: its entry point doesn't know whose word to take for the addresses of clients",
			"Use protocol TCP, or remove the ranges.")
	}
	return nil
}

// goneOr turns the refusal of an unknown cluster into one that fits an Exposure
// which lives in it.
func goneOr(err error, cluster string, have observed.Set) error {
	if !placed(have).Exists() {
		return err
	}
	return refusal.New(fieldCluster, cluster, "can't be found any more. What runs stays as it is",
		"If the cluster is gone for good, delete this Exposure: nothing in the cluster holds it back.")
}

// Lost says whether an Exposure has something in a cluster that doesn't answer,
// that is gone, or that is another one now: nobody could delete it there.
func Lost(o Owner, claim *v1alpha1.ExposureSpec, clusters []observed.Value, have observed.Set) bool {
	made := observed.At(placed(have), "spec", "providerConfigRef", "name").Text()
	if made == "" {
		return false
	}
	t, err := targetOf(o, claim.ClusterRef.Name, clusters)
	return err != nil || !t.Reachable() || t.ProviderConfig.Name != made
}

// warnUnreachable says what a team should know before it deletes an Exposure.
func (x *Exposure) warnUnreachable() []string {
	if x.Target.Reachable() || !x.anyInCluster() {
		return nil
	}
	return []string{fmt.Sprintf("The Kubernetes API of KubernetesCluster %s isn't available. What this Exposure has in the cluster stays there if it is deleted now.", x.Target.Name)}
}

func (x *Exposure) anyInCluster() bool {
	for _, d := range delivering {
		if x.made[d.key] {
			return true
		}
	}
	return false
}
