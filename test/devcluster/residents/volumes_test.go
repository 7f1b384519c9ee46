package residents

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// classes are those that clusters have.
const classes = `
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: rwo}
provisioner: cinder.csi.openstack.org
parameters: {type: ssd}
reclaimPolicy: Delete
volumeBindingMode: WaitForFirstConsumer
allowVolumeExpansion: true
---
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: rwx}
provisioner: nfs.manila.csi.openstack.org
parameters: {type: nfs-ssd, nfs-shareClient: 10.0.0.0/22}
reclaimPolicy: Retain
volumeBindingMode: Immediate
allowVolumeExpansion: true
---
apiVersion: snapshot.storage.k8s.io/v1
kind: VolumeSnapshotClass
metadata: {name: rwo, annotations: {snapshot.storage.kubernetes.io/is-default-class: "true"}}
driver: cinder.csi.openstack.org
deletionPolicy: Delete
---
apiVersion: v1
kind: Node
metadata: {name: node-1, labels: {topology.kubernetes.io/zone: az-2}}
`

// claim asks for 10 GiB, as the controller manager and the scheduler mark it.
func claim(name, class string) string {
	mark := "volume.kubernetes.io/storage-provisioner: cinder.csi.openstack.org, volume.kubernetes.io/selected-node: node-1"
	mode := "ReadWriteOnce"
	if class == "rwx" {
		mark, mode = "volume.kubernetes.io/storage-provisioner: nfs.manila.csi.openstack.org", "ReadWriteMany"
	}
	return "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: " + name + ", annotations: {" + mark + "}, labels: {app: " + name + "}}\n" +
		"spec: {storageClassName: " + class + ", accessModes: [" + mode + "], resources: {requests: {storage: 10Gi}}}\n"
}

var orders = client.ObjectKey{Namespace: "team", Name: "orders"}

// stored is a world with a volume of the class that has a file and is mounted.
func stored(t *testing.T, class string) *world {
	t.Helper()
	w := newWorld(t, classes, claim("orders", class)).programs()
	w.settled()
	w.bind()
	w.run(pod("app", nil, "orders"))
	w.must(Write(w.context(), w.town.client, w.cloud, orders, "a.txt", "alpha"))
	return w
}

func (w *world) files(name string) map[string]string {
	w.t.Helper()
	out, err := Files(w.context(), w.town.client, w.cloud, client.ObjectKey{Namespace: "team", Name: name})
	w.must(err)
	return out
}

func TestProvision(t *testing.T) {
	unselected := strings.Replace(claim("orders", "rwo"), ", volume.kubernetes.io/selected-node: node-1", "", 1)
	for name, tc := range map[string]struct {
		reason, claim string
		idle          bool
		volumes       int
		policy        corev1.PersistentVolumeReclaimPolicy
		attributes    map[string]any
	}{
		"Volume": {"A volume has the type of the class, in the zone of the node.", claim("orders", "rwo"), false, 1, corev1.PersistentVolumeReclaimDelete,
			map[string]any{"size": 10.0, "volumeType": "ssd", "availabilityZone": "az-2"}},
		"Share":    {"A share too, and the policy is the class's.", claim("orders", "rwx"), false, 1, corev1.PersistentVolumeReclaimRetain, map[string]any{"size": 10.0, "shareType": "nfs-ssd", "shareProto": "NFS"}},
		"Unneeded": {"Nothing is made before there is a consumer.", unselected, false, 0, "", nil},
		"Nobody":   {"Nobody makes volumes while the driver doesn't run.", claim("orders", "rwo"), true, 0, "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, classes, tc.claim)
			if !tc.idle {
				w.programs()
			}
			w.settled()
			volumes := &corev1.PersistentVolumeList{}
			w.must(w.town.client.List(w.context(), volumes))
			made := append(w.live(cloud.Volume), w.live(cloud.Share)...)
			if len(volumes.Items) != tc.volumes || len(made) != tc.volumes {
				t.Fatalf("%s got %d volumes, %d in the cloud", tc.reason, len(volumes.Items), len(made))
			}
			if tc.volumes == 0 {
				return
			}
			for k, v := range tc.attributes {
				if made[0].Attributes[k] != v {
					t.Errorf("%s %s is %v, want %v", tc.reason, k, made[0].Attributes[k], v)
				}
			}
			pv := volumes.Items[0]
			if pv.Spec.CSI.VolumeHandle != made[0].ID || pv.Spec.ClaimRef.UID != "PersistentVolumeClaim-orders" || pv.Spec.PersistentVolumeReclaimPolicy != tc.policy {
				t.Errorf("%s got %+v", tc.reason, pv.Spec)
			}
			if !strings.HasPrefix(made[0].Owner.Name, "shop-") {
				t.Errorf("its owner is %q, not the cluster", made[0].Owner.Name)
			}
		})
	}
}

