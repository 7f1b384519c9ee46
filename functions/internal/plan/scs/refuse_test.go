package scs

import (
	"strings"
	"testing"
)

func TestParseRefuses(t *testing.T) {
	cases := map[string]struct {
		reason string
		want   string // of the message, after the name
	}{
		"": {
			reason: "No name at all",
			want:   `prefix at offset 0: got nothing, want "SCS-"`,
		},
		"m1.large": {
			reason: "A name outside the standard",
			want:   `prefix at offset 0: got "m1.large", want "SCS-"`,
		},
		"SC-2T-4": {
			reason: "From the tooling of the standard: the prefix is wrong",
			want:   `prefix at offset 0: got "SC-2T-4"`,
		},
		"scs-2T-4": {
			reason: "Letters are case-sensitive",
			want:   `prefix at offset 0`,
		},
		"SCS-": {
			reason: "Nothing after the prefix",
			want:   `number of CPUs at offset 4: got nothing, want a whole number from 1`,
		},
		"SCS-0V-4": {
			reason: "No CPU",
			want:   `number of CPUs at offset 4: got "0V-4"`,
		},
		"SCS-04V-16": {
			reason: "A leading zero",
			want:   `number of CPUs at offset 4: got "04V-16", want a whole number from 1 to 999999999 without leading zeros`,
		},
		"SCS-99999999999999999999V-4": {
			reason: "Too many CPUs to count",
			want:   `number of CPUs at offset 4`,
		},
		"SCS-1.5V-4": {
			reason: "Half a CPU",
			want:   `number of CPUs at offset 4: got "1.5V-4"`,
		},
		"SCS-2-4-10n": {
			reason: "From the standard: no CPU kind",
			want:   `CPU kind at offset 5: got "-4-10n", want one of "C", "T", "V", "L"`,
		},
		"SCS-2iT-4-10n": {
			reason: "From the standard: the order is wrong",
			want:   `CPU kind at offset 5: got "iT-4-10n"`,
		},
		"SCS-2D-4-10n": {
			reason: "A kind of a draft that never became v3",
			want:   `CPU kind at offset 5: got "D-4-10n"`,
		},
		"SCS-4V": {
			reason: "No memory",
			want:   `CPU suffix at offset 6: got nothing, want "-" and the memory`,
		},
		"SCS-4V:16:50": {
			reason: "A name of v1 of the standard",
			want:   `CPU suffix at offset 6: got ":16:50"`,
		},
		"SCS-4V-": {
			reason: "No memory after the dash",
			want:   `memory at offset 7: got nothing, want GiB as a positive multiple of 0.5`,
		},
		"SCS-4V-0": {
			reason: "Memory of zero",
			want:   `memory at offset 7: got "0"`,
		},
		"SCS-4V-3.7-10": {
			reason: "Memory that is no multiple of half a GiB",
			want:   `memory at offset 7: got "3.7-10"`,
		},
		"SCS-4V-.5": {
			reason: "Memory without a whole part",
			want:   `memory at offset 7: got ".5"`,
		},
		"SCS-4V-4.0": {
			reason: "A second way to write 4",
			want:   `memory at offset 7: got "4.0"`,
		},
		"SCS-2C-4ou-10n": {
			reason: "From the standard: the order is wrong",
			want:   `memory suffix at offset 9: got "u-10n", want "u" then "o"`,
		},
		"SCS-2C-4-1.5n": {
			reason: "From the standard: disks have whole GiB",
			want:   `disk size in GiB, or number of disks, at offset 9: got "1.5n", want a whole number`,
		},
		"SCS-2C-4-0n": {
			reason: "A disk without room",
			want:   `at offset 9: got "0n"`,
		},
		"SCS-2C-4-x10": {
			reason: "An x without a number of disks",
			want:   `number of disks, at offset 9: got "x10"`,
		},
		"SCS-2C-4-3xs": {
			reason: "v3 dropped several disks without a size",
			want:   `disk size in GiB at offset 11: got "s", want a whole number`,
		},
		"SCS-2C-4-10l": {
			reason: "A kind of disk that is none",
			want:   `disk kind at offset 11: got "l", want one of "n", "h", "s", "p"`,
		},
		"SCS-2C-4-10-n": {
			reason: "A dash too many",
			want:   `disk kind at offset 11: got "-n"`,
		},
		"SCS-2C-4 ": {
			reason: "The whole name must match",
			want:   `memory suffix at offset 8: got " "`,
		},
		"SCS-2C-4_": {
			reason: "An underscore at the end",
			want:   `extension at offset 9: got nothing, want one of "kvm", "chy", "xen", "vmw", "hyv", "bms", "hwv", "ib"`,
		},
		"SCS-2C-4__ib": {
			reason: "An empty extension",
			want:   `extension at offset 9: got nothing`,
		},
		"SCS-2C-4_qemu": {
			reason: "A hypervisor that is none",
			want:   `extension at offset 9: got "qemu", want one of "kvm"`,
		},
		"SCS-2C-4_IB": {
			reason: "Letters are case-sensitive",
			want:   `extension at offset 9: got "IB"`,
		},
		"SCS-2C-4-10_hwv_xen": {
			reason: "From the standard: the order is wrong",
			want:   `extension at offset 16: got "xen", want the hypervisor before the nested virtualization`,
		},
		"SCS-2C-4_ib_z3": {
			reason: "InfiniBand stands last",
			want:   `extension at offset 12: got "z3", want the CPU before the InfiniBand`,
		},
		"SCS-2C-4_kvm_xen": {
			reason: "A machine has one hypervisor",
			want:   `extension at offset 13: got "xen", want no second hypervisor`,
		},
		"SCS-2C-4-n_bms_3": {
			reason: "An example of the standard that its own grammar refuses: a generation without a vendor",
			want:   `extension at offset 15: got "3"`,
		},
		"SCS-2T-4_ic": {
			reason: "From the tooling of the standard: a letter too many",
			want:   `CPU extension at offset 10: got "c", want at most a generation from 0 to 6`,
		},
		"SCS-2T-4_z7": {
			reason: "A generation that the standard does not have",
			want:   `CPU generation at offset 10: got "7", want none, or a number from 0 to 6 for "amd"`,
		},
		"SCS-2T-4_z03": {
			reason: "A leading zero",
			want:   `CPU generation at offset 10: got "03"`,
		},
		"SCS-2T-4_a6": {
			reason: "Generations are counted by vendor",
			want:   `want none, or a number from 0 to 5 for "arm"`,
		},
		"SCS-2T-4_z3hhhh": {
			reason: "A frequency above the highest",
			want:   `CPU extension at offset 14: got "h", want at most a generation from 0 to 6 and then up to 3 times "h"`,
		},
		"SCS-2T-4_G": {
			reason: "A GPU needs a vendor",
			want:   `GPU vendor at offset 10: got nothing, want one of "N", "A", "I"`,
		},
		"SCS-2T-4_GNx": {
			reason: "A generation that the standard does not have",
			want:   `GPU generation at offset 11: got "x", want none, or one of "f", "k"`,
		},
		"SCS-2T-4_GI5-64": {
			reason: "Generations are listed by vendor",
			want:   `want none, or one of "0.9", "0.95", "1", "2", "3", "4" for "intel"`,
		},
		"SCS-2T-4_GNah": {
			reason: "A frequency belongs to processing units",
			want:   `GPU generation at offset 11: got "ah"`,
		},
		"SCS-2T-4_GNa-": {
			reason: "A dash without processing units",
			want:   `GPU processing units at offset 13: got nothing, want a whole number`,
		},
		"SCS-2T-4_GNa-0": {
			reason: "No processing units",
			want:   `GPU processing units at offset 13: got "0"`,
		},
		"SCS-2T-4_GNa-14hhh": {
			reason: "A frequency above the highest",
			want:   `GPU processing units at offset 17: got "h", want up to 2 times "h"`,
		},
		"SCS-2T-4_GNa-14-": {
			reason: "A dash without video memory",
			want:   `GPU video memory in GiB at offset 16: got nothing, want a whole number`,
		},
		"SCS-2T-4_GNa-14-1.5": {
			reason: "Video memory is rounded down",
			want:   `GPU video memory in GiB at offset 16: got "1.5"`,
		},
		"SCS-2T-4_GNa-14-6hh": {
			reason: "High bandwidth has one level",
			want:   `GPU video memory at offset 18: got "h", want "h" once`,
		},
		"SCS-2T-4-\xff": {
			reason: "Bytes that are no text",
			want:   `disk kind at offset 9: got "\xff"`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			f, err := Parse(name)
			if err == nil {
				t.Fatalf("%s\nParse(%q): got %+v, want an error", tc.reason, name, f)
			}
			if f != (Flavor{}) {
				t.Errorf("%s\nParse(%q): got %+v beside the error, want the zero value", tc.reason, name, f)
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\nParse(%q):\ngot  %s\nwant %s", tc.reason, name, err, tc.want)
			}
			if !strings.HasPrefix(err.Error(), "cannot parse SCS flavor name ") {
				t.Errorf("%s\nParse(%q): message does not say what failed: %s", tc.reason, name, err)
			}
		})
	}
}
