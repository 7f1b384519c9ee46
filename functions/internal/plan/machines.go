package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

func controlPlaneOf(claim *v1alpha1.KubernetesClusterSpec, cloud *v1alpha1.Cloud, level *v1alpha1.ServiceLevel, v Version) (ControlPlane, error) {
	cp := ControlPlane{
		Replicas:     level.ControlPlane.Replicas,
		AntiAffinity: level.ControlPlane.AntiAffinity,
		Zones:        zoneNames(cloud.Zones),
	}
	if err := askedReplicas(claim.ControlPlane.Replicas, level, &cp); err != nil {
		return cp, err
	}
	drain, err := drainOf(level)
	if err != nil {
		return cp, err
	}
	cp.DrainSeconds = drain
	flavor, err := controlPlaneFlavor(claim.ControlPlane.Flavor, cloud, level)
	if err != nil {
		return cp, err
	}
	cp.Flavor = flavor
	if cp.Image, err = findImage(cloud, v, flavor.Architecture); err != nil {
		return cp, err
	}
	if cp.RootVolume, err = rootVolume("spec.controlPlane.flavor", nil, flavor, cloud); err != nil {
		return cp, err
	}
	if q := level.ControlPlane.EtcdVolume; q != nil && !q.IsZero() {
		cp.EtcdVolume = &Volume{SizeGiB: ceilGiB(q.Value()), Type: cloud.Volumes.EtcdType}
	}
	return cp, nil
}

func askedReplicas(asked int32, level *v1alpha1.ServiceLevel, cp *ControlPlane) error {
	if asked == 0 || asked == cp.Replicas {
		return nil
	}
	if slices.Contains(level.ControlPlane.AllowedReplicas, asked) {
		cp.Replicas = asked
		return nil
	}
	allowed := []string{strconv.Itoa(int(level.ControlPlane.Replicas))}
	for _, r := range level.ControlPlane.AllowedReplicas {
		allowed = append(allowed, strconv.Itoa(int(r)))
	}
	return refusal.NotOneOf("spec.controlPlane.replicas", asked, fmt.Sprintf("is not offered by service level %q", level.Name), allowed)
}

func controlPlaneFlavor(asked string, cloud *v1alpha1.Cloud, level *v1alpha1.ServiceLevel) (Flavor, error) {
	const field = "spec.controlPlane.flavor"
	if asked != "" {
		return findFlavor(field, asked, cloud)
	}
	f, ok := smallestFlavor(cloud, level.ControlPlane.MinCPU, level.ControlPlane.MinMemory)
	if !ok {
		return f, refusal.New(field, "", fmt.Sprintf("has no default: cloud %q has no flavor with a disk, %d processors and the memory (%s) that service level %q wants",
			cloud.Name, level.ControlPlane.MinCPU, memoryText(level.ControlPlane.MinMemory), level.Name), "Name a flavor.")
	}
	return f, nil
}

func memoryText(q *resource.Quantity) string {
	if q == nil {
		return "any"
	}
	return q.String()
}

func (c *Cluster) poolsOf(claim *v1alpha1.KubernetesClusterSpec, cloud *v1alpha1.Cloud, level *v1alpha1.ServiceLevel) ([]Pool, error) {
	if len(claim.NodePools) == 0 {
		return nil, refusal.New("spec.nodePools", "", "has no pool", "Add one: without nodes nothing can run.")
	}
	// The order of the claim decides nothing: names and content hashes must be
	// the same in any order.
	asked := slices.Clone(claim.NodePools)
	slices.SortFunc(asked, func(a, b v1alpha1.NodePool) int { return strings.Compare(a.Name, b.Name) })
	pools := make([]Pool, 0, len(asked))
	shares := map[string]string{}
	var most int32
	for i := range asked {
		p, err := c.poolOf(&asked[i], cloud, level)
		if err != nil {
			return nil, err
		}
		for _, s := range p.Shares {
			if other, taken := shares[s.Name]; taken {
				return nil, refusal.New("spec.nodePools", p.Name, fmt.Sprintf("would give its nodes the same names (%s) as pool %q", s.Name, other), "Give each pool a name of its own.")
			}
			shares[s.Name] = p.Name
		}
		most += mostNodes(&asked[i])
		pools = append(pools, p)
	}
	if limit := level.Nodes.MaxNodes; limit > 0 && most > limit {
		return nil, refusal.New("spec.nodePools", most, fmt.Sprintf("nodes are more than service level %q allows (%d)", level.Name, limit), "Ask for fewer nodes, or choose another service level.")
	}
	return pools, nil
}

