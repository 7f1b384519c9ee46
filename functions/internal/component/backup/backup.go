// Package backup backs clusters up, with Velero, into a bucket that outlives them,
// and brings backups back.
//
// It doesn't know what a backup is worth: what was taken, and when the next one is
// due, the plan has read.
package backup

import (
	_ "embed"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/component/cloudprovider"
	"github.com/skerry-dev/skerry/functions/internal/component/cni"
	"github.com/skerry-dev/skerry/functions/internal/component/policies"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/external/openstack"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

const (
	name = "velero"
	// Namespace of Velero in clusters.
	Namespace = "velero"
	// secretName is the Secret with the keys of the bucket; values.yaml names it.
	secretName = "backup-bucket"
	// rollbackLimit is how often a release is tried again (see package addon).
	rollbackLimit int32 = 1000
	// secretChart is the add-on whose chart makes the Secret.
	secretChart = "bucket-credentials" //nolint:gosec // a name, no credential
	keyClaim    = "backup-claim"
	keyLocation = "backup-location"
	// keyNamespace is the namespace of all that.
	keyNamespace = "backup-namespace"
)

//go:embed values.yaml
var valuesYAML []byte

var fixed = addon.Parse(valuesYAML)

// values are what the plan varies of the chart.
type values struct {
	Configuration   configuration `json:"configuration"`
	InitContainers  []plugin      `json:"initContainers"`
	DeployNodeAgent bool          `json:"deployNodeAgent"`
}

type configuration struct {
	BackupStorageLocation []location `json:"backupStorageLocation"`
}

// location is a BackupStorageLocation as the chart takes it.
type location struct {
	Name     string `json:"name"`
	Provider string `json:"provider"`
	Bucket   string `json:"bucket"`
	Default  bool   `json:"default"`
	// CACert is the authority that a private cloud's store is trusted by, in base64.
	CACert string         `json:"caCert,omitempty"`
	Config locationConfig `json:"config"`
}

// locationConfig is for the plugin for S3. Ceph's S3 API refuses the checksums that
// newer clients send by themselves: hence none.
type locationConfig struct {
	Region            string `json:"region"`
	S3ForcePathStyle  string `json:"s3ForcePathStyle"`
	S3URL             string `json:"s3Url"`
	ChecksumAlgorithm string `json:"checksumAlgorithm"`
}

// plugin is the init container that brings Velero's plugin.
type plugin struct {
	Name         string  `json:"name"`
	Image        string  `json:"image"`
	VolumeMounts []mount `json:"volumeMounts"`
}

type mount struct {
	Name      string `json:"name"`
	MountPath string `json:"mountPath"`
}

// Render returns the bucket with its keys, Velero, the schedule, and the restore that
// is asked for; or nothing.
func Render(p *plan.Cluster) (render.Set, error) {
	// What was restored stays in the cluster when its order goes.
	set := render.Set{Families: []render.Family{{Prefix: plan.KeyRestore, Withdraw: true}, {Prefix: plan.KeyDrill, Withdraw: true}}}
	b := p.Backup
	if b == nil {
		return set, nil
	}
	set.Add(bucket(p, plan.KeyBackupBucket, b.Bucket), keys(p), addon.Object(p, keyNamespace, namespace()))
	secret, err := delivery(p)
	if err != nil {
		return render.Set{}, err
	}
	velero, err := addon.Render(p, addon.Release{
		Name: name, Namespace: Namespace, Fixed: fixed,
		Values: &values{
			Configuration:   configuration{BackupStorageLocation: []location{{Name: "default", Provider: provider, Bucket: b.Bucket, Default: true, CACert: authority(p), Config: configOf(b)}}},
			InitContainers:  []plugin{{Name: "velero-plugin-for-aws", Image: b.Plugin, VolumeMounts: []mount{{Name: "plugins", MountPath: "/target"}}}},
			DeployNodeAgent: b.Volumes,
		},
		After: []string{cni.Key(p), cloudprovider.Key(), plan.KeyBackupSecret},
	})
	if err != nil {
		return render.Set{}, err
	}
	set.Add(secret, velero,
		addon.Object(p, keyClaim, claimOf(b)),
		addon.Object(p, plan.KeyBackupSchedule, scheduleOf(b), addon.Key(name)))
	if b.Last != "" {
		set.Add(addon.Observed(p, plan.KeyBackupLast, newVelero("Backup", b.Last)))
	}
	if b.Last != "" && b.Volumes {
		set.Add(addon.Collected(p, plan.KeyBackupCopies, copiesOf(b.Last)))
	}
	set.Add(restore(p)...)
	set.Add(drill(p)...)
	etcd, err := snapshots(p)
	set.Add(etcd...)
	return set, err
}

// provider is Velero's name for S3.
const provider = "aws"

func authority(p *plan.Cluster) string {
	return base64.StdEncoding.EncodeToString([]byte(p.Cloud.CACertificate))
}

func configOf(b *plan.Backup) locationConfig {
	return locationConfig{Region: b.SigningRegion, S3ForcePathStyle: "true", S3URL: b.Endpoint}
}

// namespace is Velero's. What copies volumes and what takes snapshots of etcd mount
// folders of their node, which Pod Security refuses elsewhere.
func namespace() *kubernetes.Namespace {
	n := kubernetes.NewNamespace(Namespace)
	n.Metadata.Labels = map[string]string{"pod-security.kubernetes.io/enforce": "privileged"}
	return n
}

// bucket outlives the cluster: the backups in it are kept for their time.
func bucket(p *plan.Cluster, key, name string) render.Resource {
	c := openstack.NewContainer(openstack.Container{
		Name: name, Region: p.Backup.Region,
		Metadata: map[string]string{"Skerry-Backups-Of": p.Team.Namespace + "/" + p.Team.Name},
	}).At(p.Home.Namespace, p.Home.Name(key), p.Backup.ProviderConfig)
	c.Spec.ManagementPolicies = external.KeepOnDelete()
	return render.Resource{Key: key, Body: c, Ready: readiness.ManagedWithID}
}

func keys(p *plan.Cluster) render.Resource {
	k := openstack.NewEC2Credential(openstack.EC2Credential{Region: p.Backup.Region}).
		At(p.Home.Namespace, p.Home.Name(plan.KeyBackupKeys), p.Backup.ProviderConfig)
	k.Spec.WriteConnectionSecretToRef = &external.NameRef{Name: k.Metadata.Name}
	return render.Resource{Key: plan.KeyBackupKeys, Body: k, Ready: readiness.ManagedWithID}
}

// secretValues are the values of our chart bucket-credentials, but for the secret part.
type secretValues struct {
	SecretName  string `json:"secretName"`
	Endpoint    string `json:"endpoint"`
	Region      string `json:"region"`
	Bucket      string `json:"bucket"`
	AccessKeyID string `json:"accessKeyID"`
}

// delivery brings the keys into the cluster. It is a release because an Object would
// show them in its status.
func delivery(p *plan.Cluster) (render.Resource, error) {
	b := p.Backup
	chart, ok := p.Addons[secretChart]
	if !ok {
		return render.Resource{}, fmt.Errorf("cannot find add-on %q in the catalogue (catalog/defaults.yaml)", secretChart)
	}
	v, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&secretValues{
		SecretName: secretName, Endpoint: b.Endpoint, Region: b.SigningRegion, Bucket: b.Bucket, AccessKeyID: b.AccessKey,
	})
	if err != nil {
		return render.Resource{}, fmt.Errorf("cannot encode the values of chart %q: %w", chart.Name, err)
	}
	rel := helm.NewRelease(p.Home.Namespace, p.Home.Name(plan.KeyBackupSecret))
	rel.Metadata.Annotations = map[string]string{"crossplane.io/external-name": secretName}
	rel.Spec.ManagementPolicies = external.KeepOnDelete()
	rel.Spec.ProviderConfigRef = addon.WorkloadProviderConfig(p)
	limit := rollbackLimit
	rel.Spec.RollbackLimit = &limit
	rel.Spec.ForProvider = helm.ReleaseParameters{
		Namespace:  Namespace,
		Chart:      helm.Chart{Name: chart.Chart, Repository: chart.Repository, Version: chart.Version},
		MaxHistory: 3,
		Values:     v,
		Set: []helm.SetValue{{
			Name:      "secretAccessKey",
			ValueFrom: helm.ValueFrom{SecretKeyRef: helm.SecretKeyRef{Name: p.Home.Name(plan.KeyBackupKeys), Key: "attribute.secret"}},
		}},
	}
	r := render.Resource{
		Key: plan.KeyBackupSecret, Body: rel, Ready: readiness.Managed,
		After: []string{plan.KeyBackupBucket, plan.KeyBackupKeys, keyNamespace}, Uses: []string{plan.KeyBackupKeys},
	}
	switch {
	case !p.Facts.Machines.Reachable:
		r.Awaits = "the Kubernetes API of the cluster"
	case b.AccessKey == "":
		r.Awaits = "the keys of the bucket for backups"
	}
	return r, nil
}

