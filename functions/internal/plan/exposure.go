package plan

import (
	"fmt"
	"strings"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// KeyIngress is the key of an Exposure's Ingress.
const KeyIngress = "ingress"

// Exposure is the plan of an Exposure.
type Exposure struct {
	Owner
	Target Target
	// Namespace of the service in the cluster.
	Namespace string
	// Service and Port that are published.
	Service string
	Port    int64
	// Hostnames in the order of the claim: the first is the one that is shown.
	Hostnames []string
	// Warnings for the team, such as host names that get no DNS record.
	Warnings []string
	// Awaits names what the Ingress can't be made without, or is empty.
	Awaits string
}

// NewExposure plans an Exposure. The error is a refusal when it can't be served;
// what exists then stays as it is.
func NewExposure(o Owner, claim *v1alpha1.ExposureSpec, p *v1alpha1.PlatformSpec, clusters []observed.Value, have observed.Set) (*Exposure, error) {
	if err := checkClaimed(o, "Exposure"); err != nil {
		return nil, err
	}
	if len(claim.Hostnames) == 0 {
		return nil, refusal.New("spec.hostnames", "", "has no host name", "Add the name under which the service is to be reached.")
	}
	existing := have.Get(KeyIngress)
	if ns := observed.At(manifestOf(existing), "metadata", "namespace").Text(); ns != "" && ns != claim.Namespace {
		return nil, refusal.New("spec.namespace", claim.Namespace, "can't be changed from "+ns+": the service lives there", "Set it back, or create a new Exposure.")
	}
	target, err := targetOf(o, claim.ClusterRef.Name, clusters)
	if err != nil {
		return nil, err
	}
	if err := target.checkStays(existing, target.ProviderConfig); err != nil {
		return nil, err
	}
	return &Exposure{
		Owner:     o,
		Target:    target,
		Namespace: claim.Namespace,
		Service:   claim.Service.Name,
		Port:      int64(claim.Service.Port),
		Hostnames: claim.Hostnames,
		Warnings:  withoutRecord(claim.Hostnames, target, p),
		Awaits:    target.awaits(existing),
	}, nil
}

// withoutRecord warns of host names for which no DNS record can be made. They
// are served all the same: whoever owns the domain may make the record.
func withoutRecord(hosts []string, t Target, p *v1alpha1.PlatformSpec) []string {
	zone := ""
	if c, err := cloudOfTarget(t, p); err == nil && c.DNS != nil {
		zone = c.DNS.Zone
	}
	var others []string
	for _, h := range hosts {
		if zone == "" || h != zone && !strings.HasSuffix(h, "."+zone) {
			others = append(others, h)
		}
	}
	if len(others) == 0 {
		return nil
	}
	why := fmt.Sprintf("cloud %q makes no DNS records", t.Cloud)
	if zone != "" {
		why = "records are made only under " + zone
	}
	return []string{fmt.Sprintf("Make the DNS record of %s yourself, and point it at the cluster: %s.", strings.Join(others, ", "), why)}
}
