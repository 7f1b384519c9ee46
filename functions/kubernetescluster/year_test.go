package main

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/catalog"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/window"
	"github.com/skerry-dev/skerry/functions/internal/wire"
	"github.com/skerry-dev/skerry/test/pretend"
)

// yearBegins is when the simulated year does.
var yearBegins = time.Date(2026, time.December, 1, 9, 0, 0, 0, time.UTC)

func dayOfYear(n int) time.Time { return yearBegins.AddDate(0, 0, n) }

// endOf135 is when the support of 1.35 ends.
var endOf135 = dayOfYear(150)

const (
	// rollsFor is how long a rollout takes: longer than a window.
	rollsFor = 5 * time.Hour
	// urgentPatch is the one that doesn't wait.
	urgentPatch = "v1.36.99"
)

// An edition of the Platform, from a time on.
type edition struct {
	from time.Time
	spec map[string]any
}

// editions are what a platform team does in a year: a patch of each minor a month, one
// that is urgent, two new minors, an end of support, and another version of an add-on.
func editions(t *testing.T) []edition {
	t.Helper()
	spec := platform(t)["spec"].(map[string]any)
	spec["kubernetesVersions"] = []any{map[string]any{"name": "1.35", "patch": "1.35.9", "endOfSupport": endOf135.Format(time.RFC3339)}}
	out := []edition{{yearBegins, runtime.DeepCopyJSON(normal(t, spec))}}
	next := func(day int, change func()) {
		change()
		out = append(out, edition{dayOfYear(day).Add(5*time.Hour + 17*time.Minute), runtime.DeepCopyJSON(normal(t, spec))})
	}
	patch := func(minor string, n int) {
		var kept []any
		for _, v := range spec["kubernetesVersions"].([]any) {
			if e := v.(map[string]any); e["name"] != minor {
				kept = append(kept, v)
			}
		}
		spec["kubernetesVersions"] = kept
		release(spec, minor, fmt.Sprintf("%s.%d", minor, n))
		e := spec["kubernetesVersions"].([]any)[len(kept)].(map[string]any)
		e["support"] = "Supported"
		if minor == "1.35" {
			e["endOfSupport"] = endOf135.Format(time.RFC3339)
		}
	}
	minors := []string{"1.35", "1.36"}
	for month := range 12 {
		next(month*30+10, func() {
			for _, m := range minors {
				if m != "1.36" || month == 0 || month > 8 {
					patch(m, 20+month*10)
				}
			}
		})
		switch month {
		case 1:
			next(month*30+15, func() {
				patch("1.36", 99)
				v := spec["kubernetesVersions"].([]any)
				v[len(v)-1].(map[string]any)["urgent"] = true
			})
		case 2:
			next(month*30+15, func() {
				spec["addons"] = []any{map[string]any{"name": "cilium", "version": "1.20.7"}, map[string]any{"name": "traefik", "version": "41.9.0"}}
			})
		case 3, 8:
			minor := map[int]string{3: "1.37", 8: "1.38"}[month]
			next(month*30+15, func() { minors = append(minors, minor); patch(minor, 1) })
		}
		if month == 8 {
			minors = minors[1:] // Nobody patches 1.35 any more.
		}
	}
	return out
}

// A resident is a cluster in its year.
type resident struct {
	t     *testing.T
	name  string
	level v1alpha1.LevelMaintenance
	world *pretend.World
	asked map[string]*fnv1.ResourceSelector
	// req is the last request, or nil when resources have changed, and desired what was
	// answered.
	req     *fnv1.RunFunctionRequest
	desired map[string]*fnv1.Resource
	fn      *Function
	now     time.Time
	weekly  window.Weekly
	// anyTime says that it may move whenever it likes.
	anyTime bool
	// hurries says that it passes over windows for which nothing waits.
	hurries bool
	// rolls until then.
	rolls time.Time
	// announced says since when changes have been announced.
	announced time.Time
	// notice is when the next change is announced.
	notice time.Time
	// moved is told of what moves in a window.
	moved func(level string, w window.Window)
}

