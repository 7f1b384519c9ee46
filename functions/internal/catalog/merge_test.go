package catalog_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/catalog"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
)

// spec decodes a Platform's spec in YAML into plain JSON values.
func spec(t testing.TB, text string) map[string]any {
	t.Helper()
	m := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &m); err != nil {
		t.Fatalf("cannot decode test data: %v", err)
	}
	return m
}

func merged(t testing.TB, text string) *v1alpha1.PlatformSpec {
	t.Helper()
	p, err := catalog.Merge(spec(t, text))
	if err != nil {
		t.Fatalf("cannot merge: %v", err)
	}
	return p
}

// level returns the level of that name, or nil.
func level(p *v1alpha1.PlatformSpec, name string) *v1alpha1.ServiceLevel {
	for i := range p.ServiceLevels {
		if p.ServiceLevels[i].Name == name {
			return &p.ServiceLevels[i]
		}
	}
	return nil
}

// addon returns the add-on of that name, or nil.
func addon(p *v1alpha1.PlatformSpec, name string) *v1alpha1.Addon {
	for i := range p.Addons {
		if p.Addons[i].Name == name {
			return &p.Addons[i]
		}
	}
	return nil
}

// A Platform changes just what it says: each case says what becomes of the
// built-in catalogue, and everything else must be as it was.
func TestMerge(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   string
		want   func(*v1alpha1.PlatformSpec)
	}{
		"nothing": {"a Platform that says nothing is the built-in one", `{}`, func(*v1alpha1.PlatformSpec) {}},
		"one field of a level": {
			"a level is changed field by field", `serviceLevels: [{name: Standard, promise: as good as we can}]`,
			func(p *v1alpha1.PlatformSpec) { level(p, "Standard").Promise = "as good as we can" },
		},
		"one field deep in a level": {
			"at any depth", `serviceLevels: [{name: Standard, controlPlane: {replicas: 1}, nodes: {maxSurge: 3}}]`,
			func(p *v1alpha1.PlatformSpec) {
				level(p, "Standard").ControlPlane.Replicas = 1
				level(p, "Standard").Nodes.MaxSurge = 3
			},
		},
		"off": {
			"false is a value, not a gap", `{serviceLevels: [{name: Premium, deletionProtection: false, addons: {spreadZones: false}}], management: {installClusterAPI: false}}`,
			func(p *v1alpha1.PlatformSpec) {
				no := false
				level(p, "Premium").DeletionProtection, level(p, "Premium").Addons.SpreadZones = &no, &no
				p.Management.InstallClusterAPI = &no
			},
		},
		"null": {
			"null takes a field away", `serviceLevels: [{name: Premium, controlPlane: {etcdVolume: null}}]`,
			func(p *v1alpha1.PlatformSpec) { level(p, "Premium").ControlPlane.EtcdVolume = nil },
		},
		"null of nothing": {
			"also one that isn't there", `{access: null, serviceLevels: [{name: Standard, controlPlane: {etcdVolume: null}}]}`,
			func(*v1alpha1.PlatformSpec) {},
		},
		"a list": {
			"a list of plain values is replaced, not joined", `serviceLevels: [{name: Premium, controlPlane: {allowedReplicas: [1]}}]`,
			func(p *v1alpha1.PlatformSpec) { level(p, "Premium").ControlPlane.AllowedReplicas = []int32{1} },
		},
		"an empty list": {
			"also by nothing", `serviceLevels: [{name: Premium, controlPlane: {allowedReplicas: []}}]`,
			func(p *v1alpha1.PlatformSpec) { level(p, "Premium").ControlPlane.AllowedReplicas = []int32{} },
		},
		"an empty list of named things": {"no named thing is changed by none", `{serviceLevels: [], addons: [], kubernetesVersions: []}`, func(*v1alpha1.PlatformSpec) {}},
		"a version": {
			"an end of support is one field", `kubernetesVersions: [{name: "1.36", support: Deprecated}]`,
			func(p *v1alpha1.PlatformSpec) {
				for i := range p.KubernetesVersions {
					if p.KubernetesVersions[i].Name == "1.36" {
						p.KubernetesVersions[i].Support = "Deprecated"
					}
				}
			},
		},
		"a chart's version": {
			"of an add-on that the platform team updates itself", `addons: [{name: cilium, version: 1.99.0}]`,
			func(p *v1alpha1.PlatformSpec) { addon(p, "cilium").Version = "1.99.0" },
		},
		"a chart's version for one minor": {
			"merged by name too", `addons: [{name: cinder-csi, kubernetesVersions: [{name: "1.35", version: 2.35.9}]}]`,
			func(p *v1alpha1.PlatformSpec) {
				for i, k := range addon(p, "cinder-csi").KubernetesVersions {
					if k.Name == "1.35" {
						addon(p, "cinder-csi").KubernetesVersions[i].Version = "2.35.9"
					}
				}
			},
		},
		"values": {
			"an add-on's values are whatever its chart takes", `addons: [{name: cilium, values: {hubble: {enabled: true, peers: [{name: a, name2: 1.5}]}}}]`,
			func(p *v1alpha1.PlatformSpec) {
				addon(p, "cilium").Values = &runtime.RawExtension{Raw: []byte(`{"hubble":{"enabled":true,"peers":[{"name":"a","name2":1.5}]}}`)}
			},
		},
		"other fields": {
			"single fields", `{namespace: other, certificates: {email: a@example.org}, management: {allowedCIDRs: [192.0.2.0/24]}, access: {oidc: {issuerURL: "https://id.example.org", clientID: k8s}}}`,
			func(p *v1alpha1.PlatformSpec) {
				p.Namespace, p.Certificates.Email = "other", "a@example.org"
				p.Management.AllowedCIDRs = []v1alpha1.CIDR{"192.0.2.0/24"}
				p.Access.OIDC = &v1alpha1.OIDC{IssuerURL: "https://id.example.org", ClientID: "k8s"}
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			want := merged(t, `{}`)
			tc.want(want)
			if diff := cmp.Diff(want, merged(t, tc.spec)); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// What isn't built in is added beside what is.
func TestMergeAdds(t *testing.T) {
	builtIn := merged(t, `{}`)
	p := merged(t, `
serviceLevels:
- name: Gold
  controlPlane: {replicas: 5, antiAffinity: Hard}
  loadBalancer: ActiveStandby
  addons: {replicas: 2}
  nodes: {antiAffinity: Soft, maxSurge: 2, maxUnhealthyPercent: 20}
  podSecurity: Restricted
kubernetesVersions: [{name: "1.77", patch: 1.77.0, support: Supported}]
addons: [{name: mine, chart: mine, repository: "oci://charts.example.org", version: 1.2.3}]
clouds:
- name: west
  authURL: https://keystone.example.org
  providerConfigRef: {name: west}
  externalNetwork: {id: 5f3c2f0e-8a5c-4b57-9d0e-3d8f4f0a1b2c}
  flavors: [{name: SCS-2V-8-20s}, {name: m1, cpu: 2, memory: 4Gi}]
  images: [{name: i, kubernetesVersion: 1.77.0}]
`)
	want := v1alpha1.ServiceLevel{
		Name: "Gold", ControlPlane: v1alpha1.LevelControlPlane{Replicas: 5, AntiAffinity: "Hard"}, LoadBalancer: "ActiveStandby",
		Addons: v1alpha1.LevelAddons{Replicas: 2}, Nodes: v1alpha1.LevelNodes{AntiAffinity: "Soft", MaxSurge: 2, MaxUnhealthyPercent: 20}, PodSecurity: "Restricted",
	}
	if diff := cmp.Diff(&want, level(p, "Gold")); diff != "" {
		t.Errorf("the new level is as it was written: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff(&v1alpha1.Addon{Name: "mine", Chart: "mine", Repository: "oci://charts.example.org", Version: "1.2.3"}, addon(p, "mine")); diff != "" {
		t.Errorf("the new add-on is as it was written: -want +got:\n%s", diff)
	}
	if len(p.Clouds) != 1 || p.Clouds[0].Name != "west" || len(p.Clouds[0].Flavors) != 2 {
		t.Errorf("the new cloud isn't there: %+v", p.Clouds)
	}
	for _, l := range builtIn.ServiceLevels {
		if diff := cmp.Diff(&l, level(p, l.Name)); diff != "" {
			t.Errorf("level %s was changed: -before +after:\n%s", l.Name, diff)
		}
	}
	for _, a := range builtIn.Addons {
		if diff := cmp.Diff(&a, addon(p, a.Name)); diff != "" {
			t.Errorf("add-on %s was changed: -before +after:\n%s", a.Name, diff)
		}
	}
	for _, v := range builtIn.KubernetesVersions {
		if !slices.Contains(p.KubernetesVersions, v) {
			t.Errorf("version %s was changed", v.Name)
		}
	}
}

// Merging one Platform must not show in the next.
func TestMergeOnlyReads(t *testing.T) {
	before := merged(t, `{}`)
	in := spec(t, `{serviceLevels: [{name: Standard, promise: x, controlPlane: {replicas: 1, etcdVolume: null}}], addons: [{name: cilium, values: {a: {b: 1}}}]}`)
	was := runtime.DeepCopyJSON(in)
	if _, err := catalog.Merge(in); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(was, in); diff != "" {
		t.Errorf("the Platform was changed: -before +after:\n%s", diff)
	}
	if diff := cmp.Diff(before, merged(t, `{}`)); diff != "" {
		t.Errorf("the built-in defaults were changed: -before +after:\n%s", diff)
	}
}

func TestMergeRefuses(t *testing.T) {
	cases := map[string]struct{ reason, spec, want string }{
		"unknown field":   {"a slip must not be ignored", `{clouds: [], servicelevels: []}`, `cannot decode the Platform: unknown field "servicelevels"`},
		"unknown deeper":  {"at any depth, counted as the Platform has it", `serviceLevels: [{name: Standard, controlPlane: {replica: 1}}]`, `cannot decode the Platform: unknown field "serviceLevels[0].controlPlane.replica"`},
		"a directive":     {"a Platform says what is, not what to do", `addons: [{$patch: replace}]`, `cannot decode the Platform: unknown field "addons[0].$patch"`},
		"a name's type":   {"a name is text", `addons: [{name: {}, chart: x}]`, `cannot decode the Platform: json: cannot unmarshal object into Go struct field Addon.addons.name of type string`},
		"no name":         {"what is merged by name needs one", `serviceLevels: [{promise: x}]`, `spec.serviceLevels: "" is an entry without a name. Give every entry a name.`},
		"no name at all":  {"also where nothing is built in", `clouds: [{authURL: x}]`, `spec.clouds: "" is an entry without a name. Give every entry a name.`},
		"twice":           {"one of two entries would be lost", `clouds: [{name: a}, {name: a}]`, `spec.clouds: "a" is there twice. Keep one entry of that name.`},
		"a level twice":   {"also one that is built in", `serviceLevels: [{name: Standard, promise: a}, {name: Standard, promise: b}]`, `spec.serviceLevels: "Standard" is there twice. Keep one entry of that name.`},
		"an add-on twice": {"an add-on too", `addons: [{name: cilium, version: a}, {name: cilium, version: b}]`, `spec.addons: "cilium" is there twice. Keep one entry of that name.`},
		"a version twice": {"and a version", `kubernetesVersions: [{name: "1.36"}, {name: "1.36"}]`, `spec.kubernetesVersions: "1.36" is there twice. Keep one entry of that name.`},
		"half a level":    {"a level of one's own must be whole", `serviceLevels: [{name: Gold, controlPlane: {replicas: 3, antiAffinity: Soft}, nodes: {antiAffinity: Soft}}]`, `spec.serviceLevels[Gold].loadBalancer: "" is missing. Allowed: ActiveStandby, Small, Standard.`},
		"a level emptied": {"null must not leave half a level either", `serviceLevels: [{name: Standard, podSecurity: null}]`, `spec.serviceLevels[Standard].podSecurity: "" is missing. Allowed: Baseline, Privileged, Restricted.`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := catalog.Merge(spec(t, tc.spec))
			if err == nil {
				t.Fatalf("%s: it was not refused", tc.reason)
			}
			if diff := cmp.Diff(tc.want, err.Error()); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// The Platform in examples/ merges, and keeps what is built in.
func TestMergeExample(t *testing.T) {
	p := plantest.Platform(t)
	builtIn := merged(t, `{}`)
	if diff := cmp.Diff(builtIn.ServiceLevels, p.ServiceLevels); diff != "" {
		t.Errorf("the example names no service levels, and these differ: -built-in +merged:\n%s", diff)
	}
	var clouds []string
	for _, c := range p.Clouds {
		clouds = append(clouds, c.Name)
	}
	if diff := cmp.Diff([]string{"north", "south"}, clouds); diff != "" {
		t.Errorf("clouds: -want +got:\n%s", diff)
	}
}
