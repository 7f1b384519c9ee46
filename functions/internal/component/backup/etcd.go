package backup

import (
	"fmt"

	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

const (
	// etcdSnapshots is the add-on, its release, and the CronJob in it.
	etcdSnapshots = "etcd-snapshots"
	// keyChart is the add-on whose chart makes a key.
	keyChart = "encryption-key"
)

// etcdValues are the values of our chart etcd-snapshots, but for the key.
type etcdValues struct {
	Schedule                 string `json:"schedule"`
	Suspend                  bool   `json:"suspend"`
	Retention                string `json:"retention"`
	Cluster                  string `json:"cluster"`
	Repository               string `json:"repository"`
	KeysSecret               string `json:"keysSecret"`
	CertificateAuthorityFile string `json:"certificateAuthorityFile,omitempty"`
	EtcdImage                string `json:"etcdImage"`
	ResticImage              string `json:"resticImage"`
}

// keyValues are the values of our chart encryption-key.
type keyValues struct {
	SecretName string            `json:"secretName"`
	Labels     map[string]string `json:"labels"`
}

// snapshots of etcd are encrypted in the cluster, with a key that the management cluster
// keeps, and go into a bucket of their own: Velero takes one that holds anything else for
// broken.
func snapshots(p *plan.Cluster) ([]render.Resource, error) {
	e := p.Backup.Etcd
	if e == nil {
		return nil, nil
	}
	key, err := encryptionKey(p)
	if err != nil {
		return nil, err
	}
	values := &etcdValues{
		Schedule: e.Schedule, Suspend: !e.Taken, Retention: fmt.Sprintf("%dh", p.Backup.Hours), Cluster: p.Team.Name,
		Repository: "s3:" + p.Backup.Endpoint + "/" + e.Bucket, KeysSecret: secretName, EtcdImage: e.EtcdImage, ResticImage: e.ResticImage,
	}
	if p.Cloud.CACertificate != "" {
		values.CertificateAuthorityFile = plan.CloudCAFile
	}
	job, err := addon.Render(p, addon.Release{
		Name: etcdSnapshots, Namespace: Namespace, Values: values, AtOnce: true,
		Secrets: []helm.SetValue{{Name: "key", ValueFrom: helm.ValueFrom{SecretKeyRef: helm.SecretKeyRef{Name: e.Bucket, Key: "key"}}}},
		After:   []string{plan.KeyEtcdBucket, plan.KeyEtcdKey, plan.KeyBackupSecret},
	})
	if err != nil {
		return nil, err
	}
	job.Key = etcdSnapshots
	seen := addon.Observed(p, plan.KeyEtcdJob, &external.Meta{
		APIVersion: "batch/v1", Kind: "CronJob", Metadata: external.ObjectMeta{Namespace: Namespace, Name: etcdSnapshots},
	})
	seen.After = []string{job.Key}
	return []render.Resource{bucket(p, plan.KeyEtcdBucket, e.Bucket), key, job, seen}, nil
}

// encryptionKey makes a key on the management cluster. It belongs to the name of the
// claim, as the bucket does, and stays when the cluster goes: nobody could read what is
// in the bucket without it. It is a release because only a chart can make one that
// nobody has seen.
func encryptionKey(p *plan.Cluster) (render.Resource, error) {
	name := p.Backup.Etcd.Bucket
	// It is the only thing that says, once the cluster is gone, whose backups there are.
	labels := map[string]string{"crossplane.io/claim-namespace": p.Team.Namespace, "crossplane.io/claim-name": p.Team.Name}
	r, err := addon.Render(p, addon.Release{
		Name: keyChart, Namespace: p.Home.Namespace, Values: &keyValues{SecretName: name, Labels: labels}, OnManagement: true, AtOnce: true,
	})
	if err != nil {
		return render.Resource{}, err
	}
	rel, is := r.Body.(*helm.Release)
	if !is {
		return render.Resource{}, fmt.Errorf("cannot render add-on %q: got %T", keyChart, r.Body)
	}
	rel.Metadata.Name = p.Home.Name(plan.KeyEtcdKey)
	rel.Metadata.Annotations = map[string]string{"crossplane.io/external-name": name}
	rel.Spec.ManagementPolicies = external.KeepOnDelete()
	r.Key, r.Ready = plan.KeyEtcdKey, readiness.Managed
	return r, nil
}
