package residents

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// podPoll is how long to wait before looking again whether a pod mounts a volume.
const podPoll = time.Second

// grow gives a bound claim the size that it asks for: first the volume, then the
// PersistentVolume, then, once a pod mounts it, the claim.
func (d driver) grow(ctx context.Context, t *town, pvc *corev1.PersistentVolumeClaim) (time.Duration, error) {
	want, has := pvc.Spec.Resources.Requests[corev1.ResourceStorage], pvc.Status.Capacity[corev1.ResourceStorage]
	if pvc.Status.Phase != corev1.ClaimBound || want.Cmp(has) <= 0 {
		return 0, nil
	}
	pv := &corev1.PersistentVolume{}
	if err := t.client.Get(ctx, client.ObjectKey{Name: pvc.Spec.VolumeName}, pv); err != nil {
		return 0, err
	}
	if pv.Spec.CSI == nil || !d.plays(pv.Spec.CSI.Driver) {
		return 0, nil
	}
	p, err := behind(ctx, t.cloud, pv)
	if err != nil {
		return 0, err
	}
	size, wait, err := t.grown(ctx, *p, gigabytes(want))
	if err != nil {
		return 0, t.explainGrowth(ctx, pvc, corev1.PersistentVolumeClaimControllerResizeError, err)
	}
	if wait > 0 {
		return wait, t.explainGrowth(ctx, pvc, corev1.PersistentVolumeClaimResizing, nil)
	}
	base := pv.DeepCopy()
	pv.Spec.Capacity = corev1.ResourceList{corev1.ResourceStorage: *resource.NewQuantity(size<<30, resource.BinarySI)}
	if err := t.client.Patch(ctx, pv, client.MergeFrom(base)); err != nil {
		return 0, err
	}
	if up, err := mounted(ctx, t.client, client.ObjectKeyFromObject(pvc)); err != nil || d.needsPod && !up {
		if err != nil {
			return 0, err
		}
		return podPoll, t.explainGrowth(ctx, pvc, corev1.PersistentVolumeClaimFileSystemResizePending, nil)
	}
	before := pvc.DeepCopy()
	pvc.Status.Capacity, pvc.Status.Conditions = pv.Spec.Capacity, nil
	return 0, t.client.Status().Patch(ctx, pvc, client.MergeFrom(before))
}

// grown asks the cloud for the size, in GiB, and returns the one that there is, or
// how long to wait for it.
func (t *town) grown(ctx context.Context, p place, size int64) (int64, time.Duration, error) {
	all, err := t.cloud.Resources(ctx, cloud.Filter{Kind: p.kind})
	if err != nil {
		return 0, 0, err
	}
	for _, r := range all {
		if r.ID != p.id {
			continue
		}
		if wait := until(r); wait > 0 {
			return 0, wait, nil
		}
		if has := int64(number(r.Attributes["size"])); has >= size {
			return has, 0, nil
		}
	}
	r, err := t.cloud.Update(ctx, p.kind, p.id, map[string]any{"size": size})
	if err != nil {
		return 0, 0, err
	}
	return size, until(r), nil
}

// explainGrowth says in the claim what growing is at. It returns why it failed, if
// it has.
func (t *town) explainGrowth(ctx context.Context, pvc *corev1.PersistentVolumeClaim, kind corev1.PersistentVolumeClaimConditionType, why error) error {
	c := corev1.PersistentVolumeClaimCondition{Type: kind, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(t.now())}
	if why != nil {
		c.Message = why.Error()
	}
	if has := pvc.Status.Conditions; len(has) == 1 && has[0].Type == c.Type && has[0].Message == c.Message {
		return why
	}
	before := pvc.DeepCopy()
	pvc.Status.Conditions = []corev1.PersistentVolumeClaimCondition{c}
	if err := t.client.Status().Patch(ctx, pvc, client.MergeFrom(before)); err != nil {
		return err
	}
	return why
}
