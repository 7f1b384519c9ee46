package main

import (
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/test/pretend"
)

// probed is the world of a claim in a cluster of a level, on a Platform.
func probed(t *testing.T, level, spec string, change func(management map[string]any), drop ...string) *pretend.World {
	t.Helper()
	p := telling(t)
	if change != nil {
		change(p["spec"].(map[string]any)["management"].(map[string]any))
	}
	return pretend.NewWorld(composite(t, claims, without(exposure(t, spec), drop...)), p, atLevel(pretend.KubernetesCluster("shop", "north", "True"), level))
}

func probeOf(rsp *fnv1.RunFunctionResponse) any {
	status, _ := rsp.GetDesired().GetComposite().GetResource().AsMap()["status"].(map[string]any)
	return status["probe"]
}

// TestProbe: where the level has it so, what clients reach is probed, and where nothing
// is, status says why.
func TestProbe(t *testing.T) {
	silent := func(message string) map[string]any { return map[string]any{"message": message} }
	asks := func(targets ...any) map[string]any { return map[string]any{"objective": "99.9", "targets": targets} }
	withoutProber := func(m map[string]any) { delete(m["monitoring"].(map[string]any), "prober") }
	withoutMonitoring := func(m map[string]any) { delete(m, "monitoring") }
	cases := map[string]struct {
		reason string
		level  string
		spec   string
		drop   []string
		change func(map[string]any)
		want   any
	}{
		"HTTP": {
			reason: "Each host name is asked.", level: "Premium", spec: "{}",
			want: asks("https://shop.apps.example.org/", "https://www.apps.example.org/"),
		},
		"Paths": {
			reason: "Only paths that reach the service are asked for.", level: "Premium", spec: "{paths: [{path: /shop}]}",
			want: asks("https://shop.apps.example.org/shop", "https://www.apps.example.org/shop"),
		},
		"OwnPath": {
			reason: "The team knows best what says that the service is well.", level: "Premium", spec: "{probe: {path: /healthz}}",
			want: asks("https://shop.apps.example.org/healthz", "https://www.apps.example.org/healthz"),
		},
		"Plain": {
			reason: "Without TLS it is asked without.", level: "Premium", spec: "{tls: {mode: None}}",
			want: asks("http://shop.apps.example.org/", "http://www.apps.example.org/"),
		},
		"Passthrough": {
			reason: "Of what isn't opened only the connection is tried.", level: "Premium", spec: "{protocol: TLSPassthrough}",
			want: asks("shop.apps.example.org:443", "www.apps.example.org:443"),
		},
		"TCPWithoutHost": {
			reason: "Without a host name the address is asked.", level: "Premium", spec: "{protocol: TCP}", drop: []string{"hostnames"},
			want: asks("203.0.113.30:8080"),
		},
		"UDP": {
			reason: "UDP needs no answer.", level: "Premium", spec: "{protocol: UDP}",
			want: silent("UDP has no answer to wait for."),
		},
		"Internal": {
			reason: "Prometheus isn't in the cluster's network.", level: "Premium", spec: "{protocol: TCP, loadBalancer: {address: Internal}}",
			want: silent("An internal address is not reached from outside the cluster's network."),
		},
		"AllowedCIDRs": {
			reason: "A prober that is refused would burn the budget.", level: "Premium", spec: "{protocol: TCP, allowedCIDRs: [192.0.2.0/24]}",
			want: silent("Clients are limited by allowedCIDRs, and the prober is none of them."),
		},
		"NoProber": {
			reason: "A platform may have none.", level: "Premium", spec: "{}", change: withoutProber,
			want: silent("This platform has no prober."),
		},
		"NoMonitoring": {
			reason: "Nor need it have the operator.", level: "Premium", spec: "{}", change: withoutMonitoring,
			want: silent("This platform has no prober."),
		},
		"Standard": {reason: "Other levels promise nothing.", level: "Standard", spec: "{}"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := probed(t, tc.level, tc.spec, tc.change, tc.drop...)
			rsp := settle(t, w)
			if diff := cmp.Diff(tc.want, probeOf(rsp)); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
			status, _ := tc.want.(map[string]any)
			if _, made := rsp.GetDesired().GetResources()[plan.KeyProbe]; made != (status["targets"] != nil) {
				t.Errorf("%s There is a Probe: %t", tc.reason, made)
			}
			validate(t, claims, w, rsp)
		})
	}
}

// TestProbeComesLastAndStays: what is being built doesn't miss an objective, and what was
// probed is probed on when the cluster is dead; below Premium it isn't any more.
func TestProbeComesLastAndStays(t *testing.T) {
	w := probed(t, "Premium", "{}", nil)
	made := func(rsp *fnv1.RunFunctionResponse) bool {
		_, ok := rsp.GetDesired().GetResources()[plan.KeyProbe]
		return ok
	}
	if made(call(t, w)) {
		t.Error("it is probed before anything serves it")
	}
	if !made(settle(t, w)) {
		t.Fatal("what is ready should be probed")
	}
	w.Required["KubernetesCluster"] = []map[string]any{atLevel(pretend.KubernetesCluster("shop", "north", "False"), "Premium")}
	if !made(call(t, w)) {
		t.Error("a dead cluster is what a probe is for")
	}
	w.Required["KubernetesCluster"] = []map[string]any{atLevel(pretend.KubernetesCluster("shop", "north", "True"), "Standard")}
	if rsp := settle(t, w); made(rsp) || probeOf(rsp) != nil {
		t.Errorf("Standard promises no probes, and there is one, or status says %v", probeOf(rsp))
	}
}
