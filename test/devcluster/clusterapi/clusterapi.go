// Package clusterapi installs Cluster API without containers: the real managers
// as processes, and beside them what kustomize makes of their manifests, with
// webhooks that are reached on loopback instead of through Services.
//
// It starts nothing and applies nothing, and has no versions of its own: kinds
// and webhooks are read from the modules that test/tools/crds pins, and the
// managers are built from the modules of the same version in test/tools.
//
// The manager of the provider for OpenStack runs too, but reconciles nothing: only
// its webhooks are wanted, so that what a test composes is validated as in
// production. Somebody else stands in for its controllers.
package clusterapi

import (
	"context"
	"fmt"
	"path"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
)

// The modules that hold manifests.
const (
	coreModule      = "sigs.k8s.io/cluster-api"
	openStackModule = "sigs.k8s.io/cluster-api-provider-openstack"
	imageModule     = "github.com/k-orc/openstack-resource-controller/v2"
)

// host is where managers listen. Their certificate must be valid for it.
const host = "127.0.0.1"

// A component is a part of Cluster API with a folder of kustomize manifests.
type component struct {
	module string
	// config is the folder of the manifests, inside the module.
	config string
	// only, when not empty, are the files of CRDs that are wanted.
	only []string
	// manager is nil when nobody serves the component's kinds.
	manager *manager
}

// components in the order in which their kinds are made.
var components = []component{
	{module: coreModule, config: "core/config", manager: &core},
	{module: coreModule, config: "bootstrap/kubeadm/config", manager: &bootstrap},
	{module: coreModule, config: "controlplane/kubeadm/config", manager: &controlPlane},
	{module: openStackModule, config: "config", manager: &openStack},
	// The provider for OpenStack asks for this kind, and doesn't start without.
	{module: imageModule, config: "config", only: []string{"bases/openstack.k-orc.cloud_images.yaml"}},
}

// Options of the objects.
type Options struct {
	// CABundle, in PEM, has signed the certificate that the managers serve their
	// webhooks with.
	CABundle []byte
}

// Objects returns everything that the managers need on a management cluster, in an
// order in which it can be applied: CRDs first, then webhooks, then the policy
// that takes etcd out of the machines. From the webhooks on, Cluster API's kinds
// can't be written until the managers run.
func Objects(ctx context.Context, o Options) ([]*unstructured.Unstructured, error) {
	modules, err := modules(ctx)
	if err != nil {
		return nil, err
	}
	var crds, webhooks []*unstructured.Unstructured
	for _, c := range components {
		made, err := c.objects(modules[c.module], o)
		if err != nil {
			return nil, fmt.Errorf("cannot read the manifests in %s of %s: %w", c.config, c.module, err)
		}
		crds = append(crds, made.crds...)
		webhooks = append(webhooks, made.webhooks...)
	}
	policy, err := externalEtcd()
	if err != nil {
		return nil, err
	}
	return append(append(crds, webhooks...), policy...), nil
}

type objects struct{ crds, webhooks []*unstructured.Unstructured }

// objects reads the component's manifests in the module's folder.
func (c component) objects(module string, o Options) (objects, error) {
	config := filepath.Join(module, filepath.FromSlash(c.config))
	k, err := readKustomization(config)
	if err != nil {
		return objects{}, err
	}
	var out objects
	files := c.only
	if len(files) == 0 {
		files = k.crds
	}
	for _, f := range files {
		made, err := manifest.Read(filepath.Join(config, "crd", filepath.FromSlash(f)))
		if err != nil {
			return objects{}, err
		}
		out.crds = append(out.crds, made...)
	}
	for _, crd := range out.crds {
		if err := c.finishCRD(crd, k, o); err != nil {
			return objects{}, fmt.Errorf("cannot finish CRD %q: %w", crd.GetName(), err)
		}
	}
	if c.manager == nil {
		return out, nil
	}
	out.webhooks, err = manifest.Read(filepath.Join(config, "webhook", "manifests.yaml"))
	if err != nil {
		return objects{}, err
	}
	for _, w := range out.webhooks {
		if err := c.finishWebhooks(w, k, o); err != nil {
			return objects{}, fmt.Errorf("cannot finish the webhooks of %s: %w", path.Base(module), err)
		}
	}
	return out, nil
}
