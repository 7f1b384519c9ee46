package plan

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/catalog"
	"github.com/skerry-dev/skerry/functions/internal/plan/scs"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// Flavor is a size of machine, with nothing left to look up.
type Flavor struct {
	Name         string
	CPU          int64
	MemoryMiB    int64
	DiskGiB      int64
	Architecture v1alpha1.Architecture
	// GPU is nil when the flavor has none.
	GPU *v1alpha1.GPU
}

const (
	mebi = 1 << 20
	gibi = 1 << 30
)

// flavorOf returns what the catalogue says of a flavor, and what its name says
// where the catalogue is silent.
func flavorOf(f v1alpha1.Flavor) Flavor {
	out, _ := scsFlavor(f.Name)
	out.Name = f.Name
	if f.CPU > 0 {
		out.CPU = int64(f.CPU)
	}
	if f.Memory != nil {
		out.MemoryMiB = f.Memory.Value() / mebi
	}
	if f.Disk != nil {
		out.DiskGiB = f.Disk.Value() / gibi
	}
	if f.Architecture != "" {
		out.Architecture = f.Architecture
	}
	if out.Architecture == "" {
		out.Architecture = "amd64"
	}
	if f.GPU != nil {
		out.GPU = f.GPU
	}
	return out
}

// scsFlavor returns what a name after the SCS standard says.
func scsFlavor(name string) (Flavor, bool) {
	if !strings.HasPrefix(name, scs.Prefix) {
		return Flavor{}, false
	}
	s, err := scs.Parse(name)
	if err != nil {
		return Flavor{}, false
	}
	f := Flavor{
		Name:         name,
		CPU:          int64(s.CPUs),
		MemoryMiB:    s.MemoryMiB,
		Architecture: v1alpha1.Architecture(s.CPUArchitecture()),
	}
	if s.Disks > 0 {
		f.DiskGiB = int64(s.DiskGiB)
	}
	if vendor := gpuResource[s.GPU.Vendor]; vendor != "" {
		f.GPU = &v1alpha1.GPU{ResourceName: vendor, Count: 1}
	}
	return f, true
}

// The extended resources of the vendors' device plugins.
var gpuResource = map[scs.GPUVendor]string{
	scs.GPUNVIDIA: "nvidia.com/gpu",
	scs.GPUAMD:    "amd.com/gpu",
	scs.GPUIntel:  "gpu.intel.com/i915",
}

// findFlavor returns the flavor of the cloud with that name.
func findFlavor(field, name string, c *v1alpha1.Cloud) (Flavor, error) {
	names := make([]string, 0, len(c.Flavors))
	for _, f := range c.Flavors {
		if f.Name == name {
			return flavorOf(f), nil
		}
		names = append(names, f.Name)
	}
	return Flavor{}, refusal.NotOneOf(field, name, fmt.Sprintf("is not a flavor of cloud %q", c.Name), names)
}

// smallestFlavor returns the smallest flavor of the cloud that has at least the
// processors and memory: by memory, then processors, one with a disk of its own
// before one without, then by name. One without a disk is no use where the cloud
// has no default for root volumes.
func smallestFlavor(c *v1alpha1.Cloud, minCPU int32, minMemory *resource.Quantity) (Flavor, bool) {
	var memory int64
	if minMemory != nil {
		memory = minMemory.Value() / mebi
	}
	var fit []Flavor
	for _, f := range c.Flavors {
		p := flavorOf(f)
		if size := c.Volumes.RootSize; p.DiskGiB == 0 && (size == nil || size.IsZero()) {
			continue
		}
		if p.CPU >= int64(minCPU) && p.MemoryMiB >= memory && p.GPU == nil && p.Architecture == "amd64" {
			fit = append(fit, p)
		}
	}
	if len(fit) == 0 {
		return Flavor{}, false
	}
	return slices.MinFunc(fit, func(a, b Flavor) int {
		if a.MemoryMiB != b.MemoryMiB {
			return int(a.MemoryMiB - b.MemoryMiB)
		}
		if a.CPU != b.CPU {
			return int(a.CPU - b.CPU)
		}
		if (a.DiskGiB > 0) != (b.DiskGiB > 0) {
			return int(b.DiskGiB - a.DiskGiB)
		}
		return strings.Compare(a.Name, b.Name)
	}), true
}

// findImage returns the cloud's image with the Kubernetes version.
func findImage(c *v1alpha1.Cloud, v Version, arch v1alpha1.Architecture) (string, error) {
	var have []string
	for _, i := range c.Images {
		if i.KubernetesVersion == v.Patch && catalog.ArchitectureOf(i) == arch {
			return i.Name, nil
		}
		if catalog.ArchitectureOf(i) == arch {
			have = append(have, i.KubernetesVersion)
		}
	}
	return "", refusal.New("spec.version", v.Target,
		fmt.Sprintf("has no image on cloud %q for Kubernetes %s and %s", c.Name, v.Patch, arch),
		fmt.Sprintf("The cloud has images for: %s. Choose one of these minors, or ask the platform team to add the image.", listOr(have, "nothing")))
}

func listOr(names []string, none string) string {
	if len(names) == 0 {
		return none
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), ", ")
}
