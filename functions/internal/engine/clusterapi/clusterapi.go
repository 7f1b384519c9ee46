// Package clusterapi makes machines with Cluster API: one Cluster, and a
// ClusterClass of the cluster's own without variables or patches.
//
// The names of class and templates end in a hash of their content. Nothing of
// them is ever changed in place: another content is another class, and the
// Cluster moves to it, and to the version that goes with it, in one apply. What
// the Cluster has left is withdrawn once it has settled. See
// docs/decisions/0002-clusterclass-of-its-own.md.
package clusterapi

import (
	"fmt"

	"github.com/skerry-dev/skerry/functions/internal/component/credentials"
	"github.com/skerry-dev/skerry/functions/internal/component/network"
	"github.com/skerry-dev/skerry/functions/internal/external"
	capi "github.com/skerry-dev/skerry/functions/internal/external/clusterapi"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// Families of keys that end in a hash of the content.
const (
	keyControlPlaneTemplate = "control-plane-template-"
	keyMachineTemplate      = plan.KeyMachineTemplate
	keyBootstrapTemplate    = "bootstrap-template-" // and the pool
)

// Engine is the ClusterAPI engine.
type Engine struct{}

// Render returns the Cluster, its class and the templates.
func (Engine) Render(p *plan.Cluster) (render.Set, error) {
	if missing := missing(p); missing != "" {
		return render.Set{Resources: []render.Resource{
			{Key: plan.KeyCluster, Body: namedCluster(p), Ready: readiness.Cluster, Awaits: missing, Uses: uses(p)},
		}}, nil
	}
	h := &holding{plan: p, pools: map[string]bool{}}
	class, made, err := classOf(p, h)
	if err != nil {
		return render.Set{}, err
	}
	name := class.Body.Head().Metadata.Name
	cluster := clusterOf(p, h, name)
	cluster.After = after(p, class, made)
	cluster.Uses = uses(p)
	// What waits still needs what it is made from, such as a server group that the plan
	// has no more.
	left := hasLeft(p, name) && len(h.pending) == 0
	return render.Set{Resources: append(made, class, cluster), Families: families(left), Pending: h.pending, Begun: h.begun}, nil
}

// missing names the first thing that the class can't be made without. Its
// content must be complete from the start: a hash over half of it would be
// another class.
func missing(p *plan.Cluster) string {
	switch {
	case !p.Facts.Network.Known():
		return "the network"
	case p.Facts.SecurityGroupID == "":
		return "the security group of the nodes"
	case p.Facts.Machines.Exists && p.Facts.AsMade == nil:
		return "the template that it was made from"
	case holds(p) && !p.Facts.Running.Known:
		return "the class that its machines are of"
	}
	for _, key := range serverGroupKeys(p) {
		if p.Facts.ServerGroupIDs[key] == "" {
			return key
		}
	}
	return ""
}

func serverGroupKeys(p *plan.Cluster) []string {
	var keys []string
	add := func(key string) {
		if key != "" {
			keys = append(keys, key)
		}
	}
	add(network.ServerGroupKey(plan.ControlPlaneGroup, p.ControlPlane.AntiAffinity))
	for _, pool := range p.Pools {
		add(network.ServerGroupKey(network.PoolGroup(pool), pool.AntiAffinity))
	}
	return keys
}

// uses returns what must not be deleted before the Cluster: the network that
// its machines are in, and the credentials that delete them.
func uses(p *plan.Cluster) []string { return append(network.Keys(p), credentials.KeyCloudConfig) }

func namedCluster(p *plan.Cluster) *capi.Cluster {
	return capi.NewCluster(p.Home.Namespace, p.Home.Prefix, capi.ClusterSpec{})
}

// after returns what a new Cluster waits for: the class and its templates, the
// credentials, and the way out of its network, without which no node can pull
// an image.
func after(p *plan.Cluster, class render.Resource, templates []render.Resource) []string {
	keys := []string{class.Key, credentials.KeyCloudConfig}
	for _, t := range templates {
		keys = append(keys, t.Key)
	}
	return append(keys, network.Keys(p)...)
}

// hasLeft says whether the Cluster has left every class but this one.
func hasLeft(p *plan.Cluster, class string) bool {
	m := p.Facts.Machines
	return m.Class == class && m.Settled
}

func families(withdraw bool) []render.Family {
	prefixes := []string{
		plan.KeyClusterClass, plan.KeyClusterTemplate, keyControlPlaneTemplate,
		keyMachineTemplate, keyBootstrapTemplate, plan.KeyServerGroup,
	}
	out := make([]render.Family, 0, len(prefixes))
	for _, f := range prefixes {
		// The cluster can't be planned without the template that it was made from.
		out = append(out, render.Family{Prefix: f, Withdraw: withdraw, Announced: f == plan.KeyClusterTemplate})
	}
	return out
}

// clusterOf makes the Cluster. One that exists moves to another class only when
// Cluster API has taken that class in: its webhook would refuse it.
func clusterOf(p *plan.Cluster, h *holding, class string) render.Resource {
	cluster := namedCluster(p)
	m := p.Facts.Machines
	r := render.Resource{Key: plan.KeyCluster, Body: cluster, Ready: sent(m, class, p.Version.Tag())}
	if m.Exists && m.Class != class && !p.Facts.Classes[class] {
		r.Awaits = "ClusterClass " + class
		return r
	}
	cluster.Spec = capi.ClusterSpec{
		ClusterNetwork: capi.ClusterNetwork{
			Pods:          capi.Ranges{CIDRBlocks: p.Network.PodCIDRs},
			Services:      capi.Ranges{CIDRBlocks: p.Network.ServiceCIDRs},
			ServiceDomain: "cluster.local",
		},
		Topology: capi.Topology{
			ClassRef:     external.NameRef{Name: class},
			Version:      p.Version.Tag(),
			ControlPlane: capi.ControlPlaneTopology{Replicas: int64(p.ControlPlane.Replicas)},
			Workers:      workers(p, h),
		},
	}
	return r
}

// sent returns the check of a Cluster that is sent to a class and a version. In the call
// that sends it there its conditions are still about what was before.
func sent(m plan.Machines, class, version string) readiness.Check {
	if m.Exists && (m.Class != class || m.Version != version) {
		return readiness.Changing
	}
	return readiness.Cluster
}

func workers(p *plan.Cluster, h *holding) capi.WorkersTopology {
	var w capi.WorkersTopology
	for _, pool := range p.Pools {
		for _, s := range pool.Shares {
			t := share(h, pool, s)
			if p.Hibernation.Asleep {
				asleep(&t)
			}
			w.MachineDeployments = append(w.MachineDeployments, t)
		}
	}
	return w
}

func share(h *holding, pool plan.Pool, s plan.Share) capi.MachineDeploymentTopology {
	t := capi.MachineDeploymentTopology{Class: className(pool), Name: s.Name, FailureDomain: s.Zone}
	if s.Autoscaling == nil {
		n := int64(s.Replicas)
		t.Replicas = &n
		return t
	}
	t.Metadata = &capi.TopologyMetadata{Annotations: autoscaling(pool, *s.Autoscaling)}
	h.sizeAsItRuns(pool, s.Name, t.Metadata.Annotations)
	return t
}

// asleep takes all nodes away. The group of machines stays, and so does everything that
// its nodes are made of. Cluster API takes no number of nodes beside the autoscaler's
// bounds; when these are back it begins with the lower one
// (calculateMachineDeploymentReplicas in its webhook for MachineDeployments).
func asleep(t *capi.MachineDeploymentTopology) {
	none := int64(0)
	t.Replicas, t.Metadata = &none, nil
}

func className(pool plan.Pool) string { return "pool-" + pool.Name }

// hashed gives a template its key and its name, which end in a hash of its
// content.
func hashed[T any](p *plan.Cluster, family, what string, t *capi.Template[T]) (render.Resource, error) {
	hash, err := render.Hash(t.Spec)
	if err != nil {
		return render.Resource{}, fmt.Errorf("cannot name %s of %s: %w", t.Kind, what, err)
	}
	t.At(p.Home.Namespace, p.Home.Name(what, hash))
	return render.Resource{Key: family + hash, Body: t, Ready: readiness.Exists}, nil
}
