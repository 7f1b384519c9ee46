package main

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/test/pretend"
)

// One test for each user story of docs/maturity.md, called after it. They order what
// the story says and look at what the function composes; what comes of that is for the
// end-to-end tests to see.

// ordered returns the world of the example claim after a change, complete.
func ordered(t *testing.T, change ...func(spec object)) *pretend.World {
	t.Helper()
	claim := exampleNamed(t, "shop")
	for _, f := range append([]func(object){alwaysOpen}, change...) {
		f(at(claim, "spec"))
	}
	return settled(t, claim)
}

// alwaysOpen is a window in which everything may change.
func alwaysOpen(spec object) {
	spec["maintenance"] = object{"window": object{"start": "00:00", "duration": "24h", "timeZone": "UTC"}}
}

// edit changes the claim of a world, and lets what comes of it settle.
func edit(t *testing.T, w *pretend.World, change func(spec object)) *fnv1.RunFunctionResponse {
	t.Helper()
	change(at(w.Composite, "spec"))
	rsp, _, err := w.Settle(context.Background(), newFunction())
	if err != nil {
		t.Fatal(err)
	}
	if f := pretend.Fatal(rsp); f != "" {
		t.Fatalf("the claim is refused: %s", f)
	}
	return rsp
}

func statusField(w *pretend.World, name string) any { return at(w.Composite, "status")[name] }

func TestStoryProvisionSelfService(t *testing.T) {
	for i, cloudName := range []string{"north", "south"} {
		flavors := []string{"SCS-4V-16-100s", "m1.large"}
		w := ordered(t, func(s object) {
			s["cloud"] = cloudName
			pool(s, 0)["flavor"] = flavors[i]
		})
		rsp := answer(t, w)
		if rsp.GetDesired().GetComposite().GetReady() != fnv1.Ready_READY_TRUE || statusField(w, "phase") != "Ready" {
			t.Errorf("a claim on cloud %s should become ready by itself: %v", cloudName, rsp.GetConditions())
		}
	}
}

func TestStoryConnectToTheAPI(t *testing.T) {
	w := ordered(t)
	want := object{"namespace": "team-a", "name": "shop-oidc-kubeconfig", "key": "kubeconfig"}
	if diff := cmp.Diff(want, statusField(w, "kubeconfigSecretRef")); diff != "" {
		t.Errorf("the claim says where the kubeconfig is: -want +got:\n%s", diff)
	}
	secret := w.Resources["team-kubeconfig"]
	kubeconfig := kubeconfigOf(t, secret)
	endpoint, _ := statusField(w, "endpoint").(string)
	if endpoint == "" || !strings.Contains(kubeconfig, endpoint) {
		t.Errorf("the kubeconfig leads to %q: %s", endpoint, kubeconfig)
	}
	for _, word := range []string{"oidc-login", "https://login.example.org/realms/dev"} {
		if !strings.Contains(kubeconfig, word) {
			t.Errorf("people log in at the identity provider (%s): %s", word, kubeconfig)
		}
	}
	for _, word := range []string{"client-key", "token:", "password"} {
		if strings.Contains(kubeconfig, word) {
			t.Errorf("the kubeconfig holds no secret (%s)", word)
		}
	}
}

// kubeconfigOf decodes the kubeconfig in a Secret.
func kubeconfigOf(t *testing.T, secret object) string {
	t.Helper()
	text, _ := at(secret, "data")["kubeconfig"].(string)
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// Each feature of the claim, and the resource that it brings.
func TestStoryCustomizeFromFeatures(t *testing.T) {
	cases := map[string]struct {
		change func(spec object)
		brings string
	}{
		"another network plugin": {func(s object) { s["network"] = object{"cni": "Calico"} }, "addon-calico"},
		"IPv6": {func(s object) {
			s["network"] = object{
				"ipFamilies": []any{"IPv4", "IPv6"}, "nodeIPv6CIDR": "fd00:8::/64",
				"podCIDRs": []any{"10.244.0.0/16", "fd00:244::/56"}, "serviceCIDRs": []any{"10.96.0.0/16", "fd00:96::/112"},
			}
		}, "subnet-ipv6"},
		"an open port": {func(s object) {
			s["network"] = object{"firewallRules": []any{object{
				"name": "web", "protocol": "TCP", "ports": object{"first": int64(80), "last": int64(80)}, "sources": []any{"0.0.0.0/0"},
			}}}
		}, "firewall-rule-"},
		"autoscaling":                {func(s object) { autoscaled(pool(s, 0), 1, 5) }, "addon-cluster-autoscaler"},
		"network policies that deny": {func(s object) { s["network"] = object{"policyPreset": "DefaultDeny"} }, "network-policy-default-deny"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := ordered(t, tc.change)
			if !slices.ContainsFunc(keys(answer(t, w)), func(k string) bool { return strings.HasPrefix(k, tc.brings) }) {
				t.Errorf("%s should bring %s", name, tc.brings)
			}
		})
	}
}

