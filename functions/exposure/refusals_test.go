package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/skerry-dev/skerry/test/pretend"
)

// made gives an object a name, a namespace and an age.
func made(o map[string]any, namespace, name, created string) map[string]any {
	m := o["metadata"].(map[string]any)
	m["namespace"], m["name"], m["creationTimestamp"] = namespace, name, created
	return o
}

// record is a record of shop.apps.example.org that somebody has made.
func record(t *testing.T, claim, created string) map[string]any {
	t.Helper()
	r := parse(t, `
apiVersion: dns.openstack.m.crossplane.io/v1alpha1
kind: RecordsetV2
metadata: {labels: {skerry.dev/host: 5794a37a79dfd62c}, annotations: {skerry.dev/claim: `+claim+`}}
`)
	return made(r, "skerry-system", "other-record", created)
}

const (
	earlier = "2026-01-01T00:00:00Z"
	later   = "2026-01-02T00:00:00Z"
)

// TestRefusals: a claim that can't be served says why, and what to do.
func TestRefusals(t *testing.T) {
	own := func(t *testing.T, created string) map[string]any {
		return made(exposure(t, "{}"), "team-a", "www", created)
	}
	cases := map[string]struct {
		reason string
		spec   string
		drop   []string
		cloud  string
		// others are what else there is.
		others func(*testing.T) []map[string]any
		change func(cluster map[string]any)
		want   string // "" when it is served
	}{
		"OlderSibling": {
			reason: "A host name belongs to the older of two Exposures of a cluster.",
			others: func(t *testing.T) []map[string]any {
				return []map[string]any{own(t, later), made(exposure(t, `{hostnames: [www.apps.example.org]}`), "team-a", "old", earlier)}
			},
			want: `spec.hostnames: "www.apps.example.org" belongs to Exposure old, which is older. Remove the host name here, or there first.`,
		},
		"SameAge": {
			reason: "Of two of one second the first by name is older.",
			others: func(t *testing.T) []map[string]any {
				return []map[string]any{own(t, later), made(exposure(t, "{}"), "team-a", "a", later)}
			},
			want: `spec.hostnames: "shop.apps.example.org" belongs to Exposure a, which is older. Remove the host name here, or there first.`,
		},
		"YoungerSibling": {
			reason: "A younger one takes nothing away.",
			others: func(t *testing.T) []map[string]any {
				return []map[string]any{own(t, earlier), made(exposure(t, "{}"), "team-a", "new", later), record(t, "team-a/new", earlier)}
			},
		},
		"OtherClusterSameTeam": {
			reason: "On another cluster the same name is a matter of DNS: whoever has the record keeps it.",
			others: func(t *testing.T) []map[string]any {
				return []map[string]any{own(t, earlier), made(exposure(t, `{clusterRef: {name: blog}}`), "team-a", "blog", later), record(t, "team-a/blog", later)}
			},
			want: `spec.hostnames: "shop.apps.example.org" belongs to Exposure blog, which has its DNS record. Remove the host name here, or there first.`,
		},
		"OtherTeam": {
			reason: "Which team has a name is that team's affair.",
			others: func(t *testing.T) []map[string]any {
				return []map[string]any{own(t, earlier), record(t, "team-b/secret", later)}
			},
			want: `spec.hostnames: "shop.apps.example.org" belongs to an Exposure of another team, which has its DNS record. Remove the host name here, or there first.`,
		},
		"OtherTeamWithoutDNS": {
			reason: "Without a record of ours there is nothing to fight for.",
			spec:   `{dns: None}`,
			others: func(t *testing.T) []map[string]any {
				return []map[string]any{own(t, earlier), record(t, "team-b/x", later)}
			},
		},
		"NoHostnames": {
			reason: "What the schema would have refused is refused here too.",
			spec:   `{hostnames: []}`,
			want:   `spec.hostnames: "" has no host name. Add the name under which the service is to be reached.`,
		},
		"NoHostnamesPassedThrough": {
			reason: "So it is for what is passed through.",
			spec:   `{protocol: TLSPassthrough}`,
			drop:   []string{"hostnames"},
			want:   `spec.hostnames: "" has no host name. Add the name under which the service is to be reached.`,
		},
		"PathsOfTCP": {
			reason: "TCP has no paths.",
			spec:   `{protocol: TCP, paths: [{path: /}]}`,
			want:   `spec.protocol: "TCP" doesn't go with spec.paths, which only HTTP has. Remove spec.paths.`,
		},
		"TLSOfPassthrough": {
			reason: "The service has its own certificate.",
			spec:   `{protocol: TLSPassthrough, tls: {mode: Automatic}}`,
			want:   `spec.protocol: "TLSPassthrough" doesn't go with spec.tls, which only HTTP has. Remove spec.tls.`,
		},
		"ViaOfUDP": {
			reason: "There is one way for UDP.",
			spec:   `{protocol: UDP, via: Ingress}`,
			want:   `spec.protocol: "UDP" doesn't go with spec.via, which only HTTP has. Remove spec.via.`,
		},
		"LoadBalancerOfHTTP": {
			reason: "The entry point is shared.",
			spec:   `{loadBalancer: {address: Internal}}`,
			want:   `spec.protocol: "HTTP" doesn't go with spec.loadBalancer, which only TCP and UDP has. Remove spec.loadBalancer.`,
		},
		"ProxyProtocolOfUDP": {
			reason: "The PROXY protocol is TCP's.",
			spec:   `{protocol: UDP, loadBalancer: {proxyProtocol: true}}`,
			want:   `spec.protocol: "UDP" doesn't go with spec.loadBalancer.proxyProtocol, which only TCP has. Remove spec.loadBalancer.proxyProtocol.`,
		},
		"ProxyProtocolOfOVN": {
			reason: "Load balancers of OVN have no PROXY protocol.",
			spec:   `{protocol: TCP, loadBalancer: {proxyProtocol: true}}`,
			cloud:  "south",
			want:   `spec.loadBalancer.proxyProtocol: "true" can't be served on cloud "south", whose load balancers are of provider ovn. Remove it.`,
		},
		"SecretWithoutName": {
			reason: "A Secret has a name.",
			spec:   `{tls: {mode: Secret}}`,
			want:   `spec.tls.secretName: "" doesn't go with mode Secret. Set secretName with mode Secret, and only then.`,
		},
		"AllowedWithoutAddresses": {
			reason: "An entry point that sees no addresses of clients can't tell them apart.",
			spec:   `{allowedCIDRs: [192.0.2.0/24, 198.51.100.0/24]}`,
			want:   `spec.allowedCIDRs: "192.0.2.0/24, 198.51.100.0/24" can't be enforced on cloud "north", whose entry point doesn't see the addresses of clients. Use protocol TCP, remove the ranges, or ask the platform team for loadBalancer.proxyProtocol.`,
		},
		"AllowedInExistingNetwork": {
			reason: "In an existing network nobody knows whose word to take.",
			spec:   `{allowedCIDRs: [192.0.2.0/24]}`,
			others: func(t *testing.T) []map[string]any { return []map[string]any{telling(t)} },
			change: func(c map[string]any) {
				c["spec"].(map[string]any)["network"] = map[string]any{"existing": map[string]any{"networkID": "n"}}
			},
			want: `spec.allowedCIDRs: "192.0.2.0/24" can't be enforced on a cluster in an existing network: its entry point doesn't know whose word to take for the addresses of clients. Use protocol TCP, or remove the ranges.`,
		},
		"AllowedTCP": {
			reason: "A load balancer of its own enforces ranges itself.",
			spec:   `{protocol: TCP, allowedCIDRs: [192.0.2.0/24]}`,
		},
		"UnknownCluster": {
			reason: "A slip in the name is answered with the names that there are.",
			spec:   `{clusterRef: {name: shpo}}`,
			want:   `spec.clusterRef.name: "shpo" is not a KubernetesCluster in namespace "team-a". Allowed: shop.`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.spec == "" {
				tc.spec = "{}"
			}
			if tc.cloud == "" {
				tc.cloud = "north"
			}
			c := pretend.KubernetesCluster("shop", tc.cloud, "True")
			if tc.change != nil {
				tc.change(c)
			}
			all := []map[string]any{c}
			if tc.others != nil {
				all = append(all, tc.others(t)...)
			}
			w := pretend.NewWorld(composite(t, claims, without(exposure(t, tc.spec), tc.drop...)), append(all, platform(t))...)
			got := answerOf(call(t, w))
			if tc.want == "" {
				if got.Fatal != "" || len(got.Keys) == 0 {
					t.Errorf("%s\nrefused: %s", tc.reason, got.Fatal)
				}
				return
			}
			if diff := cmp.Diff(refused(tc.want), got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestRefusedStays: an Exposure that runs is refused its host name, and stays as it
// is.
func TestRefusedStays(t *testing.T) {
	w := pretend.NewWorld(composite(t, claims, exposure(t, "{}")), platform(t), pretend.KubernetesCluster("shop", "north", "True"))
	settle(t, w)
	before := len(w.Resources)
	w.Required["Exposure"] = []map[string]any{made(exposure(t, "{}"), "team-a", "www", later), made(exposure(t, "{}"), "team-a", "old", earlier)}
	rsp := call(t, w)
	if pretend.Fatal(rsp) == "" {
		t.Error("it isn't refused")
	}
	w.Apply(rsp)
	if len(w.Resources) != before {
		t.Errorf("%d resources became %d", before, len(w.Resources))
	}
}
