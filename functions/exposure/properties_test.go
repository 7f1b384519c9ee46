package main

import (
	"bytes"
	"context"
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
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/test/pretend"
)

// The rules that keep data, each over all protocols and levels and random observed
// states. The numbers are those of the rules in docs/architecture.md. Rule 8,
// maintenance windows, has nothing to hold here: what changes disturbs nobody.

func TestMain(m *testing.M) { pretend.Main(m) }

// cases is how many random cases each rule is tested with.
func cases() int {
	if testing.Short() {
		return 300
	}
	return 10_000
}

// A base is a settled Exposure: the request that Crossplane would send, and what
// each resource looked like when it was just created.
type base struct {
	scene   string
	request *fnv1.RunFunctionRequest
	created map[string]*fnv1.Resource
}

var bases = sync.OnceValue(func() []base {
	var out []base
	for name := range scenes {
		t := &testing.T{}
		w := scene(t, claims, name)
		settle(t, w)
		req, _, err := w.Call(context.Background(), NewFunction(logging.NewNopLogger()))
		if err != nil {
			panic(err)
		}
		b := base{scene: name, request: req, created: map[string]*fnv1.Resource{}}
		for key, o := range w.Resources {
			fresh := runtime.DeepCopyJSON(o)
			delete(fresh, "status")
			s, err := structpb.NewStruct(fresh)
			if err != nil {
				panic(err)
			}
			b.created[key] = &fnv1.Resource{Resource: s}
		}
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b base) int { return strings.Compare(a.scene, b.scene) })
	return out
})

// eachCase runs a test over random cases. A failure names its seed and its scene.
//
// The check says whether the case proves something: too few that do would make a
// rule hold for want of cases. Floor is the share that there must be, in percent.
func eachCase(t *testing.T, floor int, check func(t *testing.T, r *rand.Rand, b base) bool) {
	t.Helper()
	t.Parallel() // The cases are many, and independent of each other.
	all := bases()
	proved := 0
	for i := range cases() {
		r := rand.New(rand.NewPCG(uint64(i), 4711))
		b := all[r.IntN(len(all))]
		if check(t, r, b) {
			proved++
		}
		if t.Failed() {
			t.Fatalf("the rule is broken in case %d, of %q", i, b.scene)
		}
	}
	if share := proved * 100 / cases(); share < floor {
		t.Errorf("only %d %% of the cases prove something, want %d %%", share, floor)
	}
}

func mustStruct(t *testing.T, m map[string]any) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(m)
	if err != nil {
		t.Fatal(err)
	}
	return s
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

// withCluster returns the request with another cluster, or with none.
func withCluster(t *testing.T, req *fnv1.RunFunctionRequest, c map[string]any) *fnv1.RunFunctionRequest {
	t.Helper()
	out := pretend.Shallow(req)
	out.Observed.Resources = req.GetObserved().GetResources()
	out.RequiredResources["clusters"] = &fnv1.Resources{}
	if c != nil {
		out.RequiredResources["clusters"].Items = []*fnv1.Resource{{Resource: mustStruct(t, c)}}
	}
	return out
}

