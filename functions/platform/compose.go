package main

import (
	"fmt"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// partManagement is everything: a Platform has one condition.
const partManagement render.Part = "Management"

const (
	keyNamespace        = "namespace"
	keyHelmConfig       = "helm-provider-config"
	keyKubernetesConfig = "kubernetes-provider-config"
	// keyGuard begins the keys of the Usages that keep a Platform with clusters.
	keyGuard = "guard-"
)

// component is one room: what it is called, and how it is rendered.
type component struct {
	name   string
	render func(*plan.Platform) (render.Set, error)
}

// components in the order in which a person would explain them.
var components = []component{
	{"namespace", namespace},
	{"reach", reach},
	{"guard", guard},
	{"clusterapi", clusterAPI},
	{"janitor", janitor},
}

// compose renders every component.
func compose(p *plan.Platform) (render.Set, error) {
	var all render.Set
	for _, c := range components {
		s, err := c.render(p)
		if err != nil {
			return render.Set{}, fmt.Errorf("cannot render component %q: %w", c.name, err)
		}
		render.Mark(s.Resources, c.name, partManagement)
		all.Join(s)
	}
	return all, nil
}

// namespace makes the namespace in which everything lives that claims compose.
// It is never withdrawn: no family has its key, and Crossplane has no right to
// delete it (package/rbac/crossplane.yaml).
func namespace(p *plan.Platform) (render.Set, error) {
	return render.Set{Resources: []render.Resource{
		{Key: keyNamespace, Body: kubernetes.NewNamespace(p.Home.Namespace), Ready: readiness.Exists},
	}}, nil
}

// reach makes the provider configurations for the management cluster itself,
// with the providers' own identities.
func reach(p *plan.Platform) (render.Set, error) {
	name := p.ManagementProviderConfig.Name
	return render.Set{Resources: []render.Resource{
		{Key: keyHelmConfig, Body: helm.NewClusterProviderConfig(name, external.InjectedIdentity()), Ready: readiness.Exists},
		{Key: keyKubernetesConfig, Body: kubernetes.NewClusterProviderConfig(name, external.InjectedIdentity()), Ready: readiness.Exists},
	}}, nil
}

// guard refuses the deletion of the Platform and of its namespace while there
// are clusters: garbage collection would take the namespace along with the
// Platform, and every cluster in it, and Cluster API before it could clean up.
//
// A KubernetesCluster is not enough to count: deleted in the background, as
// kubectl does, it is gone at once, and Cluster API takes the machines down
// minutes after.
//
// The guards go when the last cluster has. An answer without clusters is no
// failed look-up: that would have been an error, and no call.
func guard(p *plan.Platform) (render.Set, error) {
	s := render.Set{Families: []render.Family{{Prefix: keyGuard, Withdraw: !p.InUse}}}
	if !p.InUse {
		return s, nil
	}
	s.Add(
		guardOf(p, "platform", v1alpha1.APIVersion, kind, p.Home.Prefix),
		guardOf(p, "namespace", "v1", "Namespace", p.Home.Namespace, keyNamespace),
	)
	return s, nil
}

func guardOf(p *plan.Platform, what, apiVersion, ofKind, name string, after ...string) render.Resource {
	u := kubernetes.NewUsage("", p.Home.Name(keyGuard+what), kubernetes.UsageSpec{
		Of:     kubernetes.UsageResource{APIVersion: apiVersion, Kind: ofKind, ResourceRef: external.NameRef{Name: name}},
		Reason: fmt.Sprintf("%s %s serves KubernetesClusters. Delete them all first, and wait until Cluster API has removed their machines.", kind, p.Home.Prefix),
	})
	u.Kind = "ClusterUsage"
	return render.Resource{Key: keyGuard + what, Body: u, Ready: readiness.Managed, After: after}
}
