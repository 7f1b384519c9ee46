package e2e_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/devcluster/residents"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

var (
	snapshotKind = schema.GroupVersionKind{Group: "snapshot.storage.k8s.io", Version: "v1", Kind: "VolumeSnapshot"}
	scheduleKind = schema.GroupVersionKind{Group: "snapscheduler.backube", Version: "v1", Kind: "SnapshotSchedule"}
)

// rows are what the tests' programs have written.
var rows = map[string]string{"ledger/2026.csv": "1;2;3", "ledger/2025.csv": "4;5;6", "readme": "orders"}

// TestStorage takes Storages of each access mode through what teams do with them,
// in one cluster.
func TestStorage(t *testing.T) {
	w := start(t, "skerry")
	t.Parallel()
	team := w.team(t, "storage")
	c := w.claim(t, "cluster.yaml", team, "shop", level("BestEffort"), unprotected, pools(pool("web", 1)))
	w.order(t, c)
	early := &depot{world: w, cluster: c}
	orders := early.storage(t, "storage.yaml", "orders")
	pictures := early.storage(t, "storage-share.yaml", "pictures")
	archive := early.storage(t, "storage-bucket.yaml", "archive")
	for _, s := range []*unstructured.Unstructured{orders, pictures, archive} {
		w.order(t, s)
	}
	w.await(t, orders, "waiting for its cluster", func(o *unstructured.Unstructured) error {
		return errors.Join(manifest.Is("Accepted")(o), tells("Delivered", "False", "KubernetesCluster shop")(o))
	})
	t.Run("Refused", func(t *testing.T) { early.refusals(t) })
	w.ready(t, c)
	d := w.depotIn(t, c)
	t.Run("Volume", func(t *testing.T) { d.volume(t, orders) })
	t.Run("Share", func(t *testing.T) { d.share(t, pictures) })
	t.Run("Bucket", func(t *testing.T) { d.bucket(t, archive) })
	if t.Failed() {
		return
	}
	t.Run("RefusedChanges", func(t *testing.T) { d.refusedChanges(t, orders, pictures) })
	t.Run("Snapshots", func(t *testing.T) { d.snapshots(t, orders) })
	t.Run("Grow", func(t *testing.T) { d.grow(t, orders, pictures, archive) })
	t.Run("Levels", func(t *testing.T) { d.levels(t, orders, pictures, archive) })
	var moved []*unstructured.Unstructured
	t.Run("Migrate", func(t *testing.T) { moved = d.migrate(t) })
	t.Run("ClusterStays", func(t *testing.T) { d.clusterStays(t) })
	t.Run("Deleted", func(t *testing.T) { d.deleted(t, moved) })
	t.Run("DeletedWithSnapshots", func(t *testing.T) { d.deletedWithSnapshots(t) })
	t.Run("Unreachable", func(t *testing.T) { d.unreachable(t) })
	t.Run("Kept", func(t *testing.T) { d.kept(t, orders, pictures, archive) })
	if t.Failed() {
		return
	}
	d.clear(t, textAt(archive, "status", "bucketName"))
	w.remove(t, c)
}

// volume looks at a volume from the order to the first file.
func (d *depot) volume(t *testing.T, s *unstructured.Unstructured) {
	// It can be mounted before it is made: that is what it is made for.
	d.await(t, s, "ready", andSettled(field("orders", "status", "use")))
	check(t, "the capacity of a volume without a pod", "", textAt(s, "status", "capacity"))
	d.mount(t, "orders")
	for file, content := range rows {
		d.write(t, "orders", file, content)
	}
	d.await(t, s, "made", andSettled(field("20Gi", "status", "capacity")))
	check(t, "the performance", "standard", textAt(s, "status", "performance"))
	check(t, "what becomes of it", "Delete", textAt(s, "status", "keep", "policy"))
	check(t, "the cost", "1.80", textAt(s, "status", "cost", "monthly"))
	if m := textAt(s, "status", "mount"); !strings.Contains(m, "persistentVolumeClaim: {claimName: orders}") {
		t.Errorf("the status should say how to mount it, got %q", m)
	}
	id, pvc := d.behind(t, "orders")
	check(t, "the phase", corev1.ClaimBound, pvc.Status.Phase)
	check(t, "the class", *pvc.Spec.StorageClassName, textAt(s, "status", "storageClass"))
	class := &storagev1.StorageClass{}
	if err := d.work.Get(t.Context(), client.ObjectKey{Name: *pvc.Spec.StorageClassName}, class); err != nil {
		t.Fatal(err)
	}
	volume := d.inCloud(t, cloud.Volume, id)
	check(t, "the type of the class", "ssd", class.Parameters["type"])
	check(t, "the type in the cloud", "ssd", volume.Text("volumeType"))
	check(t, "the size in the cloud", any(20.0), volume.Attributes["size"])
	d.holds(t, "orders", rows)
}

