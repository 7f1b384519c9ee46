package plan_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
)

func withID(id string) string { return fmt.Sprintf(`{status: {atProvider: {id: %s}}}`, id) }

func TestFacts(t *testing.T) {
	whole := map[string]string{
		plan.KeyNetwork: withID("net"), plan.KeySubnet: withID("s4"), plan.KeyRouter: withID("r"), plan.KeySubnetIPv6: withID("s6"),
	}
	but := func(key, text string) map[string]string {
		out := maps.Clone(whole)
		delete(out, key)
		if text != "" {
			out[key] = text
		}
		return out
	}
	cases := map[string]struct {
		reason string
		have   map[string]string
		change func(*world)
		want   plan.Facts
	}{
		"nothing":      {reason: "what isn't known yet is empty"},
		"network":      {reason: "all ids of an IPv4 network", have: whole, want: plan.Facts{Network: plan.NetworkIDs{Network: "net", Subnets: []string{"s4"}, Router: "r"}}},
		"dual-stack":   {reason: "with the second subnet", have: whole, change: dualStack, want: plan.Facts{Network: plan.NetworkIDs{Network: "net", Subnets: []string{"s4", "s6"}, Router: "r"}}},
		"no network":   {reason: "half a network is none", have: but(plan.KeyNetwork, "")},
		"no router":    {reason: "nodes without a way out are of no use", have: but(plan.KeyRouter, "")},
		"no subnet":    {reason: "nor without addresses", have: but(plan.KeySubnet, "")},
		"no IPv6":      {reason: "nor with addresses of one family only", have: but(plan.KeySubnetIPv6, ""), change: dualStack},
		"no id yet":    {reason: "what exists but has no id isn't known", have: but(plan.KeySubnet, `{status: {conditions: []}}`)},
		"existing":     {reason: "a network of others is known from the start", change: ofOthers, want: plan.Facts{Network: plan.NetworkIDs{Network: someUUID, Subnets: []string{"s4", "s6"}, Router: "r"}}},
		"group":        {reason: "the security group of the nodes", have: map[string]string{plan.KeySecurityGroup: withID("g")}, want: plan.Facts{SecurityGroupID: "g"}},
		"server group": {reason: "server groups by key, also one without an id yet", have: map[string]string{"server-group-pool-web-soft": withID("a"), "server-group-pool-db-hard": `{}`}, want: plan.Facts{ServerGroupIDs: map[string]string{"server-group-pool-web-soft": "a", "server-group-pool-db-hard": ""}}},
		"classes": {
			reason: "classes by name: those that Cluster API has taken in, and those that it hasn't",
			have: map[string]string{
				"cluster-class-1": `{metadata: {name: one}, status: {conditions: [{type: VariablesReady, status: "True"}]}}`,
				"cluster-class-2": `{metadata: {name: two}, status: {conditions: [{type: VariablesReady, status: Unknown}]}}`,
				"cluster-class-3": `{metadata: {name: three}}`,
			},
			want: plan.Facts{Classes: map[string]bool{"one": true, "two": false, "three": false}},
		},
		"template": {
			reason: "what the cluster was made with",
			have:   map[string]string{"cluster-template-1": `{spec: {template: {spec: {externalNetwork: {id: e}, apiServerLoadBalancer: {provider: ovn, flavor: f}}}}}`},
			want:   plan.Facts{AsMade: &plan.AsMade{ExternalNetworkID: "e", LoadBalancerProvider: "ovn", LoadBalancerFlavor: "f"}},
		},
		"root CA": {
			reason: "the public certificate of the API",
			have:   map[string]string{plan.KeyRootCA: `{status: {atProvider: {manifest: {data: {ca.crt: PEM}}}}}`},
			want:   plan.Facts{RootCA: "PEM"},
		},
		"credential": {
			reason: "the id, before the secret is there",
			have:   map[string]string{plan.KeyCredential: withID("c")},
			want:   plan.Facts{Credential: plan.Credential{ID: "c"}},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, tc.change)
			for key, text := range tc.have {
				w.have[key] = existing(t, text)
			}
			got := planned(t, w).Facts
			if diff := cmp.Diff(tc.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
			if want := tc.want.Network.Network != ""; got.Network.Known() != want {
				t.Errorf("%s: the network is known: %t, want %t", tc.reason, got.Network.Known(), want)
			}
		})
	}
}

