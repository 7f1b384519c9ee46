package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/test/pretend"
)

// The rules that keep data, each over random claims, levels and observed
// states. The numbers are those of the rules in docs/architecture.md.

func TestMain(m *testing.M) { pretend.Main(m) }

// cases is how many random cases each rule is tested with.
func cases() int {
	if testing.Short() {
		return 300
	}
	return 10_000
}

// eachCase runs a test over random cases. A failure names its seed.
//
// The check says whether the function answered: a fatal result changes nothing,
// so it proves nothing either, and too many of them would make a rule hold for
// want of cases. Floor is the share of answers that there must be, in percent.
func eachCase(t *testing.T, floor int, check func(t *testing.T, r *rand.Rand, b base) bool) {
	t.Helper()
	t.Parallel() // The cases are many, and independent of each other.
	all := bases(t)
	answered := 0
	for i := range cases() {
		r := rand.New(rand.NewPCG(uint64(i), 4711))
		if check(t, r, all[r.IntN(len(all))]) {
			answered++
		}
		if t.Failed() {
			t.Fatalf("the rule is broken in case %d", i)
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
	change(xr["spec"].(map[string]any))
	out := pretend.Shallow(req)
	out.Observed.Resources = req.GetObserved().GetResources()
	out.Observed.Composite = &fnv1.Resource{Resource: mustStruct(t, xr)}
	return out
}

var sharedFunction = newFunction()

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
		pools := spec["nodePools"].([]any)
		switch r.IntN(7) {
		case 0:
			spec["serviceLevel"] = levels[r.IntN(3)]
		case 1:
			spec["version"] = "1.36"
		case 2:
			spec["nodePools"] = append(pools, map[string]any{"name": "extra", "flavor": "SCS-4V-16-100s", "replicas": 1.0})
		case 3:
			spec["nodePools"] = pools[:1]
		case 4:
			pools[0].(map[string]any)["flavor"] = "SCS-4V-16-100s"
		case 5:
			spec["podSecurity"] = "Restricted"
		case 6:
			pools[0].(map[string]any)["availabilityZones"] = []any{"north-1b"}
		}
	}
}

// broken returns a random change that the platform can't serve.
func broken(r *rand.Rand) func(spec map[string]any) {
	return func(spec map[string]any) {
		pools := spec["nodePools"].([]any)
		switch r.IntN(8) {
		case 0:
			spec["cloud"] = "nowhere"
		case 1:
			spec["serviceLevel"] = "Gold"
		case 2:
			spec["version"] = "1.99"
		case 3:
			pools[0].(map[string]any)["flavor"] = "no-such-flavor"
		case 4:
			spec["nodePools"] = []any{}
		case 5:
			pools[0].(map[string]any)["availabilityZones"] = []any{"mars"}
		case 6:
			spec["nodePools"] = "not a list"
		case 7:
			spec["network"].(map[string]any)["nodeCIDR"] = "10.96.0.0/24"
		}
	}
}

