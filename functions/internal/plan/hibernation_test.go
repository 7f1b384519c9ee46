package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
)

func moment(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestHibernation(t *testing.T) {
	nights := []v1alpha1.HibernationSchedule{{Sleep: "0 19 * * *", Wake: "0 7 * * 1-5", TimeZone: "Europe/Zurich"}}
	until := func(s string) *metav1.Time { return &metav1.Time{Time: moment(t, s)} }
	cases := map[string]struct {
		reason  string
		claim   *v1alpha1.Hibernation
		created string
		now     string
		asleep  bool
		// next is when the state changes by itself, and when the answer ends.
		next string
	}{
		"NotAsked":     {"a cluster that nobody sends to sleep stays awake for good", nil, "2026-06-01T00:00:00Z", "2026-06-03T12:00:00Z", false, ""},
		"Day":          {"in office hours it is awake", &v1alpha1.Hibernation{Schedules: nights}, "2026-06-01T00:00:00Z", "2026-06-03T12:00:00Z", false, "2026-06-03T17:00:00Z"},
		"Sleep":        {"it goes to sleep on time", &v1alpha1.Hibernation{Schedules: nights}, "2026-06-01T00:00:00Z", "2026-06-03T17:00:00Z", true, "2026-06-04T05:00:00Z"},
		"JustBefore":   {"and not a second before", &v1alpha1.Hibernation{Schedules: nights}, "2026-06-01T00:00:00Z", "2026-06-03T16:59:59Z", false, "2026-06-03T17:00:00Z"},
		"Weekend":      {"nobody wakes it on a Saturday", &v1alpha1.Hibernation{Schedules: nights}, "2026-06-01T00:00:00Z", "2026-06-06T12:00:00Z", true, "2026-06-08T05:00:00Z"},
		"OrderedLate":  {"one that is ordered at night comes up", &v1alpha1.Hibernation{Schedules: nights}, "2026-06-03T20:00:00Z", "2026-06-03T20:01:00Z", false, "2026-06-04T17:00:00Z"},
		"OnPaper":      {"so does one that only exists on paper", &v1alpha1.Hibernation{Schedules: nights}, "", "2026-06-03T20:01:00Z", false, "2026-06-04T17:00:00Z"},
		"Asleep":       {"asleep wins over schedules", &v1alpha1.Hibernation{Schedules: nights, Asleep: new(true)}, "2026-06-01T00:00:00Z", "2026-06-03T12:00:00Z", true, ""},
		"Awake":        {"and so does its opposite", &v1alpha1.Hibernation{Schedules: nights, Asleep: new(false)}, "2026-06-01T00:00:00Z", "2026-06-03T20:00:00Z", false, ""},
		"AwakeUntil":   {"a request to wake wins until its time, at which the cluster would sleep", &v1alpha1.Hibernation{Schedules: nights, AwakeUntil: until("2026-06-03T22:00:00Z")}, "2026-06-01T00:00:00Z", "2026-06-03T20:00:00Z", false, "2026-06-03T22:00:00Z"},
		"AwakeIntoDay": {"at its time the cluster is awake anyway", &v1alpha1.Hibernation{Schedules: nights, AwakeUntil: until("2026-06-04T08:00:00Z")}, "2026-06-01T00:00:00Z", "2026-06-03T20:00:00Z", false, "2026-06-04T17:00:00Z"},
		"AwakeOver":    {"a request that is over counts no more", &v1alpha1.Hibernation{Schedules: nights, AwakeUntil: until("2026-06-03T22:00:00Z")}, "2026-06-01T00:00:00Z", "2026-06-03T22:00:00Z", true, "2026-06-04T05:00:00Z"},
		"AsleepLater":  {"after the request the claim's asleep counts again", &v1alpha1.Hibernation{Asleep: new(true), AwakeUntil: until("2026-06-03T22:00:00Z")}, "2026-06-01T00:00:00Z", "2026-06-03T12:00:00Z", false, "2026-06-03T22:00:00Z"},
		"AsleepSooner": {"also when a schedule would have it sleep later", &v1alpha1.Hibernation{Schedules: nights, Asleep: new(true), AwakeUntil: until("2026-06-03T15:00:00Z")}, "2026-06-01T00:00:00Z", "2026-06-03T12:00:00Z", false, "2026-06-03T15:00:00Z"},
		"AwakeForGood": {"who stays awake all the same has nothing before it", &v1alpha1.Hibernation{Schedules: nights, Asleep: new(false), AwakeUntil: until("2026-06-03T22:00:00Z")}, "2026-06-01T00:00:00Z", "2026-06-03T12:00:00Z", false, ""},
		"NoWake":       {"without a time to wake it sleeps until somebody wakes it", &v1alpha1.Hibernation{Schedules: []v1alpha1.HibernationSchedule{{Sleep: "0 19 * * *"}}}, "2026-06-01T00:00:00Z", "2026-06-03T20:00:00Z", true, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := hibernated(t, "Standard", tc.claim, tc.created, tc.now)
			if p.Hibernation.Asleep != tc.asleep {
				t.Errorf("%s: asleep is %v: %s", tc.reason, p.Hibernation.Asleep, p.Hibernation.Reason)
			}
			got := ""
			if !p.Hibernation.Next.IsZero() {
				got = p.Hibernation.Next.Format(time.RFC3339)
			}
			if diff := cmp.Diff(tc.next, got); diff != "" {
				t.Errorf("%s: next: -want +got:\n%s", tc.reason, diff)
			}
			if !p.Hibernation.Next.IsZero() && p.Next.After(p.Hibernation.Next) {
				t.Errorf("%s: the answer holds until %s, after the state has changed", tc.reason, p.Next)
			}
		})
	}
}

