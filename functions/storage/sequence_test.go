package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
	"github.com/skerry-dev/skerry/test/pretend"
)

// A life is a Storage whose world is changed step by step. What the function
// answers after each step is written down, as documentation that is tested.
type life struct {
	t     *testing.T
	world *pretend.World
	log   bytes.Buffer
	known map[string]string
}

func newLife(t *testing.T, mode, level, state string) *life {
	t.Helper()
	l := &life{t: t, known: map[string]string{}, world: world(t, claims, mode, level)}
	l.cluster(state, level)
	return l
}

// cluster changes the state of the cluster.
func (l *life) cluster(controlPlaneReady, level string) {
	c := pretend.KubernetesCluster("shop", "north", controlPlaneReady)
	at(c, "spec")["serviceLevel"] = level
	l.world.Required["KubernetesCluster"] = []map[string]any{c}
}

func (l *life) spec() map[string]any { return at(l.world.Composite, "spec") }

// step runs the function until nothing changes any more, and writes down what came
// of it.
func (l *life) step(what string) {
	l.t.Helper()
	// What existed becomes what its controllers make of it first.
	for key, o := range l.world.Resources {
		delete(o, "status")
		l.world.Resources[key] = l.world.Become(o)
	}
	rsp, _, err := l.world.Settle(context.Background(), sharedFunction)
	if err != nil {
		l.t.Fatal(err)
	}
	fmt.Fprintf(&l.log, "== %s\n", what)
	if f := pretend.Fatal(rsp); f != "" {
		fmt.Fprintf(&l.log, "fatal: %s\n\n", f)
		return
	}
	validate(l.t, claims, l.world, rsp)
	l.differences(rsp)
	s := statusIn(rsp)
	fmt.Fprintf(&l.log, "phase: %v  capacity: %v  performance: %v  keep: %v %v\n", s["phase"], s["capacity"], s["performance"], at(s, "keep")["policy"], at(s, "keep")["term"])
	if m := at(s, "keep")["message"]; m != nil {
		fmt.Fprintf(&l.log, "keep: %v\n", m)
	}
	if m := at(s, "migration"); m != nil {
		fmt.Fprintf(&l.log, "migration: %v\n", m)
	}
	for _, c := range answerOf(rsp).Conditions {
		fmt.Fprintln(&l.log, c)
	}
	l.log.WriteString("\n")
}

// differences writes which keys came and went, and what becomes of them with the
// Storage.
func (l *life) differences(rsp *fnv1.RunFunctionResponse) {
	now := rsp.GetDesired().GetResources()
	for _, k := range slices.Sorted(maps.Keys(now)) {
		with := ""
		switch list := policies(now[k]); {
		case now[k].GetResource().GetFields()["kind"].GetStringValue() == "Usage":
		case len(list) == 0:
			with = " [*]"
		default:
			with = " [" + strings.Join(list, " ") + "]"
		}
		was, had := l.known[k]
		switch {
		case !had:
			fmt.Fprintf(&l.log, "+ %s%s\n", k, with)
		case was != with:
			fmt.Fprintf(&l.log, "~ %s%s\n", k, with)
		}
		l.known[k] = with
	}
	for _, k := range slices.Sorted(maps.Keys(l.known)) {
		if now[k] == nil {
			fmt.Fprintf(&l.log, "- %s\n", k)
			delete(l.known, k)
		}
	}
}

// become makes the claim in the cluster look as it does in the state.
func (l *life) become(phase, capacity string) {
	l.world.Become = func(desired map[string]any) map[string]any {
		o := pretend.Ready(desired)
		if manifest := at(o, "status", "atProvider", "manifest"); manifest["kind"] == "PersistentVolumeClaim" {
			manifest["status"] = map[string]any{"phase": phase, "capacity": map[string]any{"storage": capacity}}
		}
		return o
	}
}

// The life of a volume: ordered before its cluster is ready, grown, at another
// level, while its cluster is unreachable, and after that is gone.
func TestLifeOfAVolume(t *testing.T) {
	l := newLife(t, "volume", "BestEffort", "False")
	l.step("the Storage is ordered, and the cluster isn't ready")
	l.cluster("True", "BestEffort")
	l.become("Bound", "20Gi")
	l.step("the cluster is ready")
	l.spec()["size"] = "40Gi"
	l.step("it is to grow")
	l.become("Bound", "40Gi")
	l.step("it has grown")
	l.spec()["snapshots"] = map[string]any{"schedule": "@daily"}
	l.step("snapshots are asked for")
	delete(l.spec(), "snapshots")
	l.step("snapshots aren't asked for any more: none are taken, and none are lost")
	l.cluster("False", "BestEffort")
	l.step("the cluster is unreachable: nothing in it can be deleted")
	l.cluster("True", "Premium")
	l.step("the cluster is back, at level Premium: the volume stays, and is kept from now on")
	l.spec()["keep"] = map[string]any{"policy": "Delete"}
	l.step("the team wants it deleted all the same")
	l.spec()["size"] = "10Gi"
	l.step("it is to shrink")
	l.spec()["size"] = "40Gi"
	delete(l.world.Required, "KubernetesCluster")
	l.step("the cluster is gone")
	rendertest.Compare(t, filepath.Join("testdata", "sequences", "volume.txt"), l.log.Bytes())
}

