package plan

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// Keys of a Storage's composed resources. They differ by what holds the data,
// so that no change can turn a volume into a bucket.
const (
	KeyVolume = "volume"
	KeyBucket = "bucket"
)

// The access modes of a Storage.
const (
	modeOnce   = "ReadWriteOnce"
	modeMany   = "ReadWriteMany"
	modeObject = "Object"
)

// Storage is the plan of a Storage: it has either a Volume or a Bucket.
type Storage struct {
	Owner
	Target Target
	Volume *VolumeClaim
	Bucket *Bucket
	// Awaits names what the volume or bucket can't be made without, or is empty.
	Awaits string
}

// VolumeClaim is a PersistentVolumeClaim in the cluster.
type VolumeClaim struct {
	Namespace string
	// Name is the claim's: what a team writes into its pods.
	Name string
	// AccessMode as Kubernetes calls it.
	AccessMode string
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

// Bucket in the cloud.
type Bucket struct {
	// Name is unique in the cloud's project.
	Name           string
	Region         string
	ProviderConfig external.ProviderConfigRef
	Size           resource.Quantity
}

// NewStorage plans a Storage. The error is a refusal when it can't be served;
// what exists then stays as it is.
func NewStorage(o Owner, claim *v1alpha1.StorageSpec, p *v1alpha1.PlatformSpec, clusters []observed.Value, have observed.Set) (*Storage, error) {
	if err := checkClaimed(o, "Storage"); err != nil {
		return nil, err
	}
	if err := checkKept(claim, have); err != nil {
		return nil, err
	}
	target, err := targetOf(o, claim.ClusterRef.Name, clusters)
	if err != nil {
		return nil, err
	}
	s := &Storage{Owner: o, Target: target}
	switch claim.AccessMode {
	case modeOnce, modeMany:
		s.Awaits = target.awaits(have.Get(KeyVolume))
		s.Volume, err = volumeClaimOf(o, claim, target, p, have.Get(KeyVolume))
	case modeObject:
		s.Awaits = target.awaits(have.Get(KeyBucket))
		s.Bucket, err = bucketOf(o, claim, target, p, have.Get(KeyBucket))
	default:
		err = refusal.NotOneOf("spec.accessMode", claim.AccessMode, "is not an access mode", []string{modeOnce, modeMany, modeObject})
	}
	return s, err
}

// checkKept refuses what would leave data behind. The schema refuses it first;
// this is for whoever comes without an API server.
func checkKept(claim *v1alpha1.StorageSpec, have observed.Set) error {
	if claim.Size.Sign() <= 0 {
		return refusal.New("spec.size", claim.Size.String(), "is not more than 0", "Set for example 20Gi.")
	}
	made := manifestOf(have.Get(KeyVolume))
	for _, kept := range []struct{ field, made, asked string }{
		{"spec.accessMode", madeMode(have), claim.AccessMode},
		{"spec.namespace", observed.At(made, "metadata", "namespace").Text(), claim.Namespace},
	} {
		if kept.made != "" && kept.made != kept.asked {
			return refusal.New(kept.field, kept.asked, "can't be changed from "+kept.made+": the data lives there", "Set it back, or create a new Storage and copy the data.")
		}
	}
	was, err := resource.ParseQuantity(observed.At(made, "spec", "resources", "requests", "storage").Text())
	if err == nil && claim.Size.Cmp(was) < 0 {
		return refusal.New("spec.size", claim.Size.String(), "is less than "+was.String()+", which it has: data could be lost", "Set it back, or create a smaller Storage and copy the data.")
	}
	return nil
}

// manifestOf returns what an Object wants to have in the cluster.
func manifestOf(o observed.Value) observed.Value {
	return observed.At(o, "spec", "forProvider", "manifest")
}

// madeMode returns the access mode of what exists, or "".
func madeMode(have observed.Set) string {
	if have.Has(KeyBucket) {
		return modeObject
	}
	for mode := range observed.At(manifestOf(have.Get(KeyVolume)), "spec", "accessModes").Items() {
		return mode.Text()
	}
	return ""
}

func volumeClaimOf(o Owner, claim *v1alpha1.StorageSpec, t Target, p *v1alpha1.PlatformSpec, existing observed.Value) (*VolumeClaim, error) {
	if err := t.checkStays(existing, t.ProviderConfig); err != nil {
		return nil, err
	}
	v := &VolumeClaim{
		Namespace:  claim.Namespace,
		Name:       o.Team.Name,
		AccessMode: claim.AccessMode,
		Shared:     claim.AccessMode == modeMany,
		Size:       claim.Size,
		Facts:      volumeFacts(existing),
	}
	if !v.Shared {
		return v, nil
	}
	cloud, err := cloudOfTarget(t, p)
	if err != nil {
		return nil, err
	}
	if cloud.Shares == nil {
		return nil, refusal.New("spec.accessMode", claim.AccessMode, fmt.Sprintf("needs shares, which cloud %q of KubernetesCluster %s doesn't have", cloud.Name, t.Name),
			"Use ReadWriteOnce or Object, or a cluster on another cloud.")
	}
	return v, nil
}

func volumeFacts(o observed.Value) VolumeFacts {
	status := observed.At(o, "status", "atProvider", "manifest", "status")
	f := VolumeFacts{Phase: status.Field("phase").Text()}
	if q, err := resource.ParseQuantity(observed.At(status, "capacity", "storage").Text()); err == nil {
		f.Capacity = q
	}
	return f
}

// Growing says whether the volume has yet to become as large as it should be.
func (v *VolumeClaim) Growing() bool {
	return v.Facts.Phase == PhaseBound && v.Facts.Capacity.Cmp(v.Size) < 0
}

func bucketOf(o Owner, claim *v1alpha1.StorageSpec, t Target, p *v1alpha1.PlatformSpec, existing observed.Value) (*Bucket, error) {
	cloud, err := cloudOfTarget(t, p)
	if err != nil {
		return nil, err
	}
	b := &Bucket{
		Name:           o.Home.Prefix,
		Region:         cloud.Region,
		ProviderConfig: external.ProviderConfigRef{Kind: firstOf(cloud.ProviderConfigRef.Kind, "ClusterProviderConfig"), Name: cloud.ProviderConfigRef.Name},
		Size:           claim.Size,
	}
	if len(b.Name) > maxBucketName {
		return nil, refusal.New("metadata.name", o.Team.Name, fmt.Sprintf("makes a bucket name of more than %d characters", maxBucketName), "Create the Storage with a shorter name.")
	}
	return b, t.checkStays(existing, b.ProviderConfig)
}

// maxBucketName is the longest name of a bucket in S3.
const maxBucketName = 63

// cloudOfTarget returns the catalogue's entry of the cloud that the cluster
// runs on.
func cloudOfTarget(t Target, p *v1alpha1.PlatformSpec) (*v1alpha1.Cloud, error) {
	for i := range p.Clouds {
		if p.Clouds[i].Name == t.Cloud {
			return &p.Clouds[i], nil
		}
	}
	return nil, refusal.New(fieldCluster, t.Name, fmt.Sprintf("runs on cloud %q, which the Platform doesn't have", t.Cloud),
		"Ask the platform team to put the cloud back into the Platform.")
}
