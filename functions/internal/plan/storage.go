package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// Keys of a Storage's composed resources. They differ by what holds the data,
// so that no change can turn a volume into a bucket.
const (
	KeyVolume           = "volume"
	KeyBucket           = "bucket"
	KeyShareNetwork     = "share-network"
	KeyShare            = "share"
	KeyShareAccess      = "share-access"
	KeyPersistentVolume = "persistent-volume"
	KeyBucketKeys       = "bucket-keys"
	KeyBucketSecret     = "bucket-secret"
	KeyBucketLifecycle  = "bucket-lifecycle"
	KeySnapshotSchedule = "snapshot-schedule"
	KeyMigration        = "migration-" // and the step
	KeyMigrationCopy    = "migration-copy"
	KeyMigrationVerify  = "migration-verify"
)

// The access modes of a Storage.
const (
	modeOnce   = "ReadWriteOnce"
	modeMany   = "ReadWriteMany"
	modeObject = "Object"
)

// Storage is the plan of a Storage: it has either a Volume, with or without a
// Share behind it, or a Bucket.
type Storage struct {
	Owner
	Target Target
	// Label is the Storage's name, as far as it fits into a label.
	Label string
	// Level is the name of the service level that applies.
	Level       string
	Performance Performance
	Keep        Keep
	Volume      *VolumeClaim
	Share       *FileShare
	Bucket      *Bucket
	// Snapshots is nil when there never were any.
	Snapshots *Snapshots
	// Migration is nil when there never was one.
	Migration *Migration
	Cost      Cost
	// Warnings for the team.
	Warnings []string
	// Awaits names, by key, what something can't be made without.
	Awaits map[string]string
}

// StorageWorld is what a Storage is planned against.
type StorageWorld struct {
	Platform *v1alpha1.PlatformSpec
	// Clusters and Storages of the team.
	Clusters, Storages []observed.Value
	// Have exists already.
	Have observed.Set
	// Prior is the status after the last call.
	Prior v1alpha1.StorageStatus
}

// NewStorage plans a Storage. The error is a refusal when it can't be served;
// what exists then stays as it is.
func NewStorage(o Owner, claim *v1alpha1.StorageSpec, w StorageWorld) (*Storage, error) {
	if err := checkClaimed(o, "Storage"); err != nil {
		return nil, err
	}
	if err := checkKept(claim, w.Have); err != nil {
		return nil, err
	}
	target, err := targetOf(o, claim.ClusterRef.Name, w.Clusters)
	if err != nil {
		return nil, err
	}
	cloud, err := cloudOfTarget(target, w.Platform)
	if err != nil {
		return nil, err
	}
	place := placeOf(claim.ClusterRef.Name, o, w.Clusters)
	level, err := levelOfStorage(claim, place, w.Platform)
	if err != nil {
		return nil, err
	}
	s := &Storage{
		Owner: o, Target: target, Level: level.Name, Label: limited(o.Team.Name, maxLabel),
		Keep: keepOf(claim, level), Awaits: map[string]string{},
	}
	if s.Performance, err = performanceOf(claim, level, cloud, w.Have); err != nil {
		return nil, err
	}
	if err := s.planData(claim, cloud, place, w); err != nil {
		return nil, err
	}
	if err := s.planSnapshots(claim, cloud, w); err != nil {
		return nil, err
	}
	s.Cost = s.costOf(claim, cloud)
	return s, s.planMigration(claim, w)
}

// planData plans what holds the data.
func (s *Storage) planData(claim *v1alpha1.StorageSpec, cloud *v1alpha1.Cloud, at place, w StorageWorld) error {
	switch claim.AccessMode {
	case modeOnce, modeMany:
		return s.planVolume(claim, cloud, at, w.Have)
	case modeObject:
		return s.planBucket(claim, cloud, w)
	}
	return refusal.NotOneOf("spec.accessMode", claim.AccessMode, "is not an access mode", []string{modeOnce, modeMany, modeObject})
}

// awaitCluster says of each key what it awaits of the cluster, if anything.
func (s *Storage) awaitCluster(have observed.Set, keys ...string) {
	for _, key := range keys {
		s.await(key, s.Target.awaits(have.Get(key)))
	}
}

// await keeps the first thing that a key awaits.
func (s *Storage) await(key, what string) {
	if what != "" && s.Awaits[key] == "" {
		s.Awaits[key] = what
	}
}

