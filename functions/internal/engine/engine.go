// Package engine makes the machines of a cluster.
package engine

import (
	"fmt"

	"github.com/skerry-dev/skerry/functions/internal/engine/clusterapi"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// An Engine turns the plan's control plane and pools into resources.
type Engine interface {
	// Render returns the resources that make the machines.
	Render(p *plan.Cluster) (render.Set, error)
}

// engines by the name that a Platform's cloud gives them.
var engines = map[string]Engine{
	"ClusterAPI": clusterapi.Engine{},
}

// Render renders with the engine of the plan's cloud.
func Render(p *plan.Cluster) (render.Set, error) {
	e, ok := engines[p.Cloud.Engine]
	if !ok {
		return render.Set{}, fmt.Errorf("cannot render machines: no engine is called %q", p.Cloud.Engine)
	}
	return e.Render(p)
}
