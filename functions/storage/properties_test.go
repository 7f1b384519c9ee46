package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/test/pretend"
)

// The rules that keep data, each over random modes, levels and observed states.
// The numbers are those of the rules in docs/architecture.md.

func TestMain(m *testing.M) { pretend.Main(m) }

// cases is how many random cases each rule is tested with.
func cases() int {
	if testing.Short() {
		return 300
	}
	return 10_000
}

// base is a complete Storage that property tests change: its request, and each of
// its resources as it is just after its creation.
type base struct {
	mode, level string
	request     *fnv1.RunFunctionRequest
	created     map[string]*fnv1.Resource
}

var (
	loadBases sync.Once
	allBases  []base
)

// bases are complete Storages of every mode at every level.
func bases(t testing.TB) []base {
	t.Helper()
	loadBases.Do(func() { allBases = newBases(t) })
	return allBases
}

func newBases(t testing.TB) []base {
	t.Helper()
	var out []base
	for mode := range modes {
		for _, level := range levels {
			w := world(t, claims, mode, level)
			migrated(t, w)
			req, rsp, err := w.Call(context.Background(), sharedFunction)
			if err != nil || pretend.Fatal(rsp) != "" {
				t.Fatalf("cannot make base %s at %s: %v %s", mode, level, err, pretend.Fatal(rsp))
			}
			// Whatever a changed claim asks for besides is there.
			req.RequiredResources["storages"] = &fnv1.Resources{Items: []*fnv1.Resource{{Resource: mustStruct(t, sourceStorage(t))}}}
			b := base{mode: mode, level: level, request: req, created: map[string]*fnv1.Resource{}}
			for key, o := range w.Resources {
				c := runtime.DeepCopyJSON(o)
				delete(c, "status")
				b.created[key] = &fnv1.Resource{Resource: mustStruct(t, c)}
			}
			out = append(out, b)
		}
	}
	slices.SortFunc(out, func(a, b base) int { return strings.Compare(a.mode+a.level, b.mode+b.level) })
	return out
}

func mustStruct(t testing.TB, m map[string]any) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(m)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// eachCase runs a test over random cases. A failure names its number. The check
// says whether the function answered; floor is the share of answers that there
// must be, in percent, so that no rule holds for want of cases.
func eachCase(t *testing.T, floor int, check func(t *testing.T, r *rand.Rand, b base) bool) {
	t.Helper()
	t.Parallel()
	all := bases(t)
	answered := 0
	for i := range cases() {
		r := rand.New(rand.NewPCG(uint64(i), 815))
		b := all[r.IntN(len(all))]
		if check(t, r, b) {
			answered++
		}
		if t.Failed() {
			t.Fatalf("the rule is broken in case %d: %s at %s", i, b.mode, b.level)
		}
	}
	if share := answered * 100 / cases(); share < floor {
		t.Errorf("only %d %% of the cases were answered, want %d %%", share, floor)
	}
}

// withSpec returns the request with changes to the composite's spec.
func withSpec(t *testing.T, req *fnv1.RunFunctionRequest, change func(spec map[string]any)) *fnv1.RunFunctionRequest {
	t.Helper()
	xr := req.GetObserved().GetComposite().GetResource().AsMap()
	change(at(xr, "spec"))
	out := pretend.Shallow(req)
	out.Observed.Resources = req.GetObserved().GetResources()
	out.Observed.Composite = &fnv1.Resource{Resource: mustStruct(t, xr)}
	return out
}

// withCluster returns the request with another state of the cluster.
func withCluster(t *testing.T, req *fnv1.RunFunctionRequest, clusters ...map[string]any) *fnv1.RunFunctionRequest {
	t.Helper()
	out := pretend.Shallow(req)
	out.Observed.Resources = req.GetObserved().GetResources()
	found := &fnv1.Resources{}
	for _, c := range clusters {
		found.Items = append(found.Items, &fnv1.Resource{Resource: mustStruct(t, c)})
	}
	out.RequiredResources["clusters"] = found
	return out
}

