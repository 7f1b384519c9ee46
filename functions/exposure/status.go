package main

import (
	"slices"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/status"
)

// statusOf says what the exposure is, and what is waited for.
func statusOf(p *plan.Exposure, held render.Held, have observed.Set, prior v1alpha1.Phase) (*v1alpha1.ExposureStatus, []status.Condition) {
	conditions := []status.Condition{
		status.Accepted(p.Warnings),
		status.Part(v1alpha1.ConditionDelivered, "Delivered", held.Waiting, partDelivery),
	}
	s := &v1alpha1.ExposureStatus{
		Phase:       status.Phase(prior, status.Ready(held, conditions), growing(p, held), held),
		Addresses:   p.Addresses,
		DNS:         p.Hosts,
		Certificate: certificateStatus(p, have),
		Cost:        p.Cost.Status(),
		Probe:       probeStatus(p),
	}
	if !p.Placed() {
		return s, conditions
	}
	s.URLs, s.Backend = p.URLs(), &p.Backend.Status
	return s, conditions
}

// growing says whether something is being made that wasn't there before, such as
// the record of another host name.
func growing(p *plan.Exposure, held render.Held) bool {
	return slices.ContainsFunc(held.Waiting, func(w render.Waiting) bool { return !p.Made(w.Key) })
}

// certificateStatus returns what cert-manager says, or nil when it orders none.
func certificateStatus(p *plan.Exposure, have observed.Set) *v1alpha1.CertificateStatus {
	if p.Protocol != v1alpha1.ProtocolHTTP || p.TLS.Mode != plan.TLSAutomatic {
		return nil
	}
	key := plan.KeyCertificate
	if p.ViaGateway {
		key = plan.KeyGatewayCertificate
	}
	of := inside(have.Get(key))
	return &v1alpha1.CertificateStatus{
		Issued:  observed.ConditionOf(of, "Ready").Status == "True",
		Expires: observed.At(of, "status", "notAfter").Text(),
	}
}

// probeStatus says what is probed, and why nothing is, or nil where the service level
// has no probes.
func probeStatus(p *plan.Exposure) *v1alpha1.ProbeStatus {
	switch {
	case p.NotProbed != "":
		return &v1alpha1.ProbeStatus{Message: p.NotProbed}
	case p.Probe == nil:
		return nil
	}
	return &v1alpha1.ProbeStatus{Targets: p.Probe.Targets, Objective: p.Probe.Objective}
}
