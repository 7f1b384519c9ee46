package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/test/crd"
	"github.com/skerry-dev/skerry/test/pretend"
	"github.com/skerry-dev/skerry/test/render"
)

const root = "../.."

// manifests returns the YAML documents of a file under the project's root.
func manifests(t testing.TB, path string) []map[string]any {
	t.Helper()
	docs, err := render.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

func platform(t testing.TB) map[string]any {
	t.Helper()
	return manifests(t, "examples/platform.yaml")[0]
}

// exampleClusters returns every KubernetesCluster of the examples.
func exampleClusters(t testing.TB) []map[string]any {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "examples/claims/*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("cannot find examples: %v", err)
	}
	var out []map[string]any
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]any{}
		if err := yaml.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		if m["kind"] == kind {
			out = append(out, m)
		}
	}
	return out
}

// schemas holds the XRDs of one package and the CRDs of everything composed.
func schemas(t testing.TB, dir string) *crd.Set {
	t.Helper()
	s, err := loadSchemas(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var loadedSchemas sync.Map

func loadSchemas(dir string) (*crd.Set, error) {
	if s, ok := loadedSchemas.Load(dir); ok {
		return s.(*crd.Set), nil
	}
	s, err := crd.Load()
	if err != nil {
		return nil, err
	}
	if err := s.AddXRDs(filepath.Join(root, dir)); err != nil {
		return nil, err
	}
	loadedSchemas.Store(dir, s)
	return s, nil
}

const (
	defaultPackage    = "apis"
	namespacedPackage = "package/namespaced/apis"
)

// composite returns the composite of a claim in the default package, with the
// schema's defaults, as the function sees it.
func composite(t testing.TB, claim map[string]any) map[string]any {
	t.Helper()
	xr, err := schemas(t, defaultPackage).Default(render.FromClaim(runtime.DeepCopyJSON(normal(t, claim)), "X"+kind))
	if err != nil {
		t.Fatal(err)
	}
	return xr
}

func normal(t testing.TB, m map[string]any) map[string]any {
	t.Helper()
	raw, err := yaml.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	if err := yaml.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// claimAt returns a claim at a service level.
func claimAt(claim map[string]any, level string) map[string]any {
	c := runtime.DeepCopyJSON(claim)
	c["spec"].(map[string]any)["serviceLevel"] = level
	return c
}

var levels = []string{"BestEffort", "Standard", "Premium", "Demo"}

// newFunction returns a Function in whose world it is always plantest.Now.
func newFunction() *Function {
	f := NewFunction(logging.NewNopLogger())
	f.now = func() time.Time { return plantest.Now }
	return f
}

// settled returns a world in which the claim's cluster is complete.
func settled(t testing.TB, claim map[string]any) *pretend.World {
	t.Helper()
	w := pretend.NewWorld(composite(t, claim), platform(t))
	rsp, _, err := w.Settle(context.Background(), newFunction())
	if err != nil {
		t.Fatal(err)
	}
	if f := pretend.Fatal(rsp); f != "" {
		t.Fatalf("the claim is refused: %s", f)
	}
	return w
}

// base is a complete cluster that property tests change: its request, and each
// of its resources as it is just after its creation.
type base struct {
	claim   map[string]any
	request *fnv1.RunFunctionRequest
	created map[string]*fnv1.Resource
}

// bases are complete clusters of random claims, a dozen at each level, settled
// once for all property tests.
func bases(t testing.TB) []base {
	t.Helper()
	loadBases.Do(func() { allBases = newBases(t, 48) })
	return allBases
}

// newBases settles as many random claims, of all levels in turn.
func newBases(t testing.TB, n int) []base {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	out := make([]base, 0, n)
	for i := range n {
		claim := randomClaim(r, levels[i%len(levels)])
		w := settled(t, claim)
		req, rsp, err := w.Call(context.Background(), newFunction())
		if err != nil || pretend.Fatal(rsp) != "" {
			t.Fatalf("cannot make base %d: %v %s", i, err, pretend.Fatal(rsp))
		}
		b := base{claim: claim, request: req, created: map[string]*fnv1.Resource{}}
		for key, o := range w.Resources {
			c := runtime.DeepCopyJSON(o)
			delete(c, "status")
			b.created[key] = &fnv1.Resource{Resource: mustStruct(t, c)}
		}
		out = append(out, b)
	}
	return out
}

var (
	loadBases sync.Once
	allBases  []base
)

func mustStruct(t testing.TB, m map[string]any) *structpb.Struct {
	t.Helper()
	s, err := structpb.NewStruct(m)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// randomClaim returns a claim that the example Platform serves at the level.
func randomClaim(r *rand.Rand, level string) map[string]any {
	names := []string{"web", "batch", "db", "gpu", "edge"}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	flavors := []any{"SCS-2V-8-20s", "SCS-4V-16-100s", "SCS-4V-16", "SCS-16V-64-256s_GNl-142"}
	most := 5
	if level == "Demo" {
		most = 3 // It allows three nodes in all.
	}
	var pools []any
	for _, n := range names[:1+r.IntN(most)] {
		p := map[string]any{"name": n, "flavor": flavors[r.IntN(len(flavors))]}
		switch {
		case level == "Demo":
			p["replicas"] = int64(1)
		case r.IntN(3) == 0:
			p["autoscaling"] = map[string]any{"min": int64(r.IntN(3)), "max": int64(2 + r.IntN(20))}
		default:
			p["replicas"] = int64(r.IntN(10))
		}
		if r.IntN(3) == 0 {
			p["labels"] = map[string]any{"example.org/pool": n}
			p["taints"] = []any{map[string]any{"key": n, "effect": "NoSchedule"}}
		}
		if r.IntN(3) == 0 {
			p["availabilityZones"] = []any{"north-1b", "north-1a"}
		}
		if r.IntN(4) == 0 {
			p["rootVolume"] = map[string]any{"size": "80Gi"}
		}
		pools = append(pools, p)
	}
	return map[string]any{
		"apiVersion": "skerry.dev/v1alpha1", "kind": kind,
		"metadata": map[string]any{"name": fmt.Sprintf("c%d", r.IntN(1000)), "namespace": "team-a"},
		"spec": map[string]any{
			"cloud": "north", "serviceLevel": level, "version": []string{"1.35", "1.36"}[r.IntN(2)],
			"nodePools": pools, "network": randomNetwork(r), "access": randomAccess(r),
		},
	}
}

func randomNetwork(r *rand.Rand) map[string]any {
	n := map[string]any{
		"cni":          []string{"Cilium", "Calico"}[r.IntN(2)],
		"policyPreset": []string{"Open", "BlockMetadata", "DefaultDeny"}[r.IntN(3)],
	}
	if r.IntN(3) == 0 {
		n["ipFamilies"] = []any{"IPv4", "IPv6"}
		n["nodeIPv6CIDR"] = "fd00:8::/64"
		n["podCIDRs"] = []any{"10.244.0.0/16", "fd00:244::/56"}
		n["serviceCIDRs"] = []any{"10.96.0.0/16", "fd00:96::/112"}
	}
	if r.IntN(2) == 0 {
		n["firewallRules"] = []any{map[string]any{
			"name": "node-ports", "protocol": "TCP",
			"ports":   map[string]any{"first": int64(30000 + r.IntN(100)), "last": int64(32767)},
			"sources": []any{"203.0.113.0/24", "2001:db8::/32"},
		}}
	}
	if r.IntN(4) == 0 {
		n["apiServer"] = map[string]any{"allowedCIDRs": []any{"203.0.113.0/24"}}
	}
	return n
}

func randomAccess(r *rand.Rand) map[string]any {
	if r.IntN(2) == 0 {
		return map[string]any{}
	}
	return map[string]any{
		"oidc":        map[string]any{"issuerURL": "https://id.example.org", "clientID": "k8s"},
		"adminGroups": []any{"admins"},
	}
}
