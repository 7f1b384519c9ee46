package machines

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

const clusterManifest = `
apiVersion: cluster.x-k8s.io/v1beta2
kind: Cluster
metadata: {name: c, namespace: ns, uid: uid-c}
spec:
  infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: OpenStackCluster, name: c}
`

const cloudClusterManifest = `
apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
kind: OpenStackCluster
metadata:
  name: c
  namespace: ns
  uid: uid-oc
  ownerReferences: [{apiVersion: cluster.x-k8s.io/v1beta2, kind: Cluster, name: c, uid: uid-c}]
spec:
  network: {id: ` + networkID + `}
  subnets: [{id: ` + subnetID + `}]
  router: {id: ` + routerID + `}
  externalNetwork: {id: ` + externalID + `}
  managedSecurityGroups: {allowAllInClusterTraffic: true}
  apiServerLoadBalancer: {enabled: true, provider: amphora, allowedCIDRs: [192.0.2.0/24]}
  controlPlaneAvailabilityZones: [b]
`

func TestClusterBecomesReady(t *testing.T) {
	w := newWorld(t, Options{}, clusterManifest, cloudClusterManifest)
	if err := w.run(clusters{w.shared}, "c"); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"SecurityGroup k8s-cluster-ns-c-secgroup-controlplane",
		"SecurityGroup k8s-cluster-ns-c-secgroup-worker",
		"LoadBalancer k8s-clusterapi-cluster-ns-c-kubeapi",
		"FloatingIP",
	}
	got := w.names()
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("in the cloud: -want +got:\n%s", diff)
	}
	u := w.get(cloudClusterKind, "c")
	endpoint, _, _ := unstructured.NestedMap(u.Object, "spec", "controlPlaneEndpoint")
	if diff := cmp.Diff(map[string]any{"host": "127.0.0.1", "port": int64(20000)}, endpoint); diff != "" {
		t.Errorf("endpoint: -want +got:\n%s", diff)
	}
	domains, _, _ := unstructured.NestedMap(u.Object, "status", "failureDomains")
	if diff := cmp.Diff(map[string]any{"a": map[string]any{"controlPlane": false}, "b": map[string]any{"controlPlane": true}}, domains); diff != "" {
		t.Errorf("failure domains: -want +got:\n%s", diff)
	}
	for _, c := range []string{conditionReady, networkReady, routerReady, groupsReady, endpointReady} {
		if diff := cmp.Diff("True", w.condition(cloudClusterKind, "c", c)); diff != "" {
			t.Errorf("condition %s: -want +got:\n%s", c, diff)
		}
	}
	if !truth(u, "status", "ready") || text(u, "status", "network", "name") != "net" {
		t.Errorf("got status %v", u.Object["status"])
	}
	if diff := cmp.Diff([]string{"endpoint ns.c"}, w.api.calls); diff != "" {
		t.Errorf("nothing but an address is asked for: -want +got:\n%s", diff)
	}
	for _, suffix := range []string{etcdAuthority, etcdClient} {
		s, err := w.shared.keyring(w.get(clusterKind, "c"), u).get(t.Context(), suffix)
		if err != nil || s == nil || len(s.Data[corev1.TLSCertKey]) == 0 || s.Labels[clusterNameLabel] != "c" {
			t.Errorf("Secret c%s: got %v, %v", suffix, s, err)
		}
	}
}

