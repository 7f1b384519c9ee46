package residents

import (
	"context"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
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

// runs tells whether a pod of the program is ready, on a server that is there.
func (p program) runs(ctx context.Context, t *town) (bool, error) {
	if len(p) == 0 {
		return true, nil
	}
	pods := &corev1.PodList{}
	if err := t.client.List(ctx, pods, client.MatchingLabels(p)); err != nil {
		return false, err
	}
	for i := range pods.Items {
		if !ready(&pods.Items[i]) {
			continue
		}
		there, err := t.hasServer(ctx, pods.Items[i].Spec.NodeName)
		if err != nil || there {
			return there, err
		}
	}
	return false, nil
}

// hasServer tells whether the server of a pod's node is there. A pod goes minutes after
// its node, and when a whole cluster is deleted Cluster API leaves the nodes of deleted
// servers alone (isDeleteNodeAllowed in its controller for Machines).
func (t *town) hasServer(ctx context.Context, node string) (bool, error) {
	if node == "" {
		return true, nil
	}
	n := &corev1.Node{}
	if err := t.client.Get(ctx, client.ObjectKey{Name: node}, n); err != nil {
		return false, client.IgnoreNotFound(err)
	}
	servers, err := t.cloud.Resources(ctx, cloud.Filter{Kind: cloud.Server, Name: node})
	return slices.ContainsFunc(servers, func(s cloud.Resource) bool {
		return s.State != cloud.Deleting && strings.HasSuffix(n.Spec.ProviderID, "/"+s.ID)
	}), err
}

func ready(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue && p.DeletionTimestamp == nil {
			return true
		}
	}
	return false
}
