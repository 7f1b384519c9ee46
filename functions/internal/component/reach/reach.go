// Package reach makes what Crossplane's providers reach the cluster with: the
// provider configurations, on the kubeconfig that Cluster API writes.
package reach

import (
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// Render returns the provider configurations. They are composed from the first
// moment: deletion needs them, and functions don't run then.
func Render(p *plan.Cluster) (render.Set, error) {
	kubeconfig := external.KubeconfigFrom(p.Home.Namespace, p.Home.Name("kubeconfig"), "value")
	return render.Set{Resources: []render.Resource{
		{
			Key:   "helm-provider-config",
			Body:  helm.NewProviderConfig(p.Home.Namespace, p.Home.Prefix, kubeconfig),
			Ready: readiness.Exists,
		},
		{
			Key:   "kubernetes-provider-config",
			Body:  kubernetes.NewProviderConfig(p.Home.Namespace, p.Home.Prefix, kubeconfig),
			Ready: readiness.Exists,
		},
	}}, nil
}
