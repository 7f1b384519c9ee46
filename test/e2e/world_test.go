package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster"
	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/devcluster/trace"
	"github.com/skerry-dev/skerry/test/simcloud"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

const (
	// pollEvery is how soon something awaited is looked at again, and pollAtLast how soon
	// when it has been awaited for a while: a look is work for the API server, too.
	pollEvery  = 200 * time.Millisecond
	pollAtLast = time.Second
	// soon is how long anything may take that isn't a whole cluster's life. It is there
	// for what never comes: a machine may have half the processor time of another.
	soon = 15 * time.Minute
)

// A world is a management cluster and the cloud below it.
type world struct {
	root    string
	cluster *devcluster.Cluster
	client  client.Client
	cloud   *simcloud.Client
	// platform is what the platform team has applied.
	platform *unstructured.Unstructured
	// s3 is where the S3 API of cloud "bucketed" is served, once a test starts it.
	s3 *net.TCPListener
}

// newWorld plays the platform team.
func newWorld(ctx context.Context, root string, c *devcluster.Cluster) (*world, error) {
	k, err := c.Client()
	if err != nil {
		return nil, err
	}
	w := &world{root: root, cluster: c, client: k, cloud: simcloud.Dial(c.Config().CloudSocket())}
	objs, err := c.PlatformTeam(ctx, filepath.Join(root, "examples", "platform.yaml"))
	if err != nil {
		return nil, err
	}
	offerOldVersion(objs[len(objs)-1])
	if w.s3, err = net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}); err != nil {
		return nil, err
	}
	if err := w.addClouds(ctx, objs[len(objs)-1]); err != nil {
		return nil, err
	}
	if err := manifest.Apply(ctx, k, objs...); err != nil {
		return nil, err
	}
	w.platform = objs[len(objs)-1].DeepCopy()
	ctx, cancel := context.WithTimeout(ctx, soon)
	defer cancel()
	return w, manifest.Await(ctx, k, objs[len(objs)-1], manifest.Is("Ready"))
}

// offerOldVersion lets claims order a version from which an upgrade takes two steps.
func offerOldVersion(platform *unstructured.Unstructured) {
	spec := specOf(platform)
	versions, _ := spec["kubernetesVersions"].([]any)
	spec["kubernetesVersions"] = append(versions, map[string]any{
		"name": "1.34", "support": "Supported", "endOfSupport": "2100-01-01T00:00:00Z",
	})
}

// proxied is a cloud like the first one whose entry points see the addresses of
// clients.
const proxied = "proxied"

// addClouds adds it to the Platform, and makes the zone that both have. A third one has
// its S3 API on this machine.
func (w *world) addClouds(ctx context.Context, platform *unstructured.Unstructured) error {
	clouds, _, err := unstructured.NestedSlice(platform.Object, "spec", "clouds")
	if err != nil {
		return err
	}
	first, _ := clouds[0].(map[string]any)
	another := (&unstructured.Unstructured{Object: first}).DeepCopy().Object
	another["name"] = proxied
	if err := unstructured.SetNestedField(another, true, "loadBalancer", "proxyProtocol"); err != nil {
		return err
	}
	third := (&unstructured.Unstructured{Object: first}).DeepCopy().Object
	third["name"] = bucketed
	if err := unstructured.SetNestedField(third, "http://"+w.s3.Addr().String(), "buckets", "endpoint"); err != nil {
		return err
	}
	id, _, _ := unstructured.NestedString(first, "dns", "zoneID")
	name, _, _ := unstructured.NestedString(first, "dns", "zone")
	if _, err := w.cloud.Create(ctx, cloud.Spec{Kind: cloud.Zone, ID: id, Attributes: map[string]any{"name": name + "."}}); err != nil {
		return err
	}
	return unstructured.SetNestedSlice(platform.Object, append(clouds, another, third), "spec", "clouds")
}

func (w *world) close() error {
	_ = w.s3.Close()
	if *keep {
		fmt.Println("left running: export KUBECONFIG=" + w.cluster.Config().Kubeconfig())
		return nil
	}
	dir := w.cluster.Config().Dir
	return errors.Join(devcluster.Purge(context.Background(), dir), os.RemoveAll(copiesIn(dir)))
}

// team makes a namespace for the test's team.
func (w *world) team(t *testing.T, name string) string {
	t.Helper()
	ns := manifest.New(schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}, "", name)
	if err := manifest.Apply(t.Context(), w.client, ns); err != nil {
		t.Fatal(err)
	}
	return name
}

// claim reads an example and gives it to the team.
func (w *world) claim(t *testing.T, example, team, name string, change ...func(spec map[string]any)) *unstructured.Unstructured {
	t.Helper()
	objs, err := manifest.Read(filepath.Join(w.root, "examples", "claims", example))
	if err != nil {
		t.Fatal(err)
	}
	o := objs[0]
	o.SetNamespace(team)
	o.SetName(name)
	spec, _ := o.Object["spec"].(map[string]any)
	for _, c := range change {
		c(spec)
	}
	return o
}

// level makes a claim one of the service level.
func level(name string) func(map[string]any) {
	return func(spec map[string]any) { spec["serviceLevel"] = name }
}

// unprotected makes a claim that can be deleted at any level.
func unprotected(spec map[string]any) { spec["deletionProtection"] = false }

// order creates the claim.
func (w *world) order(t *testing.T, claim *unstructured.Unstructured) {
	t.Helper()
	if err := w.client.Create(t.Context(), claim); err != nil {
		t.Fatalf("cannot order %s: %v", manifest.Title(claim), err)
	}
}

