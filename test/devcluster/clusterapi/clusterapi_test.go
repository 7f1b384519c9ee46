package clusterapi

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/skerry-dev/skerry/test/tools"
)

func testObjects(t *testing.T) map[string]*unstructured.Unstructured {
	t.Helper()
	all, err := Objects(t.Context(), Options{CABundle: []byte("a bundle")})
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*unstructured.Unstructured{}
	for _, u := range all {
		out[u.GetKind()+" "+u.GetName()] = u
	}
	if len(out) != len(all) {
		t.Errorf("got %d objects with %d names: two have the same", len(all), len(out))
	}
	return out
}

func TestKinds(t *testing.T) {
	got := testObjects(t)
	cases := map[string]struct {
		reason string
		labels map[string]string
		// convert is the URL of the webhook that converts.
		convert string
	}{
		"clusters.cluster.x-k8s.io": {
			reason:  "core's kinds need no contract labels",
			labels:  map[string]string{"cluster.x-k8s.io/provider": "cluster-api"},
			convert: "https://127.0.0.1:9451/convert",
		},
		"kubeadmconfigtemplates.bootstrap.cluster.x-k8s.io": {
			reason: "a kind of both contracts",
			labels: map[string]string{
				"cluster.x-k8s.io/provider": "bootstrap-kubeadm",
				"cluster.x-k8s.io/v1beta1":  "v1beta1",
				"cluster.x-k8s.io/v1beta2":  "v1beta2",
			},
			convert: "https://127.0.0.1:9452/convert",
		},
		"kubeadmcontrolplanes.controlplane.cluster.x-k8s.io": {
			reason: "a kind of both contracts",
			labels: map[string]string{
				"cluster.x-k8s.io/provider": "control-plane-kubeadm",
				"cluster.x-k8s.io/v1beta1":  "v1beta1",
				"cluster.x-k8s.io/v1beta2":  "v1beta2",
			},
			convert: "https://127.0.0.1:9453/convert",
		},
		"openstackmachines.infrastructure.cluster.x-k8s.io": {
			reason: "one version, of the older contract",
			labels: map[string]string{
				"cluster.x-k8s.io/provider": "infrastructure-openstack",
				"cluster.x-k8s.io/v1beta1":  "v1beta1",
			},
		},
		"images.openstack.k-orc.cloud": {reason: "not a kind of Cluster API"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			crd := got["CustomResourceDefinition "+name]
			if crd == nil {
				t.Fatal("there is no such CRD")
			}
			if diff := cmp.Diff(tc.labels, crd.GetLabels()); diff != "" {
				t.Errorf("%s: labels: -want +got:\n%s", tc.reason, diff)
			}
			url, _, err := unstructured.NestedString(crd.Object, "spec", "conversion", "webhook", "clientConfig", "url")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.convert, url); diff != "" {
				t.Errorf("%s: conversion: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// Every kind is there that Skerry composes and its machines are made of.
func TestOnlyImages(t *testing.T) {
	for name := range testObjects(t) {
		if strings.HasSuffix(name, ".openstack.k-orc.cloud") && !strings.HasSuffix(name, " images.openstack.k-orc.cloud") {
			t.Errorf("%s: of that project only images are wanted", name)
		}
	}
}

func TestWebhooks(t *testing.T) {
	url := regexp.MustCompile(`^https://127\.0\.0\.1:945[1-4]/(validate|mutate)-[a-z0-9-]+$`)
	var got []string
	for name, u := range testObjects(t) {
		hooks, _, err := unstructured.NestedSlice(u.Object, "webhooks")
		if err != nil {
			t.Fatal(err)
		}
		if len(hooks) == 0 {
			continue
		}
		got = append(got, name)
		for _, h := range hooks {
			config := h.(map[string]any)["clientConfig"].(map[string]any)
			if !url.MatchString(config["url"].(string)) {
				t.Errorf("%s: got URL %q", name, config["url"])
			}
			want := map[string]any{"url": config["url"], "caBundle": "YSBidW5kbGU="}
			if diff := cmp.Diff(want, config); diff != "" {
				t.Errorf("%s: a webhook is reached on loopback and no other way: -want +got:\n%s", name, diff)
			}
		}
	}
	slices.Sort(got)
	want := []string{
		"MutatingWebhookConfiguration capi-kubeadm-bootstrap-mutating-webhook-configuration",
		"MutatingWebhookConfiguration capi-kubeadm-control-plane-mutating-webhook-configuration",
		"MutatingWebhookConfiguration capi-mutating-webhook-configuration",
		"ValidatingWebhookConfiguration capi-kubeadm-bootstrap-validating-webhook-configuration",
		"ValidatingWebhookConfiguration capi-kubeadm-control-plane-validating-webhook-configuration",
		"ValidatingWebhookConfiguration capi-validating-webhook-configuration",
		"ValidatingWebhookConfiguration capo-validating-webhook-configuration",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("webhook configurations: -want +got:\n%s", diff)
	}
}

// The order is one in which an API server takes the objects.
func TestOrder(t *testing.T) {
	all, err := Objects(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, u := range all {
		got = append(got, u.GetKind())
	}
	got = slices.Compact(got)
	last := len(got) - 1
	if got[0] != "CustomResourceDefinition" || slices.Contains(got[1:], "CustomResourceDefinition") ||
		got[last-1] != "MutatingAdmissionPolicy" || got[last] != "MutatingAdmissionPolicyBinding" {
		t.Errorf("got %q, want CRDs first and the policy last", got)
	}
}

func TestManagers(t *testing.T) {
	got := Managers(ManagerOptions{Kubeconfig: "/k", CertDir: "/c"})
	want := Manager{
		Name: "cluster-api-openstack", Tool: "cluster-api-provider-openstack",
		Args: []string{
			"--kubeconfig=/k", "--webhook-cert-dir=/c", "--webhook-port=9454",
			"--health-addr=127.0.0.1:18097", "--diagnostics-address=127.0.0.1:18098", "--insecure-diagnostics", "--leader-elect=false",
			"--namespace=reconciled-by-nobody",
			"--skip-crd-migration-phases=StorageVersionMigration", "--skip-crd-migration-phases=CleanupManagedFields",
		},
		HealthURL: "http://127.0.0.1:18097/readyz",
	}
	if diff := cmp.Diff(want, got[len(got)-1]); diff != "" {
		t.Errorf("the provider for OpenStack: -want +got:\n%s", diff)
	}
	ports := map[int]string{}
	for _, c := range components {
		if c.manager == nil {
			continue
		}
		for _, p := range []int{c.manager.webhook, c.manager.health, c.manager.diagnostics} {
			if other := ports[p]; other != "" {
				t.Errorf("%s and %s both listen on %d", other, c.manager.name, p)
			}
			ports[p] = c.manager.name
		}
	}
}

// Managers and manifests are of one version: a manager doesn't start without a
// kind that it asks for.
func TestVersions(t *testing.T) {
	of := func(tool, module string) string {
		dir, err := tools.ModuleDir(t.Context(), tool, module)
		if err != nil {
			t.Fatal(err)
		}
		return filepath.Base(dir)
	}
	cases := map[string]struct{ tool, module string }{
		"Cluster API":                {"cluster-api", coreModule},
		"provider for OpenStack":     {"cluster-api-provider-openstack", openStackModule},
		"and the images it asks for": {"cluster-api-provider-openstack", imageModule},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(of(versions, tc.module), of(tc.tool, tc.module)); diff != "" {
				t.Errorf("%s: -kinds of test/tools/crds +test/tools/%s:\n%s", tc.module, tc.tool, diff)
			}
		})
	}
}
