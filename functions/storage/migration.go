package main

import (
	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// migration copies with one Job and compares with the next: which of them runs
// says how far it is.
func migration(p *plan.Storage) []render.Resource {
	m := p.Migration
	after := plan.KeyVolume
	if p.Bucket != nil {
		after = plan.KeyBucketSecret
	}
	from, to := sourceEnd(m.From), targetEnd(m.To)
	copying := []string{"copy", from.path, to.path, "--metadata", "--create-empty-src-dirs"}
	verifying := []string{"check", from.path, to.path}
	if m.From.Secret != "" || m.To.Secret != "" {
		// Files and objects have no metadata in common, and an object that was
		// uploaded in parts has no checksum: what is in it is compared.
		copying = copying[:3]
		verifying = append(verifying, "--download")
	}
	copying, verifying = append(copying, options...), append(verifying, options...)
	return []render.Resource{
		{
			Key: plan.KeyMigrationCopy, Body: job(p, plan.KeyMigrationCopy, "copy", copying, from, to),
			Ready: unlessDone(m, jobReady("copies "+m.Source)), After: []string{after}, Uses: []string{after},
		},
		{
			Key: plan.KeyMigrationVerify, Body: job(p, plan.KeyMigrationVerify, "verify", verifying, from, to),
			Ready: unlessDone(m, jobReady("compares the copy with "+m.Source)), After: []string{plan.KeyMigrationCopy}, Uses: []string{after},
		},
	}
}

// options of rclone for both Jobs. The folder is ext4's own.
var options = []string{"--links", "--exclude=/lost+found/**", "--stats=1m", "--stats-one-line", "--log-level=INFO"}

// remembering says from where the data has come, or nothing.
func remembering(p *plan.Storage) map[string]string {
	if p.Migration == nil || p.Migration.Phase != v1alpha1.MigrationDone {
		return nil
	}
	return map[string]string{plan.AnnotationMigrated: p.Migration.Source}
}

// unlessDone asks no more once the migration is done: its Jobs may go.
func unlessDone(m *plan.Migration, check readiness.Check) readiness.Check {
	return func(o observed.Value) (bool, string) {
		if m.Phase == v1alpha1.MigrationDone {
			return true, ""
		}
		return check(o)
	}
}

// jobPolicies: a Job is made until the migration is done, and never again after.
func jobPolicies(p *plan.Storage) []string {
	switch {
	case p.Migration.Phase != v1alpha1.MigrationDone:
		return onceWithStorage(p)
	case p.Target.Ready:
		return external.ObserveAndDelete()
	}
	return external.ObserveOnly()
}

func job(p *plan.Storage, key, step string, args []string, from, to end) *kubernetes.Object {
	m := p.Migration
	root := int64(0)
	j := kubernetes.NewJob(m.Namespace, m.Name+"-"+step, kubernetes.JobSpec{
		BackoffLimit: jobRetries,
		Template: kubernetes.PodTemplate{Spec: kubernetes.PodSpec{
			RestartPolicy:   "Never",
			SecurityContext: kubernetes.PodSecurity{RunAsUser: &root, SeccompProfile: kubernetes.Profile{Type: "RuntimeDefault"}},
			Containers: []kubernetes.Container{{
				Name: step, Image: m.Image, Args: args,
				Env:       append(from.env, to.env...),
				Resources: requests("100m", "256Mi"),
				// Files belong to whoever wrote them, and keep their owners.
				SecurityContext: kubernetes.ContainerSecurity{Capabilities: kubernetes.Capabilities{
					Add: []string{"CHOWN", "DAC_OVERRIDE", "FOWNER"}, Drop: []string{"ALL"},
				}},
				VolumeMounts: append(from.mounts, to.mounts...),
			}},
			Volumes: append(from.volumes, to.volumes...),
		}},
	})
	j.Metadata.Labels = map[string]string{labelStorage: p.Label}
	j.Metadata.Annotations = map[string]string{plan.AnnotationSource: m.Source}
	if m.From.Claim != "" {
		j.Metadata.Annotations[plan.AnnotationSourceClaim] = m.From.Claim
	}
	if m.From.Secret != "" {
		j.Metadata.Annotations[plan.AnnotationSourceBucket] = m.From.Secret
	}
	return object(p, key, jobPolicies(p), j)
}

// An end of a copy: a path of rclone, and what a pod needs to reach it.
type end struct {
	path    string
	env     []kubernetes.EnvVar
	mounts  []kubernetes.VolumeMount
	volumes []kubernetes.PodVolume
}

// sourceEnd is never written to: it is mounted read-only.
func sourceEnd(e plan.MigrationEnd) end {
	if e.Secret != "" {
		return bucketEnd("SOURCE", "source", e.Secret)
	}
	return end{
		path:    "/source",
		mounts:  []kubernetes.VolumeMount{{Name: "source", MountPath: "/source", ReadOnly: true}},
		volumes: []kubernetes.PodVolume{{Name: "source", PersistentVolumeClaim: kubernetes.ClaimVolume{ClaimName: e.Claim, ReadOnly: true}}},
	}
}

func targetEnd(e plan.MigrationEnd) end {
	if e.Secret != "" {
		return bucketEnd("TARGET", "target", e.Secret)
	}
	return end{
		path:    "/target",
		mounts:  []kubernetes.VolumeMount{{Name: "target", MountPath: "/target"}},
		volumes: []kubernetes.PodVolume{{Name: "target", PersistentVolumeClaim: kubernetes.ClaimVolume{ClaimName: e.Claim}}},
	}
}

// bucketEnd makes a remote of rclone out of a bucket's Secret.
func bucketEnd(upper, name, secret string) end {
	from := func(variable, key string) kubernetes.EnvVar {
		return kubernetes.EnvVar{Name: variable, ValueFrom: &kubernetes.EnvSource{SecretKeyRef: kubernetes.SecretKeyRef{Name: secret, Key: key}}}
	}
	remote := "RCLONE_CONFIG_" + upper + "_"
	return end{
		path: name + ":$(" + upper + "_BUCKET)",
		env: []kubernetes.EnvVar{
			from(upper+"_BUCKET", "BUCKET_NAME"),
			{Name: remote + "TYPE", Value: "s3"},
			{Name: remote + "PROVIDER", Value: "Other"},
			{Name: remote + "FORCE_PATH_STYLE", Value: "true"},
			{Name: remote + "NO_CHECK_BUCKET", Value: "true"},
			from(remote+"ENDPOINT", "AWS_ENDPOINT_URL_S3"),
			from(remote+"REGION", "AWS_REGION"),
			from(remote+"ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID"),
			from(remote+"SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY"),
		},
	}
}
