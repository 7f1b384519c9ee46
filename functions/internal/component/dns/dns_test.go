package dns

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/functions/internal/component/charttest"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
)

func TestGolden(t *testing.T) {
	scenes := map[string]func(*plan.Cluster){
		"standard": func(*plan.Cluster) {},
		"private-authority": func(p *plan.Cluster) {
			p.Cloud.CACertificate = "-----BEGIN CERTIFICATE-----\nCLOUD\n-----END CERTIFICATE-----\n"
		},
	}
	for name, change := range scenes {
		t.Run(name, func(t *testing.T) {
			p := plantest.Cluster(t)
			change(p)
			rendertest.Golden(t, name, func() (render.Set, error) { return Render(p) })
			set, err := Render(p)
			if err != nil {
				t.Fatal(err)
			}
			t.Run("chart", func(t *testing.T) { charttest.Check(t, "external-dns", set) })
		})
	}
}

// TestRenderSame: the chart has one replica, whatever the level promises.
func TestRenderSame(t *testing.T) {
	want, err := Render(plantest.Cluster(t, plantest.Level("Standard")))
	if err != nil {
		t.Fatal(err)
	}
	for _, level := range []string{"BestEffort", "Premium"} {
		got, err := Render(plantest.Cluster(t, plantest.Level(level)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want.Resources[0].Body, got.Resources[0].Body); diff != "" {
			t.Errorf("%s: -Standard +%s:\n%s", level, level, diff)
		}
	}
}

// TestRenderWithoutZone: nothing is made without Designate, and nothing that
// runs is withdrawn.
func TestRenderWithoutZone(t *testing.T) {
	p := plantest.Cluster(t)
	p.Cloud.DNSZone = ""
	set, err := Render(p)
	if err != nil {
		t.Fatal(err)
	}
	if len(set.Resources) > 0 {
		t.Errorf("renders %d resources without a zone", len(set.Resources))
	}
	have := observed.Set{"addon-external-dns": {Value: observed.Of(map[string]any{
		"metadata": map[string]any{"labels": map[string]any{external.ComponentLabel: "dns"}},
	})}}
	want := []render.Desired{{Key: "addon-external-dns", Ready: true}}
	if diff := cmp.Diff(want, render.Hold(set, have).Desired); diff != "" {
		t.Errorf("a zone that goes: -want +got:\n%s", diff)
	}
}

// TestRenderSecretsByReference: clouds.yaml holds a secret.
func TestRenderSecretsByReference(t *testing.T) {
	set, err := Render(plantest.Cluster(t))
	if err != nil {
		t.Fatal(err)
	}
	want := []helm.SetValue{{
		Name:      `secretConfiguration.data.clouds\.yaml`,
		ValueFrom: helm.ValueFrom{SecretKeyRef: helm.SecretKeyRef{Name: "shop-x7k2p-cloud-config", Key: "clouds.yaml"}},
	}}
	if diff := cmp.Diff(want, set.Resources[0].Body.(*helm.Release).Spec.ForProvider.Set); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