func gone(req *fnv1.RunFunctionRequest, rsp *fnv1.RunFunctionResponse) []string {
	var keys []string
	for key := range req.GetObserved().GetResources() {
		if rsp.GetDesired().GetResources()[key] == nil {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// Rule 1: what exists is never withdrawn because something else is missing,
// unready or invalid, or because a lookup failed.
func TestRule1NothingIsWithdrawnByFaults(t *testing.T) {
	eachCase(t, 90, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
		answer := run(t, req)
		if pretend.Fatal(answer) == "" && len(gone(req, answer)) > 0 {
			t.Errorf("with resources missing or unready, these were withdrawn: %v", gone(req, answer))
		}
		if rsp := run(t, withSpec(t, req, broken(r))); pretend.Fatal(rsp) == "" {
			t.Error("an invalid claim was not fatal: it may not change anything")
		}
		lost := pretend.Shallow(req)
		lost.Observed.Resources = req.GetObserved().GetResources()
		lost.RequiredResources = map[string]*fnv1.Resources{"platform": {}}
		if rsp := run(t, lost); pretend.Fatal(rsp) == "" {
			t.Error("a missing Platform was not fatal: it may not change anything")
		}
		return pretend.Fatal(answer) == ""
	})
}

// A cluster that isn't seen, and whose machines are, can't be planned: whatever is held
// at what it runs would begin. So nothing changes.
func TestUnseenClusterIsLeftAlone(t *testing.T) {
	eachCase(t, 0, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
		delete(req.GetObserved().GetResources(), plan.KeyCluster)
		req.RequiredResources = b.request.GetRequiredResources()
		rsp := run(t, withSpec(t, req, changed(r)))
		if f := pretend.Fatal(rsp); f == "" {
			t.Error("the cluster was planned without being seen")
		}
		return false
	})
}

// stateful are the kinds that hold data or identity: losing one loses a cluster.
var stateful = []string{"NetworkV2", "SubnetV2", "RouterV2", "RouterInterfaceV2", "SecgroupV2", "ApplicationCredentialV3", "Cluster", "Secret"}

// Rule 2: keys and names depend on nothing that changes, and no change of level
// renames or removes what holds data.
func TestRule2KeysAndNamesAreForLife(t *testing.T) {
	eachCase(t, 65, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
		level := levels[r.IntN(len(levels))]
		rsp := run(t, withSpec(t, req, func(spec map[string]any) {
			spec["serviceLevel"] = level
			pools := spec["nodePools"].([]any)
			r.Shuffle(len(pools), func(i, j int) { pools[i], pools[j] = pools[j], pools[i] })
		}))
		if pretend.Fatal(rsp) != "" {
			return false // Such as more nodes than the level allows: nothing changes.
		}
		for key, o := range req.GetObserved().GetResources() {
			is := observedName(o)
			if !slices.Contains(stateful, is.kind) {
				continue
			}
			d := rsp.GetDesired().GetResources()[key]
			if d == nil {
				t.Errorf("changing to level %s removed %s %q", level, is.kind, key)
				continue
			}
			if got := observedName(d); got != is {
				t.Errorf("changing to level %s renamed %q: %v became %v", level, key, is, got)
			}
		}
		return true
	})
}

// A change of level rolls the control plane, never the nodes that pods run on.
func TestLevelsLeaveNodesAlone(t *testing.T) {
	for _, claim := range exampleClusters(t) {
		var was []string
		for _, level := range []string{"BestEffort", "Standard", "Premium"} {
			c := claimAt(fitting(claim, level), level)
			// Another version would be other nodes, and levels differ in which come by
			// themselves.
			at(c, "spec")["maintenance"] = object{"autoUpgrade": "Patch"}
			rsp := answer(t, settled(t, c))
			var is []string
			for _, key := range keys(rsp) {
				if strings.HasPrefix(key, "machine-template-pool-") || strings.HasPrefix(key, "bootstrap-template-") || strings.HasPrefix(key, "server-group-pool-") {
					is = append(is, key)
				}
			}
			if was != nil && !slices.Equal(was, is) {
				t.Errorf("at level %s the nodes of %s are others: %v, were %v", level, at(claim, "metadata")["name"], is, was)
			}
			was = is
		}
	}
}

// Rule 2, for order: the order of pools in the claim decides nothing at all.
func TestRule2OrderDecidesNothing(t *testing.T) {
	eachCase(t, 90, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
		rsp := run(t, req)
		other := run(t, withSpec(t, req, func(spec map[string]any) {
			slices.Reverse(spec["nodePools"].([]any))
		}))
		if !proto.Equal(rsp, other) {
			t.Error("the same pools in another order give another answer")
		}
		return pretend.Fatal(rsp) == ""
	})
}

type name struct{ kind, namespace, name string }

func observedName(r *fnv1.Resource) name {
	f := r.GetResource().GetFields()
	m := f["metadata"].GetStructValue().GetFields()
	return name{f["kind"].GetStringValue(), m["namespace"].GetStringValue(), m["name"].GetStringValue()}
}

