package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
	"github.com/skerry-dev/skerry/test/pretend"
)

const (
	accepted  = "Accepted=true Accepted"
	delivered = "Delivered=true Delivered"
)

// modes are Storages of each access mode, with everything that can go with them.
var modes = map[string]string{
	"volume":         `{accessMode: ReadWriteOnce}`,
	"snapshots":      `{accessMode: ReadWriteOnce, performance: fast, snapshots: {schedule: "0 3 * * *", retention: {count: 14, age: 30d}}}`,
	"share":          `{accessMode: ReadWriteMany, size: 100Gi}`,
	"share-network":  `{accessMode: ReadWriteMany, size: 100Gi, snapshots: {schedule: "@daily"}}`,
	"share-dynamic":  `{accessMode: ReadWriteMany, size: 100Gi}`,
	"bucket":         `{accessMode: Object, size: 1Ti}`,
	"versions":       `{accessMode: Object, size: 1Ti, snapshots: {retention: {age: 36h}}}`,
	"migrate-claim":  `{accessMode: ReadWriteOnce, migrateFrom: {persistentVolumeClaim: legacy}}`,
	"migrate-bucket": `{accessMode: Object, migrateFrom: {storage: old-pictures}}`,
}

// platforms are changes of the cloud that a mode is about.
var platforms = map[string]func(cloud map[string]any){
	"share-network": func(cloud map[string]any) { at(cloud, "shares")["shareNetwork"] = map[string]any{} },
	"share-dynamic": func(cloud map[string]any) { at(cloud, "shares")["provisioning"] = "Dynamic" },
}

// levels that are built in.
var levels = []string{"BestEffort", "Standard", "Premium", "Demo"}

