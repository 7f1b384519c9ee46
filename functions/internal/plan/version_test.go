package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

// versions is a catalogue of the test's own, with images for everything that it
// says or said.
func versions(w *world) {
	w.platform.KubernetesVersions = []v1alpha1.KubernetesVersion{
		{Name: "1.36", Patch: "1.36.2", Support: "Supported"},
		{Name: "1.33", Patch: "1.33.8", Support: "Ended"},
		{Name: "1.34", Patch: "1.34.6", Support: "Ended"},
		{Name: "1.35", Patch: "1.35.4", Support: "Deprecated"},
	}
	for i := range w.platform.ServiceLevels {
		w.platform.ServiceLevels[i].Maintenance.AfterSupport = v1alpha1.AfterSupportKeep
	}
	w.cloud().Images = nil
	for _, v := range []string{"1.33.8", "1.34.3", "1.34.6", "1.35.1", "1.35.4", "1.36.1", "1.36.2", "1.36.5"} {
		w.cloud().Images = append(w.cloud().Images, v1alpha1.Image{Name: "kube-" + v, KubernetesVersion: v})
	}
}

// What Cluster API says of a cluster, as conditions.
const (
	settled   = `{type: TopologyReconciled, status: "True"}, {type: RollingOut, status: "False"}`
	quiet     = `{type: TopologyReconciled, status: "True"}`
	upgrading = `{type: TopologyReconciled, status: "False", reason: ClusterUpgrading}`
	rolling   = `{type: TopologyReconciled, status: "True"}, {type: RollingOut, status: "True"}`
	unknown   = `{type: TopologyReconciled, status: Unknown}`
	silent    = ``
)

