package main

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/test/pretend"
)

// functionAt returns a Function in whose world it is always that time.
func functionAt(now time.Time) *Function {
	f := NewFunction(logging.NewNopLogger())
	f.now = func() time.Time { return now }
	return f
}

// disruptive is what replaces nodes or restarts add-ons when it changes: the version,
// the templates of each group of machines, the zones in which a pool has nodes, and the
// releases' charts and values.
func disruptive(rs map[string]*fnv1.Resource) map[string]any {
	out := map[string]any{}
	cluster := observed.Of(rs[plan.KeyCluster].GetResource().AsMap())
	class := observed.At(cluster, "spec", "topology", "classRef", "name").Text()
	if class == "" {
		return out
	}
	out["version"] = observed.At(cluster, "spec", "topology", "version").Text()
	for md := range observed.At(cluster, "spec", "topology", "workers", "machineDeployments").Items() {
		least := observed.At(md, "metadata", "annotations", "cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size").Text()
		if n := md.Field("replicas").Number(); n > 0 || (least != "" && least != "0") {
			of := "zones of " + md.Field("class").Text()
			had, _ := out[of].(string)
			out[of] = fmt.Sprintf("%s %s: %v%s", had, md.Field("failureDomain").Text(), n, least)
		}
	}
	for key, r := range rs {
		if !strings.HasPrefix(key, plan.KeyClusterClass) && !strings.HasPrefix(key, "addon-") {
			continue
		}
		v := observed.Of(r.GetResource().AsMap())
		switch {
		case strings.HasPrefix(key, plan.KeyClusterClass) && observed.At(v, "metadata", "name").Text() == class:
			cp := observed.At(v, "spec", "controlPlane")
			out["control-plane"] = observed.At(cp, "templateRef", "name").Text() + " " + observed.At(cp, "machineInfrastructure", "templateRef", "name").Text()
			for md := range observed.At(v, "spec", "workers", "machineDeployments").Items() {
				out[md.Field("class").Text()] = observed.At(md, "bootstrap", "templateRef", "name").Text() + " " + observed.At(md, "infrastructure", "templateRef", "name").Text()
			}
		case observed.At(v, "kind").Text() == "Release":
			p := forProvider(r).AsMap()
			out[key] = map[string]any{"chart": p["chart"], "values": p["values"], "set": p["set"]}
		}
	}
	return out
}

func forProvider(r *fnv1.Resource) *structpb.Struct {
	return r.GetResource().GetFields()["spec"].GetStructValue().GetFields()["forProvider"].GetStructValue()
}

// platformChange returns a random change that a platform team may make.
func platformChange(r *rand.Rand) func(spec map[string]any) {
	return func(spec map[string]any) {
		switch r.IntN(3) {
		case 0:
			spec["addons"] = []any{map[string]any{"name": "cilium", "version": "1.20.9"}, map[string]any{"name": "calico", "version": "v3.32.9"}, map[string]any{"name": "metrics-server", "values": map[string]any{"a": "b"}}}
		case 1:
			release(spec, "1.35", "1.35.20")
			release(spec, "1.36", "1.36.20")
		case 2:
			cloud(spec, 0)["zones"] = []any{"north-1a", "north-1b"}
		}
	}
}

// release makes a patch of a minor the platform's, and brings its images.
func release(spec map[string]any, minor, patch string) {
	versions, _ := spec["kubernetesVersions"].([]any)
	spec["kubernetesVersions"] = append(versions, map[string]any{"name": minor, "patch": patch})
	for _, c := range spec["clouds"].([]any) {
		cloud := c.(map[string]any)
		images, _ := cloud["images"].([]any)
		for _, arch := range []string{"amd64", "arm64"} {
			images = append(images, map[string]any{"name": "kube-" + patch + "-" + arch, "kubernetesVersion": patch, "architecture": arch})
		}
		cloud["images"] = images
	}
}

// withPlatform returns the request with changes to the Platform.
func withPlatform(t *testing.T, req *fnv1.RunFunctionRequest, change func(spec map[string]any)) *fnv1.RunFunctionRequest {
	t.Helper()
	p := runtime.DeepCopyJSON(req.GetRequiredResources()["platform"].GetItems()[0].GetResource().AsMap())
	change(p["spec"].(map[string]any))
	out := pretend.Shallow(req)
	out.Observed.Resources = req.GetObserved().GetResources()
	out.RequiredResources["platform"] = &fnv1.Resources{Items: []*fnv1.Resource{{Resource: mustStruct(t, p)}}}
	return out
}

