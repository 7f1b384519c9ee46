package main

import (
	"fmt"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// partDelivery is everything: an Exposure has one condition.
const partDelivery render.Part = "Delivery"

// keyUsesCluster is the one key that isn't in plan: nothing is read from it.
const keyUsesCluster = "uses-cluster"

// compose renders what publishes the service, its DNS records, what lets traffic
// through to its pods, and what keeps the cluster.
func compose(p *plan.Exposure) render.Set {
	set := render.Set{Families: families(p), Resources: []render.Resource{backend(p)}}
	switch p.Protocol {
	case v1alpha1.ProtocolTLSPassthrough:
		set.Join(passedThrough(p))
	case v1alpha1.ProtocolTCP, v1alpha1.ProtocolUDP:
		set.Add(loadBalancer(p))
	default:
		set.Join(http(p))
	}
	set.Add(endpoints(p), networkPolicy(p))
	set.Add(records(p)...)
	set.Add(probe(p, set.Resources)...)
	set.Add(usesCluster(p))
	render.Mark(set.Resources, "exposure", partDelivery)
	return set
}

// families are what may go when it isn't wanted any more. What is only looked at
// may always; what clients are served by, once the other way serves them. All is
// marked first: anything else that is missing in an answer is kept by the safeguard.
func families(p *plan.Exposure) []render.Family {
	all := []render.Family{
		{Prefix: plan.KeyRecord, Withdraw: p.RecordsDecided},
		{Prefix: plan.KeyCertificate, Withdraw: true},
		{Prefix: plan.KeyGatewayCertificate, Withdraw: true},
		{Prefix: plan.KeyEntryPoint, Withdraw: true},
		{Prefix: plan.KeyProbe, Withdraw: true},
		{Prefix: plan.KeyIngress, Withdraw: p.Serves.Route && p.Target.Reachable()},
		{Prefix: plan.KeyRoute, Withdraw: p.Serves.Ingress && p.Target.Reachable()},
		{Prefix: plan.KeyGateway, Withdraw: p.Serves.WithoutGateway && p.Target.Reachable()},
	}
	for i := range all {
		all[i].Announced = true
	}
	return all
}

// name of what an Exposure has in the cluster. It isn't the claim's alone: an
// Ingress of that name that a team made itself would be overwritten.
func name(p *plan.Exposure) string { return p.Team.Name + "-exposure" }

// ignored tells external-dns that somebody else makes the records.
const (
	externalDNSController = "external-dns.alpha.kubernetes.io/controller"
	externalDNSHostname   = "external-dns.alpha.kubernetes.io/hostname"
	ignored               = "skerry"
)

// annotations returns those of what external-dns reads: unless it makes the
// records, it keeps away.
func annotations(p *plan.Exposure) map[string]string {
	if p.ByExternalDNS {
		return map[string]string{}
	}
	return map[string]string{externalDNSController: ignored}
}

// object returns something in the cluster. While the cluster answers it carries
// every policy, Delete too: when an Exposure goes, so must all that it has there.
// In a cluster that doesn't answer nobody can delete it, and an Exposure must not
// wait for that for ever.
func object(p *plan.Exposure, key string, manifest external.Body, ready readiness.Check) render.Resource {
	o := kubernetes.NewObject(p.Home.Namespace, p.Home.Name(key), p.Target.ProviderConfig, manifest)
	if !p.Target.Reachable() {
		o.Spec.ManagementPolicies = external.KeepOnDelete()
	}
	return render.Resource{Key: key, Body: o, Ready: ready, Awaits: p.Awaits(key)}
}

// look returns something in the cluster that is read and never written.
func look(p *plan.Exposure, key string, at external.Meta, ready readiness.Check) render.Resource {
	r := object(p, key, &seen{at}, ready)
	if o, ok := r.Body.(*kubernetes.Object); ok {
		o.Spec.ManagementPolicies = external.ObserveOnly()
	}
	return r
}

// seen names something that is only read.
type seen struct {
	external.Meta `json:",inline"`
}

func meta(apiVersion, kind, namespace, name string) external.Meta {
	return external.Meta{APIVersion: apiVersion, Kind: kind, Metadata: external.ObjectMeta{Namespace: namespace, Name: name}}
}

// usesCluster refuses the deletion of the KubernetesCluster while the Exposure
// is there: at the team's own object, so that `kubectl delete` says no at once,
// with the reason, and nothing is torn down by half.
//
// It names no user: Crossplane would show that instead of the reason, and keeps
// a composed Usage until its user is gone (internal/controller/protection/usage).
// With the Ingress as its user a dead cluster could never be deleted; with the
// Exposure itself, one that is deleted in the foreground would wait for itself.
// Nor is a refused deletion replayed when the Exposure goes: who tried to delete
// the cluster weeks ago may not mean it any more.
//
// Its name says the kind: without claims, a Storage and an Exposure may have the
// same name in the same namespace.
func usesCluster(p *plan.Exposure) render.Resource {
	u := kubernetes.NewUsage(p.Team.Namespace, p.Home.Name("exposure", keyUsesCluster), kubernetes.UsageSpec{
		Of: kubernetes.UsageResource{
			APIVersion:  v1alpha1.APIVersion,
			Kind:        "KubernetesCluster",
			ResourceRef: external.NameRef{Name: p.Target.Name},
		},
		Reason: fmt.Sprintf("%s %s publishes a service of KubernetesCluster %s. Delete the %s first.", kind, p.Team.Name, p.Target.Name, kind),
	})
	return render.Resource{Key: keyUsesCluster, Body: u, Ready: readiness.Managed}
}