// disturbed returns the request with a cluster that is gone, another one, not
// ready, being deleted, or not taken in.
func disturbed(t *testing.T, r *rand.Rand, b base, req *fnv1.RunFunctionRequest) *fnv1.RunFunctionRequest {
	t.Helper()
	c := pretend.KubernetesCluster("shop", "north", "True")
	at(c, "spec")["serviceLevel"] = b.level
	switch r.IntN(5) {
	case 0:
		return withCluster(t, req)
	case 1:
		at(c, "spec", "resourceRef")["name"] = "shop-other"
	case 2:
		at(c, "status")["conditions"] = []any{}
	case 3:
		at(c, "metadata")["deletionTimestamp"] = "2026-01-01T00:00:00Z"
	case 4:
		delete(at(c, "spec"), "resourceRef")
	}
	return withCluster(t, req, c)
}

var sharedFunction = NewFunction(logging.NewNopLogger())

func run(t *testing.T, req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
	t.Helper()
	rsp, err := sharedFunction.RunFunction(context.Background(), req)
	if err != nil {
		t.Fatalf("the function failed: %v", err)
	}
	return rsp
}

// changed returns a random change that a team may make to its claim.
func changed(r *rand.Rand) func(spec map[string]any) {
	return func(spec map[string]any) {
		switch r.IntN(6) {
		case 0:
			spec["serviceLevel"] = levels[r.IntN(len(levels))]
		case 1:
			spec["size"] = "2Ti"
		case 2:
			spec["keep"] = map[string]any{"policy": []string{"Retain", "Delete"}[r.IntN(2)]}
		case 3:
			delete(spec, "snapshots")
		case 4:
			delete(spec, "performance")
		case 5:
			delete(spec, "migrateFrom")
		}
	}
}

// broken returns a random change that can't be served.
func broken(r *rand.Rand) func(spec map[string]any) {
	return func(spec map[string]any) {
		switch r.IntN(5) {
		case 0:
			spec["serviceLevel"] = "Gold"
		case 1:
			spec["size"] = "0"
		case 2:
			spec["accessMode"] = "Everything"
		case 3:
			spec["size"] = "not a size"
		case 4:
			spec["migrateFrom"] = "not a source"
		}
	}
}

func gone(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse) []string {
	var keys []string
	for _, key := range pretend.Keys(req) {
		if rsp.GetDesired().GetResources()[key] == nil {
			keys = append(keys, key)
		}
	}
	return keys
}

// Rule 1: what exists is never withdrawn because something else is missing,
// unready or invalid, or because a lookup failed.
func TestRule1NothingIsWithdrawnByFaults(t *testing.T) {
	eachCase(t, 95, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
		answer := run(t, req)
		for what, rsp := range map[string]*fnv1.RunFunctionResponse{
			"resources missing or unready": answer,
			"a cluster that is disturbed":  run(t, disturbed(t, r, b, req)),
			"a claim that was changed":     run(t, withSpec(t, req, changed(r))),
			"a claim that is broken":       run(t, withSpec(t, disturbed(t, r, b, req), broken(r))),
		} {
			if pretend.Fatal(rsp) == "" && len(gone(req, rsp)) > 0 {
				t.Errorf("with %s, these were withdrawn: %v", what, gone(req, rsp))
			}
		}
		if rsp := run(t, withSpec(t, req, broken(r))); pretend.Fatal(rsp) == "" {
			t.Error("an invalid claim was not fatal: it may not change anything")
		}
		lost := pretend.Shallow(req)
		lost.Observed.Resources = req.GetObserved().GetResources()
		lost.RequiredResources["platform"] = &fnv1.Resources{}
		if rsp := run(t, lost); pretend.Fatal(rsp) == "" {
			t.Error("a missing Platform was not fatal: it may not change anything")
		}
		return pretend.Fatal(answer) == ""
	})
}

// forLife is what of a resource may never change: its identity, and what its cloud
// or Kubernetes would have to replace it for.
func forLife(r *fnv1.Resource) string {
	m := r.GetResource().AsMap()
	out := []any{m["kind"], at(m, "metadata")["namespace"], at(m, "metadata")["name"]}
	parameters := at(m, "spec", "forProvider")
	for _, field := range []string{"name", "region", "shareProto", "shareType", "shareNetworkIdRef", "accessTo", "neutronNetId", "neutronSubnetId"} {
		out = append(out, parameters[field])
	}
	if manifest := at(parameters, "manifest"); manifest != nil && manifest["kind"] != "SnapshotSchedule" {
		out = append(out, manifest["kind"], at(manifest, "metadata")["namespace"], at(manifest, "metadata")["name"])
		for _, field := range []string{"accessModes", "storageClassName", "volumeName", "csi", "template"} {
			out = append(out, at(manifest, "spec")[field])
		}
	}
	return fmt.Sprint(out...)
}