// Rule 8: outside the maintenance window nothing disruptive changes, whatever team and
// platform change.
func TestRule8NothingDisruptiveOutsideTheWindow(t *testing.T) {
	zones := []string{"UTC", "Europe/Zurich", "America/New_York", "Asia/Kolkata"}
	held, let := 0, 0
	eachCase(t, 85, func(t *testing.T, r *rand.Rand, b base) bool {
		req := b.request
		if r.IntN(2) == 0 {
			req = pretend.Partial(r, b.request, b.created)
		}
		zone, err := time.LoadLocation(zones[r.IntN(len(zones))])
		if err != nil {
			t.Fatal(err)
		}
		now := time.Date(2026, time.Month(1+r.IntN(12)), 1+r.IntN(28), r.IntN(24), r.IntN(60), 0, 0, time.UTC)
		if r.IntN(4) == 0 { // Windows are rare, and must be met: this is in one, on a Sunday.
			now = time.Date(2026, time.June, 7*(1+r.IntN(4)), 6+r.IntN(3), r.IntN(60), 0, 0, zone)
		}
		team, platform := changed(r), platformChange(r)
		req = withPlatform(t, withSpec(t, req, func(spec map[string]any) {
			team(spec)
			spec["maintenance"] = map[string]any{"window": map[string]any{"days": []any{"Sunday", "Wednesday"}, "start": "06:00", "duration": "3h", "timeZone": zone.String()}}
		}), platform)
		before := proto.Clone(req).(*fnv1.RunFunctionRequest)
		rsp, err := functionAt(now).RunFunction(context.Background(), req)
		if err != nil {
			t.Fatal(err)
		}
		if pretend.Fatal(rsp) != "" {
			return false
		}
		// As a person reads a watch.
		there := now.In(zone)
		open := (there.Weekday() == time.Sunday || there.Weekday() == time.Wednesday) && there.Hour() >= 6 && there.Hour() < 9
		moved := movedOf(before.GetObserved().GetResources(), rsp.GetDesired().GetResources())
		if !open && len(moved) > 0 {
			t.Errorf("at %s, outside the window, these changed: %v", there, moved)
		}
		if open && len(moved) > 0 {
			let++
		}
		if strings.Contains(maintenanceOf(rsp)["pending"].String(), "name") {
			held++
		}
		return true
	})
	if held < cases()/5 || let < cases()/100 {
		t.Errorf("in %d cases something was held, and in %d a change was let through: too few to prove anything", held, let)
	}
}

func maintenanceOf(rsp *fnv1.RunFunctionResponse) map[string]*structpb.Value {
	return rsp.GetDesired().GetComposite().GetResource().GetFields()["status"].GetStructValue().GetFields()["maintenance"].GetStructValue().GetFields()
}

// movedOf names what is disruptive and differs, of what ran before.
func movedOf(was, is map[string]*fnv1.Resource) []string {
	status := observed.At(observed.Of(was[plan.KeyCluster].GetResource().AsMap()), "status")
	if !observed.At(status, "initialization", "controlPlaneInitialized").Truth() {
		return nil // Nothing has ever run.
	}
	var out []string
	was, is = maps.Clone(was), maps.Clone(is)
	for key := range was {
		if strings.HasPrefix(key, "addon-") && proto.Equal(forProvider(was[key]), forProvider(is[key])) {
			delete(was, key)
			delete(is, key)
		}
	}
	before, after := disruptive(was), disruptive(is)
	for what, had := range before {
		has, stays := after[what]
		if !stays || cmp.Equal(had, has) {
			continue // A pool that the claim takes away goes at once.
		}
		if r := was[what]; r != nil && observed.ConditionOf(observed.Of(r.GetResource().AsMap()), "Ready").Status != "True" {
			continue // A release that never worked.
		}
		out = append(out, what)
	}
	return out
}

// An answer ends exactly when the next could differ, and until then it is the same.
func TestAnswersEndExactly(t *testing.T) {
	claim := exampleNamed(t, "shop")
	at(claim, "spec")["maintenance"] = object{
		"window": object{"days": []any{"Sunday"}, "start": "02:00", "duration": "3h", "timeZone": "Europe/Zurich"},
		"now":    "2026-11-28T10:00:00Z",
	}
	w := settled(t, claim)
	p := runtime.DeepCopyJSON(normal(t, platform(t)))
	end := time.Date(2027, time.February, 20, 0, 0, 0, 0, time.UTC)
	release(at(p, "spec"), "1.36", "1.36.20")
	versions := at(p, "spec")["kubernetesVersions"].([]any)
	versions[len(versions)-1].(object)["endOfSupport"] = end.Format(time.RFC3339)
	w.Required["Platform"] = []map[string]any{p}
	// What waits is in the status from the first look on.
	if _, rsp, err := w.Call(context.Background(), newFunction()); err != nil || pretend.Fatal(rsp) != "" {
		t.Fatal(err, pretend.Fatal(rsp))
	} else {
		w.Apply(rsp)
	}
	utc := func(s string) time.Time {
		v, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	moments := map[string]time.Time{
		"the window opened by hand begins": utc("2026-11-28T10:00:00Z"),
		"it ends":                          utc("2026-11-28T14:00:00Z"),
		"the window begins":                utc("2026-11-29T01:00:00Z"),
		"the window ends":                  utc("2026-11-29T04:00:00Z"),
		"what waits is announced":          utc("2026-12-03T01:00:00Z"),
		"support ends soon":                end.Add(-60 * 24 * time.Hour),
		"support ends":                     end,
	}
	for what, moment := range moments {
		t.Run(what, func(t *testing.T) {
			at := func(before time.Duration) *fnv1.RunFunctionResponse {
				_, rsp, err := w.Call(context.Background(), functionAt(moment.Add(-before)))
				if err != nil || pretend.Fatal(rsp) != "" {
					t.Fatal(err, pretend.Fatal(rsp))
				}
				return rsp
			}
			earlier, later := at(3*time.Second), at(2*time.Second)
			for left, rsp := range map[time.Duration]*fnv1.RunFunctionResponse{3 * time.Second: earlier, 2 * time.Second: later} {
				if got := rsp.GetMeta().GetTtl().AsDuration(); got != left {
					t.Errorf("%s before, the answer holds for %s", left, got)
				}
				rsp.Meta = nil
			}
			if maintenanceOf(later)["begun"] != nil {
				return // What begins now would have begun with the window.
			}
			if !proto.Equal(earlier, later) {
				t.Error("the answer differs although nothing has happened")
			}
		})
	}
}