// veleroObject is an object of Velero's of which only the name counts.
type veleroObject struct {
	external.Meta `json:",inline"`
}

func newVelero(kind, name string) *veleroObject {
	return &veleroObject{Meta: meta(kind, name)}
}

func meta(kind, name string) external.Meta {
	return external.Meta{APIVersion: "velero.io/v1", Kind: kind, Metadata: external.ObjectMeta{Namespace: Namespace, Name: name}}
}

// copiesOf finds the copies that Velero makes of what is in volumes, one for each volume,
// under names that it makes up.
func copiesOf(backup string) kubernetes.Criteria {
	return kubernetes.Criteria{
		APIVersion: "velero.io/v2alpha1", Kind: "DataUpload", Namespace: Namespace,
		Selector: kubernetes.Selector{MatchLabels: map[string]string{plan.BackupNameLabel: backup}},
	}
}

type scheduleObject struct {
	external.Meta `json:",inline"`
	Spec          scheduleSpec `json:"spec"`
}

type scheduleSpec struct {
	Schedule string   `json:"schedule"`
	Paused   bool     `json:"paused"`
	Template template `json:"template"`
}

// template of a backup. An empty list of namespaces is all of them.
type template struct {
	// IncludedClusterScopedResources must be said: where Velero itself leaves out the
	// cluster's snapshots, for one, it takes no list for none.
	IncludedClusterScopedResources []string `json:"includedClusterScopedResources"`
	// ExcludedNamespaces is Velero's own: the keys in it open the bucket, and what is
	// encrypted there.
	ExcludedNamespaces []string `json:"excludedNamespaces"`
	TTL                string   `json:"ttl"`
	StorageLocation    string   `json:"storageLocation"`
	SnapshotVolumes    bool     `json:"snapshotVolumes"`
	SnapshotMoveData   bool     `json:"snapshotMoveData"`
}

