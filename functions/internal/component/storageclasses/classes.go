package storageclasses

import (
	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

const (
	keySnapshotClassRWO = "snapshot-class-rwo"
	keySnapshotClassRWX = "snapshot-class-rwx"

	// yes is how parameters, labels and annotations say it.
	yes = "true"
	// parameterType is the type of volumes and of shares.
	parameterType = "type"

	cinderDriver = "cinder.csi.openstack.org"
	// manilaDriver is the driver for one protocol: the chart puts it in front.
	manilaDriver = "nfs.manila.csi.openstack.org"
)

// storageClass is a StorageClass. Its name is a promise to teams; all but the
// labels, annotations and expansion can't be changed.
type storageClass struct {
	external.Meta        `json:",inline"`
	Provisioner          string            `json:"provisioner"`
	Parameters           map[string]string `json:"parameters,omitempty"`
	ReclaimPolicy        string            `json:"reclaimPolicy"`
	VolumeBindingMode    string            `json:"volumeBindingMode"`
	AllowVolumeExpansion bool              `json:"allowVolumeExpansion"`
}

// snapshotClass is a VolumeSnapshotClass.
type snapshotClass struct {
	external.Meta  `json:",inline"`
	Driver         string            `json:"driver"`
	DeletionPolicy string            `json:"deletionPolicy"`
	Parameters     map[string]string `json:"parameters,omitempty"`
}

// blockClasses are the classes of volumes: the default one, and one for each
// performance of the cloud.
func blockClasses(p *plan.Cluster) []render.Resource {
	class := blockClass(p, ClassRWO, plan.KeyStorageClassRWO, p.Cloud.VolumeType)
	class.Metadata.Annotations = map[string]string{"storageclass.kubernetes.io/is-default-class": yes}
	snapshots := newSnapshotClass(ClassRWO, cinderDriver)
	// Without it Cinder makes no snapshot of a volume that is in use.
	snapshots.Parameters = map[string]string{"force-create": yes}
	driver := addon.Key("cinder-csi")
	out := []render.Resource{
		addon.Object(p, plan.KeyStorageClassRWO, class, driver),
		addon.Object(p, keySnapshotClassRWO, snapshots, driver, addon.Key(snapshotController)),
	}
	for _, f := range p.Cloud.Performances {
		if f.VolumeType == "" {
			continue
		}
		key := plan.ClassOf(plan.KeyStorageClassRWO, f.Name)
		out = append(out, addon.Object(p, key, blockClass(p, plan.ClassOf(ClassRWO, f.Name), key, f.VolumeType), driver))
	}
	return out
}

func blockClass(p *plan.Cluster, name, key, volumeType string) *storageClass {
	class := newStorageClass(name, cinderDriver)
	// The scheduler chooses the node first, then the volume is made in its zone.
	class.VolumeBindingMode = "WaitForFirstConsumer"
	m := made(p, key, plan.StorageClass{Type: volumeType, Zone: p.Cloud.VolumeZone})
	for parameter, value := range map[string]string{parameterType: m.Type, "availability": m.Zone} {
		if value == "" {
			continue
		}
		if class.Parameters == nil {
			class.Parameters = map[string]string{}
		}
		class.Parameters[parameter] = value
	}
	return class
}

// shareClasses are the classes of shares: the usual one, and one for each
// performance of the cloud.
func shareClasses(p *plan.Cluster) []render.Resource {
	snapshots := newSnapshotClass(ClassRWX, manilaDriver)
	snapshots.Parameters = loginsFor("snapshotter")
	driver := addon.Key("manila-csi")
	out := []render.Resource{
		addon.Object(p, plan.KeyStorageClassRWX, shareClass(p, ClassRWX, plan.KeyStorageClassRWX, p.Cloud.ShareType), driver),
		addon.Object(p, keySnapshotClassRWX, snapshots, driver, addon.Key(snapshotController)),
	}
	for _, f := range p.Cloud.Performances {
		if f.ShareType == "" {
			continue
		}
		key := plan.ClassOf(plan.KeyStorageClassRWX, f.Name)
		out = append(out, addon.Object(p, key, shareClass(p, plan.ClassOf(ClassRWX, f.Name), key, f.ShareType), driver))
	}
	return out
}

func shareClass(p *plan.Cluster, name, key, shareType string) *storageClass {
	// One range, not one for each IP family: drivers before 1.35 take the whole
	// text for one. Without a range the share is open to everyone.
	m := made(p, key, plan.StorageClass{Type: shareType, ShareClient: p.Network.NodeCIDR})
	class := newStorageClass(name, manilaDriver)
	// A share is reached from every zone, so there is nothing to wait for.
	class.VolumeBindingMode = "Immediate"
	class.Parameters = loginsFor("provisioner", "controller-expand", "node-stage", "node-publish")
	class.Parameters[parameterType] = m.Type
	class.Parameters["nfs-shareClient"] = m.ShareClient
	return class
}

// made returns what the class was made with, or what it is to be made with.
func made(p *plan.Cluster, key string, otherwise plan.StorageClass) plan.StorageClass {
	if m, ok := p.Facts.StorageClasses[key]; ok {
		return m
	}
	return otherwise
}

// loginsFor names the driver's Secret for each kind of call.
func loginsFor(calls ...string) map[string]string {
	out := map[string]string{}
	for _, c := range calls {
		out["csi.storage.k8s.io/"+c+"-secret-name"] = shareSecret
		out["csi.storage.k8s.io/"+c+"-secret-namespace"] = namespace
	}
	return out
}

func newStorageClass(name, driver string) *storageClass {
	return &storageClass{
		Meta:                 external.Meta{APIVersion: "storage.k8s.io/v1", Kind: "StorageClass", Metadata: external.ObjectMeta{Name: name}},
		Provisioner:          driver,
		ReclaimPolicy:        "Delete",
		AllowVolumeExpansion: true,
	}
}

// newSnapshotClass returns a class that Velero finds, and that is its driver's
// default.
func newSnapshotClass(name, driver string) *snapshotClass {
	return &snapshotClass{
		Meta: external.Meta{
			APIVersion: "snapshot.storage.k8s.io/v1", Kind: "VolumeSnapshotClass",
			Metadata: external.ObjectMeta{
				Name:        name,
				Labels:      map[string]string{"velero.io/csi-volumesnapshot-class": yes},
				Annotations: map[string]string{"snapshot.storage.kubernetes.io/is-default-class": yes},
			},
		},
		Driver:         driver,
		DeletionPolicy: "Delete",
	}
}