func TestMachines(t *testing.T) {
	cases := map[string]struct {
		reason string
		have   string
		want   plan.Machines
	}{
		"new": {"a Cluster that nobody has looked at", `{spec: {topology: {classRef: {name: c}, version: v1.36.4}}}`, plan.Machines{Exists: true, Class: "c", Version: "v1.36.4"}},
		"whole": {
			"everything that Cluster API reports",
			`spec: {controlPlaneEndpoint: {host: 203.0.113.10, port: 6443}, topology: {classRef: {name: c}, version: v1.36.4}}
status:
  initialization: {controlPlaneInitialized: true}
  controlPlane: {desiredReplicas: 3, readyReplicas: 2, versions: [{version: v1.36.4}]}
  workers: {desiredReplicas: 7, readyReplicas: 5}
  conditions: [` + settled + `]`,
			plan.Machines{
				Exists: true, Class: "c", Version: "v1.36.4", Settled: true, Reachable: true, Endpoint: "https://203.0.113.10:6443",
				ControlPlaneVersion: "v1.36.4", ControlPlaneReady: 2, ControlPlaneDesired: 3, NodesReady: 5, NodesDesired: 7,
			},
		},
		"IPv6":             {"an IPv6 address goes in brackets", `{spec: {controlPlaneEndpoint: {host: "2001:db8::10", port: 6443}}}`, plan.Machines{Exists: true, Endpoint: "https://[2001:db8::10]:6443"}},
		"host name":        {"a host name as it is", `{spec: {controlPlaneEndpoint: {host: api.example.org, port: 443}}}`, plan.Machines{Exists: true, Endpoint: "https://api.example.org:443"}},
		"no endpoint":      {"an empty endpoint is none", `{spec: {controlPlaneEndpoint: {host: "", port: 0}}}`, plan.Machines{Exists: true}},
		"silent":           {"what has answered may fall silent", `{status: {initialization: {controlPlaneInitialized: true}, conditions: [{type: RemoteConnectionProbe, status: "False"}]}}`, plan.Machines{Exists: true, Reachable: true, Silent: true}},
		"probe unknown":    {"what Cluster API hasn't tried isn't silent", `{status: {conditions: [{type: RemoteConnectionProbe, status: Unknown}]}}`, plan.Machines{Exists: true}},
		"lowest minor":     {"during an upgrade what all of it runs at least", `{status: {controlPlane: {versions: [{version: v1.36.1}, {version: v1.35.9}]}}}`, plan.Machines{Exists: true, ControlPlaneVersion: "v1.35.9"}},
		"lowest of two":    {"in either order", `{status: {controlPlane: {versions: [{version: v1.35.9}, {version: v1.36.1}]}}}`, plan.Machines{Exists: true, ControlPlaneVersion: "v1.35.9"}},
		"lowest patch":     {"patches are numbers, not text", `{status: {controlPlane: {versions: [{version: v1.35.10}, {version: v1.35.9}]}}}`, plan.Machines{Exists: true, ControlPlaneVersion: "v1.35.9"}},
		"higher patch":     {"and in the other order", `{status: {controlPlane: {versions: [{version: v1.35.9}, {version: v1.35.10}]}}}`, plan.Machines{Exists: true, ControlPlaneVersion: "v1.35.9"}},
		"version unknown":  {"a machine without a version doesn't count", `{status: {controlPlane: {versions: [{replicas: 1}, {version: v1.35.9}, {replicas: 1}]}}}`, plan.Machines{Exists: true, ControlPlaneVersion: "v1.35.9"}},
		"being upgraded":   {"a change under way isn't settled", `{status: {conditions: [` + upgrading + `]}}`, plan.Machines{Exists: true}},
		"being rolled":     {"nor are machines that are being replaced", `{status: {conditions: [` + rolling + `]}}`, plan.Machines{Exists: true}},
		"settled":          {"settled is both", `{status: {conditions: [` + settled + `]}}`, plan.Machines{Exists: true, Settled: true}},
		"API doesn't work": {"initialized is what counts, not the endpoint", `{status: {initialization: {infrastructureProvisioned: true}}}`, plan.Machines{Exists: true}},
		"shares": {
			"the groups of machines that the topology has, by name",
			`{spec: {topology: {workers: {machineDeployments: [{class: pool-web, name: web-a, failureDomain: a, replicas: 0}, {class: pool-web, name: web, metadata: {annotations: {size: "1"}}}]}}}}`,
			plan.Machines{Exists: true, Shares: map[string]plan.RunningShare{"web-a": {Zone: "a", Replicas: new(int32(0))}, "web": {Annotations: map[string]string{"size": "1"}}}},
		},
		"up to date": {
			"conditions that were set for the Cluster as it is",
			`{metadata: {generation: 7}, status: {conditions: [{type: TopologyReconciled, status: "True", observedGeneration: 7}, {type: RollingOut, status: "False", observedGeneration: 7}]}}`,
			plan.Machines{Exists: true, Settled: true},
		},
		"outdated": {
			"a condition from before the last change says nothing of it",
			`{metadata: {generation: 7}, status: {conditions: [{type: TopologyReconciled, status: "True", observedGeneration: 6}, {type: RollingOut, status: "False", observedGeneration: 7}]}}`,
			plan.Machines{Exists: true},
		},
		"half outdated": {
			"neither does the other",
			`{metadata: {generation: 7}, status: {conditions: [{type: TopologyReconciled, status: "True", observedGeneration: 7}, {type: RollingOut, status: "False", observedGeneration: 6}]}}`,
			plan.Machines{Exists: true},
		},
		"others outdated": {
			"what doesn't say whether it is settled may be older",
			`{metadata: {generation: 7}, status: {conditions: [{type: Available, status: "True", observedGeneration: 1}, {type: TopologyReconciled, status: "True", observedGeneration: 7}]}}`,
			plan.Machines{Exists: true, Settled: true},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.have[plan.KeyCluster] = existing(t, tc.have)
			if diff := cmp.Diff(tc.want, planned(t, w).Facts.Machines, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// The secret of the credential is there to be revealed, and never printed.
func TestSecretIsNotPrinted(t *testing.T) {
	p := plantest.Cluster(t)
	const secret = "s3cret-of-the-credential"
	if got := p.Facts.Credential.Secret.Reveal(); got != secret {
		t.Fatalf("revealed %q, want %q", got, secret)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if strings.Contains(fmt.Sprintf(verb, p), secret) || strings.Contains(fmt.Sprintf(verb, p.Facts.Credential), secret) {
			t.Errorf("%s prints the secret", verb)
		}
	}
}