// lostCluster is a cluster that doesn't answer, that is another one, or none.
func lostCluster(t *testing.T, r *rand.Rand) map[string]any {
	t.Helper()
	switch r.IntN(4) {
	case 0:
		return nil
	case 1:
		c := pretend.KubernetesCluster("shop", "north", "True")
		c["spec"].(map[string]any)["resourceRef"].(map[string]any)["name"] = "shop-other"
		return c
	case 2:
		c := pretend.KubernetesCluster("shop", "north", "True")
		c["metadata"].(map[string]any)["deletionTimestamp"] = later
		return c
	}
	return pretend.KubernetesCluster("shop", "north", []string{"False", "Unknown"}[r.IntN(2)])
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

// gone are the keys of what exists and isn't desired any more.
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

// broken returns a random change that can't be served.
func broken(r *rand.Rand) func(spec map[string]any) {
	return func(spec map[string]any) {
		switch r.IntN(5) {
		case 0:
			spec["clusterRef"] = map[string]any{"name": "nowhere"}
		case 1:
			spec["protocol"], spec["hostnames"] = "HTTP", []any{}
			delete(spec, "loadBalancer")
		case 2:
			spec["service"] = "not a map"
		case 3:
			spec["tls"] = map[string]any{"mode": "Secret"}
		case 4:
			spec["protocol"], spec["loadBalancer"] = "UDP", map[string]any{"proxyProtocol": true}
		}
	}
}

// Rule 1: what exists is never withdrawn because something else is missing,
// unready or invalid, or because a lookup failed.
func TestRule1NothingIsWithdrawnByFaults(t *testing.T) {
	eachCase(t, 90, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
		lostZone := withCluster(t, req, pretend.KubernetesCluster("shop", "south", "True"))
		for what, faulty := range map[string]*fnv1.RunFunctionRequest{
			"with resources missing or unready": req,
			"with a cluster that is lost":       withCluster(t, req, lostCluster(t, r)),
			"with a claim that can't be served": withSpec(t, req, broken(r)),
			"on a cloud without a zone":         lostZone,
		} {
			rsp := run(t, faulty)
			if lost := gone(faulty, rsp); pretend.Fatal(rsp) == "" && len(lost) > 0 {
				t.Errorf("%s, these were withdrawn: %v", what, lost)
			}
		}
		unserved := withCluster(t, req, pretend.KubernetesCluster("shop", "north", "True"))
		unserved.RequiredResources["platform"] = &fnv1.Resources{}
		if pretend.Fatal(run(t, unserved)) == "" {
			t.Error("a missing Platform was not fatal: it may not change anything")
		}
		return len(req.GetObserved().GetResources()) > 0
	})
}

type name3 struct{ kind, namespace, name string }

func nameOf(r *fnv1.Resource) name3 {
	f := r.GetResource().GetFields()
	m := f["metadata"].GetStructValue().GetFields()
	return name3{f["kind"].GetStringValue(), m["namespace"].GetStringValue(), m["name"].GetStringValue()}
}

// Rule 2: keys and names depend on nothing that changes: not on the level, not on
// the order of lists.
func TestRule2KeysAndNamesAreForLife(t *testing.T) {
	eachCase(t, 90, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
		level := []string{"BestEffort", "Standard", "Premium", "Demo"}[r.IntN(4)]
		other := withSpec(t, withCluster(t, req, atLevel(pretend.KubernetesCluster("shop", "north", "True"), level)), func(spec map[string]any) {
			for _, list := range []string{"hostnames", "paths", "allowedCIDRs"} {
				l, _ := spec[list].([]any)
				r.Shuffle(len(l), func(i, j int) { l[i], l[j] = l[j], l[i] })
			}
		})
		was, is := run(t, req), run(t, other)
		for key, d := range was.GetDesired().GetResources() {
			n := is.GetDesired().GetResources()[key]
			if n == nil && key == plan.KeyProbe {
				continue // It holds nothing, and comes and goes with the level's promise.
			}
			if n == nil {
				t.Errorf("at level %s %q is gone", level, key)
				continue
			}
			if nameOf(d) != nameOf(n) {
				t.Errorf("at level %s %q was renamed: %v became %v", level, key, nameOf(d), nameOf(n))
			}
		}
		return len(was.GetDesired().GetResources()) > 1
	})
}

