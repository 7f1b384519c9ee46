package e2e_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// statefulInCloud are the kinds of the cloud whose loss loses data or connections.
// Servers come and go by design.
var statefulInCloud = []cloud.Kind{
	cloud.Network, cloud.Subnet, cloud.Router, cloud.RouterInterface, cloud.SecurityGroup,
	cloud.LoadBalancer, cloud.Volume, cloud.ApplicationCredential, cloud.Container, cloud.Share, cloud.Zone,
}

// mark is a point in the cloud's history.
func (w *world) mark(t *testing.T) int {
	t.Helper()
	last := 0
	eventually(t, "the cloud reports", func() error {
		r, err := w.cloud.Report(t.Context())
		last = r.LastEvent
		return err
	})
	return last
}

// noStatefulDeletes fails the test if anything stateful was deleted, or created
// again under a name that was there, since the mark.
func (w *world) noStatefulDeletes(t *testing.T, mark int) {
	t.Helper()
	events, err := w.cloud.Events(t.Context(), mark)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if slices.Contains(statefulInCloud, e.Kind) && (e.Verb == cloud.Delete || e.Verb == cloud.Gone) && !e.Part {
			t.Errorf("nothing stateful should be deleted: %s %s %q of %s: %s", e.Verb, e.Kind, e.Name, e.Owner, e.Message)
		}
	}
}

// inOrder fails the test if the cloud had to refuse a deletion since the mark.
func (w *world) inOrder(t *testing.T, mark int) {
	t.Helper()
	events, err := w.cloud.Events(t.Context(), mark)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Verb == cloud.Delete && e.Outcome == cloud.Refused {
			t.Errorf("deletions should come in an order that the cloud allows: %s %q was refused: %s", e.Kind, e.Name, e.Message)
		}
	}
}

// left are the kinds of which a deleted claim leaves nothing.
var left = []schema.GroupVersionKind{
	{Group: "networking.openstack.m.crossplane.io", Version: "v1alpha1", Kind: "NetworkV2"},
	{Group: "networking.openstack.m.crossplane.io", Version: "v1alpha1", Kind: "SubnetV2"},
	{Group: "networking.openstack.m.crossplane.io", Version: "v1alpha1", Kind: "RouterV2"},
	{Group: "networking.openstack.m.crossplane.io", Version: "v1alpha1", Kind: "RouterInterfaceV2"},
	{Group: "networking.openstack.m.crossplane.io", Version: "v1alpha1", Kind: "SecgroupV2"},
	{Group: "compute.openstack.m.crossplane.io", Version: "v1alpha1", Kind: "ServergroupV2"},
	{Group: "identity.openstack.m.crossplane.io", Version: "v1alpha1", Kind: "ApplicationCredentialV3"},
	{Group: "cluster.x-k8s.io", Version: "v1beta2", Kind: "Cluster"},
	{Group: "cluster.x-k8s.io", Version: "v1beta2", Kind: "ClusterClass"},
	{Group: "cluster.x-k8s.io", Version: "v1beta2", Kind: "Machine"},
	{Group: "infrastructure.cluster.x-k8s.io", Version: "v1beta1", Kind: "OpenStackCluster"},
	{Group: "infrastructure.cluster.x-k8s.io", Version: "v1beta1", Kind: "OpenStackMachine"},
	{Group: "infrastructure.cluster.x-k8s.io", Version: "v1beta1", Kind: "OpenStackMachineTemplate"},
	{Group: "bootstrap.cluster.x-k8s.io", Version: "v1beta2", Kind: "KubeadmConfigTemplate"},
	{Group: "helm.m.crossplane.io", Version: "v1beta1", Kind: "Release"},
	{Group: "kubernetes.m.crossplane.io", Version: "v1alpha1", Kind: "Object"},
	{Group: "protection.crossplane.io", Version: "v1beta1", Kind: "Usage"},
	{Version: "v1", Kind: "Secret"},
}

// present are the titles of everything of those kinds in the namespace.
func (w *world) present(ctx context.Context, namespace string) ([]string, error) {
	var out []string
	for _, gvk := range left {
		l := &unstructured.UnstructuredList{}
		l.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
		if err := w.client.List(ctx, l, client.InNamespace(namespace)); err != nil {
			return nil, err
		}
		for i := range l.Items {
			out = append(out, manifest.Title(&l.Items[i]))
		}
	}
	return out, nil
}

// home is the namespace in which a team's claims compose.
func (w *world) home(team string) string {
	if w.cluster.Config().Configuration == "skerry-namespaced" {
		return team
	}
	return "skerry-system"
}

// nothingLeft waits until there is no more than before the first claim, neither in
// the management cluster nor in the cloud. No other claim may be there.
func (w *world) nothingLeft(t *testing.T, team string) {
	t.Helper()
	eventually(t, "nothing is left of "+team, func() error {
		now, err := w.present(t.Context(), w.home(team))
		rest := slices.DeleteFunc(now, func(title string) bool { return slices.Contains(w.base, title) })
		if err == nil && len(rest) > 0 {
			return fmt.Errorf("this is left: %s", strings.Join(rest, ", "))
		}
		return err
	})
	r, err := w.cloud.Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range append(slices.Clone(statefulInCloud), cloud.Server, cloud.Port, cloud.ServerGroup, cloud.FloatingIP) {
		if n := r.Live[kind] - w.live[kind]; n != 0 {
			t.Errorf("nothing should be left in the cloud, got %d of kind %s", n, kind)
		}
	}
}
