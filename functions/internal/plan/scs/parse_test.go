package scs

import "testing"

func TestParse(t *testing.T) {
	// plain is SCS-2C-4-10n, which most examples of the standard extend.
	plain := Flavor{CPUs: 2, CPUKind: DedicatedCore, MemoryMiB: 4096, Disks: 1, DiskGiB: 10, DiskKind: DiskNetwork}
	with := func(change func(*Flavor)) Flavor {
		f := plain
		change(&f)
		return f
	}

	cases := map[string]struct {
		reason string
		want   Flavor
	}{
		"SCS-2C-4-10n": {
			reason: "Dedicated cores and a network disk",
			want:   plain,
		},
		"SCS-2Li-4-10n": {
			reason: "Crowded cores without all mitigations",
			want:   with(func(f *Flavor) { f.CPUKind, f.CPUInsecure = CrowdedCore, true }),
		},
		"SCS-2T-4-10n": {
			reason: "Dedicated threads",
			want:   with(func(f *Flavor) { f.CPUKind = DedicatedThread }),
		},
		"SCS-2V-4-10n": {
			reason: "Shared cores",
			want:   with(func(f *Flavor) { f.CPUKind = SharedCore }),
		},
		"SCS-2C-3.5-10n": {
			reason: "Memory counts in half GiB",
			want:   with(func(f *Flavor) { f.MemoryMiB = 3584 }),
		},
		"SCS-2C-12.5-10n": {
			reason: "Half GiB from 10 GiB on are discouraged, not forbidden",
			want:   with(func(f *Flavor) { f.MemoryMiB = 12800 }),
		},
		"SCS-2C-4u-10n": {
			reason: "Memory without ECC",
			want:   with(func(f *Flavor) { f.MemoryNoECC = true }),
		},
		"SCS-2C-4o-10n": {
			reason: "Oversubscribed memory",
			want:   with(func(f *Flavor) { f.MemoryOversubscribed = true }),
		},
		"SCS-2C-4uo-10n": {
			reason: "Both, in this order",
			want:   with(func(f *Flavor) { f.MemoryNoECC, f.MemoryOversubscribed = true, true }),
		},
		"SCS-2C-4": {
			reason: "No disk: the user brings a boot volume",
			want:   with(func(f *Flavor) { f.Disks, f.DiskGiB, f.DiskKind = 0, 0, "" }),
		},
		"SCS-2C-4-": {
			reason: "A dash alone: the cloud chooses size and kind",
			want:   with(func(f *Flavor) { f.DiskGiB, f.DiskKind = 0, "" }),
		},
		"SCS-2C-4-n": {
			reason: "The cloud chooses the size",
			want:   with(func(f *Flavor) { f.DiskGiB = 0 }),
		},
		"SCS-2C-4-3x10": {
			reason: "Three disks of a kind that the cloud chooses",
			want:   with(func(f *Flavor) { f.Disks, f.DiskKind = 3, "" }),
		},
		"SCS-2C-4-3x10s_bms_z3": {
			reason: "Three SSDs on bare metal",
			want: with(func(f *Flavor) {
				f.Disks, f.DiskKind = 3, DiskSSD
				f.Hypervisor, f.CPUVendor, f.CPUGeneration = BareMetal, CPUAMD, 3
			}),
		},
		"SCS-2C-4-10_kvm_hwv": {
			reason: "KVM with nested virtualization",
			want: with(func(f *Flavor) {
				f.DiskKind, f.Hypervisor, f.NestedVirtualization = "", KVM, true
			}),
		},
		"SCS-2C-4-_ib": {
			reason: "InfiniBand begins with the letter of Intel",
			want:   with(func(f *Flavor) { f.DiskGiB, f.DiskKind, f.InfiniBand = 0, "", true }),
		},
		"SCS-2C-4-10n_i": {
			reason: "Intel of no stated generation",
			want:   with(func(f *Flavor) { f.CPUVendor = CPUIntel }),
		},
		"SCS-2C-4-10n_z3hh": {
			reason: "AMD Milan above 3.25 GHz",
			want: with(func(f *Flavor) {
				f.CPUVendor, f.CPUGeneration, f.CPUFrequencyLevel = CPUAMD, 3, 2
			}),
		},
		"SCS-8Ti-32-50p_i1": {
			reason: "Insecure threads on Skylake with a local NVMe disk",
			want: Flavor{
				CPUs: 8, CPUKind: DedicatedThread, CPUInsecure: true, MemoryMiB: 32768,
				Disks: 1, DiskGiB: 50, DiskKind: DiskNVMe, CPUVendor: CPUIntel, CPUGeneration: 1,
			},
		},
		"SCS-1L-1u-5": {
			reason: "Little of everything",
			want: Flavor{
				CPUs: 1, CPUKind: CrowdedCore, MemoryMiB: 1024, MemoryNoECC: true, Disks: 1, DiskGiB: 5,
			},
		},
		"SCS-16T-64-200s_GNa-72-24_ib": {
			reason: "An A10 passed through, and InfiniBand",
			want: Flavor{
				CPUs: 16, CPUKind: DedicatedThread, MemoryMiB: 65536, Disks: 1, DiskGiB: 200, DiskKind: DiskSSD,
				GPU:        GPU{Vendor: GPUNVIDIA, Generation: "a", Units: 72, VideoMemoryGiB: 24},
				InfiniBand: true,
			},
		},
		"SCS-16V-64-500s_GNa-14-6h": {
			reason: "A quarter of an A30 with high-bandwidth memory",
			want: Flavor{
				CPUs: 16, CPUKind: SharedCore, MemoryMiB: 65536, Disks: 1, DiskGiB: 500, DiskKind: DiskSSD,
				GPU: GPU{Vendor: GPUNVIDIA, Generation: "a", Units: 14, VideoMemoryGiB: 6, HighBandwidth: true},
			},
		},
		"SCS-4C-16-2x200p_a1": {
			reason: "ARM with two NVMe disks",
			want: Flavor{
				CPUs: 4, CPUKind: DedicatedCore, MemoryMiB: 16384, Disks: 2, DiskGiB: 200, DiskKind: DiskNVMe,
				CPUVendor: CPUARM, CPUGeneration: 1,
			},
		},
		"SCS-1V-0.5": {
			reason: "Half a GiB",
			want:   Flavor{CPUs: 1, CPUKind: SharedCore, MemoryMiB: 512},
		},
		"SCS-2C-4-10n_gA3.1-96hh-48": {
			reason: "A virtual GPU with a dot in its generation and two levels of frequency",
			want: with(func(f *Flavor) {
				f.GPU = GPU{
					Vendor: GPUAMD, Virtualized: true, Generation: "3.1",
					Units: 96, FrequencyLevel: 2, VideoMemoryGiB: 48,
				}
			}),
		},
		"SCS-2C-4-10n_GI-128": {
			reason: "Units without a generation, after the standard's short form of the grammar",
			want:   with(func(f *Flavor) { f.GPU = GPU{Vendor: GPUIntel, Units: 128} }),
		},
		"SCS-16T-64-3x10s_bms_hwv_i3h_GNa-64_ib": {
			reason: "Every extension at once",
			want: Flavor{
				CPUs: 16, CPUKind: DedicatedThread, MemoryMiB: 65536, Disks: 3, DiskGiB: 10, DiskKind: DiskSSD,
				Hypervisor: BareMetal, NestedVirtualization: true,
				CPUVendor: CPUIntel, CPUGeneration: 3, CPUFrequencyLevel: 1,
				GPU: GPU{Vendor: GPUNVIDIA, Generation: "a", Units: 64}, InfiniBand: true,
			},
		},
	}

	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(name)
			if err != nil {
				t.Fatalf("%s\nParse(%q): %v", tc.reason, name, err)
			}
			if got != tc.want {
				t.Errorf("%s\nParse(%q):\ngot  %+v\nwant %+v", tc.reason, name, got, tc.want)
			}
			if s := got.String(); s != name {
				t.Errorf("%s\nString(): got %q, want %q", tc.reason, s, name)
			}
		})
	}
}

func TestParseNotCanonical(t *testing.T) {
	cases := map[string]struct {
		reason string
		want   string
	}{
		"SCS-2C-4-1x10":      {reason: "One disk needs no number", want: "SCS-2C-4-10"},
		"SCS-2C-4-1x10n_z0h": {reason: "Generation 0 is left out", want: "SCS-2C-4-10n_zh"},
		"SCS-2C-4_r0":        {reason: "RISC-V has generation 0 only", want: "SCS-2C-4_r"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f, err := Parse(name)
			if err != nil {
				t.Fatalf("%s\nParse(%q): %v", tc.reason, name, err)
			}
			if got := f.String(); got != tc.want {
				t.Errorf("%s\nString(): got %q, want %q", tc.reason, got, tc.want)
			}
		})
	}
}