// TestQuota: a full cloud makes no volume, and the claim gets one when it's healed.
func TestQuota(t *testing.T) {
	w := newWorld(t, classes, claim("orders", "rwo")).programs()
	_, err := w.cloud.Fail(w.context(), cloud.QuotaExceeded(cloud.Volume))
	w.must(err)
	if err := w.settle(); err == nil || !strings.Contains(err.Error(), "Quota exceeded") {
		t.Errorf("it should fail with the cloud's words, got %v", err)
	}
	w.must(w.cloud.HealAll(w.context()))
	w.settled()
	if n := len(w.live(cloud.Volume)); n != 1 {
		t.Errorf("got %d volumes", n)
	}
}

func TestWriteNeedsPod(t *testing.T) {
	w := newWorld(t, classes, claim("orders", "rwo")).programs()
	w.settled()
	w.bind()
	err := Write(w.context(), w.town.client, w.cloud, orders, "a", "b")
	if err == nil || err.Error() != "cannot write into claim team/orders: no running pod mounts it" {
		t.Errorf("got %v", err)
	}
}

func (w *world) ask(size string) {
	w.t.Helper()
	pvc := &corev1.PersistentVolumeClaim{}
	w.must(w.town.client.Get(w.context(), orders, pvc))
	pvc.Spec.Resources.Requests[corev1.ResourceStorage] = resource.MustParse(size)
	w.must(w.town.client.Update(w.context(), pvc))
}

// grown returns capacity and condition of the claim.
func (w *world) grown() string {
	w.t.Helper()
	pvc := &corev1.PersistentVolumeClaim{}
	w.must(w.town.client.Get(w.context(), orders, pvc))
	out := []string{pvc.Status.Capacity.Storage().String()}
	for _, c := range pvc.Status.Conditions {
		out = append(out, strings.TrimSpace(string(c.Type)+" "+c.Message))
	}
	return strings.Join(out, " ")
}

func TestGrow(t *testing.T) {
	for name, tc := range map[string]struct {
		reason, class string
		change        func(*world)
		want          string
		fails         bool
	}{
		"Volume":  {"A mounted volume grows.", "rwo", func(*world) {}, "20Gi", false},
		"Share":   {"A share too.", "rwx", func(*world) {}, "20Gi", false},
		"Waiting": {"What is in a volume grows when a pod mounts it.", "rwo", func(w *world) { w.delete(podKind, "app") }, "10Gi FileSystemResizePending", false},
		"Remote":  {"A share needs no pod to grow.", "rwx", func(w *world) { w.delete(podKind, "app") }, "20Gi", false},
		"Refused": {"The claim says why the cloud refuses.", "rwo", func(w *world) {
			_, err := w.cloud.Fail(w.context(), cloud.Fault{Verb: cloud.Update, Kind: cloud.Volume, Code: 413, Message: "VolumeSizeExceedsAvailableQuota"})
			w.must(err)
		}, "10Gi ControllerResizeError VolumeSizeExceedsAvailableQuota", true},
	} {
		t.Run(name, func(t *testing.T) {
			w := stored(t, tc.class)
			tc.change(w)
			w.ask("20Gi")
			if err := w.settle(); (err != nil) != tc.fails {
				t.Fatal(err)
			}
			if got := w.grown(); got != tc.want {
				t.Errorf("%s got %q, want %q", tc.reason, got, tc.want)
			}
			if d := cmp.Diff(map[string]string{"a.txt": "alpha"}, w.files("orders")); d != "" {
				t.Errorf("the data should be as it was: %s", d)
			}
		})
	}
}

func TestRelease(t *testing.T) {
	for class, want := range map[string]int{"rwo": 0, "rwx": 1} {
		w := stored(t, class)
		w.delete(podKind, "app")
		w.delete(claimKind, "orders")
		w.bind()
		w.settled()
		volumes := &corev1.PersistentVolumeList{}
		w.must(w.town.client.List(w.context(), volumes))
		made := append(w.live(cloud.Volume), w.live(cloud.Share)...)
		if len(made) != want || len(volumes.Items) != want || len(w.live(cloud.File)) != want {
			t.Errorf("%s: the class's policy decides, got %d in the cloud, %d volumes, %d files", class, len(made), len(volumes.Items), len(w.live(cloud.File)))
		}
	}
}

// TestStatic: what somebody else has made holds data as well.
func TestStatic(t *testing.T) {
	for name, source := range map[string]string{
		"ByID":   "csi: {driver: nfs.manila.csi.openstack.org, volumeHandle: any, volumeAttributes: {shareID: SHARE}}",
		"ByPath": "nfs: {server: 192.0.2.20, path: /volumes/_nogroup/SHARE}",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			share, err := w.cloud.Create(w.context(), cloud.Spec{Kind: cloud.Share, Attributes: map[string]any{"shareProto": "NFS", "size": 1}})
			w.must(err)
			w.apply(strings.ReplaceAll(`
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv}
spec: {capacity: {storage: 1Gi}, claimRef: {namespace: team, name: orders}, `+source+"}", "SHARE", share.ID), claim("orders", "rwx"))
			w.bind()
			w.run(pod("app", nil, "orders"))
			w.must(Write(w.context(), w.town.client, w.cloud, orders, "a.txt", "alpha"))
			if files := w.live(cloud.File); len(files) != 1 || files[0].Text("shareId") != share.ID {
				t.Errorf("the file should be in the share, got %v", files)
			}
		})
	}
}
