package supervisor

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"
	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/skerry-dev/skerry/package/xpkg"
	"github.com/skerry-dev/skerry/test/devcluster/charts"
	"github.com/skerry-dev/skerry/test/devcluster/clusterapi"
	"github.com/skerry-dev/skerry/test/devcluster/controlplane"
	"github.com/skerry-dev/skerry/test/devcluster/crossplane"
	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/devcluster/monitoring"
	"github.com/skerry-dev/skerry/test/devcluster/packages"
	"github.com/skerry-dev/skerry/test/devcluster/process"
)

const (
	firstFunctionPort        = 19441
	providerHelmMetrics      = 18082
	providerKubernetesHealth = 18084
	simcloudHealth           = 18086
	// packageEvery is how often it is asked whether a package is installed.
	packageEvery = 100 * time.Millisecond
)

// crossplaneArgs are those that the guide for platform teams recommends: one
// cluster's resources are more than Crossplane expects of a composite.
var crossplaneArgs = []string{"--circuit-breaker-burst=1000", "--circuit-breaker-refill-rate=50"}

// hollowArgs leave two processors to the API server: with the default of a hundred
// reconciles at once, and hundreds of composites that are all new, it doesn't answer
// in time any more.
var hollowArgs = []string{"--max-reconcile-rate=10"}

// publish serves packages and charts.
func (s *Supervisor) publish(ctx context.Context) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", registryAddress)
	if err != nil {
		return err
	}
	// It outlives the start, as everything that serves does.
	serve(context.WithoutCancel(ctx), l, registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	if err := packages.Push(ctx, registryAddress, s.config.Packages); err != nil {
		return err
	}
	r, err := charts.New(ctx, s.config.Root)
	if err != nil {
		return err
	}
	l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", ChartsAddress)
	if err != nil {
		return err
	}
	serve(context.WithoutCancel(ctx), l, r)
	s.reportf("packages and charts are published")
	return nil
}

// installed marks a cluster whose first start has succeeded.
func (s *Supervisor) installed() string { return s.config.file(installedFile) }

func (s *Supervisor) isInstalled() bool { return Installed(s.config.Dir) != "" }

// controlPlane starts what makes a management cluster of a cluster: Crossplane and
// Cluster API.
func (s *Supervisor) controlPlane(ctx context.Context) error {
	x := &crossplane.Crossplane{
		Client: s.client, Server: s.server, Group: s.group, Bin: s.config.Bin,
		Module: s.config.Modules.Crossplane, Dir: s.config.file("crossplane"), PollInterval: s.config.Poll,
		Args: crossplaneArgs,
	}
	if s.config.Hollow {
		x.Args = append(slices.Clone(x.Args), hollowArgs...)
	}
	if err := os.MkdirAll(x.Dir, 0o700); err != nil {
		return err
	}
	if !s.isInstalled() {
		if err := x.Install(ctx); err != nil {
			return err
		}
		s.reportf("Crossplane is installed")
	}
	if err := x.Start(ctx); err != nil {
		return err
	}
	s.reportf("Crossplane runs")
	r := &crossplane.Runtime{
		Client: s.client, Functions: map[string]string{},
		Providers: []string{packages.ProviderHelm, packages.ProviderKubernetes, packages.ProviderOpenStack},
	}
	certs, err := x.Prepare(ctx, r)
	if err != nil {
		return err
	}
	return all(
		func() error { return s.packageRuntime(ctx, x, r, certs) },
		func() error {
			if err := s.clusterAPI(ctx, certs); err != nil {
				return err
			}
			return s.cloud(ctx)
		},
	)
}

// packageRuntime starts the functions, and tells Crossplane where packages run.
func (s *Supervisor) packageRuntime(ctx context.Context, x *crossplane.Crossplane, r *crossplane.Runtime, certs string) error {
	for i, f := range xpkg.Functions {
		port := firstFunctionPort + i
		r.Functions[packages.FunctionName(f)] = fmt.Sprintf("127.0.0.1:%d", port)
		if err := s.function(ctx, f, port, certs); err != nil {
			return err
		}
	}
	config, err := clientcmd.BuildConfigFromFlags("", s.server.Kubeconfig())
	if err != nil {
		return err
	}
	report := func(err error) { s.reportf("package runtime: %v", err) }
	go func() {
		if err := r.Run(context.WithoutCancel(ctx), config, report); err != nil {
			report(err)
		}
	}()
	if !s.isInstalled() {
		if err := s.install(ctx); err != nil {
			return err
		}
	}
	if s.config.Hollow {
		return nil
	}
	return s.providers(ctx, x, certs)
}

