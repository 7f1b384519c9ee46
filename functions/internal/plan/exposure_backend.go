package plan

import (
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
)

// Backend is the team's Service, as the cluster shows it.
type Backend struct {
	// Selector of the Service's pods.
	Selector map[string]string
	// TargetPort of the pods: a number, or a name.
	TargetPort any
	// Transport is TCP or UDP.
	Transport string
	// Awaits names what isn't known of the Service yet, or is empty.
	Awaits string
	Status v1alpha1.BackendStatus
}

func backendOf(claim *v1alpha1.ExposureSpec, t Target, have observed.Set) Backend {
	b := Backend{Transport: string(v1alpha1.ProtocolTCP), Status: healthOf(t, have)}
	if claim.Protocol == v1alpha1.ProtocolUDP {
		b.Transport = string(v1alpha1.ProtocolUDP)
	}
	name := "Service " + claim.Namespace + "/" + claim.Service.Name
	service := atProvider(have.Get(KeyBackend))
	spec := service.Field("spec")
	if observed.At(service, "metadata", "name").Text() != claim.Service.Name || !spec.Exists() {
		b.Awaits = name + " in the cluster"
		return b
	}
	if b.Selector = observed.Texts(spec.Field("selector")); len(b.Selector) == 0 {
		b.Awaits = "a selector in " + name + ", without which its pods aren't known"
		return b
	}
	var others []string
	for p := range spec.Field("ports").Items() {
		number, transport := int64(p.Field("port").Number()), firstOf(p.Field("protocol").Text(), "TCP")
		if number == int64(claim.Service.Port) && transport == b.Transport {
			b.TargetPort = targetPort(p.Field("targetPort"), number)
			return b
		}
		others = append(others, fmt.Sprintf("%d/%s", number, transport))
	}
	b.Awaits = fmt.Sprintf("port %d/%s of %s, which has %s", claim.Service.Port, b.Transport, name, strings.Join(others, ", "))
	return b
}

func targetPort(v observed.Value, port int64) any {
	if name := v.Text(); name != "" {
		return name
	}
	if n := int64(v.Number()); n != 0 {
		return n
	}
	return port
}

// healthOf counts the pods behind the Service. Endpoints are asked, not
// EndpointSlices: only they have a name that is known.
func healthOf(t Target, have observed.Set) v1alpha1.BackendStatus {
	unknown := v1alpha1.BackendStatus{State: "Unknown"}
	endpoints := atProvider(have.Get(KeyEndpoints))
	if !t.Reachable() || observed.At(endpoints, "metadata", "resourceVersion").Text() == "" {
		return unknown
	}
	var s v1alpha1.BackendStatus
	for subset := range endpoints.Field("subsets").Items() {
		for range subset.Field("addresses").Items() {
			s.Ready++
		}
		for range subset.Field("notReadyAddresses").Items() {
			s.NotReady++
		}
	}
	switch {
	case s.Ready == 0:
		s.State, s.Message = "Unhealthy", "No pod behind the service is ready. Look at the pods that its selector selects."
	case s.NotReady > 0:
		s.State, s.Message = "Degraded", "Some pods behind the service aren't ready."
	default:
		s.State = "Healthy"
	}
	return s
}

// atProvider is the object in the cluster as an Object last saw it.
func atProvider(o observed.Value) observed.Value {
	return observed.At(o, "status", "atProvider", "manifest")
}

// addressesOf returns the addresses at which clients reach the service, each
// once, IPv4 before IPv6. All that shares the entry point has the same.
func addressesOf(have observed.Set) []string {
	for _, key := range []string{KeyLoadBalancer, KeyIngress, KeyGateway, KeyEntryPoint} {
		status := atProvider(have.Get(key)).Field("status")
		var found []string
		for i := range observed.At(status, "loadBalancer", "ingress").Items() {
			found = append(found, firstOf(i.Field("ip").Text(), i.Field("hostname").Text()))
		}
		for a := range status.Field("addresses").Items() {
			found = append(found, a.Field("value").Text())
		}
		if len(found) > 0 {
			slices.SortFunc(found, func(a, b string) int {
				return strings.Compare(familyOf(a)+a, familyOf(b)+b)
			})
			return slices.Compact(found)
		}
	}
	return nil
}

// servesOf looks at what exists of each way to publish over HTTP.
func servesOf(claim *v1alpha1.ExposureSpec, have observed.Set) Serves {
	ordered := tlsOf(claim).Mode == TLSAutomatic
	issued := func(key string) bool {
		return !ordered || observed.ConditionOf(atProvider(have.Get(key)), "Ready").Status == conditionTrue
	}
	var s Serves
	for range observed.At(atProvider(have.Get(KeyIngress)), "status", "loadBalancer", "ingress").Items() {
		s.Ingress = issued(KeyCertificate)
	}
	route := atProvider(have.Get(KeyRoute))
	for parent := range observed.At(route, "status", "parents").Items() {
		for c := range parent.Field("conditions").Items() {
			if c.Field("type").Text() == "Accepted" && c.Field("status").Text() == conditionTrue {
				s.Route = tlsOf(claim).Mode == TLSNone || issued(KeyGatewayCertificate)
			}
		}
	}
	shared := false
	for parent := range observed.At(route, "spec", "parentRefs").Items() {
		shared = parent.Field("namespace").Text() != "" && parent.Field("namespace").Text() != claim.Namespace
	}
	if claim.Via == viaGateway {
		s.WithoutGateway = s.Route && shared
	} else {
		s.WithoutGateway = s.Ingress
	}
	return s
}

// familyOf returns the type of the DNS record of an address, or "" for a name.
func familyOf(address string) string {
	switch ip, err := netip.ParseAddr(address); {
	case err != nil:
		return ""
	case ip.Unmap().Is4():
		return recordA
	}
	return recordAAAA
}

// URLs returns where clients reach the service, or nothing while that isn't
// known.
func (x *Exposure) URLs() []string {
	hosts, scheme, port := x.Hostnames, "https", ""
	switch x.Protocol {
	case v1alpha1.ProtocolTLSPassthrough:
		scheme, port = "tls", "443"
	case v1alpha1.ProtocolTCP, v1alpha1.ProtocolUDP:
		scheme, port = strings.ToLower(string(x.Protocol)), strconv.FormatInt(x.Port, 10)
		if len(hosts) == 0 {
			hosts = x.Addresses
		}
	default:
		if x.TLS.Mode == TLSNone {
			scheme = "http"
		}
	}
	out := make([]string, 0, len(hosts))
	for _, h := range hosts {
		if n, err := strconv.Atoi(port); err == nil {
			h = hostPort(h, n)
		}
		out = append(out, scheme+"://"+h)
	}
	return out
}

// costIn adds up what the Exposure has to itself.
func (x *Exposure) costIn(cloud *v1alpha1.Cloud) Cost {
	if cloud == nil {
		return Cost{}
	}
	c := costIn(cloud.Prices)
	if x.LoadBalancer != nil && cloud.Prices != nil {
		one := big.NewRat(1, 1)
		c.add(one, cloud.Prices.LoadBalancer)
		if !x.LoadBalancer.Internal {
			c.add(one, cloud.Prices.FloatingIP)
		}
	}
	return c
}