// The life of a share, composed in the cloud.
func TestLifeOfAShare(t *testing.T) {
	l := newLife(t, "share-network", "Standard", "True")
	l.world.Become = pretend.Created
	l.step("the share is ordered, and the cloud is slow")
	l.become("Bound", "100Gi")
	l.step("everything is there")
	l.spec()["size"] = "200Gi"
	l.become("Bound", "200Gi")
	l.step("it has grown")
	at(northCloud(l.world.Required["Platform"][0]), "shares")["type"] = "other"
	l.step("the Platform names another type: this share stays what it is")
	l.cluster("True", "Demo")
	l.step("the level becomes Demo: it is deleted with the Storage")
	l.cluster("False", "Demo")
	l.step("the cluster is unreachable: the share in the cloud can be deleted, the volume that stands for it can't")
	delete(northCloud(l.world.Required["Platform"][0]), "shares")
	l.cluster("True", "Demo")
	l.step("the cloud loses its shares")
	rendertest.Compare(t, filepath.Join("testdata", "sequences", "share.txt"), l.log.Bytes())
}

// The life of a bucket: its keys go with the Storage, whatever becomes of the data.
func TestLifeOfABucket(t *testing.T) {
	l := newLife(t, "versions", "Standard", "False")
	l.step("the bucket is ordered, and the cluster isn't ready")
	l.cluster("True", "Standard")
	l.step("the cluster is ready")
	l.spec()["snapshots"] = map[string]any{"retention": map[string]any{}}
	l.step("old versions are to live for ever")
	delete(l.spec(), "snapshots")
	l.step("no more versions")
	l.cluster("False", "Standard")
	l.step("the cluster is unreachable")
	delete(l.world.Required, "KubernetesCluster")
	l.step("the cluster is gone")
	rendertest.Compare(t, filepath.Join("testdata", "sequences", "bucket.txt"), l.log.Bytes())
}

// jobs makes the Jobs look as they do with the conditions.
func (l *life) jobs(copying, verifying string) {
	l.world.Become = func(desired map[string]any) map[string]any {
		o := pretend.Ready(desired)
		manifest := at(o, "status", "atProvider", "manifest")
		if manifest["kind"] != "Job" {
			return o
		}
		condition := copying
		if strings.HasSuffix(at(manifest, "metadata")["name"].(string), "-verify") {
			condition = verifying
		}
		delete(manifest, "status")
		if condition != "" {
			manifest["status"] = map[string]any{"conditions": []any{map[string]any{"type": condition, "status": "True", "message": "Job has reached the specified backoff limit"}}}
		}
		return o
	}
}

// The phases of a migration, through a failure, to its end, and after it.
func TestLifeOfAMigration(t *testing.T) {
	l := newLife(t, "migrate-claim", "Standard", "False")
	l.step("the Storage is ordered, and the cluster isn't ready")
	l.cluster("True", "Standard")
	l.jobs("", "")
	l.step("the cluster is ready")
	l.jobs("Failed", "")
	l.step("copying fails")
	l.jobs("", "")
	l.step("somebody has deleted the Job: it is made again")
	l.jobs("Complete", "")
	l.step("everything is copied")
	l.jobs("Complete", "Failed")
	l.step("the copy differs")
	l.spec()["migrateFrom"] = map[string]any{"persistentVolumeClaim": "other"}
	l.step("another source is asked for")
	l.spec()["migrateFrom"] = map[string]any{"persistentVolumeClaim": "legacy"}
	l.jobs("Complete", "Complete")
	l.step("every file is compared")
	l.jobs("", "")
	l.step("the Jobs are gone")
	delete(l.spec(), "migrateFrom")
	l.step("migrateFrom is removed")
	l.cluster("False", "Standard")
	l.step("the cluster is unreachable")
	rendertest.Compare(t, filepath.Join("testdata", "sequences", "migration.txt"), l.log.Bytes())
}

// A Storage whose source is being copied itself copies nothing before all is there.
func TestLifeOfAChainOfMigrations(t *testing.T) {
	l := newLife(t, "migrate-bucket", "Standard", "True")
	source := l.world.Required["Storage"][0]["status"].(map[string]any)
	source["migration"] = map[string]any{"phase": "Copying"}
	l.jobs("", "")
	l.step("the source is being copied")
	source["migration"] = map[string]any{"phase": "Verifying"}
	l.step("the source is being compared")
	source["migration"] = map[string]any{"phase": "Done"}
	l.step("the source is there in full")
	rendertest.Compare(t, filepath.Join("testdata", "sequences", "migration-chain.txt"), l.log.Bytes())
}
