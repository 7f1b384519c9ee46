package scs

import (
	"fmt"
	"strings"
)

// code is a piece of a name and what it stands for.
type code[T comparable] struct {
	text  string
	value T
}

// The tables of scs-0100 v3.3. Order is the order of the standard; it shows in
// error messages.
var (
	cpuKinds = []code[CPUKind]{
		{"C", DedicatedCore}, {"T", DedicatedThread}, {"V", SharedCore}, {"L", CrowdedCore},
	}
	diskKinds = []code[DiskKind]{
		{"n", DiskNetwork}, {"h", DiskHDD}, {"s", DiskSSD}, {"p", DiskNVMe},
	}
	hypervisors = []code[Hypervisor]{
		{"kvm", KVM}, {"chy", CloudHypervisor}, {"xen", Xen},
		{"vmw", VMware}, {"hyv", HyperV}, {"bms", BareMetal},
	}
	cpuVendors = []code[CPUVendor]{
		{"i", CPUIntel}, {"z", CPUAMD}, {"a", CPUARM}, {"r", CPURISCV},
	}
	gpuVendors = []code[GPUVendor]{
		{"N", GPUNVIDIA}, {"A", GPUAMD}, {"I", GPUIntel},
	}
)

// newestCPUGeneration is the last generation that the standard has a meaning
// for. RISC-V has none yet ("TBD").
var newestCPUGeneration = map[CPUVendor]int{CPUIntel: 6, CPUAMD: 6, CPUARM: 5, CPURISCV: 0}

// gpuGenerations lists what the standard names, oldest first. For AMD it gives
// a rule instead of a list: 0.x is GCN, x is CDNA (or UDNA), x.1 is RDNA. Intel
// 0.95 (Gen9.5) stands in the tooling of the standard only.
var gpuGenerations = map[GPUVendor][]string{
	GPUNVIDIA: {"f", "k", "m", "p", "v", "t", "a", "l", "g", "b", "u"},
	GPUAMD: {
		"0.1", "0.2", "0.3", "0.4", "0.5",
		"1", "1.1", "2", "2.1", "3", "3.1", "3.5", "4", "4.1", "5", "5.1",
	},
	GPUIntel: {"0.9", "0.95", "1", "2", "3", "4"},
}

// The longest runs of the letter h.
const (
	highestCPUFrequency = 3
	highestGPUFrequency = 2
)

// textOf is the piece of a name that stands for value, or "" for a value that
// the standard does not have.
func textOf[T comparable](codes []code[T], value T) string {
	for _, c := range codes {
		if c.value == value {
			return c.text
		}
	}
	return ""
}

// texts are the pieces of a name in codes, in order.
func texts[T comparable](codes []code[T]) []string {
	list := make([]string, 0, len(codes))
	for _, c := range codes {
		list = append(list, c.text)
	}
	return list
}

// oneOf says for an error message what is allowed.
func oneOf(list []string) string {
	quoted := make([]string, 0, len(list))
	for _, text := range list {
		quoted = append(quoted, fmt.Sprintf("%q", text))
	}
	return "one of " + strings.Join(quoted, ", ")
}
