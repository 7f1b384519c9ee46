package certificates

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/functions/internal/component/charttest"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
)

func TestGolden(t *testing.T) {
	for name, level := range map[string]string{"besteffort": "BestEffort", "standard": "Standard", "premium": "Premium"} {
		t.Run(name, func(t *testing.T) {
			p := plantest.Cluster(t, plantest.Level(level))
			rendertest.Golden(t, name, func() (render.Set, error) { return Render(p) })
			set, err := Render(p)
			if err != nil {
				t.Fatal(err)
			}
			t.Run("chart", func(t *testing.T) { charttest.Check(t, "cert-manager", set) })
		})
	}
}

// TestIssuers compares what reaches the cluster, field by field.
func TestIssuers(t *testing.T) {
	solvers := []any{map[string]any{"http01": map[string]any{"ingress": map[string]any{
		"ingressClassName": "traefik",
		"serviceType":      "ClusterIP",
		"ingressTemplate": map[string]any{"metadata": map[string]any{"annotations": map[string]any{
			"traefik.ingress.kubernetes.io/router.entrypoints": "web",
			"traefik.ingress.kubernetes.io/router.priority":    "1000000",
		}}},
	}}}}
	tests := map[string]struct {
		reason string
		issuer *clusterIssuer
		want   map[string]any
	}{
		"WithEmail": {
			reason: "The authority writes to the platform team.",
			issuer: acme(plan.Certificates{ACMEServer: "https://acme.example.org/directory", Email: "platform@example.org"}),
			want: map[string]any{"acme": map[string]any{
				"server":              "https://acme.example.org/directory",
				"email":               "platform@example.org",
				"privateKeySecretRef": map[string]any{"name": "skerry-acme-account"},
				"solvers":             solvers,
			}},
		},
		"WithoutEmail": {
			reason: "No address is better than a made-up one: the field is left out.",
			issuer: acme(plan.Certificates{ACMEServer: "https://acme.example.org/directory"}),
			want: map[string]any{"acme": map[string]any{
				"server":              "https://acme.example.org/directory",
				"privateKeySecretRef": map[string]any{"name": "skerry-acme-account"},
				"solvers":             solvers,
			}},
		},
		"SelfSigned": {
			reason: "Its spec is an empty map that must not get lost.",
			issuer: selfSigned(),
			want:   map[string]any{"selfSigned": map[string]any{}},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := render.Encode(tc.issuer)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got["spec"]); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}
