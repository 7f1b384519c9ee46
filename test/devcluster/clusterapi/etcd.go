package clusterapi

import (
	_ "embed"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
)

// The endpoint and files of the etcd that control planes are told to use. Nobody
// connects to it: the simulated control planes have an API server of their own.
//
//go:embed external-etcd.yaml
var externalEtcdFile []byte

// externalEtcd returns the policy that makes every KubeadmControlPlane use an
// external etcd, and its binding.
//
// A KubeadmControlPlane with an etcd of its own talks to it through a port-forward
// into a pod, before and during everything that it does to machines. Simulated
// machines run no etcd to talk to. With an external one, it leaves etcd alone.
//
// The policy changes the KubeadmControlPlane rather than its template, because
// templates are what users of Cluster API compose and compare. The topology
// controller doesn't mind: it compares what the API server would store with what
// is stored, and the policy has been at both.
//
// Two things can't be seen this way: an etcd in a template that Cluster API or
// kubeadm would refuse, and the repair of a broken control plane. Cluster API
// v1.14 replaces a machine of it only when it sees the members of its etcd.
func externalEtcd() ([]*unstructured.Unstructured, error) {
	out, err := manifest.Decode(externalEtcdFile)
	if err != nil {
		return nil, fmt.Errorf("cannot read external-etcd.yaml: %w", err)
	}
	return out, nil
}