// LostCluster refuses to go on with a Storage that exists while its cluster is
// gone, or is another one of the same name. It returns nil for one that doesn't
// exist yet.
func LostCluster(o Owner, claim *v1alpha1.StorageSpec, clusters []observed.Value, have observed.Set) error {
	made := ""
	for _, key := range []string{KeyVolume, KeyPersistentVolume, KeyBucketSecret, KeyBucketLifecycle, KeySnapshotSchedule, KeyMigrationCopy, KeyMigrationVerify} {
		if made = observed.At(have.Get(key), "spec", "providerConfigRef", "name").Text(); made != "" {
			break
		}
	}
	exists := made != "" || have.Has(KeyBucket) || have.Has(KeyShare)
	if !exists {
		return nil
	}
	target, err := targetOf(o, claim.ClusterRef.Name, clusters)
	name := claim.ClusterRef.Name
	if err != nil {
		return refusal.New(fieldCluster, name, "is gone: what this Storage holds stays as it is",
			"Delete this Storage, or create a KubernetesCluster and a new Storage in it. What can't be deleted without the cluster is kept.")
	}
	ref := target.ProviderConfig.Name
	if made != "" && ref == "" {
		return refusal.New(fieldCluster, name, "is not taken in yet, and this lives in "+made, "Wait until the KubernetesCluster has started. If it is a new one, delete this object and create it again.")
	}
	if made != "" && made != ref {
		return refusal.New(fieldCluster, name, fmt.Sprintf("is another cluster now (%s) than the one that this lives in (%s)", ref, made),
			"Delete this object and create it again to have it in the new cluster.")
	}
	return nil
}

// Reachable says whether the cluster that a Storage lives in is there and answers.
func Reachable(o Owner, claim *v1alpha1.StorageSpec, clusters []observed.Value, have observed.Set) bool {
	target, err := targetOf(o, claim.ClusterRef.Name, clusters)
	return err == nil && target.Ready && target.ProviderConfig.Name != "" && LostCluster(o, claim, clusters, have) == nil
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
	was := madeSize(have)
	if claim.Size.Cmp(was) < 0 {
		return refusal.New("spec.size", claim.Size.String(), "is less than "+was.String()+", which it has: data could be lost", "Set it back, or create a smaller Storage and copy the data.")
	}
	return nil
}

// madeSize returns the size that the volume was last asked to have, or zero.
func madeSize(have observed.Set) resource.Quantity {
	text := observed.At(manifestOf(have.Get(KeyVolume)), "spec", "resources", "requests", "storage").Text()
	if q, err := resource.ParseQuantity(text); err == nil {
		return q
	}
	return resource.Quantity{}
}

// manifestOf returns what an Object wants to have in the cluster.
func manifestOf(o observed.Value) observed.Value {
	return observed.At(o, "spec", "forProvider", "manifest")
}

// liveOf returns what an Object has found in the cluster.
func liveOf(o observed.Value) observed.Value {
	return observed.At(o, "status", "atProvider", "manifest")
}

// madeMode returns the access mode of what exists, or "".
func madeMode(have observed.Set) string {
	if have.Has(KeyBucket) {
		return modeObject
	}
	if have.Has(KeyShare) {
		return modeMany
	}
	for mode := range observed.At(manifestOf(have.Get(KeyVolume)), "spec", "accessModes").Items() {
		return mode.Text()
	}
	return ""
}

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

// A place is what a Storage needs to know of its cluster.
type place struct {
	level, nodeCIDR     string
	networkID, subnetID string
}

func placeOf(name string, o Owner, clusters []observed.Value) place {
	var p place
	for _, c := range clusters {
		meta := c.Field("metadata")
		if meta.Field("name").Text() != name || meta.Field("namespace").Text() != o.Team.Namespace {
			continue
		}
		p.level = observed.At(c, "spec", "serviceLevel").Text()
		p.nodeCIDR = observed.At(c, "spec", "network", "nodeCIDR").Text()
		p.networkID = observed.At(c, "status", "network", "networkID").Text()
		for subnet := range observed.At(c, "status", "network", "subnetIDs").Items() {
			p.subnetID = subnet.Text()
			break
		}
	}
	return p
}

// maxLabel is the longest value of a label.
const maxLabel = 63

// limited returns a name of at most so many characters. The end says what was cut
// off, so that two long names stay different.
func limited(name string, most int) string {
	if len(name) <= most {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	hash := "-" + hex.EncodeToString(sum[:4])
	return strings.TrimRight(name[:most-len(hash)], "-.") + hash
}
