// Package protection refuses the deletion of a claim that is protected.
package protection

import (
	"fmt"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// Key of the Usage of the claim, and the beginning of the composite's.
const Key = "deletion-protection"

// Render returns a Usage of the claim itself without a user: Crossplane's
// webhook then refuses `kubectl delete` at once, with the reason.
func Render(p *plan.Cluster) (render.Set, error) {
	s := render.Set{Families: []render.Family{{Prefix: Key, Withdraw: !p.DeletionProtection}}}
	if !p.DeletionProtection {
		return s, nil
	}
	u := kubernetes.NewUsage(p.Team.Namespace, p.Home.Name(Key), kubernetes.UsageSpec{
		Of: kubernetes.UsageResource{
			APIVersion:  v1alpha1.APIVersion,
			Kind:        p.Team.Kind,
			ResourceRef: external.NameRef{Name: p.Team.Name},
		},
		Reason: reason(p),
	})
	s.Add(render.Resource{Key: Key, Body: u, Ready: readiness.Managed})
	if p.Composite != "" {
		s.Add(composite(p))
	}
	return s, nil
}

// composite protects a claim's composite too. When the team's namespace goes,
// the Usage in it goes first; the cluster then still stays.
func composite(p *plan.Cluster) render.Resource {
	u := kubernetes.NewUsage("", p.Home.Name(Key), kubernetes.UsageSpec{
		Of: kubernetes.UsageResource{
			APIVersion:  v1alpha1.APIVersion,
			Kind:        p.Composite,
			ResourceRef: external.NameRef{Name: p.Home.Prefix},
		},
		Reason: reason(p),
	})
	u.Kind = "ClusterUsage"
	return render.Resource{Key: Key + "-composite", Body: u, Ready: readiness.Managed}
}

func reason(p *plan.Cluster) string {
	return fmt.Sprintf("%s %s is protected. Set spec.deletionProtection to false before you delete it.", p.Team.Kind, p.Team.Name)
}
