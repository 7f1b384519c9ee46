package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
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

// eventsOf are the cloud's events since the mark that are about a cluster.
func (w *world) eventsOf(t *testing.T, mark int, prefix string) []cloud.Event {
	t.Helper()
	events, err := w.cloud.Events(t.Context(), mark)
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(events, func(e cloud.Event) bool { return !strings.HasPrefix(e.Owner.Name, prefix) })
}

// noStatefulDeletes fails the test if anything stateful of the claim was deleted
// since the mark. The volumes of machines go with them.
func (w *world) noStatefulDeletes(t *testing.T, claim *unstructured.Unstructured, mark int) {
	t.Helper()
	for _, e := range w.eventsOf(t, mark, w.prefix(t, claim)) {
		ofMachine := e.Kind == cloud.Volume && (strings.HasSuffix(e.Name, "-etcd") || strings.HasSuffix(e.Name, "-root"))
		if slices.Contains(statefulInCloud, e.Kind) && (e.Verb == cloud.Delete || e.Verb == cloud.Gone) && !e.Part && !ofMachine {
			t.Errorf("nothing stateful should be deleted: %s %s %q of %s: %s", e.Verb, e.Kind, e.Name, e.Owner, e.Message)
		}
	}
}

// inOrder fails the test if the cloud had to refuse a deletion since the mark.
func (w *world) inOrder(t *testing.T, prefix string, mark int) {
	t.Helper()
	deletes := 0
	for _, e := range w.eventsOf(t, mark, prefix) {
		if e.Verb != cloud.Delete {
			continue
		}
		deletes++
		if e.Outcome == cloud.Refused {
			t.Errorf("deletions should come in an order that the cloud allows: %s %q was refused: %s", e.Kind, e.Name, e.Message)
		}
	}
	if deletes == 0 {
		t.Errorf("something of %s should have been deleted in the cloud", prefix)
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

// home is the namespace in which a team's claims compose.
func (w *world) home(team string) string {
	if w.cluster.Config().Configuration == "skerry-namespaced" {
		return team
	}
	return "skerry-system"
}

// prefix begins the names of everything that a claim has come to, its machines
// too.
func (w *world) prefix(t *testing.T, claim *unstructured.Unstructured) string {
	t.Helper()
	name := ""
	eventually(t, "there is a Cluster", func() error {
		composed, err := w.composedNow(t.Context(), claim)
		for _, o := range composed {
			if o.GetKind() == "Cluster" {
				name = o.GetName()
			}
		}
		if err == nil && name == "" {
			err = errors.New("none is composed")
		}
		return err
	})
	return name
}

// rest are the titles of everything in the namespace that has the prefix.
func (w *world) rest(ctx context.Context, namespace, prefix string) ([]string, error) {
	var out []string
	for _, gvk := range left {
		l := &unstructured.UnstructuredList{}
		l.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
		if err := w.client.List(ctx, l, client.InNamespace(namespace)); err != nil {
			return nil, err
		}
		for i := range l.Items {
			if strings.HasPrefix(l.Items[i].GetName(), prefix) {
				out = append(out, manifest.Title(&l.Items[i]))
			}
		}
	}
	return out, nil
}

// nothingLeft waits until nothing with the prefix is left, neither in the
// management cluster nor in the cloud.
func (w *world) nothingLeft(t *testing.T, namespace, prefix string) {
	t.Helper()
	eventually(t, "nothing is left of "+prefix, func() error {
		time.Sleep(time.Second) // It looks at much, and others want to be served too.
		rest, err := w.rest(t.Context(), namespace, prefix)
		if err == nil && len(rest) > 0 {
			err = fmt.Errorf("this is left: %s", strings.Join(rest, ", "))
		}
		return err
	})
	all, err := w.cloud.Resources(t.Context(), cloud.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if strings.HasPrefix(r.Owner.Name, prefix) && !backups(r) {
			t.Errorf("nothing should be left in the cloud, got %s %q of %s", r.Kind, r.Name, r.Owner)
		}
	}
}

// backups says whether something is the bucket of a cluster's backups, which are kept
// for their time.
func backups(r cloud.Resource) bool {
	about, _ := r.Attributes["metadata"].(map[string]any)
	return r.Kind == cloud.Container && about["Skerry-Backups-Of"] != nil
}

// gone waits until a claim that was deleted is.
func (w *world) gone(t *testing.T, claim *unstructured.Unstructured) {
	t.Helper()
	var err error
	for end := time.Now().Add(soon); time.Now().Before(end); time.Sleep(pollEvery) {
		if err = w.client.Get(t.Context(), client.ObjectKeyFromObject(claim), claim); apierrors.IsNotFound(err) {
			return
		}
	}
	t.Fatalf("%s should be gone (error %v)\n%s", manifest.Title(claim), err, w.explain(claim))
}

// remove deletes claims, and sees that everything they came to goes, in an order
// that the cloud allows.
func (w *world) remove(t *testing.T, claims ...*unstructured.Unstructured) {
	t.Helper()
	prefixes, mark := map[string]string{}, w.mark(t)
	for _, c := range claims {
		prefixes[w.prefix(t, c)] = w.home(c.GetNamespace())
		if err := w.client.Delete(t.Context(), c); err != nil {
			t.Fatalf("cannot delete %s: %v", manifest.Title(c), err)
		}
	}
	for _, c := range claims {
		w.gone(t, c)
	}
	for prefix, namespace := range prefixes {
		w.nothingLeft(t, namespace, prefix)
		w.inOrder(t, prefix, mark)
	}
}
