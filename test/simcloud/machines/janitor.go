package machines

import (
	"context"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

const (
	janitorFinalizer = "janitor.capi.stackhpc.com"
	volumesPolicy    = "janitor.capi.stackhpc.com/volumes-policy"
	// defaultVolumesPolicy is an annotation of the pods that the stand-in for its chart
	// has.
	defaultVolumesPolicy = "devcluster.skerry.dev/default-volumes-policy"
	deletePolicy         = "delete"
	cinderCluster        = "cinder.csi.openstack.org/cluster"

	// janitorAbsent is how long to wait before looking again whether it's installed.
	janitorAbsent = 5 * time.Second
)

var janitorLabels = client.MatchingLabels{"app.kubernetes.io/name": "cluster-api-janitor-openstack"}

// janitors stands in for cluster-api-janitor-openstack: it deletes what the programs
// in a cluster have left in the cloud, once the cluster is being deleted. It works
// while its Deployment is there.
type janitors struct{ *reconciler }

// Reconcile puts a finalizer on an OpenStackCluster, and cleans up before it goes.
func (r janitors) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	u, err := get(ctx, r.cached, cloudClusterKind, req.Namespace, req.Name)
	if err != nil || u == nil || u.GetDeletionTimestamp() != nil && !hasFinalizer(u, janitorFinalizer) {
		return ctrl.Result{}, err
	}
	installed := &appsv1.DeploymentList{}
	if err := r.live.List(ctx, installed, janitorLabels); err != nil {
		return ctrl.Result{}, err
	}
	if len(installed.Items) == 0 {
		return ctrl.Result{RequeueAfter: janitorAbsent}, nil
	}
	before := u.DeepCopy()
	if u.GetDeletionTimestamp() == nil {
		addFinalizer(u, janitorFinalizer)
		return finish(ctx, r.client, before, u, ctrl.Result{}, nil)
	}
	wait, err := r.clean(ctx, u, policyOf(u, installed.Items[0]))
	if err != nil || wait > 0 {
		return ctrl.Result{RequeueAfter: wait}, err
	}
	removeFinalizer(u, janitorFinalizer)
	return finish(ctx, r.client, before, u, ctrl.Result{}, nil)
}

func policyOf(u *object, d appsv1.Deployment) string {
	for _, p := range []string{u.GetAnnotations()[volumesPolicy], d.Spec.Template.Annotations[defaultVolumesPolicy]} {
		if p != "" {
			return p
		}
	}
	return deletePolicy
}

// clean deletes what was left, and returns how long to wait for it. Without the
// credential there is nothing that it could do, and it lets the cluster go.
func (r janitors) clean(ctx context.Context, u *object, policy string) (time.Duration, error) {
	name := text(u, "spec", "identityRef", "name")
	err := r.live.Get(ctx, client.ObjectKey{Namespace: u.GetNamespace(), Name: name}, &corev1.Secret{})
	if apierrors.IsNotFound(err) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("cannot read the credential of the cluster: %w", err)
	}
	cluster := u.GetLabels()[clusterNameLabel]
	if cluster == "" {
		cluster = u.GetName()
	}
	kinds := []cloud.Kind{cloud.FloatingIP, cloud.LoadBalancer, cloud.SecurityGroup}
	if policy == deletePolicy {
		kinds = append(kinds, cloud.VolumeSnapshot, cloud.Volume)
	}
	wait := time.Duration(0)
	for _, k := range kinds {
		for _, o := range r.cloud.List(cloud.Filter{Kind: k}) {
			if o.PartOf != "" || !leftBy(cluster, o) {
				continue
			}
			wait = deleteDelay
			if o.State != cloud.Active {
				continue
			}
			// What is in the way goes first, so that the next try may succeed.
			if err := r.cloud.Delete(k, o.ID); err != nil && !cloud.IsNotFound(err) && !cloud.IsConflict(err) {
				return 0, err
			}
		}
	}
	return wait, nil
}

// leftBy tells whether something was made by a program in the cluster.
func leftBy(cluster string, r cloud.Resource) bool {
	described := func(first, last string) bool {
		d := r.Text("description")
		return strings.HasPrefix(d, first) && strings.HasSuffix(d, last+cluster)
	}
	switch r.Kind {
	case cloud.FloatingIP:
		return described("Floating IP for Kubernetes external service", "from cluster ")
	case cloud.LoadBalancer:
		return strings.HasPrefix(r.Name, "kube_service_"+cluster+"_")
	case cloud.SecurityGroup:
		return described("Security Group for", "Service LoadBalancer in cluster ")
	default:
		metadata, _ := r.Attributes["metadata"].(map[string]any)
		return metadata[cinderCluster] == cluster
	}
}
