package main

import (
	"fmt"
	"strconv"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/storageclasses"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/external/openstack"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// partDelivery is everything: a Storage has one condition.
const partDelivery render.Part = "Delivery"

// keyUsesCluster is the key of the Usage of the cluster. Nothing is ever
// withdrawn here, so no family is listed.
const keyUsesCluster = "uses-cluster"

// compose renders the volume or bucket, and what keeps the cluster.
func compose(p *plan.Storage) render.Set {
	set := render.Set{Resources: []render.Resource{data(p), usesCluster(p)}}
	render.Mark(set.Resources, "storage", partDelivery)
	return set
}

func data(p *plan.Storage) render.Resource {
	if p.Bucket != nil {
		return bucket(p)
	}
	return volume(p)
}

// usesCluster refuses the deletion of the KubernetesCluster while the Storage is
// there. It is a Usage of what the team deletes, not of what is composed for it:
// so `kubectl delete` says no at once, with the reason, and nothing is torn down
// by half.
//
// It names no user: Crossplane would show that instead of the reason, and keeps
// a composed Usage until its user is gone (internal/controller/protection/usage),
// so that a Storage deleted in the foreground would wait for itself. Nor is a
// refused deletion replayed when the Storage goes: who tried to delete the
// cluster weeks ago may not mean it any more.
func usesCluster(p *plan.Storage) render.Resource {
	u := kubernetes.NewUsage(p.Team.Namespace, p.Home.Name("storage", keyUsesCluster), kubernetes.UsageSpec{
		Of: kubernetes.UsageResource{
			APIVersion:  v1alpha1.APIVersion,
			Kind:        "KubernetesCluster",
			ResourceRef: external.NameRef{Name: p.Target.Name},
		},
		Reason: fmt.Sprintf("%s %s keeps its data in KubernetesCluster %s. Delete the %s first.", kind, p.Team.Name, p.Target.Name, kind),
	})
	return render.Resource{Key: keyUsesCluster, Body: u, Ready: readiness.Managed}
}

// persistentVolumeClaim is a core PersistentVolumeClaim.
type persistentVolumeClaim struct {
	external.Meta `json:",inline"`
	Spec          persistentVolumeClaimSpec `json:"spec"`
}

type persistentVolumeClaimSpec struct {
	AccessModes []string `json:"accessModes"`
	// StorageClassName is left out for the cluster's default class.
	StorageClassName string    `json:"storageClassName,omitempty"`
	Resources        resources `json:"resources"`
}

type resources struct {
	Requests requests `json:"requests"`
}

type requests struct {
	Storage string `json:"storage"`
}

// volume makes a PersistentVolumeClaim in the cluster. It carries no Delete
// policy: an Object that gets lost, or a Storage that is deleted, leaves the data
// where it is, and a dead cluster holds up nothing (rule 5). To delete the data,
// delete the PersistentVolumeClaim in the cluster.
func volume(p *plan.Storage) render.Resource {
	v := p.Volume
	claim := &persistentVolumeClaim{
		Meta: external.Meta{
			APIVersion: "v1", Kind: "PersistentVolumeClaim",
			Metadata: external.ObjectMeta{Namespace: v.Namespace, Name: v.Name},
		},
		Spec: persistentVolumeClaimSpec{
			AccessModes: []string{v.AccessMode},
			Resources:   resources{Requests: requests{Storage: v.Size.String()}},
		},
	}
	if v.Shared {
		claim.Spec.StorageClassName = storageclasses.ClassRWX
	}
	o := kubernetes.NewObject(p.Home.Namespace, p.Home.Name(plan.KeyVolume), p.Target.ProviderConfig, claim)
	o.Spec.ManagementPolicies = external.KeepOnDelete()
	return render.Resource{Key: plan.KeyVolume, Body: o, Ready: volumeReady(v), Awaits: p.Awaits}
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
		case v.Growing():
			return false, fmt.Sprintf("has %s of %s: it grows while a pod mounts it", v.Facts.Capacity.String(), v.Size.String())
		}
		return true, ""
	}
}

// bucket makes a container in the cloud. Like the volume it outlives the object
// here: a bucket goes only when somebody deletes it in the cloud.
func bucket(p *plan.Storage) render.Resource {
	b := p.Bucket
	c := openstack.NewContainer(openstack.Container{
		Name:   b.Name,
		Region: b.Region,
		// Swift's quota. A cloud without that filter keeps it as plain metadata.
		Metadata: map[string]string{"Quota-Bytes": strconv.FormatInt(b.Size.Value(), 10)},
	}).At(p.Home.Namespace, p.Home.Name(plan.KeyBucket), b.ProviderConfig)
	c.Spec.ManagementPolicies = external.KeepOnDelete()
	return render.Resource{Key: plan.KeyBucket, Body: c, Ready: readiness.ManagedWithID, Awaits: p.Awaits}
}
