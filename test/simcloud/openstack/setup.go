// Package openstack is a stand-in for provider-openstack: it reconciles managed
// resources with a simulated cloud, by way of crossplane-runtime's own
// reconciler, so that finalizers, conditions, policies, pauses, references and
// connection details are the real ones.
//
// There is one type for all kinds, without a schema, and a table that says what
// differs between kinds. What the provider does itself (upjet and Terraform, that
// is) is imitated: late initialization, refusal to replace, the words of errors.
//
// Two things are better than in the real one, so that tests see others' faults
// and not the provider's: an unchanged resource is never written, and a process
// that is killed between creation and writing down the ID loses nothing.
//
// The package doesn't know the services' rules nor their times.
package openstack

import (
	"context"
	"fmt"
	"time"

	xpcontroller "github.com/crossplane/crossplane-runtime/v2/pkg/controller"
	"github.com/crossplane/crossplane-runtime/v2/pkg/event"
	"github.com/crossplane/crossplane-runtime/v2/pkg/gate"
	"github.com/crossplane/crossplane-runtime/v2/pkg/logging"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/customresourcesgate"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/providerconfig"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/record"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// Options of the provider.
type Options struct {
	// Poll is how often an unchanged resource is looked at. The default is a
	// minute.
	Poll time.Duration
	// RetryLeast and RetryMost are the pauses before something is tried again: it
	// begins with the first, and doubles up to the second. The real provider has 1 s
	// and 60 s; the defaults are 50 ms and 1 s.
	RetryLeast, RetryMost time.Duration
	// Concurrency is how many resources of a kind are reconciled at a time. The
	// default is 10.
	Concurrency int
}

func (o Options) withDefaults() Options {
	set := func(d *time.Duration, to time.Duration) {
		if *d == 0 {
			*d = to
		}
	}
	set(&o.Poll, time.Minute)
	set(&o.RetryLeast, 50*time.Millisecond)
	set(&o.RetryMost, time.Second)
	if o.Concurrency == 0 {
		o.Concurrency = 10
	}
	return o
}

func (o Options) controller() controller.Options {
	return controller.Options{
		MaxConcurrentReconciles: o.Concurrency,
		RateLimiter:             workqueue.NewTypedItemExponentialFailureRateLimiter[reconcile.Request](o.RetryLeast, o.RetryMost),
		RecoverPanic:            new(true),
	}
}

// Setup adds a controller for each kind. It starts when the kind's CRD is there,
// which may be long after the manager has started.
func Setup(mgr ctrl.Manager, c *cloud.Cloud, o Options) error {
	o = o.withDefaults()
	addToScheme(mgr.GetScheme())
	if err := extv1.AddToScheme(mgr.GetScheme()); err != nil {
		return fmt.Errorf("cannot add CRDs to the scheme: %w", err)
	}
	g := new(gate.Gate[schema.GroupVersionKind])
	if err := customresourcesgate.Setup(mgr, xpcontroller.Options{Gate: g, Logger: logging.NewNopLogger()}); err != nil {
		return fmt.Errorf("cannot watch CRDs: %w", err)
	}
	for _, k := range kinds {
		whenServed(mgr, g, k.gvk().String(), func() error { return setupKind(mgr, c, k, o) }, k.gvk())
	}
	usage := configVersion.WithKind("ProviderConfigUsage")
	for _, config := range []client.Object{&ProviderConfig{}, &ClusterProviderConfig{}} {
		k, err := mgr.GetClient().GroupVersionKindFor(config)
		if err != nil {
			return fmt.Errorf("cannot find the kind of a %T: %w", config, err)
		}
		whenServed(mgr, g, k.String(), func() error { return setupConfig(mgr, config, k, o) }, k, usage)
	}
	return nil
}

// servedTimeout is how long an API server that has established a CRD may take to
// serve its kind.
const servedTimeout = time.Minute

// whenServed calls setup when the API server serves all the kinds. A controller
// that starts earlier waits ten seconds before it looks again.
func whenServed(mgr ctrl.Manager, g *gate.Gate[schema.GroupVersionKind], name string, setup func() error, all ...schema.GroupVersionKind) {
	log := mgr.GetLogger().WithName("openstack").WithValues("kind", name)
	g.Register(func() {
		err := wait.PollUntilContextTimeout(context.Background(), 100*time.Millisecond, servedTimeout, true, func(context.Context) (bool, error) {
			for _, k := range all {
				if _, err := mgr.GetRESTMapper().RESTMapping(k.GroupKind(), k.Version); err != nil {
					return false, nil //nolint:nilerr // that's what we wait for
				}
			}
			return true, nil
		})
		if err == nil {
			err = setup()
		}
		if err != nil {
			log.Error(err, "cannot start the controller")
			return
		}
		log.Info("controller started")
	}, all...)
}

// setupKind adds the controller of one kind.
func setupKind(mgr ctrl.Manager, c *cloud.Cloud, k *kind, o Options) error {
	name := managed.ControllerName(k.gvk().GroupKind().String())
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(k.gvk())
	return ctrl.NewControllerManagedBy(mgr).
		Named(name).
		For(u).
		WithOptions(o.controller()).
		WithEventFilter(resource.DesiredStateChanged()).
		Complete(newReconciler(mgr, mgr.GetCache(), c, k, o))
}

func newReconciler(mgr ctrl.Manager, reader client.Reader, c *cloud.Cloud, k *kind, o Options) *managed.Reconciler {
	km := newKindManager(mgr, reader, k.gvk())
	return managed.NewReconciler(km, resource.ManagedKind(k.gvk()),
		managed.WithExternalConnector(&connector{
			kind: k, cloud: c, client: km.GetClient(),
			usage: resource.NewProviderConfigUsageTracker(mgr.GetClient(), &ProviderConfigUsage{}),
		}),
		managed.WithInitializers(), // the cloud chooses external names
		managed.WithManagementPolicies(),
		managed.WithPollInterval(o.Poll),
		managed.WithPollIntervalHook(untilDone),
		managed.WithCreationGracePeriod(0),          // the cloud doesn't forget what it has made
		managed.WithDeterministicExternalName(true), // see external.Create
		managed.WithRecorder(event.NewAPIRecorder(recorder(mgr, managed.ControllerName(k.gvk().GroupKind().String())))),
	)
}

// recorders makes recorders of the older sort, which crossplane-runtime takes. A
// manager does, although controller-runtime would have us use the newer.
type recorders interface {
	GetEventRecorderFor(name string) record.EventRecorder
}

func recorder(r recorders, name string) record.EventRecorder {
	return r.GetEventRecorderFor(name)
}

// untilDone lets a resource be looked at again as soon as the cloud is done with
// it, as Terraform would report.
func untilDone(mg resource.Managed, poll time.Duration) time.Duration {
	if m, ok := mg.(*Managed); ok && m.wait > 0 {
		return min(m.wait+time.Millisecond, poll)
	}
	return poll
}

// setupConfig adds the controller that keeps a provider configuration as long as
// it's used.
func setupConfig(mgr ctrl.Manager, config client.Object, k schema.GroupVersionKind, o Options) error {
	name := providerconfig.ControllerName(k.GroupKind().String())
	of := resource.ProviderConfigKinds{
		Config:    k,
		Usage:     configVersion.WithKind("ProviderConfigUsage"),
		UsageList: configVersion.WithKind("ProviderConfigUsageList"),
	}
	var users handler.EventHandler = &resource.EnqueueRequestForProviderConfig{Kind: k.Kind}
	return ctrl.NewControllerManagedBy(mgr).
		Named(name).
		For(config).
		Watches(&ProviderConfigUsage{}, users).
		WithOptions(o.controller()).
		Complete(providerconfig.NewReconciler(mgr, of, providerconfig.WithRecorder(event.NewAPIRecorder(recorder(mgr, name)))))
}
