package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skerry-dev/skerry/functions/internal/plan"
)

// TestUpgradeChecks: an upgrade that the cluster can't take yet isn't begun, and says why.
func TestUpgradeChecks(t *testing.T) {
	const (
		used  = `group="resource.k8s.io",removed_release="1.36",resource="deviceclasses",subresource="",version="v1beta1"`
		later = `group="resource.k8s.io",removed_release="1.40",resource="resourceslices",subresource="",version="v1beta2"`
		never = `group="",removed_release="",resource="componentstatuses",subresource="",version="v1"`
		waits = "It waits until nobody uses what Kubernetes 1.36 has no more: resource.k8s.io/v1beta1 deviceclasses. If nobody does any more, set spec.maintenance.now."
	)
	limits := func(servers, cores, memory string) string {
		return fmt.Sprintf(`{"limits": {"rate": [], "absolute": {"maxTotalInstances": %s, "maxTotalCores": %s, "maxTotalRAMSize": %s}}}`,
			strings.Replace(servers, "/", `, "totalInstancesUsed": `, 1), strings.Replace(cores, "/", `, "totalCoresUsed": `, 1), strings.Replace(memory, "/", `, "totalRAMUsed": `, 1))
	}
	wide := limits("10/2", "40/20", "65536/1024")
	minor, patch := "v1.35.4", "v1.36.1"
	cases := map[string]struct {
		reason     string
		runs       string
		deprecated []string
		limits     string
		checked    string // how old what was found is, "" for an hour
		byHand     bool
		surge      int32  // of the level, or 0 for one
		blocked    string // the end of the reason, "" when the upgrade begins
	}{
		"Nothing":  {reason: "A cluster in which nothing was found is upgraded.", runs: minor, limits: wide},
		"Used":     {reason: "Clients would lose an API.", runs: minor, deprecated: []string{later, used}, limits: wide, blocked: waits},
		"Later":    {reason: "Of a later minor nobody need think yet.", runs: minor, deprecated: []string{later, never}, limits: wide},
		"Patch":    {reason: "A patch takes no API away.", runs: patch, deprecated: []string{used}, limits: wide},
		"ByHand":   {reason: "Somebody knows better: a server that isn't restarted remembers who asked long ago.", runs: minor, deprecated: []string{used}, limits: wide, byHand: true},
		"Old":      {reason: "What was found long ago says nothing.", runs: minor, deprecated: []string{used}, checked: "2026-11-27T09:00:00Z"},
		"Young":    {reason: "And counts until then.", runs: minor, deprecated: []string{used}, checked: "2026-11-27T09:00:01Z", blocked: waits},
		"Servers":  {reason: "There must be room for one more server.", runs: patch, limits: limits("10/10", "40/20", "65536/1024"), blocked: "It waits until the quota of the project has room for one more machine of flavor SCS-2V-8: 0 servers are free, and it needs 1."},
		"Cores":    {reason: "For the largest of them.", runs: patch, limits: limits("10/2", "40/37", "65536/1024"), blocked: "It waits until the quota of the project has room for one more machine of flavor SCS-4V-16: 3 cores are free, and it needs 4."},
		"Memory":   {reason: "With its memory.", runs: minor, limits: limits("10/2", "40/20", "65536/60000"), blocked: "It waits until the quota of the project has room for one more machine of flavor SCS-2V-8: 5536 MiB of memory are free, and it needs 8192."},
		"ByHandTo": {reason: "Nobody can do what the cloud refuses.", runs: patch, limits: limits("10/10", "40/20", "65536/1024"), byHand: true, blocked: "0 servers are free, and it needs 1."},
		"Surge":    {reason: "A level that lets two nodes come at once needs room for both.", runs: patch, limits: limits("10/2", "40/33", "65536/1024"), surge: 2, blocked: "It waits until the quota of the project has room for 2 more machines of flavor SCS-4V-16: 7 cores are free, and it needs 8."},
		"SurgeOne": {reason: "A control plane adds one machine at a time, and the pools two.", runs: patch, limits: limits("10/9", "40/20", "65536/1024"), surge: 2, blocked: "It waits until the quota of the project has room for 2 more machines of flavor SCS-4V-16: 1 servers are free, and it needs 2."},
		"SurgeFit": {reason: "With that much room it begins.", runs: patch, limits: limits("10/8", "40/32", "65536/32768"), surge: 2},
		"NoLimit":  {reason: "-1 is no limit.", runs: minor, limits: limits("-1/10", "-1/10", "-1/10")},
		"NoAnswer": {reason: "What nobody knows hinders nobody.", runs: minor, limits: "<html>"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, versions)
			w.claim.ServiceLevel, w.claim.Version = "BestEffort", "1.36"
			w.level().Nodes.MaxSurge = max(1, tc.surge)
			w.have[plan.KeyCluster] = existing(t, `{metadata: {generation: 1}, spec: {topology: {classRef: {name: shop-1}, version: `+tc.runs+`}}, status: {initialization: {controlPlaneInitialized: true},
conditions: [{type: TopologyReconciled, status: "True", observedGeneration: 1}, {type: RollingOut, status: "False", observedGeneration: 1}]}}`)
			w.have[plan.KeyClusterClass+"1"] = existing(t, `{metadata: {name: shop-1}, spec: {controlPlane: {templateRef: {name: cp}, machineInfrastructure: {templateRef: {name: small}}},
workers: {machineDeployments: [{class: pool-web, bootstrap: {templateRef: {name: web}}, infrastructure: {templateRef: {name: large}}}]}}}`)
			w.have[plan.KeyMachineTemplate+"small"] = existing(t, `{metadata: {name: small}, spec: {template: {spec: {flavor: SCS-2V-8}}}}`)
			w.have[plan.KeyMachineTemplate+"large"] = existing(t, `{metadata: {name: large}, spec: {template: {spec: {flavor: SCS-4V-16}}}}`)
			found := existing(t, `{status: {atProvider: {manifest: {data: {}}}}}`)
			if tc.deprecated != nil || tc.limits != "" {
				checked := "2026-11-27T11:00:00Z"
				if tc.checked != "" {
					checked = tc.checked
				}
				found = existing(t, fmt.Sprintf("{status: {atProvider: {manifest: {data: {checked: %q, deprecated: %q, limits: %q}}}}}", checked, strings.Join(tc.deprecated, "\n")+"\n", tc.limits))
			}
			w.have[plan.KeyUpgradeChecks] = found
			w.claim.Maintenance.Now = nil
			if tc.byHand {
				w.claim.Maintenance.Now = new(metav1.NewTime(w.world().Now))
			}
			p := planned(t, w)
			var got []string
			for _, c := range p.Pending {
				if c.Blocked {
					got = append(got, c.Reason)
				}
			}
			switch {
			case tc.blocked == "" && (len(got) > 0 || len(p.Begun) != 1):
				t.Errorf("%s It should begin, and %v is begun, %v blocked", tc.reason, p.Begun, got)
			case tc.blocked != "" && (len(got) != 1 || !strings.HasSuffix(got[0], tc.blocked)):
				t.Errorf("%s It should wait:\n%s", tc.reason, cmp.Diff(tc.blocked, strings.Join(got, "\n")))
			case tc.blocked != "" && p.Next.IsZero():
				t.Errorf("%s It should be asked again when that is too old.", tc.reason)
			}
		})
	}
}
