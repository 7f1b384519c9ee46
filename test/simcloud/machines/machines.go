// Package machines stands in for Cluster API's provider for OpenStack and for the
// part of OpenStack Resource Controller that it needs: OpenStackCluster,
// OpenStackMachine and Image. What these ask for is made in the simulated cloud.
//
// A machine boots from its user data as a real one would: kubeadm's configuration
// in it says how the API server starts and what node the machine becomes. In the
// workload cluster the package is kubeadm, and as much of kubelet as registers
// nodes and static pods; something else must keep nodes and pods alive.
//
// It is the janitor, too, which deletes what the programs in a cluster have left.
//
// It doesn't know how API servers are run nor who asked for the clusters.
package machines

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/skerry-dev/skerry/test/devcluster/workload"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

const (
	// workers of each controller. One that waits for an API server to start keeps
	// no other cluster waiting.
	workers = 20

	// A failed step is tried again after firstRetry, then after twice as long, up
	// to lastRetry: nobody who heals a fault wants to wait for minutes.
	firstRetry = 200 * time.Millisecond
	lastRetry  = 10 * time.Second

	defaultResync = time.Minute
)

// Options change how machines behave.
type Options struct {
	// Boot is how long a server is active before it becomes a node.
	Boot time.Duration
	// Resync is how often what is ready is compared with the cloud. The default is
	// a minute.
	Resync time.Duration
	// Eager starts a cluster's API server before its first machine, with keys that
	// Cluster API then takes over. Cluster API tries to connect as soon as there is an
	// endpoint, and after it has failed, as it always does, only half a minute later.
	Eager bool
	// Catalogue is what the cloud was opened with.
	Catalogue cloud.Catalogue
	// Region is what nodes are labelled with, unless it's empty.
	Region string
	// Flavors are the sizes of flavors whose names don't say it.
	Flavors map[string]Flavor
}

// A reconciler is what all controllers share.
type reconciler struct {
	inventory

	client client.Client
	// cached reads the kinds that are watched, live everything else: it must not
	// keep all Secrets of the management cluster.
	cached, live client.Reader

	workload  workload.Clusters
	workloads *workloads
	options   Options
}

type (
	clusters struct{ *reconciler }
	servers  struct{ *reconciler }
	images   struct{ *reconciler }
)

// Setup adds the controllers to the manager.
func Setup(mgr ctrl.Manager, c *cloud.Cloud, w workload.Clusters, o Options) error {
	if o.Resync == 0 {
		o.Resync = defaultResync
	}
	live := mgr.GetAPIReader()
	r := &reconciler{
		inventory: inventory{cloud: c},
		client:    mgr.GetClient(), cached: mgr.GetCache(), live: live,
		workload: w, workloads: newWorkloads(live, dial), options: o,
	}
	if err := build(mgr, clusters{r}, cloudClusterKind, map[schema.GroupVersionKind]handler.MapFunc{
		clusterKind:      clusterToCloudCluster,
		cloudMachineKind: r.machineToCloudCluster,
	}); err != nil {
		return err
	}
	if err := build(mgr, servers{r}, cloudMachineKind, map[schema.GroupVersionKind]handler.MapFunc{
		machineKind: machineToCloudMachine,
	}); err != nil {
		return err
	}
	if err := build(mgr, images{r}, imageKind, nil); err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(mgr).Named("janitor").For(kindOf(cloudClusterKind)).Complete(janitors{r})
}

// build adds a controller for a kind, which also runs when others change.
func build(mgr ctrl.Manager, r reconcile.Reconciler, kind schema.GroupVersionKind, others map[schema.GroupVersionKind]handler.MapFunc) error {
	b := ctrl.NewControllerManagedBy(mgr).For(kindOf(kind)).WithOptions(controller.Options{
		MaxConcurrentReconciles: workers,
		RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, lastRetry),
	})
	for k, toRequests := range others {
		b = b.Watches(kindOf(k), handler.EnqueueRequestsFromMapFunc(toRequests))
	}
	return b.Complete(r)
}

func kindOf(kind schema.GroupVersionKind) *object {
	u := &object{Object: map[string]any{}}
	u.SetGroupVersionKind(kind)
	return u
}

// clusterToCloudCluster finds the OpenStackCluster of a Cluster.
func clusterToCloudCluster(_ context.Context, o client.Object) []reconcile.Request {
	return referred(o, cloudClusterKind.Kind, "spec", "infrastructureRef")
}

// machineToCloudMachine finds the OpenStackMachine of a Machine.
func machineToCloudMachine(_ context.Context, o client.Object) []reconcile.Request {
	return referred(o, cloudMachineKind.Kind, "spec", "infrastructureRef")
}

// machineToCloudCluster finds the OpenStackCluster that waits for an
// OpenStackMachine to be gone.
func (r *reconciler) machineToCloudCluster(ctx context.Context, o client.Object) []reconcile.Request {
	if o.GetDeletionTimestamp() == nil {
		return nil
	}
	cluster, err := get(ctx, r.cached, clusterKind, o.GetNamespace(), o.GetLabels()[clusterNameLabel])
	if err != nil || cluster == nil || cluster.GetDeletionTimestamp() == nil {
		return nil
	}
	return clusterToCloudCluster(ctx, cluster)
}

func referred(o client.Object, kind string, path ...string) []reconcile.Request {
	u, ok := o.(*object)
	if !ok || text(u, append(path, "kind")...) != kind {
		return nil
	}
	key := client.ObjectKey{Namespace: u.GetNamespace(), Name: text(u, append(path, "name")...)}
	return []reconcile.Request{{NamespacedName: key}}
}

// workloadName is the name under which a cluster's API server is known.
func workloadName(cluster *object) string {
	return cluster.GetNamespace() + "." + cluster.GetName()
}
