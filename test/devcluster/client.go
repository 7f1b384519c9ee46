package devcluster

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/charts"
	"github.com/skerry-dev/skerry/test/devcluster/controlplane"
	"github.com/skerry-dev/skerry/test/devcluster/crossplane"
	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/devcluster/supervisor"
	"github.com/skerry-dev/skerry/test/devcluster/trace"
)

// CloudPassword is the password in every cloud's provider configuration: a value
// that must turn up nowhere else.
const CloudPassword = "keystone-password-that-must-not-leak"

// REST is how an administrator of the management cluster reaches it from here.
func (c *Cluster) REST() (*rest.Config, error) {
	r, err := clientcmd.BuildConfigFromFlags("", c.config.Kubeconfig())
	if err != nil {
		return nil, err
	}
	r.QPS, r.Burst = -1, -1
	return r, nil
}

// Client returns a client of an administrator of the management cluster.
func (c *Cluster) Client() (client.Client, error) {
	r, err := c.REST()
	if err != nil {
		return nil, err
	}
	return client.New(r, client.Options{})
}

// Cache returns a reader that learns of changes to the kinds that it is asked for, until
// ctx ends. Whoever looks all the time costs the API server hardly anything then.
func (c *Cluster) Cache(ctx context.Context) (client.Reader, error) {
	r, err := c.REST()
	if err != nil {
		return nil, err
	}
	k, err := cache.New(r, cache.Options{})
	if err != nil {
		return nil, err
	}
	go func() { _ = k.Start(ctx) }() // It fails only when it is started twice.
	if !k.WaitForCacheSync(ctx) {
		return nil, ctx.Err()
	}
	return k, nil
}

// Through returns a kubeconfig from inside, that of a workload cluster for one,
// for use from here.
func (c *Cluster) Through(kubeconfig []byte) ([]byte, error) {
	own, err := clientcmd.LoadFromFile(c.config.Kubeconfig())
	if err != nil {
		return nil, err
	}
	return controlplane.Through(kubeconfig, own.Clusters[own.Contexts[own.CurrentContext].Cluster].ProxyURL)
}

// PlatformTeam returns what a platform team applies to this cluster: the Platform
// in the file, with its charts taken from here, and what it refers to. Cluster API
// is there already, and says so.
func (c *Cluster) PlatformTeam(ctx context.Context, file string) ([]*unstructured.Unstructured, error) {
	objs, err := manifest.Read(file)
	if err != nil {
		return nil, err
	}
	repository, err := charts.New(ctx, c.config.Root)
	if err != nil {
		return nil, err
	}
	platform, err := repository.Rewrite(objs[0], supervisor.ChartsAddress)
	if err != nil {
		return nil, err
	}
	if err := unstructured.SetNestedField(platform.Object, false, "spec", "management", "installClusterAPI"); err != nil {
		return nil, err
	}
	clouds, _, err := unstructured.NestedSlice(platform.Object, "spec", "clouds")
	if err != nil {
		return nil, err
	}
	var out []*unstructured.Unstructured
	for _, e := range clouds {
		cloud, _ := e.(map[string]any)
		name, _, _ := unstructured.NestedString(cloud, "providerConfigRef", "name")
		url, _ := cloud["authURL"].(string)
		out = append(out, secret(name, "credentials", `{"auth_url": "`+url+`", "user_name": "skerry", "password": "`+CloudPassword+`", "tenant_name": "skerry", "user_domain_name": "Default", "project_domain_name": "Default"}`),
			providerConfig(schema.GroupVersionKind{Group: "openstack.m.crossplane.io", Version: "v1beta1", Kind: "ClusterProviderConfig"}, name, name, "credentials"))
	}
	return append(out, platform), nil
}

func secret(name, key, value string) *unstructured.Unstructured {
	s := manifest.New(schema.GroupVersionKind{Version: "v1", Kind: "Secret"}, crossplane.Namespace, name)
	s.Object["stringData"] = map[string]any{key: value}
	return s
}

func providerConfig(gvk schema.GroupVersionKind, name, secret, key string) *unstructured.Unstructured {
	p := manifest.New(gvk, "", name)
	p.Object["spec"] = map[string]any{"credentials": map[string]any{
		"source":    "Secret",
		"secretRef": map[string]any{"namespace": crossplane.Namespace, "name": secret, "key": key},
	}}
	return p
}

// Workload returns a kubeconfig for an administrator of the cluster that a claim
// has ordered, for use from here.
func (c *Cluster) Workload(ctx context.Context, k client.Client, claim *unstructured.Unstructured) ([]byte, error) {
	xr, err := trace.Composite(ctx, k, claim)
	if err != nil {
		return nil, err
	}
	if xr == nil {
		return nil, fmt.Errorf("%s has no composite yet", manifest.Title(claim))
	}
	refs, err := trace.Refs(xr)
	if err != nil {
		return nil, err
	}
	for _, r := range refs {
		if r.Kind != "Cluster" {
			continue
		}
		s := &corev1.Secret{}
		// Cluster API names it after the Cluster.
		if err := k.Get(ctx, client.ObjectKey{Namespace: r.Namespace, Name: r.Name + "-kubeconfig"}, s); err != nil {
			return nil, err
		}
		return c.Through(s.Data["value"])
	}
	return nil, fmt.Errorf("%s has no Cluster yet", manifest.Title(claim))
}
