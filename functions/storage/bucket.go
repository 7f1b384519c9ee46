package main

import (
	"encoding/json"
	"fmt"
	"strconv"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/external/openstack"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// bucket makes a container in the cloud, keys for it, and the Secret by which
// pods use it. The keys go with the Storage also when the bucket is kept: nobody
// would look after them any more.
func bucket(p *plan.Storage) ([]render.Resource, error) {
	b := p.Bucket
	// Swift's quota. A cloud without that filter keeps it as plain metadata.
	about := metadata(p)
	about["Quota-Bytes"] = strconv.FormatInt(b.Size.Value(), 10)
	c := openstack.NewContainer(openstack.Container{
		Name: b.Name, Region: b.Region, Metadata: about,
		Versioning: b.Versioning, ForceDestroy: p.Keep.Deletes(),
	}).At(p.Home.Namespace, p.Home.Name(plan.KeyBucket), b.ProviderConfig)
	c.Metadata.Annotations = remembering(p)
	c.Spec.ManagementPolicies = inCloud(p)
	out := []render.Resource{{Key: plan.KeyBucket, Body: c, Ready: readiness.ManagedWithID}}
	if b.Delivery == nil {
		return out, nil
	}
	keys := openstack.NewEC2Credential(openstack.EC2Credential{Region: b.Region}).
		At(p.Home.Namespace, p.Home.Name(plan.KeyBucketKeys), b.ProviderConfig)
	keys.Spec.WriteConnectionSecretToRef = &external.NameRef{Name: keys.Metadata.Name}
	secret, err := bucketSecret(p)
	out = append(out, render.Resource{Key: plan.KeyBucketKeys, Body: keys, Ready: readiness.ManagedWithID}, secret)
	if err != nil || b.Lifecycle == "" {
		return out, err
	}
	l, err := lifecycle(p)
	return append(out, l), err
}

// bucketValues are the values of our chart bucket-credentials, but for the secret
// part.
type bucketValues struct {
	SecretName  string            `json:"secretName"`
	Labels      map[string]string `json:"labels"`
	Endpoint    string            `json:"endpoint"`
	Region      string            `json:"region"`
	Bucket      string            `json:"bucket"`
	AccessKeyID string            `json:"accessKeyID"`
}

// rollbackLimit is how often provider-helm tries a release again that failed.
// Without one it never does (see package addon).
const rollbackLimit int32 = 1000

// bucketSecret brings the keys into the cluster. It is a release because an
// Object would show them in its status.
func bucketSecret(p *plan.Storage) (render.Resource, error) {
	d := p.Bucket.Delivery
	values, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&bucketValues{
		SecretName: d.Name, Labels: map[string]string{labelStorage: p.Label},
		Endpoint: d.Endpoint, Region: d.Region, Bucket: p.Bucket.Name, AccessKeyID: d.AccessKey,
	})
	if err != nil {
		return render.Resource{}, fmt.Errorf("cannot encode the values of chart %q: %w", d.Chart.Name, err)
	}
	rel := helm.NewRelease(p.Home.Namespace, p.Home.Name(plan.KeyBucketSecret))
	rel.Metadata.Annotations = map[string]string{"crossplane.io/external-name": d.Name}
	rel.Spec.ManagementPolicies = withStorage(p)
	rel.Spec.ProviderConfigRef = p.Target.ProviderConfig
	limit := rollbackLimit
	rel.Spec.RollbackLimit = &limit
	rel.Spec.ForProvider = helm.ReleaseParameters{
		Namespace:  d.Namespace,
		Chart:      helm.Chart{Name: d.Chart.Chart, Repository: d.Chart.Repository, Version: d.Chart.Version},
		MaxHistory: 3,
		Values:     values,
		Set: []helm.SetValue{{
			Name:      "secretAccessKey",
			ValueFrom: helm.ValueFrom{SecretKeyRef: helm.SecretKeyRef{Name: p.Home.Name(plan.KeyBucketKeys), Key: "attribute.secret"}},
		}},
	}
	return render.Resource{
		Key: plan.KeyBucketSecret, Body: rel, Ready: readiness.Managed,
		After: []string{plan.KeyBucket, plan.KeyBucketKeys}, Uses: []string{plan.KeyBucketKeys},
	}, nil
}