func TestClusterWaits(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*world)
		// condition and want are what the OpenStackCluster says.
		condition, want string
		fails           bool
	}{
		"network is missing": {
			reason:    "the cloud's refusal is told",
			change:    func(w *world) { w.set("spec", "network", "id", "none") },
			condition: networkReady, want: "False NetworkCreateFailed Network none could not be found.", fails: true,
		},
		"cloud is full": {
			reason: "the cloud's refusal is told",
			change: func(w *world) {
				if _, err := w.cloud.Fail(cloud.QuotaExceeded(cloud.LoadBalancer)); err != nil {
					w.t.Fatal(err)
				}
			},
			condition: endpointReady, want: "False APIEndpointConfigFailed Quota exceeded for resources: ['load_balancer'].", fails: true,
		},
		"paused": {
			reason: "somebody wants it left alone",
			change: func(w *world) {
				w.change(cloudClusterKind, "c", func(u *unstructured.Unstructured) { u.SetAnnotations(map[string]string{pausedAnnotation: ""}) })
			},
			condition: conditionReady,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Options{}, clusterManifest, cloudClusterManifest)
			tc.change(w)
			err := w.run(clusters{w.shared}, "c")
			if (err != nil) != tc.fails {
				t.Errorf("%s: got error %v, want one: %v", tc.reason, err, tc.fails)
			}
			if diff := cmp.Diff(tc.want, w.condition(cloudClusterKind, "c", tc.condition)); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
			if truth(w.get(cloudClusterKind, "c"), "status", "ready") {
				t.Errorf("%s: it is ready", tc.reason)
			}
		})
	}
}

// set changes a field of the OpenStackCluster.
func (w *world) set(path ...string) {
	w.t.Helper()
	last := len(path) - 1
	w.change(cloudClusterKind, "c", func(u *unstructured.Unstructured) { set(u, path[last], path[:last]...) })
}

// An eager cluster's API server runs, with a kubeconfig for it, before Cluster API
// hears of the infrastructure.
func TestEager(t *testing.T) {
	w := newWorld(t, Options{Eager: true}, clusterManifest, cloudClusterManifest)
	if err := w.run(clusters{w.shared}, "c"); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(w.api.calls, "start ns.c") {
		t.Fatalf("got calls %q, want a start", w.api.calls)
	}
	var s corev1.Secret
	if err := w.client.Get(t.Context(), client.ObjectKey{Namespace: "ns", Name: "c-kubeconfig"}, &s); err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.RESTConfigFromKubeConfig(s.Data["value"])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("https://127.0.0.1:20000", config.Host); diff != "" {
		t.Errorf("server: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff(string(w.api.keys.CA), string(config.CAData)); diff != "" {
		t.Errorf("the API server has another authority than its clients: -server +client:\n%s", diff)
	}
}

// The network can't be given back while there are machines in it, nor the API
// stopped.
func TestClusterGoesAfterItsMachines(t *testing.T) {
	const left = `
apiVersion: infrastructure.cluster.x-k8s.io/v1beta1
kind: OpenStackMachine
metadata: {name: m, namespace: ns, labels: {cluster.x-k8s.io/cluster-name: c}}
`
	w := newWorld(t, Options{}, clusterManifest, cloudClusterManifest, left)
	if err := w.run(clusters{w.shared}, "c"); err != nil {
		t.Fatal(err)
	}
	w.delete(cloudClusterKind, "c")
	before := len(w.names())
	if err := w.run(clusters{w.shared}, "c"); err != nil {
		t.Fatal(err)
	}
	if len(w.names()) != before || w.get(cloudClusterKind, "c") == nil {
		t.Fatalf("with a machine left: got %q in the cloud", w.names())
	}

	w.delete(cloudMachineKind, "m")
	if err := w.run(clusters{w.shared}, "c"); err != nil {
		t.Fatal(err)
	}
	if left := w.names(); len(left) > 0 {
		t.Errorf("left in the cloud: %q", left)
	}
	if diff := cmp.Diff("stop ns.c", w.api.calls[len(w.api.calls)-1]); diff != "" {
		t.Errorf("last call: -want +got:\n%s", diff)
	}
	if w.get(cloudClusterKind, "c") != nil {
		t.Error("the finalizer is left")
	}
	report, err := w.cloud.Report()
	if err != nil || report.Total.RefusedDeletes > 0 {
		t.Errorf("got %d refused deletions, and error %v", report.Total.RefusedDeletes, err)
	}
	var gone []string
	for _, e := range w.cloud.Events(0) {
		if e.Verb == cloud.Delete {
			gone = append(gone, string(e.Kind))
		}
	}
	if diff := cmp.Diff([]string{"FloatingIP", "LoadBalancer", "SecurityGroup", "SecurityGroup"}, gone); diff != "" {
		t.Errorf("order: -want +got:\n%s", diff)
	}
}
