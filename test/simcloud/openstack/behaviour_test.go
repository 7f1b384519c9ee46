package openstack

import (
	"strings"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/meta"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

const network = `
kind: NetworkV2
metadata: {name: net}
spec: {forProvider: {name: net}}
`

const subnet = `
kind: SubnetV2
metadata: {name: sub}
spec: {forProvider: {name: sub, networkIdRef: {name: net}, cidr: 10.0.0.0/24}}
`

// TestRefused asks what Synced says when something is in the way.
func TestRefused(t *testing.T) {
	cases := map[string]struct {
		reason  string
		prepare func(*world)
		apply   string
		name    string
		want    string
	}{
		"NoReference": {
			"What is referred to must exist.", func(*world) {}, subnet, "sub",
			`False ReconcileError cannot resolve references: mg.Spec.ForProvider.NetworkID: cannot get referenced resource: networkv2s.networking.openstack.m.crossplane.io "net" not found`,
		},
		"NotReady": {
			"And be active.", func(w *world) { w.apply(network) }, subnet, "sub",
			"False ReconcileError cannot resolve references: mg.Spec.ForProvider.NetworkID: referenced field was empty (referenced resource may not yet be ready)",
		},
		"NoSelection": {
			"Something must be selected.", func(*world) {}, strings.Replace(subnet, "networkIdRef: {name: net}", "networkIdSelector: {matchLabels: {a: b}}", 1), "sub",
			"False ReconcileError cannot resolve references: mg.Spec.ForProvider.NetworkID: no resources matched selector",
		},
		"NoConfig": {
			"The provider configuration must exist.", func(w *world) { w.remove(&ClusterProviderConfig{Config{ObjectMeta: metav1.ObjectMeta{Name: "north"}}}) }, network, "net",
			`False ReconcileError connect failed: cannot get terraform setup: cannot resolve provider config: cannot get referenced ProviderConfig: clusterproviderconfigs.openstack.m.crossplane.io "north" not found`,
		},
		"OtherConfig": {
			"A namespace's configuration isn't the cluster's.", func(*world) {}, strings.Replace(network, "spec: {", "spec: {providerConfigRef: {kind: ProviderConfig, name: north}, ", 1), "net",
			`False ReconcileError connect failed: cannot get terraform setup: cannot resolve provider config: cannot get referenced ProviderConfig: providerconfigs.openstack.m.crossplane.io "north" not found`,
		},
		"NoSecret": {
			"The credentials must exist.", func(w *world) { w.remove(config()[0].(*corev1.Secret)) }, network, "net",
			`False ReconcileError connect failed: cannot get terraform setup: cannot extract credentials: cannot get credentials secret: secrets "cloud" not found`,
		},
		"BadSecret": {
			"They must be JSON, and aren't shown.", func(w *world) { w.credentials(password) }, network, "net",
			"False ReconcileError connect failed: cannot get terraform setup: cannot unmarshal openstack credentials as JSON",
		},
		"NoAuthURL": {
			"They must say where the cloud is.", func(w *world) { w.credentials(`{"password":"` + password + `"}`) }, network, "net",
			"False ReconcileError connect failed: cannot get terraform setup: failed to configure the no-fork OpenStack client: failed to configure the provider: [{0 One of 'auth_url' or 'cloud' must be specified  []}]",
		},
		"Quota": {
			"The cloud's words are shown.", func(w *world) { w.fail(cloud.QuotaExceeded(cloud.Network)) }, network, "net",
			"False ReconcileError create failed: async create failed: failed to create the resource: [{0 Error creating openstack_networking_network_v2: Quota exceeded for resources: ['network'].  []}]",
		},
		"BadRange": {
			"A rule's too.", func(w *world) { w.apply(network); w.settle() }, strings.Replace(subnet, "10.0.0.0/24", "ten", 1), "sub",
			"False ReconcileError create failed: async create failed: failed to create the resource: [{0 Error creating openstack_networking_subnet_v2: Invalid input for cidr. Reason: 'ten' is not a valid IP subnet.  []}]",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, cloud.Real)
			if name == "BadRange" {
				w = newWorld(t, cloud.Instant)
			}
			tc.prepare(w)
			w.apply(tc.apply)
			kind := w.names[len(w.names)-1].Namespace
			for range 2 {
				if res := w.reconcile(kind, tc.name); !res.Requeue { //nolint:staticcheck // crossplane-runtime sets it
					t.Errorf("%s\nit isn't tried again: %v", tc.reason, res)
				}
			}
			if got := w.condition(kind, tc.name, xpv2.TypeSynced); got != tc.want {
				t.Errorf("%s\n got %s\nwant %s", tc.reason, got, tc.want)
			}
			w.showsNoSecret()
		})
	}
}