func TestVersion(t *testing.T) {
	// What is said of the support of the minor that runs.
	support := map[string]string{
		"1.33": "Support for Kubernetes 1.33 has ended. Set spec.version to a newer minor.",
		"1.34": "Support for Kubernetes 1.34 has ended. Set spec.version to a newer minor.",
		"1.35": "Kubernetes 1.35 is near its end of support. Plan to set spec.version to a newer minor.",
	}
	at := func(minor, patch, target string) plan.Version {
		return plan.Version{Minor: minor, Patch: patch, Target: target}
	}
	cases := map[string]struct {
		reason     string
		claim      string
		runs       string // what the Cluster's topology has, or "" without a Cluster
		says       string // the Cluster's conditions
		remembered string
		change     func(*world)
		want       plan.Version
		refused    string
	}{
		"new":                {reason: "a new cluster begins at the claim's minor, whatever came before", claim: "1.36", want: at("1.36", "1.36.2", "1.36")},
		"new and deprecated": {reason: "it can be ordered, with a warning", claim: "1.35", want: at("1.35", "1.35.4", "1.35")},
		"same":               {reason: "nothing to do", claim: "1.36", runs: "v1.36.2", says: settled, want: at("1.36", "1.36.2", "1.36")},

		"first step":       {reason: "Kubernetes goes up one minor at a time", claim: "1.36", runs: "v1.34.6", says: settled, want: at("1.35", "1.35.4", "1.36")},
		"second step":      {reason: "and on, once there", claim: "1.36", runs: "v1.35.4", says: settled, want: at("1.36", "1.36.2", "1.36")},
		"old patch":        {reason: "the way up needs no newest patch of the old minor", claim: "1.36", runs: "v1.34.3", says: settled, want: at("1.35", "1.35.4", "1.36")},
		"through ended":    {reason: "an ended minor can be passed through", claim: "1.35", runs: "v1.33.8", says: settled, want: at("1.34", "1.34.6", "1.35")},
		"no such step":     {reason: "a minor in between that nobody offers can't be skipped", claim: "1.36", runs: "v1.33.8", says: settled, change: without("1.34"), refused: `spec.version: "1.34" is not a Kubernetes version that this platform offers. Allowed: 1.35, 1.36.`},
		"RollingOut unset": {reason: "a Cluster that never rolled has no such condition", claim: "1.36", runs: "v1.35.4", says: quiet, want: at("1.36", "1.36.2", "1.36")},

		"waits while upgrading":    {reason: "Cluster API refuses a change of version during another", claim: "1.36", runs: "v1.35.4", says: upgrading, want: at("1.35", "1.35.4", "1.36")},
		"waits while rolling":      {reason: "machines are still being replaced", claim: "1.36", runs: "v1.35.4", says: rolling, want: at("1.35", "1.35.4", "1.36")},
		"waits while unknown":      {reason: "not known to be settled is not settled", claim: "1.36", runs: "v1.35.4", says: unknown, want: at("1.35", "1.35.4", "1.36")},
		"waits before conditions":  {reason: "a Cluster that nobody has looked at isn't settled", claim: "1.36", runs: "v1.35.4", says: silent, want: at("1.35", "1.35.4", "1.36")},
		"patch waits":              {reason: "a patch is a change of version too", claim: "1.36", runs: "v1.36.1", says: rolling, want: at("1.36", "1.36.1", "1.36")},
		"patch up":                 {reason: "patches come by themselves", claim: "1.36", runs: "v1.36.1", says: settled, want: at("1.36", "1.36.2", "1.36")},
		"patch never down":         {reason: "a patch that the Platform has taken back stays where it runs", claim: "1.36", runs: "v1.36.5", says: settled, want: at("1.36", "1.36.5", "1.36")},
		"remembered":               {reason: "a cluster whose Cluster can't be observed stays where it is", claim: "1.36", remembered: "v1.34.3", want: at("1.34", "1.34.3", "1.36")},
		"remembered patch":         {reason: "it gets no patch either", claim: "1.36", remembered: "v1.36.1", want: at("1.36", "1.36.1", "1.36")},
		"observed over remembered": {reason: "the status is older than the Cluster", claim: "1.36", runs: "v1.35.4", remembered: "v1.34.6", says: upgrading, want: at("1.35", "1.35.4", "1.36")},

		"stays on ended":        {reason: "a cluster that runs goes on, with its patches and a warning", claim: "1.34", runs: "v1.34.3", says: settled, want: at("1.34", "1.34.6", "1.34")},
		"remembered on ended":   {reason: "the same without its Cluster", claim: "1.34", remembered: "v1.34.3", want: at("1.34", "1.34.3", "1.34")},
		"ended is not ordered":  {reason: "a new cluster can't have it", claim: "1.34", refused: `spec.version: "1.34" is not a Kubernetes version that this platform offers. Allowed: 1.35, 1.36.`},
		"ended is not a target": {reason: "nor can an old one go there and stay", claim: "1.34", runs: "v1.33.8", says: settled, refused: `spec.version: "1.34" is not a Kubernetes version that this platform offers. Allowed: 1.35, 1.36.`},
		"taken away":            {reason: "a minor that the catalogue no longer has can't be served", claim: "1.35", runs: "v1.35.4", says: settled, change: without("1.35"), refused: `spec.version: "1.35" is not a Kubernetes version that this platform offers. Allowed: 1.36.`},
		"down":                  {reason: "Kubernetes has no downgrade: what has moved up by itself stays", claim: "1.35", runs: "v1.36.2", says: settled, want: at("1.36", "1.36.2", "1.36")},
		"down from remembered":  {reason: "nor without its Cluster", claim: "1.35", remembered: "v1.36.2", want: at("1.36", "1.36.2", "1.36")},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, versions, tc.change)
			w.claim.Version, w.remembered = tc.claim, tc.remembered
			if tc.runs != "" {
				w.have[plan.KeyCluster] = existing(t, fmt.Sprintf(`{spec: {topology: {version: %s}}, status: {conditions: [%s]}}`, tc.runs, tc.says))
			}
			p, err := w.plan()
			if refused(t, tc.reason, tc.refused, err) {
				return
			}
			if diff := cmp.Diff(tc.want, p.Version); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
			runs := strings.TrimPrefix(tc.runs+tc.remembered, "v") + tc.claim
			if tc.runs != "" {
				runs = tc.runs[1:]
			}
			if diff := cmp.Diff(support[runs[:4]], p.Support.Message); diff != "" {
				t.Errorf("%s: support: -want +got:\n%s", tc.reason, diff)
			}
			if want := "kube-" + p.Version.Patch; p.ControlPlane.Image != want || p.Pools[0].Image != want {
				t.Errorf("%s: images %q and %q, want both %q", tc.reason, p.ControlPlane.Image, p.Pools[0].Image, want)
			}
			if got, want := p.Version.Tag(), "v"+tc.want.Patch; got != want {
				t.Errorf("%s: tag %q, want %q", tc.reason, got, want)
			}
		})
	}
}

// without takes a minor out of the catalogue.
func without(minor string) func(*world) {
	return func(w *world) {
		var left []v1alpha1.KubernetesVersion
		for _, v := range w.platform.KubernetesVersions {
			if v.Name != minor {
				left = append(left, v)
			}
		}
		w.platform.KubernetesVersions = left
	}
}

// A cluster goes from one minor to another in steps, each of which must have
// settled, and never skips or repeats one.
func TestVersionWayUp(t *testing.T) {
	w := newWorld(t, versions)
	w.claim.Version = "1.36"
	runs, says := "v1.33.8", settled
	var way []string
	for range 8 {
		w.have[plan.KeyCluster] = existing(t, fmt.Sprintf(`{spec: {topology: {version: %s}}, status: {conditions: [%s]}}`, runs, says))
		next := planned(t, w).Version.Tag()
		says = settled
		if next != runs {
			way = append(way, next)
			says = upgrading // Cluster API begins with the step.
		}
		runs = next
	}
	if diff := cmp.Diff([]string{"v1.34.6", "v1.35.4", "v1.36.2"}, way); diff != "" {
		t.Errorf("the way from 1.33 to 1.36: -want +got:\n%s", diff)
	}
}
