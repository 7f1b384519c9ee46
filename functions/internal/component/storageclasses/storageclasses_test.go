package storageclasses

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/charttest"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
)

// A scene is a cluster on a cloud, after a change of either.
type scene struct {
	level  string
	change func(*plan.Cluster)
}

var scenes = map[string]scene{
	"besteffort": {level: "BestEffort"},
	"standard":   {level: "Standard"},
	"premium":    {level: "Premium"},
	"bare-cloud": {level: "Standard", change: func(p *plan.Cluster) {
		p.Cloud.ShareType, p.Cloud.VolumeType, p.Cloud.Zones = "", "", nil
		p.Cloud.Performances = nil
	}},
	"one-zone": {level: "Standard", change: func(p *plan.Cluster) { p.Cloud.VolumeZone = "nova" }},
	"private-authority": {level: "Standard", change: func(p *plan.Cluster) {
		p.Cloud.CACertificate = "-----BEGIN CERTIFICATE-----\nCLOUD\n-----END CERTIFICATE-----\n"
	}},
}

func (s scene) plan(t *testing.T) *plan.Cluster {
	t.Helper()
	p := plantest.Cluster(t, plantest.Level(s.level), small)
	if s.change != nil {
		s.change(p)
	}
	return p
}

// small leaves one pool, as Demo clusters have it.
func small(c *v1alpha1.KubernetesClusterSpec) {
	if c.ServiceLevel == "Demo" {
		c.NodePools = c.NodePools[:1]
	}
}

func TestGolden(t *testing.T) {
	for name, s := range scenes {
		t.Run(name, func(t *testing.T) {
			rendertest.Golden(t, name, func() (render.Set, error) { return Render(s.plan(t)) })
		})
	}
}

func TestCharts(t *testing.T) {
	for name, s := range scenes {
		t.Run(name, func(t *testing.T) {
			set, err := Render(s.plan(t))
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range []string{"snapshot-controller", "openstack-cinder-csi", "snapscheduler"} {
				charttest.Check(t, c, set)
			}
			if name == "bare-cloud" {
				return
			}
			for _, c := range []string{"csi-driver-nfs", "openstack-manila-csi"} {
				charttest.Check(t, c, set)
			}
		})
	}
}

