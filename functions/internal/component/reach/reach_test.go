package reach_test

import (
	"testing"

	"github.com/skerry-dev/skerry/functions/internal/component/reach"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
)

func TestRender(t *testing.T) {
	rendertest.Golden(t, "first", func() (render.Set, error) { return reach.Render(plantest.New(t)) })
}
