package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

func TestAccess(t *testing.T) {
	theirs := v1alpha1.OIDC{IssuerURL: "https://id.example.org", ClientID: "k8s", UsernameClaim: "sub", GroupsClaim: "roles"}
	cases := map[string]struct {
		reason  string
		change  func(*world)
		want    plan.Access
		refused string
	}{
		"platform's": {
			reason: "a claim without a provider gets the platform's, with the usual claims of a token",
			want: plan.Access{
				OIDC:        &v1alpha1.OIDC{IssuerURL: "https://login.example.org/realms/dev", ClientID: "kubernetes", UsernameClaim: "email", GroupsClaim: "groups"},
				AdminGroups: []string{"team-a-admins"}, ViewerGroups: []string{"team-a"},
			},
		},
		"claim's": {
			reason: "a claim's own is taken whole, not mixed with the platform's",
			change: func(w *world) { w.claim.Access = v1alpha1.Access{OIDC: &theirs, AdminGroups: []string{"us"}} },
			want:   plan.Access{OIDC: &theirs, AdminGroups: []string{"us"}},
		},
		"nobody's": {
			reason: "without any provider nobody but the platform team has access",
			change: func(w *world) { w.platform.Access.OIDC, w.claim.Access = nil, v1alpha1.Access{} },
		},
		"groups of nobody": {
			reason: "groups mean nothing without a provider",
			change: func(w *world) {
				w.platform.Access.OIDC, w.claim.Access = nil, v1alpha1.Access{ViewerGroups: []string{"us"}}
			},
			refused: `spec.access: "us" are groups of an identity provider, and neither the claim nor the platform has one. Set access.oidc.`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, err := newWorld(t, tc.change).plan()
			if refused(t, tc.reason, tc.refused, err) {
				return
			}
			if diff := cmp.Diff(tc.want, p.Access); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}
