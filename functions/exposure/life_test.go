package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/skerry-dev/skerry/test/pretend"
)

// TestLife changes the world around an Exposure that exists.
func TestLife(t *testing.T) {
	// inside sets the status of what an Object holds.
	inside := func(w *pretend.World, key string, status map[string]any) {
		w.Resources[key]["status"].(map[string]any)["atProvider"].(map[string]any)["manifest"].(map[string]any)["status"] = status
	}
	cases := map[string]struct {
		reason string
		change func(*testing.T, *pretend.World)
		want   answer
	}{
		"NoAddress": {
			reason: "An Ingress that no load balancer serves isn't reached.",
			change: func(_ *testing.T, w *pretend.World) {
				inside(w, "ingress", map[string]any{"loadBalancer": map[string]any{}})
			},
			want: answer{
				Keys: keys, Conditions: []string{accepted, "Delivered=false Waiting: Object www-dbb14-ingress has no address yet."},
				Status: map[string]any{"phase": "Degraded", "urls": urls},
			},
		},
		"Address": {
			reason: "One with an address is.",
			change: func(_ *testing.T, w *pretend.World) {
				inside(w, "ingress", map[string]any{"loadBalancer": map[string]any{"ingress": []any{map[string]any{"ip": "203.0.113.7"}}}})
			},
			want: answer{
				Keys: keys, Ready: true, Conditions: []string{accepted, delivered},
				Status: map[string]any{"phase": "Ready", "urls": urls},
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
				Status: map[string]any{"phase": "Degraded", "urls": urls},
			},
		},
		"Hostnames": {
			reason: "Another host name is a change in place.",
			change: func(_ *testing.T, w *pretend.World) {
				w.Composite["spec"].(map[string]any)["hostnames"] = []any{"new.apps.example.org"}
			},
			want: answer{
				Keys: keys, Ready: true, Conditions: []string{accepted, delivered},
				Status: map[string]any{"phase": "Ready", "urls": []any{"https://new.apps.example.org"}},
			},
		},
		"ControlPlaneIsReplaced": {
			reason: "A control plane that isn't whole for a while doesn't make a service look unpublished.",
			change: func(t *testing.T, w *pretend.World) {
				w.Required["KubernetesCluster"] = []map[string]any{cluster(t, "shop", "north", "False")}
			},
			want: answer{
				Keys: keys, Ready: true, Conditions: []string{accepted, delivered},
				Status: map[string]any{"phase": "Ready", "urls": urls},
			},
		},
		"ClusterIsGone": {
			reason: "A cluster that can't be found withdraws nothing.",
			change: func(_ *testing.T, w *pretend.World) { delete(w.Required, "KubernetesCluster") },
			want:   refused(`spec.clusterRef.name: "shop" is not a KubernetesCluster in namespace "team-a", which has none. Create the KubernetesCluster first.`),
		},
		"OtherCluster": {
			reason: "A cluster that was created anew under the same name is another one.",
			change: func(t *testing.T, w *pretend.World) {
				c := cluster(t, "shop", "north", "True")
				c["spec"].(map[string]any)["resourceRef"].(map[string]any)["name"] = "shop-other"
				w.Required["KubernetesCluster"] = []map[string]any{c}
			},
			want: refused(`spec.clusterRef.name: "shop" is another cluster now (shop-other) than the one that this lives in (shop-x7k2p). Delete this object and create it again to have it in the new cluster.`),
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
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := pretend.NewWorld(composite(t, claims, exposure(t, "{}")), platform(t), cluster(t, "shop", "north", "True"))
			settle(t, w)
			tc.change(t, w)
			rsp := call(t, w)
			got := answerOf(rsp)
			if diff := cmp.Diff(tc.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
			w.Apply(rsp)
			if w.Resources["ingress"] == nil {
				t.Errorf("%s\nthe Ingress was withdrawn", tc.reason)
			}
			if got.Fatal == "" {
				validate(t, claims, w, rsp)
			}
		})
	}
}
