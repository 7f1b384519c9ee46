package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// A piece is a claim that is delivered into a cluster, for tests that furnish a
// cluster and let things happen to it. They know no kind: a kind that is to go
// through the same adds its pieces to furnish.
type piece struct {
	claim *unstructured.Unstructured
	// edit makes of the spec what it should be in a round: no two rounds that follow
	// each other are alike.
	edit func(round int) func(spec map[string]any)
	// shows says whether what a round has brought is there.
	shows func(ctx context.Context, round int) error
}

// furnish orders claims of each kind into a cluster that is ready, and waits until
// they are.
func (w *world) furnish(t *testing.T, cluster *unstructured.Unstructured) []piece {
	t.Helper()
	pieces := w.orderPieces(t, cluster)
	for _, p := range pieces {
		w.ready(t, p.claim)
	}
	w.depotIn(t, cluster).fill(t)
	return pieces
}

// orderPieces orders claims of each kind into a cluster that is ready.
func (w *world) orderPieces(t *testing.T, cluster *unstructured.Unstructured) []piece {
	t.Helper()
	s := w.shopIn(t, cluster)
	d := w.depotIn(t, cluster)
	pieces := []piece{s.web(t), s.database(t), d.ledger(t), d.album(t), d.store(t)}
	for _, p := range pieces {
		p.edit(0)(specOf(p.claim))
		w.order(t, p.claim)
	}
	return pieces
}

// unfurnish deletes what furnish has ordered.
func (w *world) unfurnish(t *testing.T, cluster *unstructured.Unstructured, pieces []piece) {
	t.Helper()
	// A claim that a pod mounts stays.
	w.depotIn(t, cluster).release(t)
	for _, p := range pieces {
		w.removeDelivered(t, cluster, p.claim)
	}
}

// editAll changes each piece as a user would.
func (w *world) editAll(t *testing.T, pieces []piece, round int) {
	t.Helper()
	for _, p := range pieces {
		w.mustChange(t, p.claim, p.edit(round))
	}
}

// allShow waits until each piece is ready, and is what it should be in a round.
func (w *world) allShow(t *testing.T, pieces []piece, round int) {
	t.Helper()
	for _, p := range pieces {
		eventually(t, manifest.Title(p.claim)+" is as ordered", func() error {
			if err := p.shows(t.Context(), round); err != nil {
				return err
			}
			return settled(w.fresh(p.claim))
		})
	}
}

// fingerprints of pieces, in their order.
func (w *world) fingerprints(t *testing.T, cluster *unstructured.Unstructured, pieces []piece) []fingerprint {
	t.Helper()
	out := make([]fingerprint, 0, len(pieces))
	for _, p := range pieces {
		out = append(out, w.fingerprint(t, cluster, p.claim))
	}
	return out
}

func specOf(o *unstructured.Unstructured) map[string]any {
	spec, _ := o.Object["spec"].(map[string]any)
	return spec
}

// fingerprint is what tells the things that a claim has come to from others of the
// same name: UIDs in the management cluster and in the claim's, and ids in the
// cloud. Addresses are part of it.
type fingerprint map[string]string

// fingerprint of a claim that is delivered into a cluster.
func (w *world) fingerprint(t *testing.T, cluster, claim *unstructured.Unstructured) fingerprint {
	t.Helper()
	var out fingerprint
	// Any part of the management cluster may be on its way back.
	eventually(t, "what has come of "+manifest.Title(claim)+" can be read", func() error {
		var err error
		out, err = w.fingerprintNow(t.Context(), cluster, claim)
		return err
	})
	return out
}

func (w *world) fingerprintNow(ctx context.Context, cluster, claim *unstructured.Unstructured) (fingerprint, error) {
	composed, err := w.composedNow(ctx, claim)
	if err != nil {
		return nil, err
	}
	if len(composed) == 0 {
		return nil, errors.New("nothing is composed")
	}
	work, err := w.workloadNow(ctx, cluster)
	if err != nil {
		return nil, err
	}
	addresses, _, _ := unstructured.NestedStringSlice(claim.Object, "status", "addresses")
	out, owners := fingerprint{"addresses": strings.Join(addresses, ", ")}, map[string]bool{}
	for _, o := range composed {
		if o.GetKind() == "Usage" {
			continue // It holds nothing, and an empty answer replaces it.
		}
		out[manifest.Title(o)] = string(o.GetUID()) + " " + o.GetAnnotations()["crossplane.io/external-name"]
		owners[string(o.GetUID())] = true
		in := insideOf(o)
		if in == nil {
			continue
		}
		if err := work.Get(ctx, client.ObjectKeyFromObject(in), in); err != nil {
			return nil, err
		}
		out["in the cluster, "+manifest.Title(in)] = string(in.GetUID())
		owners[string(in.GetUID())] = true
		if name := textAt(in, "spec", "volumeName"); in.GetKind() == "PersistentVolumeClaim" && name != "" {
			pv := &corev1.PersistentVolume{}
			if err := work.Get(ctx, client.ObjectKey{Name: name}, pv); err != nil {
				return nil, err
			}
			out["behind "+manifest.Title(in)] = pv.Spec.CSI.VolumeHandle
		}
	}
	all, err := w.cloud.Resources(ctx, cloud.Filter{})
	for _, r := range all {
		if owners[r.Owner.UID] {
			out[fmt.Sprintf("in the cloud, %s %s", r.Kind, r.Name)] = r.ID
		}
	}
	return out, err
}

// insideOf names what an Object of provider-kubernetes is in the cluster, or is nil.
func insideOf(o *unstructured.Unstructured) *unstructured.Unstructured {
	m, found, _ := unstructured.NestedMap(o.Object, "spec", "forProvider", "manifest")
	if !found || o.GetKind() != "Object" {
		return nil
	}
	u := &unstructured.Unstructured{Object: m}
	return manifest.New(u.GroupVersionKind(), u.GetNamespace(), u.GetName())
}

