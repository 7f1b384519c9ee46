// Package metrics installs metrics-server: what `kubectl top` shows and what
// workloads are scaled by.
//
// It is not monitoring: it keeps no history.
package metrics

import (
	_ "embed"

	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/component/cloudprovider"
	"github.com/skerry-dev/skerry/functions/internal/component/cni"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

const name = "metrics-server"

//go:embed values.yaml
var valuesYAML []byte

var fixed = addon.Parse(valuesYAML)

// values are what the plan varies.
type values struct {
	Replicas                  int32              `json:"replicas"`
	PodDisruptionBudget       *addon.Budget      `json:"podDisruptionBudget,omitempty"`
	TopologySpreadConstraints []addon.Constraint `json:"topologySpreadConstraints,omitempty"`
}

// Render returns the release. It doesn't wait for its pods: in a cluster whose
// pools are empty there is no node for them yet, and nothing depends on them.
func Render(p *plan.Cluster) (render.Set, error) {
	r, err := addon.Render(p, addon.Release{
		Name:      name,
		Namespace: "kube-system",
		Fixed:     fixed,
		Values: &values{
			Replicas:                  p.Replicas.Count,
			PodDisruptionBudget:       addon.DisruptionBudget(p),
			TopologySpreadConstraints: addon.Spread(p, map[string]string{"app.kubernetes.io/instance": name}),
		},
		After: []string{cni.Key(p), cloudprovider.Key()},
	})
	return render.Set{Resources: []render.Resource{r}}, err
}
