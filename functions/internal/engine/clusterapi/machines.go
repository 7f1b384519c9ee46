package clusterapi

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/credentials"
	"github.com/skerry-dev/skerry/functions/internal/component/network"
	"github.com/skerry-dev/skerry/functions/internal/external"
	capi "github.com/skerry-dev/skerry/functions/internal/external/clusterapi"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

// infrastructure hands the network to Cluster API by id. Its load balancer is
// as it was made: Cluster API refuses to change provider and flavor.
func infrastructure(p *plan.Cluster) capi.OpenStackCluster {
	n := p.Facts.Network
	c := capi.OpenStackCluster{
		IdentityRef:           capi.IdentityRef{Name: p.Home.Name(credentials.KeyCloudConfig), CloudName: credentials.CloudName},
		Network:               capi.ID{ID: n.Network},
		Router:                capi.ID{ID: n.Router},
		ExternalNetwork:       capi.ID{ID: p.Cloud.ExternalNetworkID},
		ManagedSecurityGroups: capi.ManagedSecurityGroups{AllowAllInClusterTraffic: true},
		APIServerLoadBalancer: capi.LoadBalancer{
			Enabled:      true,
			Provider:     p.Cloud.APILoadBalancer.Provider,
			Flavor:       p.Cloud.APILoadBalancer.FlavorName,
			AllowedCIDRs: p.Network.AllowedCIDRs,
		},
		ControlPlaneAvailabilityZones: p.ControlPlane.Zones,
	}
	for _, s := range n.Subnets {
		c.Subnets = append(c.Subnets, capi.ID{ID: s})
	}
	return c
}

func controlPlaneMachine(p *plan.Cluster) capi.OpenStackMachine {
	m := machine(p, p.ControlPlane.Flavor, p.ControlPlane.Image, p.ControlPlane.RootVolume,
		network.ServerGroupKey(plan.ControlPlaneGroup, p.ControlPlane.AntiAffinity))
	if v := p.ControlPlane.EtcdVolume; v != nil {
		m.AdditionalBlockDevices = []capi.BlockDevice{{
			Name: "etcd", SizeGiB: v.SizeGiB,
			Storage: capi.Storage{Type: "Volume", Volume: &capi.DeviceVolume{Type: v.Type, AvailabilityZone: sameZone(p)}},
		}}
	}
	return m
}

func poolMachine(p *plan.Cluster, pool plan.Pool) capi.OpenStackMachine {
	return machine(p, pool.Flavor, pool.Image, pool.RootVolume, network.ServerGroupKey(network.PoolGroup(pool), pool.AntiAffinity))
}

func machine(p *plan.Cluster, f plan.Flavor, image string, root *plan.Volume, group string) capi.OpenStackMachine {
	m := capi.OpenStackMachine{
		Flavor:         f.Name,
		Image:          capi.Image{Filter: capi.ImageFilter{Name: image}},
		SecurityGroups: []capi.ID{{ID: p.Facts.SecurityGroupID}},
	}
	if group != "" {
		m.ServerGroup = &capi.ID{ID: p.Facts.ServerGroupIDs[group]}
	}
	if root != nil {
		m.RootVolume = &capi.RootVolume{SizeGiB: root.SizeGiB, Type: root.Type, AvailabilityZone: sameZone(p)}
	}
	return m
}

// sameZone puts a machine's volume into the machine's own zone, where the cloud
// has zones: many clouds can't attach across zones.
func sameZone(p *plan.Cluster) *capi.AvailabilityZone {
	if len(p.Cloud.Zones) == 0 {
		return nil
	}
	return &capi.AvailabilityZone{From: "Machine"}
}

// autoscaling returns what the cluster autoscaler reads from a group of
// machines: its bounds, and the size of a node, so that it can scale up from
// zero. Source: the autoscaler's README for its Cluster API provider.
func autoscaling(pool plan.Pool, bounds v1alpha1.Autoscaling) map[string]string {
	const capacity = external.CapacityPrefix
	const group = "cluster.x-k8s.io/cluster-api-autoscaler-node-group-"
	a := map[string]string{
		group + "min-size":  strconv.Itoa(int(bounds.Min)),
		group + "max-size":  strconv.Itoa(int(bounds.Max)),
		capacity + "cpu":    strconv.FormatInt(pool.Flavor.CPU, 10),
		capacity + "memory": fmt.Sprintf("%dMi", pool.Flavor.MemoryMiB),
	}
	if disk := diskGiB(pool); disk > 0 {
		a[capacity+"ephemeral-disk"] = fmt.Sprintf("%dGi", disk)
	}
	if g := pool.Flavor.GPU; g != nil {
		a[capacity+"gpu-type"] = g.ResourceName
		a[capacity+"gpu-count"] = strconv.Itoa(int(g.Count))
	}
	labels := nodeLabels(pool)
	labels["kubernetes.io/arch"] = string(pool.Flavor.Architecture)
	a[capacity+"labels"] = labelList(labels)
	if len(pool.Taints) > 0 {
		a[capacity+"taints"] = taintList(pool.Taints)
	}
	return a
}

func diskGiB(pool plan.Pool) int64 {
	if pool.RootVolume != nil {
		return pool.RootVolume.SizeGiB
	}
	return pool.Flavor.DiskGiB
}

// labelList returns "a=1,b=2", sorted.
func labelList(labels map[string]string) string {
	l := make([]string, 0, len(labels))
	for k, v := range labels {
		l = append(l, k+"="+v)
	}
	slices.Sort(l)
	return strings.Join(l, ",")
}

// taintList returns "key=value:Effect,…".
func taintList(taints []v1alpha1.Taint) string {
	l := make([]string, 0, len(taints))
	for _, t := range taints {
		l = append(l, t.Key+"="+t.Value+":"+t.Effect)
	}
	return strings.Join(l, ",")
}