// Rule 2: keys and names depend on nothing that changes, and no change of level or
// Platform renames, removes or replaces what holds data.
func TestRule2KeysAndNamesAreForLife(t *testing.T) {
	eachCase(t, 95, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
		next := withSpec(t, req, func(spec map[string]any) { spec["serviceLevel"] = levels[r.IntN(len(levels))] })
		next.RequiredResources["platform"] = otherPlatform(t, r, req)
		rsp := run(t, next)
		if pretend.Fatal(rsp) != "" {
			return false
		}
		for _, key := range pretend.Keys(req) {
			d := rsp.GetDesired().GetResources()[key]
			if d == nil {
				t.Errorf("the change removed %q", key)
				continue
			}
			if was, is := forLife(req.GetObserved().GetResources()[key]), forLife(d); was != is {
				t.Errorf("the change replaces %q:\nwas %s\nis  %s", key, was, is)
			}
		}
		return true
	})
}

// otherPlatform returns the Platform after a change of what storage is made of.
func otherPlatform(t *testing.T, r *rand.Rand, req *fnv1.RunFunctionRequest) *fnv1.Resources {
	t.Helper()
	p := req.GetRequiredResources()["platform"].GetItems()[0].GetResource().AsMap()
	north := northCloud(p)
	switch r.IntN(6) {
	case 0:
		north["shares"] = map[string]any{"type": "other"}
	case 1:
		north["shares"] = map[string]any{"type": "nfs-ssd", "provisioning": "Dynamic"}
	case 2:
		north["shares"] = map[string]any{"type": "nfs-ssd", "shareNetwork": map[string]any{}}
	case 3:
		delete(north, "performances")
	case 4:
		north["volumes"] = map[string]any{"defaultType": "other"}
	}
	return &fnv1.Resources{Items: []*fnv1.Resource{{Resource: mustStruct(t, p)}}}
}

// Rule 3: whatever is held back or unready makes the composite explicitly not
// ready, with a condition that says what is awaited.
func TestRule3WaitingIsSaid(t *testing.T) {
	eachCase(t, 50, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
		rsp := run(t, req)
		if pretend.Fatal(rsp) != "" {
			return false
		}
		unready := slices.ContainsFunc(pretend.Keys(b.request), func(key string) bool {
			// The Jobs of a migration that is done aren't made again.
			return rsp.GetDesired().GetResources()[key] == nil && !strings.Contains(key, "migration-")
		})
		for _, d := range rsp.GetDesired().GetResources() {
			unready = unready || d.GetReady() != fnv1.Ready_READY_TRUE
		}
		if !unready {
			return false
		}
		if rsp.GetDesired().GetComposite().GetReady() != fnv1.Ready_READY_FALSE {
			t.Error("something is unready or held, and the composite isn't explicitly unready")
		}
		if !saysWhy(rsp) {
			t.Errorf("something is unready or held, and no condition says what is awaited: %v", rsp.GetConditions())
		}
		return true
	})
}

func saysWhy(rsp *fnv1.RunFunctionResponse) bool {
	return slices.ContainsFunc(rsp.GetConditions(), func(c *fnv1.Condition) bool {
		return c.GetStatus() == fnv1.Status_STATUS_CONDITION_FALSE && c.GetMessage() != ""
	})
}

// dataKeys are the keys of what holds data.
var dataKeys = []string{plan.KeyVolume, plan.KeyPersistentVolume, plan.KeyShare, plan.KeyShareAccess, plan.KeyShareNetwork, plan.KeyBucket, plan.KeySnapshotSchedule}

