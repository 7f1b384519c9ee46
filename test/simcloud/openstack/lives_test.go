package openstack

import (
	"strings"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/skerry-dev/skerry/test/crd"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// settled returns a world in which a resource of each kind is ready.
func settled(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, cloud.Instant)
	w.apply(lives)
	w.settle()
	w.apply(strings.ReplaceAll(balancer, "SUBNET", meta.GetExternalName(w.get("SubnetV2", "sub"))))
	w.settle()
	return w
}

// TestLives creates a resource of each kind, looks at it, and deletes them all at
// once.
func TestLives(t *testing.T) {
	w := settled(t)
	s := schemas(t)
	for _, n := range w.names {
		m := w.get(n.Namespace, n.Name)
		for _, c := range []xpv2.Condition{xpv2.Available(), xpv2.ReconcileSuccess()} {
			if got := m.GetCondition(c.Type); got.Status != c.Status || got.Reason != c.Reason {
				t.Errorf("%s %s: %s", n, c.Type, w.condition(n.Namespace, n.Name, c.Type))
			}
		}
		if m.GetCondition(xpv2.TypeSynced).ObservedGeneration != 1 {
			t.Errorf("%s: the condition doesn't say of which generation it is", n)
		}
		if meta.GetExternalName(m) == "" || cloudID(m) == "" || !meta.FinalizerExists(m, "finalizer.managedresource.crossplane.io") {
			t.Errorf("%s: it has no external name, ID or finalizer: %v", n, m.Object)
		}
		for _, err := range s.Validate(m.Object) {
			t.Errorf("%s: %v", n, err)
		}
	}
	report, err := w.cloud.Report()
	if err != nil {
		t.Fatal(err)
	}
	if want := (cloud.Counts{Creates: len(kinds)}); report.Total.Creates != want.Creates || report.Total.Updates+report.Total.Refused+report.Total.Deletes != 0 {
		t.Errorf("got %+v", report.Total)
	}
	for _, n := range w.names {
		w.delete(n.Namespace, n.Name)
	}
	w.settle()
	for _, n := range w.names {
		if m := w.get(n.Namespace, n.Name); m != nil {
			t.Errorf("%s is still there: %s", n, w.condition(n.Namespace, n.Name, xpv2.TypeSynced))
		}
	}
	if left := w.cloud.List(cloud.Filter{}); len(left) > 0 {
		t.Errorf("left in the cloud: %v", left)
	}
	w.showsNoSecret()
}

// showsNoSecret fails when a secret is where people can read it.
func (w *world) showsNoSecret() {
	w.t.Helper()
	var said strings.Builder
	said.WriteString(w.said())
	secrets := []string{password}
	list := &corev1.SecretList{}
	if err := w.client.List(w.t.Context(), list); err != nil {
		w.t.Fatal(err)
	}
	for _, s := range list.Items {
		for _, v := range s.Data {
			secrets = append(secrets, string(v))
		}
	}
	for _, n := range w.names {
		if m := w.get(n.Namespace, n.Name); m != nil {
			data, err := m.MarshalJSON()
			if err != nil {
				w.t.Fatal(err)
			}
			said.Write(data)
		}
	}
	for _, s := range secrets {
		if strings.Contains(said.String(), s) {
			w.t.Errorf("secret %q shows", s)
		}
	}
}

// TestUnchanged holds the provider to its promise that an unchanged resource is
// never written.
func TestUnchanged(t *testing.T) {
	w := settled(t)
	before := w.versions()
	w.writes = nil
	_ = w.said()
	for range 3 {
		for _, n := range w.names {
			if res := w.reconcile(n.Namespace, n.Name); res.RequeueAfter != (Options{}).withDefaults().Poll {
				t.Errorf("%s comes again after %s", n, res.RequeueAfter)
			}
		}
	}
	if len(w.writes) > 0 || w.said() != "" {
		t.Errorf("written: %v", w.writes)
	}
	for name, v := range w.versions() {
		if before[name] != v {
			t.Errorf("%s was %s and is %s", name, before[name], v)
		}
	}
}

