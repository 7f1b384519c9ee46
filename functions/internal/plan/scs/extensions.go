package scs

import (
	"fmt"
	"slices"
	"strings"
)

func isHypervisor(text string) bool {
	return slices.Contains(texts(hypervisors), text)
}

func parseHypervisor(s *scanner, f *Flavor) error {
	f.Hypervisor, _ = acceptCode(s, hypervisors)
	return nil
}

func isNestedVirtualization(text string) bool {
	return text == "hwv"
}

func parseNestedVirtualization(s *scanner, f *Flavor) error {
	f.NestedVirtualization = s.accept("hwv")
	return nil
}

func isInfiniBand(text string) bool {
	return text == "ib"
}

func parseInfiniBand(s *scanner, f *Flavor) error {
	f.InfiniBand = s.accept("ib")
	return nil
}

// isCPU goes by the first letter, so that what follows a vendor gets an error of
// its own. InfiniBand begins with the letter of Intel.
func isCPU(text string) bool {
	known := func(letter string) bool { return strings.HasPrefix(text, letter) }
	return slices.ContainsFunc(texts(cpuVendors), known) && !isInfiniBand(text)
}

// parseCPU reads "z", "z3" or "z3hh".
func parseCPU(s *scanner, f *Flavor) error {
	f.CPUVendor, _ = acceptCode(s, cpuVendors)
	newest := newestCPUGeneration[f.CPUVendor]
	start := s.pos
	if digits := s.figure(); digits != "" {
		n, ok := number(digits)
		if !ok || n > newest {
			s.pos = start
			return s.fail("CPU generation", fmt.Sprintf("none, or a number from 0 to %d for %q", newest, f.CPUVendor))
		}
		f.CPUGeneration = n
	}
	f.CPUFrequencyLevel = s.repeat("h", highestCPUFrequency)
	return s.done("CPU extension", fmt.Sprintf(`at most a generation from 0 to %d and then up to %d times "h" for %q`,
		newest, highestCPUFrequency, f.CPUVendor))
}

func isGPU(text string) bool {
	return strings.HasPrefix(text, "G") || strings.HasPrefix(text, "g")
}

// parseGPU reads "GN", "GNa", "GNa-14h" or "gNa-14h-6h".
func parseGPU(s *scanner, f *Flavor) error {
	f.GPU.Virtualized = s.accept("g")
	if !f.GPU.Virtualized {
		s.accept("G")
	}
	vendor, ok := acceptCode(s, gpuVendors)
	if !ok {
		return s.fail("GPU vendor", oneOf(texts(gpuVendors)))
	}
	f.GPU.Vendor = vendor
	if err := parseGPUGeneration(s, f); err != nil {
		return err
	}
	return parseGPUSize(s, f)
}

func parseGPUGeneration(s *scanner, f *Flavor) error {
	text, _, _ := strings.Cut(s.rest(), "-")
	known := gpuGenerations[f.GPU.Vendor]
	if text != "" && !slices.Contains(known, text) {
		return s.fail("GPU generation", fmt.Sprintf("none, or %s for %q", oneOf(known), f.GPU.Vendor))
	}
	s.pos += len(text)
	f.GPU.Generation = text
	return nil
}

// parseGPUSize reads processing units and video memory. The standard's short
// form of the grammar lets units follow a vendor without a generation.
func parseGPUSize(s *scanner, f *Flavor) (err error) {
	if s.rest() == "" {
		return nil
	}
	s.accept("-") // nothing else can follow a generation
	if f.GPU.Units, err = s.count("GPU processing units"); err != nil {
		return err
	}
	f.GPU.FrequencyLevel = s.repeat("h", highestGPUFrequency)
	if s.rest() == "" {
		return nil
	}
	if !s.accept("-") {
		return s.fail("GPU processing units", fmt.Sprintf(`up to %d times "h", "-" and the video memory, or the end`, highestGPUFrequency))
	}
	if f.GPU.VideoMemoryGiB, err = s.count("GPU video memory in GiB"); err != nil {
		return err
	}
	f.GPU.HighBandwidth = s.accept("h")
	return s.done("GPU video memory", `"h" once, "_" and an extension, or the end`)
}