// TestRenderSame: what must make no difference.
func TestRenderSame(t *testing.T) {
	tests := map[string]struct {
		reason    string
		one, same scene
	}{
		"Demo": {
			reason: "A Demo cluster has the storage of a BestEffort one.",
			one:    scene{level: "BestEffort"},
			same:   scene{level: "Demo"},
		},
		"DualStack": {
			reason: "Shares are mounted over IPv4: drivers before 1.35 take one range only.",
			one:    scene{level: "Standard"},
			same: scene{level: "Standard", change: func(p *plan.Cluster) {
				p.Network.DualStack, p.Network.NodeIPv6CIDR = true, "fd00:10::/64"
			}},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			one, err := Render(tc.one.plan(t))
			if err != nil {
				t.Fatal(err)
			}
			same, err := Render(tc.same.plan(t))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(one, same, cmpopts.IgnoreFields(render.Resource{}, "Ready")); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestOwnChart checks the values of our own chart against the chart in this
// repository.
func TestOwnChart(t *testing.T) {
	t.Setenv("CHARTS_DIR", "../../../../package/charts")
	for _, name := range []string{"standard", "private-authority"} {
		set, err := Render(scenes[name].plan(t))
		if err != nil {
			t.Fatal(err)
		}
		charttest.Check(t, "openstack-credentials", set)
	}
}

// TestRenderKeepsWhatClassesWereMadeWith: Kubernetes refuses every change of a
// StorageClass's parameters, so a change of the platform must not ask for one.
func TestRenderKeepsWhatClassesWereMadeWith(t *testing.T) {
	tests := map[string]struct {
		reason   string
		observed map[string]any
		want     map[string]string
	}{
		"NotMadeYet": {
			reason: "A new class has what the platform says.",
			want:   map[string]string{"rwo": "ssd", "rwx": "nfs-ssd", "client": "10.0.0.0/22"},
		},
		"NotObservedYet": {
			reason: "An Object that has not reached the cluster says nothing of the class.",
			observed: map[string]any{
				plan.KeyStorageClassRWO: map[string]any{"status": map[string]any{}},
			},
			want: map[string]string{"rwo": "ssd", "rwx": "nfs-ssd", "client": "10.0.0.0/22"},
		},
		"MadeWithOthers": {
			reason: "The platform's default type has changed since.",
			observed: map[string]any{
				plan.KeyStorageClassRWO: object(map[string]any{"type": "hdd"}),
				plan.KeyStorageClassRWX: object(map[string]any{"type": "nfs-hdd", "nfs-shareClient": "10.1.0.0/22"}),
			},
			want: map[string]string{"rwo": "hdd", "rwx": "nfs-hdd", "client": "10.1.0.0/22"},
		},
		"MadeWithout": {
			reason: "A class of the cloud's default type stays one when the platform names a type.",
			observed: map[string]any{
				plan.KeyStorageClassRWO: object(nil),
			},
			want: map[string]string{"rwo": "", "rwx": "nfs-ssd", "client": "10.0.0.0/22"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			have := plantest.Observed(t)
			for k, v := range tc.observed {
				have[k] = observed.Resource{Value: observed.Of(v)}
			}
			p, err := plan.NewCluster(plantest.Owner(), plantest.Claim(t), plantest.World(t, have))
			if err != nil {
				t.Fatal(err)
			}
			set, err := Render(p)
			if err != nil {
				t.Fatal(err)
			}
			rwo, rwx := class(t, set, plan.KeyStorageClassRWO), class(t, set, plan.KeyStorageClassRWX)
			got := map[string]string{"rwo": rwo.Parameters["type"], "rwx": rwx.Parameters["type"], "client": rwx.Parameters["nfs-shareClient"]}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
			if rwo.Metadata.Name != ClassRWO || rwx.Metadata.Name != ClassRWX {
				t.Errorf("%s: names are %q and %q, and never change", tc.reason, rwo.Metadata.Name, rwx.Metadata.Name)
			}
		})
	}
}

// object is an Object whose StorageClass exists with the parameters.
func object(parameters map[string]any) map[string]any {
	manifest := map[string]any{"kind": "StorageClass"}
	if parameters != nil {
		manifest["parameters"] = parameters
	}
	return map[string]any{"status": map[string]any{"atProvider": map[string]any{"manifest": manifest}}}
}

func class(t *testing.T, set render.Set, key string) *storageClass {
	t.Helper()
	return resource(t, set, key).Body.(*kubernetes.Object).Spec.ForProvider.Manifest.(*storageClass)
}

func resource(t *testing.T, set render.Set, key string) render.Resource {
	t.Helper()
	for _, r := range set.Resources {
		if r.Key == key {
			return r
		}
	}
	t.Fatalf("the set has no %q", key)
	return render.Resource{}
}

// TestRenderNeverWithdraws: a driver that goes takes mounted volumes along.
func TestRenderNeverWithdraws(t *testing.T) {
	before, err := Render(scenes["standard"].plan(t))
	if err != nil {
		t.Fatal(err)
	}
	have := observed.Set{}
	for _, r := range before.Resources {
		have[r.Key] = observed.Resource{Value: observed.Of(map[string]any{
			"metadata": map[string]any{"labels": map[string]any{external.ComponentLabel: "storageclasses"}},
		})}
	}
	after, err := Render(scenes["bare-cloud"].plan(t))
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]bool{}
	for _, d := range render.Hold(after, have).Desired {
		kept[d.Key] = true
	}
	for key := range have {
		if !kept[key] {
			t.Errorf("%q is withdrawn when the cloud loses its shares", key)
		}
	}
}

// TestRenderSecretsByReference: the secret part of the credential is in no
// value, and what holds its id waits for it.
func TestRenderSecretsByReference(t *testing.T) {
	p := scenes["standard"].plan(t)
	set, err := Render(p)
	if err != nil {
		t.Fatal(err)
	}
	want := []helm.SetValue{{
		Name:      "applicationCredential.secret",
		ValueFrom: helm.ValueFrom{SecretKeyRef: helm.SecretKeyRef{Name: "shop-x7k2p-application-credential", Key: "attribute.secret"}},
	}}
	got := resource(t, set, "addon-openstack-credentials").Body.(*helm.Release).Spec.ForProvider.Set
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	p.Facts.Credential = plan.Credential{}
	if set, err = Render(p); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"addon-openstack-credentials", "addon-cinder-csi"} {
		if r := resource(t, set, key); r.Awaits != "the id of the application credential" {
			t.Errorf("%s awaits %q", key, r.Awaits)
		}
	}
}
