package residents

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// A driver makes volumes of one kind.
type driver struct {
	// suffix of the driver's name. Manila's begins with the protocol.
	suffix string
	kind   cloud.Kind
	// attributes are what to ask of the cloud.
	attributes func(pvc *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) map[string]any
	// needsPod tells whether a volume that has grown needs a pod to grow what is in it.
	needsPod bool
}

var (
	cinder = driver{suffix: "cinder.csi.openstack.org", kind: cloud.Volume, attributes: volumeAttributes, needsPod: true}
	manila = driver{suffix: "manila.csi.openstack.org", kind: cloud.Share, attributes: shareAttributes}
)

const (
	provisionerMark  = "volume.kubernetes.io/storage-provisioner"
	selectedNodeMark = "volume.kubernetes.io/selected-node"
	provisionedMark  = "pv.kubernetes.io/provisioned-by"

	provisionerFinalizer = "external-provisioner.volume.kubernetes.io/finalizer"

	// cloudPoll is how long to wait before looking again at what the cloud is at.
	cloudPoll = 300 * time.Millisecond
)

func (d driver) plays(name string) bool { return strings.HasSuffix(name, d.suffix) }

func volumeAttributes(_ *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) map[string]any {
	out := map[string]any{"description": "Created by OpenStack Cinder CSI driver"}
	if t := class.Parameters["type"]; t != "" {
		out["volumeType"] = t
	}
	if z := class.Parameters["availability"]; z != "" {
		out["availabilityZone"] = z
	}
	return out
}

func shareAttributes(_ *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) map[string]any {
	out := map[string]any{"description": "provisioned-by=manila.csi.openstack.org", "shareProto": "NFS"}
	if t := class.Parameters["type"]; t != "" {
		out["shareType"] = t
	}
	if n := class.Parameters["shareNetworkID"]; n != "" {
		out["shareNetworkId"] = n
	}
	return out
}

// typed reads an object into the type of its kind.
func typed[T any](o *object) (*T, error) {
	out := new(T)
	return out, runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, out)
}

// provision makes a volume for a claim once that is to have one, and lets it grow.
// Binding is the controller manager's.
func (d driver) provision(ctx context.Context, t *town, o *object) (time.Duration, error) {
	pvc, err := typed[corev1.PersistentVolumeClaim](o)
	if err != nil || pvc.DeletionTimestamp != nil {
		return 0, err
	}
	if pvc.Spec.VolumeName != "" {
		return d.grow(ctx, t, pvc)
	}
	if !d.plays(pvc.Annotations[provisionerMark]) || pvc.Spec.StorageClassName == nil {
		return 0, nil
	}
	class := &storagev1.StorageClass{}
	if err := t.client.Get(ctx, client.ObjectKey{Name: *pvc.Spec.StorageClassName}, class); err != nil {
		return 0, err
	}
	waits := class.VolumeBindingMode != nil && *class.VolumeBindingMode == storagev1.VolumeBindingWaitForFirstConsumer
	if waits && pvc.Annotations[selectedNodeMark] == "" {
		return 0, nil
	}
	volume, wait, err := d.volume(ctx, t, pvc, class)
	if err != nil || wait > 0 {
		return wait, err
	}
	err = t.client.Create(ctx, d.persistent(pvc, class, volume))
	if apierrors.IsAlreadyExists(err) {
		return 0, nil
	}
	return 0, err
}

// volume returns the claim's volume in the cloud, with the data that it begins
// with, or how long to wait for it.
func (d driver) volume(ctx context.Context, t *town, pvc *corev1.PersistentVolumeClaim, class *storagev1.StorageClass) (cloud.Resource, time.Duration, error) {
	source, err := d.source(ctx, t, pvc)
	if err != nil {
		return cloud.Resource{}, 0, err
	}
	attributes := d.attributes(pvc, class)
	attributes["name"] = "pvc-" + string(pvc.UID)
	attributes["size"] = gigabytes(pvc.Spec.Resources.Requests[corev1.ResourceStorage])
	attributes["metadata"] = map[string]any{
		d.suffix + "/cluster": t.cluster, "csi.storage.k8s.io/pvc/namespace": pvc.Namespace, "csi.storage.k8s.io/pvc/name": pvc.Name,
	}
	if zone := t.zone(ctx, pvc.Annotations[selectedNodeMark]); zone != "" && attributes["availabilityZone"] == nil {
		attributes["availabilityZone"] = zone
	}
	r, wait, err := t.ensure(ctx, cloud.Spec{Kind: d.kind, Owner: t.owner(pvc), Attributes: attributes})
	if err != nil || wait > 0 {
		return r, wait, err
	}
	if who := class.Parameters["nfs-shareClient"]; d.kind == cloud.Share && who != "" {
		if _, wait, err := t.ensure(ctx, cloud.Spec{Kind: cloud.ShareAccess, Owner: t.owner(pvc), Attributes: map[string]any{
			"shareId": r.ID, "accessType": "ip", "accessTo": who, "accessLevel": "rw",
		}}); err != nil || wait > 0 {
			return r, wait, err
		}
	}
	if source != nil {
		_, _, err = source.copyTo(ctx, t.cloud, place{kind: d.kind, id: r.ID}, t.owner(pvc))
	}
	return r, 0, err
}