// Rule 3: whatever is held back or unready makes the composite explicitly not
// ready, with a condition that says what is awaited.
func TestRule3WaitingIsSaid(t *testing.T) {
	eachCase(t, 60, func(t *testing.T, r *rand.Rand, b base) bool {
		rsp := run(t, pretend.Partial(r, b.request, b.created))
		if f := pretend.Fatal(rsp); f != "" {
			t.Errorf("it is refused: %s", f)
		}
		unready := len(rsp.GetDesired().GetResources()) < len(b.created)
		for _, d := range rsp.GetDesired().GetResources() {
			unready = unready || d.GetReady() != fnv1.Ready_READY_TRUE
		}
		if !unready {
			return false
		}
		if rsp.GetDesired().GetComposite().GetReady() != fnv1.Ready_READY_FALSE {
			t.Error("something is unready or held, and the composite isn't explicitly unready")
		}
		if !slices.ContainsFunc(rsp.GetConditions(), func(c *fnv1.Condition) bool {
			return c.GetStatus() == fnv1.Status_STATUS_CONDITION_FALSE && c.GetMessage() != ""
		}) {
			t.Errorf("something is unready or held, and no condition says what is awaited: %v", rsp.GetConditions())
		}
		return true
	})
}

// Rule 4: what deletion needs is there from the first moment: nothing exists
// without the Usage that keeps the cluster.
func TestRule4TheUsageComesFirst(t *testing.T) {
	eachCase(t, 95, func(t *testing.T, r *rand.Rand, b base) bool {
		rsp := run(t, pretend.Partial(r, b.request, b.created))
		if rsp.GetDesired().GetResources()[keyUsesCluster] == nil {
			t.Error("there is no Usage")
		}
		return true
	})
}

// Rule 5: a cluster that can't be reached blocks nothing: no Object in it carries
// the Delete policy. In one that answers all do, and records always.
func TestRule5DeadClustersBlockNothing(t *testing.T) {
	eachCase(t, 65, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
		lost := withCluster(t, req, lostCluster(t, r))
		if r.IntN(2) == 0 {
			lost = withSpec(t, lost, func(spec map[string]any) { spec["namespace"] = "elsewhere" })
		}
		proves := false
		for isLost, rsp := range map[bool]*fnv1.RunFunctionResponse{true: run(t, lost), false: run(t, req)} {
			if pretend.Fatal(rsp) != "" {
				// What may not be let go of must not be there.
				for key, o := range lost.GetObserved().GetResources() {
					if reached[key] && o != nil {
						t.Errorf("it is refused, and %q can't be deleted", key)
					}
				}
				continue
			}
			for key, d := range rsp.GetDesired().GetResources() {
				spec := d.GetResource().GetFields()["spec"].GetStructValue().GetFields()
				listed := spec["managementPolicies"] != nil
				switch kind := nameOf(d).kind; {
				case kind == "RecordsetV2" && listed:
					t.Errorf("%q would stay in the zone", key)
				case kind == "Object" && isLost && !listed && req.GetObserved().GetResources()[key] != nil:
					t.Errorf("%q can be deleted through a dead API only", key)
				case kind == "Object" && !isLost && listed && !slices.Contains(lookedAt, key):
					t.Errorf("%q would be left behind", key)
				}
				proves = proves || isLost && reached[key]
			}
		}
		return proves
	})
}

// lookedAt are the keys of what is only read, reached those of what clients
// reach.
var (
	lookedAt = []string{"backend", "endpoints", "certificate", "gateway-certificate", "entry-point"}
	reached  = map[string]bool{"ingress": true, "route": true, "passthrough": true, "load-balancer": true}
)

