package main

import (
	"fmt"

	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/external/openstack"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// volume makes a PersistentVolumeClaim in the cluster.
func volume(p *plan.Storage) render.Resource {
	v := p.Volume
	claim := kubernetes.NewPersistentVolumeClaim(v.Namespace, v.Name, kubernetes.PersistentVolumeClaimSpec{
		AccessModes:      []string{v.AccessMode},
		StorageClassName: v.Class,
		VolumeName:       v.VolumeName,
		Resources:        kubernetes.Resources{Requests: map[string]string{"storage": v.Size.String()}},
	})
	claim.Metadata.Labels = labels(p)
	o := object(p, plan.KeyVolume, withData(p), claim)
	o.Metadata.Labels = map[string]string{plan.LabelPerformance: p.Performance.Name}
	o.Metadata.Annotations = remembering(p)
	r := render.Resource{Key: plan.KeyVolume, Body: o, Ready: volumeReady(v)}
	if p.Share != nil {
		r.After = []string{plan.KeyPersistentVolume}
		r.Uses = []string{plan.KeyPersistentVolume}
	}
	return r
}

// volumeReady is ready when the claim can be mounted. A volume that waits for
// its first pod can: that pod is what it is made for, in its zone.
func volumeReady(v *plan.VolumeClaim) readiness.Check {
	return func(o observed.Value) (bool, string) {
		if ok, why := readiness.Managed(o); !ok {
			return false, why
		}
		switch {
		case v.Facts.Phase == plan.PhaseLost:
			return false, "has lost its volume: restore it from a backup"
		case v.Shared && v.Facts.Phase == plan.PhasePending:
			return false, "has no share yet"
		case v.Growing() && v.Shared:
			return false, fmt.Sprintf("has %s of %s: it is being grown", v.Facts.Capacity.String(), v.Size.String())
		case v.Growing():
			return false, fmt.Sprintf("has %s of %s: it grows while a pod mounts it", v.Facts.Capacity.String(), v.Size.String())
		}
		return true, ""
	}
}

const (
	// manilaDriver mounts the share on nodes, as it does those that it makes.
	manilaDriver = "nfs.manila.csi.openstack.org"
	// manilaSecret is what the driver logs in with, in the cluster.
	manilaSecret          = "skerry-manila"
	manilaSecretNamespace = "kube-system"
)

// share makes a share in the cloud, lets the nodes mount it, and makes the volume
// that stands for it in the cluster. They are deleted in the opposite order.
func share(p *plan.Storage) []render.Resource {
	s := p.Share
	description := fmt.Sprintf("Storage %s of %s in Kubernetes cluster %s", p.Team.Name, p.Team.Namespace, p.Target.Name)
	made := openstack.NewShare(openstack.Share{
		Name: s.Name, Description: description, Region: s.Region,
		ShareProto: "NFS", ShareType: s.Type, Size: s.SizeGiB, Metadata: metadata(p),
	}).At(p.Home.Namespace, p.Home.Name(plan.KeyShare), s.ProviderConfig)
	made.Metadata.Labels = map[string]string{plan.LabelPerformance: p.Performance.Name}
	made.Spec.ManagementPolicies = inCloud(p)
	access := openstack.NewShareAccess(openstack.ShareAccess{
		Region: s.Region, ShareIDRef: &external.NameRef{Name: p.Home.Name(plan.KeyShare)},
		AccessType: "ip", AccessTo: s.ClientCIDR, AccessLevel: "rw",
	}).At(p.Home.Namespace, p.Home.Name(plan.KeyShareAccess), s.ProviderConfig)
	access.Spec.ManagementPolicies = inCloud(p)
	out := []render.Resource{
		{Key: plan.KeyShare, Body: made, Ready: readiness.ManagedWithID},
		{Key: plan.KeyShareAccess, Body: access, Ready: readiness.ManagedWithID, After: []string{plan.KeyShare}, Uses: []string{plan.KeyShare}},
		persistentVolume(p),
	}
	if s.Network == nil {
		return out
	}
	network := openstack.NewShareNetwork(openstack.ShareNetwork{
		Name: s.Name, Description: description, Region: s.Region,
		NeutronNetID: s.Network.NetworkID, NeutronSubnetID: s.Network.SubnetID,
	}).At(p.Home.Namespace, p.Home.Name(plan.KeyShareNetwork), s.ProviderConfig)
	network.Spec.ManagementPolicies = inCloud(p)
	made.Spec.ForProvider.ShareNetworkIDRef = &external.NameRef{Name: network.Metadata.Name}
	out[0].After, out[0].Uses = []string{plan.KeyShareNetwork}, []string{plan.KeyShareNetwork}
	return append(out, render.Resource{Key: plan.KeyShareNetwork, Body: network, Ready: readiness.ManagedWithID})
}

// persistentVolume stands for the share in the cluster. It never deletes the
// share: what composes it does.
func persistentVolume(p *plan.Storage) render.Resource {
	s := p.Share
	login := kubernetes.SecretReference{Namespace: manilaSecretNamespace, Name: manilaSecret}
	v := kubernetes.NewPersistentVolume(s.Name, kubernetes.PersistentVolumeSpec{
		AccessModes: []string{p.Volume.AccessMode},
		Capacity:    map[string]string{"storage": s.Capacity},
		ClaimRef:    kubernetes.ClaimRef{APIVersion: "v1", Kind: "PersistentVolumeClaim", Namespace: p.Volume.Namespace, Name: p.Volume.Name},
		CSI: kubernetes.CSI{
			Driver: manilaDriver, VolumeHandle: s.ID,
			VolumeAttributes:   map[string]string{"shareID": s.ID, "shareAccessID": s.AccessID},
			NodeStageSecretRef: login, NodePublishSecretRef: login, ControllerExpandSecretRef: login,
		},
		PersistentVolumeReclaimPolicy: "Retain",
		StorageClassName:              p.Volume.Class,
	})
	v.Metadata.Labels = labels(p)
	return render.Resource{
		Key: plan.KeyPersistentVolume, Body: object(p, plan.KeyPersistentVolume, withData(p), v), Ready: readiness.Managed,
		After: []string{plan.KeyShareAccess}, Uses: []string{plan.KeyShareAccess},
	}
}