// Rule 4: what deletion needs is there from the first moment: Usages come with
// their users, kept data never has a Delete policy, and says for how long it is to
// be kept.
func TestRule4DeletionIsPreparedFromTheFirstMoment(t *testing.T) {
	eachCase(t, 90, func(t *testing.T, r *rand.Rand, b base) bool {
		req := withSpec(t, pretend.Partial(r, b.request, b.created), changed(r))
		rsp := run(t, req)
		if pretend.Fatal(rsp) != "" {
			return false
		}
		desired := rsp.GetDesired().GetResources()
		for usage := range b.request.GetObserved().GetResources() {
			rest, ok := strings.CutPrefix(usage, "usage/")
			by, of, _ := strings.Cut(rest, "/")
			if ok && desired[by] != nil && desired[of] != nil && desired[usage] == nil {
				t.Errorf("%q is desired without %q", by, usage)
			}
		}
		keep := at(statusIn(rsp), "keep")
		for _, key := range dataKeys {
			if desired[key] == nil {
				continue
			}
			if deletes(desired[key]) != (keep["policy"] == "Delete") {
				t.Errorf("the status says %v, and the policies of %q are %v", keep, key, policies(desired[key]))
			}
			if label := keepLabel(desired[key]); label != "" && label != fmt.Sprint(keep["policy"], keep["term"]) {
				t.Errorf("the status says %v, and %q is labelled %s", keep, key, label)
			}
		}
		return true
	})
}

// keepLabel returns what is written on the data, or "" for what has no room.
func keepLabel(r *fnv1.Resource) string {
	m := r.GetResource().AsMap()
	labels, policy, term := at(m, "spec", "forProvider", "manifest", "metadata", "labels"), "skerry.dev/keep", "skerry.dev/keep-term"
	if labels == nil {
		labels, policy, term = at(m, "spec", "forProvider", "metadata"), "Skerry-Keep", "Skerry-Keep-Term"
	}
	if labels == nil {
		return ""
	}
	return fmt.Sprint(labels[policy], labels[term])
}

func policies(r *fnv1.Resource) []string {
	var out []string
	list, _ := at(r.GetResource().AsMap(), "spec")["managementPolicies"].([]any)
	for _, p := range list {
		out = append(out, fmt.Sprint(p))
	}
	return out
}

// deletes says whether a managed resource takes along what it manages.
func deletes(r *fnv1.Resource) bool {
	p := policies(r)
	return len(p) == 0 || slices.Contains(p, "*") || slices.Contains(p, "Delete")
}

// Rule 5: while the cluster doesn't answer, or is gone, nothing in it has a Delete
// policy, which would hold up the Storage for ever. What is only asked to be read
// stays so.
func TestRule5DeadClustersBlockNothing(t *testing.T) {
	eachCase(t, 60, func(t *testing.T, r *rand.Rand, b base) bool {
		req := disturbed(t, r, b, pretend.Partial(r, b.request, b.created))
		if r.IntN(2) == 0 {
			req = withSpec(t, req, broken(r))
		}
		rsp := run(t, req)
		if pretend.Fatal(rsp) != "" {
			if len(inCluster(req)) > 0 && !strings.HasPrefix(pretend.Fatal(rsp), "cannot decode") {
				t.Errorf("a Storage that exists is frozen, with what it would delete: %s", pretend.Fatal(rsp))
			}
			return false
		}
		for _, key := range inCluster(req) {
			if d := rsp.GetDesired().GetResources()[key]; deletes(d) {
				t.Errorf("%q would be deleted through a dead API: %v", key, policies(d))
			}
		}
		return true
	})
}

// inCluster returns the keys of what exists and is reached through the cluster's
// API.
func inCluster(req *fnv1.RunFunctionRequest) []string {
	return slices.DeleteFunc(pretend.Keys(req), func(key string) bool {
		kind := req.GetObserved().GetResources()[key].GetResource().GetFields()["kind"].GetStringValue()
		return kind != "Object" && kind != "Release"
	})
}

// Rule 6: the secret half of the keys is nowhere.
func TestRule6SecretsStayInSecrets(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte(pretend.KeySecret))
	eachCase(t, 90, func(t *testing.T, r *rand.Rand, b base) bool {
		rsp := run(t, withSpec(t, pretend.Partial(r, b.request, b.created), changed(r)))
		raw, err := protojson.Marshal(rsp)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte(pretend.KeySecret)) || bytes.Contains(raw, []byte(encoded)) {
			t.Error("the secret of the bucket's keys is in the answer")
		}
		return pretend.Fatal(rsp) == ""
	})
}