// nobody is a user without rights.
const nobody int64 = 65534

// The lifecycle of a bucket, as the S3 API takes it.
type lifecycleRules struct {
	Rules []lifecycleRule `json:"Rules"`
}

type lifecycleRule struct {
	ID                          string            `json:"ID"`
	Status                      string            `json:"Status"`
	Filter                      map[string]string `json:"Filter"`
	NoncurrentVersionExpiration noncurrent        `json:"NoncurrentVersionExpiration"`
}

type noncurrent struct {
	NoncurrentDays int64 `json:"NoncurrentDays"`
}

// lifecycleArgs tell the S3 API how long old versions live: for ever without a rule.
func lifecycleArgs(b *plan.Bucket) ([]string, error) {
	if b.ExpireDays == 0 {
		return []string{"s3api", "delete-bucket-lifecycle", "--bucket", b.Name}, nil
	}
	rules, err := json.Marshal(lifecycleRules{Rules: []lifecycleRule{{
		ID: "skerry-versions", Status: "Enabled", Filter: map[string]string{"Prefix": ""},
		NoncurrentVersionExpiration: noncurrent{NoncurrentDays: b.ExpireDays},
	}}})
	if err != nil {
		return nil, fmt.Errorf("cannot encode the lifecycle: %w", err)
	}
	return []string{"s3api", "put-bucket-lifecycle-configuration", "--bucket", b.Name, "--lifecycle-configuration", string(rules)}, nil
}

// lifecycle runs that. A Job can't be changed, so another age makes another one:
// its name says which.
func lifecycle(p *plan.Storage) (render.Resource, error) {
	b := p.Bucket
	args, err := lifecycleArgs(b)
	if err != nil {
		return render.Resource{}, err
	}
	user := nobody
	job := kubernetes.NewJob(b.Delivery.Namespace, fmt.Sprintf("%s-lifecycle-%dd", b.Delivery.Name, b.ExpireDays), kubernetes.JobSpec{
		BackoffLimit: jobRetries,
		Template: kubernetes.PodTemplate{Spec: kubernetes.PodSpec{
			RestartPolicy:   "Never",
			SecurityContext: kubernetes.PodSecurity{RunAsNonRoot: true, RunAsUser: &user, SeccompProfile: kubernetes.Profile{Type: "RuntimeDefault"}},
			Containers: []kubernetes.Container{{
				Name: "lifecycle", Image: b.Lifecycle,
				Args:            args,
				EnvFrom:         []kubernetes.EnvFrom{{SecretRef: external.NameRef{Name: b.Delivery.Name}}},
				Env:             []kubernetes.EnvVar{{Name: "HOME", Value: "/tmp"}},
				Resources:       requests("10m", "128Mi"),
				SecurityContext: kubernetes.ContainerSecurity{Capabilities: kubernetes.Capabilities{Drop: []string{"ALL"}}},
			}},
		}},
	})
	job.Metadata.Labels = map[string]string{labelStorage: p.Label}
	return render.Resource{
		Key: plan.KeyBucketLifecycle, Body: object(p, plan.KeyBucketLifecycle, onceWithStorage(p), job),
		Ready: jobReady("tells the bucket how long old versions live"), After: []string{plan.KeyBucketSecret}, Uses: []string{plan.KeyBucketSecret},
	}, nil
}

// jobRetries is how often Kubernetes tries a Job's pod again.
const jobRetries int32 = 4

func requests(cpu, memory string) kubernetes.Resources {
	return kubernetes.Resources{Requests: map[string]string{"cpu": cpu, "memory": memory}}
}

// jobReady is ready when the Job is complete. Until then it is doing what the
// phrase says.
func jobReady(doing string) readiness.Check {
	return func(o observed.Value) (bool, string) {
		if ok, why := readiness.Managed(o); !ok {
			return false, why
		}
		job := observed.At(o, "status", "atProvider", "manifest")
		switch {
		case observed.ConditionOf(job, "Complete").Status == "True":
			return true, ""
		case observed.ConditionOf(job, "Failed").Status == "True":
			return false, "has failed: " + readiness.Clean(observed.ConditionOf(job, "Failed").Message)
		}
		return false, doing
	}
}