// share looks at a share.
func (d *depot) share(t *testing.T, s *unstructured.Unstructured) {
	d.await(t, s, "ready", andSettled(field("100Gi", "status", "capacity")))
	d.mount(t, "pictures")
	d.write(t, "pictures", "a.jpg", "red")
	id, pvc := d.behind(t, "pictures")
	check(t, "the phase", corev1.ClaimBound, pvc.Status.Phase)
	check(t, "the access modes", []corev1.PersistentVolumeAccessMode{corev1.ReadWriteMany}, pvc.Spec.AccessModes)
	check(t, "the id in the status", id, textAt(s, "status", "shareID"))
	check(t, "the performance", "fast", textAt(s, "status", "performance"))
	share := d.inCloud(t, cloud.Share, id)
	check(t, "the type in the cloud", "nfs-nvme", share.Text("shareType"))
	check(t, "the size in the cloud", any(100.0), share.Attributes["size"])
	access, err := d.accessOf(t.Context(), id)
	if err != nil || len(access) != 1 {
		t.Fatalf("there should be one rule of access, got %v (error %v)", access, err)
	}
	check(t, "who may mount it", textAt(d.cluster, "spec", "network", "nodeCIDR")+" rw", access[0].Text("accessTo")+" "+access[0].Text("accessLevel"))
	d.holds(t, "pictures", map[string]string{"a.jpg": "red"})
}

// bucket looks at a bucket, and for its keys where they must not be.
func (d *depot) bucket(t *testing.T, s *unstructured.Unstructured) {
	d.await(t, s, "ready", andSettled(field("archive-bucket", "status", "use")))
	bucket := textAt(s, "status", "bucketName")
	container := d.inCloud(t, cloud.Container, bucket)
	check(t, "versions are kept", any(true), container.Attributes["versioning"])
	if err := d.cloud.Put(t.Context(), bucket, "2026.tar", "old"); err != nil {
		t.Fatal(err)
	}
	d.bucketHolds(t, bucket, map[string]string{"2026.tar": "old"})
	keys, secret := d.keysOf(t, s)
	got := &corev1.Secret{}
	if err := d.work.Get(t.Context(), keyInDepot("archive-bucket"), got); err != nil {
		t.Fatal(err)
	}
	data := map[string]string{}
	for k, v := range got.Data {
		data[k] = string(v)
	}
	if same := maps.Equal(data, map[string]string{
		"AWS_ENDPOINT_URL_S3": "https://s3.north.example.org", "AWS_REGION": "north-1", "AWS_DEFAULT_REGION": "north-1",
		"BUCKET_NAME": bucket, "AWS_ACCESS_KEY_ID": keys.Text("access"), "AWS_SECRET_ACCESS_KEY": secret,
	}); !same {
		delete(data, "AWS_SECRET_ACCESS_KEY")
		t.Errorf("the Secret should have what S3 clients read, with the keys of the cloud, got %v and a secret key", data)
	}
	objects, _ := d.everything(t)
	for title, o := range objects {
		if bytes.Contains(o, []byte(secret)) || bytes.Contains(o, []byte(base64.StdEncoding.EncodeToString([]byte(secret)))) {
			t.Errorf("the secret key should not stand in %s", title)
		}
	}
}

// keysOf returns the keys of a bucket: in the cloud, and the secret half as the
// provider has written it down.
func (d *depot) keysOf(t *testing.T, s *unstructured.Unstructured) (cloud.Resource, string) {
	t.Helper()
	for _, o := range d.composed(t, s) {
		if o.GetKind() != "EC2CredentialV3" {
			continue
		}
		kept := &corev1.Secret{}
		key := client.ObjectKey{Namespace: o.GetNamespace(), Name: textAt(o, "spec", "writeConnectionSecretToRef", "name")}
		if err := d.client.Get(t.Context(), key, kept); err != nil {
			t.Fatal(err)
		}
		secret := string(kept.Data["attribute.secret"])
		if len(secret) == 0 {
			t.Fatalf("Secret %s should have the secret key", key)
		}
		return d.inCloud(t, cloud.EC2Credential, o.GetAnnotations()["crossplane.io/external-name"]), secret
	}
	t.Fatal("there should be keys")
	return cloud.Resource{}, ""
}

