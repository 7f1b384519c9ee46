package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/devcluster/residents"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// clusterStays tries to delete the cluster under its Storages.
func (d *depot) clusterStays(t *testing.T) {
	before := d.identities(t, d.cluster)
	err := d.client.Delete(t.Context(), d.cluster.DeepCopy())
	if err == nil {
		t.Fatal("a cluster with Storages should not be deleted")
	}
	for _, words := range []string{"Storage ", "keeps its data in KubernetesCluster shop", "first"} {
		if !strings.Contains(err.Error(), words) {
			t.Errorf("the refusal should name a Storage and say what to do, got %v", err)
		}
	}
	d.untouched(t, d.cluster, before)
	d.ready(t, d.cluster)
}

// gone fails the test unless the cloud has let go of it, or is about to.
func (d *depot) gone(t *testing.T, kind cloud.Kind, id string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s %s is gone", kind, id), func() error {
		r, err := d.found(t.Context(), kind, id)
		if err == nil && r != nil {
			err = errors.New("it is in the cloud")
		}
		return err
	})
}

// goneInside waits until the cluster has no such object any more.
func (d *depot) goneInside(t *testing.T, o client.Object, name string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%T %s is gone", o, name), func() error {
		err := d.work.Get(t.Context(), keyInDepot(name), o)
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("it is there (error %w)", err)
	})
}

// deleted deletes Storages with their data: a volume, a share and a bucket.
func (d *depot) deleted(t *testing.T, moved []*unstructured.Unstructured) {
	fast, albums, attic := moved[0], moved[1], moved[2]
	volume, _ := d.behind(t, "orders-fast")
	share, _ := d.behind(t, "albums")
	bucket := textAt(attic, "status", "bucketName")
	keys, _ := d.keysOf(t, attic)
	access, err := d.accessOf(t.Context(), share)
	if err != nil || len(access) != 1 {
		t.Fatalf("there should be one rule of access, got %v (error %v)", access, err)
	}
	mark, names := d.mark(t), []string{d.composite(t, fast), d.composite(t, albums), d.composite(t, attic)}
	// The Jobs that have copied hold both ends, so the last link of the chain goes first.
	for _, s := range slices.Backward(moved) {
		d.deleteStorage(t, s)
	}
	d.gone(t, cloud.Volume, volume)
	d.gone(t, cloud.Share, share)
	d.gone(t, cloud.ShareAccess, access[0].ID)
	d.gone(t, cloud.Container, bucket)
	d.gone(t, cloud.EC2Credential, keys.ID)
	d.goneInside(t, &corev1.PersistentVolumeClaim{}, "orders-fast")
	d.goneInside(t, &corev1.PersistentVolumeClaim{}, "albums")
	d.goneInside(t, &corev1.Secret{}, "attic-bucket")
	pods := &corev1.PodList{}
	if err := d.work.List(t.Context(), pods, client.InNamespace(depotNamespace), client.HasLabels{"batch.kubernetes.io/job-name"}); err != nil {
		t.Fatal(err)
	}
	for _, p := range pods.Items {
		if !strings.HasPrefix(p.Name, "archive-") {
			t.Errorf("Pod %s should have gone with its Job", p.Name)
		}
	}
	d.unrefused(t, mark, names...)
}

// deletedWithSnapshots deletes a Storage of whose volume there is a snapshot, which the
// cloud wants gone before the volume.
func (d *depot) deletedWithSnapshots(t *testing.T) {
	drafts := d.storage(t, "storage.yaml", "drafts", keeping("Delete"))
	d.order(t, drafts)
	d.ready(t, drafts)
	d.mount(t, "drafts")
	d.write(t, "drafts", "readme", "drafts")
	d.await(t, drafts, "made", andSettled(field("20Gi", "status", "capacity")))
	volume, _ := d.behind(t, "drafts")
	schedule := manifest.New(scheduleKind, depotNamespace, "drafts")
	d.scheduled(t, schedule, "spec.retention.maxCount", int64(14))
	if err := residents.Hurry(t.Context(), d.work, schedule, 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a snapshot is taken", func() error {
		taken, err := d.snapshotsOf(t, "drafts")
		if err == nil && len(taken) == 0 {
			err = errors.New("there is none")
		}
		return err
	})
	d.unmount(t, "drafts")
	d.deleteStorage(t, drafts)
	d.goneInside(t, schedule, "drafts")
	d.goneInside(t, &corev1.PersistentVolumeClaim{}, "drafts")
	d.gone(t, cloud.Volume, volume)
	if left := d.snapshotsIn(t, volume); len(left) > 0 {
		t.Errorf("the snapshots should go with their schedule, and %v are in the cloud", left)
	}
}

