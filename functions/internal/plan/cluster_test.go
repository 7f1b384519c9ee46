package plan_test

import (
	"testing"

	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
)

func TestSmoke(t *testing.T) {
	p := plantest.Cluster(t)
	t.Logf("%+v", p)
}
