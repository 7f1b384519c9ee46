// Package cni installs the network plugin that a cluster asks for, Cilium or
// Calico.
//
// It knows no network policies.
package cni

import (
	"fmt"

	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// Render returns the releases of the network plugin.
//
// None of them waits for its pods. A plugin has a pod on every node, so waiting
// would tie the release to the health of each node, and a large cluster rolls
// for longer than Helm waits. Whether the network works is what the nodes'
// readiness says: a node isn't ready without it.
//
// They come after nothing but the Kubernetes API: the plugins' pods use the
// host's network and tolerate nodes that are not ready or not yet initialised by
// the cloud provider, which in turn doesn't wait for them.
func Render(p *plan.Cluster) (render.Set, error) {
	switch p.Network.CNI {
	case "Cilium":
		return cilium(p)
	case "Calico":
		return calico(p)
	}
	return render.Set{}, fmt.Errorf("cannot render network plugin %q: it is not known", p.Network.CNI)
}

// Key returns the key of the release after which pods can get a network. What
// needs one comes after it.
func Key(p *plan.Cluster) string {
	if p.Network.CNI == "Calico" {
		return addon.Key(nameCalico)
	}
	return addon.Key(nameCilium)
}
