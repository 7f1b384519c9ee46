package residents

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// snapshotOf are the kinds of snapshots by what they are of.
var snapshotOf = map[cloud.Kind]cloud.Kind{cloud.Volume: cloud.VolumeSnapshot, cloud.Share: cloud.ShareSnapshot}

const (
	snapshotFinalizer    = "snapshot.storage.kubernetes.io/volumesnapshot-bound-protection"
	defaultSnapshotClass = "snapshot.storage.kubernetes.io/is-default-class"
)

// errUnbound says that a claim can't be snapshotted yet.
var errUnbound = errors.New("the claim isn't bound to a volume")

// takeSnapshot makes a VolumeSnapshot ready, or removes it.
func takeSnapshot(ctx context.Context, t *town, o *object) (time.Duration, error) {
	if o.GetDeletionTimestamp() != nil {
		return dropSnapshot(ctx, t, o)
	}
	if ready, _ := nested(o, "status", "readyToUse").(bool); ready {
		return 0, nil
	}
	if err := save(ctx, t, o, func(o *object) { controllerutil.AddFinalizer(o, snapshotFinalizer) }); err != nil {
		return 0, err
	}
	wait, err := snapshot(ctx, t, o)
	if err == nil {
		return wait, nil
	}
	failed := saveStatus(ctx, t, o, func(o *object) {
		set(o, false, "status", "readyToUse")
		if text(o, "status", "error", "message") != err.Error() {
			set(o, map[string]any{"message": err.Error(), "time": stamp(t.now())}, "status", "error")
		}
	})
	return 0, errors.Join(err, failed)
}

// snapshot takes it in the cloud, and returns how long to wait for it.
func snapshot(ctx context.Context, t *town, o *object) (time.Duration, error) {
	claim := client.ObjectKey{Namespace: o.GetNamespace(), Name: text(o, "spec", "source", "persistentVolumeClaimName")}
	p, err := placeOf(ctx, t.client, t.cloud, claim)
	if err != nil {
		return 0, err
	}
	if p == nil {
		return 0, errUnbound
	}
	class, err := snapshotClass(ctx, t, o, p.kind)
	if err != nil {
		return 0, err
	}
	kind := snapshotOf[p.kind]
	r, wait, err := t.ensure(ctx, cloud.Spec{Kind: kind, Owner: t.owner(o), Attributes: map[string]any{
		"name": "snapshot-" + string(o.GetUID()), holders[p.kind]: p.id, "metadata": map[string]any{cinder.suffix + "/cluster": t.cluster},
	}})
	if err != nil {
		return 0, err
	}
	if err := freeze(ctx, t, *p, place{kind: kind, id: r.ID}, t.owner(o)); err != nil {
		return 0, err
	}
	if wait > 0 {
		return wait, nil
	}
	size := fmt.Sprintf("%dGi", int64(number(r.Attributes["size"])))
	content, err := contentOf(ctx, t, o, class, *p, r)
	if err != nil {
		return 0, err
	}
	if err := saveStatus(ctx, t, content, func(c *object) {
		set(c, map[string]any{"readyToUse": true, "snapshotHandle": r.ID, "creationTime": r.Created.UnixNano(), "restoreSize": int64(number(r.Attributes["size"])) << 30}, "status")
	}); err != nil {
		return 0, err
	}
	return 0, saveStatus(ctx, t, o, func(o *object) {
		set(o, map[string]any{
			"readyToUse": true, "boundVolumeSnapshotContentName": content.GetName(), "creationTime": stamp(r.Created), "restoreSize": size,
		}, "status")
	})
}

// freeze copies what there is into a snapshot, once: what is written later isn't in
// it.
func freeze(ctx context.Context, t *town, p, into place, owner cloud.Owner) error {
	has, err := into.read(ctx, t.cloud)
	if err != nil || len(has) > 0 {
		return err
	}
	_, _, err = p.copyTo(ctx, t.cloud, into, owner)
	return err
}

// snapshotClass returns the class that a snapshot names, or its driver's default.
func snapshotClass(ctx context.Context, t *town, o *object, of cloud.Kind) (*object, error) {
	all, err := list(ctx, t.client, snapshotClassKind, "")
	if err != nil {
		return nil, err
	}
	d := cinder
	if of == cloud.Share {
		d = manila
	}
	want := text(o, "spec", "volumeSnapshotClassName")
	for i, c := range all {
		isDefault := want == "" && c.GetAnnotations()[defaultSnapshotClass] == "true"
		if c.GetName() != want && !isDefault {
			continue
		}
		if d.plays(text(&all[i], "driver")) {
			return &all[i], nil
		}
		if c.GetName() == want {
			return nil, fmt.Errorf("driver %q of VolumeSnapshotClass %q is not that of the volume", text(&all[i], "driver"), want)
		}
	}
	return nil, fmt.Errorf("failed to get snapshot class %q for a %s", want, of)
}

// contentOf returns the content of a snapshot, made if there is none.
func contentOf(ctx context.Context, t *town, o, class *object, p place, r cloud.Resource) (*object, error) {
	name := "snapcontent-" + string(o.GetUID())
	content, err := get(ctx, t.client, contentKind, "", name)
	if err != nil || content != nil {
		return content, err
	}
	content = named(contentKind, "", name)
	set(content, map[string]any{
		"driver": text(class, "driver"), "deletionPolicy": text(class, "deletionPolicy"), "volumeSnapshotClassName": class.GetName(),
		"source":            map[string]any{"volumeHandle": p.id},
		"volumeSnapshotRef": map[string]any{"apiVersion": "snapshot.storage.k8s.io/v1", "kind": "VolumeSnapshot", "namespace": o.GetNamespace(), "name": o.GetName(), "uid": string(o.GetUID())},
	}, "spec")
	return content, t.client.Create(ctx, content)
}

// dropSnapshot deletes a snapshot, in the cloud too unless its policy keeps it there.
func dropSnapshot(ctx context.Context, t *town, o *object) (time.Duration, error) {
	content, err := get(ctx, t.client, contentKind, "", "snapcontent-"+string(o.GetUID()))
	if err != nil {
		return 0, err
	}
	keeps := content != nil && text(content, "spec", "deletionPolicy") == string(corev1.PersistentVolumeReclaimRetain)
	for _, kind := range snapshotOf {
		if keeps {
			break
		}
		all, err := t.cloud.Resources(ctx, cloud.Filter{Kind: kind, OwnerUID: string(o.GetUID())})
		if err != nil {
			return 0, err
		}
		for _, r := range all {
			if wait, err := t.remove(ctx, kind, r.ID); err != nil || wait > 0 {
				return wait, err
			}
		}
	}
	if content != nil && !keeps {
		if err := client.IgnoreNotFound(t.client.Delete(ctx, content)); err != nil {
			return 0, err
		}
	}
	return 0, save(ctx, t, o, func(o *object) { controllerutil.RemoveFinalizer(o, snapshotFinalizer) })
}
