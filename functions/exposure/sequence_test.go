package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/crossplane/function-sdk-go/logging"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
	"github.com/skerry-dev/skerry/test/pretend"
)

// A life is an Exposure whose world is changed step by step. What the function
// answers after each step is written down, as documentation that is tested.
type life struct {
	t     *testing.T
	world *pretend.World
	// unready are the kinds, in the cluster or not, whose controllers don't work.
	unready map[string]bool
	log     bytes.Buffer
	known   map[string]bool
}

func newLife(t *testing.T, w *pretend.World) *life {
	l := &life{t: t, world: w, unready: map[string]bool{}, known: map[string]bool{}}
	w.Become = func(desired map[string]any) map[string]any {
		if l.unready[kindOf(desired)] {
			return pretend.Created(desired)
		}
		return pretend.Ready(desired)
	}
	return l
}

// kindOf is the kind of a resource, or of what an Object holds.
func kindOf(o map[string]any) string {
	if o["kind"] != "Object" {
		return o["kind"].(string)
	}
	m := o["spec"].(map[string]any)["forProvider"].(map[string]any)["manifest"].(map[string]any)
	return m["kind"].(string)
}

// step runs the function until nothing changes any more, and writes down what
// came of it.
func (l *life) step(what string) {
	l.t.Helper()
	for key, o := range l.world.Resources {
		delete(o, "status")
		l.world.Resources[key] = l.world.Become(o)
	}
	rsp, rounds, err := l.world.Settle(context.Background(), NewFunction(logging.NewNopLogger()))
	if err != nil {
		l.t.Fatal(err)
	}
	fmt.Fprintf(&l.log, "== %s\n", what)
	got := answerOf(rsp)
	if got.Fatal != "" {
		fmt.Fprintf(&l.log, "fatal: %s\n\n", got.Fatal)
		return
	}
	fmt.Fprintf(&l.log, "rounds: %d\n", rounds)
	now := map[string]bool{}
	for _, key := range got.Keys {
		now[key] = true
		if !l.known[key] {
			fmt.Fprintf(&l.log, "+ %s\n", key)
		}
	}
	var went []string
	for key := range l.known {
		if !now[key] {
			went = append(went, key)
		}
	}
	slices.Sort(went)
	for _, key := range went {
		fmt.Fprintf(&l.log, "- %s\n", key)
	}
	l.known = now
	l.log.WriteString(strings.Join(got.Conditions, "\n") + "\n")
	fmt.Fprintf(&l.log, "deletes in the cluster: %t\n", slices.ContainsFunc(got.Keys, func(k string) bool {
		p, object := policies(rsp)[k]
		return object && p == nil
	}))
	status, err := yaml.Marshal(got.Status)
	if err != nil {
		l.t.Fatal(err)
	}
	l.log.Write(append(status, '\n'))
}

func (l *life) spec() map[string]any { return l.world.Composite["spec"].(map[string]any) }

// The life of an HTTP service: published, moved, disturbed.
func TestSequenceHTTP(t *testing.T) {
	spec := `{hostnames: [shop.apps.example.org]}`
	l := newLife(t, pretend.NewWorld(composite(t, claims, exposure(t, spec)), platform(t), pretend.KubernetesCluster("shop", "north", "False")))
	clusterIs := func(c map[string]any) { l.world.Required["KubernetesCluster"] = []map[string]any{c} }
	l.unready = map[string]bool{"Ingress": true, "Certificate": true, "RecordsetV2": true}
	l.step("the claim is created, and the cluster isn't ready")

	clusterIs(pretend.KubernetesCluster("shop", "north", "True"))
	l.step("the cluster is ready")

	delete(l.unready, "Ingress")
	l.step("the Ingress has an address")

	delete(l.unready, "RecordsetV2")
	l.step("the record is made")

	delete(l.unready, "Certificate")
	l.step("the certificate is issued")

	clusterIs(atLevel(pretend.KubernetesCluster("shop", "north", "True"), "Premium"))
	l.step("the cluster's level becomes Premium")

	l.spec()["via"] = "Gateway"
	l.unready["Gateway"] = true
	l.unready["HTTPRoute"] = true
	l.step("a route is to take the Ingress's place")

	l.unready = map[string]bool{}
	l.step("the route serves")

	l.spec()["tls"] = map[string]any{"mode": "None"}
	l.step("nothing is encrypted any more")

	delete(l.spec(), "via")
	delete(l.spec(), "tls")
	l.step("it is an Ingress with a certificate again")

	l.world.Required["Exposure"] = []map[string]any{
		made(exposure(t, spec), "team-a", "www", later), made(exposure(t, spec), "team-a", "old", earlier),
	}
	l.step("an older Exposure takes the host name")

	delete(l.world.Required, "Exposure")
	clusterIs(pretend.KubernetesCluster("shop", "north", "False"))
	l.step("the cluster doesn't answer")

	delete(l.world.Required, "KubernetesCluster")
	l.step("the cluster is gone")

	clusterIs(pretend.KubernetesCluster("shop", "north", "True"))
	l.step("the cluster is back")
	rendertest.Compare(t, filepath.Join("testdata", "sequences", "http.txt"), l.log.Bytes())
}

// The life of a TCP service.
func TestSequenceTCP(t *testing.T) {
	spec := `{protocol: TCP, service: {name: db, port: 5432}, hostnames: [db.apps.example.org]}`
	l := newLife(t, pretend.NewWorld(composite(t, claims, exposure(t, spec)), platform(t), pretend.KubernetesCluster("shop", "north", "True")))
	l.unready["Service"] = true
	l.step("the claim is created, and there is no Service")

	delete(l.unready, "Service")
	l.step("the Service is there")

	l.world.Required["KubernetesCluster"] = []map[string]any{atLevel(pretend.KubernetesCluster("shop", "north", "True"), "Premium")}
	was := seenIn(l.world, "load-balancer")["metadata"].(map[string]any)["annotations"]
	l.step("the cluster's level becomes Premium")
	if is := seenIn(l.world, "load-balancer")["metadata"].(map[string]any)["annotations"]; fmt.Sprint(is) != fmt.Sprint(was) {
		t.Errorf("a change of level changed the load balancer: %v became %v", was, is)
	}

	l.spec()["loadBalancer"] = map[string]any{"address": "Internal"}
	l.step("the address becomes internal")

	l.spec()["hostnames"] = []any{"sql.apps.example.org"}
	l.step("the host name changes")

	l.world.Required["KubernetesCluster"] = []map[string]any{pretend.KubernetesCluster("shop", "north", "False")}
	l.step("the cluster doesn't answer")
	rendertest.Compare(t, filepath.Join("testdata", "sequences", "tcp.txt"), l.log.Bytes())
}