// snapshots lets days pass.
func (d *depot) snapshots(t *testing.T, s *unstructured.Unstructured) {
	const day = 24 * time.Hour
	retaining := func(retention map[string]any) func(map[string]any) {
		return func(spec map[string]any) {
			spec["snapshots"] = map[string]any{"schedule": "0 3 * * *", "retention": retention}
		}
	}
	d.mustChange(t, s, retaining(map[string]any{"count": int64(2)}))
	schedule := manifest.New(scheduleKind, depotNamespace, "orders")
	d.scheduled(t, schedule, "spec.retention.maxCount", int64(2))
	var taken []string
	hurry := func(want int) {
		t.Helper()
		last := textAt(d.schedule(t, schedule), "status", "lastSnapshotTime")
		if err := residents.Hurry(t.Context(), d.work, schedule, day); err != nil {
			t.Fatal(err)
		}
		eventually(t, fmt.Sprintf("a snapshot is taken, and there are %d", want), func() error {
			now := textAt(d.schedule(t, schedule), "status", "lastSnapshotTime")
			var err error
			taken, err = d.snapshotsOf(t, "orders")
			if err == nil && (now == last || len(taken) != want) {
				err = fmt.Errorf("the last one is of %q, and there are %v", now, taken)
			}
			return err
		})
	}
	hurry(1)
	first := taken[0]
	hurry(2)
	hurry(2)
	for _, name := range taken {
		if name == first {
			t.Errorf("the oldest snapshot should go first, and %s is there", first)
		}
	}
	d.await(t, s, "showing the last snapshot", field(textAt(d.schedule(t, schedule), "status", "lastSnapshotTime"), "status", "lastSnapshot"))

	d.mustChange(t, s, retaining(map[string]any{"age": "36h"}))
	d.scheduled(t, schedule, "spec.retention.expires", "36h")
	hurry(2) // of today and of yesterday
	d.mustChange(t, s, func(spec map[string]any) { delete(spec, "snapshots") })
	d.scheduled(t, schedule, "spec.disabled", true)
	d.ready(t, s)
	if err := residents.Hurry(t.Context(), d.work, schedule, day); err != nil {
		t.Fatal(err)
	}
	calm()
	now, err := d.snapshotsOf(t, "orders")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range now {
		if !strings.Contains(strings.Join(taken, " "), name) {
			t.Errorf("no snapshot should be taken any more, and %s is", name)
		}
	}
	d.holds(t, "orders", rows)
}

func (d *depot) schedule(t *testing.T, o *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	now := o.DeepCopy()
	if err := d.work.Get(t.Context(), client.ObjectKeyFromObject(o), now); err != nil {
		t.Fatal(err)
	}
	return now
}

// scheduled waits until a schedule in the cluster is as the claim says, and knows
// when the next snapshot is due.
func (d *depot) scheduled(t *testing.T, o *unstructured.Unstructured, field string, want any) {
	t.Helper()
	eventually(t, "the schedule says so", func() error {
		now := d.schedule(t, o)
		got, _, _ := unstructured.NestedFieldNoCopy(now.Object, strings.Split(field, ".")...)
		if got != want || textAt(now, "status", "nextSnapshotTime") == "" {
			return fmt.Errorf("%s is %v, want %v", field, got, want)
		}
		return nil
	})
}

// snapshotsOf are the names of a claim's snapshots that are ready, and as many are in
// the cloud.
func (d *depot) snapshotsOf(t *testing.T, claim string) ([]string, error) {
	t.Helper()
	l := &unstructured.UnstructuredList{}
	l.SetGroupVersionKind(snapshotKind)
	if err := d.work.List(t.Context(), l, client.InNamespace(depotNamespace)); err != nil {
		return nil, err
	}
	var out []string
	for i := range l.Items {
		ready, _, _ := unstructured.NestedBool(l.Items[i].Object, "status", "readyToUse")
		if textAt(&l.Items[i], "spec", "source", "persistentVolumeClaimName") != claim || l.Items[i].GetDeletionTimestamp() != nil {
			continue
		}
		if !ready {
			return nil, fmt.Errorf("%s isn't ready", l.Items[i].GetName())
		}
		out = append(out, l.Items[i].GetName())
	}
	id, _ := d.behind(t, claim)
	if n := len(d.snapshotsIn(t, id)); n != len(out) {
		return out, fmt.Errorf("%d snapshots are in the cloud, and %d in the cluster", n, len(out))
	}
	return out, nil
}

