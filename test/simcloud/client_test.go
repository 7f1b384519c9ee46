package simcloud

import (
	"net"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// serve serves a new cloud at a socket.
func serve(t *testing.T) *Client {
	t.Helper()
	c, err := cloud.Open(t.TempDir(), cloud.Options{Profile: cloud.Profile{Name: cloud.Instant}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	socket := filepath.Join(t.TempDir(), "s")
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(Handler(c))
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	return Dial(socket)
}

func TestClient(t *testing.T) {
	c, ctx := serve(t), t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	net, err := c.Create(ctx, cloud.Spec{Kind: cloud.Network, Owner: cloud.Owner{Namespace: "a", Name: "n"}, Attributes: map[string]any{"name": "net"}})
	must(err)
	if net.State != cloud.Active || net.Name != "net" {
		t.Errorf("got %v", net)
	}
	net, err = c.Update(ctx, cloud.Network, net.ID, map[string]any{"mtu": 1500})
	must(err)
	if net.Attributes["mtu"] != 1500.0 {
		t.Errorf("got %v", net)
	}
	_, err = c.Create(ctx, cloud.Spec{Kind: cloud.Port, Attributes: map[string]any{"networkId": net.ID}})
	must(err)
	if err := c.Delete(ctx, cloud.Network, net.ID); !cloud.IsConflict(err) {
		t.Errorf("a refusal should come back as one: %v", err)
	}
	if _, err := c.Update(ctx, cloud.Network, "none", nil); !cloud.IsNotFound(err) {
		t.Errorf("got %v", err)
	}
	for f, n := range map[cloud.Filter]int{{}: 2, {Kind: cloud.Network}: 1, {Kind: cloud.Router}: 0, {Owner: "a"}: 1, {Owner: "b"}: 0, {Name: "net"}: 1} {
		got, err := c.Resources(ctx, f)
		must(err)
		if len(got) != n {
			t.Errorf("%v: got %d", f, len(got))
		}
	}
	events, err := c.Events(ctx, 2)
	must(err)
	var got []cloud.Verb
	for _, e := range events {
		got = append(got, e.Verb)
	}
	if diff := cmp.Diff([]cloud.Verb{cloud.Create, cloud.Delete}, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	r, err := c.Report(ctx)
	must(err)
	if n := r.Kinds[cloud.Network]; n.Creates != 1 || n.Updates != 1 || n.RefusedDeletes != 1 || r.Live[cloud.Port] != 1 {
		t.Errorf("got %+v", r)
	}
}

func TestClientFaults(t *testing.T) {
	c, ctx := serve(t), t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	works := func() bool {
		_, err := c.Create(ctx, cloud.Spec{Kind: cloud.Network})
		return err == nil
	}
	id, err := c.Fail(ctx, cloud.QuotaExceeded(cloud.Network))
	must(err)
	faults, err := c.Faults(ctx)
	must(err)
	if len(faults) != 1 || faults[0].ID != id || works() {
		t.Errorf("it should fail: %v", faults)
	}
	must(c.Heal(ctx, id))
	if !works() {
		t.Error("it should be healed")
	}
	if err := c.Heal(ctx, ""); err == nil {
		t.Error("all are healed by HealAll alone")
	}
	_, err = c.Fail(ctx, cloud.Unavailable())
	must(err)
	must(c.HealAll(ctx))
	if !works() {
		t.Error("it should be healed")
	}
	if _, err := c.Fail(ctx, cloud.Fault{}); err == nil {
		t.Error("nothing is no fault")
	}
	must(c.Profile(ctx, cloud.Profile{Name: cloud.Real}))
	if err := c.Profile(ctx, cloud.Profile{Name: "slow"}); err == nil {
		t.Error("there is no such profile")
	}
	r, err := c.Report(ctx)
	must(err)
	if r.Profile.Name != cloud.Real {
		t.Errorf("got %v", r.Profile)
	}
}

func TestDialNobody(t *testing.T) {
	if _, err := Dial(filepath.Join(t.TempDir(), "none")).Report(t.Context()); err == nil {
		t.Error("want an error")
	}
}

func TestClientObjects(t *testing.T) {
	c, ctx := serve(t), t.Context()
	bucket := cloud.Spec{Kind: cloud.Container, Attributes: map[string]any{"name": "b", "metadata": map[string]any{"Quota-Bytes": "8"}}}
	if _, err := c.Create(ctx, bucket); err != nil {
		t.Fatal(err)
	}
	for _, content := range []string{"first", "second"} {
		if err := c.Put(ctx, "b", "o", content); err != nil {
			t.Fatal(err)
		}
	}
	objects, err := c.Objects(ctx, "b")
	if err != nil || len(objects) != 1 || objects[0].Text("content") != "second" {
		t.Errorf("the second should replace the first, got %v and error %v", objects, err)
	}
	if others, err := c.Objects(ctx, "other"); err != nil || len(others) > 0 {
		t.Errorf("another bucket has nothing, got %v and error %v", others, err)
	}
	if err := c.Put(ctx, "b", "p", "too much"); err == nil || err.Error() != "Upload exceeds quota." {
		t.Errorf("the quota should stand against it, got %v", err)
	}
	if err := c.Delete(ctx, cloud.Container, "b"); !cloud.IsConflict(err) {
		t.Errorf("a bucket with objects stays, got %v", err)
	}
}
