package machines

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

const machineManifest = `
apiVersion: cluster.x-k8s.io/v1beta2
kind: Machine
metadata: {name: m, namespace: ns, uid: uid-m, labels: {cluster.x-k8s.io/control-plane: ""}}
spec:
  clusterName: c
  version: v1.36.4
  failureDomain: b
  bootstrap:
    dataSecretName: m
    configRef: {apiGroup: bootstrap.cluster.x-k8s.io, kind: KubeadmConfig, name: m}
  infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: OpenStackMachine, name: m}
`

const cloudMachineManifest = `
apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
kind: OpenStackMachine
metadata:
  name: m
  namespace: ns
  uid: uid-om
  ownerReferences: [{apiVersion: cluster.x-k8s.io/v1beta2, kind: Machine, name: m, uid: uid-m}]
spec:
  flavor: SCS-4V-16-100s
  image: {filter: {name: good}}
  securityGroups: [{id: ` + groupID + `}]
  rootVolume: {sizeGiB: 50, type: ssd, availabilityZone: {from: Machine}}
  additionalBlockDevices: [{name: etcd, sizeGiB: 10, storage: {type: Volume, volume: {type: nvme, availabilityZone: {from: Machine}}}}]
`

const kubeadmConfigManifest = `
apiVersion: bootstrap.cluster.x-k8s.io/v1beta2
kind: KubeadmConfig
metadata: {name: m, namespace: ns}
`

// machineWorld has a machine of a control plane, in a cluster whose infrastructure
// is ready.
func machineWorld(t *testing.T, o Options) *world {
	t.Helper()
	w := newWorld(t, o, clusterManifest, cloudClusterManifest, machineManifest, cloudMachineManifest, kubeadmConfigManifest)
	if err := w.run(clusters{w.shared}, "c"); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]map[string][]byte{"m": {"value": []byte(testdata(t, "init.yaml"))}, "c-kubeconfig": {"value": []byte("a kubeconfig")}} {
		s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: name}, Data: data}
		if err := w.client.Create(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *world) nodes() []corev1.Node {
	w.t.Helper()
	var nodes corev1.NodeList
	if err := w.workload.List(w.t.Context(), &nodes); err != nil {
		w.t.Fatal(err)
	}
	return nodes.Items
}

