package machines

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func testHost() host {
	return host{
		id: "id-1", name: "m-1", address: "10.0.0.7", zone: "b", region: "r", version: "v1.36.4",
		flavor: "big", size: Flavor{CPU: 8, MemoryMiB: 32768, DiskGiB: 100, Architecture: "arm64"},
	}
}

func testBoot(t *testing.T, data string) userData {
	t.Helper()
	u, err := boot([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestNode(t *testing.T) {
	n := nodeOf(testHost(), testBoot(t, testdata(t, "join.yaml")))
	labels := map[string]string{
		"skerry.dev/pool": "web", "a": "b",
		"kubernetes.io/hostname": "m-1", "kubernetes.io/os": "linux", "kubernetes.io/arch": "arm64",
		"node.kubernetes.io/instance-type": "big",
		"topology.kubernetes.io/zone":      "b", "topology.kubernetes.io/region": "r",
	}
	if diff := cmp.Diff(labels, n.Labels); diff != "" {
		t.Errorf("labels: -want +got:\n%s", diff)
	}
	allocatable := corev1.ResourceList{
		"cpu": resource.MustParse("8"), "memory": resource.MustParse("32Gi"), "ephemeral-storage": resource.MustParse("100Gi"), "pods": resource.MustParse("110"),
	}
	if diff := cmp.Diff(allocatable, n.Status.Allocatable); diff != "" {
		t.Errorf("allocatable: -want +got:\n%s", diff)
	}
	got := []string{n.Spec.ProviderID, n.Status.NodeInfo.KubeletVersion, n.Status.Addresses[0].Address}
	if diff := cmp.Diff([]string{"openstack:///id-1", "v1.36.4", "10.0.0.7"}, got); diff != "" {
		t.Errorf("provider ID, version and address: -want +got:\n%s", diff)
	}
	for _, taint := range n.Spec.Taints {
		if taint.Key == "node.cloudprovider.kubernetes.io/uninitialized" {
			t.Error("nobody would take the cloud provider's taint away")
		}
	}
}

// The first machine of a control plane is a node with three pods, and does what
// kubeadm does once in a cluster. All of it can be repeated.
func TestRegister(t *testing.T) {
	c, ctx := workloadCluster(t), t.Context()
	for range 2 {
		if err := register(ctx, c, testHost(), testBoot(t, testdata(t, "init.yaml"))); err != nil {
			t.Fatal(err)
		}
	}
	var n corev1.Node
	if err := c.Get(ctx, client.ObjectKey{Name: "m-1"}, &n); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]corev1.Taint{{Key: roleControlPlane, Effect: corev1.TaintEffectNoSchedule}}, n.Spec.Taints); diff != "" {
		t.Errorf("taints: -want +got:\n%s", diff)
	}
	var pods corev1.PodList
	if err := c.List(ctx, &pods, client.InNamespace("kube-system")); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range pods.Items {
		got = append(got, p.Name)
		if p.Status.Phase != corev1.PodRunning || p.Annotations[corev1.MirrorPodAnnotationKey] == "" || p.Spec.NodeName != "m-1" {
			t.Errorf("pod %s is no static pod that runs: %v", p.Name, p)
		}
	}
	if diff := cmp.Diff([]string{"kube-apiserver-m-1", "kube-controller-manager-m-1", "kube-scheduler-m-1"}, got); diff != "" {
		t.Errorf("pods: -want +got:\n%s", diff)
	}
	var config corev1.ConfigMap
	if err := c.Get(ctx, client.ObjectKey{Namespace: "kube-system", Name: "kubeadm-config"}, &config); err != nil {
		t.Fatal(err)
	}
	want := "apiVersion: kubeadm.k8s.io/v1beta4\nclusterName: c\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.4\n"
	if diff := cmp.Diff(want, config.Data["ClusterConfiguration"]); diff != "" {
		t.Errorf("kubeadm-config: -want +got:\n%s", diff)
	}
	var proxy appsv1.DaemonSet
	if err := c.Get(ctx, client.ObjectKey{Namespace: "kube-system", Name: "kube-proxy"}, &proxy); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("registry.k8s.io/kube-proxy:v1.36.4", proxy.Spec.Template.Spec.Containers[0].Image); diff != "" {
		t.Errorf("kube-proxy: -want +got:\n%s", diff)
	}
}

func TestRegisterWorker(t *testing.T) {
	c, ctx := workloadCluster(t), t.Context()
	if err := register(ctx, c, testHost(), testBoot(t, testdata(t, "join.yaml"))); err != nil {
		t.Fatal(err)
	}
	var pods corev1.PodList
	var configs corev1.ConfigMapList
	if err := c.List(ctx, &pods); err != nil || len(pods.Items) > 0 {
		t.Errorf("got %d pods and error %v, want none", len(pods.Items), err)
	}
	if err := c.List(ctx, &configs); err != nil || len(configs.Items) > 0 {
		t.Errorf("got %d ConfigMaps and error %v, want none", len(configs.Items), err)
	}
}

func TestRegisterSkipsPhases(t *testing.T) {
	c, ctx := workloadCluster(t), t.Context()
	u := testBoot(t, testdata(t, "init.yaml"))
	u.skipPhases = []string{"addon/kube-proxy"}
	if err := register(ctx, c, testHost(), u); err != nil {
		t.Fatal(err)
	}
	var sets appsv1.DaemonSetList
	var deployments appsv1.DeploymentList
	if err := c.List(ctx, &sets); err != nil || len(sets.Items) > 0 {
		t.Errorf("got %d DaemonSets and error %v, want none", len(sets.Items), err)
	}
	if err := c.List(ctx, &deployments); err != nil || len(deployments.Items) != 1 {
		t.Errorf("got %d Deployments and error %v, want coredns", len(deployments.Items), err)
	}
}

// A server's name may come back, its node must not be taken over.
func TestRegisterRefusesAnothersNode(t *testing.T) {
	other := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "m-1"}, Spec: corev1.NodeSpec{ProviderID: "openstack:///other"}}
	if err := register(t.Context(), workloadCluster(t, other), testHost(), testBoot(t, testdata(t, "join.yaml"))); err == nil {
		t.Error("it took over another server's node")
	}
}

func TestUnregister(t *testing.T) {
	ctx := t.Context()
	pod := func(name, node string) *corev1.Pod {
		return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}, Spec: corev1.PodSpec{NodeName: node}}
	}
	c := workloadCluster(t, &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "m-1"}}, pod("here", "m-1"), pod("there", "m-2"))
	for range 2 {
		if err := unregister(ctx, c, "m-1"); err != nil {
			t.Fatal(err)
		}
	}
	var pods corev1.PodList
	var nodes corev1.NodeList
	if err := c.List(ctx, &pods); err != nil || len(pods.Items) != 1 || pods.Items[0].Name != "there" {
		t.Errorf("got pods %v and error %v, want the other node's", pods.Items, err)
	}
	if err := c.List(ctx, &nodes); err != nil || len(nodes.Items) > 0 {
		t.Errorf("got %d nodes and error %v, want none", len(nodes.Items), err)
	}
}