// Rule 7: a size only grows, whatever the claim says.
func TestRule7OnlyUp(t *testing.T) {
	eachCase(t, 40, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
		size := []string{"1Gi", "50Gi", "500Gi", "3Ti"}[r.IntN(4)]
		rsp := run(t, withSpec(t, req, func(spec map[string]any) { spec["size"] = size }))
		if pretend.Fatal(rsp) != "" {
			return false
		}
		for _, key := range []string{plan.KeyVolume, plan.KeyShare} {
			was, is := req.GetObserved().GetResources()[key], rsp.GetDesired().GetResources()[key]
			if was != nil && smaller(sizeOf(t, is), sizeOf(t, was)) {
				t.Errorf("with size %s, %q shrinks", size, key)
			}
		}
		return true
	})
}

func smaller(a, b resource.Quantity) bool { return a.Cmp(b) < 0 }

func sizeOf(t *testing.T, r *fnv1.Resource) resource.Quantity {
	t.Helper()
	parameters := at(r.GetResource().AsMap(), "spec", "forProvider")
	text, ok := at(parameters, "manifest", "spec", "resources", "requests")["storage"].(string)
	if !ok {
		text = fmt.Sprintf("%vGi", parameters["size"])
	}
	return resource.MustParse(text)
}

// Rule 9: desired resources and status of other steps pass through untouched.
func TestRule9OthersStay(t *testing.T) {
	theirs := mustStruct(t, map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{"name": "theirs"}, "data": map[string]any{"a": "b"},
	})
	eachCase(t, 95, func(t *testing.T, r *rand.Rand, b base) bool {
		req := disturbed(t, r, b, pretend.Partial(r, b.request, b.created))
		if r.IntN(2) == 0 {
			req = pretend.Partial(r, b.request, b.created)
		}
		req.Desired = &fnv1.State{
			Composite: &fnv1.Resource{Resource: mustStruct(t, map[string]any{"status": map[string]any{"theirs": "x"}})},
			Resources: map[string]*fnv1.Resource{"theirs": {Resource: theirs, Ready: fnv1.Ready_READY_TRUE}},
		}
		// Theirs may also be observed: it must not be taken for ours.
		req.Observed.Resources["theirs"] = &fnv1.Resource{Resource: theirs}
		rsp := run(t, req)
		if pretend.Fatal(rsp) != "" {
			return false
		}
		got := rsp.GetDesired().GetResources()["theirs"]
		if !proto.Equal(got.GetResource(), theirs) || got.GetReady() != fnv1.Ready_READY_TRUE {
			t.Errorf("another step's resource became %v", got)
		}
		if s := statusIn(rsp); s["theirs"] != "x" || s["phase"] == nil {
			t.Errorf("the status of another step is gone, or ours: %v", s)
		}
		return true
	})
}

// onlyTheDataKnows makes the request one in which neither the status nor the Jobs tell of
// the migration, and what holds the data does.
func onlyTheDataKnows(t *testing.T, req *fnv1.RunFunctionRequest, b base) {
	t.Helper()
	xr := req.GetObserved().GetComposite().GetResource().AsMap()
	delete(at(xr, "status"), "migration")
	req.Observed.Composite = &fnv1.Resource{Resource: mustStruct(t, xr)}
	resources := req.GetObserved().GetResources()
	delete(resources, plan.KeyMigrationCopy)
	delete(resources, plan.KeyMigrationVerify)
	holder := plan.KeyVolume
	if b.created[plan.KeyBucket] != nil {
		holder = plan.KeyBucket
	}
	from := at(xr, "spec", "migrateFrom")
	source := "PersistentVolumeClaim " + fmt.Sprint(from["persistentVolumeClaim"])
	if name, ok := from["storage"].(string); ok {
		source = "Storage " + name
	}
	o := b.created[holder].GetResource().AsMap()
	at(o, "metadata")["annotations"] = map[string]any{plan.AnnotationMigrated: source}
	resources[holder] = &fnv1.Resource{Resource: mustStruct(t, o)}
}

