package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/skerry-dev/skerry/test/pretend"
)

// bucketOf returns the answer to the Storage of that name in the namespace,
// in the package without claims.
func bucketOf(t *testing.T, namespace, name string) answer {
	t.Helper()
	claim, shop := storage(t, modes["bucket"]), pretend.KubernetesCluster("shop", "north", "True")
	for _, m := range []map[string]any{claim, shop} {
		m["metadata"].(map[string]any)["namespace"] = namespace
	}
	claim["metadata"].(map[string]any)["name"] = name
	w := pretend.NewWorld(composite(t, namespaced, claim), platform(t), shop)
	return answerOf(call(t, w))
}

// TestBucketsOfTwoTeams: a cloud hands a bucket to whoever creates it again, so
// two teams must never ask for the same one.
func TestBucketsOfTwoTeams(t *testing.T) {
	a := bucketOf(t, "team-a", "pictures")
	b := bucketOf(t, "team-b", "pictures")
	if a.Status["bucketName"] == nil || a.Status["bucketName"] == b.Status["bucketName"] {
		t.Errorf("the buckets are %v and %v", a.Status["bucketName"], b.Status["bucketName"])
	}
}

func TestBucketNameTooLong(t *testing.T) {
	name := strings.Repeat("a", 58)
	got := bucketOf(t, "team-a", name)
	want := refused(`metadata.name: "` + name + `" makes a bucket name of more than 63 characters. Create the Storage with a shorter name.`)
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
