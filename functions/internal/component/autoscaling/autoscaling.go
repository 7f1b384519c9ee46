// Package autoscaling installs the cluster autoscaler for clusters with an
// autoscaled pool. It runs on the management cluster, where the machines are
// ordered: no credential for that ever reaches the cluster.
//
// It doesn't know the bounds of pools. The autoscaler reads them from the
// annotations that the engine writes.
package autoscaling

import (
	_ "embed"

	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

const name = "cluster-autoscaler"

//go:embed values.yaml
var valuesYAML []byte

var fixed = addon.Parse(valuesYAML)

// values are what the plan varies.
type values struct {
	FullnameOverride           string        `json:"fullnameOverride"`
	ReplicaCount               int32         `json:"replicaCount"`
	Image                      *image        `json:"image,omitempty"`
	AutoDiscovery              autoDiscovery `json:"autoDiscovery"`
	ClusterAPIKubeconfigSecret string        `json:"clusterAPIKubeconfigSecret"`
}

// image is named when the chart's own isn't that of the cluster's version.
type image struct {
	Tag string `json:"tag"`
}

// autoDiscovery says whose machines are scaled.
type autoDiscovery struct {
	ClusterName string `json:"clusterName"`
	Namespace   string `json:"namespace"`
}

// Render returns the release, or none when no pool is autoscaled. It goes once
// the last pool has a fixed size: unlike what lives in the cluster, it is
// uninstalled then.
func Render(p *plan.Cluster) (render.Set, error) {
	set := render.Set{Families: []render.Family{{Prefix: addon.Key(name), Withdraw: true}}}
	if !p.Autoscaled {
		return set, nil
	}
	r, err := addon.Render(p, addon.Release{
		Name:         name,
		Namespace:    p.Home.Namespace,
		Fixed:        fixed,
		Values:       valuesOf(p),
		OnManagement: true,
	})
	if err != nil {
		return render.Set{}, err
	}
	// Cluster API has written the kubeconfig by then.
	if !p.Facts.Machines.Reachable {
		r.Awaits = "the Kubernetes API of the cluster"
	}
	set.Add(r)
	return set, nil
}

func valuesOf(p *plan.Cluster) *values {
	v := &values{
		// The chart would append its own name to the release's, which ends in it.
		FullnameOverride: p.Home.Name(name),
		// One works and the others stand by: they elect a leader in the cluster.
		ReplicaCount:               p.Replicas.Count,
		AutoDiscovery:              autoDiscovery{ClusterName: p.Home.Prefix, Namespace: p.Home.Namespace},
		ClusterAPIKubeconfigSecret: p.Home.Name("kubeconfig"),
	}
	if tag := p.Addons[name].ImageTag; tag != "" {
		v.Image = &image{Tag: tag}
	}
	return v
}
