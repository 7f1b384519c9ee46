package plan

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// VolumeClaim is a PersistentVolumeClaim in the cluster.
type VolumeClaim struct {
	Namespace string
	// Name is the claim's: what a team writes into its pods.
	Name string
	// AccessMode as Kubernetes calls it.
	AccessMode string
	// Class of storage, as it was made; "" is the cluster's default.
	Class string
	// VolumeName of the volume of a share that is composed, or "".
	VolumeName string
	// Shared volumes are made at once; others wait for their first pod.
	Shared bool
	Size   resource.Quantity
	Facts  VolumeFacts
}

// The phases of a PersistentVolumeClaim.
const (
	PhasePending = "Pending"
	PhaseBound   = "Bound"
	PhaseLost    = "Lost"
)

// VolumeFacts are what the cluster says of the volume.
type VolumeFacts struct {
	// Phase of the claim, or "" before it is known.
	Phase string
	// Capacity that the volume has, or zero.
	Capacity resource.Quantity
}

// Growing says whether the volume has yet to become as large as it should be.
func (v *VolumeClaim) Growing() bool {
	return v.Facts.Phase == PhaseBound && v.Facts.Capacity.Cmp(v.Size) < 0
}

// FileShare is a share that is composed in the cloud, with the volume that stands for
// it in the cluster.
type FileShare struct {
	// Name of the share in the cloud, and of the volume in the cluster.
	Name           string
	Region         string
	ProviderConfig external.ProviderConfigRef
	Type           string
	SizeGiB        int64
	// Network is nil where shares have no servers of their own.
	Network *ShareNetwork
	// ClientCIDR is the range that may mount the share.
	ClientCIDR string
	// Capacity of the volume in the cluster: it belongs to the driver once the
	// volume is there.
	Capacity string
	// ID and AccessID in the cloud, or "".
	ID, AccessID string
}

// ShareNetwork is the network of the share's server.
type ShareNetwork struct {
	NetworkID, SubnetID string
}

func (s *Storage) planVolume(claim *v1alpha1.StorageSpec, cloud *v1alpha1.Cloud, at place, have observed.Set) error {
	existing := have.Get(KeyVolume)
	if err := s.Target.checkStays(existing, s.Target.ProviderConfig); err != nil {
		return err
	}
	s.awaitCluster(have, KeyVolume)
	s.Volume = &VolumeClaim{
		Namespace:  claim.Namespace,
		Name:       s.Team.Name,
		AccessMode: claim.AccessMode,
		Shared:     claim.AccessMode == modeMany,
		Size:       claim.Size,
		Facts:      volumeFacts(existing),
	}
	if s.Volume.Shared && cloud.Shares == nil && !existing.Exists() && !have.Has(KeyShare) {
		return refusal.New("spec.accessMode", claim.AccessMode, fmt.Sprintf("needs shares, which cloud %q of KubernetesCluster %s doesn't have", cloud.Name, s.Target.Name),
			"Use ReadWriteOnce or Object, or a cluster on another cloud.")
	}
	if s.Volume.Shared && composesShare(cloud, have) {
		s.planShare(claim, cloud, at, have)
	}
	s.Volume.Class, s.Volume.VolumeName = s.classOf(have)
	return nil
}

// classOf returns the class and the volume that the claim in the cluster names.
// Kubernetes lets nobody change either, so they stay as made.
func (s *Storage) classOf(have observed.Set) (class, volume string) {
	if made := manifestOf(have.Get(KeyVolume)); made.Exists() {
		return observed.At(made, "spec", "storageClassName").Text(), observed.At(made, "spec", "volumeName").Text()
	}
	if s.Share != nil {
		return ClassRWX, s.Share.Name
	}
	base, own := ClassRWO, s.Performance.OwnVolumes
	if s.Volume.Shared {
		base, own = ClassRWX, s.Performance.OwnShares
	}
	if own {
		return ClassOf(base, s.Performance.Name), ""
	}
	return base, ""
}

func volumeFacts(o observed.Value) VolumeFacts {
	status := liveOf(o).Field("status")
	f := VolumeFacts{Phase: status.Field("phase").Text()}
	if q, err := resource.ParseQuantity(observed.At(status, "capacity", "storage").Text()); err == nil {
		f.Capacity = q
	}
	return f
}

// composesShare says whether the share is composed in the cloud, rather than left
// to the driver in the cluster: as it was made, or as the Platform says.
func composesShare(cloud *v1alpha1.Cloud, have observed.Set) bool {
	if slices.ContainsFunc([]string{KeyShare, KeyShareAccess, KeyShareNetwork, KeyPersistentVolume}, have.Has) {
		return true
	}
	if have.Has(KeyVolume) {
		return observed.At(manifestOf(have.Get(KeyVolume)), "spec", "volumeName").Exists()
	}
	return cloud.Shares.Provisioning != "Dynamic"
}

