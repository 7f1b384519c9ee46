package main

import (
	"fmt"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/certificates"
	"github.com/skerry-dev/skerry/functions/internal/component/ingress"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// partDelivery is everything: an Exposure has one condition.
const partDelivery render.Part = "Delivery"

// Keys of the resources, besides that in plan which facts are read from.
const (
	keyCertificate = "certificate"
	keyUsesCluster = "uses-cluster"
)

// compose renders the Ingress, a look at its certificate, and what keeps the
// cluster.
func compose(p *plan.Exposure) render.Set {
	set := render.Set{Resources: []render.Resource{published(p), certificate(p), usesCluster(p)}}
	render.Mark(set.Resources, "exposure", partDelivery)
	return set
}

// name of the Ingress in the cluster. It isn't the claim's alone: an Ingress of
// that name that a team made itself would be overwritten.
func name(p *plan.Exposure) string { return p.Team.Name + "-exposure" }

// secretName is the Secret of the certificate. cert-manager calls the
// Certificate that it makes for an Ingress after it.
func secretName(p *plan.Exposure) string { return name(p) + "-tls" }

// published makes the Ingress. It carries every policy, Delete too: when an
// Exposure goes, its host names must stop answering and external-dns must take
// the records back, which only the cluster's own controllers can do. It is
// ordered before the cluster by usesCluster.
//
// The cluster doesn't wait for the Ingress itself: the Usage goes with the
// Exposure, at once. So a dead cluster can still be deleted; what stays behind
// then is this Object, whose finalizer nobody can serve any more.
func published(p *plan.Exposure) render.Resource {
	in := &ingressManifest{
		Meta: external.Meta{
			APIVersion: "networking.k8s.io/v1", Kind: "Ingress",
			Metadata: external.ObjectMeta{
				Namespace:   p.Namespace,
				Name:        name(p),
				Annotations: map[string]string{"cert-manager.io/cluster-issuer": certificates.Issuer},
			},
		},
		Spec: ingressSpec{
			IngressClassName: ingress.Class,
			TLS:              []ingressTLS{{Hosts: p.Hostnames, SecretName: secretName(p)}},
		},
	}
	for _, h := range p.Hostnames {
		in.Spec.Rules = append(in.Spec.Rules, rule(h, p))
	}
	o := kubernetes.NewObject(p.Home.Namespace, p.Home.Name(plan.KeyIngress), p.Target.ProviderConfig, in)
	return render.Resource{Key: plan.KeyIngress, Body: o, Ready: hasAddress, Awaits: p.Awaits}
}

// hasAddress is ready when the Ingress has the address of the load balancer.
func hasAddress(o observed.Value) (bool, string) {
	if ok, why := readiness.Managed(o); !ok {
		return false, why
	}
	lb := observed.At(o, "status", "atProvider", "manifest", "status", "loadBalancer")
	for range lb.Field("ingress").Items() {
		return true, ""
	}
	// An API server always answers with this field.
	return !lb.Exists(), "has no address yet"
}

// certificate looks at what cert-manager makes for the Ingress, so that a host
// name whose certificate isn't issued says so. It changes nothing.
func certificate(p *plan.Exposure) render.Resource {
	o := kubernetes.NewObject(p.Home.Namespace, p.Home.Name(keyCertificate), p.Target.ProviderConfig, &certificateManifest{external.Meta{
		APIVersion: "cert-manager.io/v1", Kind: "Certificate",
		Metadata: external.ObjectMeta{Namespace: p.Namespace, Name: secretName(p)},
	}})
	o.Spec.ManagementPolicies = external.ObserveOnly()
	o.Spec.Readiness = &kubernetes.Readiness{Policy: "DeriveFromObject"}
	return render.Resource{Key: keyCertificate, Body: o, Ready: isIssued, After: []string{plan.KeyIngress}, Awaits: p.Awaits}
}

// isIssued is ready when the certificate is, and otherwise says what
// cert-manager says.
func isIssued(o observed.Value) (bool, string) {
	ok, why := readiness.Managed(o)
	if ok {
		return true, ""
	}
	issued := observed.ConditionOf(observed.At(o, "status", "atProvider", "manifest"), "Ready")
	if issued.Status != "True" && issued.Message != "" {
		return false, "is not issued: " + readiness.Clean(issued.Message)
	}
	return false, why
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
