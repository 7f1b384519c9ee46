package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/test/pretend"
)

// sharesOf are the groups of machines of a world in short: "web-north-1a=3".
func sharesOf(w *pretend.World) string {
	var out []string
	for _, s := range pretend.Shares(w.Resources["cluster"]) {
		out = append(out, fmt.Sprintf("%v=%v", s["name"], s["replicas"]))
	}
	return strings.Join(out, " ")
}

// callAt lets the function answer once at a time of the day, and applies it. Of the group
// of machines of that name no node is ready then.
func callAt(t *testing.T, w *pretend.World, clock, unready string) {
	t.Helper()
	_, rsp, err := w.Call(context.Background(), functionAt(today(t, clock)))
	if err != nil || pretend.Fatal(rsp) != "" {
		t.Fatalf("at %s: %v %s", clock, err, pretend.Fatal(rsp))
	}
	w.Apply(rsp)
	for _, md := range w.Required["MachineDeployment"] {
		if at(md, "metadata", "labels")["topology.cluster.x-k8s.io/deployment-name"] == unready {
			at(md, "status")["readyReplicas"] = int64(0)
		}
	}
}

// A pool moves to another zone in its window: until then it waits, then new nodes come
// first, and old ones go as these are ready, also when the window has ended.
func TestZoneChangesInTheWindow(t *testing.T) {
	w := ordered(t, windowed, func(s object) { pool(s, 0)["availabilityZones"] = []any{"north-1a"} })
	pool(at(w.Composite, "spec"), 0)["availabilityZones"] = []any{"north-1b"}
	settleAt(t, w, "17:59")
	if got := sharesOf(w); got != "web-north-1a=3" {
		t.Errorf("before the window nodes would move: %s", got)
	}
	want := object{
		"name": "pool/web/zones", "from": "north-1a", "to": "north-1b", "nodes": float64(3), "requested": true,
		"reason": "Nodes are spread over the zones that the claim names.", "due": "2026-11-27T18:00:00Z", "since": "2026-11-27T17:59:00Z",
	}
	if diff := cmp.Diff([]any{want}, at(w.Composite, "status", "maintenance")["pending"]); diff != "" {
		t.Errorf("the change waits: -want +got:\n%s", diff)
	}

	for _, step := range []struct{ reason, clock, unready, want string }{
		{"in the window a new node comes", "18:00", "web-north-1b", "web-north-1a=3 web-north-1b=1"},
		{"no old one goes until it is ready", "18:05", "web-north-1b", "web-north-1a=3 web-north-1b=1"},
		{"also after the window", "20:05", "", "web-north-1a=3 web-north-1b=1"},
		{"as it is ready an old one goes, and the next comes", "20:10", "web-north-1b", "web-north-1a=2 web-north-1b=2"},
	} {
		callAt(t, w, step.clock, step.unready)
		if got := sharesOf(w); got != step.want {
			t.Errorf("%s: %s, want %s", step.reason, got, step.want)
		}
		if m := at(w.Composite, "status", "maintenance"); m["begun"] == nil || m["runningSince"] != "2026-11-27T18:00:00Z" || m["pending"] != nil {
			t.Errorf("%s: it is being carried out since six: %v", step.reason, m)
		}
		if nodes := at(w.Composite, "status")["nodePools"].([]any)[0].(object); nodes["desired"] != float64(3) || nodes["ready"].(float64) < 3 {
			t.Errorf("%s: the pool has three nodes all the while: %v", step.reason, nodes)
		}
	}
	settleAt(t, w, "20:15")
	if got := sharesOf(w); got != "web-north-1b=3" {
		t.Errorf("in the end the old zone is left: %s", got)
	}
	m := at(w.Composite, "status", "maintenance")
	if m["begun"] != nil || m["runningSince"] != nil || at(m, "last")["finished"] != "2026-11-27T20:15:00Z" {
		t.Errorf("and the claim says so: %v", m)
	}
}

// A zone that the platform drops is left in a window that could be announced.
func TestPlatformDropsAZone(t *testing.T) {
	w := ordered(t, windowed)
	p := runtime.DeepCopyJSON(normal(t, platform(t)))
	cloud(at(p, "spec"), 0)["zones"] = []any{"north-1a", "north-1b"}
	w.Required["Platform"] = []map[string]any{p}
	const before = "web-north-1a=1 web-north-1b=1 web-north-1c=1"
	for _, clock := range []string{"17:00", "18:30", "21:00"} {
		settleAt(t, w, clock)
		if got := sharesOf(w); got != before {
			t.Errorf("at %s, unannounced, nodes would move: %s", clock, got)
		}
	}
	if diff := cmp.Diff([]string{"pool/web/zones"}, pendingNames(w)); diff != "" {
		t.Fatalf("the change waits: -want +got:\n%s", diff)
	}
	change := at(w.Composite, "status", "maintenance")["pending"].([]any)[0].(object)
	if change["from"] != "north-1a, north-1b, north-1c" || change["to"] != "north-1a, north-1b" || change["nodes"] != float64(1) || change["requested"] != nil {
		t.Errorf("the change waits: %v", change)
	}
	// The team's own scaling doesn't.
	pool(at(w.Composite, "spec"), 0)["replicas"] = int64(4)
	settleAt(t, w, "21:05")
	if got := sharesOf(w); got != "web-north-1a=2 web-north-1b=1 web-north-1c=1" {
		t.Errorf("another node comes at once, and where it can stay: %s", got)
	}
	later := today(t, "18:05").AddDate(0, 0, 5)
	if _, _, err := w.Settle(context.Background(), functionAt(later)); err != nil {
		t.Fatal(err)
	}
	if got := sharesOf(w); got != "web-north-1a=2 web-north-1b=2" {
		t.Errorf("in a window that was announced the zone is left: %s", got)
	}
}
