package main

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/testing/protocmp"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/test/pretend"
)

// keeping is the answer of a Storage that can't be served, and keeps all it has.
func keeping(keys []string, message string) answer {
	return answer{
		Keys: keys, Conditions: []string{"Accepted=false NotServed: " + message},
		Status: map[string]any{"phase": "Ready", "claimName": "pictures"},
	}
}

// TestLife changes the world around a Storage that exists.
func TestLife(t *testing.T) {
	claim := func(w *pretend.World) map[string]any { return w.Resources["volume"] }
	setStatus := func(status map[string]any) func(*testing.T, *pretend.World) {
		return func(t *testing.T, w *pretend.World) {
			claim(w)["status"].(map[string]any)["atProvider"].(map[string]any)["manifest"].(map[string]any)["status"] = status
		}
	}
	setSpec := func(spec string) func(*testing.T, *pretend.World) {
		return func(t *testing.T, w *pretend.World) {
			maps.Copy(w.Composite["spec"].(map[string]any), parse(t, spec))
		}
	}
	keys := []string{"uses-cluster", "volume"}
	cases := map[string]struct {
		reason string
		mode   string
		change func(*testing.T, *pretend.World)
		want   answer
	}{
		"Pending": {
			reason: "A volume that waits for its first pod can be used.",
			change: setStatus(map[string]any{"phase": "Pending"}),
			want: answer{
				Keys: keys, Ready: true, Conditions: []string{accepted, delivered},
				Status: map[string]any{"phase": "Ready", "claimName": "pictures"},
			},
		},
		"SharePending": {
			reason: "A share is made at once, so one that is pending isn't there.",
			mode:   "share-dynamic",
			change: setStatus(map[string]any{"phase": "Pending"}),
			want: answer{
				Keys: keys, Conditions: []string{accepted, "Delivered=false Waiting: Object pictures-938a0-volume has no share yet."},
				Status: map[string]any{"phase": "Degraded", "claimName": "pictures"},
			},
		},
		"Bound": {
			reason: "The capacity is what the cluster says.",
			change: setStatus(map[string]any{"phase": "Bound", "capacity": map[string]any{"storage": "21Gi"}}),
			want: answer{
				Keys: keys, Ready: true, Conditions: []string{accepted, delivered},
				Status: map[string]any{"phase": "Ready", "claimName": "pictures", "capacity": "21Gi"},
			},
		},
		"Growing": {
			reason: "A volume that isn't as large as asked for yet says so.",
			change: func(t *testing.T, w *pretend.World) {
				setSpec(`{size: 40Gi}`)(t, w)
				setStatus(map[string]any{"phase": "Bound", "capacity": map[string]any{"storage": "20Gi"}})(t, w)
			},
			want: answer{
				Keys: keys,
				Conditions: []string{
					accepted,
					"Delivered=false Waiting: Object pictures-938a0-volume has 20Gi of 40Gi: it grows while a pod mounts it.",
				},
				Status: map[string]any{"phase": "Updating", "claimName": "pictures", "capacity": "20Gi"},
			},
		},
		"Lost": {
			reason: "A volume whose data is gone is not ready.",
			change: setStatus(map[string]any{"phase": "Lost"}),
			want: answer{
				Keys: keys,
				Conditions: []string{
					accepted,
					"Delivered=false Waiting: Object pictures-938a0-volume has lost its volume: restore it from a backup.",
				},
				Status: map[string]any{"phase": "Degraded", "claimName": "pictures"},
			},
		},
		"APIUnavailable": {
			reason: "An API that is away for a while doesn't make a volume look lost.",
			change: func(t *testing.T, w *pretend.World) {
				w.Required["KubernetesCluster"] = []map[string]any{pretend.KubernetesCluster("shop", "north", "False")}
			},
			want: answer{
				Keys: keys, Ready: true, Conditions: []string{accepted, delivered},
				Status: map[string]any{"phase": "Ready", "claimName": "pictures"},
			},
		},
		"ClusterIsGone": {
			reason: "A cluster that can't be found withdraws nothing.",
			change: func(t *testing.T, w *pretend.World) { delete(w.Required, "KubernetesCluster") },
			want: keeping(keys, `spec.clusterRef.name: "shop" is gone: what this Storage holds stays as it is. `+
				`Delete this Storage, or create a KubernetesCluster and a new Storage in it. What can't be deleted without the cluster is kept.`),
		},
		"OtherCluster": {
			reason: "A cluster that was created anew under the same name doesn't have the data.",
			change: func(t *testing.T, w *pretend.World) {
				c := pretend.KubernetesCluster("shop", "north", "True")
				c["spec"].(map[string]any)["resourceRef"].(map[string]any)["name"] = "shop-other"
				w.Required["KubernetesCluster"] = []map[string]any{c}
			},
			want: keeping(keys, `spec.clusterRef.name: "shop" is another cluster now (shop-other) than the one that this lives in (shop-x7k2p). Delete this object and create it again to have it in the new cluster.`),
		},
		"PlatformIsGone": {
			reason: "A Platform that can't be found withdraws nothing.",
			change: func(t *testing.T, w *pretend.World) { delete(w.Required, "Platform") },
			want:   refused(`Platform: "default" does not exist. Ask the platform team to create the Platform of that name. What runs stays as it is.`),
		},
		"Shrinks": {
			reason: "A size that shrinks could lose data.",
			change: setSpec(`{size: 10Gi}`),
			want:   refused(`spec.size: "10Gi" is less than 20Gi, which it has: data could be lost. Set it back, or create a smaller Storage and copy the data.`),
		},
		"OtherMode": {
			reason: "A volume doesn't become a share.",
			change: setSpec(`{accessMode: ReadWriteMany}`),
			want:   refused(`spec.accessMode: "ReadWriteMany" can't be changed from ReadWriteOnce: the data lives there. Set it back, or create a new Storage and copy the data.`),
		},
		"BucketToVolume": {
			reason: "A bucket doesn't become a volume.",
			mode:   "bucket",
			change: setSpec(`{accessMode: ReadWriteOnce}`),
			want:   refused(`spec.accessMode: "ReadWriteOnce" can't be changed from Object: the data lives there. Set it back, or create a new Storage and copy the data.`),
		},
		"OtherNamespace": {
			reason: "A volume doesn't move into another namespace.",
			change: setSpec(`{namespace: db}`),
			want:   refused(`spec.namespace: "db" can't be changed from web: the data lives there. Set it back, or create a new Storage and copy the data.`),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.mode == "" {
				tc.mode = "volume"
			}
			w := world(t, claims, tc.mode, "Standard")
			settle(t, w)
			before := runtime.DeepCopyJSON(w.Resources["volume"])
			tc.change(t, w)
			rsp := call(t, w)
			got := answerOf(rsp)
			if diff := cmp.Diff(tc.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
			w.Apply(rsp)
			if before != nil && w.Resources["volume"] == nil {
				t.Errorf("%s\nthe volume was withdrawn", tc.reason)
			}
			if got.Fatal == "" {
				validate(t, claims, w, rsp)
			}
		})
	}
}

// TestRollingControlPlane: while machines of the control plane are replaced the API
// answers, and a Storage that is deleted now takes along what it should.
func TestRollingControlPlane(t *testing.T) {
	for mode := range modes {
		t.Run(mode, func(t *testing.T) {
			w := world(t, claims, mode, "Demo")
			settle(t, w)
			want := call(t, w).GetDesired()
			pretend.Rolling(w.Required["KubernetesCluster"][0])
			if diff := cmp.Diff(want, call(t, w).GetDesired(), protocmp.Transform()); diff != "" {
				t.Error(diff)
			}
		})
	}
}