func TestFirstCall(t *testing.T) {
	w := pretend.NewWorld(composite(t, claims, storage(t, "{}")))
	req, err := w.Request(nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := NewFunction(logging.NewNopLogger()).RunFunction(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	team := "team-a"
	want := &fnv1.RunFunctionResponse{
		Meta:    &fnv1.ResponseMeta{Tag: "pretended", Ttl: durationpb.New(time.Minute)},
		Desired: &fnv1.State{},
		Requirements: &fnv1.Requirements{Resources: map[string]*fnv1.ResourceSelector{
			"platform": {
				ApiVersion: "skerry.dev/v1alpha1", Kind: "Platform",
				Match: &fnv1.ResourceSelector_MatchName{MatchName: "default"},
			},
			"clusters": {
				ApiVersion: "skerry.dev/v1alpha1", Kind: "KubernetesCluster", Namespace: &team,
				Match: &fnv1.ResourceSelector_MatchLabels{MatchLabels: &fnv1.MatchLabels{}},
			},
		}},
	}
	if diff := cmp.Diff(want, got, protocmp.Transform(), protocmp.IgnoreEmptyMessages()); diff != "" {
		t.Errorf("The first call asks for the Platform and for the team's clusters, and does nothing else.\n-want +got:\n%s", diff)
	}
}

// TestGolden renders each mode at each level in both packages, from nothing to
// ready. What a golden shows at Standard is shown for other levels where they
// differ.
func TestGolden(t *testing.T) {
	for mode := range modes {
		for _, level := range levels {
			for pkg, dir := range map[string]string{"claims": claims, "namespaced": namespaced} {
				name := mode + "-" + strings.ToLower(level) + "-" + pkg
				t.Run(name, func(t *testing.T) {
					w := world(t, dir, mode, level)
					rsp := migrated(t, w)
					// The packages differ in names only: one level shows it.
					if dir == claims || level == "Standard" {
						rendertest.Compare(t, filepath.Join("testdata", name+".yaml"), bodies(t, rsp))
					}
					validate(t, dir, w, rsp)
					if got := answerOf(rsp); !got.Ready || got.Status["phase"] != "Ready" {
						t.Errorf("a %s doesn't become ready: %+v", name, got)
					}
					// What has copied goes, or it would hold what it mounts.
					rsp = settle(t, w)
					for key := range rsp.GetDesired().GetResources() {
						if strings.Contains(key, plan.KeyMigration) {
							t.Errorf("%s is done with, and still there", key)
						}
					}
					if got := answerOf(rsp); !got.Ready || got.Status["phase"] != "Ready" {
						t.Errorf("a %s doesn't stay ready: %+v", name, got)
					}
				})
			}
		}
	}
}

func TestRunFunction(t *testing.T) {
	ready := func(t *testing.T) []map[string]any {
		return []map[string]any{platform(t), pretend.KubernetesCluster("shop", "north", "True")}
	}
	cases := map[string]struct {
		reason   string
		spec     string
		required func(*testing.T) []map[string]any
		input    map[string]any
		want     answer
	}{
		"Waiting": {
			reason: "Before the cluster is ready nothing is made in it, but it can't be deleted any more.",
			required: func(t *testing.T) []map[string]any {
				return []map[string]any{platform(t), pretend.KubernetesCluster("shop", "north", "False")}
			},
			want: answer{
				Keys: []string{"uses-cluster"},
				Conditions: []string{
					accepted,
					"Delivered=false Waiting: volume waits for the Kubernetes API of KubernetesCluster shop. Usage pictures-938a0-storage-uses-cluster is being created.",
				},
				Status: map[string]any{"phase": "Pending"},
			},
		},
		"NotTakenIn": {
			reason: "A cluster that is only a claim yet can't be named.",
			required: func(t *testing.T) []map[string]any {
				c := pretend.KubernetesCluster("shop", "north", "False")
				delete(c["spec"].(map[string]any), "resourceRef")
				return []map[string]any{platform(t), c}
			},
			want: answer{
				Keys: []string{"uses-cluster"},
				Conditions: []string{
					accepted,
					"Delivered=false Waiting: volume waits for Crossplane to take in KubernetesCluster shop. Usage pictures-938a0-storage-uses-cluster is being created.",
				},
				Status: map[string]any{"phase": "Pending"},
			},
		},
		"ClusterIsGoing": {
			reason: "Nothing is made in a cluster that is being deleted.",
			required: func(t *testing.T) []map[string]any {
				c := pretend.KubernetesCluster("shop", "north", "True")
				c["metadata"].(map[string]any)["deletionTimestamp"] = "2026-01-01T00:00:00Z"
				return []map[string]any{platform(t), c}
			},
			want: answer{
				Keys: []string{"uses-cluster"},
				Conditions: []string{
					accepted,
					"Delivered=false Waiting: volume waits for the Kubernetes API of KubernetesCluster shop. Usage pictures-938a0-storage-uses-cluster is being created.",
				},
				Status: map[string]any{"phase": "Pending"},
			},
		},
		"NoPlatform": {
			reason: "Without a Platform nothing can be decided.",
			required: func(t *testing.T) []map[string]any {
				return []map[string]any{pretend.KubernetesCluster("shop", "north", "True")}
			},
			want: refused(`Platform: "default" does not exist. Ask the platform team to create the Platform of that name. What runs stays as it is.`),
		},
		"NoCluster": {
			reason:   "A team without clusters is told so.",
			required: func(t *testing.T) []map[string]any { return []map[string]any{platform(t)} },
			want:     refused(`spec.clusterRef.name: "shop" is not a KubernetesCluster in namespace "team-a", which has none. Create the KubernetesCluster first.`),
		},
		"OtherClusters": {
			reason: "A slip in the name is answered with the names that there are, but not those of other teams.",
			required: func(t *testing.T) []map[string]any {
				foreign := pretend.KubernetesCluster("secret", "north", "True")
				foreign["metadata"].(map[string]any)["namespace"] = "team-b"
				return []map[string]any{platform(t), pretend.KubernetesCluster("store", "north", "True"), pretend.KubernetesCluster("blog", "north", "True"), foreign}
			},
			want: refused(`spec.clusterRef.name: "shop" is not a KubernetesCluster in namespace "team-a". Allowed: blog, store.`),
		},
		"NoShares": {
			reason: "A cloud without Manila has no shares.",
			spec:   `{accessMode: ReadWriteMany}`,
			required: func(t *testing.T) []map[string]any {
				return []map[string]any{platform(t), pretend.KubernetesCluster("shop", "south", "True")}
			},
			want: refused(`spec.accessMode: "ReadWriteMany" needs shares, which cloud "south" of KubernetesCluster shop doesn't have. Use ReadWriteOnce or Object, or a cluster on another cloud.`),
		},
		"UnknownCloud": {
			reason: "A bucket needs the cloud's credentials.",
			spec:   `{accessMode: Object}`,
			required: func(t *testing.T) []map[string]any {
				return []map[string]any{platform(t), pretend.KubernetesCluster("shop", "west", "True")}
			},
			want: refused(`spec.clusterRef.name: "shop" runs on cloud "west", which the Platform doesn't have. Ask the platform team to put the cloud back into the Platform.`),
		},
		"WrongMode": {
			reason:   "What the schema would have refused is refused here too.",
			spec:     `{accessMode: ReadWriteSometimes}`,
			required: ready,
			want:     refused(`spec.accessMode: "ReadWriteSometimes" is not an access mode. Allowed: Object, ReadWriteMany, ReadWriteOnce.`),
		},
		"NoSize": {
			reason:   "A storage of nothing is a slip.",
			spec:     `{size: 0}`,
			required: ready,
			want:     refused(`spec.size: "0" is not more than 0. Set for example 20Gi.`),
		},
		"WrongType": {
			reason:   "What can't be decoded is an error, not a panic.",
			spec:     `{clusterRef: shop}`,
			required: ready,
			want: answer{
				Fatal:      "cannot decode *v1alpha1.Storage: json: cannot unmarshal string into Go struct field StorageSpec.spec.clusterRef of type v1alpha1.ClusterReference",
				Conditions: []string{"Accepted=false CannotCompose: cannot decode *v1alpha1.Storage: json: cannot unmarshal string into Go struct field StorageSpec.spec.clusterRef of type v1alpha1.ClusterReference"},
			},
		},
		"WrongInput": {
			reason:   "An input that isn't one is an error.",
			required: ready,
			input:    map[string]any{"platformName": map[string]any{"not": "a name"}},
			want: answer{
				Fatal:      "cannot decode the function's input: unrecognized type: string",
				Conditions: []string{"Accepted=false CannotCompose: cannot decode the function's input: unrecognized type: string"},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.spec == "" {
				tc.spec = "{}"
			}
			w := pretend.NewWorld(composite(t, claims, storage(t, tc.spec)), tc.required(t)...)
			w.Input = tc.input
			if diff := cmp.Diff(tc.want, answerOf(call(t, w)), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func refused(message string) answer {
	return answer{Fatal: message, Conditions: []string{"Accepted=false NotServed: " + message}}
}

// TestWithoutClaim: a composite that somebody made by hand belongs to no team.
func TestWithoutClaim(t *testing.T) {
	xr := composite(t, claims, storage(t, "{}"))
	delete(xr["spec"].(map[string]any), "claimRef")
	w := pretend.NewWorld(xr, platform(t), pretend.KubernetesCluster("shop", "north", "True"))
	want := refused(`metadata.name: "pictures-938a0" was made by no claim, so it belongs to no team. Create the Storage in the team's namespace instead.`)
	if diff := cmp.Diff(want, answerOf(call(t, w)), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