// A migration that was done never runs again, whoever remembers it: the status,
// the Job in the cluster, the Object that makes no Job any more, or what holds the data.
func TestAMigrationNeverRunsAgain(t *testing.T) {
	eachCase(t, 20, func(t *testing.T, r *rand.Rand, b base) bool {
		if !strings.HasPrefix(b.mode, "migrate-") {
			return false
		}
		req := pretend.Partial(r, b.request, b.created)
		memory := r.IntN(4)
		switch memory {
		case 0:
			xr := req.GetObserved().GetComposite().GetResource().AsMap()
			at(xr, "status", "migration")["phase"] = "Done"
			req.Observed.Composite = &fnv1.Resource{Resource: mustStruct(t, xr)}
		case 3:
			onlyTheDataKnows(t, req, b)
		default:
			xr := req.GetObserved().GetComposite().GetResource().AsMap()
			delete(at(xr, "status"), "migration")
			req.Observed.Composite = &fnv1.Resource{Resource: mustStruct(t, xr)}
			all := b.request.GetObserved().GetResources()
			req.Observed.Resources[plan.KeyMigrationCopy] = b.created[plan.KeyMigrationCopy]
			req.Observed.Resources[plan.KeyMigrationVerify] = all[plan.KeyMigrationVerify]
			if memory == 2 {
				retired := b.created[plan.KeyMigrationVerify].GetResource().AsMap()
				at(retired, "spec")["managementPolicies"] = []any{"Observe", "Delete"}
				req.Observed.Resources[plan.KeyMigrationVerify] = &fnv1.Resource{Resource: mustStruct(t, retired)}
			}
		}
		rsp := run(t, req)
		if pretend.Fatal(rsp) != "" {
			t.Fatalf("refused: %s", pretend.Fatal(rsp))
		}
		for _, key := range []string{plan.KeyMigrationCopy, plan.KeyMigrationVerify} {
			if d := rsp.GetDesired().GetResources()[key]; d != nil && (slices.Contains(policies(d), "*") || slices.Contains(policies(d), "Create")) {
				t.Errorf("%q would be made again (memory %d): %v", key, memory, policies(d))
			}
		}
		return true
	})
}

// The same request gives the same bytes.
func TestSameRequestSameBytes(t *testing.T) {
	marshal := proto.MarshalOptions{Deterministic: true}
	eachCase(t, 95, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
		answer := run(t, proto.Clone(req).(*fnv1.RunFunctionRequest))
		first, err := marshal.Marshal(answer)
		if err != nil {
			t.Fatal(err)
		}
		second, err := marshal.Marshal(run(t, req))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first, second) {
			t.Error("the same request gives other bytes")
		}
		return pretend.Fatal(answer) == ""
	})
}

// FuzzRunFunction: decode, plan and render never panic, and no input makes a key
// that exists vanish.
func FuzzRunFunction(f *testing.F) {
	for _, spec := range modes {
		raw, err := protojson.Marshal(mustStruct(f, at(storage(f, spec), "spec")))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, uint64(1))
	}
	f.Add([]byte(`{"accessMode":"Object","snapshots":{"retention":{"age":"x"}},"migrateFrom":{},"keep":{"policy":""}}`), uint64(2))
	all := bases(f)
	f.Fuzz(func(t *testing.T, rawSpec []byte, seed uint64) {
		spec := &structpb.Struct{}
		if protojson.Unmarshal(rawSpec, spec) != nil {
			return
		}
		r := rand.New(rand.NewPCG(seed, 1))
		b := all[r.IntN(len(all))]
		req := pretend.Partial(r, b.request, b.created)
		xr := req.GetObserved().GetComposite().GetResource().AsMap()
		was := at(xr, "spec")["claimRef"]
		xr["spec"] = runtime.DeepCopyJSON(spec.AsMap())
		at(xr, "spec")["claimRef"] = was
		req.Observed.Composite = &fnv1.Resource{Resource: mustStruct(t, xr)}
		rsp := run(t, req)
		if pretend.Fatal(rsp) == "" && len(gone(req, rsp)) > 0 {
			t.Errorf("these vanished: %v", gone(req, rsp))
		}
	})
}