// scheduleOf copies what is in volumes into the bucket: their snapshots alone would go
// with the cloud's volumes.
func scheduleOf(b *plan.Backup) *scheduleObject {
	return &scheduleObject{Meta: meta("Schedule", b.Name), Spec: scheduleSpec{
		Schedule: b.Schedule, Paused: !b.Taken,
		Template: template{IncludedClusterScopedResources: []string{"*"}, ExcludedNamespaces: []string{Namespace}, TTL: fmt.Sprintf("%dh0m0s", b.Hours), StorageLocation: "default", SnapshotVolumes: b.Volumes, SnapshotMoveData: b.Volumes},
	}}
}

// claimOf puts the claim's own configuration where backups find it.
func claimOf(b *plan.Backup) *kubernetes.ConfigMap {
	return kubernetes.NewConfigMap(claimNamespace, claimName, map[string]string{"spec.json": b.Claim})
}

const (
	// claimNamespace is the namespace in clusters of what everybody may know.
	claimNamespace = "kube-public"
	claimName      = "skerry-cluster"
)

// drill restores the claim beside itself, and looks at what came. Nobody waits for it:
// a cluster whose backup is being tried is ready.
func drill(p *plan.Cluster) []render.Resource {
	d := p.Backup.Drill
	if d == nil {
		return nil
	}
	restored := addon.Object(p, plan.KeyDrillRestore, &restoreObject{Meta: meta("Restore", d.Name), Spec: restoreSpec{
		BackupName:             d.Backup,
		IncludedNamespaces:     []string{claimNamespace},
		IncludedResources:      []string{"configmaps"},
		NamespaceMapping:       map[string]string{claimNamespace: plan.DrillNamespace},
		ExistingResourcePolicy: "update",
	}}, addon.Key(name))
	result := addon.Observed(p, plan.KeyDrillResult, kubernetes.NewConfigMap(plan.DrillNamespace, claimName, nil))
	restored.Ready, result.Ready = readiness.Exists, readiness.Exists
	return []render.Resource{restored, result}
}

