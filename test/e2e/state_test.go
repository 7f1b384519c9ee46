package e2e_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
)

// stateful are the kinds whose loss loses data, or what others hold on to: the
// network under machines, the credential of a running cluster, the cluster. Server
// groups are not among them: one goes when the level no longer asks for it.
var stateful = map[string]bool{
	"NetworkV2": true, "SubnetV2": true, "RouterV2": true, "RouterInterfaceV2": true, "SecgroupV2": true,
	"ApplicationCredentialV3": true, "ContainerV1": true, "Cluster": true,
}

// An identity tells a resource from a new one of the same name: by its UID in
// Kubernetes and by its id in the cloud.
type identity struct{ UID, External string }

// identities of everything stateful that a claim has composed, by title.
func (w *world) identities(t *testing.T, claim *unstructured.Unstructured) map[string]identity {
	t.Helper()
	var out map[string]identity
	// Any part of the management cluster may be on its way back.
	eventually(t, "what is composed can be read", func() error {
		out = map[string]identity{}
		composed, err := w.composedNow(t.Context(), claim)
		for _, o := range composed {
			if stateful[o.GetKind()] {
				if o.GetDeletionTimestamp() != nil {
					t.Errorf("%s should not be deleted", manifest.Title(o))
				}
				out[manifest.Title(o)] = identity{UID: string(o.GetUID()), External: o.GetAnnotations()["crossplane.io/external-name"]}
			}
		}
		if err == nil && len(out) == 0 {
			err = errors.New("nothing stateful is composed")
		}
		return err
	})
	return out
}

// untouched fails the test if anything stateful that was there is another now, or
// gone. More may have come.
func (w *world) untouched(t *testing.T, claim *unstructured.Unstructured, before map[string]identity) {
	t.Helper()
	now := w.identities(t, claim)
	for title, id := range before {
		if d := cmp.Diff(id, now[title]); d != "" {
			t.Errorf("%s should be the one it was:\n%s", title, d)
		}
	}
}

// versions are the resource versions of everything composed: equal ones mean that
// nobody has written.
func (w *world) versions(t *testing.T, claim *unstructured.Unstructured) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, o := range w.composed(t, claim) {
		out[manifest.Title(o)] = o.GetResourceVersion()
	}
	return out
}
