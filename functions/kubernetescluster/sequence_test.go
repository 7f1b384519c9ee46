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
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
	"github.com/skerry-dev/skerry/test/pretend"
)

// A life is a cluster whose world is changed step by step. What the function
// answers after each step is written down, as documentation that is tested.
type life struct {
	t     *testing.T
	world *pretend.World
	// ready are the API groups whose controllers do their work.
	ready map[string]bool
	log   bytes.Buffer
	known map[string]bool
}

func newLife(t *testing.T, claim object) *life {
	l := &life{t: t, ready: map[string]bool{}, known: map[string]bool{}}
	l.world = pretend.NewWorld(composite(t, claim), platform(t))
	l.world.Become = func(desired map[string]any) map[string]any {
		group, _, _ := strings.Cut(desired["apiVersion"].(string), "/")
		if l.ready[group] || l.ready["all"] {
			return pretend.Ready(desired)
		}
		return pretend.Created(desired)
	}
	return l
}

// step lets controllers work, runs the function until nothing changes any more,
// and writes down what came of it.
func (l *life) step(what string, groups ...string) {
	l.t.Helper()
	for _, g := range groups {
		l.ready[g] = true
	}
	// What existed becomes ready first, as controllers would see it.
	for key, o := range l.world.Resources {
		delete(o, "status")
		l.world.Resources[key] = l.world.Become(o)
	}
	rsp, rounds, err := l.world.Settle(context.Background(), newFunction())
	if err != nil {
		l.t.Fatal(err)
	}
	fmt.Fprintf(&l.log, "== %s\n", what)
	if f := pretend.Fatal(rsp); f != "" {
		fmt.Fprintf(&l.log, "fatal: %s\n\n", f)
		return
	}
	fmt.Fprintf(&l.log, "rounds: %d\n", rounds)
	l.differences(rsp)
	s := rsp.GetDesired().GetComposite().GetResource().AsMap()["status"].(map[string]any)
	fmt.Fprintf(&l.log, "phase: %v  version: %v  nodes: %v\n", s["phase"], s["version"], s["nodes"])
	for _, c := range rsp.GetConditions() {
		fmt.Fprintf(&l.log, "%s\n", conditionText(c))
	}
	l.log.WriteString("\n")
}

// differences writes which keys came and went.
func (l *life) differences(rsp *fnv1.RunFunctionResponse) {
	var came, went []string
	now := rsp.GetDesired().GetResources()
	for k := range now {
		if !l.known[k] {
			came = append(came, k)
		}
		l.known[k] = true
	}
	for k := range l.known {
		if now[k] == nil {
			went = append(went, k)
			delete(l.known, k)
		}
	}
	slices.Sort(came)
	slices.Sort(went)
	for _, k := range came {
		fmt.Fprintf(&l.log, "+ %s\n", k)
	}
	for _, k := range went {
		fmt.Fprintf(&l.log, "- %s\n", k)
	}
}

// inWindow opens a maintenance window for the claim, so that what it asks for begins at
// once.
func inWindow(claim object) object {
	at(claim, "spec")["maintenance"] = object{"now": plantest.Now.Format(time.RFC3339)}
	return claim
}

func (l *life) spec() object { return at(l.world.Composite, "spec") }

const (
	networking = "networking.openstack.m.crossplane.io"
	compute    = "compute.openstack.m.crossplane.io"
	identity   = "identity.openstack.m.crossplane.io"
	capiCore   = "cluster.x-k8s.io"
)

// The life of a cluster: created, changed, disturbed, upgraded.
func TestLife(t *testing.T) {
	claim := exampleNamed(t, "shop")
	at(claim, "spec")["version"] = "1.35"
	inWindow(claim)
	l := newLife(t, claim)
	l.step("the claim is created")
	l.step("network, groups and credential are there", networking, compute, identity)
	l.step("Cluster API has built the machines", capiCore)
	l.step("everything is ready", "all")

	l.spec()["serviceLevel"] = "Premium"
	l.step("the level becomes Premium")

	l.spec()["version"] = "1.36"
	l.step("the version becomes 1.36")

	l.spec()["nodePools"] = append(l.spec()["nodePools"].([]any), object{"name": "batch", "flavor": "SCS-4V-16", "autoscaling": object{"min": int64(0), "max": int64(3)}})
	l.step("a pool is added")

	l.spec()["nodePools"] = l.spec()["nodePools"].([]any)[:1]
	l.step("the pool is removed")

	l.world.Become = func(desired map[string]any) map[string]any {
		if desired["kind"] == "Release" {
			return pretend.Created(desired)
		}
		return pretend.Ready(desired)
	}
	l.step("the cluster's API is unreachable: releases can't be observed")

	l.world.Become = pretend.Ready
	l.spec()["serviceLevel"] = "Gold"
	l.step("the claim asks for a level that isn't there")

	l.spec()["serviceLevel"] = "BestEffort"
	l.step("the level becomes BestEffort")

	l.world.Required["Platform"] = nil
	l.step("the Platform is gone")
	rendertest.Compare(t, filepath.Join("testdata", "sequences", "life.txt"), l.log.Bytes())
}