func (w *world) remove(o client.Object) {
	w.t.Helper()
	if err := w.client.Delete(w.t.Context(), o); err != nil {
		w.t.Fatal(err)
	}
}

// credentials replaces the credentials.
func (w *world) credentials(text string) {
	w.t.Helper()
	s := config()[0].(*corev1.Secret)
	s.Data["config"] = []byte(text)
	if err := w.client.Update(w.t.Context(), s); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) fail(f cloud.Fault) {
	w.t.Helper()
	if _, err := w.cloud.Fail(f); err != nil {
		w.t.Fatal(err)
	}
}

func TestHeals(t *testing.T) {
	w := newWorld(t, cloud.Instant)
	w.fail(cloud.Fault{Kind: cloud.Network, Count: 3, Message: "503"})
	w.apply(network)
	w.settle()
	if got := w.condition("NetworkV2", "net", xpv2.TypeReady); got != "True Available" {
		t.Error(got)
	}
	if n := len(w.live(cloud.Network)); n != 1 {
		t.Errorf("there are %d networks", n)
	}
}

// TestBuilding follows a resource that takes time.
func TestBuilding(t *testing.T) {
	w := newWorld(t, cloud.Real)
	w.apply(network + "---" + subnet)
	for range 3 {
		w.reconcile("NetworkV2", "net")
		w.reconcile("SubnetV2", "sub")
	}
	if got := w.condition("NetworkV2", "net", xpv2.TypeReady); got != "False Creating" {
		t.Error(got)
	}
	if got := w.condition("NetworkV2", "net", xpv2.TypeSynced); got != "True ReconcileSuccess" {
		t.Error(got)
	}
	r := w.live(cloud.Network)[0]
	res := w.reconcile("NetworkV2", "net")
	if d := r.ActiveAt.Sub(r.Created); res.RequeueAfter == 0 || res.RequeueAfter > d {
		t.Errorf("it comes again after %s and takes %s", res.RequeueAfter, d)
	}
	if meta.GetExternalName(w.get("NetworkV2", "net")) == "" || cloudID(w.get("NetworkV2", "net")) != "" {
		t.Error("it should be written down, and not be shown yet")
	}
	if len(w.live(cloud.Subnet)) > 0 {
		t.Error("the subnet should wait")
	}
}

// TestKilled lets the process die between creating and writing down.
func TestKilled(t *testing.T) {
	w := newWorld(t, cloud.Instant)
	w.apply(network)
	w.reconcile("NetworkV2", "net")
	id := w.live(cloud.Network)[0].ID
	m := w.get("NetworkV2", "net")
	m.SetAnnotations(map[string]string{meta.AnnotationKeyExternalCreatePending: "2026-01-01T00:00:00Z"})
	if err := w.client.Update(t.Context(), &m.Unstructured); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if all := w.live(cloud.Network); len(all) != 1 || meta.GetExternalName(w.get("NetworkV2", "net")) != id {
		t.Errorf("got %v", all)
	}
	report, err := w.cloud.Report()
	if err != nil || report.Total.Creates != 1 {
		t.Errorf("created %d times, %v", report.Total.Creates, err)
	}
}

func TestDrift(t *testing.T) {
	w := newWorld(t, cloud.Instant)
	w.apply(strings.Replace(network, "name: net}}", "name: net, description: mine}}", 1))
	w.settle()
	id := w.live(cloud.Network)[0].ID
	if _, err := w.cloud.Update(cloud.Network, id, map[string]any{"description": "somebody's", "dnsDomain": "a.org."}); err != nil {
		t.Fatal(err)
	}
	w.settle()
	got := w.live(cloud.Network)[0]
	if got.Text("description") != "mine" {
		t.Errorf("the description is %q", got.Text("description"))
	}
	if d := w.get("NetworkV2", "net").section("spec", "forProvider")["dnsDomain"]; d != "a.org." {
		t.Errorf("what the spec doesn't say is taken over, not %v", d)
	}
	if err := w.cloud.Delete(cloud.Network, id); err != nil {
		t.Fatal(err)
	}
	w.settle()
	if all := w.live(cloud.Network); len(all) != 1 || all[0].ID == id || meta.GetExternalName(w.get("NetworkV2", "net")) != all[0].ID {
		t.Errorf("a new one should take its place: %v", all)
	}
}