// Rule 3: whatever is held back or unready makes the composite explicitly not
// ready, with a condition that says what is awaited.
func TestRule3WaitingIsSaid(t *testing.T) {
	eachCase(t, 90, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
		rsp := run(t, req)
		if pretend.Fatal(rsp) != "" {
			return false
		}
		unready := false
		for _, d := range rsp.GetDesired().GetResources() {
			unready = unready || d.GetReady() != fnv1.Ready_READY_TRUE
		}
		held := len(rsp.GetDesired().GetResources()) < len(b.request.GetObserved().GetResources())
		if !unready && !held {
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

// Rule 4: what deletion needs is there from the first moment: a resource never
// exists without the Usages that keep the order of its teardown.
func TestRule4UsagesComeWithTheirUsers(t *testing.T) {
	eachCase(t, 90, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
		rsp := run(t, req)
		if pretend.Fatal(rsp) != "" {
			return false
		}
		desired := rsp.GetDesired().GetResources()
		for usage := range b.request.GetObserved().GetResources() {
			rest, ok := strings.CutPrefix(usage, "usage/")
			if !ok {
				continue
			}
			by, of, _ := strings.Cut(rest, "/")
			if desired[by] != nil && desired[of] != nil && desired[usage] == nil {
				t.Errorf("%q is desired without %q", by, usage)
			}
		}
		return true
	})
}

// Rule 5: what lives in the cluster dies with it and has no Delete policy; what
// owns resources in the cloud has one, and the cluster waits for it.
func TestRule5DeadClustersBlockNothing(t *testing.T) {
	eachCase(t, 80, func(t *testing.T, r *rand.Rand, b base) bool {
		rsp := run(t, withSpec(t, pretend.Partial(r, b.request, b.created), changed(r)))
		if pretend.Fatal(rsp) != "" {
			return false
		}
		desired := rsp.GetDesired().GetResources()
		for key, d := range desired {
			if k := observedName(d).kind; k != "Release" && k != "Object" {
				continue
			}
			spec := d.GetResource().GetFields()["spec"].GetStructValue().GetFields()
			if spec["providerConfigRef"].GetStructValue().GetFields()["kind"].GetStringValue() != "ProviderConfig" {
				continue // It lives on the management cluster.
			}
			deletes := spec["managementPolicies"] == nil
			_, ordered := desired["usage/"+key+"/cluster"]
			if deletes && !ordered && desired["cluster"] != nil {
				t.Errorf("%q can be deleted through a dead API, and the cluster doesn't wait for it", key)
			}
			if !deletes && ordered {
				t.Errorf("%q is never deleted, and the cluster waits for it", key)
			}
		}
		return true
	})
}

// Rule 6: secrets are in the data of Secrets and nowhere else.
func TestRule6SecretsStayInSecrets(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte(pretend.Secret))
	eachCase(t, 80, func(t *testing.T, r *rand.Rand, b base) bool {
		rsp := run(t, withSpec(t, pretend.Partial(r, b.request, b.created), changed(r)))
		clean := proto.Clone(rsp).(*fnv1.RunFunctionResponse)
		for _, d := range clean.GetDesired().GetResources() {
			if observedName(d).kind == "Secret" {
				delete(d.GetResource().GetFields(), "data")
			}
		}
		raw, err := protojson.Marshal(clean)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte(pretend.Secret)) || bytes.Contains(raw, []byte(encoded)) {
			t.Error("the secret of the application credential is outside of a Secret's data")
		}
		return pretend.Fatal(rsp) == ""
	})
}

// Rule 7: versions only go up, one minor at a time, and CIDRs, cloud and engine
// don't change, whatever the claim says.
func TestRule7OnlyUp(t *testing.T) {
	eachCase(t, 25, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
		cluster := req.GetObserved().GetResources()[plan.KeyCluster]
		if cluster == nil {
			return false
		}
		rsp := run(t, withSpec(t, req, func(spec map[string]any) {
			spec["version"] = []string{"1.34", "1.35", "1.36", "1.36", "1.36"}[r.IntN(5)]
			switch r.IntN(8) {
			case 0:
				spec["network"].(map[string]any)["podCIDRs"] = []any{"10.200.0.0/16"}
			case 1:
				spec["cloud"] = "south"
				for _, p := range spec["nodePools"].([]any) {
					p.(map[string]any)["flavor"] = "m1.large"
					delete(p.(map[string]any), "availabilityZones")
				}
			}
		}))
		if pretend.Fatal(rsp) != "" {
			return false
		}
		was, is := topologyOf(cluster), topologyOf(rsp.GetDesired().GetResources()[plan.KeyCluster])
		if minor(is.version) < minor(was.version) || minor(is.version) > minor(was.version)+1 {
			t.Errorf("the version went from %s to %s", was.version, is.version)
		}
		if !slices.Equal(was.pods, is.pods) {
			t.Errorf("the pods' ranges went from %v to %v", was.pods, is.pods)
		}
		for key, o := range req.GetObserved().GetResources() {
			if was, is := providerConfig(o), providerConfig(rsp.GetDesired().GetResources()[key]); is != "" && was != is {
				t.Errorf("%q went from %s to %s", key, was, is)
			}
		}
		return true
	})
}

