package main

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/test/pretend"
)

// TestRefusals: what only the catalogue, the cluster or other Storages can tell is
// refused with the field, the value and the way out, and nothing is made.
func TestRefusals(t *testing.T) {
	elsewhere := func(t *testing.T, change func(spec map[string]any)) func(*pretend.World) {
		return func(w *pretend.World) {
			s := sourceStorage(t)
			change(at(s, "spec"))
			w.Required["Storage"] = []map[string]any{s}
		}
	}
	north := func(change func(cloud map[string]any)) func(*pretend.World) {
		return func(w *pretend.World) { change(northCloud(w.Required["Platform"][0])) }
	}
	cases := map[string]struct {
		reason string
		spec   string
		change func(*pretend.World)
		want   string
	}{
		"Level": {
			reason: "A level that isn't there is answered with those that are.",
			spec:   `{serviceLevel: Gold}`,
			want:   `spec.serviceLevel: "Gold" is not a service level of this platform. Allowed: BestEffort, Demo, Premium, Standard.`,
		},
		"Performance": {
			reason: "So is a performance.",
			spec:   `{performance: nvme}`,
			want:   `spec.performance: "nvme" is not a performance of cloud "north". Allowed: fast, secret, standard.`,
		},
		"PerformanceOfAPlainCloud": {
			reason: "A cloud that names none has one.",
			spec:   `{performance: fast}`,
			change: north(func(cloud map[string]any) { delete(cloud, "performances") }),
			want:   `spec.performance: "fast" is not a performance of cloud "north". Allowed: standard.`,
		},
		"PerformanceOfABucket": {
			reason: "A bucket has none, also without an API server.",
			spec:   `{accessMode: Object, performance: fast}`,
			want:   `spec.performance: "fast" is of volumes and shares, and a bucket has none. Remove it.`,
		},
		"Nothing": {
			reason: "A storage has a size.",
			spec:   `{size: "0"}`,
			want:   `spec.size: "0" is not more than 0. Set for example 20Gi.`,
		},
		"Mode": {
			reason: "An access mode that Kubernetes has and Skerry hasn't.",
			spec:   `{accessMode: ReadOnlyMany}`,
			want:   `spec.accessMode: "ReadOnlyMany" is not an access mode. Allowed: Object, ReadWriteMany, ReadWriteOnce.`,
		},
		"NoShares": {
			reason: "A cloud without Manila has no shares.",
			spec:   `{accessMode: ReadWriteMany}`,
			change: north(func(cloud map[string]any) { delete(cloud, "shares") }),
			want:   `spec.accessMode: "ReadWriteMany" needs shares, which cloud "north" of KubernetesCluster shop doesn't have. Use ReadWriteOnce or Object, or a cluster on another cloud.`,
		},
		"NoBuckets": {
			reason: "A cloud without S3 has no buckets.",
			spec:   `{accessMode: Object}`,
			change: north(func(cloud map[string]any) { delete(cloud, "buckets") }),
			want:   `spec.accessMode: "Object" needs buckets, which cloud "north" of KubernetesCluster shop doesn't have. Use ReadWriteOnce, or a cluster on another cloud.`,
		},
		"NoLifecycle": {
			reason: "Where old versions can't age out nobody may think that they do.",
			spec:   `{accessMode: Object, snapshots: {retention: {age: 30d}}}`,
			change: north(func(cloud map[string]any) { delete(at(cloud, "buckets"), "lifecycle") }),
			want:   `spec.snapshots.retention.age: "30d" can't be done on cloud "north", whose buckets have no lifecycle. Leave it out, and delete old versions yourself.`,
		},
		"Cron": {
			reason: "A schedule has five fields.",
			spec:   `{snapshots: {schedule: "3 * * *"}}`,
			want:   `spec.snapshots.schedule: "3 * * *" is not five fields of cron. Set for example "0 3 * * *", or @daily.`,
		},
		"CronRange": {
			reason: "The schema knows the form of a schedule, and not that a day has 24 hours.",
			spec:   `{snapshots: {schedule: "0 24 * * *"}}`,
			want:   `spec.snapshots.schedule: "0 24 * * *" has "24" for the hour. Set *, a step such as */2, or numbers from 0 to 23.`,
		},
		"Age": {
			reason: "An age has a unit.",
			spec:   `{snapshots: {schedule: "@daily", retention: {age: 2w}}}`,
			want:   `spec.snapshots.retention.age: "2w" is not a number of hours or days. Set for example 36h or 14d.`,
		},
		"SourceUnknown": {
			reason: "A slip in the source's name is answered with those that there are.",
			spec:   `{migrateFrom: {storage: pictures-old}}`,
			want:   `spec.migrateFrom.storage: "pictures-old" is not a Storage in namespace "team-a". Allowed: old-pictures.`,
		},
		"SourceIsItself": {
			reason: "Nothing is copied onto itself.",
			spec:   `{migrateFrom: {storage: pictures}}`,
			want:   `spec.migrateFrom.storage: "pictures" is this Storage itself. Name another one.`,
		},
		"SourceIsItsClaim": {
			reason: "Nor is it under the name that the Storage gives its volume.",
			spec:   `{migrateFrom: {persistentVolumeClaim: pictures}}`,
			want:   `spec.migrateFrom.persistentVolumeClaim: "pictures" is the one that this Storage makes itself. Name another one, or create the Storage under another name.`,
		},
		"SourceInAnotherCluster": {
			reason: "One Job reaches one cluster.",
			spec:   `{migrateFrom: {storage: old-pictures}}`,
			change: elsewhere(t, func(spec map[string]any) { spec["clusterRef"] = map[string]any{"name": "blog"} }),
			want:   `spec.migrateFrom.storage: "old-pictures" is in KubernetesCluster blog and this Storage in shop: nothing reaches both. Name a Storage of the same cluster and namespace, and copy from elsewhere by hand.`,
		},
		"SourceInAnotherNamespace": {
			reason: "And one namespace in it.",
			spec:   `{migrateFrom: {storage: old-pictures}}`,
			change: elsewhere(t, func(spec map[string]any) { spec["namespace"] = "db" }),
			want:   `spec.migrateFrom.storage: "old-pictures" is in namespace db and this Storage in web: nothing reaches both. Name a Storage of the same cluster and namespace, and copy from elsewhere by hand.`,
		},
		"CloudIsGone": {
			reason: "A cloud that has left the Platform.",
			change: func(w *pretend.World) { at(w.Required["KubernetesCluster"][0], "spec")["cloud"] = "west" },
			want:   `spec.clusterRef.name: "shop" runs on cloud "west", which the Platform doesn't have. Ask the platform team to put the cloud back into the Platform.`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := world(t, claims, "volume", "Standard")
			if tc.spec != "" {
				maps.Copy(at(w.Composite, "spec"), parse(t, tc.spec))
			}
			if tc.change != nil {
				tc.change(w)
			}
			rsp := call(t, w)
			if diff := cmp.Diff(tc.want, pretend.Fatal(rsp)); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
			if len(rsp.GetDesired().GetResources()) > 0 {
				t.Errorf("%s\nsomething is made all the same", tc.reason)
			}
		})
	}
}

