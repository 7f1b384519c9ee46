package plan_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
)

// runningCluster is one that runs a version, with more of its status.
func runningCluster(t *testing.T, version, conditions, status string) observed.Resource {
	t.Helper()
	return existing(t, fmt.Sprintf(`{spec: {topology: {version: %s}},
status: {initialization: {controlPlaneInitialized: true}, conditions: [%s]%s}}`, version, conditions, status))
}

// An upgrade isn't begun while the cluster is unwell, and says why.
func TestUnfit(t *testing.T) {
	const nodes = `, controlPlane: {readyReplicas: %d, desiredReplicas: 3}, workers: {readyReplicas: %d, desiredReplicas: 4}`
	well := fmt.Sprintf(nodes, 3, 4)
	cases := map[string]struct {
		says, status string
		want         string // the end of the reason, "" when the upgrade begins
	}{
		"Well":          {says: settled, status: well},
		"Changing":      {says: rolling, status: well, want: "It waits until the change that is under way is done."},
		"Silent":        {says: settled + `, {type: RemoteConnectionProbe, status: "False"}`, status: well, want: "It waits until the Kubernetes API answers Cluster API."},
		"ControlPlane":  {says: settled, status: fmt.Sprintf(nodes, 2, 4), want: "It waits until all control-plane nodes are ready: 2 of 3 are."},
		"Nodes":         {says: settled, status: fmt.Sprintf(nodes, 3, 1), want: "It waits until all nodes are ready: 1 of 4 are."},
		"Unavailable":   {says: settled + `, {type: Available, status: "False"}`, status: well, want: "It waits until Cluster API says that the cluster is available."},
		"WorstIsNamed":  {says: settled, status: fmt.Sprintf(nodes, 2, 1), want: "It waits until all control-plane nodes are ready: 2 of 3 are."},
		"UnknownIsWell": {says: settled + `, {type: Available, status: Unknown}`, status: well},
	}
	for name, tc := range cases {
		for _, from := range []string{"v1.36.1", "v1.35.4"} {
			t.Run(name+from, func(t *testing.T) {
				w := newWorld(t, versions)
				w.claim.ServiceLevel, w.claim.Version, w.claim.Maintenance.Now = "BestEffort", "1.36", nil
				w.have[plan.KeyCluster] = runningCluster(t, from, tc.says, tc.status)
				p := planned(t, w)
				if tc.want == "" {
					if len(p.Begun) != 1 || len(p.Pending) != 0 {
						t.Errorf("it should begin: begun %v, pending %v", p.Begun, p.Pending)
					}
					return
				}
				if len(p.Begun) != 0 || len(p.Pending) != 1 || !p.Pending[0].Blocked || !strings.HasSuffix(p.Pending[0].Reason, tc.want) {
					t.Errorf("begun %v, pending %v, want it to wait: %s", p.Begun, p.Pending, tc.want)
				}
				if got := "v" + p.Version.Patch; got != from {
					t.Errorf("got version %s, want %s as before", got, from)
				}
			})
		}
	}
}

// A diary plans a cluster at one time after another, each of which remembers the last.
type diary struct {
	*world
	t     *testing.T
	prior *v1alpha1.MaintenanceStatus
}

// patched is a cluster for which the platform has a patch, with a window on Sundays.
func patched(t *testing.T) *diary {
	t.Helper()
	d := &diary{world: newWorld(t, versions), t: t}
	d.claim.ServiceLevel, d.claim.Version = "Standard", "1.36"
	d.claim.Maintenance = v1alpha1.Maintenance{Window: &v1alpha1.MaintenanceWindow{Days: []v1alpha1.Weekday{"Sunday"}, Start: "02:00", Duration: "4h", TimeZone: "UTC"}}
	d.fit(true)
	return d
}

// copied is a diary that goes on by itself, with a claim of its own.
func (d *diary) copied() *diary {
	w := *d.world
	w.claim = d.claim.DeepCopy()
	return &diary{world: &w, t: d.t, prior: d.prior}
}