// A cluster goes to sleep on time, is woken on request, and sleeps again: nothing but
// the numbers of nodes changes, and no answer holds beyond the time of a change.
func TestHibernation(t *testing.T) {
	claim := exampleNamed(t, "shop")
	at(claim, "spec")["hibernation"] = object{"schedules": []any{object{"sleep": "0 19 * * *", "wake": "0 7 * * *", "timeZone": "UTC"}}}
	w := pretend.NewWorld(composite(t, claim), platform(t))
	at(w.Composite, "metadata")["creationTimestamp"] = "2026-11-20T12:00:00Z"
	now := plantest.Now
	fn := newFunction()
	fn.now = func() time.Time { return now }
	settle := func() *fnv1.RunFunctionResponse {
		t.Helper()
		rsp, _, err := w.Settle(context.Background(), fn)
		if err != nil || pretend.Fatal(rsp) != "" {
			t.Fatalf("at %s: %v %s", now, err, pretend.Fatal(rsp))
		}
		return rsp
	}
	replicas := func() (n float64) {
		for _, s := range pretend.Shares(w.Resources["cluster"]) {
			r, _ := s["replicas"].(float64)
			n += r
		}
		return n
	}
	awake := settle()
	names := slices.Sorted(maps.Keys(w.Resources))
	for _, step := range []struct {
		reason, now string
		awakeUntil  string
		phase       string
		nodes       float64
		ttl         time.Duration
	}{
		{"half a minute before it sleeps, and the answer ends then", "2026-11-27T18:59:30Z", "", "Ready", 3, 30 * time.Second},
		{"asleep", "2026-11-27T19:00:00Z", "", "Hibernated", 0, time.Minute},
		{"somebody works late", "2026-11-27T20:00:00Z", "2026-11-27T22:00:00Z", "Ready", 3, time.Minute},
		{"until then", "2026-11-27T21:59:50Z", "2026-11-27T22:00:00Z", "Ready", 3, 10 * time.Second},
		{"asleep again", "2026-11-27T22:00:00Z", "2026-11-27T22:00:00Z", "Hibernated", 0, time.Minute},
		{"a new day", "2026-11-28T07:00:00Z", "", "Ready", 3, time.Minute},
	} {
		var err error
		if now, err = time.Parse(time.RFC3339, step.now); err != nil {
			t.Fatal(err)
		}
		h := at(w.Composite, "spec", "hibernation")
		delete(h, "awakeUntil")
		if step.awakeUntil != "" {
			h["awakeUntil"] = step.awakeUntil
		}
		rsp := settle()
		if got := statusField(w, "phase"); got != step.phase || replicas() != step.nodes {
			t.Errorf("%s: phase %v with %v nodes, want %s with %v", step.reason, got, replicas(), step.phase, step.nodes)
		}
		if got := rsp.GetMeta().GetTtl().AsDuration(); got != step.ttl {
			t.Errorf("%s: the answer holds for %s, want %s", step.reason, got, step.ttl)
		}
		if rsp.GetDesired().GetComposite().GetReady() != fnv1.Ready_READY_TRUE {
			t.Errorf("%s: a complete cluster is ready, asleep or not: %v", step.reason, rsp.GetConditions())
		}
		if diff := cmp.Diff(names, slices.Sorted(maps.Keys(w.Resources))); diff != "" {
			t.Errorf("%s: nothing comes and nothing goes: -before +after:\n%s", step.reason, diff)
		}
	}
	now = plantest.Now
	if diff := cmp.Diff(awake.GetDesired().GetResources(), settle().GetDesired().GetResources(), protocmp.Transform()); diff != "" {
		t.Errorf("who has slept is as before: -before +after:\n%s", diff)
	}
}

