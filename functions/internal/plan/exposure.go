package plan

import (
	"slices"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// Keys of an Exposure's composed resources. Those that differ by protocol differ
// by name, so that no change can turn one into another.
const (
	KeyIngress            = "ingress"
	KeyCertificate        = "certificate"
	KeyGateway            = "gateway"
	KeyGatewayCertificate = "gateway-certificate"
	KeyRoute              = "route"
	KeyPassthrough        = "passthrough"
	KeyEntryPoint         = "entry-point"
	KeyLoadBalancer       = "load-balancer"
	KeyMiddleware         = "middleware"
	KeyMiddlewareTCP      = "middleware-tcp"
	KeyNetworkPolicy      = "network-policy"
	KeyBackend            = "backend"
	KeyEndpoints          = "endpoints"
	KeyRecord             = "record-" // and the type and the host name
)

// Where the certificate of an Exposure comes from.
const (
	TLSAutomatic = "Automatic"
	TLSSecret    = "Secret"
	TLSNone      = "None"
)

// Exposure is the plan of an Exposure.
type Exposure struct {
	Owner
	Target Target
	// Namespace of the service in the cluster.
	Namespace string
	// Service and Port that are published.
	Service  string
	Port     int64
	Protocol v1alpha1.Protocol
	// Hostnames in the order of the claim: the first is the one that is shown.
	Hostnames []string
	// Paths that reach the service: at least one, for HTTP.
	Paths []v1alpha1.ExposurePath
	// TLS is where the certificate comes from, for HTTP.
	TLS v1alpha1.ExposureTLS
	// ViaGateway publishes HTTP by a route of the Gateway API in place of an
	// Ingress.
	ViaGateway bool
	// AllowedCIDRs of clients, or none for everybody.
	AllowedCIDRs []string
	// LoadBalancer of TCP and UDP, or nil.
	LoadBalancer *OwnLoadBalancer
	Backend      Backend
	// Serves says which ways of publishing serve clients already.
	Serves Serves
	// Addresses at which clients reach the service, as they are observed.
	Addresses []string
	// ByExternalDNS leaves the records to external-dns in the cluster.
	ByExternalDNS bool
	// Records that are made in the cloud's zone.
	Records []Record
	// RecordsDecided says that it is known which records there should be, so that
	// others may go.
	RecordsDecided bool
	// Hosts are the host names as status shows them.
	Hosts []v1alpha1.HostStatus
	Cost  Cost
	// Probe asks for the service from outside, or is nil.
	Probe *Probe
	// NotProbed says why the service isn't probed although the level has it so.
	NotProbed string
	// Warnings for the team, such as host names that get no DNS record.
	Warnings []string
	// made are the keys of what exists.
	made map[string]bool
}

// OwnLoadBalancer is the load balancer of a TCP or UDP service.
type OwnLoadBalancer struct {
	// Internal has no floating IP.
	Internal bool
	// ProxyProtocol tells the service the addresses of clients.
	ProxyProtocol bool
	// FlavorID in the cloud, or "" for the cloud's default.
	FlavorID string
}

// Serves says of ways to publish over HTTP whether clients are served by them, so
// that the other way may go.
type Serves struct {
	// Ingress serves, with its certificate.
	Ingress bool
	// Route serves, by whatever Gateway.
	Route bool
	// WithoutGateway says that clients are served without a Gateway of the
	// Exposure's own.
	WithoutGateway bool
}

// Others are what else an Exposure's host names depend on.
type Others struct {
	// Clusters of the team.
	Clusters []observed.Value
	// Exposures of the team, this one too.
	Exposures []observed.Value
	// Records of anybody, by host name.
	Records map[string][]observed.Value
}

// NewExposure plans an Exposure. The error is a refusal when it can't be served;
// what exists then stays as it is.
func NewExposure(o Owner, claim *v1alpha1.ExposureSpec, p *v1alpha1.PlatformSpec, others Others, have observed.Set) (*Exposure, error) {
	if err := checkClaimed(o, "Exposure"); err != nil {
		return nil, err
	}
	if err := checkExposure(claim, have); err != nil {
		return nil, err
	}
	target, err := targetOf(o, claim.ClusterRef.Name, others.Clusters)
	if err != nil {
		return nil, goneOr(err, claim.ClusterRef.Name, have)
	}
	if err := target.checkStays(placed(have), target.ProviderConfig); err != nil {
		return nil, err
	}
	x := &Exposure{
		Owner:        o,
		Target:       target,
		Namespace:    claim.Namespace,
		Service:      claim.Service.Name,
		Port:         int64(claim.Service.Port),
		Protocol:     protocolOf(claim),
		Hostnames:    claim.Hostnames,
		Paths:        pathsOf(claim),
		TLS:          tlsOf(claim),
		ViaGateway:   claim.Via == viaGateway,
		AllowedCIDRs: cidrs(claim.AllowedCIDRs),
		Backend:      backendOf(claim, target, have),
		Serves:       servesOf(claim, have),
		Addresses:    addressesOf(have),
		made:         madeKeys(have),
	}
	cloud, _ := cloudOfTarget(target, p)
	cluster := clusterNamed(claim.ClusterRef.Name, others.Clusters)
	if err := checkAllowed(claim, cloud, cluster); err != nil {
		return nil, err
	}
	if x.LoadBalancer, err = ownLoadBalancer(claim, cloud, levelNamed(cluster, p), have); err != nil {
		return nil, err
	}
	if err := x.checkHosts(others); err != nil {
		return nil, err
	}
	x.planRecords(claim, cloud, have)
	x.Cost = x.costIn(cloud)
	x.planProbe(claim, levelNamed(cluster, p), p.Management.Monitoring)
	x.Warnings = append(withoutRecord(claim, target, cloud), x.warnUnreachable()...)
	return x, nil
}

const viaGateway = "Gateway"

func protocolOf(claim *v1alpha1.ExposureSpec) v1alpha1.Protocol {
	if claim.Protocol == "" {
		return v1alpha1.ProtocolHTTP
	}
	return claim.Protocol
}

// SharesEntryPoint says whether the cluster's entry point serves it.
func (x *Exposure) SharesEntryPoint() bool { return sharesEntryPoint(x.Protocol) }

func sharesEntryPoint(p v1alpha1.Protocol) bool {
	return p == v1alpha1.ProtocolHTTP || p == v1alpha1.ProtocolTLSPassthrough
}

// Made says whether the resource with the key exists.
func (x *Exposure) Made(key string) bool { return x.made[key] }

// Awaits names, in words, what the resource with the key can't be made in the
// cluster without, or is empty.
func (x *Exposure) Awaits(key string) string {
	if x.made[key] && x.Target.ProviderConfig.Name != "" {
		return ""
	}
	return x.Target.awaits(observed.None)
}

// Placed says whether the cluster has, or can have, what publishes the service.
func (x *Exposure) Placed() bool {
	if x.Target.ProviderConfig.Name == "" {
		return false
	}
	return x.anyInCluster() || x.Target.awaits(observed.None) == ""
}

// OwnGateway says whether it has a Gateway of its own, which has the certificate.
func (x *Exposure) OwnGateway() bool { return x.ViaGateway && x.TLS.Mode != TLSNone }

func pathsOf(claim *v1alpha1.ExposureSpec) []v1alpha1.ExposurePath {
	if len(claim.Paths) == 0 {
		return []v1alpha1.ExposurePath{{Path: "/", Type: "Prefix"}}
	}
	out := slices.Clone(claim.Paths)
	for i := range out {
		out[i].Type = firstOf(out[i].Type, "Prefix")
	}
	return out
}

func tlsOf(claim *v1alpha1.ExposureSpec) v1alpha1.ExposureTLS {
	if claim.TLS == nil {
		return v1alpha1.ExposureTLS{Mode: TLSAutomatic}
	}
	return v1alpha1.ExposureTLS{Mode: firstOf(claim.TLS.Mode, TLSAutomatic), SecretName: claim.TLS.SecretName}
}

func cidrs(in []v1alpha1.CIDR) []string {
	out := make([]string, 0, len(in))
	for _, c := range in {
		out = append(out, string(c))
	}
	return out
}

func madeKeys(have observed.Set) map[string]bool {
	out := make(map[string]bool, len(have))
	for key := range have {
		out[key] = true
	}
	return out
}

// ownLoadBalancer decides about the load balancer of a TCP or UDP service. Its
// flavor stays as it was made: Octavia can't change it (docs/decisions/0007).
func ownLoadBalancer(claim *v1alpha1.ExposureSpec, cloud *v1alpha1.Cloud, level *v1alpha1.ServiceLevel, have observed.Set) (*OwnLoadBalancer, error) {
	if sharesEntryPoint(protocolOf(claim)) {
		return nil, nil
	}
	lb := &OwnLoadBalancer{}
	if claim.LoadBalancer != nil {
		lb.Internal, lb.ProxyProtocol = claim.LoadBalancer.Address == "Internal", claim.LoadBalancer.ProxyProtocol
	}
	if lb.ProxyProtocol && cloud != nil && cloud.LoadBalancer.Provider == ovn {
		return nil, refusal.New("spec.loadBalancer.proxyProtocol", true, "can't be served on cloud \""+cloud.Name+"\", whose load balancers are of provider ovn", "Remove it.")
	}
	switch made := have.Get(KeyLoadBalancer); {
	case made.Exists():
		lb.FlavorID = observed.At(made, "spec", "forProvider", "manifest", "metadata", "annotations", FlavorAnnotation).Text()
	case cloud != nil && level != nil && cloud.LoadBalancer.Provider != ovn:
		if f := loadBalancerFlavor(cloud.LoadBalancer.Flavors, level.LoadBalancer); f != nil {
			lb.FlavorID = string(f.ID)
		}
	}
	return lb, nil
}

// FlavorAnnotation of a Service tells the cloud controller manager the flavor of
// its load balancer.
const FlavorAnnotation = "loadbalancer.openstack.org/flavor-id"

// ovn is the provider of load balancers that have neither flavors nor the PROXY
// protocol.
const ovn = "ovn"

// clusterNamed returns the cluster of that name, or one that doesn't exist.
func clusterNamed(name string, clusters []observed.Value) observed.Value {
	for _, c := range clusters {
		if observed.At(c, "metadata", "name").Text() == name {
			return c
		}
	}
	return observed.None
}

// levelNamed returns the service level of the cluster, or nil.
func levelNamed(cluster observed.Value, p *v1alpha1.PlatformSpec) *v1alpha1.ServiceLevel {
	name := observed.At(cluster, "spec", "serviceLevel").Text()
	for i := range p.ServiceLevels {
		if p.ServiceLevels[i].Name == name {
			return &p.ServiceLevels[i]
		}
	}
	return nil
}