// unchanged fails the test if anything that was there is another now, or gone. More may
// have come.
func (w *world) unchanged(t *testing.T, cluster, claim *unstructured.Unstructured, before fingerprint) {
	t.Helper()
	now := w.fingerprint(t, cluster, claim)
	for title, id := range before {
		if d := cmp.Diff(id, now[title]); d != "" {
			t.Errorf("%s of %s should be the one it was:\n%s", title, manifest.Title(claim), d)
		}
	}
}

// readyHolding waits until a cluster is ready whose machines are being replaced. Its API
// answers all the while, so that at no moment an Exposure may be without the right to
// delete what it has in there.
func (w *world) readyHolding(t *testing.T, cluster *unstructured.Unstructured, pieces []piece) {
	t.Helper()
	eventually(t, manifest.Title(cluster)+" is ready again", func() error {
		for _, p := range pieces {
			if p.claim.GetKind() != "Exposure" {
				continue // What a Storage keeps it never deletes.
			}
			for _, o := range w.composed(t, p.claim) {
				if in := insideOf(o); in != nil && letGo(o) {
					t.Errorf("%s would leave %s behind if it were deleted now", manifest.Title(p.claim), manifest.Title(in))
				}
			}
		}
		return settled(w.fresh(cluster))
	})
}

// letGo says whether what an Object made stays when the Object is deleted.
func letGo(o *unstructured.Unstructured) bool {
	policies := policiesOf(o)
	return slices.Contains(policies, "Create") && !slices.Contains(policies, "Delete")
}

// policiesOf returns the management policies of an Object.
func policiesOf(o *unstructured.Unstructured) []string {
	policies, _, _ := unstructured.NestedStringSlice(o.Object, "spec", "managementPolicies")
	return policies
}

// removeDelivered deletes a claim, and sees that nothing of it is left in the
// management cluster, in its cluster and in the cloud. What was only looked at stays.
func (w *world) removeDelivered(t *testing.T, cluster, claim *unstructured.Unstructured) {
	t.Helper()
	d := w.deliveredOf(t, claim)
	w.deleteClaim(t, claim)
	w.goneHere(t, claim, d)
	work := w.workload(t, cluster)
	eventually(t, "nothing of "+manifest.Title(claim)+" is left in the cluster", func() error {
		return anyLeft(t.Context(), work, d.inside)
	})
	w.goneInCloud(t, claim, d)
}

// delivered is what a claim has come to.
type delivered struct {
	composed, inside []*unstructured.Unstructured
	// owners are the UIDs of all of them.
	owners map[string]bool
}

// deliveredOf reads what a claim has come to, without what is only looked at.
func (w *world) deliveredOf(t *testing.T, claim *unstructured.Unstructured) delivered {
	t.Helper()
	d := delivered{composed: w.composed(t, claim), owners: map[string]bool{}}
	released := false // What a release has in the cluster is Helm's.
	for _, o := range d.composed {
		released = released || o.GetKind() == "Release"
		d.owners[string(o.GetUID())] = true
		in := insideOf(o)
		if in == nil || slices.Equal(policiesOf(o), []string{"Observe"}) {
			continue
		}
		d.inside = append(d.inside, in)
		uid, _, _ := unstructured.NestedString(o.Object, "status", "atProvider", "manifest", "metadata", "uid")
		d.owners[uid] = true
	}
	if len(d.inside) == 0 && !released {
		t.Fatalf("%s should have something in its cluster", manifest.Title(claim))
	}
	return d
}

// deleteClaim deletes a claim and waits until it is gone.
func (w *world) deleteClaim(t *testing.T, claim *unstructured.Unstructured) {
	t.Helper()
	if err := w.client.Delete(t.Context(), claim.DeepCopy()); err != nil {
		t.Fatalf("cannot delete %s: %v", manifest.Title(claim), err)
	}
	w.gone(t, claim)
}

// goneHere waits until nothing of it is left in the management cluster.
func (w *world) goneHere(t *testing.T, claim *unstructured.Unstructured, d delivered) {
	t.Helper()
	eventually(t, "nothing of "+manifest.Title(claim)+" is left", func() error {
		return anyLeft(t.Context(), w.client, d.composed)
	})
}

// goneInCloud waits until nothing of it is left in the cloud.
func (w *world) goneInCloud(t *testing.T, claim *unstructured.Unstructured, d delivered) {
	t.Helper()
	eventually(t, "nothing of "+manifest.Title(claim)+" is left in the cloud", func() error {
		all, err := w.cloud.Resources(t.Context(), cloud.Filter{})
		for _, r := range all {
			if d.owners[r.Owner.UID] {
				return fmt.Errorf("%s %q is", r.Kind, r.Name)
			}
		}
		return err
	})
}

// anyLeft names what of the objects is left, and since when.
func anyLeft(ctx context.Context, c client.Reader, objs []*unstructured.Unstructured) error {
	for _, o := range objs {
		there := manifest.New(o.GroupVersionKind(), "", "")
		err := c.Get(ctx, client.ObjectKeyFromObject(o), there)
		switch {
		case apierrors.IsNotFound(err):
		case err != nil:
			return fmt.Errorf("cannot tell whether %s is left: %w", manifest.Title(o), err)
		default:
			return fmt.Errorf("%s is left, made at %v, deleted at %v", manifest.Title(o), there.GetCreationTimestamp(), there.GetDeletionTimestamp())
		}
	}
	return nil
}

// kindOf returns a kind of a group and version.
func kindOf(apiVersion, kind string) schema.GroupVersionKind {
	return schema.FromAPIVersionAndKind(apiVersion, kind)
}
