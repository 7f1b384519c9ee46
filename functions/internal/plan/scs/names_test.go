package scs

import (
	"slices"
	"testing"
)

// The names that scs-0103 v1.2 makes mandatory or recommends.
var standardFlavors = []string{
	"SCS-1V-4", "SCS-2V-8", "SCS-4V-16", "SCS-4V-16-100s", "SCS-8V-32",
	"SCS-1V-2", "SCS-2V-4", "SCS-2V-4-20s", "SCS-4V-8", "SCS-8V-16",
	"SCS-16V-32", "SCS-1V-8", "SCS-2V-16", "SCS-4V-32", "SCS-1L-1",

	"SCS-1V-4-10", "SCS-2V-8-20", "SCS-4V-16-50", "SCS-8V-32-100",
	"SCS-1V-2-5", "SCS-2V-4-10", "SCS-4V-8-20", "SCS-8V-16-50",
	"SCS-16V-32-100", "SCS-1V-8-20", "SCS-2V-16-50", "SCS-4V-32-100", "SCS-1L-1-5",

	"SCS-16V-64", "SCS-8V-64", "SCS-16V-128",
}

// The names that scs-0100 v3.3 gives as examples, without those that it strikes
// out and without "SCS-2C-4-n_bms_3", which its grammar does not allow.
var exampleFlavors = []string{
	"SCS-2C-4-10n", "SCS-2T-4-10n", "SCS-2V-4-10n", "SCS-2L-4-10n", "SCS-2Li-4-10n",
	"SCS-2C-3.5-10n", "SCS-2C-4u-10n", "SCS-2C-4o-10n", "SCS-2C-4uo-10n",
	"SCS-2C-4-10s", "SCS-2C-4-10s_bms_z3", "SCS-2C-4-3x10s", "SCS-2C-4-3x10s_bms_z3",
	"SCS-2C-4-10", "SCS-2C-4-10_bms_z3", "SCS-2C-4-n", "SCS-2C-4-", "SCS-2C-4-_bms_z3",
	"SCS-2C-4-_bms_z3h_GNa-64_ib", "SCS-2C-4-_ib", "SCS-2C-4", "SCS-2C-4_bms_z3", "SCS-2C-4-3x10",
	"SCS-1C-1.5-8s", "SCS-1T-1-5n", "SCS-1V-1-5", "SCS-2V-4-20s", "SCS-2V-4-20p", "SCS-8V-32-100",
	"SCS-2C-4-10n_bms", "SCS-2C-4-10n_bms_z3h",
	"SCS-2C-4-10_kvm_hwv", "SCS-2C-4-10_hwv", "SCS-2C-4-10_bms_hwv",
	"SCS-2C-4-10n_z", "SCS-2C-4-10n_z3", "SCS-2C-4-10n_z3h", "SCS-2C-4-10n_z3hh",
	"SCS-2C-4-10n_bms_z", "SCS-2C-4-10n_bms_z3", "SCS-2C-4-10n_bms_z3hh",
	"SCS-16V-64-500s_GNa-14-6h",
	"SCS-8T-16-50", "SCS-8T-16-50n", "SCS-8T-16-50n_i2", "SCS-8T-16-50n_z2",
	"SCS-8Ti-32-50p_i1", "SCS-1L-1u-5", "SCS-16T-64-200s_GNa-72-24_ib", "SCS-4C-16-2x200p_a1", "SCS-1V-0.5",
	"SCS-16T-64-3x10s_bms_hwv_i3h_GNa-64_ib", // from the tooling
}

// The GPUs that the supplement scs-0100-w1 names.
var exampleGPUs = []string{
	"GNa-72-24", "GNa-84-48", "GNa-56-24", "GNa-28-12", "GNa-14-6", "GNa-56h-24h",
	"GNa-108h-80h", "GNa-54h-40h", "GNa-27h-20h", "GNa-15h-10h", "GNa-108-80h",
	"GNl-58-24", "GNl-142-48", "GNl-142h-48", "GNl-142hh-48", "GNl-22-16", "GNl-48-20",
	"GNl-60-24", "GNl-100-32", "GNl-110-48", "GNl-80-16", "GNl-128-24",
	"GNg-132-80h", "GNg-66-40h", "GNg-33-20h", "GNg-18-10h", "GNg-132-141h", "GNg-66-70h",
	"GNb-160-192h", "GNb-80-96h", "GNb-44-45h", "GNb-22-23h", "GNu-160-288h", "GNu-80-144h",
	"GNb-34-16", "GNb-70-24", "GNb-82-32", "GNb-110-72", "GNb-55-36", "GNb-188-96",
	"GNb-94-48", "GNb-47-24", "GNb-84-24", "GNb-170-32",
	"GA2-104-64h", "GA2-208-128h", "GA2-220-128h", "GA3-304-192h", "GA3-304-288h",
	"GA4-256-288h", "GA4-256h-288h", "GA3.1-96-48", "GA4.1-64-32", "GA3.1-96-24",
	"GI3-56-48h", "GI3-128-128h", "GI4-128-16", "GI4-160-24", "GI4-160-32", "GI4-256-32",
}

