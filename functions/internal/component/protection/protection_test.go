package protection_test

import (
	"testing"

	"github.com/skerry-dev/skerry/functions/internal/component/protection"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
)

func TestRender(t *testing.T) {
	for name, level := range map[string]string{"protected": "Standard", "unprotected": "BestEffort"} {
		t.Run(name, func(t *testing.T) {
			rendertest.Golden(t, name, func() (render.Set, error) {
				return protection.Render(plantest.New(t, plantest.Level(level)))
			})
		})
	}
}
