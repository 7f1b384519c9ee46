package network

import (
	"strings"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external/openstack"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// Nova's names of the policies. The soft one needs compute API 2.15.
var policies = map[v1alpha1.AntiAffinity]string{
	v1alpha1.AntiAffinitySoft: "soft-anti-affinity",
	v1alpha1.AntiAffinityHard: "anti-affinity",
}

// serverGroups makes a group for the control plane and one for each pool, so
// that their machines land on different hosts. A group's policy can't be
// changed, so the policy is part of the key; a group that machines have left is
// withdrawn by the engine, which knows when they have.
func serverGroups(p *plan.Cluster, s *render.Set) {
	group := func(of string, a v1alpha1.AntiAffinity) {
		key := ServerGroupKey(of, a)
		if key == "" {
			return
		}
		s.Add(managed(p, key, openstack.NewServerGroup(openstack.ServerGroup{
			Name: p.Home.Name(of), Region: p.Cloud.Region, Policies: []string{policies[a]},
		})))
	}
	group(plan.ControlPlaneGroup, p.ControlPlane.AntiAffinity)
	for _, pool := range p.Pools {
		group(PoolGroup(pool), pool.AntiAffinity)
	}
}

// PoolGroup returns what a pool's server group is called.
func PoolGroup(p plan.Pool) string { return "pool-" + p.Name }

// ServerGroupKey returns the key of a server group, or "" when there is none.
func ServerGroupKey(of string, a v1alpha1.AntiAffinity) string {
	if policies[a] == "" {
		return ""
	}
	return plan.KeyServerGroup + of + "-" + strings.ToLower(string(a))
}
