package machines

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

func TestFlavor(t *testing.T) {
	o := Options{Flavors: map[string]Flavor{"a1.large": {CPU: 4, MemoryMiB: 16 << 10, DiskGiB: 80, Architecture: "arm64"}}}
	cases := map[string]struct {
		reason string
		want   Flavor
	}{
		"SCS-4V-16-100s":             {"the name says it", Flavor{CPU: 4, MemoryMiB: 16 << 10, DiskGiB: 100, Architecture: "amd64"}},
		"SCS-4V-16":                  {"it has no disk of its own", Flavor{CPU: 4, MemoryMiB: 16 << 10, DiskGiB: 50, Architecture: "amd64"}},
		"SCS-16V-64-256s_GNl-142":    {"with a GPU", Flavor{CPU: 16, MemoryMiB: 64 << 10, DiskGiB: 256, Architecture: "amd64"}},
		"a1.large":                   {"somebody says it", Flavor{CPU: 4, MemoryMiB: 16 << 10, DiskGiB: 80, Architecture: "arm64"}},
		"m1.small":                   {"nobody says it", Flavor{CPU: 4, MemoryMiB: 16 << 10, DiskGiB: 50, Architecture: "amd64"}},
		"SCS-99999999999999999999-1": {"no flavor of the standard", Flavor{CPU: 4, MemoryMiB: 16 << 10, DiskGiB: 50, Architecture: "amd64"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, o.flavor(name)); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestOfferedImage(t *testing.T) {
	some := Options{Catalogue: cloud.Catalogue{Images: []cloud.Offer{{ID: "id-1", Name: "one"}, {Name: "two"}}}}
	cases := map[string]struct {
		options Options
		named   string
		want    cloud.Offer
		ok      bool
	}{
		"by name":        {some, "one", cloud.Offer{ID: "id-1", Name: "one"}, true},
		"by ID":          {some, "id-1", cloud.Offer{ID: "id-1", Name: "one"}, true},
		"without an ID":  {some, "two", cloud.Offer{ID: idOf("two"), Name: "two"}, true},
		"not offered":    {some, "three", cloud.Offer{}, false},
		"any is offered": {Options{}, "three", cloud.Offer{ID: idOf("three"), Name: "three"}, true},
		"not named":      {Options{}, "", cloud.Offer{}, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, ok := tc.options.image(tc.named)
			if diff := cmp.Diff(tc.want, got); diff != "" || ok != tc.ok {
				t.Errorf("got %v, want %v: -want +got:\n%s", ok, tc.ok, diff)
			}
		})
	}
}