func (w *world) versions() map[string]string {
	out := map[string]string{}
	for _, n := range w.names {
		out[n.String()] = w.get(n.Namespace, n.Name).GetResourceVersion()
	}
	return out
}

func TestObserved(t *testing.T) {
	w := settled(t)
	cases := map[string]struct {
		kind, name string
		path       []string
		want       any
	}{
		"Region":         {"NetworkV2", "net", []string{"status", "atProvider", "region"}, "north-1"},
		"Integer":        {"NetworkV2", "net", []string{"status", "atProvider", "mtu"}, int64(1400)},
		"LateInitialize": {"SubnetV2", "sub", []string{"spec", "forProvider", "gatewayIp"}, "10.0.0.1"},
		"LateRegion":     {"NetworkV2", "net", []string{"spec", "forProvider", "region"}, "north-1"},
		"LateBalancer":   {"LoadbalancerV2", "balancer", []string{"spec", "forProvider", "loadbalancerProvider"}, "ovn"},
		"Selected":       {"PortV2", "port", []string{"spec", "forProvider", "networkIdRef", "name"}, "net"},
		"InList":         {"PortV2", "port", []string{"status", "atProvider", "allFixedIps"}, []any{"10.0.0.9"}},
		"Container":      {"ContainerV1", "bucket", []string{"metadata", "annotations", meta.AnnotationKeyExternalName}, "shop-backups"},
		"Record":         {"RecordsetV2", "record", []string{"metadata", "annotations", meta.AnnotationKeyExternalName}, w.live(cloud.Zone)[0].ID + "/" + w.live(cloud.Recordset)[0].ID},
		"EC2Access":      {"EC2CredentialV3", "ec2", []string{"status", "atProvider", "access"}, w.live(cloud.EC2Credential)[0].ID},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var at any = w.get(tc.kind, tc.name).Object
			for _, p := range tc.path {
				m, _ := at.(map[string]any)
				at = m[p]
			}
			if !same(at, tc.want) {
				t.Errorf("got %v, want %v", at, tc.want)
			}
		})
	}
}

func TestConnectionDetails(t *testing.T) {
	w := settled(t)
	for name, tc := range map[string]struct {
		key  string
		kind cloud.Kind
	}{
		"credential": {"attribute.secret", cloud.ApplicationCredential},
		"ec2":        {"attribute.secret", cloud.EC2Credential},
		"access":     {"attribute.access_key", cloud.ShareAccess},
	} {
		s := &corev1.Secret{}
		if err := w.client.Get(t.Context(), types.NamespacedName{Namespace: namespace, Name: name}, s); err != nil {
			t.Fatal(err)
		}
		r := w.live(tc.kind)[0]
		want := ""
		for _, v := range w.cloud.Secrets(r.Kind, r.ID) {
			want = v
		}
		if string(s.Data[tc.key]) != want || want == "" || len(s.Data) != 1 {
			t.Errorf("%s: %d keys", name, len(s.Data))
		}
		if len(s.OwnerReferences) != 1 || s.OwnerReferences[0].Kind == "" || s.Type != "connection.crossplane.io/v1alpha1" {
			t.Errorf("%s: owners %v, type %s", name, s.OwnerReferences, s.Type)
		}
	}
	w.showsNoSecret()
}

// TestSchemas holds the samples to the CRDs before they're reconciled.
func TestSchemas(t *testing.T) {
	s := schemas(t)
	w := newWorld(t, cloud.Instant)
	w.apply(lives)
	for _, n := range w.names {
		validate(t, s, w.get(n.Namespace, n.Name).Object)
	}
}

func validate(t *testing.T, s *crd.Set, o map[string]any) {
	t.Helper()
	for _, err := range s.Validate(runtime.DeepCopyJSON(o)) {
		t.Error(err)
	}
}
