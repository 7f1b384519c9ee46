package plan

import (
	"slices"
	"strings"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
)

// The kinds of what is kept.
const (
	keptBackups = "Backups"
	keptEtcd    = "EtcdSnapshots"
	keptStorage = "Storage"
)

// keptOf lists what stays in the cloud when the cluster is deleted: its backups, and the
// Storages in it whose data is retained.
func (c *Cluster) keptOf(w ClusterWorld) []v1alpha1.KeptResource {
	var out []v1alpha1.KeptResource
	if b := c.Backup; b != nil {
		out = append(out, v1alpha1.KeptResource{Kind: keptBackups, Name: b.Bucket, For: b.Status.Retention})
		if b.Etcd != nil {
			out = append(out, v1alpha1.KeptResource{Kind: keptEtcd, Name: b.Etcd.Bucket, For: b.Status.Retention})
		}
	}
	if !w.StoragesKnown {
		return append(out, slices.DeleteFunc(slices.Clone(w.Prior.Kept), func(k v1alpha1.KeptResource) bool { return k.Kind != keptStorage })...)
	}
	var storages []v1alpha1.KeptResource
	for _, s := range w.Storages {
		keep := observed.At(s, "status", "keep")
		if observed.At(s, "spec", "clusterRef", "name").Text() != c.Team.Name || keep.Field("policy").Text() != v1alpha1.KeepRetain {
			continue
		}
		storages = append(storages, v1alpha1.KeptResource{Kind: keptStorage, Name: observed.At(s, "metadata", "name").Text(), For: keep.Field("term").Text()})
	}
	slices.SortFunc(storages, func(a, b v1alpha1.KeptResource) int { return strings.Compare(a.Name, b.Name) })
	return append(out, storages...)
}
