// Package crossplane installs and runs Crossplane on a development cluster: core,
// RBAC manager and admission webhooks, each with the rights that its own chart
// gives it and no more, and packages from a registry on loopback.
//
// It doesn't know what the packages do.
package crossplane

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/controlplane"
	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/devcluster/pki"
	"github.com/skerry-dev/skerry/test/devcluster/process"
)

// Namespace that Crossplane lives in.
const Namespace = "crossplane-system"

const (
	webhookPort = 9445
	metricsPort = 18080
	healthPort  = 18081
	// rbacMetricsPort stands in the linker flags of the binary.
	rbacMetricsPort = 18085
	// tokenLife is how long a token lives: longer than a development cluster does.
	tokenLife = 365 * 24 * time.Hour
	caSecret  = "crossplane-root-ca"
)

// MetricsPort is where core serves its metrics.
const MetricsPort = metricsPort

// A Crossplane is one that runs, or will.
type Crossplane struct {
	// Client of an administrator of the cluster.
	Client client.Client
	Server controlplane.Server
	Group  *process.Group
	Bin    controlplane.Binaries
	// Module is the folder of Crossplane's own module: CRDs, webhooks, chart.
	Module string
	// Dir for state.
	Dir string
	// PollInterval of composites, a Go duration.
	PollInterval string
	// Args are further arguments of core.
	Args []string
}

var crdGVK = schema.GroupVersionKind{Group: "apiextensions.k8s.io", Version: "v1", Kind: "CustomResourceDefinition"}

// Install puts CRDs, RBAC, webhooks and certificates into the cluster.
func (x *Crossplane) Install(ctx context.Context) error {
	if err := x.applyCRDs(ctx); err != nil {
		return err
	}
	chart, err := x.chart(ctx)
	if err != nil {
		return err
	}
	if err := manifest.Apply(ctx, x.Client, append(x.namespace(), chart...)...); err != nil {
		return err
	}
	return x.init(ctx)
}

func (x *Crossplane) applyCRDs(ctx context.Context) error {
	files, err := filepath.Glob(filepath.Join(x.Module, "cluster", "crds", "*.yaml"))
	if err != nil {
		return err
	}
	crds, err := manifest.Read(files...)
	if err != nil {
		return err
	}
	return ApplyCRDs(ctx, x.Client, crds)
}

// ApplyCRDs applies CRDs and returns when all of them are served.
func ApplyCRDs(ctx context.Context, c client.Client, crds []*unstructured.Unstructured) error {
	manifest.Terse(crds...)
	if err := manifest.Apply(ctx, c, crds...); err != nil {
		return err
	}
	for _, crd := range crds {
		if err := manifest.Await(ctx, c, manifest.New(crdGVK, "", crd.GetName()), manifest.Is("Established")); err != nil {
			return err
		}
	}
	return nil
}

// namespace is where Crossplane lives. A service that is an alias of localhost
// makes the API server call webhooks in local processes by their services' names.
func (x *Crossplane) namespace() []*unstructured.Unstructured {
	ns := manifest.New(schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}, "", Namespace)
	return []*unstructured.Unstructured{ns, localhost("crossplane-webhooks")}
}

// localhost is a service that leads to this machine.
func localhost(name string) *unstructured.Unstructured {
	s := manifest.New(schema.GroupVersionKind{Version: "v1", Kind: "Service"}, Namespace, name)
	s.Object["spec"] = map[string]any{"type": "ExternalName", "externalName": "localhost"}
	return s
}

// chart returns the service accounts and the roles of Crossplane's own chart.
func (x *Crossplane) chart(ctx context.Context) ([]*unstructured.Unstructured, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, x.Bin["helm"], "template", "crossplane", filepath.Join(x.Module, "cluster", "charts", "crossplane"), "--namespace", Namespace)
	cmd.Env = append(os.Environ(), HelmEnv(x.Dir)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("cannot render Crossplane's chart: %w: %s", err, stderr.String())
	}
	all, err := manifest.Decode(stdout.Bytes())
	if err != nil {
		return nil, err
	}
	var out []*unstructured.Unstructured
	for _, o := range all {
		switch o.GetKind() {
		case "ServiceAccount":
			o.SetNamespace(Namespace)
			out = append(out, o)
		case "ClusterRole", "ClusterRoleBinding":
			out = append(out, o)
		}
	}
	return out, nil
}

// HelmEnv keeps what Helm writes below dir.
func HelmEnv(dir string) []string {
	helm := filepath.Join(dir, "helm")
	return []string{"HELM_CACHE_HOME=" + helm + "/cache", "HELM_CONFIG_HOME=" + helm + "/config", "HELM_DATA_HOME=" + helm + "/data"}
}

