package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/devcluster/residents"
	"github.com/skerry-dev/skerry/test/devcluster/trace"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// depotNamespace is where the examples' Storages are, in their cluster.
const depotNamespace = "shop"

// A depot is a cluster that Storages are delivered into.
type depot struct {
	*world
	cluster *unstructured.Unstructured
	// prefix begins the names of what is the cluster's, in the cloud too.
	prefix string
	work   client.Client
}

// depotIn makes the namespace in a cluster whose API answers.
func (w *world) depotIn(t *testing.T, cluster *unstructured.Unstructured) *depot {
	t.Helper()
	d := &depot{world: w, cluster: cluster, prefix: w.prefix(t, cluster), work: w.workload(t, cluster)}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: depotNamespace}}
	if err := d.work.Create(t.Context(), ns); client.IgnoreAlreadyExists(err) != nil {
		t.Fatal(err)
	}
	return d
}

func keyInDepot(name string) client.ObjectKey {
	return client.ObjectKey{Namespace: depotNamespace, Name: name}
}

// storage reads an example and makes it one of the depot's.
func (d *depot) storage(t *testing.T, example, name string, change ...func(map[string]any)) *unstructured.Unstructured {
	t.Helper()
	return d.claim(t, example, d.cluster.GetNamespace(), name, change...)
}

// keeping says what becomes of the data.
func keeping(policy string) func(map[string]any) {
	return func(spec map[string]any) { spec["keep"] = map[string]any{"policy": policy} }
}

// sized gives a claim a size.
func sized(size string) func(map[string]any) {
	return func(spec map[string]any) { spec["size"] = size }
}

// migrating gives a claim a source of one kind.
func migrating(kind, name string) func(map[string]any) {
	return func(spec map[string]any) { spec["migrateFrom"] = map[string]any{kind: name} }
}

// mount runs a pod that mounts a claim.
func (d *depot) mount(t *testing.T, claim string) {
	t.Helper()
	if err := d.work.Create(t.Context(), podThatMounts(claim)); err != nil {
		t.Fatalf("cannot run a pod that mounts claim %s: %v", claim, err)
	}
}

func podThatMounts(claim string) *corev1.Pod {
	few := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("10m"), corev1.ResourceMemory: resource.MustParse("16Mi")}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: depotNamespace, Name: "uses-" + claim},
		Spec: corev1.PodSpec{
			Containers: []corev1.Container{{
				Name: "program", Image: "registry.example.org/program:1",
				Resources:    corev1.ResourceRequirements{Requests: few, Limits: few},
				VolumeMounts: []corev1.VolumeMount{{Name: "data", MountPath: "/data"}},
			}},
			Volumes: []corev1.Volume{{Name: "data", VolumeSource: corev1.VolumeSource{
				PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: claim},
			}}},
		},
	}
}

// unmount ends the pod.
func (d *depot) unmount(t *testing.T, claim string) {
	t.Helper()
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: depotNamespace, Name: "uses-" + claim}}
	if err := client.IgnoreNotFound(d.work.Delete(t.Context(), pod, client.GracePeriodSeconds(0))); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the pod of claim "+claim+" is gone", func() error {
		err := d.work.Get(t.Context(), client.ObjectKeyFromObject(pod), pod)
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("it is there (error %w)", err)
	})
}

// write writes a file as soon as a pod mounts the claim.
func (d *depot) write(t *testing.T, claim, file, content string) {
	t.Helper()
	eventually(t, file+" can be written into claim "+claim, func() error {
		return residents.Write(t.Context(), d.work, d.cloud, keyInDepot(claim), file, content)
	})
}

// holds fails the test unless these files are in the claim's volume, and no others.
func (d *depot) holds(t *testing.T, claim string, want map[string]string) {
	t.Helper()
	got, err := residents.Files(t.Context(), d.work, d.cloud, keyInDepot(claim))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("claim %s should hold what was written into it:\n%s", claim, diff)
	}
}

