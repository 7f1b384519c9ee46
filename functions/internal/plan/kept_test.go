package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
)

// What stays is listed before the cluster is deleted, and the Storages of others aren't.
func TestKept(t *testing.T) {
	storages := []observed.Value{
		existing(t, `{metadata: {name: zoo}, spec: {clusterRef: {name: shop}}, status: {keep: {policy: Retain, term: 90d}}}`),
		existing(t, `{metadata: {name: orders}, spec: {clusterRef: {name: shop}}, status: {keep: {policy: Retain}}}`),
		existing(t, `{metadata: {name: cache}, spec: {clusterRef: {name: shop}}, status: {keep: {policy: Delete}}}`),
		existing(t, `{metadata: {name: young}, spec: {clusterRef: {name: shop}}}`),
		existing(t, `{metadata: {name: other}, spec: {clusterRef: {name: other}}, status: {keep: {policy: Retain}}}`),
	}
	etcd := v1alpha1.KeptResource{Kind: "EtcdSnapshots", Name: planned(t, newWorld(t)).Backup.Etcd.Bucket, For: "14d"}
	backups := v1alpha1.KeptResource{Kind: "Backups", Name: planned(t, newWorld(t)).Backup.Bucket, For: "14d"}
	prior := []v1alpha1.KeptResource{{Kind: "Backups", Name: "skerry-backups-0"}, {Kind: "Storage", Name: "orders"}}
	cases := map[string]struct {
		reason   string
		level    string
		storages []observed.Value
		unread   bool
		want     []v1alpha1.KeptResource
	}{
		"All": {
			reason: "Backups come first, then what is retained in this cluster, by name.", level: "Standard", storages: storages,
			want: []v1alpha1.KeptResource{backups, etcd, {Kind: "Storage", Name: "orders"}, {Kind: "Storage", Name: "zoo", For: "90d"}},
		},
		"Nothing": {reason: "Without backups and Storages nothing stays.", level: "BestEffort"},
		"NotRead": {
			reason: "Storages that weren't read in this call haven't gone.", level: "BestEffort", unread: true,
			want: []v1alpha1.KeptResource{{Kind: "Storage", Name: "orders"}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			plantest.Level(tc.level)(w.claim)
			cw := w.world()
			cw.Storages, cw.StoragesKnown, cw.Prior.Kept = tc.storages, !tc.unread, prior
			p, err := plan.NewCluster(plantest.Owner(), w.claim, cw)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, p.Kept); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}
