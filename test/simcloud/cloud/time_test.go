package cloud

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLife(t *testing.T) {
	clk := newClock()
	w := newWorld(t, Real, clk)
	w.make("net Network")
	state := func() State {
		r, err := w.Get(Network, w.ids["net"])
		if IsNotFound(err) {
			return ""
		}
		if err != nil {
			t.Fatal(err)
		}
		return r.State
	}
	steps := []struct {
		do   func() error
		want State
	}{
		{nil, Building},
		{func() error { clk.move(10 * time.Second); return nil }, Active},
		{func() error {
			_, err := w.Update(Network, w.ids["net"], map[string]any{"mtu": 1500})
			return err
		}, Pending},
		{func() error { clk.move(5 * time.Second); return nil }, Active},
		{func() error { return w.Delete(Network, w.ids["net"]) }, Deleting},
		{func() error { return w.Delete(Network, w.ids["net"]) }, Deleting},
		{func() error { clk.move(5 * time.Second); return nil }, ""},
	}
	for i, s := range steps {
		if s.do != nil {
			if err := s.do(); err != nil {
				t.Fatalf("step %d: %v", i, err)
			}
		}
		if got := state(); got != s.want {
			t.Errorf("step %d: state %q, want %q", i, got, s.want)
		}
	}
	report, err := w.Report()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Counts{Creates: 1, Updates: 1, Deletes: 1}, report.Total, ignoreReads()); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

func TestLocked(t *testing.T) {
	clk := newClock()
	w := newWorld(t, Real, clk)
	w.make(site[0])
	w.make(site[1], "lb LoadBalancer vipSubnetId=$sub")
	want := "Load Balancer $lb is immutable and cannot be updated/deleted."
	if got := w.hide(w.delete("lb")); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	clk.move(2 * time.Minute)
	if err := w.delete("lb"); err != nil {
		t.Errorf("it's active now: %v", err)
	}
	// What is being deleted is still in the way, and nothing new may use it.
	if err := w.delete("sub"); !IsConflict(err) {
		t.Errorf("the port of the load balancer still exists: %v", err)
	}
	if _, err := w.Create(Spec{Kind: FloatingIP, Attributes: map[string]any{"pool": "public", "portId": w.ids["lb"]}}); !IsNotFound(err) {
		t.Errorf("got %v", err)
	}
	clk.move(time.Minute)
	if err := w.delete("sub"); err != nil {
		t.Errorf("nothing is in the way any more: %v", err)
	}
}

func TestDurations(t *testing.T) {
	cases := map[string]struct {
		profile    Profile
		fault      *Fault
		least, max time.Duration
	}{
		"Instant":    {Profile{Name: Instant}, nil, 0, 0},
		"Fast":       {Profile{Name: Fast}, nil, 150 * time.Millisecond, 900 * time.Millisecond},
		"FastTwice":  {Profile{Name: Fast, Factor: 2}, nil, 300 * time.Millisecond, 1800 * time.Millisecond},
		"Real":       {Profile{Name: Real}, nil, 15 * time.Second, 2 * time.Minute},
		"RealSlow":   {Profile{Name: Real}, new(Slowed(10)), 150 * time.Second, 20 * time.Minute},
		"OthersSlow": {Profile{Name: Real}, &Fault{Kind: Router, Slow: 10}, 15 * time.Second, 2 * time.Minute},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			clk := newClock()
			w := newWorld(t, Instant, clk)
			w.make(site...)
			if err := w.SetProfile(tc.profile); err != nil {
				t.Fatal(err)
			}
			if tc.fault != nil {
				if _, err := w.Fail(*tc.fault); err != nil {
					t.Fatal(err)
				}
			}
			w.make("lb LoadBalancer vipSubnetId=$sub")
			r, err := w.Get(LoadBalancer, w.ids["lb"])
			if err != nil {
				t.Fatal(err)
			}
			if d := r.ActiveAt.Sub(clk.now()); d < tc.least || d > tc.max {
				t.Errorf("it takes %s, want %s to %s", d, tc.least, tc.max)
			}
		})
	}
	if err := newWorld(t, Fast, newClock()).SetProfile(Profile{Name: "slow"}); err == nil {
		t.Error("there is no profile called slow")
	}
}