var yearZones = []string{"Europe/Zurich", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"}

// newResident makes the n-th cluster: every level in turn, every third with a window of
// its own.
func newResident(t *testing.T, n int, first edition, moved func(string, window.Window)) *resident {
	t.Helper()
	claim := exampleNamed(t, "shop")
	level := levels[n%len(levels)]
	name := fmt.Sprintf("c%03d", n)
	at(claim, "metadata")["name"] = name
	spec := at(claim, "spec")
	spec["serviceLevel"], spec["version"] = level, []string{"1.35", "1.36"}[n/4%2]
	pool(spec, 0)["replicas"] = int64(2)
	hurries := n%25 != 0
	if hurries {
		spec["backup"] = object{"enabled": false} // Each backup is a time that matters, and disturbs nobody.
	}
	p, err := catalog.Merge(first.spec)
	if err != nil {
		t.Fatal(err)
	}
	r := &resident{t: t, name: level + "/" + name, now: yearBegins, moved: moved, hurries: hurries}
	for _, l := range p.ServiceLevels {
		if l.Name == level {
			r.level = l.Maintenance
		}
	}
	if n%3 == 0 {
		w := v1alpha1.MaintenanceWindow{Days: []v1alpha1.Weekday{"Saturday", "Tuesday"}, Start: "23:00", Duration: "3h", TimeZone: v1alpha1.TimeZone(yearZones[n/3%len(yearZones)])}
		spec["maintenance"] = object{"window": object{"days": []any{"Saturday", "Tuesday"}, "start": "23:00", "duration": "3h", "timeZone": string(w.TimeZone)}}
		r.weekly, err = window.Of("w", w)
	} else {
		r.weekly, _, err = window.Spread("w", r.level, "team-a/"+name)
		r.anyTime = r.level.AnyTime != nil && *r.level.AnyTime
	}
	if err != nil {
		t.Fatal(err)
	}
	obj := platform(t)
	obj["spec"] = first.spec
	r.world = pretend.NewWorld(composite(t, claim), obj)
	r.fn = newFunction()
	r.fn.now = func() time.Time { return r.now }
	if _, _, err := r.world.Settle(context.Background(), r.fn); err != nil {
		t.Fatal(err)
	}
	_, rsp, err := r.world.Call(context.Background(), r.fn)
	if err != nil || pretend.Fatal(rsp) != "" {
		t.Fatalf("%s can't be made: %v %s", r.name, err, pretend.Fatal(rsp))
	}
	r.asked = rsp.GetRequirements().GetResources()
	return r
}

// look calls the function, checks what it does, applies it, and says whether it has
// changed anything, and when the answer may differ.
func (r *resident) look() (changed bool, next time.Time) {
	r.t.Helper()
	req := r.request()
	rsp, err := r.fn.RunFunction(context.Background(), req)
	if err != nil || pretend.Fatal(rsp) != "" {
		r.t.Fatalf("%s at %s: %v %s", r.name, r.now, err, pretend.Fatal(rsp))
	}
	before := maintenanceDigest(r.world.Composite)
	same := r.req != nil && maps.EqualFunc(r.desired, rsp.GetDesired().GetResources(), sameDesired)
	var moved []string
	if !same {
		moved = movedOf(req.GetObserved().GetResources(), rsp.GetDesired().GetResources())
	}
	was := topologyOf(req.GetObserved().GetResources()[plan.KeyCluster]).version
	is := topologyOf(rsp.GetDesired().GetResources()[plan.KeyCluster]).version
	// An add-on of another minor goes with the machines.
	moved = slices.DeleteFunc(moved, func(what string) bool {
		return r.now.Before(r.rolls) && minorOf(req.GetObserved().GetResources()[what]) != minorOf(rsp.GetDesired().GetResources()[what])
	})
	r.check(moved, was, is)
	keys := len(r.world.Resources)
	r.apply(req, rsp, same)
	if was != is {
		r.rolls = r.now.Add(rollsFor)
	}
	r.roll()
	m := maintenanceOf(rsp)
	r.notice = time.Time{}
	notice, _ := window.Notice("n", r.level.Notice)
	for _, c := range m["pending"].GetListValue().GetValues() {
		due, err := time.Parse(time.RFC3339, c.GetStructValue().GetFields()["due"].GetStringValue())
		if from := due.Add(-notice); err == nil && from.After(r.now) && (r.notice.IsZero() || from.Before(r.notice)) {
			r.notice = from
		}
	}
	n := m["announced"].GetNumberValue()
	due, _ := time.Parse(time.RFC3339, m["due"].GetStringValue())
	switch fires := n > 0 && r.now.Before(due); { // As MaintenanceScheduled does.
	case fires && r.announced.IsZero():
		r.announced = r.now
	case n == 0 && m["begun"] == nil:
		r.announced = time.Time{} // What was announced is carried out while it begins.
	}
	if len(moved) > 0 || keys != len(r.world.Resources) || before != maintenanceDigest(r.world.Composite) {
		return true, time.Time{}
	}
	return false, r.next(req)
}

// request returns what Crossplane would send. As long as no resource has changed it is
// the last one, with another composite: to encode them takes most of the time.
func (r *resident) request() *fnv1.RunFunctionRequest {
	r.t.Helper()
	if r.req == nil {
		req, err := r.world.Request(r.asked)
		if err != nil {
			r.t.Fatal(err)
		}
		return req
	}
	req := pretend.Shallow(r.req)
	req.Observed.Resources = r.req.GetObserved().GetResources()
	req.Observed.Composite = mustResource(r.t, r.world.Composite)
	return req
}

// minorOf is the minor of Kubernetes that an add-on is for, or "" where it is for all.
func minorOf(r *fnv1.Resource) string {
	return observed.At(observed.Of(r.GetResource().AsMap()), "metadata", "annotations", external.KubernetesMinorAnnotation).Text()
}

// apply makes the world as the answer desires it.
func (r *resident) apply(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse, same bool) {
	if same {
		r.world.Composite["status"] = rsp.GetDesired().GetComposite().GetResource().GetFields()["status"].AsInterface()
		return
	}
	r.req, r.desired = nil, rsp.GetDesired().GetResources()
	before := r.world.Resources
	r.world.Apply(rsp)
	if reflect.DeepEqual(before, r.world.Resources) {
		r.req = req
	}
}

// sameDesired is proto.Equal for what functions desire, without reflection, which would
// take a quarter of the year.
func sameDesired(a, b *fnv1.Resource) bool {
	return a.GetReady() == b.GetReady() && sameFields(a.GetResource(), b.GetResource())
}

func sameFields(a, b *structpb.Struct) bool {
	return maps.EqualFunc(a.GetFields(), b.GetFields(), sameValue)
}

func sameValue(a, b *structpb.Value) bool {
	switch a := a.GetKind().(type) {
	case *structpb.Value_StructValue:
		b, is := b.GetKind().(*structpb.Value_StructValue)
		return is && sameFields(a.StructValue, b.StructValue)
	case *structpb.Value_ListValue:
		b, is := b.GetKind().(*structpb.Value_ListValue)
		return is && slices.EqualFunc(a.ListValue.GetValues(), b.ListValue.GetValues(), sameValue)
	}
	return a.AsInterface() == b.AsInterface()
}

func maintenanceDigest(xr map[string]any) string {
	s, _ := xr["status"].(map[string]any)
	return fmt.Sprint(s["maintenance"])
}

// roll shows machines that are being replaced.
func (r *resident) roll() {
	rolling := map[bool]string{true: "True", false: "False"}[r.now.Before(r.rolls)]
	for _, c := range at(r.world.Resources[plan.KeyCluster], "status")["conditions"].([]any) {
		if c := c.(object); c["type"] == "RollingOut" && c["status"] != rolling {
			c["status"], r.req = rolling, nil
		}
	}
}

// check looks at what moves.
func (r *resident) check(moved []string, was, version string) {
	r.t.Helper()
	w := r.weekly.At(r.now)
	for _, what := range moved {
		switch {
		case r.anyTime, version == urgentPatch && was != version && !strings.HasPrefix(what, "addon-"):
			continue
		case !w.Contains(r.now):
			r.t.Errorf("%s: at %s, outside its window, %s moves", r.name, r.now, what)
			continue
		}
		notice, _ := window.Notice("n", r.level.Notice)
		if from := w.Start.Add(-notice); notice > 0 && (r.announced.IsZero() || r.announced.After(from)) {
			r.t.Errorf("%s: at %s %s moves, and was announced at %s, want %s at the latest", r.name, r.now, what, r.announced, from)
		}
		r.moved(r.name[:strings.Index(r.name, "/")], w)
	}
	if strings.HasPrefix(version, "v1.35.") && r.now.After(endOf135.AddDate(0, 0, 8)) {
		r.t.Errorf("%s: at %s it still runs %s", r.name, r.now, version)
	}
}

// next is when the plan may differ, or the rollout ends.
func (r *resident) next(req *fnv1.RunFunctionRequest) time.Time {
	claim := &v1alpha1.KubernetesCluster{}
	rsp := wire.Respond(req)
	p, ok := r.fn.platforms.Required(req, rsp)
	if err := wire.Decode(req, claim); err != nil || !ok {
		r.t.Fatalf("%s: cannot decode: %v", r.name, err)
	}
	planned, err := newPlan(req, rsp, claim, plan.ClusterWorld{Platform: p, Have: wire.Observed(req), Now: r.now})
	if err != nil {
		r.t.Fatal(err)
	}
	next := planned.Next
	if m, _ := r.world.Composite["status"].(object)["maintenance"].(object); r.hurries && m["pending"] == nil && m["begun"] == nil && m["runningSince"] == nil {
		next = time.Time{} // Windows in which nothing waits.
		for _, t := range []time.Time{endOf135, endOf135.AddDate(0, 0, -60)} {
			if t.After(r.now) {
				next = t
			}
		}
	}
	if s := planned.Next; s.IsZero() || s.After(r.notice) {
		if r.notice.After(r.now) {
			next = r.notice
		}
	}
	if r.now.Before(r.rolls) && (next.IsZero() || r.rolls.Before(next)) {
		next = r.rolls
	}
	return next
}

// until lets the cluster live until then, from one time that matters to the next.
func (r *resident) until(then time.Time) {
	r.t.Helper()
	for {
		var next time.Time
		for changed := true; changed; {
			r.roll()
			changed, next = r.look()
		}
		if next.IsZero() || !next.Before(then) {
			r.now = then
			return
		}
		r.now = next
	}
}

// A year of a hundred clusters: nothing disruptive ever happens outside a window, every
// notice is early enough, no cluster is left on a version that is no more supported, and
// no more than the level's share of clusters moves at once.
func TestYear(t *testing.T) {
	clusters := 100
	if testing.Short() {
		clusters = 8
	}
	all := editions(t)
	var lock sync.Mutex
	at := map[string]map[string]bool{} // level and window → clusters
	t.Run("clusters", func(t *testing.T) {
		for n := range clusters {
			t.Run(fmt.Sprint(n), func(t *testing.T) {
				t.Parallel()
				r := newResident(t, n, all[0], func(level string, w window.Window) {
					lock.Lock()
					defer lock.Unlock()
					key := level + " " + w.Start.Format(time.RFC3339)
					if n%3 == 0 {
						return // A window of its own is no share of the level's.
					}
					if at[key] == nil {
						at[key] = map[string]bool{}
					}
					at[key][fmt.Sprint(n)] = true
				})
				for i, e := range all {
					r.world.Required["Platform"][0]["spec"], r.req = e.spec, nil
					end := dayOfYear(365)
					if i+1 < len(all) {
						end = all[i+1].from
					}
					r.until(end)
					if t.Failed() {
						return
					}
				}
				if v := topologyOf(mustResource(t, r.world.Resources[plan.KeyCluster])).version; minor(v) < 36 {
					t.Errorf("%s ends its year at %s", r.name, v)
				}
			})
		}
	})
	if len(at) == 0 {
		t.Error("nothing ever moved in a window")
	}
	slots := map[string]int{"Standard": 12, "Premium": 8}
	for key, moved := range at {
		level, _, _ := strings.Cut(key, " ")
		// Two thirds of a quarter of the clusters have windows of the level's; a hash
		// spreads them, not a ruler.
		if share := clusters / 6 / slots[level]; len(moved) > 3*share+3 {
			t.Errorf("%s: %d clusters moved at once, with %d in each window on average", key, len(moved), share)
		}
	}
}

func mustResource(t *testing.T, o map[string]any) *fnv1.Resource {
	t.Helper()
	return &fnv1.Resource{Resource: mustStruct(t, o)}
}