// function runs a function out of its package.
func (s *Supervisor) function(ctx context.Context, name string, port int, certs string) error {
	program := s.config.file("functions", name)
	if err := os.MkdirAll(filepath.Dir(program), 0o700); err != nil {
		return err
	}
	for _, i := range s.config.Packages {
		if filepath.Base(i.Repository) != "function-"+name {
			continue
		}
		if err := i.Extract(program); err != nil {
			return err
		}
	}
	return s.group.Start(ctx, process.Spec{
		Name: "function-" + name, Path: program,
		Args:  []string{fmt.Sprintf("--address=127.0.0.1:%d", port), "--tls-certs-dir=" + certs},
		Ready: controlplane.Listens(port),
	})
}

var (
	imageConfig   = schema.GroupVersionKind{Group: "pkg.crossplane.io", Version: "v1beta1", Kind: "ImageConfig"}
	configuration = schema.GroupVersionKind{Group: "pkg.crossplane.io", Version: "v1", Kind: "Configuration"}
)

// install installs Skerry as its README says, from this cluster's registry. That
// the registry is another one is said to Crossplane alone: packages keep their
// real names.
func (s *Supervisor) install(ctx context.Context) error {
	rewrite := manifest.New(imageConfig, "", "development-registry")
	rewrite.Object["spec"] = map[string]any{
		"matchImages":  []any{map[string]any{"type": "Prefix", "prefix": packages.Registry}},
		"rewriteImage": map[string]any{"prefix": registryAddress + "/"},
	}
	rights, err := filepath.Glob(filepath.Join(s.config.Root, "package", "rbac", "*.yaml"))
	if err != nil {
		return err
	}
	if s.config.Configuration == "skerry-namespaced" {
		more, err := filepath.Glob(filepath.Join(s.config.Root, "package", "namespaced", "rbac", "*.yaml"))
		if err != nil {
			return err
		}
		rights = append(rights, more...)
	}
	objs, err := manifest.Read(rights...)
	if err != nil {
		return err
	}
	c := manifest.New(configuration, "", s.config.Configuration)
	c.Object["spec"] = map[string]any{"package": packages.Registry + "skerry-dev/" + s.config.Configuration + ":" + packages.Version}
	return manifest.Apply(ctx, s.client, append(append([]*unstructured.Unstructured{rewrite}, objs...), c)...)
}

// providers starts the providers as soon as their packages are installed, each as
// the service account that its package gets.
func (s *Supervisor) providers(ctx context.Context, x *crossplane.Crossplane, certs string) error {
	// It keeps charts in its working directory.
	if err := os.MkdirAll(s.config.file("provider-helm", "charts"), 0o700); err != nil {
		return err
	}
	return all(
		func() error {
			return s.pod(ctx, x, packages.ProviderHelm, process.Spec{
				Name: "provider-helm",
				Dir:  s.config.file("provider-helm"),
				Args: []string{"--poll=" + s.config.Poll},
				Env:  crossplane.HelmEnv(s.config.file("provider-helm")),

				Ready: controlplane.Listens(providerHelmMetrics),
			})
		},
		func() error {
			return s.pod(ctx, x, packages.ProviderKubernetes, process.Spec{
				Name: "provider-kubernetes",
				Args: []string{"--poll=" + s.config.Poll, fmt.Sprintf("--health-probe-bind-addr=127.0.0.1:%d", providerKubernetesHealth)},
				Env:  []string{"WEBHOOK_TLS_CERT_DIR=" + certs, "TLS_SERVER_CERTS_DIR=" + certs},

				Ready: controlplane.HTTP(fmt.Sprintf("http://127.0.0.1:%d/readyz", providerKubernetesHealth)),
			})
		},
	)
}

// pod runs the program of a package as a pod would: it asks the API server for
// itself, and is who the package's service account is.
func (s *Supervisor) pod(ctx context.Context, x *crossplane.Crossplane, pkg string, spec process.Spec) error {
	var account string
	for {
		var err error
		if account, err = x.Pod(ctx, pkg); err == nil {
			break
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(packageEvery):
		}
	}
	spec.Path, spec.Args = s.config.Bin["devcluster"], append([]string{"pod", account, s.config.Bin[spec.Name]}, spec.Args...)
	spec.Env = append(spec.Env, "KUBERNETES_SERVICE_HOST=127.0.0.1", fmt.Sprintf("KUBERNETES_SERVICE_PORT=%d", apiPort))
	return s.group.Start(ctx, spec)
}