// allNames are all of the above, and each hypervisor, CPU generation and GPU
// generation in the tables.
func allNames() []string {
	const base = "SCS-16V-64-256s"
	names := slices.Concat(standardFlavors, exampleFlavors)
	for _, gpu := range exampleGPUs {
		names = append(names, base+"_"+gpu)
	}
	for _, h := range hypervisors {
		names = append(names, base+"_"+h.text)
	}
	for _, v := range cpuVendors {
		names = append(names, base+"_"+v.text)
		for generation := range newestCPUGeneration[v.value] {
			names = append(names, base+"_"+v.text+string(rune('1'+generation))+"hhh")
		}
	}
	for _, v := range gpuVendors {
		names = append(names, base+"_G"+v.text)
		for _, generation := range gpuGenerations[v.value] {
			names = append(names, base+"_g"+v.text+generation, base+"_G"+v.text+generation+"-8h-4")
		}
	}
	return names
}

func TestNamesAreCanonical(t *testing.T) {
	for _, name := range allNames() {
		f, err := Parse(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := f.String(); got != name {
			t.Errorf("Parse(%q).String(): got %q", name, got)
		}
	}
}

func TestCPUArchitecture(t *testing.T) {
	cases := map[string]struct {
		reason string
		want   string
	}{
		"SCS-2V-4":     {reason: "No vendor means generic x86-64", want: "amd64"},
		"SCS-2V-4_i3":  {reason: "Intel", want: "amd64"},
		"SCS-2V-4_z4h": {reason: "AMD", want: "amd64"},
		"SCS-2V-4_a2":  {reason: "ARM", want: "arm64"},
		"SCS-2V-4_r":   {reason: "RISC-V", want: "riscv64"},
		"SCS-2V-4_ib":  {reason: "InfiniBand is no CPU", want: "amd64"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f, err := Parse(name)
			if err != nil {
				t.Fatal(err)
			}
			if got := f.CPUArchitecture(); got != tc.want {
				t.Errorf("%s\nCPUArchitecture(): got %q, want %q", tc.reason, got, tc.want)
			}
		})
	}
}

func TestGPUString(t *testing.T) {
	cases := map[string]struct {
		reason string
		gpu    GPU
		want   string
	}{
		"None": {reason: "No GPU has no name", gpu: GPU{}, want: ""},
		"Virtual": {
			reason: "A small letter for a virtual GPU",
			gpu:    GPU{Vendor: GPUNVIDIA, Virtualized: true, Generation: "a", Units: 14},
			want:   "gNa-14",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := tc.gpu.String(); got != tc.want {
				t.Errorf("%s\nString(): got %q, want %q", tc.reason, got, tc.want)
			}
		})
	}
}

// FuzzParse checks that no name makes Parse panic and that a name's canonical
// form says the same as the name.
func FuzzParse(f *testing.F) {
	for _, name := range allNames() {
		f.Add(name)
	}
	for _, name := range []string{"", "SCS-", "SCS-2C-4-1x10_i0", "SCS-2C-4ou-10n", "SCS-4V:16:50", "SCS-2C-4__", "SCS-1V-4_G"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		flavor, err := Parse(name)
		if err != nil {
			return
		}
		canonical := flavor.String()
		again, err := Parse(canonical)
		if err != nil {
			t.Fatalf("Parse(%q) was accepted, its canonical name was not: %v", name, err)
		}
		if again != flavor {
			t.Errorf("Parse(%q):\ngot  %+v\nwant %+v", canonical, again, flavor)
		}
		if got := again.String(); got != canonical {
			t.Errorf("String() of %q: got %q", canonical, got)
		}
	})
}
