package scs

import (
	"fmt"
	"slices"
	"strings"
)

// Parse reads a flavor name, such as "SCS-16T-64-200s_GNa-72-24_ib". The whole
// name must follow the standard; letters are case-sensitive. Errors name the
// wrong part, its offset in bytes and what is allowed there.
//
// Two spellings are accepted that String does not write: one disk as "1x10" and
// the CPU generation 0, which the standard advises to leave out.
func Parse(name string) (Flavor, error) {
	f, err := parse(name)
	if err != nil {
		return Flavor{}, fmt.Errorf("cannot parse SCS flavor name %q: %w", name, err)
	}
	return f, nil
}

func parse(name string) (Flavor, error) {
	var f Flavor
	s := newScanner(name)
	for _, step := range []func(*scanner, *Flavor) error{parseCPUs, parseMemory, parseDisks} {
		if err := step(s, &f); err != nil {
			return Flavor{}, err
		}
	}
	if err := parseExtensions(s, &f); err != nil {
		return Flavor{}, err
	}
	return f, nil
}

func parseCPUs(s *scanner, f *Flavor) (err error) {
	if !s.accept(Prefix) {
		return s.fail("prefix", fmt.Sprintf("%q", Prefix))
	}
	if f.CPUs, err = s.count("number of CPUs"); err != nil {
		return err
	}
	kind, ok := acceptCode(s, cpuKinds)
	if !ok {
		return s.fail("CPU kind", oneOf(texts(cpuKinds)))
	}
	f.CPUKind = kind
	f.CPUInsecure = s.accept("i")
	return nil
}

func parseMemory(s *scanner, f *Flavor) error {
	if !s.accept("-") {
		return s.fail("CPU suffix", `"-" and the memory, or "i" once before it`)
	}
	start := s.pos
	digits, half := strings.CutSuffix(s.figure(), ".5")
	gib, ok := number(digits)
	if !ok || (gib == 0 && !half) {
		s.pos = start
		return s.fail("memory", `GiB as a positive multiple of 0.5, such as "4" or "3.5"`)
	}
	f.MemoryMiB = int64(gib) * 1024
	if half {
		f.MemoryMiB += 512
	}
	f.MemoryNoECC = s.accept("u")
	f.MemoryOversubscribed = s.accept("o")
	return nil
}

func parseDisks(s *scanner, f *Flavor) (err error) {
	if s.rest() == "" {
		return nil
	}
	if !s.accept("-") {
		return s.fail("memory suffix", `"u" then "o", "-" and a disk, "_" and an extension, or the end`)
	}
	f.Disks = 1
	if s.rest() != "" && strings.ContainsAny(s.rest()[:1], "0123456789.x") {
		if err = parseDiskSize(s, f); err != nil {
			return err
		}
	}
	f.DiskKind, _ = acceptCode(s, diskKinds)
	return s.done("disk kind", oneOf(texts(diskKinds))+`, "_" and an extension, or the end`)
}

// parseDiskSize reads "10" or "3x10".
func parseDiskSize(s *scanner, f *Flavor) error {
	n, err := s.count("disk size in GiB, or number of disks,")
	if err != nil {
		return err
	}
	f.DiskGiB = n
	if !s.accept("x") {
		return nil
	}
	f.Disks = n
	f.DiskGiB, err = s.count("disk size in GiB")
	return err
}

// extension is a part of a name after an underscore.
type extension struct {
	name  string
	is    func(text string) bool
	parse func(*scanner, *Flavor) error
}

// extensions stand in a name in this order, each at most once.
var extensions = []extension{
	{"hypervisor", isHypervisor, parseHypervisor},
	{"nested virtualization", isNestedVirtualization, parseNestedVirtualization},
	{"CPU", isCPU, parseCPU},
	{"GPU", isGPU, parseGPU},
	{"InfiniBand", isInfiniBand, parseInfiniBand},
}

func parseExtensions(s *scanner, f *Flavor) error {
	last := -1
	for s.next() {
		text := s.rest()
		i := slices.IndexFunc(extensions, func(e extension) bool { return e.is(text) })
		if i < 0 {
			return s.fail("extension", oneOf(append(texts(hypervisors), "hwv", "ib"))+
				`, a CPU such as "z3h", or a GPU such as "GNa-14-6h"`)
		}
		if i == last {
			return s.fail("extension", "no second "+extensions[i].name)
		}
		if i < last {
			return s.fail("extension", fmt.Sprintf("the %s before the %s", extensions[i].name, extensions[last].name))
		}
		if err := extensions[i].parse(s, f); err != nil {
			return err
		}
		last = i
	}
	return nil
}