func TestUpdate(t *testing.T) {
	cases := map[string]struct {
		reason string
		field  string
		value  any
		synced string
		want   any
	}{
		"Allowed":  {"Names can change.", "name", "net2", "True ReconcileSuccess", "net2"},
		"List":     {"Lists too.", "dnsNameservers", []any{"192.0.2.54"}, "True ReconcileSuccess", []any{"192.0.2.54"}},
		"Replaces": {"Ranges can't.", "cidr", "10.1.0.0/24", `False ReconcileError update failed: refuse to update the external resource because the following update requires replacing it: cannot change the value of the argument "cidr" from "10.0.0.0/24" to "10.1.0.0/24"`, "10.0.0.0/24"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, cloud.Instant)
			w.apply(network + "---" + subnet)
			w.settle()
			w.edit("SubnetV2", "sub", tc.value, "spec", "forProvider", tc.field)
			for range 3 {
				w.reconcile("SubnetV2", "sub")
			}
			if got := w.condition("SubnetV2", "sub", xpv2.TypeSynced); got != tc.synced {
				t.Errorf("%s\n got %s\nwant %s", tc.reason, got, tc.synced)
			}
			if got := w.live(cloud.Subnet)[0].Attributes[tc.field]; !same(got, tc.want) {
				t.Errorf("%s got %v", tc.reason, got)
			}
			if g := w.get("SubnetV2", "sub").GetCondition(xpv2.TypeSynced).ObservedGeneration; g != 2 {
				t.Errorf("the condition is of generation %d", g)
			}
		})
	}
}

func TestPolicies(t *testing.T) {
	with := func(policies string) string {
		return strings.Replace(network, "spec: {", "spec: {managementPolicies: "+policies+", ", 1)
	}
	t.Run("Observe", func(t *testing.T) {
		w := newWorld(t, cloud.Instant)
		r, err := w.cloud.Create(cloud.Spec{Kind: cloud.Network, Attributes: map[string]any{"name": "old"}})
		if err != nil {
			t.Fatal(err)
		}
		w.apply(strings.Replace(with("[Observe]"), "{name: net}", "{name: net, annotations: {crossplane.io/external-name: "+r.ID+"}}", 1))
		w.settle()
		m := w.get("NetworkV2", "net")
		if cloudID(m) != r.ID || m.section("status", "atProvider")["name"] != "old" || w.condition("NetworkV2", "net", xpv2.TypeReady) != "True Available" {
			t.Errorf("got %v", m.section("status"))
		}
		if m.section("spec", "forProvider")["mtu"] != nil || w.live(cloud.Network)[0].Name != "old" {
			t.Error("nothing should be written")
		}
		w.delete("NetworkV2", "net")
		w.settle()
		if w.get("NetworkV2", "net") != nil || len(w.live(cloud.Network)) != 1 {
			t.Error("it should be let go")
		}
	})
	t.Run("ObserveMissing", func(t *testing.T) {
		w := newWorld(t, cloud.Instant)
		w.apply(with("[Observe]"))
		w.settle()
		if got := w.condition("NetworkV2", "net", xpv2.TypeSynced); got != "False ReconcileError observe failed: external resource does not exist" {
			t.Error(got)
		}
	})
	t.Run("KeepOnDelete", func(t *testing.T) {
		w := newWorld(t, cloud.Instant)
		w.apply(with("[Observe, Create, Update, LateInitialize]"))
		w.settle()
		w.delete("NetworkV2", "net")
		w.settle()
		if w.get("NetworkV2", "net") != nil || len(w.live(cloud.Network)) != 1 {
			t.Error("the network should stay, and nothing else")
		}
	})
	t.Run("Paused", func(t *testing.T) {
		w := newWorld(t, cloud.Instant)
		w.apply(strings.Replace(network, "{name: net}", `{name: net, annotations: {crossplane.io/paused: "true"}}`, 1))
		w.settle()
		if got := w.condition("NetworkV2", "net", xpv2.TypeSynced); got != "False ReconcilePaused" || len(w.live(cloud.Network)) != 0 {
			t.Error(got)
		}
	})
}