// bucketHolds fails the test unless these objects are in the bucket, and no others.
func (d *depot) bucketHolds(t *testing.T, bucket string, want map[string]string) {
	t.Helper()
	all, err := d.cloud.Objects(t.Context(), bucket)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, o := range all {
		got[o.Name] = o.Text("content")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("bucket %s should hold what was put into it:\n%s", bucket, diff)
	}
}

// behind returns the id in the cloud of what is behind a claim, and the claim.
func (d *depot) behind(t *testing.T, claim string) (string, *corev1.PersistentVolumeClaim) {
	t.Helper()
	pvc, pv := &corev1.PersistentVolumeClaim{}, &corev1.PersistentVolume{}
	if err := d.work.Get(t.Context(), keyInDepot(claim), pvc); err != nil {
		t.Fatal(err)
	}
	if err := d.work.Get(t.Context(), client.ObjectKey{Name: pvc.Spec.VolumeName}, pv); err != nil {
		t.Fatalf("claim %s should have a volume: %v", claim, err)
	}
	return pv.Spec.CSI.VolumeHandle, pvc
}

// found returns what the cloud has of the kind and id, or nil.
func (d *depot) found(ctx context.Context, kind cloud.Kind, id string) (*cloud.Resource, error) {
	all, err := d.cloud.Resources(ctx, cloud.Filter{Kind: kind})
	for i := range all {
		if all[i].ID == id {
			return &all[i], nil
		}
	}
	return nil, err
}

// inCloud returns what the cloud must have.
func (d *depot) inCloud(t *testing.T, kind cloud.Kind, id string) cloud.Resource {
	t.Helper()
	r, err := d.found(t.Context(), kind, id)
	if err != nil || r == nil {
		t.Fatalf("there should be a %s %q in the cloud (error %v)", kind, id, err)
	}
	return *r
}

// accessOf returns the rules of who may mount a share.
func (d *depot) accessOf(ctx context.Context, share string) ([]cloud.Resource, error) {
	all, err := d.cloud.Resources(ctx, cloud.Filter{Kind: cloud.ShareAccess})
	return slices.DeleteFunc(all, func(r cloud.Resource) bool { return r.Text("shareId") != share }), err
}

// composite returns the name of what a claim has composed with, which begins all
// its names.
func (d *depot) composite(t *testing.T, claim *unstructured.Unstructured) string {
	t.Helper()
	xr, err := trace.Composite(t.Context(), d.client, claim)
	if err != nil || xr == nil {
		t.Fatalf("%s should have a composite (error %v)", manifest.Title(claim), err)
	}
	return xr.GetName()
}

// deleteStorage deletes a Storage and waits until it is gone, and what it composed.
func (d *depot) deleteStorage(t *testing.T, claim *unstructured.Unstructured) {
	t.Helper()
	composed := d.composed(t, claim)
	d.deleteClaim(t, claim)
	eventually(t, "nothing of "+manifest.Title(claim)+" is left", func() error {
		return anyLeft(t.Context(), d.client, composed)
	})
}

// unrefused fails the test if the cloud had to refuse a deletion since the mark, of
// what these names begin.
func (d *depot) unrefused(t *testing.T, mark int, prefixes ...string) {
	t.Helper()
	for _, prefix := range append(prefixes, d.prefix) {
		for _, e := range d.eventsOf(t, mark, prefix) {
			if e.Verb == cloud.Delete && e.Outcome == cloud.Refused {
				t.Errorf("deletions should come in an order that the cloud allows: %s %q was refused: %s", e.Kind, e.Name, e.Message)
			}
		}
	}
}

// textAt reads a text in an object.
func textAt(o *unstructured.Unstructured, path ...string) string {
	s, _, _ := unstructured.NestedString(o.Object, path...)
	return s
}

// andSettled awaits something of a claim that is ready.
func andSettled(check func(*unstructured.Unstructured) error) func(*unstructured.Unstructured) error {
	return func(o *unstructured.Unstructured) error { return errors.Join(check(o), settled(o)) }
}