// An upgrade over several minors takes one after another, each when the last has
// settled.
func TestUpgradeStepByStep(t *testing.T) {
	claim := inWindow(exampleNamed(t, "shop"))
	l := newLife(t, claim)
	// As it ran when 1.34 was still offered.
	p := l.world.Required["Platform"][0]
	at(p, "spec")["kubernetesVersions"] = []any{object{"name": "1.34", "support": "Supported"}}
	l.spec()["version"] = "1.34"
	l.step("a cluster of 1.34", "all")

	delete(at(p, "spec"), "kubernetesVersions")
	l.spec()["version"] = "1.36"
	var versions []string
	fn := newFunction()
	for range 12 {
		_, rsp, err := l.world.Call(context.Background(), fn)
		if err != nil || pretend.Fatal(rsp) != "" {
			t.Fatalf("cannot upgrade: %v %s", err, pretend.Fatal(rsp))
		}
		l.world.Apply(rsp)
		v := at(l.world.Resources["cluster"], "spec", "topology")["version"].(string)
		if len(versions) == 0 || versions[len(versions)-1] != v {
			versions = append(versions, v)
		}
	}
	if got := strings.Join(versions, " "); got != "v1.34.11 v1.35.9 v1.36.4" {
		t.Errorf("the upgrade went %s", got)
	}
}

// While a change is under way Cluster API refuses the next: the version waits.
func TestVersionWaitsForTheLastChange(t *testing.T) {
	claim := inWindow(exampleNamed(t, "shop"))
	at(claim, "spec")["version"] = "1.35"
	w := settled(t, claim)
	conditions := at(w.Resources["cluster"], "status")["conditions"].([]any)
	for _, c := range conditions {
		if c.(object)["type"] == "RollingOut" {
			c.(object)["status"] = "True"
		}
	}
	at(w.Composite, "spec")["version"] = "1.36"
	rsp := answer(t, w)
	got := topologyOf(rsp.GetDesired().GetResources()["cluster"]).version
	if got != "v1.35.9" {
		t.Errorf("while machines are replaced the version became %s", got)
	}
	c := conditionOf(rsp, "NodesReady")
	if !strings.Contains(c.GetMessage(), "is replacing machines") {
		t.Errorf("NodesReady doesn't say what is awaited: %q", c.GetMessage())
	}
}

// From the call that sends a cluster to another class on, it isn't ready until Cluster API
// has carried that out: who waits for Ready after an edit waits for all of it.
func TestNotReadyWhileSent(t *testing.T) {
	w := settled(t, exampleNamed(t, "shop"))
	at(w.Composite, "spec")["serviceLevel"] = "BestEffort"
	classIn := func(cluster object) any { return at(cluster, "spec", "topology", "classRef")["name"] }
	sent := 0
	for range 10 {
		rsp := answer(t, w)
		desired := rsp.GetDesired().GetResources()["cluster"].GetResource().AsMap()
		if classIn(desired) != classIn(w.Resources["cluster"]) {
			sent++
			if rsp.GetDesired().GetComposite().GetReady() == fnv1.Ready_READY_TRUE {
				t.Error("the cluster is said to be ready in the call that sends it to another class")
			}
		}
		w.Apply(rsp)
	}
	if sent != 1 {
		t.Errorf("the cluster should be sent to another class once, got %d", sent)
	}
	at(w.Resources["cluster"], "metadata")["generation"] = int64(2)
	if answer(t, w).GetDesired().GetComposite().GetReady() == fnv1.Ready_READY_TRUE {
		t.Error("the cluster is said to be ready before Cluster API has looked at the change")
	}
}

// A Kubernetes API that has fallen silent is said to be: what is delivered into the
// cluster depends on it.
func TestSilentAPI(t *testing.T) {
	w := settled(t, exampleNamed(t, "shop"))
	status := at(w.Resources["cluster"], "status")
	status["conditions"] = append(status["conditions"].([]any), object{
		"type": "RemoteConnectionProbe", "status": "False", "message": "Remote connection probe failed, probe last succeeded at 2026-01-01T00:00:00Z",
	})
	c := conditionOf(answer(t, w), "ControlPlaneReady")
	const want = "The Kubernetes API does not answer Cluster API. 3 of 3 control-plane nodes are ready."
	if c.GetStatus() != fnv1.Status_STATUS_CONDITION_FALSE || c.GetReason() != v1alpha1.ReasonAPIUnavailable || c.GetMessage() != want {
		t.Errorf("ControlPlaneReady should be False and say %q, got %s %s %q", want, c.GetStatus(), c.GetReason(), c.GetMessage())
	}
}

