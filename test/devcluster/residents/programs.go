package residents

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// A program is what a resident plays, by the labels that its chart gives to its
// pods.
type program map[string]string

var (
	cinderCSI          = program{"app": "openstack-cinder-csi", "component": "controllerplugin"}
	manilaCSI          = program{"app": "openstack-manila-csi", "component": "controllerplugin"}
	cloudController    = program{"app": "openstack-cloud-controller-manager"}
	traefik            = program{"app.kubernetes.io/name": "traefik"}
	certManager        = program{"app.kubernetes.io/name": "cert-manager", "app.kubernetes.io/component": "controller"}
	snapshotController = program{"app.kubernetes.io/name": "snapshot-controller"}
	snapscheduler      = program{"app.kubernetes.io/name": "snapscheduler"}
)

// runs tells whether a pod of the program is ready.
func (p program) runs(ctx context.Context, c client.Reader) (bool, error) {
	if len(p) == 0 {
		return true, nil
	}
	pods := &corev1.PodList{}
	if err := c.List(ctx, pods, client.MatchingLabels(p)); err != nil {
		return false, err
	}
	for i := range pods.Items {
		if !ready(&pods.Items[i]) {
			continue
		}
		there, err := hasNode(ctx, c, pods.Items[i].Spec.NodeName)
		if err != nil || there {
			return there, err
		}
	}
	return false, nil
}

// hasNode tells whether a pod's node is there: a pod goes minutes after its node.
func hasNode(ctx context.Context, c client.Reader, name string) (bool, error) {
	if name == "" {
		return true, nil
	}
	err := c.Get(ctx, client.ObjectKey{Name: name}, &corev1.Node{})
	return err == nil, client.IgnoreNotFound(err)
}

func ready(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue && p.DeletionTimestamp == nil {
			return true
		}
	}
	return false
}