// providerConfig is the configuration of a managed resource, or "".
func providerConfig(r *fnv1.Resource) string {
	spec := r.GetResource().GetFields()["spec"].GetStructValue().GetFields()
	return spec["providerConfigRef"].GetStructValue().GetFields()["name"].GetStringValue()
}

type topology struct {
	version string
	pods    []string
}

func topologyOf(r *fnv1.Resource) topology {
	v := observed.Of(r.GetResource().AsMap())
	out := topology{version: observed.At(v, "spec", "topology", "version").Text()}
	for c := range observed.At(v, "spec", "clusterNetwork", "pods", "cidrBlocks").Items() {
		out.pods = append(out.pods, c.Text())
	}
	return out
}

func minor(version string) int {
	parts := strings.Split(version, ".")
	if len(parts) < 2 {
		return -1
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil {
		return -1
	}
	return n
}

// Rule 9: desired resources and status of other steps pass through untouched.
func TestRule9OthersStay(t *testing.T) {
	theirs := mustStruct(t, map[string]any{
		"apiVersion": "v1", "kind": "ConfigMap",
		"metadata": map[string]any{"name": "theirs"}, "data": map[string]any{"a": "b"},
	})
	eachCase(t, 90, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
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
		s := rsp.GetDesired().GetComposite().GetResource().GetFields()["status"].GetStructValue().GetFields()
		if s["theirs"].GetStringValue() != "x" || s["phase"].GetStringValue() == "" {
			t.Errorf("the status of another step is gone, or ours: %v", s)
		}
		return true
	})
}

// The same request gives the same bytes.
func TestSameRequestSameBytes(t *testing.T) {
	marshal := proto.MarshalOptions{Deterministic: true}
	eachCase(t, 90, func(t *testing.T, r *rand.Rand, b base) bool {
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
// that exists vanish, other than by a family that may go.
func FuzzRunFunction(f *testing.F) {
	for _, c := range exampleClusters(f) {
		xr := composite(f, c)
		raw, err := protojson.Marshal(mustStruct(f, xr["spec"].(map[string]any)))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw, uint64(1))
	}
	f.Add([]byte(`{"nodePools":null,"network":{"existing":{}}}`), uint64(2))
	// Each fuzzing process makes its own, with the slow code of the fuzzer.
	all := newBases(f, 2)
	f.Fuzz(func(t *testing.T, rawSpec []byte, seed uint64) {
		spec := &structpb.Struct{}
		if protojson.Unmarshal(rawSpec, spec) != nil {
			return
		}
		r := rand.New(rand.NewPCG(seed, 1))
		b := all[r.IntN(len(all))]
		req := pretend.Partial(r, b.request, b.created)
		xr := req.GetObserved().GetComposite().GetResource().AsMap()
		xr["spec"] = runtime.DeepCopyJSON(spec.AsMap())
		req.Observed.Composite = &fnv1.Resource{Resource: mustStruct(t, xr)}
		rsp := run(t, req)
		if pretend.Fatal(rsp) != "" {
			return
		}
		for _, key := range gone(req, rsp) {
			if !mayGo(key) {
				t.Errorf("%q vanished", key)
			}
		}
	})
}

// mayGo says whether a claim can take a resource away on purpose.
func mayGo(key string) bool {
	for _, prefix := range []string{
		"firewall-rule-", "team-kubeconfig", "deletion-protection", "addon-cluster-autoscaler", "usage/",
		plan.KeyServerGroup, plan.KeyClusterClass, plan.KeyClusterTemplate,
		"control-plane-template-", "machine-template-", "bootstrap-template-",
	} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}