func autoscaled(p object, least, most int64) {
	delete(p, "replicas")
	p["autoscaling"] = object{"min": least, "max": most}
}

func TestStoryScaleHorizontallyAndVertically(t *testing.T) {
	w := ordered(t)
	class := at(w.Resources["cluster"], "spec", "topology", "classRef")["name"]
	edit(t, w, func(s object) { pool(s, 0)["replicas"] = int64(5) })
	var replicas int64
	for _, s := range pretend.Shares(w.Resources["cluster"]) {
		n, _ := s["replicas"].(float64)
		replicas += int64(n)
	}
	if replicas != 5 {
		t.Errorf("the pool has %d nodes, want 5", replicas)
	}
	if now := at(w.Resources["cluster"], "spec", "topology", "classRef")["name"]; now != class {
		t.Errorf("more nodes replace none, and yet the class became %v from %v", now, class)
	}
	edit(t, w, func(s object) { pool(s, 0)["flavor"] = "SCS-4V-16" })
	var flavors []any
	for key, o := range w.Resources {
		if strings.HasPrefix(key, "machine-template-pool-web-") {
			flavors = append(flavors, at(o, "spec", "template", "spec")["flavor"])
		}
	}
	if diff := cmp.Diff([]any{"SCS-4V-16"}, flavors); diff != "" {
		t.Errorf("the nodes are of the other flavor: -want +got:\n%s", diff)
	}
}

func TestStoryChooseTheServiceLevel(t *testing.T) {
	for level, want := range map[string]float64{"BestEffort": 1, "Standard": 3, "Premium": 3, "Demo": 1} {
		w := ordered(t, func(s object) { s["serviceLevel"] = level })
		got := at(w.Resources["cluster"], "spec", "topology", "controlPlane")["replicas"]
		if got != want {
			t.Errorf("%s has %v control-plane nodes, want %v", level, got, want)
		}
		if name := at(w.Composite, "status", "serviceLevel")["name"]; name != level {
			t.Errorf("the claim says that its level is %v, want %s", name, level)
		}
	}
}

func TestStoryDeleteTheCluster(t *testing.T) {
	w := ordered(t)
	if w.Resources["deletion-protection"] == nil {
		t.Fatal("a Standard cluster is protected from deletion")
	}
	edit(t, w, func(s object) { s["deletionProtection"] = false })
	if w.Resources["deletion-protection"] != nil {
		t.Error("whoever takes the protection off can delete")
	}
	// What must not go before the machines, which are in it and are deleted with it.
	for _, used := range []string{"network", "subnet", "router", "router-interface", "security-group", "cloud-config"} {
		if w.Resources["usage/cluster/"+used] == nil {
			t.Errorf("%s could go before the machines", used)
		}
	}
	for key, o := range w.Resources {
		if o["kind"] != "Release" {
			continue
		}
		if policies := encoded(t, at(o, "spec")["managementPolicies"]); providerConfigOf(o) != "skerry-management" && (policies == "null" || strings.Contains(policies, "Delete") || strings.Contains(policies, "*")) {
			t.Errorf("%s would be deleted through an API that may be dead: %s", key, policies)
		}
	}
}

func providerConfigOf(o object) any { return at(o, "spec", "providerConfigRef")["name"] }