// While control-plane machines are replaced the API answers, and no condition may say
// that it doesn't: what is delivered into the cluster would be let go of.
func TestAPIAnswersWhileMachinesAreReplaced(t *testing.T) {
	w := settled(t, exampleNamed(t, "shop"))
	at(w.Resources["cluster"], "status", "controlPlane")["readyReplicas"] = 2
	c := conditionOf(answer(t, w), "ControlPlaneReady")
	const want = "2 of 3 control-plane nodes are ready."
	if c.GetStatus() != fnv1.Status_STATUS_CONDITION_FALSE || c.GetReason() == v1alpha1.ReasonAPIUnavailable || c.GetMessage() != want {
		t.Errorf("ControlPlaneReady should be False and say %q, got %s %s %q", want, c.GetStatus(), c.GetReason(), c.GetMessage())
	}
}

// A patch that has no image on the cloud yet is waited for: the cluster goes on at
// its own, and says so.
func TestPatchWaitsForItsImage(t *testing.T) {
	w := settled(t, inWindow(exampleNamed(t, "shop")))
	p := runtime.DeepCopyJSON(normal(t, platform(t)))
	at(p, "spec")["kubernetesVersions"] = []any{object{"name": "1.36", "patch": "1.36.9"}}
	w.Required["Platform"] = []map[string]any{p}
	pool(at(w.Composite, "spec"), 0)["replicas"] = int64(4)
	rsp := answer(t, w)
	if got := topologyOf(rsp.GetDesired().GetResources()["cluster"]).version; got != "v1.36.4" {
		t.Errorf("without an image the version became %s", got)
	}
	if m := conditionOf(rsp, "Accepted").GetMessage(); m != "Kubernetes 1.36.9 waits for its image on cloud north." {
		t.Errorf("the claim isn't told: %q", m)
	}
	images := cloud(at(p, "spec"), 0)["images"].([]any)
	cloud(at(p, "spec"), 0)["images"] = append(images, object{"name": "new", "kubernetesVersion": "1.36.9"})
	if _, _, err := w.Settle(context.Background(), newFunction()); err != nil {
		t.Fatal(err)
	}
	// amd64 nodes run; the cloud has arm64 images too, and the new one not yet.
	if got := at(w.Resources["cluster"], "spec", "topology")["version"]; got != "v1.36.4" {
		t.Errorf("with an image for one of two architectures the version became %v", got)
	}
	cloud(at(p, "spec"), 0)["images"] = append(cloud(at(p, "spec"), 0)["images"].([]any), object{"name": "new-arm", "kubernetesVersion": "1.36.9", "architecture": "arm64"})
	if _, _, err := w.Settle(context.Background(), newFunction()); err != nil {
		t.Fatal(err)
	}
	if got := at(w.Resources["cluster"], "spec", "topology")["version"]; got != "v1.36.9" {
		t.Errorf("with its images the version became %v", got)
	}
}

// A zone that the platform adds takes no nodes away from others: their volumes
// can't follow.
func TestNewZoneMovesNoNodes(t *testing.T) {
	claim := exampleNamed(t, "shop")
	pool(at(claim, "spec"), 0)["replicas"] = int64(2)
	p := runtime.DeepCopyJSON(normal(t, platform(t)))
	cloud(at(p, "spec"), 0)["zones"] = []any{"north-1b", "north-1c"}
	w := pretend.NewWorld(composite(t, claim), p)
	if _, _, err := w.Settle(context.Background(), newFunction()); err != nil {
		t.Fatal(err)
	}
	was := shareNames(w)
	cloud(at(p, "spec"), 0)["zones"] = []any{"north-1a", "north-1b", "north-1c"}
	if _, _, err := w.Settle(context.Background(), newFunction()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(was, shareNames(w)); diff != "" {
		t.Errorf("the platform adds a zone: -was +is:\n%s", diff)
	}
	pool(at(w.Composite, "spec"), 0)["replicas"] = int64(3)
	if _, _, err := w.Settle(context.Background(), newFunction()); err != nil {
		t.Fatal(err)
	}
	want := []string{"web-north-1a", "web-north-1b", "web-north-1c"}
	if diff := cmp.Diff(want, shareNames(w)); diff != "" {
		t.Errorf("a third node goes into the new zone: -want +got:\n%s", diff)
	}
}

func shareNames(w *pretend.World) []string {
	var out []string
	for _, s := range pretend.Shares(w.Resources["cluster"]) {
		out = append(out, s["name"].(string))
	}
	return out
}