func hibernated(t *testing.T, level string, claim *v1alpha1.Hibernation, created, now string) *plan.Cluster {
	t.Helper()
	p, err := planAt(t, level, claim, created, now)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func planAt(t *testing.T, level string, claim *v1alpha1.Hibernation, created, now string) (*plan.Cluster, error) {
	t.Helper()
	w := newWorld(t, func(w *world) {
		w.claim.Hibernation, w.claim.ServiceLevel = claim, level
		w.claim.NodePools = w.claim.NodePools[:1]
	}).world()
	w.Now, w.Created = moment(t, now), time.Time{}
	if created != "" {
		w.Created = moment(t, created)
	}
	spec := plantest.Claim(t, plantest.Level(level))
	spec.Hibernation, spec.NodePools = claim, spec.NodePools[:1]
	return plan.NewCluster(plantest.Owner(), spec, w)
}

// Pools that sleep are otherwise as they were: the same groups, in the same zones,
// made of the same.
func TestSleepingPoolsStay(t *testing.T) {
	awake := hibernated(t, "Standard", nil, "", "2026-06-03T12:00:00Z")
	asleep := hibernated(t, "Standard", &v1alpha1.Hibernation{Asleep: new(true)}, "", "2026-06-03T12:00:00Z")
	if diff := cmp.Diff(awake.Pools, asleep.Pools); diff != "" {
		t.Errorf("-awake +asleep:\n%s", diff)
	}
}

func TestHibernationRefused(t *testing.T) {
	cases := map[string]struct {
		reason, level string
		claim         *v1alpha1.Hibernation
		want          string
	}{
		"Level":    {"a level may forbid it", "Premium", &v1alpha1.Hibernation{Asleep: new(true)}, `spec.hibernation: "Premium" is a service level at which clusters don't sleep. Remove hibernation, or choose another service level.`},
		"Awake":    {"to be awake needs no leave", "Premium", &v1alpha1.Hibernation{Asleep: new(false)}, ""},
		"Schedule": {"no schedule", "Standard", &v1alpha1.Hibernation{Schedules: []v1alpha1.HibernationSchedule{{Sleep: "19:00"}}}, `spec.hibernation.schedules[0].sleep: "19:00" is not a schedule: expected exactly 5 fields, found 1: [19:00]. Use cron's five fields, for example "0 3 * * *", or @hourly, @daily, @weekly or @monthly.`},
		"Zone":     {"no zone", "Standard", &v1alpha1.Hibernation{Schedules: []v1alpha1.HibernationSchedule{{Sleep: "0 19 * * *", Wake: "0 7 * * *", TimeZone: "Mars/Olympus"}}}, `spec.hibernation.schedules[0].timeZone: "Mars/Olympus" is not a time zone. Use a name of the IANA time zone database, for example Europe/Zurich or UTC.`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := planAt(t, tc.level, tc.claim, "", "2026-06-03T12:00:00Z")
			got := ""
			if err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// A Demo cluster has a term: announced, then asleep for good, and never deleted.
func TestTerm(t *testing.T) {
	const created, ends = "2026-06-01T08:00:00Z", "2026-07-01T08:00:00Z"
	cases := map[string]struct {
		reason, now string
		asleep      bool
		warned      string
		until       string
	}{
		"Begins":    {"nothing is said while there is time", "2026-06-02T12:00:00Z", false, "", "2026-06-02T17:00:00Z"},
		"Announced": {"a week before it is said", "2026-06-24T08:00:00Z", false, "The term of service level Demo ends within 7 days, at status.expiresAt. The cluster is hibernated then and marked for removal. Choose another service level to go on, or delete the cluster.", "2026-06-24T17:00:00Z"},
		"LastHour":  {"the answer ends with the term", "2026-07-01T07:30:00Z", false, "The term of service level Demo ends within 7 days, at status.expiresAt. The cluster is hibernated then and marked for removal. Choose another service level to go on, or delete the cluster.", ends},
		"Ended":     {"it sleeps for good, at noon too", "2026-07-01T12:00:00Z", true, "The term of service level Demo has ended: the cluster sleeps and is marked for removal. Choose another service level to go on, or delete the cluster.", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t).world()
			w.Now, w.Created = moment(t, tc.now), moment(t, created)
			spec := plantest.Claim(t, plantest.Level("Demo"))
			spec.NodePools = spec.NodePools[:1]
			p, err := plan.NewCluster(plantest.Owner(), spec, w)
			if err != nil {
				t.Fatal(err)
			}
			if p.Hibernation.Asleep != tc.asleep || !p.Hibernation.ExpiresAt.Equal(moment(t, ends)) {
				t.Errorf("%s: asleep %v, expires at %s", tc.reason, p.Hibernation.Asleep, p.Hibernation.ExpiresAt)
			}
			if p.Hibernation.Expired != (tc.until == "") {
				t.Errorf("%s: expired is %v", tc.reason, p.Hibernation.Expired)
			}
			warned := ""
			if len(p.Warnings) > 0 {
				warned = p.Warnings[len(p.Warnings)-1]
			}
			if diff := cmp.Diff(tc.warned, warned); diff != "" {
				t.Errorf("%s: warning: -want +got:\n%s", tc.reason, diff)
			}
			if tc.until != "" && !p.Next.Equal(moment(t, tc.until)) {
				t.Errorf("%s: the answer holds until %s, want %s", tc.reason, p.Next, tc.until)
			}
		})
	}
}

func TestClusterCost(t *testing.T) {
	p := hibernated(t, "Standard", nil, "", "2026-06-03T12:00:00Z")
	// Three control-plane nodes of SCS-2V-8-20s at 0.046, two load balancers at 12.50
	// and two addresses at 3 a month, and nodes of SCS-4V-16-100s at 0.098.
	const fixed, node = 3*0.046*730 + 2*12.50 + 2*3, 0.098 * 730
	for nodes, want := range map[int32]string{0: "131.74", 3: "346.36"} {
		got := p.Cost.Status(map[string]int32{"web": nodes})
		if got == nil || got.Monthly != want || got.Currency != "EUR" {
			t.Errorf("with %d nodes it costs %v, want %s (%.4f)", nodes, got, want, fixed+node*float64(nodes))
		}
	}
	for name, change := range map[string]func(*world){
		"a cloud without prices": func(w *world) { w.cloud().Prices = nil },
		"a cluster with a flavor without a price": func(w *world) {
			for i := range w.cloud().Flavors {
				if w.cloud().Flavors[i].Name == "SCS-4V-16-100s" {
					w.cloud().Flavors[i].Price = nil
				}
			}
		},
	} {
		unpriced, err := newWorld(t, change).plan()
		if err != nil {
			t.Fatal(err)
		}
		if got := unpriced.Cost.Status(map[string]int32{"web": 3}); got != nil {
			t.Errorf("%s has no cost, got %v", name, got)
		}
	}
}