func (d *diary) fit(is bool) {
	d.t.Helper()
	status := `, controlPlane: {readyReplicas: 3, desiredReplicas: 3}`
	if !is {
		status = `, controlPlane: {readyReplicas: 2, desiredReplicas: 3}`
	}
	d.have[plan.KeyCluster] = runningCluster(d.t, "v1.36.1", settled, status)
}

// at plans at a time, and says whether the patch has begun, or from when on it is due and
// whether that is announced.
func (d *diary) at(clock string) (begun bool, due string, announced bool) {
	d.t.Helper()
	cw := d.world.world()
	cw.Now, cw.Prior.Maintenance = moment(d.t, clock), d.prior
	p, err := plan.NewCluster(plantest.Owner(), d.claim, cw)
	if err != nil {
		d.t.Fatal(err)
	}
	d.prior = &v1alpha1.MaintenanceStatus{Pending: p.Pending, Begun: p.Begun, ClaimDigest: p.Maintenance.ClaimDigest}
	if len(p.Pending)+len(p.Begun) != 1 {
		d.t.Fatalf("at %s: pending %v, begun %v, want one change", clock, p.Pending, p.Begun)
	}
	if len(p.Begun) == 1 {
		return true, "", false
	}
	if c := p.Pending[0]; c.Due != nil {
		due = c.Due.UTC().Format(time.RFC3339)
	}
	return false, due, p.Announce(p.Pending[0])
}

func (d *diary) want(clock string, begun bool, due string, announced bool) {
	d.t.Helper()
	gotBegun, gotDue, gotAnnounced := d.at(clock)
	if gotBegun != begun || gotDue != due || gotAnnounced != announced {
		d.t.Errorf("at %s: begun %t, due %q, announced %t, want %t, %q, %t", clock, gotBegun, gotDue, gotAnnounced, begun, due, announced)
	}
}

// What hinders a change for a while takes nothing from its notice: it is announced for its
// window, and begins in it as soon as it can.
func TestHinderedChangeIsAnnounced(t *testing.T) {
	const due, after = "2026-12-06T02:00:00Z", "2026-12-13T02:00:00Z"
	d := patched(t)
	d.fit(false)
	// Less than three days before the window of the 29th of November.
	d.want("2026-11-27T12:00:00Z", false, due, false)
	d.want("2026-12-03T01:59:00Z", false, due, false)
	d.want("2026-12-03T02:00:00Z", false, due, true)
	d.fit(true)
	d.want("2026-12-04T12:00:00Z", false, due, true)
	d.fit(false)
	d.want("2026-12-06T02:00:00Z", false, due, true)
	d.want("2026-12-06T06:00:00Z", false, after, false)
	d.want("2026-12-10T02:00:00Z", false, after, true)
	d.want("2026-12-13T02:30:00Z", false, after, true)
	d.fit(true)
	d.want("2026-12-13T03:00:00Z", true, "", false)
}

// Where automatic upgrades are off, a patch waits for somebody, or is urgent.
func TestAutoUpgradeNone(t *testing.T) {
	d := patched(t)
	d.claim.Maintenance.AutoUpgrade = v1alpha1.AutoUpgradeNone
	d.want("2026-11-27T12:00:00Z", false, "", false)
	d.want("2026-12-06T03:00:00Z", false, "", false)

	t.Log("what was never announced is announced first once they are on")
	on := d.copied()
	on.claim.Maintenance.AutoUpgrade = v1alpha1.AutoUpgradePatch
	on.want("2026-12-06T03:10:00Z", false, "2026-12-13T02:00:00Z", false)
	on.want("2026-12-10T02:00:00Z", false, "2026-12-13T02:00:00Z", true)
	on.want("2026-12-13T02:00:00Z", true, "", false)

	t.Log("somebody opens a window")
	byHand := d.copied()
	byHand.claim.Maintenance.Now = new(metav1.NewTime(moment(t, "2026-12-08T09:00:00Z")))
	byHand.want("2026-12-08T08:59:00Z", false, "", false)
	byHand.want("2026-12-08T09:00:00Z", true, "", false)

	t.Log("an urgent patch waits for nobody")
	for i := range d.platform.KubernetesVersions {
		d.platform.KubernetesVersions[i].Urgent = new(true)
	}
	d.want("2026-12-08T09:00:00Z", true, "", false)
}
