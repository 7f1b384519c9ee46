package plan_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

func TestAddons(t *testing.T) {
	base := v1alpha1.Addon{Name: "a", Chart: "chart", Repository: "https://charts.example.org", Version: "2.36.0", ImageTag: "v1"}
	with := func(change func(*v1alpha1.Addon)) v1alpha1.Addon {
		a := base
		change(&a)
		return a
	}
	minors := func(of ...v1alpha1.AddonKubernetesVersion) v1alpha1.Addon {
		return with(func(a *v1alpha1.Addon) { a.KubernetesVersions = of })
	}
	values := func(raw string) v1alpha1.Addon {
		return with(func(a *v1alpha1.Addon) { a.Values = &runtime.RawExtension{Raw: []byte(raw)} })
	}
	cases := map[string]struct {
		reason  string
		addon   v1alpha1.Addon
		runs    string
		want    plan.Addon
		refused string
	}{
		"plain":       {reason: "the catalogue's version", addon: base, want: plan.Addon{Version: "2.36.0", ImageTag: "v1"}},
		"for minor":   {reason: "the version that goes with the minor", addon: minors(v1alpha1.AddonKubernetesVersion{Name: "1.35", Version: "2.35.0"}, v1alpha1.AddonKubernetesVersion{Name: "1.36", Version: "2.36.9", ImageTag: "v2"}), want: plan.Addon{Minor: "1.36", Version: "2.36.9", ImageTag: "v2"}},
		"for others":  {reason: "other minors' don't matter", addon: minors(v1alpha1.AddonKubernetesVersion{Name: "1.35", Version: "2.35.0"}), want: plan.Addon{Minor: "1.36", Version: "2.36.0", ImageTag: "v1"}},
		"only image":  {reason: "what the entry leaves out is the add-on's", addon: minors(v1alpha1.AddonKubernetesVersion{Name: "1.36", ImageTag: "v3"}), want: plan.Addon{Minor: "1.36", Version: "2.36.0", ImageTag: "v3"}},
		"only chart":  {reason: "and the other way round", addon: minors(v1alpha1.AddonKubernetesVersion{Name: "1.36", Version: "2.36.9"}), want: plan.Addon{Minor: "1.36", Version: "2.36.9", ImageTag: "v1"}},
		"on its way":  {reason: "the minor is the one that the machines are being brought to, not the next step's or the claim's", addon: minors(v1alpha1.AddonKubernetesVersion{Name: "1.35", Version: "2.35.0"}), runs: "v1.35.1", want: plan.Addon{Minor: "1.35", Version: "2.35.0", ImageTag: "v1"}},
		"values":      {reason: "the platform's values, as they are", addon: values(`{"a":{"b":[1,"x",null]}}`), want: plan.Addon{Version: "2.36.0", ImageTag: "v1", Values: map[string]any{"a": map[string]any{"b": []any{1.0, "x", nil}}}}},
		"no values":   {reason: "an empty field is none", addon: values(``), want: plan.Addon{Version: "2.36.0", ImageTag: "v1"}},
		"null values": {reason: "nor is null", addon: values(`null`), want: plan.Addon{Version: "2.36.0", ImageTag: "v1"}},
		"no map": {
			reason: "Helm takes nothing else", addon: values(`["a"]`),
			refused: `Platform spec.addons[a].values: "[\"a\"]" is not a map of values. Set Helm values as a map.`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, versions)
			w.platform.Addons = []v1alpha1.Addon{tc.addon}
			if tc.runs != "" {
				w.have[plan.KeyCluster] = existing(t, fmt.Sprintf(`{spec: {topology: {version: %s}}, status: {conditions: [%s]}}`, tc.runs, settled))
			}
			p, err := w.plan()
			if refused(t, tc.reason, tc.refused, err) {
				return
			}
			tc.want.Name, tc.want.Chart, tc.want.Repository = base.Name, base.Chart, base.Repository
			if diff := cmp.Diff(map[string]plan.Addon{"a": tc.want}, p.Addons); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}