// TestRefusedChanges: what would lose data is refused for what exists, also
// without an API server.
func TestRefusedChanges(t *testing.T) {
	cases := map[string]struct {
		reason, mode, spec, want string
	}{
		"Performance": {
			reason: "A volume stays on its type.", mode: "snapshots", spec: `{performance: standard}`,
			want: `spec.performance: "standard" can't be changed from fast: the data lives on it. Set it back, or create a new Storage with migrateFrom.`,
		},
		"SourceChanged": {
			reason: "Data of two sources would be mixed.", mode: "migrate-claim", spec: `{migrateFrom: {persistentVolumeClaim: other}}`,
			want: `spec.migrateFrom: "PersistentVolumeClaim other" can't be changed from PersistentVolumeClaim legacy: data of two sources would be mixed. Set it back, or create a new Storage.`,
		},
		"SourceSetLater": {
			reason: "A Storage that is in use takes no data in.", mode: "volume", spec: `{migrateFrom: {persistentVolumeClaim: legacy}}`,
			want: `spec.migrateFrom: "PersistentVolumeClaim legacy" was set after the Storage was made, and it may hold data already. Remove it, and create a new Storage.`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := world(t, claims, tc.mode, "Standard")
			settle(t, w)
			maps.Copy(at(w.Composite, "spec"), parse(t, tc.spec))
			if diff := cmp.Diff(tc.want, pretend.Fatal(call(t, w))); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}