// unreachable deletes Storages while nobody can look into their cluster. What is in
// there stays.
func (d *depot) unreachable(t *testing.T) {
	ledger := d.storage(t, "storage.yaml", "ledger", keeping("Delete"))
	parcels := d.storage(t, "storage-bucket.yaml", "parcels", keeping("Delete"))
	d.order(t, ledger)
	d.order(t, parcels)
	d.ready(t, ledger, parcels)
	d.mount(t, "ledger")
	d.write(t, "ledger", "readme", "ledger")
	bucket := textAt(parcels, "status", "bucketName")
	program := "kube-apiserver@" + d.home(d.cluster.GetNamespace()) + "." + d.prefix
	d.do(t, program, "stop")
	t.Cleanup(func() { _ = d.world.cluster.Program(context.Background(), program, "start") })
	d.await(t, ledger, "told what would stay", func(o *unstructured.Unstructured) error {
		if m := textAt(o, "status", "keep", "message"); !strings.Contains(m, "doesn't answer") {
			return fmt.Errorf("status.keep.message is %q", m)
		}
		return nil
	})
	d.deleteStorage(t, ledger)
	d.deleteStorage(t, parcels)
	d.gone(t, cloud.Container, bucket)
	d.do(t, program, "start")
	d.do(t, program, "await")
	d.ready(t, d.cluster)
	d.holds(t, "ledger", map[string]string{"readme": "ledger"})
	_, pvc := d.behind(t, "ledger")
	check(t, "whose it was", "ledger", pvc.Labels["skerry.dev/storage"])
}

// kept deletes Storages without their data.
func (d *depot) kept(t *testing.T, orders, pictures, archive *unstructured.Unstructured) {
	volume, _ := d.behind(t, "orders")
	share, _ := d.behind(t, "pictures")
	bucket := textAt(archive, "status", "bucketName")
	keys, _ := d.keysOf(t, archive)
	mark := d.mark(t)
	for _, s := range []*unstructured.Unstructured{orders, pictures, archive} {
		d.deleteStorage(t, s)
	}
	d.goneInside(t, &corev1.Secret{}, "archive-bucket")
	d.gone(t, cloud.EC2Credential, keys.ID)
	calm()
	d.holds(t, "orders", rows)
	d.holds(t, "pictures", map[string]string{"a.jpg": "red"})
	d.bucketHolds(t, bucket, map[string]string{"2026.tar": "old"})
	d.noneDeleted(t, mark, volume, share, bucket)
	if access, err := d.accessOf(t.Context(), share); err != nil || len(access) != 1 {
		t.Errorf("the nodes should still be able to mount the share, got %v (error %v)", access, err)
	}
	for name, term := range map[string]string{"orders": "90d", "pictures": "60d"} {
		_, pvc := d.behind(t, name)
		check(t, "what is written on claim "+name, name+" Retain "+term,
			pvc.Labels["skerry.dev/storage"]+" "+pvc.Labels["skerry.dev/keep"]+" "+pvc.Labels["skerry.dev/keep-term"])
	}
	for _, r := range []cloud.Resource{d.inCloud(t, cloud.Share, share), d.inCloud(t, cloud.Container, bucket)} {
		about, _ := r.Attributes["metadata"].(map[string]any)
		check(t, "what is written on "+string(r.Kind), any("Retain"), about["Skerry-Keep"])
	}
}

// dropSnapshots deletes the snapshots that were kept with their volumes: the cloud
// deletes no volume that has some.
func (d *depot) dropSnapshots(t *testing.T) {
	t.Helper()
	all := &unstructured.UnstructuredList{}
	all.SetAPIVersion("snapshot.storage.k8s.io/v1")
	all.SetKind("VolumeSnapshotList")
	list := func() {
		if err := d.work.List(t.Context(), all, client.InNamespace(depotNamespace)); err != nil {
			t.Fatal(err)
		}
	}
	list()
	if len(all.Items) == 0 {
		t.Error("the snapshots of kept volumes should be kept")
	}
	for i := range all.Items {
		if err := d.work.Delete(t.Context(), &all.Items[i]); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "the snapshots are gone", func() error {
		list()
		if n := len(all.Items); n > 0 {
			return fmt.Errorf("%d are left", n)
		}
		return nil
	})
}

// clear does what a platform team does when terms have run out.
func (d *depot) clear(t *testing.T, bucket string) {
	share, _ := d.behind(t, "pictures")
	d.dropSnapshots(t)
	for _, claim := range []string{"orders", "pictures", "ledger", "orders-legacy"} {
		d.unmount(t, claim)
		id, pvc := d.behind(t, claim)
		if err := d.work.Delete(t.Context(), pvc); err != nil {
			t.Fatal(err)
		}
		d.goneInside(t, &corev1.PersistentVolumeClaim{}, claim)
		if id != share {
			d.gone(t, cloud.Volume, id)
		}
	}
	objects, err := d.cloud.Objects(t.Context(), bucket)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		err = errors.Join(err, d.cloud.Delete(t.Context(), cloud.Object, o.ID))
	}
	err = errors.Join(err, d.cloud.Delete(t.Context(), cloud.Container, bucket), d.cloud.Delete(t.Context(), cloud.Share, share))
	if err != nil {
		t.Errorf("what was kept should be free to go: %v", err)
	}
}
