package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// migrate takes data along: from a claim that was there before into a faster volume,
// from a volume into a share, and from that share into a bucket.
func (d *depot) migrate(t *testing.T) []*unstructured.Unstructured {
	d.legacy(t, "orders-legacy")
	for file, content := range rows {
		d.write(t, "orders-legacy", file, content)
	}
	d.unmount(t, "orders-legacy")
	mark := d.mark(t)

	// The first attempt to copy fails, and nobody may take the storage for ready then.
	id, err := d.cloud.Fail(t.Context(), cloud.Fault{
		Verb: cloud.Create, Kind: cloud.File, NamePrefix: "ledger/", Code: http.StatusServiceUnavailable, Message: "503 Service Unavailable",
	})
	if err != nil {
		t.Fatal(err)
	}
	fast := d.storage(t, "storage-migrate.yaml", "orders-fast", keeping("Delete"))
	d.order(t, fast)
	d.await(t, fast, "being copied", field("Copying", "status", "migration", "phase"))
	if status, message := manifest.Condition(fast, "Ready"); status == "True" {
		t.Errorf("a Storage should not be ready before its data is there: %s", message)
	}
	if err := d.cloud.Heal(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	d.await(t, fast, "migrated", andSettled(field("Done", "status", "migration", "phase")))
	check(t, "the source in the status", "PersistentVolumeClaim orders-legacy", textAt(fast, "status", "migration", "source"))
	volume, _ := d.behind(t, "orders-fast")
	check(t, "the type in the cloud", "nvme", d.inCloud(t, cloud.Volume, volume).Text("volumeType"))
	d.holds(t, "orders-fast", rows)
	d.holds(t, "orders-legacy", rows)

	// Each waits for what it copies to be there in full.
	albums := d.storage(t, "storage-share.yaml", "albums", keeping("Delete"), migrating("storage", "orders-fast"))
	attic := d.storage(t, "storage-bucket.yaml", "attic", keeping("Delete"), migrating("storage", "albums"))
	d.order(t, attic)
	d.await(t, attic, "refused", tells("Accepted", "False", `"albums" is not a Storage`))
	d.order(t, albums)
	d.await(t, albums, "migrated", andSettled(field("Done", "status", "migration", "phase")))
	d.await(t, attic, "migrated", andSettled(field("Done", "status", "migration", "phase")))
	d.holds(t, "albums", rows)
	d.bucketHolds(t, textAt(attic, "status", "bucketName"), rows)
	d.holds(t, "orders-fast", rows)
	d.onlyRead(t, mark, "orders-legacy")
	d.once(t, fast)
	return []*unstructured.Unstructured{fast, albums, attic}
}

// legacy makes a claim that no Storage did.
func (d *depot) legacy(t *testing.T, name string) {
	t.Helper()
	pvc := &corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{Namespace: depotNamespace, Name: name},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("10Gi")}},
		},
	}
	if err := d.work.Create(t.Context(), pvc); err != nil {
		t.Fatal(err)
	}
	d.mount(t, name)
}

// onlyRead fails the test if anybody has asked the cloud for a change of a claim's
// volume or files since the mark.
func (d *depot) onlyRead(t *testing.T, mark int, claim string) {
	t.Helper()
	id, _ := d.behind(t, claim)
	files, err := d.cloud.Resources(t.Context(), cloud.Filter{Kind: cloud.File})
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{id}
	for _, f := range files {
		if f.Text("volumeId") == id {
			ids = append(ids, f.ID)
		}
	}
	check(t, "the number of files", len(rows), len(ids)-1)
	events, err := d.cloud.Events(t.Context(), mark)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if slices.Contains(ids, e.ID) {
			t.Errorf("nobody should touch the source, got %s of %s %q", e.Verb, e.Kind, e.Name)
		}
	}
}

