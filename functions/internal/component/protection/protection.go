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

const key = "deletion-protection"

// Render returns a Usage of the claim itself without a user: Crossplane's
// webhook then refuses `kubectl delete` at once, with the reason.
func Render(p *plan.Cluster) (render.Set, error) {
	s := render.Set{Families: []render.Family{{Prefix: key, Withdraw: !p.DeletionProtection}}}
	if !p.DeletionProtection {
		return s, nil
	}
	u := kubernetes.NewUsage(p.Team.Namespace, p.Home.Name(key), kubernetes.UsageSpec{
		Of: kubernetes.UsageResource{
			APIVersion:  v1alpha1.APIVersion,
			Kind:        p.Team.Kind,
			ResourceRef: external.NameRef{Name: p.Team.Name},
		},
		Reason: fmt.Sprintf("%s %s is protected. Set spec.deletionProtection to false before you delete it.", p.Team.Kind, p.Team.Name),
	})
	s.Add(render.Resource{Key: key, Body: u, Ready: readiness.Managed})
	return s, nil
}
