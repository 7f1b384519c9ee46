package main

import (
	"strings"

	"github.com/skerry-dev/skerry/functions/internal/external/openstack"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// ttl of the records in seconds: an address changes when an Exposure is made anew.
const ttl = 300

// records makes the records of the host names in the cloud's zone, from the
// management cluster: they go with the Exposure, whatever the cluster says.
func records(p *plan.Exposure) []render.Resource {
	out := make([]render.Resource, 0, len(p.Records))
	for _, r := range p.Records {
		body := openstack.NewRecordset(openstack.Recordset{
			Name:        r.Host + ".",
			Description: "Exposure " + p.Claim() + " of KubernetesCluster " + p.Target.Name,
			Region:      r.Region,
			ZoneID:      r.ZoneID,
			Type:        r.Type,
			TTL:         ttl,
			Records:     r.Values,
		}).At(p.Home.Namespace, p.Home.Name("record", strings.ToLower(r.Type), plan.HostHash(r.Host)), r.ProviderConfig)
		body.Metadata.Labels = map[string]string{plan.HostLabel: plan.HostHash(r.Host)}
		body.Metadata.Annotations = map[string]string{plan.ClaimAnnotation: p.Claim()}
		out = append(out, render.Resource{Key: r.Key, Body: body, Ready: isMade(r.Values), Awaits: r.Awaits})
	}
	return out
}
