package plan

import (
	"strings"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
)

// KeyProbe is the key of what probes an Exposure.
const KeyProbe = "probe"

// Probe says what is asked for from outside, all the time.
type Probe struct {
	// Labels by which the management cluster's Prometheus takes it in.
	Labels map[string]string
	// Address of the exporter, and its module.
	Address, Module string
	Interval        string
	// Targets: URLs, or hosts with ports.
	Targets []string
	// Objective is the share of probes that is to succeed, in percent, such as "99.9", or empty.
	Objective string
}

// planProbe decides what is probed. Without anything to probe it says why, unless the
// service level doesn't ask for it.
func (x *Exposure) planProbe(claim *v1alpha1.ExposureSpec, level *v1alpha1.ServiceLevel, monitoring *v1alpha1.Monitoring) {
	if level == nil || !boolOf(level.Probe.Enabled, false) {
		return
	}
	switch {
	case monitoring == nil || monitoring.Prober == nil:
		x.NotProbed = "This platform has no prober."
	case x.Protocol == v1alpha1.ProtocolUDP:
		x.NotProbed = "UDP has no answer to wait for."
	case len(x.AllowedCIDRs) > 0:
		x.NotProbed = "Clients are limited by allowedCIDRs, and the prober is none of them."
	case x.LoadBalancer != nil && x.LoadBalancer.Internal:
		x.NotProbed = "An internal address is not reached from outside the cluster's network."
	default:
		x.Probe = x.probeBy(claim, monitoring)
		x.Probe.Objective = level.Probe.Objective
	}
}

func (x *Exposure) probeBy(claim *v1alpha1.ExposureSpec, m *v1alpha1.Monitoring) *Probe {
	p := &Probe{
		Labels:   m.Labels,
		Address:  m.Prober.Address,
		Module:   firstOf(m.Prober.TCPModule, "tcp_connect"),
		Interval: firstOf(m.Prober.Interval, "30s"),
	}
	http := x.Protocol == v1alpha1.ProtocolHTTP
	if http {
		p.Module = firstOf(m.Prober.HTTPModule, "http_2xx")
	}
	for _, url := range x.URLs() {
		if http {
			p.Targets = append(p.Targets, url+x.probedPath(claim))
			continue
		}
		p.Targets = append(p.Targets, withoutScheme(url))
	}
	return p
}

// probedPath is what answers while the service is well.
func (x *Exposure) probedPath(claim *v1alpha1.ExposureSpec) string {
	if claim.Probe != nil && claim.Probe.Path != "" {
		return claim.Probe.Path
	}
	return x.Paths[0].Path
}

// withoutScheme returns host and port of a URL.
func withoutScheme(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	return rest
}
