package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

func gpu(resource string, count int32) *v1alpha1.GPU {
	return &v1alpha1.GPU{ResourceName: resource, Count: count}
}

func TestFlavor(t *testing.T) {
	cases := map[string]struct {
		reason string
		in     v1alpha1.Flavor
		want   plan.Flavor
	}{
		"name": {
			reason: "a name after the SCS standard says everything",
			in:     v1alpha1.Flavor{Name: "SCS-4V-16-100s"},
			want:   plan.Flavor{CPU: 4, MemoryMiB: 16384, DiskGiB: 100, Architecture: "amd64"},
		},
		"half a gibibyte": {
			reason: "names count memory in halves",
			in:     v1alpha1.Flavor{Name: "SCS-1L-0.5-5"},
			want:   plan.Flavor{CPU: 1, MemoryMiB: 512, DiskGiB: 5, Architecture: "amd64"},
		},
		"diskless": {
			reason: "a name without a disk promises none",
			in:     v1alpha1.Flavor{Name: "SCS-4V-16"},
			want:   plan.Flavor{CPU: 4, MemoryMiB: 16384, Architecture: "amd64"},
		},
		"several disks": {
			reason: "the system lives on one of them",
			in:     v1alpha1.Flavor{Name: "SCS-4V-16-2x50s"},
			want:   plan.Flavor{CPU: 4, MemoryMiB: 16384, DiskGiB: 50, Architecture: "amd64"},
		},
		"arm name": {
			reason: "the name says the architecture",
			in:     v1alpha1.Flavor{Name: "SCS-4V-16-100s_a2"},
			want:   plan.Flavor{CPU: 4, MemoryMiB: 16384, DiskGiB: 100, Architecture: "arm64"},
		},
		"NVIDIA name": {
			reason: "pods ask for the vendor's resource",
			in:     v1alpha1.Flavor{Name: "SCS-16V-64-256s_GNl-142"},
			want:   plan.Flavor{CPU: 16, MemoryMiB: 65536, DiskGiB: 256, Architecture: "amd64", GPU: gpu("nvidia.com/gpu", 1)},
		},
		"AMD name": {
			reason: "and each vendor has its own",
			in:     v1alpha1.Flavor{Name: "SCS-16V-64-256s_GA3"},
			want:   plan.Flavor{CPU: 16, MemoryMiB: 65536, DiskGiB: 256, Architecture: "amd64", GPU: gpu("amd.com/gpu", 1)},
		},
		"Intel name": {
			reason: "Intel's too",
			in:     v1alpha1.Flavor{Name: "SCS-16V-64-256s_GI3"},
			want:   plan.Flavor{CPU: 16, MemoryMiB: 65536, DiskGiB: 256, Architecture: "amd64", GPU: gpu("gpu.intel.com/i915", 1)},
		},
		"catalogue": {
			reason: "other names say nothing, the catalogue everything",
			in:     v1alpha1.Flavor{Name: "m1.large", CPU: 4, Memory: quantity("16Gi"), Disk: quantity("80Gi")},
			want:   plan.Flavor{CPU: 4, MemoryMiB: 16384, DiskGiB: 80, Architecture: "amd64"},
		},
		"catalogue over name": {
			reason: "the platform team knows its cloud better than a name, field by field",
			in:     v1alpha1.Flavor{Name: "SCS-4V-16-100s_GNl", CPU: 8, Disk: quantity("0"), GPU: gpu("example.org/gpu", 2)},
			want:   plan.Flavor{CPU: 8, MemoryMiB: 16384, Architecture: "amd64", GPU: gpu("example.org/gpu", 2)},
		},
		"disk of a diskless name": {
			reason: "an absent part of a name means not promised, never not there",
			in:     v1alpha1.Flavor{Name: "SCS-4V-16", Disk: quantity("40Gi")},
			want:   plan.Flavor{CPU: 4, MemoryMiB: 16384, DiskGiB: 40, Architecture: "amd64"},
		},
		"not a name after all": {
			reason: "a name that only looks like one is a name like any other",
			in:     v1alpha1.Flavor{Name: "SCS-custom", CPU: 2, Memory: quantity("4Gi"), Disk: quantity("20Gi"), Architecture: "arm64"},
			want:   plan.Flavor{CPU: 2, MemoryMiB: 4096, DiskGiB: 20, Architecture: "arm64"},
		},
		"decimal units": {
			reason: "a flavor is never taken for larger than it is",
			in:     v1alpha1.Flavor{Name: "m1.decimal", CPU: 2, Memory: quantity("16G"), Disk: quantity("80G")},
			want:   plan.Flavor{CPU: 2, MemoryMiB: 15258, DiskGiB: 74, Architecture: "amd64"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			replicas := int32(1)
			w := newWorld(t)
			w.claim.ControlPlane.Flavor = "SCS-2V-8-20s"
			w.cloud().Flavors = append(w.cloud().Flavors[:2:2], tc.in)
			w.pool(v1alpha1.NodePool{Name: "web", Flavor: tc.in.Name, Replicas: &replicas})
			tc.want.Name = tc.in.Name
			if diff := cmp.Diff(tc.want, planned(t, w).Pools[0].Flavor); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// The image goes with the architecture of the flavor, pool by pool.
func TestImageOfArchitecture(t *testing.T) {
	replicas := int32(1)
	w := newWorld(t)
	w.claim.NodePools = []v1alpha1.NodePool{
		{Name: "arm", Flavor: "a1.large", Replicas: &replicas, Architecture: "arm64"},
		{Name: "web", Flavor: "SCS-4V-16-100s", Replicas: &replicas},
	}
	p := planned(t, w)
	got := []string{p.ControlPlane.Image, p.Pools[0].Image, p.Pools[1].Image}
	plain := "ubuntu-2404-kube-v" + p.Version.Patch
	if diff := cmp.Diff([]string{plain, plain + "-arm64", plain}, got); diff != "" {
		t.Errorf("images of control plane, arm and web: -want +got:\n%s", diff)
	}
}

func TestSmallestFlavor(t *testing.T) {
	cases := map[string]struct {
		reason  string
		flavors []v1alpha1.Flavor
		cpu     int32
		memory  string
		want    string
		refused string
	}{
		"memory first": {
			reason: "memory costs most", flavors: named("SCS-2V-16-50s", "SCS-8V-8-50s"), cpu: 2, memory: "4Gi", want: "SCS-8V-8-50s",
		},
		"then processors": {
			reason: "with equal memory the fewer processors", flavors: named("SCS-16V-8-50s", "SCS-2V-8-50s"), cpu: 2, memory: "4Gi", want: "SCS-2V-8-50s",
		},
		"then a disk": {
			reason: "a disk of its own spares a volume", flavors: named("SCS-2V-8", "SCS-2V-8-50s"), cpu: 2, memory: "4Gi", want: "SCS-2V-8-50s",
		},
		"then the name": {
			reason: "the size of the disk decides nothing", flavors: named("SCS-2V-8-50s", "SCS-2V-8-20s"), cpu: 2, memory: "4Gi", want: "SCS-2V-8-20s",
		},
		"enough processors": {
			reason: "too few processors don't do", flavors: named("SCS-2V-8-50s", "SCS-4V-16-50s"), cpu: 4, memory: "4Gi", want: "SCS-4V-16-50s",
		},
		"enough memory": {
			reason: "nor too little memory", flavors: named("SCS-4V-4-50s", "SCS-4V-16-50s"), cpu: 2, memory: "8Gi", want: "SCS-4V-16-50s",
		},
		"exactly enough": {
			reason: "the least is included", flavors: named("SCS-4V-8-50s", "SCS-4V-16-50s"), cpu: 4, memory: "8Gi", want: "SCS-4V-8-50s",
		},
		"no least": {
			reason: "a level may leave it open", flavors: named("SCS-4V-8-50s", "SCS-1V-2-50s"), want: "SCS-1V-2-50s",
		},
		"no GPU": {
			reason: "a control plane needs none", flavors: named("SCS-2V-8-50s_GNl", "SCS-4V-16-50s"), cpu: 2, memory: "4Gi", want: "SCS-4V-16-50s",
		},
		"no arm": {
			reason: "another architecture is a decision for people", flavors: named("SCS-2V-8-50s_a2", "SCS-4V-16-50s"), cpu: 2, memory: "4Gi", want: "SCS-4V-16-50s",
		},
		"as the catalogue says": {
			reason:  "what the catalogue says of a flavor counts, not its name",
			flavors: []v1alpha1.Flavor{{Name: "SCS-2V-8-50s", Memory: quantity("32Gi")}, {Name: "SCS-4V-16-50s"}}, cpu: 2, memory: "4Gi", want: "SCS-4V-16-50s",
		},
		"none": {
			reason: "then the claim must name one", flavors: named("SCS-2V-8-50s"), cpu: 4, memory: "16Gi",
			refused: `spec.controlPlane.flavor: "" has no default: cloud "north" has no flavor with a disk, 4 processors and the memory (16Gi) that service level "Standard" wants. Name a flavor.`,
		},
	}
	for name, tc := range cases {
		for _, reversed := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				w := newWorld(t)
				replicas := int32(1)
				w.pool(v1alpha1.NodePool{Name: "web", Flavor: tc.flavors[0].Name, Replicas: &replicas})
				w.cloud().Flavors = tc.flavors
				for _, arch := range []v1alpha1.Architecture{"arm64", "amd64"} {
					w.cloud().Images = append(w.cloud().Images, v1alpha1.Image{Name: "any", KubernetesVersion: "1.36.2", Architecture: arch})
				}
				if reversed { // The order of the catalogue decides nothing.
					slices.Reverse(w.cloud().Flavors)
				}
				w.level().ControlPlane.MinCPU, w.level().ControlPlane.MinMemory = tc.cpu, nil
				if tc.memory != "" {
					w.level().ControlPlane.MinMemory = quantity(tc.memory)
				}
				p, err := w.plan()
				if refused(t, tc.reason, tc.refused, err) {
					return
				}
				if diff := cmp.Diff(tc.want, p.ControlPlane.Flavor.Name); diff != "" {
					t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
				}
			})
		}
	}
}

func named(names ...string) []v1alpha1.Flavor {
	out := make([]v1alpha1.Flavor, 0, len(names))
	for _, n := range names {
		out = append(out, v1alpha1.Flavor{Name: n})
	}
	return out
}