func TestStoryAutoscalingBounds(t *testing.T) {
	w := ordered(t, func(s object) { autoscaled(pool(s, 0), 2, 7) })
	var least, most []any
	for _, s := range pretend.Shares(w.Resources["cluster"]) {
		a := at(s, "metadata", "annotations")
		least = append(least, a["cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size"])
		most = append(most, a["cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size"])
		if s["replicas"] != nil {
			t.Errorf("the autoscaler decides how many nodes there are: %v", s)
		}
	}
	if diff := cmp.Diff([]any{"1", "1", "0"}, least); diff != "" {
		t.Errorf("two nodes at the least: -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]any{"3", "2", "2"}, most); diff != "" {
		t.Errorf("seven at the most: -want +got:\n%s", diff)
	}
}

func TestStoryAutoscalingPools(t *testing.T) {
	w := ordered(t, func(s object) {
		batch := object{"name": "batch", "flavor": "SCS-4V-16-100s"}
		autoscaled(batch, 0, 3)
		s["nodePools"] = append(s["nodePools"].([]any), batch)
	})
	for _, s := range pretend.Shares(w.Resources["cluster"]) {
		name, _ := s["name"].(string)
		if scales := s["replicas"] == nil; scales != strings.HasPrefix(name, "batch") {
			t.Errorf("only the pool that says so takes part: %v", s)
		}
	}
}

func TestStoryAutomatedBackups(t *testing.T) {
	w := ordered(t)
	spec := manifestSpec(w.Resources["backup-schedule"])
	if spec["schedule"] == "" || spec["paused"] != false {
		t.Errorf("a Standard cluster is backed up by itself: %v", spec)
	}
	if data := encoded(t, at(w.Resources["backup-claim"], "spec", "forProvider", "manifest")["data"]); !strings.Contains(data, "SCS-4V-16-100s") {
		t.Errorf("the claim's own configuration is part of it: %s", data)
	}
	if etcd := w.Resources["etcd-snapshots"]; at(etcd, "spec", "forProvider", "values")["suspend"] != false {
		t.Errorf("snapshots of etcd are taken: %v", etcd)
	}
	if c := conditionOf(answer(t, w), "BackedUp"); c.GetStatus() != fnv1.Status_STATUS_CONDITION_TRUE {
		t.Errorf("the claim says that backups keep what is promised: %v", c)
	}
	if known := at(w.Composite, "status", "backup"); known["lastSuccess"] != pretend.Backed || known["lastObjects"] != float64(pretend.BackedObjects) || known["lastSize"] != pretend.BackedSize {
		t.Errorf("the claim says of when the last one is, and how much is in it: %v", known)
	}
}

// manifestSpec is the spec of what an Object makes in the cluster.
func manifestSpec(o object) object { return at(o, "spec", "forProvider", "manifest", "spec") }

func TestStoryBackupSchedule(t *testing.T) {
	w := ordered(t, func(s object) { s["backup"] = object{"schedule": "15 */4 * * *"} })
	if got := manifestSpec(w.Resources["backup-schedule"])["schedule"]; got != "15 */4 * * *" {
		t.Errorf("backups are taken at %v", got)
	}
	if got := at(w.Composite, "status", "backup")["next"]; got != "2026-11-27T12:15:00Z" {
		t.Errorf("the next one is announced for %v", got)
	}
}

func TestStoryBackupRetention(t *testing.T) {
	w := ordered(t, func(s object) { s["backup"] = object{"retention": "45d"} })
	if got := at(manifestSpec(w.Resources["backup-schedule"]), "template")["ttl"]; got != "1080h0m0s" {
		t.Errorf("backups are kept for %v", got)
	}
	if policies := encoded(t, at(w.Resources["backup-bucket"], "spec")["managementPolicies"]); strings.Contains(policies, "Delete") || strings.Contains(policies, "*") {
		t.Errorf("the bucket goes with the cluster: %s", policies)
	}
	bucket := at(w.Composite, "status", "backup")["bucket"]
	kept := []any{object{"kind": "Backups", "name": bucket, "for": "45d"}, object{"kind": "EtcdSnapshots", "name": bucket.(string) + "-etcd", "for": "45d"}}
	if diff := cmp.Diff(kept, statusField(w, "kept")); diff != "" {
		t.Errorf("the claim says what is kept: -want +got:\n%s", diff)
	}
}

func TestStoryRestoreEverything(t *testing.T) {
	lost := ordered(t)
	w := ordered(t, func(s object) { s["restore"] = object{"cluster": "lost", "backup": "latest"} })
	var restore object
	for key, o := range w.Resources {
		if strings.HasPrefix(key, "restore-") && key != "restore-source" {
			restore = manifestSpec(o)
		}
	}
	if restore["scheduleName"] != "lost" || restore["includedNamespaces"] != nil {
		t.Errorf("everything of the last backup comes back: %v", restore)
	}
	source := at(manifestSpec(w.Resources["restore-source"]), "objectStorage")["bucket"]
	if own := at(lost.Composite, "status", "backup")["bucket"]; source == nil || source == own {
		t.Errorf("a lost cluster's backups are in its own bucket, not in %v", source)
	}
	if c := conditionOf(answer(t, w), "Restored"); c.GetStatus() != fnv1.Status_STATUS_CONDITION_TRUE {
		t.Errorf("the claim says that it is done: %v", c)
	}
}

// windowed gives the claim a window that begins at six in the evening, every day.
func windowed(spec object) {
	spec["maintenance"] = object{"window": object{"start": "18:00", "duration": "2h", "timeZone": "UTC"}}
}

// today is a time of plantest's day.
func today(t *testing.T, clock string) time.Time {
	t.Helper()
	now, err := time.Parse(time.RFC3339, plantest.Now.Format(time.DateOnly)+"T"+clock+":00Z")
	if err != nil {
		t.Fatal(err)
	}
	return now
}

// settleAt lets the world settle at a time of the day.
func settleAt(t *testing.T, w *pretend.World, clock string) *fnv1.RunFunctionResponse {
	t.Helper()
	rsp, _, err := w.Settle(context.Background(), functionAt(today(t, clock)))
	if err != nil || pretend.Fatal(rsp) != "" {
		t.Fatalf("at %s: %v %s", clock, err, pretend.Fatal(rsp))
	}
	return rsp
}

func versionOf(w *pretend.World) any {
	return at(w.Resources["cluster"], "spec", "topology")["version"]
}

// pendingNames are what waits for a window.
func pendingNames(w *pretend.World) []string {
	var out []string
	all, _ := at(w.Composite, "status", "maintenance")["pending"].([]any)
	for _, c := range all {
		name, _ := c.(object)["name"].(string)
		out = append(out, name)
	}
	return out
}

func TestStoryScheduleMaintenance(t *testing.T) {
	w := ordered(t, windowed)
	next := at(w.Composite, "status", "maintenance", "next")
	if diff := cmp.Diff(object{"start": "2026-11-27T18:00:00Z", "end": "2026-11-27T20:00:00Z"}, next); diff != "" {
		t.Errorf("the claim says when its window is: -want +got:\n%s", diff)
	}
	at(w.Composite, "spec")["nodePools"] = []any{object{"name": "web", "flavor": "SCS-4V-16", "replicas": int64(3)}}
	class := at(w.Resources["cluster"], "spec", "topology", "classRef")["name"]
	settleAt(t, w, "17:59")
	if diff := cmp.Diff([]string{"pool/web"}, pendingNames(w)); diff != "" {
		t.Errorf("before the window the change waits: -want +got:\n%s", diff)
	}
	if now := at(w.Resources["cluster"], "spec", "topology", "classRef")["name"]; now != class {
		t.Errorf("before the window nodes would be replaced: class %v became %v", class, now)
	}
	settleAt(t, w, "18:00")
	if now := at(w.Resources["cluster"], "spec", "topology", "classRef")["name"]; now == class || len(pendingNames(w)) > 0 {
		t.Errorf("in the window the change is carried out: class %v, pending %v", now, pendingNames(w))
	}
}

func TestStoryBeNotified(t *testing.T) {
	w := ordered(t, windowed)
	p := runtime.DeepCopyJSON(normal(t, platform(t)))
	at(p, "spec")["addons"] = []any{object{"name": "metrics-server", "version": "9.9.9"}}
	w.Required["Platform"] = []map[string]any{p}
	settleAt(t, w, "17:00")
	m := at(w.Composite, "status", "maintenance")
	change := m["pending"].([]any)[0].(object)
	if change["name"] != "addon/metrics-server" || change["to"] != "9.9.9" || change["reason"] == "" {
		t.Errorf("the claim names what will change, to what and why: %v", change)
	}
	// Standard promises 72 hours: what came up an hour before a window waits for one that
	// can be announced.
	settleAt(t, w, "18:30")
	if len(pendingNames(w)) != 1 {
		t.Error("a change of the platform's must not come unannounced")
	}
	if from, _ := m["noticeFrom"].(string); from == "" {
		t.Errorf("the claim says from when the next window is announced: %v", m)
	}
	// Who is named in the claim is told: Alertmanager gets to know of each.
	edit(t, w, func(s object) {
		s["notifications"] = object{"receivers": []any{object{
			"name": "ops", "severity": "critical", "webhook": object{"urlSecretRef": object{"name": "hook", "key": "url"}},
		}}}
	})
	if config := w.Resources["notifications"]; config == nil || config["kind"] != "AlertmanagerConfig" || at(config, "metadata")["namespace"] != "team-a" {
		t.Errorf("want an AlertmanagerConfig beside the claim and its Secret, got %v", config)
	}
	edit(t, w, func(s object) { s["notifications"] = object{} })
	if w.Resources["notifications"] != nil {
		t.Error("who is no longer named hears no more")
	}
}

func TestStoryMonitorMaintenance(t *testing.T) {
	w := ordered(t, windowed)
	at(w.Composite, "spec")["nodePools"] = []any{object{"name": "web", "flavor": "SCS-4V-16", "replicas": int64(3)}}
	// In the window Cluster API takes its time.
	fn := functionAt(today(t, "18:05"))
	_, rsp, err := w.Call(context.Background(), fn)
	if err != nil {
		t.Fatal(err)
	}
	w.Apply(rsp)
	if since := at(w.Composite, "status", "maintenance")["runningSince"]; since != "2026-11-27T18:05:00Z" {
		t.Errorf("the claim says since when maintenance runs: %v", since)
	}
	settleAt(t, w, "18:30")
	m := at(w.Composite, "status", "maintenance")
	if m["runningSince"] != nil || at(m, "last")["started"] != "2026-11-27T18:05:00Z" || at(m, "last")["result"] == "" {
		t.Errorf("the claim says how it ended: %v", m)
	}
}

func TestStoryScheduleMinorUpgrade(t *testing.T) {
	w := ordered(t, windowed, func(s object) { s["version"] = "1.35" })
	at(w.Composite, "spec", "maintenance")["autoUpgrade"] = "Minor"
	settleAt(t, w, "17:00")
	if got := versionOf(w); got != "v1.35.9" {
		t.Errorf("before the window it runs %v", got)
	}
	if !slices.Contains(pendingNames(w), "kubernetes") {
		t.Errorf("the next minor is announced: %v", pendingNames(w))
	}
	// It came up today: the window that can be announced in time is some days ahead.
	fn := functionAt(today(t, "18:05").AddDate(0, 0, 5))
	if _, _, err := w.Settle(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
	if got := versionOf(w); got != "v1.36.4" {
		t.Errorf("in a window that was announced it moves by itself, and yet runs %v", got)
	}
}

func TestStoryTriggerUpgrade(t *testing.T) {
	w := ordered(t, windowed, func(s object) { s["version"] = "1.35" })
	at(w.Composite, "spec")["version"] = "1.36"
	settleAt(t, w, "12:00")
	if got := versionOf(w); got != "v1.35.9" {
		t.Errorf("outside the window it waits, and yet runs %v", got)
	}
	at(w.Composite, "spec", "maintenance")["now"] = "2026-11-27T12:30:00Z"
	settleAt(t, w, "12:30")
	if got := versionOf(w); got != "v1.36.4" {
		t.Errorf("an engineer opens a window with maintenance.now, and yet it runs %v", got)
	}
}

// A condition stays until another takes its place: what a level brought, another level
// takes back.
func TestConditionsOfOtherLevels(t *testing.T) {
	w := ordered(t)
	if c := conditionOf(edit(t, w, func(s object) { s["serviceLevel"] = "BestEffort" }), "BackedUp"); c.GetReason() != "NotTaken" {
		t.Errorf("a level without backups should say that none are taken: %v", c)
	}
	demo := ordered(t, func(s object) { s["serviceLevel"] = "Demo" })
	if c := conditionOf(answer(t, demo), "Expired"); c.GetReason() != "WithinTerm" {
		t.Errorf("a Demo cluster has a term: %v", c)
	}
	at(demo.Composite, "spec")["serviceLevel"] = "Standard"
	if c := conditionOf(answer(t, demo), "Expired"); c.GetReason() != "NoTerm" {
		t.Errorf("a cluster that has no term any more should say so: %v", c)
	}
}