// source returns what a claim's volume is a copy of, nil if of nothing.
func (d driver) source(ctx context.Context, t *town, pvc *corev1.PersistentVolumeClaim) (*place, error) {
	from := pvc.Spec.DataSource
	if from == nil {
		return nil, nil
	}
	if from.Kind == claimKind.Kind {
		p, err := placeOf(ctx, t.client, t.cloud, client.ObjectKey{Namespace: pvc.Namespace, Name: from.Name})
		if err == nil && p == nil {
			err = fmt.Errorf("cannot clone claim %q: it has no volume", from.Name)
		}
		return p, err
	}
	snapshot, err := get(ctx, t.client, snapshotKind, pvc.Namespace, from.Name)
	if err != nil {
		return nil, err
	}
	if snapshot == nil {
		return nil, fmt.Errorf("cannot restore VolumeSnapshot %q: there is none", from.Name)
	}
	content, err := get(ctx, t.client, contentKind, "", text(snapshot, "status", "boundVolumeSnapshotContentName"))
	if err != nil || content == nil {
		return nil, fmt.Errorf("cannot restore VolumeSnapshot %q: it isn't ready", from.Name)
	}
	return &place{kind: snapshotOf[d.kind], id: text(content, "status", "snapshotHandle")}, nil
}

// persistent returns the PersistentVolume for a claim. Where nodes may be is left
// out: nobody tells nodes which zones Cinder has.
func (d driver) persistent(pvc *corev1.PersistentVolumeClaim, class *storagev1.StorageClass, r cloud.Resource) *corev1.PersistentVolume {
	policy := corev1.PersistentVolumeReclaimDelete
	if class.ReclaimPolicy != nil {
		policy = *class.ReclaimPolicy
	}
	size := resource.NewQuantity(int64(number(r.Attributes["size"]))<<30, resource.BinarySI)
	csi := &corev1.CSIPersistentVolumeSource{Driver: class.Provisioner, VolumeHandle: r.ID, VolumeAttributes: map[string]string{
		"storage.kubernetes.io/csiProvisionerIdentity": class.Provisioner,
	}}
	if d.kind == cloud.Share {
		csi.VolumeAttributes["shareID"] = r.ID
	}
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{
			Name: "pvc-" + string(pvc.UID), Finalizers: []string{provisionerFinalizer},
			Annotations: map[string]string{provisionedMark: class.Provisioner},
		},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:    corev1.ResourceList{corev1.ResourceStorage: *size},
			AccessModes: pvc.Spec.AccessModes, VolumeMode: pvc.Spec.VolumeMode, MountOptions: class.MountOptions,
			StorageClassName: class.Name, PersistentVolumeReclaimPolicy: policy,
			ClaimRef: &corev1.ObjectReference{
				APIVersion: "v1", Kind: claimKind.Kind, Namespace: pvc.Namespace, Name: pvc.Name, UID: pvc.UID, ResourceVersion: pvc.ResourceVersion,
			},
			PersistentVolumeSource: corev1.PersistentVolumeSource{CSI: csi},
		},
	}
}

// release deletes the volume behind a PersistentVolume that its claim has left
// behind, if its policy says so and the driver made it.
func (d driver) release(ctx context.Context, t *town, o *object) (time.Duration, error) {
	pv, err := typed[corev1.PersistentVolume](o)
	if err != nil || pv.Spec.CSI == nil || !d.plays(pv.Annotations[provisionedMark]) {
		return 0, err
	}
	left := pv.Status.Phase == corev1.VolumeReleased
	if left && pv.Spec.PersistentVolumeReclaimPolicy == corev1.PersistentVolumeReclaimDelete {
		wait, err := t.remove(ctx, d.kind, pv.Spec.CSI.VolumeHandle)
		if err != nil || wait > 0 {
			return wait, err
		}
		if err := client.IgnoreNotFound(t.client.Delete(ctx, o)); err != nil {
			return 0, err
		}
	} else if pv.DeletionTimestamp == nil || pv.Status.Phase == corev1.VolumeBound {
		return 0, nil
	}
	return 0, save(ctx, t, o, func(o *object) { controllerutil.RemoveFinalizer(o, provisionerFinalizer) })
}

// gigabytes rounds up, as the drivers do.
func gigabytes(q resource.Quantity) int64 { return (q.Value() + 1<<30 - 1) >> 30 }

func number(v any) float64 {
	n, _ := v.(float64)
	return n
}

// zone returns the zone of a node, "" if it has none.
func (t *town) zone(ctx context.Context, node string) string {
	n := &corev1.Node{}
	if node == "" || t.client.Get(ctx, client.ObjectKey{Name: node}, n) != nil {
		return ""
	}
	return n.Labels[corev1.LabelTopologyZone]
}
