package plan

import "github.com/skerry-dev/skerry/functions/internal/observed"

// Keys of the StorageClasses that a plan reads facts from.
const (
	KeyStorageClassRWO = "storage-class-rwo"
	KeyStorageClassRWX = "storage-class-rwx"
)

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
}

// storageClasses returns the classes that exist, by key. One that hasn't been
// observed yet isn't there.
func storageClasses(have observed.Set) map[string]StorageClass {
	out := map[string]StorageClass{}
	for _, key := range []string{KeyStorageClassRWO, KeyStorageClassRWX} {
		class := observed.At(have.Get(key), "status", "atProvider", "manifest")
		if !class.Exists() {
			continue
		}
		parameters := class.Field("parameters")
		out[key] = StorageClass{Type: parameters.Field("type").Text(), ShareClient: parameters.Field("nfs-shareClient").Text()}
	}
	return out
}
