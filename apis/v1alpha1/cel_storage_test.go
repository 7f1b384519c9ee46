package v1alpha1_test

import "testing"

const notCron = `must be five fields of cron with numbers, lists, ranges or steps of *, for example "0 3 * * *", or @daily`

func TestCreateStorage(t *testing.T) {
	schedule := func(s string) string { return `spec: {snapshots: {schedule: "` + s + `"}}` }
	either := []string{"spec.migrateFrom: set either storage or persistentVolumeClaim, not both and not neither"}
	runCreate(t, map[string]createCase{
		"Everything": {
			reason: "All fields together are valid.", base: storage,
			patch: `spec: {serviceLevel: Premium, performance: fast, snapshots: {schedule: "0 3 * * *", retention: {count: 14, age: 30d}},
				keep: {policy: Retain, term: 60d}, migrateFrom: {storage: old}}`,
		},
		"Bucket": {
			reason: "A bucket's snapshots are old versions, which age out.", base: storage,
			patch: `spec: {accessMode: Object, snapshots: {retention: {age: 36h}}, keep: {policy: Delete}}`,
		},
		"BucketOnSchedule": {
			reason: "A bucket keeps old versions all the time.", base: storage,
			patch: `spec: {accessMode: Object, snapshots: {schedule: "@daily"}}`,
			want:  []string{"spec: snapshots of a bucket have neither schedule nor retention.count: a bucket keeps every old version of an object. Set snapshots.retention.age, or nothing."},
		},
		"BucketCounts": {
			reason: "Nobody counts the versions of objects.", base: storage,
			patch: `spec: {accessMode: Object, snapshots: {retention: {count: 3}}}`,
			want:  []string{"spec: snapshots of a bucket have neither schedule nor retention.count: a bucket keeps every old version of an object. Set snapshots.retention.age, or nothing."},
		},
		"BucketPerformance": {
			reason: "A bucket is as fast as it is.", base: storage,
			patch: `spec: {accessMode: Object, performance: fast}`,
			want:  []string{"spec: performance is of volumes and shares: a bucket has none. Remove it."},
		},
		"NoSchedule": {
			reason: "Somebody must say when.", base: storage, patch: `spec: {snapshots: {retention: {count: 3}}}`,
			want: []string{`spec: snapshots of a volume or a share need a schedule, for example "0 3 * * *"`},
		},
		"Daily":    {reason: "A word of cron.", base: storage, patch: schedule("@daily")},
		"Lists":    {reason: "Lists, ranges and steps.", base: storage, patch: schedule("0,30 8-18 */2 * 1-5")},
		"Words":    {reason: "Names of days are not understood.", base: storage, patch: schedule("0 3 * * MON"), want: []string{"spec.snapshots.schedule: " + notCron}},
		"SixParts": {reason: "Seconds don't exist.", base: storage, patch: schedule("0 0 3 * * *"), want: []string{"spec.snapshots.schedule: " + notCron}},
		"Age": {
			reason: "An age is hours or days.", base: storage, patch: `spec: {snapshots: {schedule: "@daily", retention: {age: 2w}}}`,
			want: []string{"spec.snapshots.retention.age: must be a number of hours or days, for example 36h or 14d"},
		},
		"DeletedForATerm": {
			reason: "What is deleted has no term.", base: storage, patch: `spec: {keep: {policy: Delete, term: 30d}}`,
			want: []string{"spec.keep: term goes with policy Retain: data that is deleted has none"},
		},
		"NoSource":   {reason: "A migration has a source.", base: storage, patch: `spec: {migrateFrom: {}}`, want: either},
		"TwoSources": {reason: "It has one.", base: storage, patch: `spec: {migrateFrom: {storage: a, persistentVolumeClaim: b}}`, want: either},
		"ShareNetworkOfOneID": {
			reason: "A share network is a network and a subnet.", base: platform,
			patch: `spec: {clouds: [{name: north, providerConfigRef: {name: north}, authURL: "https://k/v3", externalNetwork: {id: 5f7dbb5a-53f6-4c4e-9a7c-1d1b2f5a6c7d},
				shares: {type: nfs, shareNetwork: {networkID: 5f7dbb5a-53f6-4c4e-9a7c-1d1b2f5a6c7d}}}]}`,
			want: []string{"spec.clouds[0].shares.shareNetwork: set both networkID and subnetID, or neither"},
		},
	})
}

func TestUpdateStorage(t *testing.T) {
	source := `spec: {migrateFrom: {storage: old}}`
	runUpdate(t, map[string]updateCase{
		"Level":              {reason: "The level may change.", base: storage, from: `spec: {serviceLevel: Demo}`, to: `spec: {serviceLevel: Premium}`},
		"Keep":               {reason: "What is kept may change.", base: storage, from: `spec: {keep: {policy: Delete}}`, to: `spec: {keep: {policy: Retain, term: 30d}}`},
		"Snapshots":          {reason: "Snapshots come and go.", base: storage, from: `spec: {snapshots: {schedule: "@daily"}}`, to: `spec: {size: 20Gi}`},
		"PerformanceRemoved": {reason: "What was made stays as it was made.", base: storage, from: `spec: {performance: fast}`, to: `spec: {size: 20Gi}`},
		"Performance": {
			reason: "A volume stays on its type.", base: storage, from: `spec: {performance: fast}`, to: `spec: {performance: slow}`,
			want: []string{"spec: performance can't be changed: the data lives on it. Create a new Storage with the other performance and migrateFrom this one."},
		},
		"SourceRemoved": {reason: "When it is done, the source may go.", base: storage, from: source, to: `spec: {size: 20Gi}`},
		"SourceChanged": {
			reason: "Data of two sources would be mixed.", base: storage, from: source, to: `spec: {migrateFrom: {storage: other}}`,
			want: []string{"spec: migrateFrom can't be changed: data of two sources would be mixed. Remove it once the migration is done, or create a new Storage."},
		},
		"SourceAdded": {
			reason: "A Storage in use takes no data in.", base: storage, to: source,
			want: []string{"spec: migrateFrom can be set only when a Storage is created: this one may hold data already. Create a new Storage."},
		},
	})
}
