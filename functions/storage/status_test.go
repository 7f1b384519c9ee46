package main

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/functions/internal/component/charttest"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/test/pretend"
)

// TestStatus: what a team reads, and pastes.
func TestStatus(t *testing.T) {
	keep := func(policy, term string) map[string]any {
		k := map[string]any{"policy": policy}
		if term != "" {
			k["term"] = term
		}
		return k
	}
	euro := func(amount string) map[string]any { return map[string]any{"monthly": amount, "currency": "EUR"} }
	mounted := "# in namespace web\ncontainers:\n- volumeMounts:\n  - {name: pictures, mountPath: /data}\nvolumes:\n- name: pictures\n  persistentVolumeClaim: {claimName: pictures}\n"
	cases := map[string]struct {
		reason, mode, level string
		change              func(*pretend.World)
		want                map[string]any
	}{
		"Volume": {
			reason: "The level decides what the claim leaves open.", mode: "volume", level: "Premium",
			want: map[string]any{
				"phase": "Ready", "serviceLevel": "Premium", "performance": "fast", "storageClass": "skerry-rwo-fast",
				"use": "pictures", "claimName": "pictures", "mount": mounted, "keep": keep("Retain", "90d"), "cost": euro("4.20"),
			},
		},
		"Encrypted": {
			reason: "A type that encrypts is seen; it has no price of its own.", mode: "volume", level: "Demo",
			change: func(w *pretend.World) { at(w.Composite, "spec")["performance"] = "secret" },
			want: map[string]any{
				"phase": "Ready", "serviceLevel": "Demo", "performance": "secret", "encrypted": true, "storageClass": "skerry-rwo-secret",
				"use": "pictures", "claimName": "pictures", "mount": mounted, "keep": keep("Delete", ""), "cost": euro("1.80"),
			},
		},
		"OwnLevel": {
			reason: "The claim's own level and policy win over the cluster's.", mode: "volume", level: "Premium",
			change: func(w *pretend.World) {
				maps.Copy(at(w.Composite, "spec"), map[string]any{"serviceLevel": "BestEffort", "keep": map[string]any{"policy": "Retain"}})
			},
			want: map[string]any{
				"phase": "Ready", "serviceLevel": "BestEffort", "performance": "standard", "storageClass": "skerry-rwo",
				"use": "pictures", "claimName": "pictures", "mount": mounted, "keep": keep("Retain", "7d"), "cost": euro("1.80"),
			},
		},
		"Share": {
			reason: "A share has an id in the cloud.", mode: "share", level: "Standard",
			want: map[string]any{
				"phase": "Ready", "serviceLevel": "Standard", "performance": "standard", "storageClass": "skerry-rwx",
				"shareID": pretend.ID(map[string]any{"kind": "ShareV2", "metadata": map[string]any{"name": "pictures-938a0-share"}}),
				"use":     "pictures", "claimName": "pictures", "mount": mounted, "keep": keep("Retain", "30d"), "cost": euro("14.00"),
			},
		},
		"Bucket": {
			reason: "A bucket is used by its Secret.", mode: "bucket", level: "Standard",
			want: map[string]any{
				"phase": "Ready", "serviceLevel": "Standard", "capacity": "1Ti", "bucketName": "pictures-938a0", "secretName": "pictures-bucket",
				"use": "pictures-bucket", "mount": "# in namespace web\ncontainers:\n- envFrom:\n  - secretRef: {name: pictures-bucket}\n",
				"keep": keep("Retain", "30d"), "cost": euro("20.48"),
			},
		},
		"WithoutPrices": {
			reason: "Without prices there is no cost.", mode: "bucket", level: "Demo",
			change: func(w *pretend.World) { delete(northCloud(w.Required["Platform"][0]), "prices") },
			want: map[string]any{
				"phase": "Ready", "serviceLevel": "Demo", "capacity": "1Ti", "bucketName": "pictures-938a0", "secretName": "pictures-bucket",
				"use": "pictures-bucket", "mount": "# in namespace web\ncontainers:\n- envFrom:\n  - secretRef: {name: pictures-bucket}\n",
				"keep": keep("Delete", ""),
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := world(t, claims, tc.mode, tc.level)
			if tc.change != nil {
				tc.change(w)
			}
			rsp := settle(t, w)
			validate(t, claims, w, rsp)
			if diff := cmp.Diff(tc.want, statusIn(rsp)); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestOwnChart checks the values of our own chart against the chart in this
// repository.
func TestOwnChart(t *testing.T) {
	t.Setenv("CHARTS_DIR", "../../package/charts")
	set, err := compose(&plan.Storage{
		Owner:  plan.Owner{Home: plan.Home{Namespace: "skerry-system", Prefix: "pictures-938a0"}},
		Label:  "pictures",
		Bucket: &plan.Bucket{Name: "b", Delivery: &plan.BucketSecret{Namespace: "web", Name: "s", Endpoint: "https://s3", Region: "r", AccessKey: "a", Chart: plan.Addon{Chart: "bucket-credentials"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	charttest.Check(t, "bucket-credentials", set)
}

// TestLastSnapshot: the scheduler in the cluster says when it took one, and what
// keeps it from it.
func TestLastSnapshot(t *testing.T) {
	w := world(t, claims, "snapshots", "Standard")
	settle(t, w)
	live := at(w.Resources["snapshot-schedule"], "status", "atProvider", "manifest")
	live["status"] = map[string]any{"lastSnapshotTime": "2026-11-20T03:00:00Z"}
	rsp := call(t, w)
	if got := statusIn(rsp)["lastSnapshot"]; got != "2026-11-20T03:00:00Z" || !answerOf(rsp).Ready {
		t.Errorf("the last snapshot is %v, ready %t", got, answerOf(rsp).Ready)
	}
	live["status"] = map[string]any{"conditions": []any{map[string]any{"type": "Reconciled", "status": "False", "message": "no class at 2026-11-20T03:00:00Z"}}}
	want := "Delivered=false Waiting: Object pictures-938a0-snapshot-schedule takes no snapshots: no class at …."
	if got := answerOf(call(t, w)); got.Ready || got.Conditions[1] != want {
		t.Errorf("got %+v, want %q", got, want)
	}
}

// TestJobsAreMadeOnce: Kubernetes lets nobody change a Job, so a later image, which
// comes with a later version of the Platform, must not be asked for.
func TestJobsAreMadeOnce(t *testing.T) {
	for mode, key := range map[string]string{"versions": plan.KeyBucketLifecycle, "migrate-claim": plan.KeyMigrationCopy} {
		w := world(t, claims, mode, "Standard")
		w.Become = func(desired map[string]any) map[string]any {
			o := pretend.Ready(desired)
			if m := at(o, "status", "atProvider", "manifest"); m["kind"] == "Job" {
				delete(m, "status")
			}
			return o
		}
		settle(t, w)
		at(w.Required["Platform"][0], "spec")["tools"] = []any{map[string]any{"name": "rclone", "version": "9.9.9"}, map[string]any{"name": "aws-cli", "version": "9.9.9"}}
		job := call(t, w).GetDesired().GetResources()[key]
		if got := policies(job); !slices.Equal(got, []string{"Observe", "Create", "Delete"}) {
			t.Errorf("the policies of %q are %v", key, got)
		}
		if mode == "migrate-claim" && strings.Contains(job.String(), "9.9.9") {
			t.Error("a migration under way gets another image")
		}
	}
}

// TestEarlierVersions: a share that an earlier version left to the driver stays
// with the driver, and a bucket without keys goes on.
func TestEarlierVersions(t *testing.T) {
	w := world(t, claims, "share-dynamic", "Standard")
	settle(t, w)
	delete(at(w.Resources["volume"], "metadata", "labels"), "skerry.dev/performance")
	at(northCloud(w.Required["Platform"][0]), "shares")["provisioning"] = "Static"
	rsp := settle(t, w)
	if got := answerOf(rsp); !cmp.Equal(got.Keys, []string{"uses-cluster", "volume"}) || !got.Ready {
		t.Errorf("a share of the driver became %+v", got)
	}
	if got := statusIn(rsp)["performance"]; got != "standard" {
		t.Errorf("its performance is %v", got)
	}

	w = world(t, claims, "bucket", "Standard")
	settle(t, w)
	w.Resources = map[string]map[string]any{"bucket": w.Resources["bucket"], "uses-cluster": w.Resources["uses-cluster"]}
	delete(northCloud(w.Required["Platform"][0]), "buckets")
	got := answerOf(settle(t, w))
	want := "Accepted=true Accepted: Cloud north names no S3 API, so the bucket's keys aren't delivered."
	if !got.Ready || got.Conditions[0] != want {
		t.Errorf("a bucket without keys became %+v", got)
	}
}

// TestKeptShareHoldsANetwork: what a team must know before it relies on a share
// that outlives its cluster.
func TestKeptShareHoldsANetwork(t *testing.T) {
	const warning = "Accepted=true Accepted: On cloud north a kept share holds the network of its cluster: KubernetesCluster shop can't be removed from the cloud before the share."
	own := map[string]any{"networkID": "22222222-0000-4000-8000-000000000001", "subnetID": "22222222-0000-4000-8000-000000000002", "clientCIDR": "203.0.113.0/24"}
	cases := map[string]struct {
		reason, level string
		network       map[string]any
		warned        bool
		neutron, from string
	}{
		"InTheClusters": {"The share's server is in the cluster's network.", "Standard", map[string]any{}, true, "11111111-0000-4000-8000-000000000001", "10.0.0.0/22"},
		"Deleted":       {"A share that isn't kept holds nothing.", "Demo", map[string]any{}, false, "11111111-0000-4000-8000-000000000001", "10.0.0.0/22"},
		"InItsOwn":      {"Nor does one in a network of the platform's.", "Standard", own, false, "22222222-0000-4000-8000-000000000001", "203.0.113.0/24"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := world(t, claims, "share", tc.level)
			at(northCloud(w.Required["Platform"][0]), "shares")["shareNetwork"] = runtime.DeepCopyJSON(tc.network)
			rsp := settle(t, w)
			validate(t, claims, w, rsp)
			if got := answerOf(rsp).Conditions[0] == warning; got != tc.warned {
				t.Errorf("%s warned: %v", tc.reason, answerOf(rsp).Conditions[0])
			}
			if got := at(w.Resources["share-network"], "spec", "forProvider")["neutronNetId"]; got != tc.neutron {
				t.Errorf("%s the network is %v", tc.reason, got)
			}
			if got := at(w.Resources["share-access"], "spec", "forProvider")["accessTo"]; got != tc.from {
				t.Errorf("%s mounted from %v", tc.reason, got)
			}
		})
	}
}