func TestMachineBecomesNode(t *testing.T) {
	w := machineWorld(t, Options{})
	if err := w.run(servers{w.shared}, "m"); err != nil {
		t.Fatal(err)
	}
	list := w.cloud.List(cloud.Filter{Kind: cloud.Server})
	if len(list) != 1 {
		t.Fatalf("got %d servers, want 1", len(list))
	}
	server := list[0]
	if diff := cmp.Diff([]string{"m", "b", "good"}, []string{server.Name, server.Text("availabilityZone"), server.Text("image")}); diff != "" {
		t.Errorf("server: -want +got:\n%s", diff)
	}
	// Its deletion would have to come before that of everything it is in.
	for _, id := range []string{groupID, text(w.get(cloudClusterKind, "c"), "status", "controlPlaneSecurityGroup", "id")} {
		if !slices.Contains(server.Uses, id) {
			t.Errorf("the server doesn't use security group %s", id)
		}
	}
	if err := w.cloud.Delete(cloud.Network, networkID); !cloud.IsConflict(err) {
		t.Errorf("deleting its network: got error %v, want a conflict", err)
	}
	var volumes []string
	for _, v := range w.cloud.List(cloud.Filter{Kind: cloud.Volume}) {
		volumes = append(volumes, v.Name+" "+v.Text("volumeType")+" "+v.Text("availabilityZone"))
	}
	slices.Sort(volumes)
	if diff := cmp.Diff([]string{"m-etcd nvme b", "m-root ssd b"}, volumes); diff != "" {
		t.Errorf("volumes: -want +got:\n%s", diff)
	}

	u := w.get(cloudMachineKind, "m")
	got := []string{text(u, "spec", "providerID"), text(u, "status", "instanceID"), text(u, "status", "instanceState")}
	if diff := cmp.Diff([]string{"openstack:///" + server.ID, server.ID, "ACTIVE"}, got); diff != "" || !truth(u, "status", "ready") {
		t.Errorf("OpenStackMachine: -want +got:\n%s", diff)
	}
	nodes := w.nodes()
	if len(nodes) != 1 || nodes[0].Spec.ProviderID != "openstack:///"+server.ID {
		t.Errorf("got nodes %v", nodes)
	}
	if diff := cmp.Diff([]string{"endpoint ns.c", "start ns.c"}, w.api.calls); diff != "" {
		t.Errorf("the API server starts once: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff("the authority\n", string(w.api.keys.CA)); diff != "" {
		t.Errorf("its authority is the user data's: -want +got:\n%s", diff)
	}
	if w.get(kubeadmConfigKind, "m").GetAnnotations()[expiryAnnotation] == "" {
		t.Error("the kubeadm control plane would look for a certificate in a pod that doesn't run")
	}
}

func TestMachineWaits(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*world)
		want   string
		fails  bool
	}{
		"for the infrastructure": {
			reason: "there is no network to be in",
			change: func(w *world) {
				w.change(cloudClusterKind, "c", func(u *unstructured.Unstructured) { set(u, false, "status", "ready") })
			},
			want: "False WaitingForClusterInfrastructure",
		},
		"for its user data": {
			reason: "it wouldn't know what to do",
			change: func(w *world) {
				w.change(machineKind, "m", func(u *unstructured.Unstructured) {
					unstructured.RemoveNestedField(u.Object, "spec", "bootstrap", "dataSecretName")
				})
			},
			want: "False WaitingForBootstrapData",
		},
		"for its image": {
			reason: "the cloud doesn't have it",
			change: func(w *world) {
				w.change(cloudMachineKind, "m", func(u *unstructured.Unstructured) { set(u, "bad", "spec", "image", "filter", "name") })
			},
			want: "False InstanceCreateFailed Invalid image identifier bad or unable to access requested image.", fails: true,
		},
		"for the cloud": {
			reason: "no server is left",
			change: func(w *world) {
				if _, err := w.cloud.Fail(cloud.QuotaExceeded(cloud.Server)); err != nil {
					w.t.Fatal(err)
				}
			},
			want: "False InstanceCreateFailed Quota exceeded for resources: ['instance'].", fails: true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := machineWorld(t, Options{})
			tc.change(w)
			err := w.run(servers{w.shared}, "m")
			if (err != nil) != tc.fails {
				t.Errorf("%s: got error %v, want one: %v", tc.reason, err, tc.fails)
			}
			if diff := cmp.Diff(tc.want, w.condition(cloudMachineKind, "m", instanceReady)); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
			if n := len(w.nodes()); n > 0 {
				t.Errorf("%s: got %d nodes", tc.reason, n)
			}
			// An error must not be written again and again.
			before := w.writes
			_ = w.run(servers{w.shared}, "m")
			if w.writes != before {
				t.Errorf("%s: %d more writes while nothing changes", tc.reason, w.writes-before)
			}
		})
	}
}

// A machine is ready when its server is, and becomes a node when the API server
// answers.
func TestAPIServerIsDown(t *testing.T) {
	w := machineWorld(t, Options{})
	w.down = errors.New("connection refused")
	if err := w.run(servers{w.shared}, "m"); err == nil {
		t.Error("nobody is told to try again")
	}
	if !truth(w.get(cloudMachineKind, "m"), "status", "ready") {
		t.Error("the server is active, the machine is not ready")
	}
	w.down = nil
	if err := w.run(servers{w.shared}, "m"); err != nil {
		t.Fatal(err)
	}
	if len(w.nodes()) != 1 {
		t.Errorf("got %d nodes, want 1", len(w.nodes()))
	}
}

// A slow boot delays the node, not the server.
func TestBootTakesTime(t *testing.T) {
	w := machineWorld(t, Options{Boot: time.Hour})
	for range 10 {
		request := ctrl.Request{NamespacedName: client.ObjectKey{Namespace: "ns", Name: "m"}}
		if _, err := (servers{w.shared}).Reconcile(t.Context(), request); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.nodes()); n > 0 || !truth(w.get(cloudMachineKind, "m"), "status", "ready") {
		t.Errorf("got %d nodes, want none, and a machine that is ready", n)
	}
}

