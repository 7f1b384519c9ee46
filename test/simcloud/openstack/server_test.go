package openstack

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	corev1 "k8s.io/api/core/v1"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
	metrics "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/test/crd"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
	"github.com/skerry-dev/skerry/test/tools"
	"github.com/skerry-dev/skerry/test/tools/xpkg"
)

// TestServer runs the provider on a real API server, whose CRDs arrive when the
// provider runs already.
func TestServer(t *testing.T) {
	if testing.Short() {
		t.Skip("starts an API server")
	}
	dir := definitions(t)
	cfg := server(t)
	k, err := client.New(cfg, client.Options{Scheme: scheme(t)})
	if err != nil {
		t.Fatal(err)
	}
	s := &served{t: t, client: k}
	s.provider(cfg)
	if _, err := envtest.InstallCRDs(cfg, envtest.CRDInstallOptions{Paths: dir, ErrorIfPathMissing: true}); err != nil {
		t.Fatal(err)
	}
	s.prepare()
	names := s.apply(lives)
	s.await(20*time.Second, func() string { return s.notReady(names) })

	t.Run("Unchanged", func(t *testing.T) {
		time.Sleep(time.Second) // events are written late
		before := s.writes.Load()
		time.Sleep(time.Second) // some ten polls of each
		if n := s.writes.Load() - before; n != 0 {
			t.Errorf("%d writes, the last one %v", n, s.last.Load())
		}
	})
	t.Run("Deleted", func(t *testing.T) {
		for _, u := range names {
			if err := k.Delete(t.Context(), u); err != nil {
				t.Fatal(err)
			}
		}
		s.await(20*time.Second, func() string { return s.left(names) })
		if left := s.cloud.List(cloud.Filter{}); len(left) > 0 {
			t.Errorf("left in the cloud: %v", left)
		}
	})
}

// served is a provider that runs.
type served struct {
	t      *testing.T
	client client.Client
	cloud  *cloud.Cloud
	writes atomic.Int64
	last   atomic.Value
}

func scheme(t *testing.T) *runtime.Scheme {
	t.Helper()
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, extv1.AddToScheme} {
		if err := add(s); err != nil {
			t.Fatal(err)
		}
	}
	addToScheme(s)
	return s
}

// server starts etcd and an API server on loopback.
func server(t *testing.T) *rest.Config {
	t.Helper()
	var binaries []string
	for _, name := range []string{"etcd", "kube-apiserver"} {
		path, err := tools.Build(t.Context(), os.Stderr, name)
		if err != nil {
			t.Fatal(err)
		}
		binaries = append(binaries, path)
	}
	env := &envtest.Environment{ControlPlane: envtest.ControlPlane{
		Etcd:      &envtest.Etcd{Path: binaries[0]},
		APIServer: &envtest.APIServer{Path: binaries[1]},
	}}
	cfg, err := env.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := env.Stop(); err != nil {
			t.Error(err)
		}
	})
	return cfg
}

// definitions returns the files with the CRDs of the table's kinds, and of the
// provider's own.
func definitions(t *testing.T) []string {
	t.Helper()
	_ = schemas(t) // skips when there are none
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, dir := range []string{os.Getenv("OPENSTACK_CRDS"), filepath.Join(root, "..", "shared", "crds", "provider-openstack"), xpkg.OpenStackDir(root)} {
		if files, _ = filepath.Glob(filepath.Join(dir, "openstack.m.crossplane.io_*.yaml")); len(files) > 0 {
			for _, k := range kinds {
				files = append(files, filepath.Join(dir, k.gvk().Group+"_"+strings.ToLower(k.kind)+"s.yaml"))
			}
			return files
		}
	}
	t.Skip(crd.ErrNoOpenStack)
	return nil
}

// provider starts the provider with a fast cloud.
func (s *served) provider(cfg *rest.Config) {
	s.t.Helper()
	var err error
	if s.cloud, err = cloud.Open(s.t.TempDir(), cloud.Options{Profile: cloud.Profile{Name: cloud.Fast}}); err != nil {
		s.t.Fatal(err)
	}
	cfg = rest.CopyConfig(cfg)
	cfg.QPS = -1
	cfg.Wrap(func(next http.RoundTripper) http.RoundTripper { return counting{next, s} })
	mgr, err := ctrl.NewManager(cfg, ctrl.Options{Scheme: scheme(s.t), Metrics: metrics.Options{BindAddress: "0"}})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := Setup(mgr, s.cloud, Options{Poll: 100 * time.Millisecond}); err != nil {
		s.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(s.t.Context())
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	s.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
		_ = s.cloud.Close()
	})
}

// counting counts what the provider writes.
type counting struct {
	http.RoundTripper

	s *served
}

func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		c.s.writes.Add(1)
		c.s.last.Store(r.Method + " " + r.URL.Path)
	}
	return c.RoundTripper.RoundTrip(r)
}

func (s *served) prepare() {
	s.t.Helper()
	objects := config()
	for _, n := range []string{namespace, "crossplane-system"} {
		objects = append([]client.Object{&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: n}}}, objects...)
	}
	for _, o := range objects {
		if err := s.client.Create(s.t.Context(), o); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *served) apply(docs string) []*unstructured.Unstructured {
	s.t.Helper()
	var out []*unstructured.Unstructured
	for doc := range strings.SplitSeq(docs, "---\n") {
		u := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(doc), &u.Object); err != nil {
			s.t.Fatal(err)
		}
		u.SetGroupVersionKind(kindNamed(u.GetKind()).gvk())
		u.SetNamespace(namespace)
		u.Object["spec"].(map[string]any)["providerConfigRef"] = map[string]any{"kind": "ClusterProviderConfig", "name": "north"}
		if err := s.client.Create(s.t.Context(), u); err != nil {
			s.t.Fatal(err)
		}
		out = append(out, u)
	}
	return out
}

// notReady says what isn't ready yet.
func (s *served) notReady(all []*unstructured.Unstructured) string {
	for _, u := range all {
		m := s.get(u)
		if m == nil {
			return u.GetName() + " isn't there"
		}
		for _, t := range []xpv2.ConditionType{xpv2.TypeSynced, xpv2.TypeReady} {
			if c := m.GetCondition(t); c.Status != corev1.ConditionTrue {
				return fmt.Sprintf("%s %s %s %s", u.GetName(), t, c.Reason, c.Message)
			}
		}
	}
	return ""
}

func (s *served) left(all []*unstructured.Unstructured) string {
	for _, u := range all {
		if m := s.get(u); m != nil {
			return fmt.Sprintf("%s %s", u.GetName(), m.GetCondition(xpv2.TypeSynced).Message)
		}
	}
	return ""
}

func (s *served) get(u *unstructured.Unstructured) *Managed {
	m := newManaged(u.GroupVersionKind())
	err := s.client.Get(s.t.Context(), types.NamespacedName{Namespace: u.GetNamespace(), Name: u.GetName()}, &m.Unstructured)
	if client.IgnoreNotFound(err) != nil {
		s.t.Fatal(err)
	}
	if err != nil {
		return nil
	}
	return m
}

// await waits until nothing stands against it any more.
func (s *served) await(most time.Duration, against func() string) {
	s.t.Helper()
	for end := time.Now().Add(most); ; time.Sleep(50 * time.Millisecond) {
		why := against()
		if why == "" {
			return
		}
		if time.Now().After(end) {
			s.t.Fatalf("after %s: %s", most, why)
		}
	}
}
