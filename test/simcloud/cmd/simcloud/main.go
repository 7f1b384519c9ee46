// Command simcloud is a simulated OpenStack cloud and everything that speaks to
// it in a management cluster: the stand-ins for provider-openstack and for
// Cluster API's provider for OpenStack. It's one process, so that the cloud is
// asked without a network between, and may be killed at any time: what it knows
// is in files.
//
// The cloud itself is served at a unix socket, for package simcloud.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/go-logr/logr"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	metrics "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/customresourcesgate"

	"github.com/skerry-dev/skerry/test/devcluster/workload"
	"github.com/skerry-dev/skerry/test/simcloud"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
	"github.com/skerry-dev/skerry/test/simcloud/hollow"
	"github.com/skerry-dev/skerry/test/simcloud/machines"
	"github.com/skerry-dev/skerry/test/simcloud/openstack"
)

func main() {
	ctx := ctrl.SetupSignalHandler()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// settings are the command's flags.
type settings struct {
	kubeconfig, dir, control, workloads, offers string
	profile                                     cloud.Profile
	health, metrics                             string
	poll, boot                                  time.Duration
	hollow, verbose                             bool
}

func parse(args []string) (settings, error) {
	var s settings
	f := flag.NewFlagSet("simcloud", flag.ContinueOnError)
	f.StringVar(&s.kubeconfig, "kubeconfig", "", "kubeconfig of the management cluster")
	f.StringVar(&s.dir, "dir", "", "folder of the cloud's state")
	f.StringVar(&s.control, "control", "", "unix socket to serve the cloud at; not served if empty")
	f.StringVar(&s.workloads, "workloads", "", "unix socket at which workload clusters are ordered; without it there are no machines")
	f.BoolVar(&s.hollow, "hollow", false, "let Clusters, Releases and Objects become ready with nothing behind them")
	f.StringVar(&s.offers, "offers", "", "JSON file with what the cloud offers and has from the start")
	f.StringVar(&s.profile.Name, "profile", cloud.Fast, "how fast the cloud is: instant, fast or real")
	f.Float64Var(&s.profile.Factor, "factor", 1, "stretches the profile's times")
	f.StringVar(&s.health, "health", "127.0.0.1:18086", "address of /healthz and /readyz")
	f.StringVar(&s.metrics, "metrics", "0", "address of /metrics; 0 is off")
	f.DurationVar(&s.poll, "poll", time.Minute, "how often unchanged resources are compared with the cloud")
	f.DurationVar(&s.boot, "boot", 0, "how long a server is active before it becomes a node")
	f.BoolVar(&s.verbose, "verbose", false, "log every reconcile")
	if err := f.Parse(args); err != nil {
		return s, err
	}
	if s.kubeconfig == "" || s.dir == "" || f.NArg() > 0 {
		return s, errors.New("cannot run: --kubeconfig and --dir are needed, and nothing but flags")
	}
	if s.hollow && s.workloads != "" {
		return s, errors.New("cannot run: --hollow clusters have no --workloads")
	}
	return s, nil
}

// offers are what the cloud has before anybody asks for anything.
type offers struct {
	Catalogue cloud.Catalogue `json:"catalogue"`
	// Existing are resources that nobody manages, with IDs.
	Existing []cloud.Spec `json:"existing,omitempty"`
	// Flavors are the sizes of flavors whose names don't say it.
	Flavors map[string]machines.Flavor `json:"flavors,omitempty"`
	Region  string                     `json:"region,omitempty"`
}

func readOffers(file string) (offers, error) {
	var o offers
	if file == "" {
		return o, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return o, err
	}
	if err := json.Unmarshal(data, &o); err != nil {
		return o, fmt.Errorf("cannot decode %s: %w", file, err)
	}
	return o, nil
}

func run(ctx context.Context, args []string) error {
	s, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	level := slog.LevelInfo
	if s.verbose {
		level = slog.Level(-5)
	}
	ctrl.SetLogger(logr.FromSlogHandler(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})))
	o, err := readOffers(s.offers)
	if err != nil {
		return err
	}
	c, err := openCloud(s, o)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	stop, err := serve(ctx, s.control, c)
	if err != nil {
		return err
	}
	defer stop()
	mgr, err := newManager(s)
	if err != nil {
		return err
	}
	if err := setup(mgr, c, s, o); err != nil {
		return err
	}
	return mgr.Start(ctx)
}

func openCloud(s settings, o offers) (*cloud.Cloud, error) {
	c, err := cloud.Open(s.dir, cloud.Options{Profile: s.profile, Catalogue: o.Catalogue})
	if err != nil {
		return nil, err
	}
	for _, e := range o.Existing {
		if _, err := c.Ensure(e); err != nil {
			return nil, fmt.Errorf("cannot make %s %s, which should exist: %w", e.Kind, e.ID, err)
		}
	}
	return c, nil
}

// serve serves the cloud at a unix socket until stop is called.
func serve(ctx context.Context, socket string, c *cloud.Cloud) (stop func(), err error) {
	if socket == "" {
		return func() {}, nil
	}
	// A killed process leaves its socket behind.
	if err := os.Remove(socket); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", socket)
	if err != nil {
		return nil, fmt.Errorf("cannot serve the cloud: %w", err)
	}
	if err := os.Chmod(socket, 0o600); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	server := &http.Server{Handler: simcloud.Handler(c), ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.Serve(l); err != nil && !errors.Is(err, http.ErrServerClosed) {
			ctrl.Log.Error(err, "cannot serve the cloud any more")
		}
	}()
	return func() { _ = server.Close() }, nil
}

func newManager(s settings) (ctrl.Manager, error) {
	cfg, err := clientcmd.BuildConfigFromFlags("", s.kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("cannot read the kubeconfig: %w", err)
	}
	cfg.QPS, cfg.Burst = -1, -1 // what limits the real ones would only blur what is measured
	cfg.UserAgent = "simcloud"
	scheme := runtime.NewScheme()
	if err := errors.Join(clientgoscheme.AddToScheme(scheme), extv1.AddToScheme(scheme)); err != nil {
		return nil, err
	}
	mgr, err := ctrl.NewManager(cfg, ctrl.Options{
		Scheme:                 scheme,
		Metrics:                metrics.Options{BindAddress: s.metrics},
		HealthProbeBindAddress: s.health,
		Cache: cache.Options{ByObject: map[client.Object]cache.ByObject{
			&extv1.CustomResourceDefinition{}: {Transform: customresourcesgate.TransformStripCRDSchema},
		}},
		// A controller may start before the CRD of its kind, and waits for it.
		Controller: config.Controller{CacheSyncTimeout: 24 * time.Hour},
	})
	if err != nil {
		return nil, fmt.Errorf("cannot make the manager: %w", err)
	}
	return mgr, errors.Join(mgr.AddHealthzCheck("ping", healthz.Ping), mgr.AddReadyzCheck("ping", healthz.Ping))
}

func setup(mgr ctrl.Manager, c *cloud.Cloud, s settings, o offers) error {
	if err := openstack.Setup(mgr, c, openstack.Options{Poll: s.poll}); err != nil {
		return err
	}
	if s.hollow {
		return hollow.Setup(mgr)
	}
	if s.workloads == "" {
		return nil
	}
	return machines.Setup(mgr, c, workload.Dial(s.workloads), machines.Options{
		Boot: s.boot, Catalogue: o.Catalogue, Region: o.Region, Flavors: o.Flavors,
		Eager: s.profile.Name != cloud.Real,
	})
}