// Rule 6: no Secret is read or composed, and nothing that the cluster shows gets
// out of a status.
func TestRule6SecretsStayInSecrets(t *testing.T) {
	eachCase(t, 70, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
		planted := 0
		for key, o := range req.GetObserved().GetResources() {
			m := o.GetResource().AsMap()
			status, _ := m["status"].(map[string]any)
			at, ok := status["atProvider"].(map[string]any)
			if !ok {
				continue
			}
			at["secret"] = pretend.Secret
			if manifest, ok := at["manifest"].(map[string]any); ok {
				manifest["data"] = map[string]any{"tls.key": pretend.Secret}
			}
			req.Observed.Resources[key] = &fnv1.Resource{Resource: mustStruct(t, m), ConnectionDetails: map[string][]byte{"key": []byte(pretend.Secret)}}
			planted++
		}
		rsp := run(t, req)
		raw, err := protojson.Marshal(rsp)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, []byte(pretend.Secret)) || bytes.Contains(raw, []byte(`"kind":"Secret","metadata"`)) {
			t.Error("a secret is in the answer")
		}
		return planted > 0
	})
}

// Rule 7: cluster, namespace and protocol of what exists don't change, whatever
// the claim says.
func TestRule7NothingMoves(t *testing.T) {
	eachCase(t, 70, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
		if !slices.ContainsFunc(gone(req, &fnv1.RunFunctionResponse{}), func(key string) bool { return reached[key] }) {
			return false
		}
		moved := withSpec(t, req, func(spec map[string]any) {
			switch r.IntN(3) {
			case 0:
				spec["namespace"] = "elsewhere"
			case 1:
				spec["clusterRef"] = map[string]any{"name": "blog"}
			case 2:
				was := spec["protocol"]
				for spec["protocol"] == was {
					spec["protocol"] = []any{"HTTP", "TLSPassthrough", "TCP", "UDP"}[r.IntN(4)]
				}
				if spec["hostnames"] == nil {
					spec["hostnames"] = []any{"www.example.com"}
				}
				for _, f := range []string{"paths", "tls", "via", "loadBalancer", "allowedCIDRs"} {
					delete(spec, f)
				}
			}
		})
		rsp := run(t, moved)
		if pretend.Fatal(rsp) != "" {
			return true
		}
		for key, o := range req.GetObserved().GetResources() {
			was := o.GetResource().GetFields()["spec"].GetStructValue().GetFields()
			is := rsp.GetDesired().GetResources()[key].GetResource().GetFields()["spec"].GetStructValue().GetFields()
			if !proto.Equal(was["forProvider"], is["forProvider"]) || !proto.Equal(was["providerConfigRef"], is["providerConfigRef"]) {
				t.Errorf("%q went from %v to %v", key, was, is)
			}
		}
		return true
	})
}

// Rule 9: desired resources and status of other steps pass through untouched.
func TestRule9OthersStay(t *testing.T) {
	eachCase(t, 95, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
		theirs := &fnv1.Resource{Resource: mustStruct(t, map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "metadata": map[string]any{"name": "theirs"}}), Ready: fnv1.Ready_READY_TRUE}
		req.Desired = &fnv1.State{
			Resources: map[string]*fnv1.Resource{"theirs": proto.CloneOf(theirs)},
			Composite: &fnv1.Resource{Resource: mustStruct(t, map[string]any{"status": map[string]any{"theirs": "stays"}})},
		}
		req.Observed.Resources["theirs-too"] = proto.CloneOf(theirs)
		rsp := run(t, req)
		if !proto.Equal(theirs, rsp.GetDesired().GetResources()["theirs"]) {
			t.Error("what another step desires was changed")
		}
		if rsp.GetDesired().GetResources()["theirs-too"] != nil {
			t.Error("what another step made was taken over")
		}
		status := rsp.GetDesired().GetComposite().GetResource().GetFields()["status"].GetStructValue()
		if status.GetFields()["theirs"].GetStringValue() != "stays" {
			t.Error("the status of another step was changed")
		}
		return true
	})
}

// The same request gives the same answer.
func TestSameRequestSameAnswer(t *testing.T) {
	eachCase(t, 95, func(t *testing.T, r *rand.Rand, b base) bool {
		req := pretend.Partial(r, b.request, b.created)
		if !proto.Equal(run(t, proto.CloneOf(req)), run(t, req)) {
			t.Error("two calls differ")
		}
		return true
	})
}
