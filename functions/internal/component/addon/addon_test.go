package addon_test

import (
	"strings"
	"testing"

	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

func release(t *testing.T, prefix string, r addon.Release) *helm.Release {
	t.Helper()
	p := &plan.Cluster{
		Owner:  plan.Owner{Home: plan.Home{Namespace: "skerry-system", Prefix: prefix}},
		Addons: map[string]plan.Addon{r.Name: {Chart: "example"}},
	}
	out, err := addon.Render(p, r)
	if err != nil {
		t.Fatal(err)
	}
	return out.Body.(*helm.Release)
}

func TestReleaseName(t *testing.T) {
	long := strings.Repeat("x", 44) + "-ab12c"
	cases := map[string]struct {
		reason  string
		prefix  string
		release addon.Release
		want    string
	}{
		"InCluster":    {"In the cluster there is no other release of the name.", long, addon.Release{Name: "cluster-autoscaler"}, "cluster-autoscaler"},
		"OnManagement": {"On the management cluster the name says whose it is.", "shop-x7k2p", addon.Release{Name: "cluster-autoscaler", OnManagement: true}, "shop-x7k2p-cluster-autoscaler"},
		"Long":         {"Helm refuses names of more than 53 characters.", long, addon.Release{Name: "cluster-autoscaler", OnManagement: true}, strings.Repeat("x", 44) + "-1f5fc049"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := release(t, tc.prefix, tc.release).Metadata.Annotations["crossplane.io/external-name"]
			if got != tc.want {
				t.Errorf("%s Want %s, got %s", tc.reason, tc.want, got)
			}
		})
	}
}

func TestLongReleaseNamesDiffer(t *testing.T) {
	name := func(end string) string {
		r := release(t, strings.Repeat("x", 44)+end, addon.Release{Name: "cluster-autoscaler", OnManagement: true})
		return r.Metadata.Annotations["crossplane.io/external-name"]
	}
	if a, b := name("-ab12c"), name("-ab12d"); a == b {
		t.Errorf("two clusters have one release: %s", a)
	}
}

// A release that failed or was interrupted is tried again; only one that owns
// resources in the cloud waits, so that they are gone before the cluster is.
func TestReleaseIsRetried(t *testing.T) {
	cases := map[string]struct {
		reason  string
		release addon.Release
		waits   bool
	}{
		"InCluster": {"Pods that start slowly must not cost what is installed.", addon.Release{Name: "cilium"}, false},
		"OwnsCloud": {"Uninstalling must wait for the load balancer.", addon.Release{Name: "traefik", OwnsCloud: true}, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			r := release(t, "shop", tc.release)
			if r.Spec.RollbackLimit == nil {
				t.Errorf("%s it is never tried again", name)
			}
			if r.Spec.ForProvider.Wait != tc.waits {
				t.Errorf("%s Want wait: %t, got %t", tc.reason, tc.waits, r.Spec.ForProvider.Wait)
			}
		})
	}
}
