// Package residents does in an ordered cluster what the programs in its pods would
// do, since nobody runs those: volumes are made and grow, snapshots are taken,
// jobs end, load balancers get addresses, routes are accepted and certificates
// issued. What is outside of the cluster is made in the simulated cloud, and
// outlives the cluster there.
//
// A resident does nothing while its program has no ready pod. It doesn't know
// who ordered the cluster, nor Skerry.
package residents

import (
	"context"
	"errors"
	"fmt"
	"time"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	metrics "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/skerry-dev/skerry/test/simcloud"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// Options of the residents of one cluster.
type Options struct {
	// Namespace and Cluster name the Cluster, as what is made in the cloud for it is
	// called.
	Namespace, Cluster string
	// Cloud is what is outside of the cluster.
	Cloud *simcloud.Client
	// Health is the address of /healthz.
	Health string
}

// A town is what all residents share.
type town struct {
	// client reads from the API server each time: nothing here happens often.
	client client.Client
	cloud  *simcloud.Client
	// namespace and cluster name the Cluster.
	namespace, cluster string
	now                func() time.Time
}

// owner is how the cloud knows whom something was made for: what belongs to a
// cluster has a name that begins with the cluster's.
func (t *town) owner(o client.Object) cloud.Owner {
	return cloud.Owner{Namespace: t.namespace, Name: t.cluster + "-" + o.GetName(), UID: string(o.GetUID())}
}

// A resident is one program's work on one kind of object.
type resident struct {
	name string
	// program must run. Nobody needs to for an empty one.
	program program
	kind    schema.GroupVersionKind
	// step brings an object up to date, and says when to look again unless it
	// changes, never for 0.
	step func(ctx context.Context, t *town, o *object) (after time.Duration, err error)
	// others are kinds whose changes concern all objects of the kind.
	others []schema.GroupVersionKind
}

// residents are all there are.
var residents = []resident{
	{name: "volumes", program: cinderCSI, kind: claimKind, step: cinder.provision},
	{name: "shares", program: manilaCSI, kind: claimKind, step: manila.provision},
	{name: "released-volumes", program: cinderCSI, kind: volumeKind, step: cinder.release},
	{name: "released-shares", program: manilaCSI, kind: volumeKind, step: manila.release},
	{name: "snapshots", program: snapshotController, kind: snapshotKind, step: takeSnapshot},
	{name: "schedules", program: snapscheduler, kind: scheduleKind, step: followSchedule},
	{name: "jobs", kind: podKind, step: finishJob},
	{name: "balancers", program: cloudController, kind: serviceKind, step: balance},
	{name: "ingresses", program: traefik, kind: ingressKind, step: admitIngress, others: []schema.GroupVersionKind{serviceKind}},
	{name: "gateway-classes", program: traefik, kind: gatewayClassKind, step: acceptClass},
	{name: "gateways", program: traefik, kind: gatewayKind, step: programGateway, others: []schema.GroupVersionKind{serviceKind, httpRouteKind, tlsRouteKind}},
	{name: "listener-sets", program: traefik, kind: listenerSetKind, step: programListenerSet, others: []schema.GroupVersionKind{gatewayKind, httpRouteKind, tlsRouteKind}},
	{name: "http-routes", program: traefik, kind: httpRouteKind, step: acceptRoute, others: []schema.GroupVersionKind{gatewayKind, listenerSetKind, serviceKind}},
	{name: "tls-routes", program: traefik, kind: tlsRouteKind, step: acceptRoute, others: []schema.GroupVersionKind{gatewayKind, listenerSetKind, serviceKind}},
	{name: "certificates", program: certManager, kind: certificateKind, step: issue, others: []schema.GroupVersionKind{clusterIssuerKind, issuerKind}},
	{name: "cluster-issuers", program: certManager, kind: clusterIssuerKind, step: readyIssuer},
	{name: "issuers", program: certManager, kind: issuerKind, step: readyIssuer},
	{name: "ingress-shim", program: certManager, kind: ingressKind, step: orderCertificates},
	{name: "gateway-shim", program: certManager, kind: gatewayKind, step: orderForListeners},
	{name: "listener-set-shim", program: certManager, kind: listenerSetKind, step: orderForListeners},
}

const (
	// absent is how long to wait before looking again whether a program runs.
	absent = 2 * time.Second
	// missing is how long to wait for what an object refers to.
	missing = time.Second
	// A failed step is tried again after firstRetry, then after twice as long, up to
	// lastRetry: nobody who heals a fault wants to wait for minutes.
	firstRetry = 200 * time.Millisecond
	lastRetry  = 5 * time.Second
)

// reconcile brings one object up to date.
func (r resident) reconcile(ctx context.Context, t *town, key client.ObjectKey) (reconcile.Result, error) {
	o, err := get(ctx, t.client, r.kind, key.Namespace, key.Name)
	if err != nil || o == nil {
		return reconcile.Result{}, err
	}
	up, err := r.program.runs(ctx, t)
	if err != nil {
		return reconcile.Result{}, err
	}
	if !up {
		return reconcile.Result{RequeueAfter: absent}, nil
	}
	after, err := r.step(ctx, t, o)
	// What isn't there yet, or any more, is looked for again.
	if apierrors.IsNotFound(err) {
		return reconcile.Result{RequeueAfter: missing}, nil
	}
	return reconcile.Result{RequeueAfter: after}, err
}

// Run runs the residents of the cluster until ctx ends.
func Run(ctx context.Context, r *rest.Config, o Options) error {
	r.QPS, r.Burst = -1, -1
	r.UserAgent = "residents"
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), extv1.AddToScheme(scheme)); err != nil {
		return err
	}
	mgr, err := ctrl.NewManager(r, ctrl.Options{
		Scheme: scheme, Metrics: metrics.Options{BindAddress: "0"}, HealthProbeBindAddress: o.Health,
		// The definitions of most kinds come with add-ons, later.
		Controller: config.Controller{CacheSyncTimeout: 24 * time.Hour},
	})
	if err != nil {
		return fmt.Errorf("cannot make the manager: %w", err)
	}
	if err := mgr.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return err
	}
	direct, err := client.New(r, client.Options{Scheme: scheme, Mapper: mgr.GetRESTMapper(), HTTPClient: mgr.GetHTTPClient()})
	if err != nil {
		return err
	}
	t := &town{client: direct, cloud: o.Cloud, namespace: o.Namespace, cluster: o.Cluster, now: time.Now}
	for _, r := range residents {
		if err := r.settle(mgr, t); err != nil {
			return fmt.Errorf("cannot start %q: %w", r.name, err)
		}
	}
	return mgr.Start(ctx)
}

// settle adds a controller for the resident. Watched are metadata alone: what a
// step needs it reads.
func (r resident) settle(mgr ctrl.Manager, t *town) error {
	b := ctrl.NewControllerManagedBy(mgr).Named(r.name).For(metadataOf(r.kind)).WithOptions(controller.Options{
		MaxConcurrentReconciles: 2,
		RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](firstRetry, lastRetry),
	})
	for _, k := range r.others {
		b = b.Watches(metadataOf(k), handler.EnqueueRequestsFromMapFunc(func(ctx context.Context, _ client.Object) []reconcile.Request {
			return r.everything(ctx, t)
		}))
	}
	return b.Complete(reconcile.Func(func(ctx context.Context, q reconcile.Request) (reconcile.Result, error) {
		return r.reconcile(ctx, t, q.NamespacedName)
	}))
}

// everything asks for a look at all objects of the kind.
func (r resident) everything(ctx context.Context, t *town) []reconcile.Request {
	objects, err := list(ctx, t.client, r.kind, "")
	if err != nil {
		return nil // a kind that isn't served has no objects
	}
	var out []reconcile.Request
	for i := range objects {
		out = append(out, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&objects[i])})
	}
	return out
}
