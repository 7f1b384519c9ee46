package machines

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// workloadTimeout bounds a request, so that a cluster that doesn't answer keeps
// no worker from the others.
const workloadTimeout = 5 * time.Second

// A connector makes a client from a kubeconfig file.
type connector func(file []byte) (client.Client, error)

// A workloads keeps a client for each cluster.
type workloads struct {
	secrets client.Reader
	connect connector

	mu      sync.Mutex
	clients map[client.ObjectKey]workloadClient
}

type workloadClient struct {
	kubeconfig []byte
	client     client.Client
}

func newWorkloads(secrets client.Reader, connect connector) *workloads {
	return &workloads{secrets: secrets, connect: connect, clients: map[client.ObjectKey]workloadClient{}}
}

// client returns a client for the named cluster. It reads the Secret each time: a
// cluster that is made again under the same name has other keys.
func (w *workloads) client(ctx context.Context, cluster client.ObjectKey) (client.Client, error) {
	secret := &corev1.Secret{}
	key := client.ObjectKey{Namespace: cluster.Namespace, Name: cluster.Name + kubeconfig}
	if err := w.secrets.Get(ctx, key, secret); err != nil {
		return nil, err
	}
	config := secret.Data[kubeconfigKey]
	w.mu.Lock()
	defer w.mu.Unlock()
	if have, ok := w.clients[cluster]; ok && bytes.Equal(have.kubeconfig, config) {
		return have.client, nil
	}
	c, err := w.connect(config)
	if err != nil {
		return nil, fmt.Errorf("cannot use Secret %q: %w", key.Name, err)
	}
	w.clients[cluster] = workloadClient{kubeconfig: config, client: c}
	return c, nil
}

func (w *workloads) forget(cluster client.ObjectKey) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.clients, cluster)
}

// dial makes a client that knows the kinds in use, and doesn't ask for others:
// discovery would be most of the requests.
func dial(file []byte) (client.Client, error) {
	config, err := clientcmd.RESTConfigFromKubeConfig(file)
	if err != nil {
		return nil, err
	}
	config.Timeout = workloadTimeout
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return nil, err
	}
	return client.New(config, client.Options{Scheme: scheme, Mapper: workloadKinds()})
}

func workloadKinds() meta.RESTMapper {
	m := meta.NewDefaultRESTMapper(nil)
	m.Add(corev1.SchemeGroupVersion.WithKind("Node"), meta.RESTScopeRoot)
	for _, kind := range []string{"ClusterRole", "ClusterRoleBinding"} {
		m.Add(rbacv1.SchemeGroupVersion.WithKind(kind), meta.RESTScopeRoot)
	}
	for _, kind := range []string{"Pod", "ConfigMap", "Service", "ServiceAccount"} {
		m.Add(corev1.SchemeGroupVersion.WithKind(kind), meta.RESTScopeNamespace)
	}
	for _, kind := range []string{"Deployment", "DaemonSet"} {
		m.Add(appsv1.SchemeGroupVersion.WithKind(kind), meta.RESTScopeNamespace)
	}
	return m
}