// mostNodes is how many nodes a pool may have, but for those that are being replaced.
func mostNodes(in *v1alpha1.NodePool) int32 {
	if in.Autoscaling != nil {
		return in.Autoscaling.Max
	}
	return *in.Replicas
}

func (c *Cluster) poolOf(in *v1alpha1.NodePool, cloud *v1alpha1.Cloud, level *v1alpha1.ServiceLevel) (Pool, error) {
	field := fmt.Sprintf("spec.nodePools[%s]", in.Name)
	p := Pool{
		Name:                in.Name,
		AntiAffinity:        level.Nodes.AntiAffinity,
		Labels:              labels(in.Labels),
		Taints:              in.Taints,
		MaxSurge:            level.Nodes.MaxSurge,
		MaxUnhealthyPercent: level.Nodes.MaxUnhealthyPercent,
	}
	if err := checkSize(field, in); err != nil {
		return p, err
	}
	var err error
	if p.DrainSeconds, err = drainOf(level); err != nil {
		return p, err
	}
	if p.Flavor, err = findFlavor(field+".flavor", in.Flavor, cloud); err != nil {
		return p, err
	}
	if in.Architecture != "" && in.Architecture != p.Flavor.Architecture {
		return p, refusal.New(field+".architecture", in.Architecture, fmt.Sprintf("is not the architecture of flavor %q, which is %s", p.Flavor.Name, p.Flavor.Architecture), "Choose another flavor, or leave the field out.")
	}
	if p.Image, err = findImage(cloud, c.Version, p.Flavor.Architecture); err != nil {
		return p, err
	}
	if p.RootVolume, err = rootVolume(field+".rootVolume.size", in.RootVolume, p.Flavor, cloud); err != nil {
		return p, err
	}
	zones, err := zonesOf(field, in, cloud)
	if err != nil {
		return p, err
	}
	c.planShares(&p, in, cloud, zones)
	return p, nil
}

// drainOf returns the seconds that the pods of a node may take to move, or 0 for as
// many as they need.
func drainOf(level *v1alpha1.ServiceLevel) (int32, error) {
	t := level.Nodes.DrainTimeout
	if t == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(string(t))
	if err != nil || d <= 0 {
		return 0, refusal.New(fmt.Sprintf("spec.serviceLevels[%s].nodes.drainTimeout", level.Name), t, "is not a time in hours and minutes", "Set for example 30m.")
	}
	return int32(d.Seconds()), nil
}

// maxNodes of a pool is the schema's limit. Shares are filled one node after another.
const maxNodes = 1000

func checkSize(field string, in *v1alpha1.NodePool) error {
	if (in.Replicas == nil) == (in.Autoscaling == nil) {
		return refusal.New(field, in.Name, "needs either replicas or autoscaling", "Set one of them.")
	}
	if in.Replicas != nil && *in.Replicas < 0 {
		return refusal.New(field+".replicas", *in.Replicas, "is negative", "Set 0 or more.")
	}
	if a := in.Autoscaling; a != nil && (a.Min < 0 || a.Min > a.Max) {
		return refusal.New(field+".autoscaling.min", a.Min, fmt.Sprintf("is larger than max %d, or negative", a.Max), "Lower min or raise max.")
	}
	if n := mostNodes(in); n > maxNodes {
		return refusal.New(field, n, fmt.Sprintf("nodes are more than a pool may have (%d)", maxNodes), "Set fewer, or add another pool.")
	}
	return nil
}

func rootVolume(field string, asked *v1alpha1.RootVolume, f Flavor, cloud *v1alpha1.Cloud) (*Volume, error) {
	if asked != nil {
		size := asked.Size.Value()
		if size < gibi || size%gibi != 0 {
			return nil, refusal.New(field, asked.Size.String(), "is not a whole number of gibibytes", "Set for example 50Gi.")
		}
		return &Volume{SizeGiB: size / gibi, Type: firstOf(asked.Type, cloud.Volumes.RootType)}, nil
	}
	if f.DiskGiB > 0 {
		return nil, nil
	}
	if q := cloud.Volumes.RootSize; q != nil && !q.IsZero() {
		return &Volume{SizeGiB: ceilGiB(q.Value()), Type: cloud.Volumes.RootType}, nil
	}
	return nil, refusal.New(field, f.Name, "is a flavor without a disk, and the platform has no default root volume for this cloud", "Set rootVolume.size on the pool, choose a flavor with a disk, or ask the platform team to set volumes.rootSize.")
}

func ceilGiB(b int64) int64 { return (b + gibi - 1) / gibi }

func labels(in map[string]v1alpha1.LabelValue) map[string]string {
	if len(in) == 0 {
		return nil
	}
	out := make(map[string]string, len(in))
	for k, v := range in {
		out[k] = string(v)
	}
	return out
}
