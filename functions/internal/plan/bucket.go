package plan

import (
	"fmt"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// Bucket in the cloud.
type Bucket struct {
	// Name is unique in the cloud's project.
	Name           string
	Region         string
	ProviderConfig external.ProviderConfigRef
	Size           resource.Quantity
	// Versioning keeps old versions of objects; nil where nobody ever asked.
	Versioning *bool
	// Lifecycle is the image that tells the S3 API how long old versions live, or ""
	// where nobody ever asked.
	Lifecycle string
	// ExpireDays is how long that is, or 0 for ever.
	ExpireDays int64
	// Delivery is the Secret in the cluster. It is nil for a bucket of an earlier
	// version on a cloud whose S3 API the Platform doesn't name.
	Delivery *BucketSecret
}

// BucketSecret is the Secret by which pods use a bucket.
type BucketSecret struct {
	Namespace, Name string
	Endpoint        string
	// Region that requests are signed with.
	Region string
	// AccessKey names the keys. It isn't secret; the other half never comes here.
	AccessKey string
	// Chart that makes the Secret.
	Chart Addon
}

// maxBucketName is the longest name of a bucket in S3.
const maxBucketName = 63

// defaultSigningRegion is what S3 clients sign with when nobody names a region.
const defaultSigningRegion = "us-east-1"

// chartBucket is the add-on whose chart makes the Secret.
const chartBucket = "bucket-credentials"

func (s *Storage) planBucket(claim *v1alpha1.StorageSpec, cloud *v1alpha1.Cloud, w StorageWorld) error {
	have := w.Have
	existing := have.Get(KeyBucket)
	s.Bucket = &Bucket{
		Name:           s.Home.Prefix,
		Region:         cloud.Region,
		ProviderConfig: providerConfigOf(cloud),
		Size:           claim.Size,
	}
	if len(s.Bucket.Name) > maxBucketName {
		return refusal.New("metadata.name", s.Team.Name, fmt.Sprintf("makes a bucket name of more than %d characters", maxBucketName), "Create the Storage with a shorter name.")
	}
	if err := s.Target.checkStays(existing, s.Bucket.ProviderConfig); err != nil {
		return err
	}
	s.awaitCluster(have, KeyBucket)
	if cloud.Buckets == nil {
		if existing.Exists() {
			s.Warnings = append(s.Warnings, fmt.Sprintf("Cloud %s names no S3 API, so the bucket's keys aren't delivered.", cloud.Name))
			return nil
		}
		return refusal.New("spec.accessMode", claim.AccessMode, fmt.Sprintf("needs buckets, which cloud %q of KubernetesCluster %s doesn't have", cloud.Name, s.Target.Name),
			"Use ReadWriteOnce, or a cluster on another cloud.")
	}
	s.Bucket.Delivery = &BucketSecret{
		Namespace: claim.Namespace,
		Name:      limited(s.Team.Name, maxSecretName-len(bucketSuffix)) + bucketSuffix,
		Endpoint:  cloud.Buckets.Endpoint,
		Region:    firstOf(firstOf(cloud.Buckets.Region, cloud.Region), defaultSigningRegion),
		AccessKey: firstOf(observed.At(have.Get(KeyBucketKeys), "status", "atProvider", "access").Text(), observed.At(have.Get(KeyBucketSecret), "spec", "forProvider", "values", "accessKeyID").Text()),
	}
	var err error
	if s.Bucket.Delivery.Chart, err = chartOf(w.Platform, chartBucket); err != nil {
		return err
	}
	s.awaitCluster(have, KeyBucketKeys, KeyBucketSecret)
	if !have.Has(KeyBucketSecret) && (s.Bucket.Delivery.AccessKey == "" || len(have.Get(KeyBucketKeys).Connection) == 0) {
		s.await(KeyBucketSecret, "the keys of the bucket")
	}
	return nil
}

const (
	bucketSuffix = "-bucket"
	// maxSecretName is also that of a Helm release, which has the same name.
	maxSecretName = 53
)

// planBucketVersions plans what snapshots mean for a bucket: it keeps old versions,
// all the time.
func (s *Storage) planBucketVersions(claim *v1alpha1.StorageSpec, cloud *v1alpha1.Cloud, w StorageWorld) error {
	asked := claim.Snapshots != nil
	if asked || observed.At(w.Have.Get(KeyBucket), "spec", "forProvider", "versioning").Exists() {
		s.Bucket.Versioning = &asked
	}
	age := ""
	if asked {
		age = string(claim.Snapshots.Retention.Age)
	}
	told := w.Have.Has(KeyBucketLifecycle)
	if age == "" && !told {
		return nil
	}
	if age != "" && !told && (cloud.Buckets == nil || !boolOf(cloud.Buckets.Lifecycle, false)) {
		return refusal.New("spec.snapshots.retention.age", age, fmt.Sprintf("can't be done on cloud %q, whose buckets have no lifecycle", cloud.Name),
			"Leave it out, and delete old versions yourself.")
	}
	return s.planLifecycle(age, w)
}

// planLifecycle tells the S3 API how long old versions live, and also when they are
// to live for ever again.
func (s *Storage) planLifecycle(age string, w StorageWorld) error {
	if s.Bucket.Delivery == nil {
		return nil // It stays as it is.
	}
	if age != "" {
		hours, err := hoursOf("spec.snapshots.retention.age", age)
		if err != nil {
			return err
		}
		s.Bucket.ExpireDays = (hours + hoursOfDay - 1) / hoursOfDay
	}
	var err error
	s.Bucket.Lifecycle, err = toolOf(w.Platform, toolAWS)
	s.awaitCluster(w.Have, KeyBucketLifecycle)
	return err
}

// chartOf returns an add-on that no cluster has, but Storages bring.
func chartOf(p *v1alpha1.PlatformSpec, name string) (Addon, error) {
	for _, a := range p.Addons {
		if a.Name == name {
			return Addon{Name: a.Name, Chart: a.Chart, Repository: a.Repository, Version: a.Version}, nil
		}
	}
	return Addon{}, fmt.Errorf("cannot find add-on %q in the catalogue (catalog/defaults.yaml)", name)
}
