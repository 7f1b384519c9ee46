package main

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/skerry-dev/skerry/test/pretend"
)

// seenIn is what an Object of the world holds.
func seenIn(w *pretend.World, key string) map[string]any {
	return w.Resources[key]["status"].(map[string]any)["atProvider"].(map[string]any)["manifest"].(map[string]any)
}

// policies returns the management policies of what is desired, by key; nil is all
// of them.
func policies(rsp *fnv1.RunFunctionResponse) map[string][]any {
	out := map[string][]any{}
	for key, r := range rsp.GetDesired().GetResources() {
		m := r.GetResource().AsMap()
		if m["kind"] == "Object" {
			out[key], _ = m["spec"].(map[string]any)["managementPolicies"].([]any)
		}
	}
	return out
}

// The policies of the claim of the tests in a cluster that answers, and in one that
// doesn't.
var (
	looks    = []any{"Observe"}
	keeps    = []any{"Observe", "Create", "Update", "LateInitialize"}
	deleting = map[string][]any{"backend": looks, "certificate": looks, "endpoints": looks, "ingress": nil, "network-policy": nil}
	keeping  = map[string][]any{"backend": looks, "certificate": looks, "endpoints": looks, "ingress": keeps, "network-policy": keeps}
)

const unavailable = ": The Kubernetes API of KubernetesCluster shop isn't available. What this Exposure has in the cluster stays there if it is deleted now."