// once sees that a migration that is done stays done, whatever becomes of its Jobs
// and of its source.
func (d *depot) once(t *testing.T, s *unstructured.Unstructured) {
	t.Helper()
	d.mount(t, "orders-legacy")
	d.write(t, "orders-legacy", "late", "too late")
	jobs := func() ([]batchv1.Job, error) {
		l := &batchv1.JobList{}
		err := d.work.List(t.Context(), l, client.InNamespace(depotNamespace))
		return slices.DeleteFunc(l.Items, func(j batchv1.Job) bool { return !strings.HasPrefix(j.Name, s.GetName()+"-") }), err
	}
	eventually(t, "the Jobs that copied and compared go", func() error {
		if all, err := jobs(); err != nil || len(all) > 0 {
			return fmt.Errorf("there are %d (error %w)", len(all), err)
		}
		return nil
	})
	pods := &corev1.PodList{}
	if err := d.work.List(t.Context(), pods, client.InNamespace(depotNamespace)); err != nil {
		t.Fatal(err)
	}
	for i := range pods.Items {
		if strings.HasPrefix(pods.Items[i].Name, s.GetName()+"-copy") || strings.HasPrefix(pods.Items[i].Name, s.GetName()+"-verify") {
			t.Errorf("pod %s still holds the source", pods.Items[i].Name)
		}
	}
	d.mustChange(t, s, func(spec map[string]any) { delete(spec, "migrateFrom") })
	calm()
	d.await(t, s, "done", andSettled(field("Done", "status", "migration", "phase")))
	if all, err := jobs(); err != nil || len(all) > 0 {
		t.Errorf("there should be no Job any more, got %d (error %v)", len(all), err)
	}
	d.holds(t, s.GetName(), rows)
}

// refusals orders what can't be had, of a cluster that needn't be ready.
func (d *depot) refusals(t *testing.T) {
	for name, wrong := range map[string]struct {
		change func(map[string]any)
		words  []string
	}{
		"schedule": {
			change: func(spec map[string]any) { spec["snapshots"] = map[string]any{"schedule": "every night"} },
			words:  []string{"spec.snapshots.schedule", "0 3 * * *"},
		},
		"term": {
			change: func(spec map[string]any) { spec["keep"] = map[string]any{"policy": "Delete", "term": "30d"} },
			words:  []string{"spec.keep", "term goes with policy Retain"},
		},
		"sources": {
			change: func(spec map[string]any) {
				spec["migrateFrom"] = map[string]any{"storage": "orders", "persistentVolumeClaim": "orders-legacy"}
			},
			words: []string{"spec.migrateFrom", "not both"},
		},
		"performance": {
			change: func(spec map[string]any) { spec["accessMode"], spec["performance"] = "Object", "fast" },
			words:  []string{"a bucket has none"},
		},
	} {
		err := d.client.Create(t.Context(), d.storage(t, "storage.yaml", "wrong-"+name, wrong.change))
		for _, word := range wrong.words {
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("a wrong %s should be refused with %q, got %v", name, word, err)
			}
		}
	}
	for name, wrong := range map[string]struct {
		change func(map[string]any)
		words  []string
	}{
		"level":   {change: level("Gold"), words: []string{"spec.serviceLevel", "Gold", "BestEffort, Demo, Premium, Standard"}},
		"nvme":    {change: func(spec map[string]any) { spec["performance"] = "nvme" }, words: []string{"spec.performance", "fast, secret, standard"}},
		"cluster": {change: func(spec map[string]any) { spec["clusterRef"] = map[string]any{"name": "shoop"} }, words: []string{"spec.clusterRef.name", "shoop", "Allowed: shop"}},
		"itself":  {change: migrating("storage", "wrong-itself"), words: []string{"spec.migrateFrom.storage", "is this Storage itself"}},
	} {
		s := d.storage(t, "storage.yaml", "wrong-"+name, wrong.change)
		d.order(t, s)
		d.await(t, s, "refused", tells("Accepted", "False", wrong.words...))
		if n := len(d.composed(t, s)); n > 0 {
			t.Errorf("%s should compose nothing, got %d", manifest.Title(s), n)
		}
		d.deleteStorage(t, s)
	}
}

// refusedChanges makes changes that would lose data.
func (d *depot) refusedChanges(t *testing.T, orders, pictures *unstructured.Unstructured) {
	for what, wrong := range map[string]struct {
		claim  *unstructured.Unstructured
		change func(map[string]any)
		word   string
	}{
		"a smaller size":      {orders, sized("10Gi"), "size can't shrink"},
		"another mode":        {orders, func(spec map[string]any) { spec["accessMode"] = "ReadWriteMany" }, "can't be changed"},
		"another performance": {pictures, func(spec map[string]any) { spec["performance"] = "standard" }, "performance can't be changed"},
		"a late source":       {orders, migrating("storage", "pictures"), "only when a Storage is created"},
	} {
		if err := d.change(t, wrong.claim, wrong.change); err == nil || !strings.Contains(err.Error(), wrong.word) {
			t.Errorf("%s should be refused with %q, got %v", what, wrong.word, err)
		}
	}
	// What the schema can't see, as there was none before.
	d.mustChange(t, orders, func(spec map[string]any) { spec["performance"] = "fast" })
	d.await(t, orders, "refused", tells("Accepted", "False", "spec.performance", "can't be changed from standard"))
	d.mustChange(t, orders, func(spec map[string]any) { delete(spec, "performance") })
	d.ready(t, orders)
}
