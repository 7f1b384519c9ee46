package plan

import (
	"strings"

	"github.com/skerry-dev/skerry/functions/internal/observed"
)

// Keys of the StorageClasses that a plan reads facts from. Those of a performance
// end in its name.
const (
	KeyStorageClassRWO = "storage-class-rwo"
	KeyStorageClassRWX = "storage-class-rwx"
)

// Names of the StorageClasses of a cluster, and of their VolumeSnapshotClasses.
// They are a promise to teams.
const (
	// ClassRWO is the class of volumes, the default one.
	ClassRWO = "skerry-rwo"
	// ClassRWX is the class of shares.
	ClassRWX = "skerry-rwx"
)

// ClassOf returns the name, or the key, of the class of a performance.
func ClassOf(base, performance string) string { return base + "-" + performance }

// StorageClass is what a StorageClass of a cluster was made with. Kubernetes
// lets nobody change the parameters of one, and provider-kubernetes would try
// for ever, so they stay as made whatever the platform says today. To get the
// platform's, delete the class in the cluster and then its Object: volumes don't
// need the class that they came from.
type StorageClass struct {
	// Type of the volumes or shares; empty means the cloud's default.
	Type string
	// ShareClient is the range that may mount shares.
	ShareClient string
	// Zone of the volumes; empty means that of their node.
	Zone string
}

// storageClasses returns the classes that exist, by key. One that hasn't been
// observed yet isn't there.
func storageClasses(have observed.Set) map[string]StorageClass {
	out := map[string]StorageClass{}
	for key, o := range have {
		if !strings.HasPrefix(key, KeyStorageClassRWO) && !strings.HasPrefix(key, KeyStorageClassRWX) {
			continue
		}
		class := liveOf(o)
		if !class.Exists() {
			continue
		}
		parameters := class.Field("parameters")
		out[key] = StorageClass{Type: parameters.Field("type").Text(), ShareClient: parameters.Field("nfs-shareClient").Text(), Zone: parameters.Field("availability").Text()}
	}
	return out
}
