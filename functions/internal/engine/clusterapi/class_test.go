package clusterapi

import (
	"testing"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

func TestUnhealthyLimit(t *testing.T) {
	share := func(replicas int32) plan.Share { return plan.Share{Replicas: replicas} }
	cases := map[string]struct {
		reason string
		pool   plan.Pool
		want   string
	}{
		"Large":      {reason: "a percentage says it where it comes to a node or more", pool: plan.Pool{MaxUnhealthyPercent: 40, Shares: []plan.Share{share(3), share(10)}}, want: "40%"},
		"Small":      {reason: "of one or two nodes 40 % are none", pool: plan.Pool{MaxUnhealthyPercent: 40, Shares: []plan.Share{share(3), share(2)}}, want: "1"},
		"Shrinking":  {reason: "an autoscaled share may become as small", pool: plan.Pool{MaxUnhealthyPercent: 40, Shares: []plan.Share{{Autoscaling: &v1alpha1.Autoscaling{Min: 1, Max: 9}}}}, want: "1"},
		"Moving":     {reason: "a share that fills up in another zone is small for a while only", pool: plan.Pool{MaxUnhealthyPercent: 40, Moving: 3, Shares: []plan.Share{share(1), {Replicas: 3, Leaves: true}}}, want: "40%"},
		"NotAtAll":   {reason: "a level may turn repair off", pool: plan.Pool{MaxUnhealthyPercent: 0, Shares: []plan.Share{share(1)}}, want: "0%"},
		"Everything": {reason: "a level may repair whatever is broken", pool: plan.Pool{MaxUnhealthyPercent: 100, Shares: []plan.Share{share(1)}}, want: "100%"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			limit := unhealthyLimit(tc.pool)
			if got := limit.String(); got != tc.want {
				t.Errorf("%s: got %s, want %s", tc.reason, got, tc.want)
			}
		})
	}
}
