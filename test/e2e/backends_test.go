package e2e_test

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// shopNamespace is where a team's programs are in its cluster.
	shopNamespace = "shop"
	// backendPods is how many pods each of them has.
	backendPods = 2
)

// A backend is a program that a team runs in its cluster, behind a Service.
type backend struct {
	name       string
	port, pods int32
	transport  corev1.Protocol
}

// backends are those that the examples publish.
var backends = []backend{
	{name: "web", port: 8080, pods: 8000, transport: corev1.ProtocolTCP},
	{name: "vault", port: 443, pods: 8443, transport: corev1.ProtocolTCP},
	{name: "db", port: 5432, pods: 5432, transport: corev1.ProtocolTCP},
	{name: "dns", port: 53, pods: 5353, transport: corev1.ProtocolUDP},
}

// runBackends runs them in a cluster.
func (w *world) runBackends(t *testing.T, cluster *unstructured.Unstructured) {
	t.Helper()
	work := w.workload(t, cluster)
	objs := []client.Object{&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: shopNamespace}}}
	for _, b := range backends {
		objs = append(objs, b.deployment(), b.service())
	}
	for _, o := range objs {
		if err := work.Create(t.Context(), o); err != nil {
			t.Fatalf("cannot run %s in the cluster: %v", o.GetName(), err)
		}
	}
}

func (b backend) meta() metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: shopNamespace, Name: b.name, Labels: b.labels()}
}

func (b backend) labels() map[string]string { return map[string]string{"app": b.name} }

func (b backend) deployment() *appsv1.Deployment {
	replicas := int32(backendPods)
	few := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("10m"), corev1.ResourceMemory: resource.MustParse("16Mi")}
	return &appsv1.Deployment{ObjectMeta: b.meta(), Spec: appsv1.DeploymentSpec{
		Replicas: &replicas,
		Selector: &metav1.LabelSelector{MatchLabels: b.labels()},
		Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: b.labels()},
			Spec: corev1.PodSpec{Containers: []corev1.Container{{
				Name: b.name, Image: "registry.example.org/" + b.name + ":1",
				Ports:     []corev1.ContainerPort{{Name: "main", ContainerPort: b.pods, Protocol: b.transport}},
				Resources: corev1.ResourceRequirements{Requests: few, Limits: few},
			}}},
		},
	}}
}

func (b backend) service() *corev1.Service {
	return &corev1.Service{ObjectMeta: b.meta(), Spec: corev1.ServiceSpec{
		Selector: b.labels(),
		Ports:    []corev1.ServicePort{{Name: "main", Port: b.port, Protocol: b.transport, TargetPort: intstr.FromString("main")}},
	}}
}