type locationObject struct {
	external.Meta `json:",inline"`
	Spec          locationSpec `json:"spec"`
}

type locationSpec struct {
	Provider      string         `json:"provider"`
	AccessMode    string         `json:"accessMode"`
	ObjectStorage objectStorage  `json:"objectStorage"`
	Config        locationConfig `json:"config"`
}

type objectStorage struct {
	Bucket string `json:"bucket"`
	CACert string `json:"caCert,omitempty"`
}

type restoreObject struct {
	external.Meta `json:",inline"`
	Spec          restoreSpec `json:"spec"`
}

type restoreSpec struct {
	BackupName         string   `json:"backupName,omitempty"`
	ScheduleName       string   `json:"scheduleName,omitempty"`
	IncludedNamespaces []string `json:"includedNamespaces,omitempty"`
	ExcludedNamespaces []string `json:"excludedNamespaces,omitempty"`
	IncludedResources  []string `json:"includedResources,omitempty"`
	ExcludedResources  []string `json:"excludedResources,omitempty"`
	// IncludeClusterResources brings back what is in no namespace: without it Velero
	// leaves that out as soon as one namespace is.
	IncludeClusterResources bool              `json:"includeClusterResources,omitempty"`
	NamespaceMapping        map[string]string `json:"namespaceMapping,omitempty"`
	// ExistingResourcePolicy "update" takes the place of what is there.
	ExistingResourcePolicy string `json:"existingResourcePolicy,omitempty"`
}

// restore brings a backup back once Velero has looked into the bucket that has it.
// What exists already in the cluster stays as it is.
func restore(p *plan.Cluster) []render.Resource {
	b := p.Backup
	r := b.Restore
	if r == nil {
		return nil
	}
	source := addon.Observed(p, keyLocation, newVelero("BackupStorageLocation", "default"))
	source.After = []string{addon.Key(name)}
	if r.Bucket != "" {
		source = addon.Object(p, plan.KeyRestoreSource, &locationObject{
			Meta: meta("BackupStorageLocation", "restore-source"),
			Spec: locationSpec{Provider: provider, AccessMode: "ReadOnly", ObjectStorage: objectStorage{Bucket: r.Bucket, CACert: authority(p)}, Config: configOf(b)},
		}, addon.Key(name))
	}
	source.Ready = readiness.BackupLocation
	o := &restoreObject{Meta: meta("Restore", r.Name), Spec: restoreSpec{IncludedNamespaces: r.Namespaces}}
	if len(r.Namespaces) == 0 {
		o.Spec.ExcludedNamespaces, o.Spec.ExcludedResources, o.Spec.IncludeClusterResources = ours(), ofMachines(), true
	}
	if r.Latest {
		o.Spec.ScheduleName = r.From
	} else {
		o.Spec.BackupName = r.Backup
	}
	return []render.Resource{source, addon.Object(p, r.Key(), o, source.Key)}
}

// ofMachines are resources that tell of the nodes and addresses of the cluster that was
// backed up: in another one they would be of nobody, and in the way. The first ones Velero
// never restores, and would add to the list itself.
func ofMachines() []string {
	return []string{
		"nodes", "events", "events.events.k8s.io", "backups.velero.io", "restores.velero.io", "resticrepositories.velero.io",
		"csinodes.storage.k8s.io", "volumeattachments.storage.k8s.io", "backuprepositories.velero.io",
		"certificatesigningrequests.certificates.k8s.io",
		"ciliumnodes.cilium.io", "ciliumidentities.cilium.io", "ciliumendpoints.cilium.io",
		"blockaffinities.crd.projectcalico.org", "ipamblocks.crd.projectcalico.org", "ipamhandles.crd.projectcalico.org",
		"caliconodestatuses.crd.projectcalico.org", "clusterinformations.crd.projectcalico.org",
	}
}

// ours are the namespaces that a new cluster has of its own.
func ours() []string {
	out := append(policies.SystemNamespaces(), "kube-node-lease", claimNamespace, plan.DrillNamespace)
	slices.SortFunc(out, strings.Compare)
	return out
}
