package access_test

import (
	"testing"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/access"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
)

func TestRender(t *testing.T) {
	t.Run("first", func(t *testing.T) {
		rendertest.Golden(t, "first", func() (render.Set, error) { return access.Render(plantest.New(t)) })
	})
	t.Run("reachable", func(t *testing.T) {
		rendertest.Golden(t, "reachable", func() (render.Set, error) { return access.Render(plantest.Cluster(t)) })
	})
	t.Run("no-groups", func(t *testing.T) {
		rendertest.Golden(t, "no-groups", func() (render.Set, error) {
			return access.Render(plantest.Cluster(t, func(c *v1alpha1.KubernetesClusterSpec) {
				c.Access.AdminGroups, c.Access.ViewerGroups = nil, nil
			}))
		})
	})
	t.Run("no-identity-provider", func(t *testing.T) {
		rendertest.Golden(t, "no-identity-provider", func() (render.Set, error) {
			p := plantest.Cluster(t)
			p.Access.OIDC = nil
			return access.Render(p)
		})
	})
}