func TestMachineGoes(t *testing.T) {
	w := machineWorld(t, Options{})
	if err := w.run(servers{w.shared}, "m"); err != nil {
		t.Fatal(err)
	}
	w.delete(cloudMachineKind, "m")
	if err := w.run(servers{w.shared}, "m"); err != nil {
		t.Fatal(err)
	}
	for _, name := range w.names() {
		if strings.HasPrefix(name, "Server") || strings.HasPrefix(name, "Volume") {
			t.Errorf("left in the cloud: %s", name)
		}
	}
	if len(w.nodes()) > 0 || w.get(cloudMachineKind, "m") != nil {
		t.Errorf("left: %d nodes, OpenStackMachine %v", len(w.nodes()), w.get(cloudMachineKind, "m"))
	}
}

// What nobody can reach any more, or what has lost its owners, must go too.
func TestMachineGoesInSpiteOf(t *testing.T) {
	cases := map[string]func(*world){
		"an API server that is down": func(w *world) { w.down = errors.New("connection refused") },
		"a missing Machine":          func(w *world) { w.delete(machineKind, "m") },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			w := machineWorld(t, Options{})
			if err := w.run(servers{w.shared}, "m"); err != nil {
				t.Fatal(err)
			}
			change(w)
			w.delete(cloudMachineKind, "m")
			if err := w.run(servers{w.shared}, "m"); err != nil {
				t.Fatal(err)
			}
			if w.get(cloudMachineKind, "m") != nil || len(w.cloud.List(cloud.Filter{Kind: cloud.Server})) > 0 {
				t.Error("it is still there")
			}
		})
	}
}

func TestServerIsLost(t *testing.T) {
	w := machineWorld(t, Options{})
	if err := w.run(servers{w.shared}, "m"); err != nil {
		t.Fatal(err)
	}
	if err := w.cloud.Delete(cloud.Server, text(w.get(cloudMachineKind, "m"), "status", "instanceID")); err != nil {
		t.Fatal(err)
	}
	if err := w.run(servers{w.shared}, "m"); err != nil {
		t.Fatal(err)
	}
	got := []string{text(w.get(cloudMachineKind, "m"), "status", "failureReason"), w.condition(cloudMachineKind, "m", conditionReady)}
	if diff := cmp.Diff([]string{"UpdateError", "False InstanceDeleted The server was unexpectedly deleted"}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(w.nodes()) > 0 {
		t.Error("the node of a server that is gone is left")
	}
	if n := len(w.cloud.List(cloud.Filter{Kind: cloud.Server})); n > 0 {
		t.Errorf("got %d servers: it is Cluster API's to replace the machine", n)
	}
}

// Whoever is killed between making a server and writing it down must find it again.
func TestServerIsMadeOnce(t *testing.T) {
	w := machineWorld(t, Options{})
	if err := w.run(servers{w.shared}, "m"); err != nil {
		t.Fatal(err)
	}
	w.change(cloudMachineKind, "m", func(u *unstructured.Unstructured) {
		u.SetAnnotations(nil)
		unstructured.RemoveNestedField(u.Object, "spec", "providerID")
		delete(u.Object, "status")
	})
	if err := w.run(servers{w.shared}, "m"); err != nil {
		t.Fatal(err)
	}
	if n := len(w.cloud.List(cloud.Filter{Kind: cloud.Server})); n != 1 {
		t.Errorf("got %d servers, want 1", n)
	}
}

func TestImage(t *testing.T) {
	const manifest = `
apiVersion: openstack.k-orc.cloud/v1alpha1
kind: Image
metadata: {name: i, namespace: ns, generation: 1}
spec: {managementPolicy: unmanaged, import: {filter: {name: NAME}}}
`
	cases := map[string]struct{ name, id, want string }{
		"offered": {"good", "image-id", "True Success OpenStack resource is available"},
		"missing": {"bad", "", `False Progressing cannot find image "bad" in the cloud`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{}, strings.Replace(manifest, "NAME", tc.name, 1))
			err := w.run(images{w.shared}, "i")
			if (err == nil) != (tc.id != "") {
				t.Errorf("got error %v", err)
			}
			if diff := cmp.Diff(tc.want, w.condition(imageKind, "i", "Available")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if diff := cmp.Diff(tc.id, text(w.get(imageKind, "i"), "status", "id")); diff != "" {
				t.Errorf("ID: -want +got:\n%s", diff)
			}
		})
	}
}
