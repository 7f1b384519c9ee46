package upgradechecks_test

import (
	"testing"

	"github.com/skerry-dev/skerry/functions/internal/component/upgradechecks"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
)

func TestGolden(t *testing.T) {
	t.Run("standard", func(t *testing.T) {
		p := plantest.Cluster(t)
		rendertest.Golden(t, "standard", func() (render.Set, error) { return upgradechecks.Render(p) })
	})
	t.Run("private cloud", func(t *testing.T) {
		p := plantest.Cluster(t)
		p.Cloud.Region, p.Cloud.CACertificate = "", "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
		rendertest.Golden(t, "private-cloud", func() (render.Set, error) { return upgradechecks.Render(p) })
	})
}