// planShare plans the share, as it was made where it can't be changed.
func (s *Storage) planShare(claim *v1alpha1.StorageSpec, cloud *v1alpha1.Cloud, at place, have observed.Set) {
	made := observed.At(have.Get(KeyShare), "spec", "forProvider")
	volume := have.Get(KeyPersistentVolume)
	csi := observed.At(manifestOf(volume), "spec", "csi")
	s.Share = &FileShare{
		Name:           s.Home.Prefix,
		Region:         cloud.Region,
		ProviderConfig: providerConfigOf(cloud),
		Type:           firstOf(made.Field("shareType").Text(), s.Performance.ShareType),
		SizeGiB:        max(wholeGiB(claim.Size), int64(made.Field("size").Number())),
		ClientCIDR:     firstOf(observed.At(have.Get(KeyShareAccess), "spec", "forProvider", "accessTo").Text(), clientRange(cloud, at)),
		Capacity:       firstOf(capacityIn(liveOf(volume)), firstOf(capacityIn(manifestOf(volume)), claim.Size.String())),
		ID:             firstOf(observed.ExternalID(have.Get(KeyShare)), csi.Field("volumeHandle").Text()),
		AccessID:       firstOf(observed.ExternalID(have.Get(KeyShareAccess)), observed.At(csi, "volumeAttributes", "shareAccessID").Text()),
	}
	s.planShareNetwork(cloud, at, have)
	s.awaitCluster(have, KeyShare, KeyShareAccess, KeyShareNetwork, KeyPersistentVolume)
	if s.Share.ID == "" {
		s.await(KeyPersistentVolume, "the id of the share")
	}
	if s.Share.AccessID == "" {
		s.await(KeyPersistentVolume, "the id of the access to the share")
	}
	if s.Share.ClientCIDR == "" {
		s.await(KeyShareAccess, "the range of the nodes of KubernetesCluster "+s.Target.Name)
	}
}

func capacityIn(volume observed.Value) string {
	return observed.At(volume, "spec", "capacity", "storage").Text()
}

// planShareNetwork decides whether the share has a network. A share that exists
// keeps what it was made with.
func (s *Storage) planShareNetwork(cloud *v1alpha1.Cloud, at place, have observed.Set) {
	made := observed.At(have.Get(KeyShareNetwork), "spec", "forProvider")
	wants := cloud.Shares != nil && cloud.Shares.ShareNetwork != nil
	if have.Has(KeyShare) {
		wants = observed.At(have.Get(KeyShare), "spec", "forProvider", "shareNetworkIdRef").Exists()
	}
	if !wants && !made.Exists() {
		return
	}
	n := ShareNetwork{NetworkID: at.networkID, SubnetID: at.subnetID}
	if cloud.Shares != nil && cloud.Shares.ShareNetwork != nil && cloud.Shares.ShareNetwork.NetworkID != "" {
		n = ShareNetwork{NetworkID: string(cloud.Shares.ShareNetwork.NetworkID), SubnetID: string(cloud.Shares.ShareNetwork.SubnetID)}
	} else if !s.Keep.Deletes() {
		s.Warnings = append(s.Warnings, fmt.Sprintf("On cloud %s a kept share holds the network of its cluster: KubernetesCluster %s can't be removed from the cloud before the share.", cloud.Name, s.Target.Name))
	}
	if made.Exists() {
		n = ShareNetwork{NetworkID: made.Field("neutronNetId").Text(), SubnetID: made.Field("neutronSubnetId").Text()}
	}
	s.Share.Network = &n
	if n.NetworkID == "" || n.SubnetID == "" {
		s.await(KeyShareNetwork, "the network of KubernetesCluster "+s.Target.Name)
	}
}

func clientRange(cloud *v1alpha1.Cloud, at place) string {
	if cloud.Shares != nil && cloud.Shares.ShareNetwork != nil {
		return firstOf(string(cloud.Shares.ShareNetwork.ClientCIDR), at.nodeCIDR)
	}
	return at.nodeCIDR
}

func providerConfigOf(cloud *v1alpha1.Cloud) external.ProviderConfigRef {
	return external.ProviderConfigRef{Kind: firstOf(cloud.ProviderConfigRef.Kind, "ClusterProviderConfig"), Name: cloud.ProviderConfigRef.Name}
}

// wholeGiB rounds a size up to gibibytes, in which Manila counts.
func wholeGiB(q resource.Quantity) int64 { return (q.Value() + gibi - 1) / gibi }
