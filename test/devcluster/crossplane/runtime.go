package crossplane

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metrics "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/devcluster/pki"
)

const (
	// tlsSecret holds the certificate that all packages serve with.
	tlsSecret = "external-runtime-tls"
	// packageLabel names the package that a revision is of.
	packageLabel = "pkg.crossplane.io/package"
)

// A Runtime stands in for the part of Crossplane that would run packages as pods.
// It tells Crossplane where the programs are that the supervisor runs.
type Runtime struct {
	Client client.Client
	// Functions are the gRPC endpoints of functions by their packages' names.
	Functions map[string]string
	// Providers are the names of the packages of providers.
	Providers []string
}

// Prepare makes the certificate for all packages, writes it to Dir "tls-packages"
// for the programs, and returns that folder.
func (x *Crossplane) Prepare(ctx context.Context, r *Runtime) (string, error) {
	ca, err := x.authority(ctx)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(x.Dir, "tls-packages")
	if _, err := os.Stat(filepath.Join(dir, "tls.crt")); err == nil {
		return dir, nil
	}
	hosts := []string{"127.0.0.1", "localhost"}
	for _, p := range r.Providers {
		hosts = append(hosts, p+"."+Namespace+".svc")
	}
	pair, err := ca.Issue(pki.Leaf{CommonName: "package-runtime", Hosts: hosts})
	if err != nil {
		return "", err
	}
	secret := manifest.New(schema.GroupVersionKind{Version: "v1", Kind: "Secret"}, Namespace, tlsSecret)
	secret.Object["stringData"] = map[string]any{"tls.crt": string(pair.Certificate), "tls.key": string(pair.Key), "ca.crt": string(ca.Certificate)}
	objs := []*unstructured.Unstructured{secret}
	for _, p := range r.Providers {
		objs = append(objs, localhost(p))
	}
	if err := manifest.Apply(ctx, x.Client, objs...); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	for name, data := range map[string][]byte{"ca.crt": ca.Certificate, "tls.key": pair.Key, "tls.crt": pair.Certificate} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// Run tells Crossplane about every new revision until ctx ends, and reports what it
// couldn't tell, before it tries again.
func (r *Runtime) Run(ctx context.Context, config *rest.Config, report func(error)) error {
	mgr, err := ctrl.NewManager(config, ctrl.Options{Metrics: metrics.Options{BindAddress: "0"}})
	if err != nil {
		return err
	}
	for _, kind := range []string{"FunctionRevision", "ProviderRevision"} {
		of := schema.GroupVersionKind{Group: "pkg.crossplane.io", Version: "v1", Kind: kind}
		reconciler := reconcile.Func(func(ctx context.Context, q reconcile.Request) (reconcile.Result, error) {
			err := r.revision(ctx, manifest.New(of, "", q.Name))
			if err != nil && ctx.Err() == nil {
				report(err)
			}
			return reconcile.Result{}, err
		})
		if err := ctrl.NewControllerManagedBy(mgr).Named(kind).For(manifest.New(of, "", "")).Complete(reconciler); err != nil {
			return err
		}
	}
	return mgr.Start(ctx)
}

// revision describes the runtime of a revision that is active and not yet described.
func (r *Runtime) revision(ctx context.Context, rev *unstructured.Unstructured) error {
	if err := r.Client.Get(ctx, client.ObjectKeyFromObject(rev), rev); err != nil {
		return client.IgnoreNotFound(err)
	}
	state, _, _ := unstructured.NestedString(rev.Object, "spec", "desiredState")
	healthy, _ := manifest.Condition(rev, "RuntimeHealthy")
	if state != "Active" || healthy == "True" {
		return nil
	}
	if err := r.describe(ctx, rev); err != nil {
		return fmt.Errorf("cannot describe the runtime of %s: %w", manifest.Title(rev), err)
	}
	return nil
}

// describe writes what a package runtime writes about a revision.
func (r *Runtime) describe(ctx context.Context, rev *unstructured.Unstructured) error {
	pkg := rev.GetLabels()[packageLabel]
	if rev.GetKind() == "ProviderRevision" {
		if err := r.deployment(ctx, rev, pkg); err != nil {
			return err
		}
	}
	status := map[string]any{
		"tlsServerSecretName": tlsSecret, "tlsClientSecretName": tlsSecret,
		"conditions": []any{condition("RuntimeHealthy", "HealthyPackageRevision"), condition("RuntimeActive", "ActiveRuntime")},
	}
	if endpoint := r.Functions[pkg]; endpoint != "" {
		status["endpoint"] = endpoint
	}
	patch := manifest.New(rev.GroupVersionKind(), "", rev.GetName())
	patch.Object["status"] = status
	return r.Client.Status().Apply(ctx, client.ApplyConfigurationFromUnstructured(patch), client.FieldOwner("package-runtime"), client.ForceOwnership)
}

func condition(kind, reason string) map[string]any {
	return map[string]any{"type": kind, "status": "True", "reason": reason, "lastTransitionTime": time.Now().UTC().Format(time.RFC3339)}
}

// deployment is what Crossplane's RBAC manager looks at to find out as which
// service account a provider runs. Nothing ever runs it.
func (r *Runtime) deployment(ctx context.Context, rev *unstructured.Unstructured, pkg string) error {
	account, err := AccountOf(ctx, r.Client, rev, pkg)
	if err != nil {
		return err
	}
	sa := manifest.New(schema.GroupVersionKind{Version: "v1", Kind: "ServiceAccount"}, Namespace, account)
	d := manifest.New(schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "Deployment"}, Namespace, pkg)
	labels := map[string]any{packageLabel: pkg}
	d.Object["spec"] = map[string]any{
		"selector": map[string]any{"matchLabels": labels},
		"template": map[string]any{
			"metadata": map[string]any{"labels": labels},
			"spec": map[string]any{
				"serviceAccountName": account,
				"containers":         []any{map[string]any{"name": "package-runtime", "image": "example.org/external"}},
			},
		},
	}
	owner := map[string]any{
		"apiVersion": rev.GetAPIVersion(), "kind": rev.GetKind(), "name": rev.GetName(), "uid": string(rev.GetUID()),
		"controller": true, "blockOwnerDeletion": true,
	}
	if err := unstructured.SetNestedSlice(d.Object, []any{owner}, "metadata", "ownerReferences"); err != nil {
		return err
	}
	return manifest.Apply(ctx, r.Client, sa, d)
}

