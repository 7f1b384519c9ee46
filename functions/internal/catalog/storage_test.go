package catalog_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/catalog"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
)

func TestCheckStorage(t *testing.T) {
	wrong := v1alpha1.Price("cheap")
	cases := map[string]struct {
		reason string
		change func(*v1alpha1.PlatformSpec)
		want   string
	}{
		"nothing": {
			"a level may leave everything open: then data is kept",
			func(p *v1alpha1.PlatformSpec) { level(p, "Standard").Storage = v1alpha1.LevelStorage{} }, "",
		},
		"policy": {
			"a slip must not delete data", func(p *v1alpha1.PlatformSpec) { level(p, "Standard").Storage.Keep = "Remove" },
			`spec.serviceLevels[Standard].storage.keep: "Remove" is not a policy. Allowed: Delete, Retain.`,
		},
		"term": {
			"a term has a unit", func(p *v1alpha1.PlatformSpec) { level(p, "Standard").Storage.KeepTerm = "30" },
			`spec.serviceLevels[Standard].storage.keepTerm: "30" is not a number of hours or days. Set for example 30d.`,
		},
		"tool": {
			"a tool of one's own is whole", func(p *v1alpha1.PlatformSpec) { p.Tools = append(p.Tools, v1alpha1.Tool{Name: "mine", Image: "i"}) },
			`spec.tools[mine].version: "" is missing. Set the tag of the image.`,
		},
		"two tools": {
			"one of two would be lost", func(p *v1alpha1.PlatformSpec) { p.Tools = append(p.Tools, p.Tools[0]) },
			`spec.tools: "rclone" is there twice. Keep one entry of that name.`,
		},
		"two performances": {
			"so would a performance", func(p *v1alpha1.PlatformSpec) {
				p.Clouds[0].Performances = append(p.Clouds[0].Performances, p.Clouds[0].Performances[0])
			},
			`spec.clouds[north].performances: "fast" is there twice. Keep one entry of that name.`,
		},
		"price of a performance": {
			"prices are numbers everywhere", func(p *v1alpha1.PlatformSpec) { p.Clouds[0].Performances[0].Prices.Share = &wrong },
			`spec.clouds[north].performances[fast].prices.share: "cheap" is not an amount of money. Set for example 0.08.`,
		},
		"provisioning": {
			"shares are made in one of two ways", func(p *v1alpha1.PlatformSpec) { p.Clouds[0].Shares.Provisioning = "Magic" },
			`spec.clouds[north].shares.provisioning: "Magic" is not a way to make shares. Allowed: Dynamic, Static.`,
		},
		"share network": {
			"an id without the other", func(p *v1alpha1.PlatformSpec) {
				p.Clouds[0].Shares.ShareNetwork = &v1alpha1.CloudShareNetwork{SubnetID: "5f7dbb5a-53f6-4c4e-9a7c-1d1b2f5a6c7d"}
			},
			`spec.clouds[north].shares.shareNetwork: "5f7dbb5a-53f6-4c4e-9a7c-1d1b2f5a6c7d" is one id of two. Set both networkID and subnetID, or neither.`,
		},
		"endpoint": {
			"pods would read it", func(p *v1alpha1.PlatformSpec) { p.Clouds[0].Buckets.Endpoint = "s3" },
			`spec.clouds[north].buckets.endpoint: "s3" is not the address of an S3 API. Set for example https://s3.example.org.`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := plantest.Platform(t)
			tc.change(p)
			got := ""
			if err := catalog.Check(p); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}