// ready waits until the claims are ready, and reads them.
func (w *world) ready(t *testing.T, claims ...*unstructured.Unstructured) {
	t.Helper()
	for _, c := range claims {
		w.await(t, c, "ready", settled)
	}
}

// settled says that a claim is accepted and ready. Right after a change this may
// still be about what was before: wait for what the change brings first.
func settled(o *unstructured.Unstructured) error {
	for _, condition := range []string{"Accepted", "Ready"} {
		if err := manifest.Is(condition)(o); err != nil {
			return err
		}
	}
	return nil
}

// await reads an object until the check passes, and says why it didn't.
func (w *world) await(t *testing.T, o *unstructured.Unstructured, what string, check func(*unstructured.Unstructured) error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), soon)
	defer cancel()
	if err := manifest.Await(ctx, w.client, o, check); err != nil {
		t.Fatalf("%s should be %s: %v\n%s", manifest.Title(o), what, err, w.explain(o))
	}
}

// eventually fails the test unless the check passes in time.
func eventually(t *testing.T, what string, check func() error) {
	t.Helper()
	within(t, soon, what, check)
}

func within(t *testing.T, limit time.Duration, what string, check func() error) {
	t.Helper()
	var err error
	pause := wait.Backoff{Duration: pollEvery, Factor: 1.1, Steps: math.MaxInt, Cap: pollAtLast}
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(pause.Step()) {
		if err = check(); err == nil {
			return
		}
	}
	t.Fatalf("this should become true: %s: %v", what, err)
}

// explain lists what isn't ready below a claim.
func (w *world) explain(claim *unstructured.Unstructured) string {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	var b strings.Builder
	conditionsOf(&b, claim)
	xr, err := trace.Composite(ctx, w.client, claim)
	if err != nil || xr == nil {
		fmt.Fprintf(&b, "it has no composite: %v\n", err)
		return b.String()
	}
	composed, err := trace.Composed(ctx, w.client, xr)
	if err != nil {
		fmt.Fprintln(&b, err)
	}
	for _, o := range composed {
		if o.GroupVersionKind() != claim.GroupVersionKind() {
			conditionsOf(&b, o)
		}
	}
	return b.String()
}

// conditionsOf writes those conditions of an object that don't hold.
func conditionsOf(b *strings.Builder, o *unstructured.Unstructured) {
	all, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	for _, e := range all {
		c, _ := e.(map[string]any)
		if c["status"] != "True" {
			fmt.Fprintf(b, "  %s: %v=%v %v %v\n", manifest.Title(o), c["type"], c["status"], c["reason"], c["message"])
		}
	}
}

// change edits the claim's spec as a user would.
func (w *world) change(t *testing.T, claim *unstructured.Unstructured, edit func(spec map[string]any)) error {
	t.Helper()
	for {
		err := w.changeOnce(t.Context(), claim, edit)
		if !apierrors.IsConflict(err) {
			return err
		}
	}
}

// changeOnce tries to.
func (w *world) changeOnce(ctx context.Context, claim *unstructured.Unstructured, edit func(spec map[string]any)) error {
	if err := w.client.Get(ctx, client.ObjectKeyFromObject(claim), claim); err != nil {
		return err
	}
	spec, _ := claim.Object["spec"].(map[string]any)
	edit(spec)
	return w.client.Update(ctx, claim)
}

// mustChange edits a spec that must be accepted.
func (w *world) mustChange(t *testing.T, claim *unstructured.Unstructured, edit func(spec map[string]any)) {
	t.Helper()
	if err := w.change(t, claim, edit); err != nil {
		t.Fatal(err)
	}
}

// composed returns what a claim has composed.
func (w *world) composed(t *testing.T, claim *unstructured.Unstructured) []*unstructured.Unstructured {
	t.Helper()
	out, err := w.composedNow(t.Context(), claim)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (w *world) composedNow(ctx context.Context, claim *unstructured.Unstructured) ([]*unstructured.Unstructured, error) {
	if err := w.client.Get(ctx, client.ObjectKeyFromObject(claim), claim); err != nil {
		return nil, err
	}
	xr, err := trace.Composite(ctx, w.client, claim)
	if err != nil {
		return nil, err
	}
	if xr == nil {
		return nil, fmt.Errorf("%s has no composite", manifest.Title(claim))
	}
	return trace.Composed(ctx, w.client, xr)
}

// workload returns a client of the cluster that a claim has ordered.
func (w *world) workload(t *testing.T, claim *unstructured.Unstructured) client.Client {
	t.Helper()
	c, err := w.workloadNow(t.Context(), claim)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (w *world) workloadNow(ctx context.Context, claim *unstructured.Unstructured) (client.Client, error) {
	data, err := w.cluster.Workload(ctx, w.client, claim)
	if err != nil {
		return nil, err
	}
	r, err := clientcmd.RESTConfigFromKubeConfig(data)
	if err != nil {
		return nil, err
	}
	r.QPS, r.Burst = -1, -1
	return client.New(r, client.Options{})
}

// nodes counts the nodes of each pool, and "control-plane" for the others.
func nodes(ctx context.Context, c client.Client) (map[string]int, error) {
	l := &corev1.NodeList{}
	if err := c.List(ctx, l); err != nil {
		return nil, err
	}
	out := map[string]int{}
	for _, n := range l.Items {
		pool := n.Labels["skerry.dev/pool"]
		if _, ok := n.Labels["node-role.kubernetes.io/control-plane"]; ok {
			pool = "control-plane"
		}
		out[pool]++
	}
	return out, nil
}
