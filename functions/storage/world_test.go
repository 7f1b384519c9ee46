package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/test/crd"
	"github.com/skerry-dev/skerry/test/pretend"
	"github.com/skerry-dev/skerry/test/render"
)

const root = "../.."

// The folders of the XRDs of the two packages.
const (
	claims     = "apis"
	namespaced = "package/namespaced/apis"
)

// schemas returns the XRDs of one package and the CRDs of what is composed.
func schemas(t testing.TB, dir string) *crd.Set {
	t.Helper()
	load := defaultSchemas
	if dir == namespaced {
		load = namespacedSchemas
	}
	s, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var (
	defaultSchemas    = sync.OnceValues(func() (*crd.Set, error) { return loadSchemas(claims) })
	namespacedSchemas = sync.OnceValues(func() (*crd.Set, error) { return loadSchemas(namespaced) })
)

func loadSchemas(dir string) (*crd.Set, error) {
	s, err := crd.Load()
	if err != nil {
		return nil, err
	}
	return s, s.AddXRDs(filepath.Join(root, dir))
}

func parse(t testing.TB, text string) map[string]any {
	t.Helper()
	m := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// storage returns the claim of team-a.
func storage(t testing.TB, spec string) map[string]any {
	t.Helper()
	m := parse(t, `
apiVersion: skerry.dev/v1alpha1
kind: Storage
metadata: {name: pictures, namespace: team-a}
spec: {clusterRef: {name: shop}, namespace: web, accessMode: ReadWriteOnce, size: 20Gi}
`)
	maps.Copy(m["spec"].(map[string]any), parse(t, spec))
	return m
}

// composite returns the claim's composite, as the API server stores it.
func composite(t testing.TB, dir string, claim map[string]any) map[string]any {
	t.Helper()
	xr := runtime.DeepCopyJSON(claim)
	if dir == claims {
		xr = render.FromClaim(xr, "X"+kind)
	}
	out, err := schemas(t, dir).Default(xr)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// platform returns the Platform of the examples.
func platform(t testing.TB) map[string]any {
	t.Helper()
	docs, err := render.ReadFile(filepath.Join(root, "examples/platform.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return docs[0]
}

// An answer is what a response says, in a form that tests compare.
type answer struct {
	// Fatal is the message of a fatal result.
	Fatal string
	// Keys of what is desired, in order.
	Keys []string
	// Conditions as "Type=Status Reason: message".
	Conditions []string
	Status     map[string]any
	Ready      bool
}

func answerOf(rsp *fnv1.RunFunctionResponse) answer {
	a := answer{
		Fatal: pretend.Fatal(rsp),
		Keys:  slices.Sorted(maps.Keys(rsp.GetDesired().GetResources())),
		Ready: rsp.GetDesired().GetComposite().GetReady() == fnv1.Ready_READY_TRUE,
	}
	for _, c := range rsp.GetConditions() {
		s := fmt.Sprintf("%s=%t %s", c.GetType(), c.GetStatus() == fnv1.Status_STATUS_CONDITION_TRUE, c.GetReason())
		if c.GetMessage() != "" {
			s += ": " + c.GetMessage()
		}
		a.Conditions = append(a.Conditions, s)
	}
	for field, value := range statusIn(rsp) {
		if slices.Contains(told, field) {
			if a.Status == nil {
				a.Status = map[string]any{}
			}
			a.Status[field] = value
		}
	}
	return a
}

// told are the fields of the status that answers compare. The others have tests
// of their own.
var told = []string{"phase", "claimName", "bucketName", "capacity"}

func statusIn(rsp *fnv1.RunFunctionResponse) map[string]any {
	s, _ := rsp.GetDesired().GetComposite().GetResource().AsMap()["status"].(map[string]any)
	return s
}

// call calls the function as Crossplane does.
func call(t testing.TB, w *pretend.World) *fnv1.RunFunctionResponse {
	t.Helper()
	_, rsp, err := w.Call(context.Background(), NewFunction(logging.NewNopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	return rsp
}

// settle calls the function and lets everything become ready until nothing
// changes.
func settle(t testing.TB, w *pretend.World) *fnv1.RunFunctionResponse {
	t.Helper()
	rsp, _, err := w.Settle(context.Background(), NewFunction(logging.NewNopLogger()))
	if err != nil {
		t.Fatal(err)
	}
	if f := pretend.Fatal(rsp); f != "" {
		t.Fatalf("the claim is refused: %s", f)
	}
	return rsp
}

// migrated is like settle, but leaves a migration where its Jobs are through and still
// there.
func migrated(t testing.TB, w *pretend.World) *fnv1.RunFunctionResponse {
	t.Helper()
	if at(w.Composite, "spec")["migrateFrom"] == nil {
		return settle(t, w)
	}
	const most = 20
	for range most {
		_, rsp, err := w.Call(context.Background(), sharedFunction)
		if err != nil || pretend.Fatal(rsp) != "" {
			t.Fatalf("the claim is refused: %v %s", err, pretend.Fatal(rsp))
		}
		w.Apply(rsp)
		if w.Resources[plan.KeyMigrationVerify] != nil {
			_, rsp, err = w.Call(context.Background(), sharedFunction)
			if err != nil {
				t.Fatal(err)
			}
			return rsp
		}
	}
	t.Fatal("nothing is compared")
	return nil
}

// bodies returns what is desired as YAML, by key.
func bodies(t testing.TB, rsp *fnv1.RunFunctionResponse) []byte {
	t.Helper()
	var out []byte
	for _, key := range slices.Sorted(maps.Keys(rsp.GetDesired().GetResources())) {
		y, err := yaml.Marshal(rsp.GetDesired().GetResources()[key].GetResource().AsMap())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, "---\n# "+key+"\n"...)
		out = append(out, y...)
	}
	return out
}

// validate checks what is desired against the CRDs, what is inside an Object
// too, and the composite with its status against the XRD.
func validate(t testing.TB, dir string, w *pretend.World, rsp *fnv1.RunFunctionResponse) {
	t.Helper()
	s := schemas(t, dir)
	var all []map[string]any
	for _, r := range rsp.GetDesired().GetResources() {
		m := r.GetResource().AsMap()
		all = append(all, m)
		if m["kind"] != "Object" {
			continue
		}
		manifest := m["spec"].(map[string]any)["forProvider"].(map[string]any)["manifest"].(map[string]any)
		if manifest["kind"] == "SnapshotSchedule" {
			checkScheduleManifest(t, manifest)
			continue
		}
		all = append(all, manifest)
	}
	xr := runtime.DeepCopyJSON(w.Composite)
	if status := statusIn(rsp); status != nil {
		xr["status"] = status
	}
	all = append(all, xr)
	for _, m := range all {
		for _, err := range s.Validate(m) {
			if errors.Is(err, crd.ErrNoOpenStack) {
				t.Log(err)
				continue
			}
			t.Error(err)
		}
	}
}

// checkScheduleManifest holds a schedule to what snapscheduler's definition says,
// which is in no Go module that tests have.
func checkScheduleManifest(t testing.TB, m map[string]any) {
	t.Helper()
	spec := m["spec"].(map[string]any)
	for field := range spec {
		if !slices.Contains([]string{"claimSelector", "disabled", "retention", "schedule", "snapshotTemplate"}, field) {
			t.Errorf("a SnapshotSchedule has no field spec.%s", field)
		}
	}
	if expires, ok := spec["retention"].(map[string]any)["expires"].(string); ok && !regexp.MustCompile(`^\d+(h|m|s)$`).MatchString(expires) {
		t.Errorf("a SnapshotSchedule can't expire snapshots after %q", expires)
	}
	if m["apiVersion"] != "snapscheduler.backube/v1" {
		t.Errorf("a SnapshotSchedule is of %v", m["apiVersion"])
	}
}

// at returns the map at a path, or nil.
func at(m map[string]any, path ...string) map[string]any {
	for _, p := range path {
		m, _ = m[p].(map[string]any)
	}
	return m
}

// northCloud returns the first cloud of a Platform.
func northCloud(platform map[string]any) map[string]any {
	return at(platform, "spec")["clouds"].([]any)[0].(map[string]any)
}

// world returns a world in which the mode's Storage can be made, at the level.
func world(t testing.TB, dir, mode, level string) *pretend.World {
	t.Helper()
	claim := storage(t, modes[mode])
	p, c := platform(t), pretend.KubernetesCluster("shop", "north", "True")
	at(c, "spec")["serviceLevel"] = level
	if change := platforms[mode]; change != nil {
		change(northCloud(p))
	}
	return pretend.NewWorld(composite(t, dir, claim), p, c, sourceStorage(t))
}

// sourceStorage is a bucket of the same team, in the same place.
func sourceStorage(t testing.TB) map[string]any {
	t.Helper()
	s := storage(t, `{accessMode: Object}`)
	at(s, "metadata")["name"] = "old-pictures"
	s["status"] = map[string]any{"secretName": "old-pictures-bucket"}
	return s
}