// TestDeleteOrder deletes a network with all that hangs on it, first what is in
// use.
func TestDeleteOrder(t *testing.T) {
	w := settled(t)
	w.delete("NetworkV2", "net")
	w.delete("SecgroupV2", "group")
	w.reconcile("NetworkV2", "net")
	w.reconcile("NetworkV2", "net")
	if got := w.condition("NetworkV2", "net", xpv2.TypeSynced); !strings.Contains(got, "delete failed: async delete failed: failed to delete the resource: [{0 Error deleting openstack_networking_network_v2: Unable to complete operation on network") {
		t.Error(got)
	}
	if got := w.condition("NetworkV2", "net", xpv2.TypeReady); got != "False Deleting" {
		t.Error(got)
	}
	report, err := w.cloud.Report()
	if err != nil || report.Kinds[cloud.Network].RefusedDeletes != 2 {
		t.Errorf("%v, %v", report.Kinds[cloud.Network], err)
	}
}

// TestOwnSecret brings the secret of a credential along.
func TestOwnSecret(t *testing.T) {
	w := newWorld(t, cloud.Instant)
	s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "mine"}, Data: map[string][]byte{"k": []byte("my-own-secret")}}
	if err := w.client.Create(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	w.apply(`
kind: ApplicationCredentialV3
metadata: {name: credential}
spec: {forProvider: {name: credential, secretSecretRef: {name: mine, key: k}}, writeConnectionSecretToRef: {name: out}}
`)
	w.settle()
	out := &corev1.Secret{}
	if err := w.client.Get(t.Context(), types.NamespacedName{Namespace: namespace, Name: "out"}, out); err != nil {
		t.Fatal(err)
	}
	if string(out.Data["attribute.secret"]) != "my-own-secret" {
		t.Error("it isn't used")
	}
	w.showsNoSecret()
}

// TestNamespacedConfig holds a team's configuration to the team's Secrets.
func TestNamespacedConfig(t *testing.T) {
	w := newWorld(t, cloud.Instant)
	pc := &ProviderConfig{config()[1].(*ClusterProviderConfig).Config}
	pc.Namespace, pc.Name = namespace, "own"
	if err := w.client.Create(t.Context(), pc); err != nil {
		t.Fatal(err)
	}
	w.apply(strings.Replace(network, "spec: {", "spec: {providerConfigRef: {kind: ProviderConfig, name: own}, ", 1))
	w.reconcile("NetworkV2", "net")
	if got := w.condition("NetworkV2", "net", xpv2.TypeSynced); !strings.HasSuffix(got, `cannot get credentials secret: secrets "cloud" not found`) {
		t.Error(got)
	}
	s := config()[0].(*corev1.Secret)
	s.Namespace = namespace
	if err := w.client.Create(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	w.settle()
	usages := &ProviderConfigUsageList{}
	if err := w.client.List(t.Context(), usages); err != nil || len(usages.Items) != 1 || usages.Items[0].ProviderConfigReference.Name != "own" {
		t.Errorf("got %v, %v", usages.Items, err)
	}
}

// TestBucketWithObjects: a bucket is emptied only by whoever asks for that.
func TestBucketWithObjects(t *testing.T) {
	for name, tc := range map[string]struct {
		reason, spec, want string
	}{
		"Kept": {
			"Objects keep their bucket, and the condition says so.", "name: b",
			"False ReconcileError delete failed: async delete failed: failed to delete the resource: [{0 Error deleting openstack_objectstorage_container_v1: " +
				"Container b cannot be deleted: There was a conflict when trying to complete your request. The container is not empty.  []}]",
		},
		"Forced": {"The spec lets objects go along.", "name: b, forceDestroy: true", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, cloud.Instant)
			w.apply("\nkind: ContainerV1\nmetadata: {name: bucket}\nspec: {forProvider: {" + tc.spec + "}}\n")
			w.settle()
			for _, o := range []cloud.Spec{
				{Kind: cloud.Container, Attributes: map[string]any{"name": "other"}},
				{Kind: cloud.Object, Attributes: map[string]any{"containerName": "b", "name": "o", "content": "c"}},
				{Kind: cloud.Object, Attributes: map[string]any{"containerName": "other", "name": "o", "content": "c"}},
			} {
				if _, err := w.cloud.Create(o); err != nil {
					t.Fatal(err)
				}
			}
			w.delete("ContainerV1", "bucket")
			w.settle()
			got := ""
			if w.get("ContainerV1", "bucket") != nil {
				got = w.condition("ContainerV1", "bucket", xpv2.TypeSynced)
			}
			if got != tc.want {
				t.Errorf("%s\ngot  %q\nwant %q", tc.reason, got, tc.want)
			}
			if n := len(w.live(cloud.Object)); (tc.want == "") != (n == 1) {
				t.Errorf("%s %d objects are left", tc.reason, n)
			}
		})
	}
}