// TestLife changes the world around an Exposure that exists.
func TestLife(t *testing.T) {
	inside := func(w *pretend.World, key string, status map[string]any) { seenIn(w, key)["status"] = status }
	notServed := func(message string) []string { return []string{"Accepted=false NotServed: " + message} }
	const reached = "the address at which the service is reached"
	cases := map[string]struct {
		reason string
		change func(*testing.T, *pretend.World)
		want   answer
		// policies that Objects have; the default is deleting.
		policies map[string][]any
		// withdrawn is what may go.
		withdrawn []string
	}{
		"NoAddress": {
			reason: "An Ingress that no load balancer serves isn't reached. Its records stay.",
			change: func(_ *testing.T, w *pretend.World) {
				inside(w, "ingress", map[string]any{"loadBalancer": map[string]any{}})
			},
			want: answer{
				Keys: keys, Conditions: []string{accepted, "Delivered=false Waiting: Object www-dbb14-ingress has no address yet. record-a-shop.apps.example.org waits for " + reached + ". record-a-www.apps.example.org waits for " + reached + "."},
				Status: with(readyStatus(), map[string]any{
					"phase": "Degraded", "addresses": nil, "dns": []any{waiting("shop.apps.example.org"), waiting("www.apps.example.org")},
				}),
			},
		},
		"NewAddress": {
			reason: "Records follow the address, and are waited for.",
			change: func(_ *testing.T, w *pretend.World) {
				inside(w, "ingress", map[string]any{"loadBalancer": map[string]any{"ingress": []any{
					map[string]any{"ip": "2001:db8::7"}, map[string]any{"ip": "203.0.113.7"},
				}}})
			},
			want: answer{
				Keys: append(append([]string{}, keys[:6]...), "record-a-www.apps.example.org", "record-aaaa-shop.apps.example.org", "record-aaaa-www.apps.example.org", "uses-cluster"),
				Conditions: []string{
					accepted,
					"Delivered=false Waiting: RecordsetV2 www-dbb14-record-a-5794a37a79dfd62c doesn't point at 203.0.113.7 yet. RecordsetV2 www-dbb14-record-aaaa-5794a37a79dfd62c is being created. RecordsetV2 www-dbb14-record-a-1110f17320422bce doesn't point at 203.0.113.7 yet. And 1 more.",
				},
				Status: with(readyStatus(), map[string]any{
					"phase": "Updating", "addresses": []any{"203.0.113.7", "2001:db8::7"},
					"dns": []any{
						map[string]any{"host": "shop.apps.example.org", "state": "Waiting", "message": "The record is being made."},
						map[string]any{"host": "www.apps.example.org", "state": "Waiting", "message": "The record is being made."},
					},
				}),
			},
		},
		"NoCertificate": {
			reason: "What cert-manager says of a certificate that isn't issued reaches the team.",
			change: func(_ *testing.T, w *pretend.World) {
				inside(w, "certificate", map[string]any{"conditions": []any{
					map[string]any{"type": "Ready", "status": "False", "message": "Issuing certificate as Secret does not exist"},
				}})
				w.Resources["certificate"]["status"].(map[string]any)["conditions"] = []any{
					map[string]any{"type": "Ready", "status": "False", "reason": "Unavailable"},
				}
			},
			want: answer{
				Keys: keys,
				Conditions: []string{
					accepted,
					"Delivered=false Waiting: Object www-dbb14-certificate is not issued: Issuing certificate as Secret does not exist.",
				},
				Status: with(readyStatus(), map[string]any{"phase": "Degraded", "certificate": map[string]any{"issued": false}}),
			},
		},
		"RefusedRenewal": {
			reason: "A certificate that has expired says why it was not renewed.",
			change: func(_ *testing.T, w *pretend.World) {
				inside(w, "certificate", map[string]any{"conditions": []any{
					map[string]any{"type": "Ready", "status": "False", "message": "Certificate expired"},
					map[string]any{"type": "Issuing", "status": "False", "reason": "Failed", "message": "The certificate request has failed: 429\n too many certificates"},
				}})
				w.Resources["certificate"]["status"].(map[string]any)["conditions"] = []any{
					map[string]any{"type": "Ready", "status": "False", "reason": "Unavailable"},
				}
			},
			want: answer{
				Keys: keys,
				Conditions: []string{
					accepted,
					"Delivered=false Waiting: Object www-dbb14-certificate is not issued: Certificate expired; The certificate request has failed: 429 too many certificates.",
				},
				Status: with(readyStatus(), map[string]any{"phase": "Degraded", "certificate": map[string]any{"issued": false}}),
			},
		},
		"Hostnames": {
			reason: "Another host name is a change in place, and records come and go with theirs.",
			change: func(_ *testing.T, w *pretend.World) {
				w.Composite["spec"].(map[string]any)["hostnames"] = []any{"new.apps.example.org"}
			},
			want: answer{
				Keys:       []string{"backend", "certificate", "endpoints", "ingress", "network-policy", "record-a-new.apps.example.org", "record-a-shop.apps.example.org", "record-a-www.apps.example.org", "uses-cluster"},
				Conditions: []string{accepted, "Delivered=false Waiting: RecordsetV2 www-dbb14-record-a-02382fc327d009de is being created."},
				Status: with(readyStatus(), map[string]any{
					"phase": "Updating", "urls": []any{"https://new.apps.example.org"},
					"dns": []any{map[string]any{"host": "new.apps.example.org", "state": "Waiting", "message": "The record is being made."}},
				}),
			},
			withdrawn: []string{"record-a-shop.apps.example.org", "record-a-www.apps.example.org"},
		},
		"NoRecords": {
			reason: "A team that makes its records itself gets told which, and ours go.",
			change: func(_ *testing.T, w *pretend.World) {
				w.Composite["spec"].(map[string]any)["dns"] = "None"
			},
			want: answer{
				Keys: keys, Ready: true, Conditions: []string{accepted, delivered},
				Status: with(readyStatus(), map[string]any{"dns": []any{
					unmanaged("shop.apps.example.org", "Make the record yourself: shop.apps.example.org A 203.0.113.20."),
					unmanaged("www.apps.example.org", "Make the record yourself: www.apps.example.org A 203.0.113.20."),
				}}),
			},
			withdrawn: []string{"record-a-shop.apps.example.org", "record-a-www.apps.example.org"},
		},
		"ZoneLeavesPlatform": {
			reason: "A Platform that forgets its zone withdraws no record.",
			change: func(t *testing.T, w *pretend.World) {
				p := platform(t)
				delete(north(p)["dns"].(map[string]any), "zoneID")
				w.Required["Platform"] = []map[string]any{p}
			},
			want: answer{
				Keys: keys, Ready: true, Conditions: []string{accepted, delivered},
				Status: with(readyStatus(), map[string]any{"dns": []any{byExternalDNS("shop.apps.example.org"), byExternalDNS("www.apps.example.org")}}),
			},
		},
		"OtherZone": {
			reason: "A record stays in the zone that it was made in: Designate can't move it.",
			change: func(t *testing.T, w *pretend.World) {
				p := platform(t)
				north(p)["dns"].(map[string]any)["zoneID"] = "00000000-0b1c-4d2e-8f3a-4b5c6d7e8f90"
				w.Required["Platform"] = []map[string]any{p}
			},
			want: answer{Keys: keys, Ready: true, Conditions: []string{accepted, delivered}, Status: readyStatus()},
		},
		"ServiceIsGone": {
			reason: "A Service that is gone is named. What publishes it stays, for when it is back.",
			change: func(_ *testing.T, w *pretend.World) {
				delete(w.Resources["backend"]["status"].(map[string]any), "atProvider")
				delete(w.Resources["endpoints"]["status"].(map[string]any), "atProvider")
			},
			want: answer{
				Keys:       keys,
				Conditions: []string{accepted, "Delivered=false Waiting: Object www-dbb14-backend waits for Service web/frontend in the cluster. network-policy waits for Service web/frontend in the cluster."},
				Status:     with(readyStatus(), map[string]any{"phase": "Degraded", "backend": map[string]any{"state": "Unknown"}}),
			},
		},
		"NoSelector": {
			reason: "Without a selector nobody knows the pods.",
			change: func(_ *testing.T, w *pretend.World) {
				delete(seenIn(w, "backend")["spec"].(map[string]any), "selector")
			},
			want: answer{
				Keys:       keys,
				Conditions: []string{accepted, "Delivered=false Waiting: Object www-dbb14-backend waits for a selector in Service web/frontend, without which its pods aren't known. network-policy waits for a selector in Service web/frontend, without which its pods aren't known."},
				Status:     with(readyStatus(), map[string]any{"phase": "Degraded"}),
			},
		},
		"OtherPorts": {
			reason: "A port that the Service lacks is answered with those that it has.",
			change: func(_ *testing.T, w *pretend.World) {
				seenIn(w, "backend")["spec"].(map[string]any)["ports"] = []any{map[string]any{"port": 80.0}, map[string]any{"port": 8080.0, "protocol": "UDP"}}
			},
			want: answer{
				Keys:       keys,
				Conditions: []string{accepted, "Delivered=false Waiting: Object www-dbb14-backend waits for port 8080/TCP of Service web/frontend, which has 80/TCP, 8080/UDP. network-policy waits for port 8080/TCP of Service web/frontend, which has 80/TCP, 8080/UDP."},
				Status:     with(readyStatus(), map[string]any{"phase": "Degraded"}),
			},
		},
		"PodsNotReady": {
			reason: "Pods that aren't ready are the team's affair: the service is published all the same.",
			change: func(_ *testing.T, w *pretend.World) {
				seenIn(w, "endpoints")["subsets"] = []any{map[string]any{"notReadyAddresses": []any{map[string]any{"ip": "10.244.0.5"}}}}
			},
			want: answer{
				Keys: keys, Ready: true, Conditions: []string{accepted, delivered},
				Status: with(readyStatus(), map[string]any{"backend": map[string]any{
					"state": "Unhealthy", "notReady": 1.0, "message": "No pod behind the service is ready. Look at the pods that its selector selects.",
				}}),
			},
		},
		"SomePodsNotReady": {
			reason: "Some that are ready are counted.",
			change: func(_ *testing.T, w *pretend.World) {
				seenIn(w, "endpoints")["subsets"].([]any)[0].(map[string]any)["notReadyAddresses"] = []any{map[string]any{"ip": "10.244.0.6"}}
			},
			want: answer{
				Keys: keys, Ready: true, Conditions: []string{accepted, delivered},
				Status: with(readyStatus(), map[string]any{"backend": map[string]any{
					"state": "Degraded", "ready": 2.0, "notReady": 1.0, "message": "Some pods behind the service aren't ready.",
				}}),
			},
		},
		"ControlPlaneIsReplaced": {
			reason: "A control plane that isn't whole for a while answers all the same: whoever deletes the Exposure now leaves nothing there.",
			change: func(t *testing.T, w *pretend.World) {
				w.Required["KubernetesCluster"] = []map[string]any{pretend.Rolling(pretend.KubernetesCluster("shop", "north", "True"))}
			},
			want: answer{Keys: keys, Ready: true, Conditions: []string{accepted, delivered}, Status: readyStatus()},
		},
		"APIUnavailable": {
			reason: "An API that is away for a while doesn't make a service look unpublished. What is in the cluster is let go of.",
			change: func(t *testing.T, w *pretend.World) {
				w.Required["KubernetesCluster"] = []map[string]any{pretend.KubernetesCluster("shop", "north", "False")}
			},
			want: answer{
				Keys: keys, Ready: true, Conditions: []string{accepted + unavailable, delivered},
				Status: with(readyStatus(), map[string]any{"backend": map[string]any{"state": "Unknown"}}),
			},
			policies: keeping,
		},
		"ClusterIsDeleted": {
			reason: "A cluster that is about to go takes with it what it has.",
			change: func(t *testing.T, w *pretend.World) {
				c := pretend.KubernetesCluster("shop", "north", "True")
				c["metadata"].(map[string]any)["deletionTimestamp"] = "2026-01-02T00:00:00Z"
				w.Required["KubernetesCluster"] = []map[string]any{c}
			},
			want: answer{
				Keys: keys, Ready: true, Conditions: []string{accepted + unavailable, delivered},
				Status: with(readyStatus(), map[string]any{"backend": map[string]any{"state": "Unknown"}}),
			},
			policies: keeping,
		},
		"ServiceAndClusterAreGone": {
			reason: "What waits for something is let go of too.",
			change: func(t *testing.T, w *pretend.World) {
				delete(w.Resources["backend"]["status"].(map[string]any), "atProvider")
				w.Required["KubernetesCluster"] = []map[string]any{pretend.KubernetesCluster("shop", "north", "False")}
			},
			want: answer{
				Keys: keys,
				Conditions: []string{
					accepted + unavailable,
					"Delivered=false Waiting: Object www-dbb14-backend waits for Service web/frontend in the cluster. network-policy waits for Service web/frontend in the cluster.",
				},
				Status: with(readyStatus(), map[string]any{"phase": "Degraded", "backend": map[string]any{"state": "Unknown"}}),
			},
			policies: keeping,
		},
		"ClusterIsGone": {
			reason: "A cluster that can't be found withdraws nothing, and holds nothing back.",
			change: func(_ *testing.T, w *pretend.World) { delete(w.Required, "KubernetesCluster") },
			want: answer{
				Keys: keys, Status: readyStatus(),
				Conditions: notServed(`spec.clusterRef.name: "shop" can't be found any more. What runs stays as it is. If the cluster is gone for good, delete this Exposure: nothing in the cluster holds it back.`),
			},
			policies: keeping,
		},
		"OtherCluster": {
			reason: "A cluster that was created anew under the same name is another one.",
			change: func(t *testing.T, w *pretend.World) {
				c := pretend.KubernetesCluster("shop", "north", "True")
				c["spec"].(map[string]any)["resourceRef"].(map[string]any)["name"] = "shop-other"
				w.Required["KubernetesCluster"] = []map[string]any{c}
			},
			want: answer{
				Keys: keys, Status: readyStatus(),
				Conditions: notServed(`spec.clusterRef.name: "shop" is another cluster now (shop-other) than the one that this lives in (shop-x7k2p). Delete this object and create it again to have it in the new cluster.`),
			},
			policies: keeping,
		},
		"RefusedInDeadCluster": {
			reason: "A claim that can't be served can be deleted all the same.",
			change: func(t *testing.T, w *pretend.World) {
				w.Required["KubernetesCluster"] = []map[string]any{pretend.KubernetesCluster("shop", "north", "False")}
				w.Composite["spec"].(map[string]any)["namespace"] = "db"
			},
			want: answer{
				Keys: keys, Status: readyStatus(),
				Conditions: notServed(`spec.namespace: "db" can't be changed from web: the service lives there. Set it back, or create a new Exposure.`),
			},
			policies: keeping,
		},
		"PlatformIsGone": {
			reason: "A Platform that can't be found withdraws nothing.",
			change: func(_ *testing.T, w *pretend.World) { delete(w.Required, "Platform") },
			want:   refused(`Platform: "default" does not exist. Ask the platform team to create the Platform of that name. What runs stays as it is.`),
		},
		"OtherNamespace": {
			reason: "An Ingress doesn't move into another namespace.",
			change: func(_ *testing.T, w *pretend.World) { w.Composite["spec"].(map[string]any)["namespace"] = "db" },
			want:   refused(`spec.namespace: "db" can't be changed from web: the service lives there. Set it back, or create a new Exposure.`),
		},
		"OtherProtocol": {
			reason: "The protocol stays: an Ingress would be left behind.",
			change: func(_ *testing.T, w *pretend.World) { w.Composite["spec"].(map[string]any)["protocol"] = "TCP" },
			want:   refused(`spec.protocol: "TCP" can't be changed from HTTP: its address would be another. Set it back, or create a new Exposure.`),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := pretend.NewWorld(composite(t, claims, exposure(t, "{}")), platform(t), pretend.KubernetesCluster("shop", "north", "True"))
			settle(t, w)
			was := maps.Clone(w.Resources)
			tc.change(t, w)
			rsp := call(t, w)
			got := answerOf(rsp)
			if diff := cmp.Diff(tc.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
			w.Apply(rsp)
			if len(tc.withdrawn) > 0 {
				w.Apply(call(t, w)) // What goes was marked before.
			}
			for _, key := range tc.withdrawn {
				delete(was, key)
				if w.Resources[key] != nil {
					t.Errorf("%s\n%s should be gone", tc.reason, key)
				}
			}
			for key := range was {
				if w.Resources[key] == nil {
					t.Errorf("%s\n%s was withdrawn", tc.reason, key)
				}
			}
			if got.Fatal != "" {
				return
			}
			validate(t, claims, w, rsp)
			if tc.policies == nil {
				tc.policies = deleting
			}
			if diff := cmp.Diff(tc.policies, policies(rsp), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\npolicies: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func byExternalDNS(host string) map[string]any {
	return map[string]any{"host": host, "state": "Managed", "message": "external-dns in the cluster makes the record. It doesn't say when it is made."}
}
