package plan

import (
	"maps"
	"math/big"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
)

// hoursOfMonth are what a month's price is for.
const hoursOfMonth = 730

// ClusterCost is what a cluster costs, but for the number of nodes in its pools.
type ClusterCost struct {
	// fixed is what it costs whether it sleeps or not.
	fixed Cost
	// node is what one node of each pool costs.
	node map[string]*big.Rat
}

// clusterCost adds up what a cluster has in its cloud: the control plane, with its
// volumes, and the load balancers of the Kubernetes API and of the entry point with
// their addresses.
func clusterCost(c *Cluster, cloud *v1alpha1.Cloud) ClusterCost {
	out := ClusterCost{fixed: costIn(cloud.Prices), node: map[string]*big.Rat{}}
	// What is left out would make the cluster look cheap.
	if cloud.Prices == nil || !priced(c, cloud) {
		return ClusterCost{}
	}
	cp := c.ControlPlane
	machines := big.NewRat(int64(cp.Replicas), 1)
	out.fixed.sum.Add(out.fixed.sum, machines.Mul(machines, machineCost(cloud, cp.Flavor.Name, cp.RootVolume, cp.EtcdVolume)))
	entrances := big.NewRat(2, 1)
	out.fixed.add(entrances, cloud.Prices.LoadBalancer)
	out.fixed.add(entrances, cloud.Prices.FloatingIP)
	for _, p := range c.Pools {
		out.node[p.Name] = machineCost(cloud, p.Flavor.Name, p.RootVolume)
	}
	return out
}

// priced says whether every flavor that the cluster uses has a price.
func priced(c *Cluster, cloud *v1alpha1.Cloud) bool {
	used := map[string]bool{c.ControlPlane.Flavor.Name: true}
	for _, p := range c.Pools {
		used[p.Flavor.Name] = true
	}
	for _, f := range cloud.Flavors {
		if used[f.Name] && f.Price == nil {
			return false
		}
	}
	return true
}

// machineCost is what a machine with its volumes costs for a month.
func machineCost(cloud *v1alpha1.Cloud, flavor string, volumes ...*Volume) *big.Rat {
	c := costIn(cloud.Prices)
	for _, f := range cloud.Flavors {
		if f.Name == flavor {
			c.add(big.NewRat(hoursOfMonth, 1), f.Price)
		}
	}
	for _, v := range volumes {
		if v != nil {
			c.add(big.NewRat(v.SizeGiB, 1), cloud.Prices.Storage.Volume)
		}
	}
	return c.sum
}

// Equal says whether two clusters cost the same, asleep and with any number of nodes.
func (c ClusterCost) Equal(o ClusterCost) bool {
	same := func(a, b *big.Rat) bool { return (a == nil) == (b == nil) && (a == nil || a.Cmp(b) == 0) }
	return c.fixed.currency == o.fixed.currency && same(c.fixed.sum, o.fixed.sum) && maps.EqualFunc(c.node, o.node, same)
}

// Status returns what the cluster costs with so many nodes in each of its pools, or
// nil without prices.
func (c ClusterCost) Status(nodes map[string]int32) *v1alpha1.ClusterCost {
	if c.fixed.sum == nil {
		return nil
	}
	sum := new(big.Rat).Set(c.fixed.sum)
	for pool, n := range nodes {
		if each := c.node[pool]; each != nil {
			sum.Add(sum, new(big.Rat).Mul(each, big.NewRat(int64(n), 1)))
		}
	}
	hourly := new(big.Rat).Quo(sum, big.NewRat(hoursOfMonth, 1))
	const hourlyDigits = 6
	return &v1alpha1.ClusterCost{Hourly: hourly.FloatString(hourlyDigits), Monthly: sum.FloatString(2), Currency: c.fixed.currency}
}