// init runs Crossplane's own set-up, as its init container would.
func (x *Crossplane) init(ctx context.Context) error {
	// Nothing is activated but by activation policies in packages.
	cmd := exec.CommandContext(ctx, x.Bin["crossplane"], "core", "init")
	cmd.Env = append(os.Environ(),
		"KUBECONFIG="+x.Server.Kubeconfig(), "POD_NAMESPACE="+Namespace, "POD_SERVICE_ACCOUNT=crossplane",
		"CRDS_PATH="+filepath.Join(x.Module, "cluster", "crds"),
		"WEBHOOK_CONFIGS_PATH="+filepath.Join(x.Module, "cluster", "webhookconfigurations"),
		"ENABLE_WEBHOOKS=true", "WEBHOOK_SERVICE_NAME=crossplane-webhooks", "WEBHOOK_SERVICE_NAMESPACE="+Namespace,
		fmt.Sprintf("WEBHOOK_SERVICE_PORT=%d", webhookPort),
		"TLS_CA_SECRET_NAME="+caSecret, "TLS_CLIENT_SECRET_NAME=crossplane-tls-client", "TLS_SERVER_SECRET_NAME=crossplane-tls-server",
	)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("cannot initialize Crossplane: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// Start runs core and RBAC manager.
func (x *Crossplane) Start(ctx context.Context) error {
	for _, side := range []string{"client", "server"} {
		if err := x.secretToDir(ctx, "crossplane-tls-"+side, x.tls(side)); err != nil {
			return err
		}
	}
	for _, cache := range []string{"xpkg", "xfn"} {
		if err := os.MkdirAll(filepath.Join(x.Dir, cache), 0o700); err != nil {
			return err
		}
	}
	core, err := x.Account(ctx, "crossplane")
	if err != nil {
		return err
	}
	rbac, err := x.Account(ctx, "rbac-manager")
	if err != nil {
		return err
	}
	err = x.Group.Start(ctx, process.Spec{
		Name: "crossplane", Path: x.Bin["crossplane"], Args: append([]string{"core", "start", "--poll-interval=" + x.PollInterval}, x.Args...),
		Env: []string{
			"KUBECONFIG=" + core, "POD_NAMESPACE=" + Namespace, "POD_SERVICE_ACCOUNT=crossplane",
			"ENABLE_WEBHOOKS=true", fmt.Sprintf("WEBHOOK_PORT=%d", webhookPort),
			"TLS_SERVER_CERTS_DIR=" + x.tls("server"), "TLS_CLIENT_CERTS_DIR=" + x.tls("client"),
			"XPKG_CACHE_DIR=" + filepath.Join(x.Dir, "xpkg"), "XFN_CACHE_DIR=" + filepath.Join(x.Dir, "xfn"),
			// Providers and functions run, but not as pods: Runtime tells how.
			"PACKAGE_RUNTIME=External",
			fmt.Sprintf("METRICS_PORT=%d", metricsPort), fmt.Sprintf("HEALTH_PROBE_PORT=%d", healthPort),
		},
		Ready: controlplane.HTTP(fmt.Sprintf("http://127.0.0.1:%d/readyz", healthPort)),
	})
	if err != nil {
		return err
	}
	return x.Group.Start(ctx, process.Spec{
		Name: "crossplane-rbac-manager", Path: x.Bin["crossplane"],
		Args:  []string{"rbac", "start", "--provider-clusterrole=crossplane:allowed-provider-permissions"},
		Env:   []string{"KUBECONFIG=" + rbac},
		Ready: controlplane.Listens(rbacMetricsPort),
	})
}

func (x *Crossplane) tls(side string) string { return filepath.Join(x.Dir, "tls-"+side) }

// Account writes a kubeconfig for a service account of Crossplane's namespace, and
// returns its path.
func (x *Crossplane) Account(ctx context.Context, name string) (string, error) {
	file := filepath.Join(x.Dir, name+".kubeconfig")
	token, err := Token(ctx, x.Client, Namespace, name)
	if err != nil {
		return "", err
	}
	k := controlplane.Kubeconfig{Server: x.Server.URL(), CA: x.Server.CA.Certificate, Token: token}
	return file, k.Write(file)
}

// Pod writes what a pod finds of the service account that runs the package's
// active revision, for package pod, and returns the folder.
func (x *Crossplane) Pod(ctx context.Context, pkg string) (string, error) {
	l := &unstructured.UnstructuredList{}
	l.SetGroupVersionKind(schema.GroupVersionKind{Group: "apps", Version: "v1", Kind: "DeploymentList"})
	if err := x.Client.List(ctx, l, client.InNamespace(Namespace), client.MatchingFields{"metadata.name": pkg}); err != nil {
		return "", err
	}
	if len(l.Items) == 0 {
		return "", fmt.Errorf("package %q doesn't run", pkg)
	}
	account, _, _ := unstructured.NestedString(l.Items[0].Object, "spec", "template", "spec", "serviceAccountName")
	token, err := Token(ctx, x.Client, Namespace, account)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(x.Dir, "pods", pkg)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	files := map[string][]byte{"token": []byte(token), "ca.crt": x.Server.CA.Certificate, "namespace": []byte(Namespace)}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return "", err
		}
	}
	return dir, nil
}

// Token returns a token of a service account.
func Token(ctx context.Context, c client.Client, namespace, name string) (string, error) {
	sa := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	r := &authenticationv1.TokenRequest{Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: new(int64(tokenLife.Seconds()))}}
	if err := c.SubResource("token").Create(ctx, sa, r); err != nil {
		return "", fmt.Errorf("cannot get a token for service account %q: %w", name, err)
	}
	return r.Status.Token, nil
}

// secretToDir writes each key of a Secret to a file.
func (x *Crossplane) secretToDir(ctx context.Context, name, dir string) error {
	s := &corev1.Secret{}
	if err := x.Client.Get(ctx, client.ObjectKey{Namespace: Namespace, Name: name}, s); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	for key, data := range s.Data {
		if err := os.WriteFile(filepath.Join(dir, key), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// authority is the one that Crossplane made for functions and webhooks.
func (x *Crossplane) authority(ctx context.Context) (pki.Pair, error) {
	s := &corev1.Secret{}
	err := x.Client.Get(ctx, client.ObjectKey{Namespace: Namespace, Name: caSecret}, s)
	return pki.Pair{Certificate: s.Data["tls.crt"], Key: s.Data["tls.key"]}, err
}
