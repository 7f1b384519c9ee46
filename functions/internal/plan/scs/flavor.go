// Package scs reads and writes the flavor names of the Sovereign Cloud Stack.
//
// It follows the SCS flavor naming standard scs-0100 v3.3, as of July 2026
// (https://docs.scs.community/standards/scs-0100-v3-flavor-naming), with the
// supplement scs-0100-w1 for GPUs. It knows names and nothing else: not which
// flavors a cloud offers, not whether a flavor holds what its name promises,
// not which flavors scs-0103 makes mandatory, and not the extra specs of a
// flavor. It refuses the names of v1 of the standard, which have colons.
//
// Names are strict. Where the standard is silent, this package refuses leading
// zeros ("SCS-04V-16"), memory such as "4.0" and several disks without a size
// ("3xs"). It refuses vendors and generations that the tables of the standard
// do not list, because no meaning could be given to them; codes.go is the place
// to add them. A name states at least what a flavor has: an absent part means
// "not promised", never "not there".
package scs

// Prefix begins every SCS flavor name. The standard leaves a cloud free to name
// its flavors otherwise; those names are not SCS names and Parse refuses them.
const Prefix = "SCS-"

// Flavor is what an SCS flavor name says. Two flavors are equal (==) when their
// canonical names are. The zero value is no valid flavor.
type Flavor struct {
	// CPUs is the number of virtual CPUs, at least 1.
	CPUs int
	// CPUKind tells how much of a core each CPU is.
	CPUKind CPUKind
	// CPUInsecure says that mitigations against CPU vulnerabilities may be missing.
	CPUInsecure bool

	// MemoryMiB is a positive multiple of 512 MiB; names count half GiB.
	MemoryMiB int64
	// MemoryNoECC says that the memory has no error correction.
	MemoryNoECC bool
	// MemoryOversubscribed says that the host may promise more memory than it has.
	MemoryOversubscribed bool

	// Disks is the number of disks that come with the flavor. At 0 the user
	// brings a boot volume.
	Disks int
	// DiskGiB is the size of each disk. At 0, with one disk, the cloud chooses
	// a size that fits the image.
	DiskGiB int
	// DiskKind is empty where the cloud chooses the kind.
	DiskKind DiskKind

	// Hypervisor is empty where the name has none; the standard then assumes KVM.
	Hypervisor Hypervisor
	// NestedVirtualization says that a machine can itself run virtual machines
	// with hardware support.
	NestedVirtualization bool

	// CPUVendor is empty for a generic x86-64 CPU.
	CPUVendor CPUVendor
	// CPUGeneration counts within a vendor; 0 is old or not stated.
	CPUGeneration int
	// CPUFrequencyLevel is 0 where not stated, then 1, 2 and 3 for more than
	// 2.75, 3.25 and 3.75 GHz on all cores.
	CPUFrequencyLevel int

	// GPU is the zero value where the name has no GPU.
	GPU GPU
	// InfiniBand says that the machine has InfiniBand networking.
	InfiniBand bool
}

// GPU is what a flavor name says about a graphics processor.
type GPU struct {
	// Vendor is set in every GPU; an empty Vendor means no GPU.
	Vendor GPUVendor
	// Virtualized tells a virtual GPU from one that is passed through.
	Virtualized bool
	// Generation is the standard's short name within a vendor, such as "a"
	// (NVIDIA Ampere) or "3.1" (AMD RDNA 3); empty where not stated.
	Generation string
	// Units is the number of processing units: streaming multiprocessors
	// (NVIDIA), compute units (AMD), execution units (Intel). 0 is not stated.
	// It cannot be compared between vendors or generations.
	Units int
	// FrequencyLevel is 0 to 2, for variants of a generation that run faster.
	FrequencyLevel int
	// VideoMemoryGiB is rounded down; 0 is not stated.
	VideoMemoryGiB int
	// HighBandwidth says that the video memory is HBM2 or better.
	HighBandwidth bool
}

// CPUKind tells how a virtual CPU relates to a core of the host. Its values are
// those of the extra spec scs:cpu-type in scs-0103.
type CPUKind string

// The kinds of CPU, with their letters in a name.
const (
	DedicatedCore   CPUKind = "dedicated-core"   // C
	DedicatedThread CPUKind = "dedicated-thread" // T
	SharedCore      CPUKind = "shared-core"      // V: 20% of a core, 99% of the time
	CrowdedCore     CPUKind = "crowded-core"     // L: less than that
)

// DiskKind tells where a disk is. Its values are those of the extra spec
// scs:disk0-type in scs-0103.
type DiskKind string

// The kinds of disk, with their letters in a name.
const (
	DiskNetwork DiskKind = "network" // n: Ceph, Cinder
	DiskHDD     DiskKind = "hdd"     // h: local
	DiskSSD     DiskKind = "ssd"     // s: local
	DiskNVMe    DiskKind = "nvme"    // p: local
)

// Hypervisor is what runs the machine, as written in a name.
type Hypervisor string

// The hypervisors.
const (
	KVM             Hypervisor = "kvm"
	CloudHypervisor Hypervisor = "chy"
	Xen             Hypervisor = "xen"
	VMware          Hypervisor = "vmw"
	HyperV          Hypervisor = "hyv"
	BareMetal       Hypervisor = "bms"
)

// CPUVendor is the vendor of a CPU or, for ARM and RISC-V, its architecture.
type CPUVendor string

// The CPU vendors, with their letters in a name.
const (
	CPUIntel CPUVendor = "intel"  // i
	CPUAMD   CPUVendor = "amd"    // z, for Zen
	CPUARM   CPUVendor = "arm"    // a: ARM v8 or later
	CPURISCV CPUVendor = "risc-v" // r
)

// GPUVendor is the vendor of a GPU.
type GPUVendor string

// The GPU vendors, with their letters in a name.
const (
	GPUNVIDIA GPUVendor = "nvidia" // N
	GPUAMD    GPUVendor = "amd"    // A
	GPUIntel  GPUVendor = "intel"  // I
)

// CPUArchitecture is the architecture as the node label kubernetes.io/arch says
// it: "amd64", "arm64" or "riscv64". A name without a CPU vendor means x86-64.
func (f Flavor) CPUArchitecture() string {
	switch f.CPUVendor {
	case CPUARM:
		return "arm64"
	case CPURISCV:
		return "riscv64"
	default:
		return "amd64"
	}
}