func TestFaults(t *testing.T) {
	create := func(kind Kind, name, namespace string) func(*Cloud) error {
		return func(c *Cloud) error {
			_, err := c.Create(Spec{Kind: kind, Name: name, Owner: Owner{Namespace: namespace, Name: name}, Attributes: map[string]any{"name": name}})
			return err
		}
	}
	cases := map[string]struct {
		reason string
		fault  Fault
		do     func(*Cloud) error
		want   []string // of consecutive requests
	}{
		"Quota":        {"The service's words.", QuotaExceeded(SecurityGroup), create(SecurityGroup, "g", "a"), []string{"Quota exceeded for resources: ['security_group'].", "Quota exceeded for resources: ['security_group']."}},
		"OtherKind":    {"Others aren't touched.", QuotaExceeded(SecurityGroup), create(Network, "n", "a"), []string{""}},
		"OtherVerb":    {"Others aren't touched.", Fault{Verb: Delete, Message: "m"}, create(Network, "n", "a"), []string{""}},
		"Prefix":       {"By name.", Fault{NamePrefix: "shop-", Message: "m"}, create(Network, "shop-net", "a"), []string{"m"}},
		"OtherPrefix":  {"By name.", Fault{NamePrefix: "shop-", Message: "m"}, create(Network, "bank-net", "a"), []string{""}},
		"Namespace":    {"By owner.", Fault{Owner: "a", Message: "m"}, create(Network, "n", "a"), []string{"m"}},
		"OtherOwner":   {"By owner.", Fault{Owner: "a", Message: "m"}, create(Network, "n", "ab"), []string{""}},
		"OneOwner":     {"By owner.", Fault{Owner: "a/n", Message: "m"}, create(Network, "n", "a"), []string{"m"}},
		"EverySecond":  {"A flapping API.", Fault{Message: "m", Every: 2}, create(Network, "n", "a"), []string{"", "m", "", "m"}},
		"Count":        {"It heals.", Fault{Message: "m", Count: 2}, create(Network, "n", "a"), []string{"m", "m", ""}},
		"Probability":  {"The seed decides.", Fault{Message: "m", Probability: 0.5}, create(Network, "n", "a"), []string{"m", "m", "", "", "m"}},
		"ImageMissing": {"The service's words.", ImageMissing("ubuntu"), create(Server, "s", "a"), []string{"Can not find requested image ubuntu"}},
		"Read":         {"Reading fails too.", Unavailable(), func(c *Cloud) error { _, err := c.Get(Network, "n"); return err }, []string{Unavailable().Message}},
		"OnlySlow":     {"Slow isn't broken.", Slowed(10), create(Network, "n", "a"), []string{""}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			c := open(t, t.TempDir(), Instant, newClock())
			if _, err := c.Fail(tc.fault); err != nil {
				t.Fatal(err)
			}
			var got []string
			for range tc.want {
				message := ""
				if err := tc.do(c); err != nil {
					message = err.Error()
				}
				got = append(got, message)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestFaultsInvalid(t *testing.T) {
	c := open(t, t.TempDir(), Instant, newClock())
	for name, f := range map[string]Fault{
		"Nothing": {}, "NegativeSlow": {Slow: -1}, "Likely": {Message: "m", Probability: 2}, "NoError": {Message: "m", Code: http.StatusOK},
	} {
		if _, err := c.Fail(f); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
}

func TestFaultsHeal(t *testing.T) {
	dir, clk := t.TempDir(), newClock()
	c := open(t, dir, Instant, clk)
	quota, err := c.Fail(QuotaExceeded(Network))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Fail(Fault{Kind: Router, Message: "m", Until: clk.now().Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c = open(t, dir, Instant, clk)
	fails := func(k Kind) bool {
		_, err := c.Create(Spec{Kind: k})
		return err != nil
	}
	if !fails(Network) || !fails(Router) {
		t.Error("faults should outlive a restart")
	}
	if err := c.Heal(quota); err != nil {
		t.Fatal(err)
	}
	if fails(Network) || !fails(Router) {
		t.Error("one of the faults is healed")
	}
	clk.move(2 * time.Minute)
	if fails(Router) || len(c.Faults()) != 0 {
		t.Error("the other one is over")
	}
	if _, err := c.Fail(Unavailable()); err != nil {
		t.Fatal(err)
	}
	if err := c.Heal(""); err != nil || fails(Network) {
		t.Errorf("all are healed: %v", err)
	}
}

// TestKilled opens a cloud as a killed process left it: with a resource that
// isn't in the journal, half a line, a part without its resource, a leftover of
// a write, and a resource that ended without a word.
func TestKilled(t *testing.T) {
	clk := newClock()
	w := newWorld(t, Real, clk)
	w.make(append(site[:4:4], "lb LoadBalancer vipSubnetId=$sub")...)
	clk.move(2 * time.Minute)
	if err := w.SetProfile(Profile{Name: Real, Factor: 2}); err != nil {
		t.Fatal(err)
	}
	dir := w.store.dir
	before := w.List(Filter{})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Remove(filepath.Join(dir, w.store.file(key{LoadBalancer, w.ids["lb"]}))))
	must(os.WriteFile(filepath.Join(dir, "resources", "Network", ".tmp-x.json"), []byte("{"), 0o600))
	lost := &record{Resource: Resource{Kind: Network, ID: "lost", Created: clk.now(), ActiveAt: clk.now()}}
	must(w.store.save(lost))
	f, err := os.OpenFile(filepath.Join(dir, "events.jsonl"), os.O_APPEND|os.O_WRONLY, 0)
	must(err)
	_, err = f.WriteString(`{"seq":99,"ki`)
	must(err)
	must(f.Close())

	c := open(t, dir, Real, clk)
	var want, got []string
	for _, r := range before {
		if r.Kind != LoadBalancer && r.Text("deviceOwner") != "Octavia" {
			want = append(want, string(r.Kind)+r.ID)
		}
	}
	want = append(want, "Networklost")
	for _, r := range c.List(Filter{}) {
		got = append(got, string(r.Kind)+r.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	report, err := c.Report()
	must(err)
	if report.Kinds[Network].Creates != 2 || report.Kinds[LoadBalancer].Creates != 1 || report.Profile.Factor != 2 {
		t.Errorf("got %+v", report)
	}
	events := c.Events(0)
	if last := events[len(events)-1]; last.Seq != len(events) || last.Verb != Gone || last.Kind != LoadBalancer {
		t.Errorf("the last event is %+v", last)
	}
	// The IDs of earlier processes don't come again.
	r, err := c.Create(Spec{Kind: Network})
	must(err)
	if r.ID == w.ids["net"] {
		t.Error("the same ID twice")
	}
}

func TestEvents(t *testing.T) {
	w := newWorld(t, Instant, newClock())
	w.make(site...)
	_ = w.delete("net")
	w.make("g SecurityGroup name=g")
	if err := w.delete("g"); err != nil {
		t.Fatal(err)
	}
	type short struct {
		Verb    Verb
		Kind    Kind
		Outcome Outcome
		Code    int
		Part    bool
	}
	var got []short
	for _, e := range w.Events(2) {
		got = append(got, short{e.Verb, e.Kind, e.Outcome, e.Code, e.Part})
	}
	want := []short{
		{Create, Router, Done, 0, false},
		{Create, Port, Done, 0, true},
		{Create, RouterInterface, Done, 0, false},
		{Delete, Network, Refused, 409, false},
		{Create, SecurityGroup, Done, 0, false},
		{Delete, SecurityGroup, Done, 0, false},
		{Gone, SecurityGroup, Done, 0, false},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	refused := w.Events(5)[0]
	if diff := cmp.Diff([]string{"Port " + w.ids["if"] + " if"}, refused.UsedBy); diff != "" || refused.Owner.String() != "team/net" {
		t.Errorf("got %+v", refused)
	}
	report, err := w.Report()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Counts{Creates: 5, Deletes: 1, RefusedDeletes: 1}, report.Total, ignoreReads()); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}
