// Package autoscaling installs the cluster autoscaler for clusters with an
// autoscaled pool. It runs on the management cluster, where the machines are
// ordered: no credential for that ever reaches the cluster.
//
// It doesn't know the bounds of pools. The autoscaler reads them from the
// annotations that the engine writes.
package autoscaling

import (
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
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
	ExtraArgs                  *extraArgs    `json:"extraArgs,omitempty"`
}

// extraArgs are laid over those of values.yaml.
type extraArgs struct {
	Expander string `json:"expander"`
}

// keyPriorities is the key of the ConfigMap with the priorities of pools.
const keyPriorities = "autoscaler-priorities"

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
	set := render.Set{Families: []render.Family{{Prefix: addon.Key(name), Withdraw: true}, {Prefix: keyPriorities, Withdraw: true}}}
	if !p.Autoscaled {
		return set, nil
	}
	order := priorities(p)
	r, err := addon.Render(p, addon.Release{
		Name:         name,
		Namespace:    p.Home.Namespace,
		Fixed:        fixed,
		Values:       valuesOf(p, order != nil),
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
	if order != nil {
		set.Add(addon.Object(p, keyPriorities, order))
	}
	return set, nil
}

// priorities are those of pools that have one, for the expander of that name, or nil. It
// reads them in the cluster. A group of nodes is a MachineDeployment, which Cluster API
// names after the cluster and the share, with an end of its own; a long name it shortens,
// and the group then has the priority of all the others.
func priorities(p *plan.Cluster) *kubernetes.ConfigMap {
	groups := map[int32][]string{}
	for _, pool := range p.Pools {
		for _, s := range pool.Shares {
			if a := s.Autoscaling; a != nil && a.Priority > 0 {
				groups[a.Priority] = append(groups[a.Priority], fmt.Sprintf("/%s-[a-z0-9]+$", regexp.QuoteMeta(p.Home.Name(s.Name))))
			}
		}
	}
	if len(groups) == 0 {
		return nil
	}
	const lowest = 1
	groups[lowest] = append(groups[lowest], ".*")
	var text strings.Builder
	for _, priority := range slices.Sorted(maps.Keys(groups)) {
		fmt.Fprintf(&text, "%d:\n", priority)
		for _, g := range groups[priority] {
			fmt.Fprintf(&text, "- '%s'\n", g)
		}
	}
	return kubernetes.NewConfigMap("kube-system", "cluster-autoscaler-priority-expander", map[string]string{"priorities": text.String()})
}

func valuesOf(p *plan.Cluster, prioritized bool) *values {
	v := &values{
		// The chart would append its own name to the release's, which ends in it.
		FullnameOverride: p.Home.Name(name),
		// One works and the others stand by: they elect a leader in the cluster.
		ReplicaCount:               p.Replicas.Count,
		AutoDiscovery:              autoDiscovery{ClusterName: p.Home.Prefix, Namespace: p.Home.Namespace},
		ClusterAPIKubeconfigSecret: p.Home.Name("kubeconfig"),
	}
	if prioritized {
		v.ExtraArgs = &extraArgs{Expander: "priority,least-waste"}
	}
	if tag := p.Addons[name].ImageTag; tag != "" {
		v.Image = &image{Tag: tag}
	}
	return v
}
