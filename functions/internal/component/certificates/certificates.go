// Package certificates makes certificates in a cluster: cert-manager, an issuer
// that every application may use, and one for tests.
//
// It knows no host name: certificates are asked for inside the cluster.
package certificates

import (
	_ "embed"

	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/component/cloudprovider"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

const (
	// Issuer is the ClusterIssuer whose certificates browsers trust.
	Issuer = "skerry-acme"
	// SelfSigned is the ClusterIssuer whose certificates nobody trusts.
	SelfSigned = "skerry-selfsigned"

	name = "cert-manager"
)

//go:embed values.yaml
var file []byte

var fixed = addon.Parse(file)

// values are what a plan varies of the chart cert-manager.
type values struct {
	Component  `json:",inline"`
	Webhook    Component `json:"webhook"`
	CAInjector Component `json:"cainjector"`
}

// Component is one of the chart's three deployments.
type Component struct {
	ReplicaCount              int32              `json:"replicaCount"`
	PodDisruptionBudget       *addon.Budget      `json:"podDisruptionBudget,omitempty"`
	TopologySpreadConstraints []addon.Constraint `json:"topologySpreadConstraints,omitempty"`
}

// Render returns cert-manager and its issuers.
func Render(p *plan.Cluster) (render.Set, error) {
	release, err := addon.Render(p, addon.Release{
		Name:      name,
		Namespace: name,
		Fixed:     fixed,
		Values:    &values{component(p, "controller"), component(p, "webhook"), component(p, "cainjector")},
		// It looks for the Gateway API once, when it starts.
		After: []string{cloudprovider.Key(), addon.Key("gateway-api")},
	})
	if err != nil {
		return render.Set{}, err
	}
	return render.Set{Resources: []render.Resource{
		release,
		addon.Object(p, "cluster-issuer-acme", acme(p.Certificates), addon.Key(name)),
		addon.Object(p, "cluster-issuer-selfsigned", selfSigned(), addon.Key(name)),
	}}, nil
}

func component(p *plan.Cluster, what string) Component {
	return Component{
		ReplicaCount:        p.Replicas.Count,
		PodDisruptionBudget: addon.DisruptionBudget(p),
		TopologySpreadConstraints: addon.Spread(p, map[string]string{
			"app.kubernetes.io/instance": name, "app.kubernetes.io/component": what,
		}),
	}
}
