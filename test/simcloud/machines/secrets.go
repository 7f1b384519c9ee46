package machines

import (
	"context"
	"fmt"
	"net"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/controlplane"
	"github.com/skerry-dev/skerry/test/devcluster/pki"
	"github.com/skerry-dev/skerry/test/devcluster/workload"
)

// Suffixes of a cluster's Secrets, as Cluster API names them. It makes those that
// nobody has brought along, but for etcd's, which who runs an etcd of their own
// must bring.
const (
	etcdAuthority    = "-etcd"
	etcdClient       = "-apiserver-etcd-client"
	clusterAuthority = "-ca"
	serviceAccount   = "-sa"
	kubeconfig       = "-kubeconfig"

	kubeconfigKey = "value"
)

// A keyring makes and reads the Secrets of one cluster. They go when the
// OpenStackCluster has gone, and the control plane, which takes them over.
type keyring struct {
	live    client.Reader
	client  client.Client
	cluster client.ObjectKey
	owner   *object
}

func (r *reconciler) keyring(cluster, owner *object) keyring {
	return keyring{live: r.live, client: r.client, cluster: client.ObjectKeyFromObject(cluster), owner: owner}
}

// ensureEtcd makes what a control plane reaches an etcd with that it doesn't run:
// nothing starts without.
func (k keyring) ensureEtcd(ctx context.Context) error {
	// The client's Secret is the second that is made.
	have, err := k.get(ctx, etcdClient)
	if err != nil || have != nil {
		return err
	}
	ca, err := k.ensure(ctx, etcdAuthority, func() (pki.Pair, error) { return pki.NewCA("etcd-ca") })
	if err != nil {
		return err
	}
	_, err = k.ensure(ctx, etcdClient, func() (pki.Pair, error) {
		return ca.Issue(pki.Leaf{CommonName: "kube-apiserver-etcd-client"})
	})
	return err
}

// ensureCluster makes the cluster's own keys, and a kubeconfig with which Cluster
// API reaches the endpoint.
func (k keyring) ensureCluster(ctx context.Context, host string, port int64) (workload.Keys, error) {
	ca, err := k.ensure(ctx, clusterAuthority, func() (pki.Pair, error) { return pki.NewCA("kubernetes") })
	if err != nil {
		return workload.Keys{}, err
	}
	sa, err := k.ensure(ctx, serviceAccount, func() (p pki.Pair, err error) {
		p.Certificate, p.Key, err = pki.NewKey()
		return p, err
	})
	if err != nil {
		return workload.Keys{}, err
	}
	keys := workload.Keys{CA: ca.Certificate, CAKey: ca.Key, ServiceAccountPublic: sa.Certificate, ServiceAccountKey: sa.Key}
	admin, err := ca.Issue(pki.Leaf{CommonName: "kubernetes-admin", Organizations: []string{"system:masters"}})
	if err != nil {
		return keys, err
	}
	config, err := controlplane.Kubeconfig{
		Server: "https://" + net.JoinHostPort(host, strconv.FormatInt(port, 10)),
		CA:     ca.Certificate, Certificate: admin.Certificate, Key: admin.Key,
	}.Bytes()
	if err != nil {
		return keys, err
	}
	return keys, create(ctx, k.client, k.secret(kubeconfig, map[string][]byte{kubeconfigKey: config}))
}

// ensure returns the pair in a Secret, and makes both when there is no Secret.
func (k keyring) ensure(ctx context.Context, suffix string, newPair func() (pki.Pair, error)) (pki.Pair, error) {
	have, err := k.get(ctx, suffix)
	if err != nil {
		return pki.Pair{}, err
	}
	if have != nil {
		return pki.Pair{Certificate: have.Data[corev1.TLSCertKey], Key: have.Data[corev1.TLSPrivateKeyKey]}, nil
	}
	p, err := newPair()
	if err != nil {
		return p, fmt.Errorf("cannot make Secret %q: %w", k.cluster.Name+suffix, err)
	}
	return p, k.client.Create(ctx, k.secret(suffix, map[string][]byte{corev1.TLSCertKey: p.Certificate, corev1.TLSPrivateKeyKey: p.Key}))
}

// get returns a Secret, or nil when there is none.
func (k keyring) get(ctx context.Context, suffix string) (*corev1.Secret, error) {
	s := &corev1.Secret{}
	err := k.live.Get(ctx, client.ObjectKey{Namespace: k.cluster.Namespace, Name: k.cluster.Name + suffix}, s)
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return s, err
}

func (k keyring) secret(suffix string, data map[string][]byte) *corev1.Secret {
	return &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: k.cluster.Namespace, Name: k.cluster.Name + suffix,
			// Without the label Cluster API's managers don't watch it.
			Labels: map[string]string{clusterNameLabel: k.cluster.Name},
			OwnerReferences: []metav1.OwnerReference{{
				APIVersion: k.owner.GetAPIVersion(), Kind: k.owner.GetKind(), Name: k.owner.GetName(), UID: k.owner.GetUID(),
			}},
		},
		// With another type a control plane would take it for somebody else's.
		Type: "cluster.x-k8s.io/secret",
		Data: data,
	}
}