// installKinds installs the kinds of Cluster API and of the Prometheus Operator.
func (s *Supervisor) installKinds(ctx context.Context, certs string) error {
	ca, err := os.ReadFile(filepath.Join(certs, "ca.crt"))
	if err != nil {
		return err
	}
	objs, err := clusterapi.Objects(ctx, clusterapi.Options{CABundle: ca})
	if err != nil {
		return err
	}
	operator, err := monitoring.CRDs(ctx)
	if err != nil {
		return err
	}
	objs = append(operator, objs...)
	manifest.Terse(objs...)
	if s.config.Hollow {
		// Nobody would answer.
		objs = slices.DeleteFunc(objs, func(o *unstructured.Unstructured) bool {
			return strings.HasSuffix(o.GetKind(), "WebhookConfiguration")
		})
	}
	return manifest.Apply(ctx, s.client, objs...)
}

// clusterAPI installs and starts Cluster API's managers.
func (s *Supervisor) clusterAPI(ctx context.Context, certs string) error {
	if !s.isInstalled() {
		if err := s.installKinds(ctx, certs); err != nil {
			return err
		}
	}
	if s.config.Hollow {
		return nil
	}
	var starts []func() error
	for _, m := range clusterapi.Managers(clusterapi.ManagerOptions{Kubeconfig: s.server.Kubeconfig(), CertDir: certs}) {
		starts = append(starts, func() error {
			return s.group.Start(ctx, process.Spec{Name: m.Name, Path: s.config.Bin[m.Tool], Args: m.Args, Ready: controlplane.HTTP(m.HealthURL)})
		})
	}
	if err := all(starts...); err != nil {
		return err
	}
	s.reportf("Cluster API runs")
	return nil
}

// cloud starts the simulated cloud, and the workload clusters that it had.
func (s *Supervisor) cloud(ctx context.Context) error {
	if err := s.work.resume(ctx); err != nil {
		return err
	}
	clusters := "--workloads=" + s.config.Socket()
	if s.config.Hollow {
		clusters = "--hollow"
	}
	err := s.group.Start(ctx, process.Spec{
		Name: "simcloud", Path: s.config.Bin["simcloud"],
		Args: []string{
			"--kubeconfig=" + s.server.Kubeconfig(), "--dir=" + s.config.file("cloud"), "--control=" + s.config.CloudSocket(),
			clusters, "--profile=" + s.config.Profile, "--poll=" + s.config.Poll,
		},
		Ready: controlplane.HTTP(fmt.Sprintf("http://127.0.0.1:%d/readyz", simcloudHealth)),
	})
	if err != nil {
		return err
	}
	s.reportf("the simulated cloud runs")
	return nil
}

// skerry waits until Skerry is installed.
func (s *Supervisor) skerry(ctx context.Context) error {
	c := manifest.New(configuration, "", s.config.Configuration)
	if err := manifest.Await(ctx, s.client, c, manifest.Is("Healthy")); err != nil {
		return err
	}
	for _, kind := range []string{"Provider", "Function", "CompositeResourceDefinition"} {
		if err := s.awaitAll(ctx, kind); err != nil {
			return err
		}
	}
	return os.WriteFile(s.installed(), []byte(s.config.Hash), 0o600)
}

// awaitAll waits until every package, or definition, of the kind works.
func (s *Supervisor) awaitAll(ctx context.Context, kind string) error {
	gvk, check := schema.GroupVersionKind{Group: "pkg.crossplane.io", Version: "v1", Kind: kind}, manifest.Is("Healthy")
	if kind == "CompositeResourceDefinition" {
		gvk, check = schema.GroupVersionKind{Group: "apiextensions.crossplane.io", Version: "v2", Kind: kind}, manifest.Is("Established")
	}
	l := &unstructured.UnstructuredList{}
	l.SetGroupVersionKind(gvk.GroupVersion().WithKind(kind + "List"))
	if err := s.client.List(ctx, l); err != nil {
		return err
	}
	for i := range l.Items {
		if err := manifest.Await(ctx, s.client, &l.Items[i], check); err != nil {
			return err
		}
	}
	return nil
}

// all runs everything at once.
func all(fs ...func() error) error {
	g := errgroup.Group{}
	for _, f := range fs {
		g.Go(f)
	}
	return g.Wait()
}
