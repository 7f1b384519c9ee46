package policies_test

import (
	"slices"
	"testing"

	"github.com/skerry-dev/skerry/functions/internal/component/certificates"
	"github.com/skerry-dev/skerry/functions/internal/component/cloudprovider"
	"github.com/skerry-dev/skerry/functions/internal/component/cni"
	"github.com/skerry-dev/skerry/functions/internal/component/dns"
	"github.com/skerry-dev/skerry/functions/internal/component/ingress"
	"github.com/skerry-dev/skerry/functions/internal/component/metrics"
	"github.com/skerry-dev/skerry/functions/internal/component/policies"
	"github.com/skerry-dev/skerry/functions/internal/component/storageclasses"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// rooms install something in the cluster. A new one belongs here.
var rooms = []func(*plan.Cluster) (render.Set, error){
	certificates.Render,
	cloudprovider.Render,
	cni.Render,
	dns.Render,
	ingress.Render,
	metrics.Render,
	storageclasses.Render,
}

// TestAddonsAreLeftAlone proves that DefaultDeny doesn't cut off an add-on.
func TestAddonsAreLeftAlone(t *testing.T) {
	for _, plugin := range []string{"Cilium", "Calico"} {
		p := plantest.Cluster(t, network(plugin, "DefaultDeny"))
		for _, room := range rooms {
			set, err := room(p)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range set.Resources {
				rel, ok := r.Body.(*helm.Release)
				if !ok {
					continue
				}
				if ns := rel.Spec.ForProvider.Namespace; !slices.Contains(policies.SystemNamespaces(), ns) {
					t.Errorf("%s is installed into namespace %q, which DefaultDeny would close", r.Key, ns)
				}
			}
		}
	}
}