// AccountOf is the name of the service account that a package runs as: what the
// runtime configuration says that an ImageConfig gives it, else the package's
// name. Crossplane compares an ImageConfig with where the image was pulled from;
// here that is with where it would be without the development registry.
func AccountOf(ctx context.Context, c client.Reader, rev *unstructured.Unstructured, pkg string) (string, error) {
	l := &unstructured.UnstructuredList{}
	l.SetGroupVersionKind(schema.GroupVersionKind{Group: "pkg.crossplane.io", Version: "v1beta1", Kind: "ImageConfigList"})
	if err := c.List(ctx, l); err != nil {
		return "", err
	}
	image, _, _ := unstructured.NestedString(rev.Object, "spec", "image")
	config, longest := "", 0
	for i := range l.Items {
		name, _, _ := unstructured.NestedString(l.Items[i].Object, "spec", "runtime", "configRef", "name")
		matches, _, _ := unstructured.NestedSlice(l.Items[i].Object, "spec", "matchImages")
		for _, e := range matches {
			m, _ := e.(map[string]any)
			prefix, _ := m["prefix"].(string)
			if name != "" && strings.HasPrefix(image, prefix) && len(prefix) > longest {
				config, longest = name, len(prefix)
			}
		}
	}
	if config == "" {
		return pkg, nil
	}
	d := manifest.New(schema.GroupVersionKind{Group: "pkg.crossplane.io", Version: "v1beta1", Kind: "DeploymentRuntimeConfig"}, "", config)
	if err := c.Get(ctx, client.ObjectKeyFromObject(d), d); err != nil {
		return "", err
	}
	name, _, _ := unstructured.NestedString(d.Object, "spec", "serviceAccountTemplate", "metadata", "name")
	if name == "" {
		return pkg, nil
	}
	return name, nil
}
