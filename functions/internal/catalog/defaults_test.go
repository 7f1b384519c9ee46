package catalog_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/catalog"
)

// The built-in catalogue is a whole Platform without clouds: strict, without
// contradictions, and with nothing that only the API server's defaults add.
func TestDefaults(t *testing.T) {
	raw, err := os.ReadFile("defaults.yaml")
	if err != nil {
		t.Fatal(err)
	}
	p := &v1alpha1.PlatformSpec{}
	if err := yaml.UnmarshalStrict(raw, p); err != nil {
		t.Fatalf("defaults.yaml is not a Platform's spec: %v", err)
	}
	if err := catalog.Check(p); err != nil {
		t.Errorf("defaults.yaml contradicts itself: %v", err)
	}
	if diff := cmp.Diff(merged(t, `{}`), p); diff != "" {
		t.Errorf("merging nothing changes the defaults: -merged +defaults:\n%s", diff)
	}
	if p.Namespace == "" || p.Management.ClusterProviderConfig == "" || p.Management.InstallClusterAPI == nil || p.Certificates.ACMEServer == "" {
		t.Errorf("defaults.yaml leaves something open: %+v %+v %q", p.Management, p.Certificates, p.Namespace)
	}
}

// A built-in level decides everything: whoever copies one to begin with must see
// every field there is.
func TestDefaultLevelsAreComplete(t *testing.T) {
	p := merged(t, `{}`)
	var names []string
	for _, l := range p.ServiceLevels {
		names = append(names, l.Name)
		for what, open := range map[string]bool{
			"promise":                   l.Promise == "",
			"controlPlane.replicas":     l.ControlPlane.Replicas == 0,
			"controlPlane.antiAffinity": l.ControlPlane.AntiAffinity == "",
			"controlPlane.minCPU":       l.ControlPlane.MinCPU == 0,
			"controlPlane.minMemory":    l.ControlPlane.MinMemory == nil,
			"loadBalancer":              l.LoadBalancer == "",
			"addons.replicas":           l.Addons.Replicas == 0,
			"addons.disruptionBudgets":  l.Addons.DisruptionBudgets == nil,
			"addons.spreadZones":        l.Addons.SpreadZones == nil,
			"nodes.antiAffinity":        l.Nodes.AntiAffinity == "",
			"nodes.maxSurge":            l.Nodes.MaxSurge == 0,
			"nodes.maxUnhealthyPercent": l.Nodes.MaxUnhealthyPercent == 0,
			"podSecurity":               l.PodSecurity == "",
			"deletionProtection":        l.DeletionProtection == nil,
			"a set of allowed replicas that includes the default": slices.Contains(l.ControlPlane.AllowedReplicas, l.ControlPlane.Replicas),
		} {
			if open {
				t.Errorf("level %s leaves open, or has: %s", l.Name, what)
			}
		}
	}
	slices.Sort(names)
	if diff := cmp.Diff([]string{"BestEffort", "Demo", "Premium", "Standard"}, names); diff != "" {
		t.Errorf("built-in levels: -want +got:\n%s", diff)
	}
}

// A chart that goes with a minor of Kubernetes must have a version for each minor
// that clusters may run: the newest is the add-on's own.
func TestDefaultAddonsFollowMinors(t *testing.T) {
	p := merged(t, `{}`)
	var minors []string
	for _, v := range p.KubernetesVersions {
		minors = append(minors, v.Name)
	}
	slices.Sort(minors)
	for _, a := range p.Addons {
		if len(a.KubernetesVersions) == 0 {
			continue
		}
		var has []string
		for _, k := range a.KubernetesVersions {
			has = append(has, k.Name)
		}
		slices.Sort(has)
		if diff := cmp.Diff(minors[:len(minors)-1], has); diff != "" {
			t.Errorf("add-on %s: -minors but the newest +has:\n%s", a.Name, diff)
		}
	}
}

// Whatever update bots bump stands below a comment that they read.
func TestDefaultAddonsAreKnownToBots(t *testing.T) {
	raw, err := os.ReadFile("defaults.yaml")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(raw), "\n")
	for i, l := range lines {
		if !strings.HasPrefix(l, "- {name:") || !strings.Contains(l, "chart:") || strings.Contains(l, "oci://ghcr.io/skerry-dev/charts") && !strings.Contains(l, "chart: gateway-api-crds") {
			continue
		}
		if !strings.HasPrefix(lines[i-1], "# renovate: datasource=") {
			t.Errorf("defaults.yaml:%d: no comment for update bots above %.40q", i+1, l)
		}
	}
}
