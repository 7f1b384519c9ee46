package main

import (
	"fmt"

	"github.com/skerry-dev/skerry/functions/internal/component/access"
	"github.com/skerry-dev/skerry/functions/internal/component/autoscaling"
	"github.com/skerry-dev/skerry/functions/internal/component/backup"
	"github.com/skerry-dev/skerry/functions/internal/component/certificates"
	"github.com/skerry-dev/skerry/functions/internal/component/cloudprovider"
	"github.com/skerry-dev/skerry/functions/internal/component/cni"
	"github.com/skerry-dev/skerry/functions/internal/component/credentials"
	"github.com/skerry-dev/skerry/functions/internal/component/dns"
	"github.com/skerry-dev/skerry/functions/internal/component/ingress"
	"github.com/skerry-dev/skerry/functions/internal/component/metrics"
	"github.com/skerry-dev/skerry/functions/internal/component/network"
	"github.com/skerry-dev/skerry/functions/internal/component/notifications"
	"github.com/skerry-dev/skerry/functions/internal/component/policies"
	"github.com/skerry-dev/skerry/functions/internal/component/protection"
	"github.com/skerry-dev/skerry/functions/internal/component/reach"
	"github.com/skerry-dev/skerry/functions/internal/component/storageclasses"
	"github.com/skerry-dev/skerry/functions/internal/component/upgradechecks"
	"github.com/skerry-dev/skerry/functions/internal/engine"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// Parts of a cluster: each is a condition.
const (
	partNetwork      render.Part = "Network"
	partControlPlane render.Part = "ControlPlane"
	// partNodes is the Cluster itself: once its API answers, what it is busy
	// with is its nodes.
	partNodes  render.Part = "Nodes"
	partAddons render.Part = "Addons"
)

// component is one room: what it is called, which condition waits for it, and
// how it is rendered.
type component struct {
	name   string
	part   render.Part
	render func(*plan.Cluster) (render.Set, error)
}

// components in the order in which a person would explain them. A new add-on is
// a new folder, a line here, and its chart in catalog/defaults.yaml; the order
// decides nothing.
var components = []component{
	{"network", partNetwork, network.Render},
	{"credentials", partControlPlane, credentials.Render},
	{"engine", partControlPlane, engine.Render},
	{"reach", partControlPlane, reach.Render},
	{"protection", partControlPlane, protection.Render},
	{"cni", partAddons, cni.Render},
	{"cloudprovider", partAddons, cloudprovider.Render},
	{"storageclasses", partAddons, storageclasses.Render},
	{"metrics", partAddons, metrics.Render},
	{"upgradechecks", partAddons, upgradechecks.Render},
	{"ingress", partAddons, ingress.Render},
	{"certificates", partAddons, certificates.Render},
	{"dns", partAddons, dns.Render},
	{"autoscaling", partAddons, autoscaling.Render},
	{"backup", partAddons, backup.Render},
	{"policies", partAddons, policies.Render},
	{"access", partAddons, access.Render},
	{"notifications", partAddons, notifications.Render},
}

// compose renders every component, and a Usage for each use.
func compose(p *plan.Cluster) (render.Set, error) {
	var all render.Set
	for _, c := range components {
		s, err := c.render(p)
		if err != nil {
			return render.Set{}, fmt.Errorf("cannot render component %q: %w", c.name, err)
		}
		render.Mark(s.Resources, c.name, c.part)
		for i := range s.Resources {
			if s.Resources[i].Key == plan.KeyCluster {
				s.Resources[i].Part = partNodes
			}
		}
		all.Join(s)
	}
	all.Add(render.Usages(p.Home.Namespace, p.Home.Prefix, all.Resources)...)
	return all, nil
}
