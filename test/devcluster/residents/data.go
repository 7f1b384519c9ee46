package residents

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/simcloud"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// A place is something in the cloud that holds data.
type place struct {
	kind cloud.Kind
	id   string
	// prefix is where in it, "" or ending in a slash.
	prefix string
}

// holders are the attributes by which a file, or an object, names its place.
var holders = map[cloud.Kind]string{
	cloud.Volume: "volumeId", cloud.Share: "shareId", cloud.Container: "containerName",
	cloud.VolumeSnapshot: "volumeSnapshotId", cloud.ShareSnapshot: "shareSnapshotId",
}

func (p place) contents() cloud.Kind {
	if p.kind == cloud.Container {
		return cloud.Object
	}
	return cloud.File
}

// resources returns what is in the place.
func (p place) resources(ctx context.Context, c *simcloud.Client) ([]cloud.Resource, error) {
	all, err := c.Resources(ctx, cloud.Filter{Kind: p.contents()})
	return slices.DeleteFunc(all, func(r cloud.Resource) bool {
		return r.Text(holders[p.kind]) != p.id || !strings.HasPrefix(r.Name, p.prefix) || r.State == cloud.Deleting
	}), err
}

// read returns contents by their names.
func (p place) read(ctx context.Context, c *simcloud.Client) (map[string]string, error) {
	all, err := p.resources(ctx, c)
	out := map[string]string{}
	for _, r := range all {
		out[strings.TrimPrefix(r.Name, p.prefix)] = r.Text("content")
	}
	return out, err
}

// write adds a file or replaces it. One that is there already stays untouched.
func (p place) write(ctx context.Context, c *simcloud.Client, owner cloud.Owner, name, content string) error {
	all, err := p.resources(ctx, c)
	if err != nil {
		return err
	}
	name = p.prefix + name
	attributes := map[string]any{holders[p.kind]: p.id, "name": name, "content": content}
	for _, r := range all {
		if r.Name != name {
			continue
		}
		if r.Text("content") != content {
			_, err = c.Update(ctx, r.Kind, r.ID, attributes)
		}
		return err
	}
	_, err = c.Create(ctx, cloud.Spec{Kind: p.contents(), Owner: owner, Attributes: attributes})
	return err
}

// copyTo adds what is here to another place, and returns how much there is.
func (p place) copyTo(ctx context.Context, c *simcloud.Client, to place, owner cloud.Owner) (files, bytes int, err error) {
	from, err := p.read(ctx, c)
	if err != nil {
		return 0, 0, err
	}
	for name, content := range from {
		if err := to.write(ctx, c, owner, name, content); err != nil {
			return files, bytes, err
		}
		files, bytes = files+1, bytes+len(content)
	}
	return files, bytes, nil
}

// placeOf returns what is behind a claim, nil while it isn't bound.
func placeOf(ctx context.Context, k client.Reader, c *simcloud.Client, claim client.ObjectKey) (*place, error) {
	pvc := &corev1.PersistentVolumeClaim{}
	if err := k.Get(ctx, claim, pvc); err != nil {
		return nil, err
	}
	if pvc.Spec.VolumeName == "" || pvc.Status.Phase != corev1.ClaimBound {
		return nil, nil
	}
	pv := &corev1.PersistentVolume{}
	if err := k.Get(ctx, client.ObjectKey{Name: pvc.Spec.VolumeName}, pv); err != nil {
		return nil, err
	}
	return behind(ctx, c, pv)
}

// behind returns what is behind a volume: by Cinder's or Manila's driver, made by
// them or for them, or a share that is mounted by its path.
func behind(ctx context.Context, c *simcloud.Client, pv *corev1.PersistentVolume) (*place, error) {
	if csi := pv.Spec.CSI; csi != nil {
		switch {
		case cinder.plays(csi.Driver):
			return &place{kind: cloud.Volume, id: csi.VolumeHandle}, nil
		case manila.plays(csi.Driver) && csi.VolumeAttributes["shareID"] != "":
			return &place{kind: cloud.Share, id: csi.VolumeAttributes["shareID"]}, nil
		case manila.plays(csi.Driver):
			return &place{kind: cloud.Share, id: csi.VolumeHandle}, nil
		case csi.VolumeAttributes["share"] != "": // csi-driver-nfs
			return byPath(ctx, c, csi.VolumeAttributes["server"]+":"+csi.VolumeAttributes["share"])
		}
	}
	if nfs := pv.Spec.NFS; nfs != nil {
		return byPath(ctx, c, nfs.Server+":"+nfs.Path)
	}
	return nil, fmt.Errorf("cannot find out what is behind PersistentVolume %q", pv.Name)
}

func byPath(ctx context.Context, c *simcloud.Client, path string) (*place, error) {
	shares, err := c.Resources(ctx, cloud.Filter{Kind: cloud.Share})
	if err != nil {
		return nil, err
	}
	for _, s := range shares {
		locations, _ := s.Attributes["exportLocations"].([]any)
		for _, l := range mapsOf(locations) {
			if str(l, "path") == path {
				return &place{kind: cloud.Share, id: s.ID}, nil
			}
		}
	}
	return nil, fmt.Errorf("no share is exported at %s", path)
}

// Files returns what is in the volume of a claim, by name.
func Files(ctx context.Context, k client.Reader, c *simcloud.Client, claim client.ObjectKey) (map[string]string, error) {
	p, err := placeOf(ctx, k, c, claim)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, fmt.Errorf("claim %s has no volume", claim)
	}
	return p.read(ctx, c)
}

// Write writes a file into the volume of a claim, as a pod that mounts it: there
// must be one that runs.
func Write(ctx context.Context, k client.Reader, c *simcloud.Client, claim client.ObjectKey, name, content string) error {
	p, err := placeOf(ctx, k, c, claim)
	if err != nil {
		return err
	}
	up, err := mounted(ctx, k, claim)
	if err != nil {
		return err
	}
	if p == nil || !up {
		return fmt.Errorf("cannot write into claim %s: no running pod mounts it", claim)
	}
	return p.write(ctx, c, cloud.Owner{}, name, content)
}

// mounted tells whether a running pod mounts the claim.
func mounted(ctx context.Context, k client.Reader, claim client.ObjectKey) (bool, error) {
	pods := &corev1.PodList{}
	if err := k.List(ctx, pods, client.InNamespace(claim.Namespace)); err != nil {
		return false, err
	}
	for i := range pods.Items {
		if ready(&pods.Items[i]) && mounts(&pods.Items[i], claim.Name) {
			return true, nil
		}
	}
	return false, nil
}

func mounts(p *corev1.Pod, claim string) bool {
	return slices.ContainsFunc(p.Spec.Volumes, func(v corev1.Volume) bool {
		return v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ClaimName == claim
	})
}