// snapshotsIn are the names of a volume's snapshots in the cloud.
func (d *depot) snapshotsIn(t *testing.T, volume string) (out []string) {
	t.Helper()
	all, err := d.cloud.Resources(t.Context(), cloud.Filter{Kind: cloud.VolumeSnapshot})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.Text("volumeId") == volume {
			out = append(out, r.Name)
		}
	}
	return out
}

// grow grows each. Data stays, and what holds it is the same.
func (d *depot) grow(t *testing.T, orders, pictures, archive *unstructured.Unstructured) {
	volume, _ := d.behind(t, "orders")
	share, _ := d.behind(t, "pictures")
	mark := d.mark(t)
	d.mustChange(t, orders, sized("30Gi"))
	d.mustChange(t, pictures, sized("150Gi"))
	d.mustChange(t, archive, sized("2Ti"))
	d.await(t, orders, "grown", andSettled(field("30Gi", "status", "capacity")))
	d.await(t, pictures, "grown", andSettled(field("150Gi", "status", "capacity")))
	d.await(t, archive, "grown", andSettled(field("2Ti", "status", "capacity")))
	check(t, "the volume's size", any(30.0), d.inCloud(t, cloud.Volume, volume).Attributes["size"])
	check(t, "the share's size", any(150.0), d.inCloud(t, cloud.Share, share).Attributes["size"])
	metadata, _ := d.inCloud(t, cloud.Container, textAt(archive, "status", "bucketName")).Attributes["metadata"].(map[string]any)
	check(t, "the bucket's quota", any("2199023255552"), metadata["Quota-Bytes"])
	d.asBefore(t, archive)
	d.noneDeleted(t, mark, volume, share, textAt(archive, "status", "bucketName"))
}

// asBefore fails the test unless the three hold what was written into them first.
func (d *depot) asBefore(t *testing.T, archive *unstructured.Unstructured) {
	t.Helper()
	d.holds(t, "orders", rows)
	d.holds(t, "pictures", map[string]string{"a.jpg": "red"})
	d.bucketHolds(t, textAt(archive, "status", "bucketName"), map[string]string{"2026.tar": "old"})
}

// noneDeleted fails the test if somebody tried to delete one of these since the mark.
func (d *depot) noneDeleted(t *testing.T, mark int, ids ...string) {
	t.Helper()
	events, err := d.cloud.Events(t.Context(), mark)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		for _, id := range ids {
			if e.ID == id && (e.Verb == cloud.Delete || e.Verb == cloud.Gone) {
				t.Errorf("nobody should delete %s %q", e.Kind, e.Name)
			}
		}
	}
}

// levels changes the cluster's level, and a claim's. Data, and what it was made
// with, stay; what becomes of it at the end changes.
func (d *depot) levels(t *testing.T, orders, pictures, archive *unstructured.Unstructured) {
	volume, _ := d.behind(t, "orders")
	share, _ := d.behind(t, "pictures")
	mark := d.mark(t)
	d.mustChange(t, d.cluster, level("Standard"))
	d.await(t, d.cluster, "at Standard", hasLevel("Standard"))
	d.await(t, archive, "kept", andSettled(field("Retain", "status", "keep", "policy")))
	d.await(t, orders, "kept", andSettled(field("30d", "status", "keep", "term")))
	d.mustChange(t, orders, level("Premium"))
	d.await(t, orders, "at Premium", andSettled(field("90d", "status", "keep", "term")))
	check(t, "the performance", "standard", textAt(orders, "status", "performance"))
	d.ready(t, d.cluster, pictures)
	d.asBefore(t, archive)
	d.noneDeleted(t, mark, volume, share, textAt(archive, "status", "bucketName"))
	eventually(t, "the volume says how long it is kept", func() error {
		_, pvc := d.behind(t, "orders")
		if got := pvc.Labels["skerry.dev/keep"] + " " + pvc.Labels["skerry.dev/keep-term"]; got != "Retain 90d" {
			return fmt.Errorf("it says %q", got)
		}
		return nil
	})
}
