package machines

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// maxPods is kubelet's default.
const maxPods = 110

// A host is what a server is to its kubelet.
type host struct {
	id, name, address string
	zone, region      string
	flavor            string
	size              Flavor
	// version of kubelet, with the v.
	version string
}

// providerID is how the cloud's controllers and Cluster API name a server.
func providerID(serverID string) string { return "openstack:///" + serverID }

// nodeOf returns the node that the host's kubelet registers, with what kubeadm and
// the cloud controller manager add to it. There is no taint for a node that the
// cloud controller manager hasn't seen: a simulated cluster runs none that would
// take it away.
//
// It isn't ready: that comes from whatever plays kubelet in the cluster.
func nodeOf(h host, u userData) *corev1.Node {
	name := u.nodeName(h.name)
	labels := u.labels()
	maps.Copy(labels, map[string]string{
		corev1.LabelHostname:           name,
		corev1.LabelOSStable:           string(corev1.Linux),
		corev1.LabelArchStable:         h.size.Architecture,
		corev1.LabelInstanceTypeStable: h.flavor,
	})
	for label, value := range map[string]string{corev1.LabelTopologyZone: h.zone, corev1.LabelTopologyRegion: h.region} {
		if value != "" {
			labels[label] = value
		}
	}
	capacity := corev1.ResourceList{
		corev1.ResourceCPU:              resource.MustParse(strconv.FormatInt(h.size.CPU, 10)),
		corev1.ResourceMemory:           resource.MustParse(fmt.Sprintf("%dMi", h.size.MemoryMiB)),
		corev1.ResourceEphemeralStorage: resource.MustParse(fmt.Sprintf("%dGi", h.size.DiskGiB)),
		corev1.ResourcePods:             resource.MustParse(strconv.Itoa(maxPods)),
	}
	return &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name:   name,
			Labels: labels,
			Annotations: map[string]string{
				"kubeadm.alpha.kubernetes.io/cri-socket":                 "unix:///run/containerd/containerd.sock",
				"volumes.kubernetes.io/controller-managed-attach-detach": "true",
			},
		},
		Spec: corev1.NodeSpec{ProviderID: providerID(h.id), Taints: u.taints()},
		Status: corev1.NodeStatus{
			Capacity:    capacity,
			Allocatable: capacity,
			Addresses: []corev1.NodeAddress{
				{Type: corev1.NodeInternalIP, Address: h.address},
				{Type: corev1.NodeHostName, Address: name},
			},
			NodeInfo: corev1.NodeSystemInfo{
				Architecture: h.size.Architecture, OperatingSystem: string(corev1.Linux), OSImage: "Ubuntu 24.04 LTS (simulated)",
				KernelVersion: "6.8.0", ContainerRuntimeVersion: "containerd://2.1.0",
				KubeletVersion: h.version, MachineID: h.id, SystemUUID: h.id, BootID: h.id,
			},
		},
	}
}

// staticPods are what kubelet runs of the control plane: kubeadm's manifests,
// mirrored to the API server.
func staticPods(node *corev1.Node, h host) []*corev1.Pod {
	var out []*corev1.Pod
	for _, component := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler"} {
		out = append(out, staticPod(component, node, h))
	}
	return out
}

func staticPod(component string, node *corev1.Node, h host) *corev1.Pod {
	yes := true
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: component + "-" + node.Name, Namespace: metav1.NamespaceSystem,
			Labels: map[string]string{"component": component, "tier": "control-plane"},
			// Who drains a node leaves mirrored pods alone.
			Annotations: map[string]string{corev1.MirrorPodAnnotationKey: h.id, "kubernetes.io/config.hash": h.id, "kubernetes.io/config.source": "file"},
			OwnerReferences: []metav1.OwnerReference{
				{APIVersion: "v1", Kind: "Node", Name: node.Name, UID: node.UID, Controller: &yes},
			},
		},
		Spec: corev1.PodSpec{
			NodeName: node.Name, HostNetwork: true,
			PriorityClassName: "system-node-critical",
			Tolerations:       []corev1.Toleration{{Operator: corev1.TolerationOpExists, Effect: corev1.TaintEffectNoExecute}},
			Containers: []corev1.Container{{
				Name: component, Image: "registry.k8s.io/" + component + ":" + h.version, Command: []string{component},
			}},
		},
	}
}

// running is the status of a static pod. An address keeps whoever plays kubelet
// from giving the pod another.
func running(p *corev1.Pod, address string) {
	now := metav1.Now()
	p.Status = corev1.PodStatus{
		Phase: corev1.PodRunning, HostIP: address, PodIP: address, PodIPs: []corev1.PodIP{{IP: address}}, StartTime: &now,
	}
	for _, kind := range []corev1.PodConditionType{corev1.PodScheduled, corev1.PodInitialized, corev1.ContainersReady, corev1.PodReady} {
		p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: now})
	}
	for _, c := range p.Spec.Containers {
		yes := true
		p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{
			Name: c.Name, Image: c.Image, Ready: true, Started: &yes,
			State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: now}},
		})
	}
}

// register makes the node, and what runs on it when it is part of a control plane.
// It may be called again after it failed halfway.
func register(ctx context.Context, c client.Client, h host, u userData) error {
	node, err := registerNode(ctx, c, h, u)
	if err != nil {
		return err
	}
	if !u.controlPlane {
		return nil
	}
	for _, p := range staticPods(node, h) {
		if err := run(ctx, c, p, h.address); err != nil {
			return fmt.Errorf("cannot run pod %q: %w", p.Name, err)
		}
	}
	return kubeadm(ctx, c, h.version, u)
}

func registerNode(ctx context.Context, c client.Client, h host, u userData) (*corev1.Node, error) {
	want := nodeOf(h, u)
	node := want.DeepCopy()
	err := c.Create(ctx, node)
	if apierrors.IsAlreadyExists(err) {
		err = c.Get(ctx, client.ObjectKeyFromObject(node), node)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot register node %q: %w", want.Name, err)
	}
	if node.Spec.ProviderID != want.Spec.ProviderID {
		return nil, fmt.Errorf("cannot register node %q: there is one of server %q", want.Name, node.Spec.ProviderID)
	}
	// The API server taints each new node until a controller has seen it ready that
	// a simulated cluster need not run.
	before := node.DeepCopy()
	node.Spec.Taints = slices.DeleteFunc(node.Spec.Taints, func(t corev1.Taint) bool { return t.Key == corev1.TaintNodeNotReady })
	if len(node.Spec.Taints) == len(before.Spec.Taints) {
		return node, nil
	}
	return node, c.Patch(ctx, node, client.MergeFrom(before))
}

func run(ctx context.Context, c client.Client, p *corev1.Pod, address string) error {
	if err := c.Create(ctx, p); err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	before := p.DeepCopy()
	running(p, address)
	return c.Status().Patch(ctx, p, client.MergeFrom(before))
}

// unregister removes the node of a server that is gone, and its pods, as the
// controllers of a real cluster would after a while.
func unregister(ctx context.Context, c client.Client, name string) error {
	var pods corev1.PodList
	if err := c.List(ctx, &pods, client.MatchingFields{"spec.nodeName": name}); err != nil {
		return err
	}
	for i := range pods.Items {
		if err := c.Delete(ctx, &pods.Items[i], client.GracePeriodSeconds(0)); client.IgnoreNotFound(err) != nil {
			return err
		}
	}
	node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name}}
	return client.IgnoreNotFound(c.Delete(ctx, node))
}
