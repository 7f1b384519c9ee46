package e2e_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/residents"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// inFiles is what is written into each claim once, and must stay.
var inFiles = map[string]string{"readme": "written once"}

// grown gives a claim a size that is larger in each round.
func grown(base int) func(round int) func(map[string]any) {
	return func(round int) func(map[string]any) { return sized(fmt.Sprintf("%dGi", base+round)) }
}

// ledger is a piece that is a volume, which grows.
func (d *depot) ledger(t *testing.T) piece {
	const base = 20
	return piece{
		claim: d.storage(t, "storage.yaml", "orders", keeping("Delete")),
		edit:  grown(base),
		shows: func(ctx context.Context, round int) error {
			return d.holdsAt(ctx, cloud.Volume, "orders", base+round)
		},
	}
}

// album is a piece that is a share, which grows.
func (d *depot) album(t *testing.T) piece {
	const base = 100
	return piece{
		claim: d.storage(t, "storage-share.yaml", "pictures", keeping("Delete")),
		edit:  grown(base),
		shows: func(ctx context.Context, round int) error {
			return d.holdsAt(ctx, cloud.Share, "pictures", base+round)
		},
	}
}

// store is a piece that is a bucket, whose quota grows. It has no Job, which would be
// gone some time after it is through.
func (d *depot) store(t *testing.T) piece {
	const base = 1024
	claim := d.storage(t, "storage-bucket.yaml", "archive", keeping("Delete"), func(spec map[string]any) { delete(spec, "snapshots") })
	return piece{
		claim: claim,
		edit:  grown(base),
		shows: func(ctx context.Context, round int) error {
			now := &unstructured.Unstructured{}
			now.SetGroupVersionKind(claim.GroupVersionKind())
			if err := d.client.Get(ctx, client.ObjectKeyFromObject(claim), now); err != nil {
				return err
			}
			name := textAt(now, "status", "bucketName")
			r, err := d.found(ctx, cloud.Container, name)
			if err != nil {
				return err
			}
			if r == nil {
				return fmt.Errorf("bucket %q isn't in the cloud", name)
			}
			metadata, _ := r.Attributes["metadata"].(map[string]any)
			return same("the quota", any(strconv.Itoa((base+round)<<30)), metadata["Quota-Bytes"])
		},
	}
}

// fill writes into the volume and into the share, as pods that mount them.
func (d *depot) fill(t *testing.T) {
	t.Helper()
	for _, claim := range []string{"orders", "pictures"} {
		d.mount(t, claim)
		for file, content := range inFiles {
			d.write(t, claim, file, content)
		}
	}
}

// release ends the pods that mount them.
func (d *depot) release(t *testing.T) {
	t.Helper()
	for _, claim := range []string{"orders", "pictures"} {
		d.unmount(t, claim)
	}
}

// holdsAt says whether what is behind a claim has a size in the cloud, and holds what
// was written into it.
func (d *depot) holdsAt(ctx context.Context, kind cloud.Kind, claim string, size int) error {
	work, err := d.workloadNow(ctx, d.cluster)
	if err != nil {
		return err
	}
	// A volume grows while a pod mounts it, and the pod goes with its node.
	if err := client.IgnoreAlreadyExists(work.Create(ctx, podThatMounts(claim))); err != nil {
		return err
	}
	pvc, pv := &corev1.PersistentVolumeClaim{}, &corev1.PersistentVolume{}
	if err := work.Get(ctx, keyInDepot(claim), pvc); err != nil {
		return err
	}
	if err := work.Get(ctx, client.ObjectKey{Name: pvc.Spec.VolumeName}, pv); err != nil {
		return err
	}
	r, err := d.found(ctx, kind, pv.Spec.CSI.VolumeHandle)
	if err != nil {
		return err
	}
	if r == nil {
		return fmt.Errorf("%s %q isn't in the cloud", kind, pv.Spec.CSI.VolumeHandle)
	}
	if err := same("the size", any(float64(size)), r.Attributes["size"]); err != nil {
		return err
	}
	files, err := residents.Files(ctx, work, d.cloud, keyInDepot(claim))
	if err != nil {
		return err
	}
	if diff := cmp.Diff(inFiles, files); diff != "" {
		return fmt.Errorf("claim %s doesn't hold what was written into it:\n%s", claim, diff)
	}
	return nil
}
