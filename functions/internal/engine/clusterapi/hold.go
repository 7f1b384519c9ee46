package clusterapi

import (
	"maps"
	"strings"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
	capi "github.com/skerry-dev/skerry/functions/internal/external/clusterapi"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// hashLength is how long the hash is that names end in.
const hashLength = 8

// templates are what a group of machines is made from.
type templates struct{ config, machines render.Resource }

// holding keeps groups of machines at the templates that they are made from, until a
// maintenance window lets them go on: other templates replace every machine. It names
// in a new class what the running one names, so that all else of it may change.
type holding struct {
	plan *plan.Cluster
	// pending changes, and those that begin.
	pending, begun []v1alpha1.PendingChange
	// pools that wait, by name.
	pools map[string]bool
}

// holds says whether machines may have to wait. Those of a cluster that moves to another
// version don't: they are replaced anyway.
func holds(p *plan.Cluster) bool {
	m := p.Facts.Machines
	return p.Maintenance.Holds() && m.Exists && m.Reachable && !moves(p)
}

// moves says whether the cluster moves to another version.
func moves(p *plan.Cluster) bool { return p.Facts.Machines.Version != p.Version.Tag() }

// controlPlane returns the templates that the control plane is to be made from.
func (h *holding) controlPlane(want templates) templates {
	cp := h.plan.ControlPlane
	return h.group(h.plan.Facts.Running.ControlPlane, want, v1alpha1.PendingChange{
		Name: "control-plane", To: description(cp.Flavor.Name, cp.Image), Nodes: h.plan.Facts.Machines.ControlPlaneDesired,
	})
}

// pool returns the templates that a pool is to be made from. One that is new gets what
// it wants.
func (h *holding) pool(pool plan.Pool, want templates) templates {
	runs, exists := h.plan.Facts.Running.Pools[className(pool)]
	if !exists {
		return want
	}
	var nodes int32
	for _, s := range pool.Shares {
		nodes += s.Replicas
		if s.Autoscaling != nil {
			nodes += s.Autoscaling.Min
		}
	}
	got := h.group(runs, want, v1alpha1.PendingChange{
		Name: "pool/" + pool.Name, To: description(pool.Flavor.Name, pool.Image), Nodes: nodes,
	})
	h.pools[pool.Name] = got.machines.Keep
	return got
}

func (h *holding) group(runs plan.RunningMachines, want templates, change v1alpha1.PendingChange) templates {
	same := isNamed(want.config, runs.Config) && isNamed(want.machines, runs.Machines)
	if same || !h.plan.Facts.Running.Known || !h.plan.Facts.Machines.Reachable || moves(h.plan) {
		return want
	}
	change.From = description(runs.Flavor, runs.Image)
	change.Reason = "The machines get another flavor or image."
	if change.From == change.To {
		change.Reason = "The machines get another configuration."
	}
	change, admitted := h.plan.Maintenance.Admit(change, false)
	if admitted {
		h.begun = append(h.begun, change)
		return want
	}
	h.pending = append(h.pending, change)
	return templates{config: kept(want.config, runs.Config), machines: kept(want.machines, runs.Machines)}
}

func isNamed(r render.Resource, name string) bool { return r.Body.Head().Metadata.Name == name }

func description(flavor, image string) string { return strings.Trim(flavor+", "+image, ", ") }

// kept is the template of that name, as it is, in place of another.
func kept(instead render.Resource, name string) render.Resource {
	head := instead.Body.Head()
	body := capi.NewTemplate(head.APIVersion, head.Kind, struct{}{}).At(head.Metadata.Namespace, name)
	family := instead.Key[:len(instead.Key)-hashLength]
	return render.Resource{Key: family + name[max(0, len(name)-hashLength):], Body: body, Ready: readiness.Exists, Keep: true}
}

// sizeAsItRuns replaces what the autoscaler is told of the nodes of a pool that waits:
// it still gets the ones that the pool has.
func (h *holding) sizeAsItRuns(pool plan.Pool, share string, annotations map[string]string) {
	runs := maps.Clone(h.plan.Facts.Machines.Shares[share].Annotations)
	maps.DeleteFunc(runs, func(k, _ string) bool { return !strings.HasPrefix(k, external.CapacityPrefix) })
	if !h.pools[pool.Name] || len(runs) == 0 {
		return // Of a pool that sleeps nothing is known.
	}
	maps.DeleteFunc(annotations, func(k, _ string) bool { return strings.HasPrefix(k, external.CapacityPrefix) })
	maps.Copy(annotations, runs)
}
