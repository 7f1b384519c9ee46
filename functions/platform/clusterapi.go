package main

import (
	_ "embed"
	"fmt"

	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/clusterapi"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// The versions of Cluster API and of its provider for OpenStack: the ones whose
// kinds the tests know, see test/tools/crds/go.mod.
const (
	// renovate: datasource=go depName=sigs.k8s.io/cluster-api
	clusterAPIVersion = "v1.14.2"
	// renovate: datasource=go depName=sigs.k8s.io/cluster-api-provider-openstack
	openStackVersion = "v0.14.7"
)

const (
	certManagerName = "cert-manager"
	operatorName    = "cluster-api-operator"

	// waitTimeout is less than the ten minutes after which provider-helm gives
	// up a reconcile and loses the outcome.
	waitTimeout = "9m"

	// coreNamespace is where Cluster API's core runs, however it was installed.
	coreNamespace = "capi-system"

	keyImageKind              = "image-kind"
	keyCoreProvider           = "core-provider"
	keyInfrastructureProvider = "infrastructure-provider"
	// keyProviderNamespace begins the keys of the providers' namespaces.
	keyProviderNamespace = "namespace-"

	// imageKind is the definition that the provider for OpenStack needs.
	imageKind = "images.openstack.k-orc.cloud"

	// machinesKind is the definition of Cluster API's kind Cluster, and
	// machinesAPI the version that clusters are made in.
	machinesKind    = "clusters.cluster.x-k8s.io"
	machinesVersion = "v1beta2"
	machinesAPI     = "cluster.x-k8s.io/" + machinesVersion
)

// provider is a provider of Cluster API, in the namespace that its own manifests
// and its documentation name.
type provider struct {
	key, kind, name, namespace, version string
	gates                               map[string]bool
	after                               []string
}

// topology is the feature that clusters are made with. Only the core and the
// control-plane provider ask for it.
var topology = map[string]bool{"ClusterTopology": true}

var providers = []provider{
	{
		key: keyCoreProvider, kind: "CoreProvider", name: "cluster-api", namespace: coreNamespace,
		version: clusterAPIVersion, gates: topology, after: []string{addon.Key(operatorName)},
	},
	{
		key: "bootstrap-provider", kind: "BootstrapProvider", name: "kubeadm", namespace: "capi-kubeadm-bootstrap-system",
		version: clusterAPIVersion, after: []string{keyCoreProvider},
	},
	{
		key: "control-plane-provider", kind: "ControlPlaneProvider", name: "kubeadm", namespace: "capi-kubeadm-control-plane-system",
		version: clusterAPIVersion, gates: topology, after: []string{keyCoreProvider},
	},
	{
		key: keyInfrastructureProvider, kind: "InfrastructureProvider", name: "openstack", namespace: "capo-system",
		version: openStackVersion, after: []string{keyCoreProvider, keyImageKind},
	},
}

// clusterAPI installs Cluster API: its operator, what that needs, and the
// providers. A Platform that turns it off later keeps what it installed.
//
// The providers are objects of their own rather than values of the operator's
// chart: there they are Helm hooks, which every upgrade deletes and makes again,
// namespaces included.
func clusterAPI(p *plan.Platform) (render.Set, error) {
	var s render.Set
	if !p.Install.ClusterAPI {
		return s, nil
	}
	if p.Install.CertManager {
		r, err := release(p, addon.Release{Name: certManagerName, Namespace: certManagerName, Fixed: certManagerValues})
		if err != nil {
			return s, err
		}
		s.Add(r)
	}
	r, err := release(p, addon.Release{Name: operatorName, Namespace: "capi-operator-system", After: []string{addon.Key(certManagerName)}})
	if err != nil {
		return s, err
	}
	s.Add(r)
	if p.Install.ImageKind {
		s.Add(imageDefinition(p))
	}
	for _, pr := range providers {
		s.Add(pr.resources()...)
	}
	return s, nil
}

//go:embed values/cert-manager.yaml
var certManagerFile []byte

var certManagerValues = addon.Parse(certManagerFile)

// release makes a release on the management cluster. It carries no Delete
// policy: others on the management cluster may have come to rely on it, and the
// operator must outlive the providers that it removes.
//
// It is ready when its pods are: what comes after needs its webhooks.
func release(p *plan.Platform, r addon.Release) (render.Resource, error) {
	r.OnManagement = true
	r.After = append(r.After, keyNamespace, keyHelmConfig)
	// Of a cluster's plan, a release on the management cluster reads just this.
	out, err := addon.Render(&plan.Cluster{Owner: p.Owner, Addons: p.Addons, ManagementProviderConfig: p.ManagementProviderConfig}, r)
	if err != nil {
		return out, err
	}
	rel, ok := out.Body.(*helm.Release)
	if !ok {
		return out, fmt.Errorf("cannot render add-on %q: it is no Helm release", r.Name)
	}
	rel.Spec.ManagementPolicies = external.KeepOnDelete()
	rel.Spec.ForProvider.Wait, rel.Spec.ForProvider.WaitTimeout = true, waitTimeout
	return out, nil
}

// resources returns the provider and its namespace.
func (pr provider) resources() []render.Resource {
	spec := clusterapi.ProviderSpec{Version: pr.version}
	if pr.gates != nil {
		spec.Manager = &clusterapi.ProviderManager{FeatureGates: pr.gates}
	}
	key := keyProviderNamespace + pr.namespace
	return []render.Resource{
		{Key: key, Body: kubernetes.NewNamespace(pr.namespace), Ready: readiness.Exists},
		{
			Key:   pr.key,
			Body:  clusterapi.NewProvider(pr.kind, pr.namespace, pr.name, spec),
			Ready: installed(pr.version),
			After: append([]string{key}, pr.after...),
		},
	}
}

// conditionReady of a provider.
const conditionReady = "Ready"

// installed is ready when the operator has installed the version and its pods
// run.
func installed(version string) readiness.Check {
	return func(v observed.Value) (bool, string) {
		for _, step := range []string{"PreflightCheckPassed", "ProviderInstalled", conditionReady} {
			if c := observed.ConditionOf(v, step); c.Status == "False" && c.Message != "" {
				return false, "is not installed: " + readiness.Clean(c.Message)
			}
		}
		if ready, _ := readiness.Managed(v); !ready {
			return false, "is being installed"
		}
		if is := observed.At(v, "status", "installedVersion").Text(); is != version {
			return false, "is being upgraded to " + version
		}
		return true, ""
	}
}

//go:embed image-kind.yaml
var imageFile []byte

var imageManifest = addon.Parse(imageFile)

// imageDefinition brings the definition of the kind Image. The provider for
// OpenStack watches it, and doesn't start without; its controller isn't needed,
// as our machines name their images by filter. The definition stays when the
// Platform goes: somebody may have made Images.
func imageDefinition(p *plan.Platform) render.Resource {
	o := kubernetes.NewObject(p.Home.Namespace, p.Home.Name(keyImageKind),
		external.ProviderConfigRef{Kind: "ClusterProviderConfig", Name: p.ManagementProviderConfig.Name}, map[string]any(imageManifest))
	o.Spec.ManagementPolicies = external.KeepOnDelete()
	return render.Resource{Key: keyImageKind, Body: o, Ready: readiness.Managed, After: []string{keyNamespace, keyKubernetesConfig}}
}
