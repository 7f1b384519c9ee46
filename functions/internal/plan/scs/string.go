package scs

import (
	"strconv"
	"strings"
)

// String is the canonical name of a flavor: Parse(f.String()) gives f again for
// every f that Parse returned. It does not check a flavor made by hand; Parse
// refuses the name of a wrong one.
func (f Flavor) String() string {
	var b strings.Builder
	b.WriteString(Prefix + strconv.Itoa(f.CPUs) + textOf(cpuKinds, f.CPUKind))
	if f.CPUInsecure {
		b.WriteString("i")
	}
	b.WriteString("-" + gibibytes(f.MemoryMiB))
	if f.MemoryNoECC {
		b.WriteString("u")
	}
	if f.MemoryOversubscribed {
		b.WriteString("o")
	}
	b.WriteString(f.disks())
	b.WriteString(f.extensions())
	return b.String()
}

// gibibytes writes half GiB as the standard does: "0.5", "4".
func gibibytes(mib int64) string {
	gib := strconv.FormatInt(mib/1024, 10)
	if mib%1024 == 512 {
		return gib + ".5"
	}
	return gib
}

func (f Flavor) disks() string {
	if f.Disks == 0 {
		return ""
	}
	text := "-"
	if f.Disks > 1 {
		text += strconv.Itoa(f.Disks) + "x"
	}
	if f.DiskGiB > 0 {
		text += strconv.Itoa(f.DiskGiB)
	}
	return text + textOf(diskKinds, f.DiskKind)
}

func (f Flavor) extensions() string {
	text := ""
	if f.Hypervisor != "" {
		text += "_" + textOf(hypervisors, f.Hypervisor)
	}
	if f.NestedVirtualization {
		text += "_hwv"
	}
	if f.CPUVendor != "" {
		text += "_" + f.cpu()
	}
	if f.GPU.Vendor != "" {
		text += "_" + f.GPU.String()
	}
	if f.InfiniBand {
		text += "_ib"
	}
	return text
}

func (f Flavor) cpu() string {
	text := textOf(cpuVendors, f.CPUVendor)
	if f.CPUGeneration > 0 {
		text += strconv.Itoa(f.CPUGeneration)
	}
	return text + strings.Repeat("h", max(0, f.CPUFrequencyLevel))
}

// String is the GPU part of a flavor name, such as "GNa-14-6h", or "" for no GPU.
func (g GPU) String() string {
	if g.Vendor == "" {
		return ""
	}
	text := "G"
	if g.Virtualized {
		text = "g"
	}
	text += textOf(gpuVendors, g.Vendor) + g.Generation
	if g.Units == 0 {
		return text
	}
	text += "-" + strconv.Itoa(g.Units) + strings.Repeat("h", max(0, g.FrequencyLevel))
	if g.VideoMemoryGiB == 0 {
		return text
	}
	text += "-" + strconv.Itoa(g.VideoMemoryGiB)
	if g.HighBandwidth {
		text += "h"
	}
	return text
}
