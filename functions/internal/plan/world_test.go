package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
)

// world is everything that the plan of a cluster is made from.
type world struct {
	claim      *v1alpha1.KubernetesClusterSpec
	platform   *v1alpha1.PlatformSpec
	have       observed.Set
	remembered string
}

// newWorld returns the test's claim on the example's Platform, with nothing
// there yet.
func newWorld(t testing.TB, change ...func(*world)) *world {
	t.Helper()
	w := &world{claim: plantest.Claim(t), platform: plantest.Platform(t), have: observed.Set{}}
	for _, f := range change {
		if f != nil {
			f(w)
		}
	}
	return w
}

func (w *world) plan() (*plan.Cluster, error) {
	return plan.NewCluster(plantest.Owner(), w.claim, w.world())
}

func (w *world) world() plan.ClusterWorld {
	return plan.ClusterWorld{
		Platform: w.platform, Have: w.have, Now: plantest.Now, Created: plantest.Now,
		Prior: v1alpha1.KubernetesClusterStatus{Version: w.remembered},
	}
}

// cloud is the one that the claim names.
func (w *world) cloud() *v1alpha1.Cloud {
	for i := range w.platform.Clouds {
		if w.platform.Clouds[i].Name == w.claim.Cloud {
			return &w.platform.Clouds[i]
		}
	}
	return nil
}

// level is the one that the claim names.
func (w *world) level() *v1alpha1.ServiceLevel {
	for i := range w.platform.ServiceLevels {
		if w.platform.ServiceLevels[i].Name == w.claim.ServiceLevel {
			return &w.platform.ServiceLevels[i]
		}
	}
	return nil
}

// pool makes the claim's only pool.
func (w *world) pool(p v1alpha1.NodePool) { w.claim.NodePools = []v1alpha1.NodePool{p} }

// planned plans the world, or fails the test.
func planned(t *testing.T, w *world) *plan.Cluster {
	t.Helper()
	p, err := w.plan()
	if err != nil {
		t.Fatalf("cannot plan: %v", err)
	}
	return p
}

// refused says whether the plan should have been refused, and compares the
// message.
func refused(t *testing.T, reason, want string, err error) bool {
	t.Helper()
	got := ""
	if err != nil {
		got = err.Error()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: refusal: -want +got:\n%s", reason, diff)
	}
	return want != "" || err != nil
}

// existing returns an observed resource of YAML.
func existing(t testing.TB, text string) observed.Resource {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("cannot decode test data: %v", err)
	}
	return observed.Resource{Value: observed.Of(v)}
}

func quantity(s string) *resource.Quantity {
	q := resource.MustParse(s)
	return &q
}
