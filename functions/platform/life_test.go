package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// TestLife changes the world around a Platform that is settled and in use.
func TestLife(t *testing.T) {
	all := sorted(nil, base, namespaces, brought, guards)
	spec := func(w *world) map[string]any { return w.platform["spec"].(map[string]any) }
	setStatus := func(key string, status map[string]any) func(*world) {
		return func(w *world) { w.resources[key]["status"] = status }
	}
	cases := map[string]struct {
		reason string
		change func(*world)
		want   answer
	}{
		"LastClusterIsGone": {
			reason: "Without clusters the guards go, and nothing else.",
			change: func(w *world) { w.required = nil },
			want:   answer{Keys: sorted(guards, all), Ready: true, Conditions: []string{accepted, ready}, Phase: "Ready"},
		},
		"LastClusterIsBeingTakenDown": {
			reason: "While its machines go, what deletes them stays.",
			change: func(w *world) {
				w.required = map[string][]map[string]any{requireMachinesKind: kindOf("v1beta2", true, "True"), requireMachines: machines}
			},
			want: answer{Keys: all, Ready: true, Conditions: []string{accepted, ready}, Phase: "Ready"},
		},
		"CoreProviderIsOut": {
			reason: "Even when Cluster API itself is being upgraded meanwhile.",
			change: func(w *world) {
				w.required = map[string][]map[string]any{requireMachinesKind: kindOf("v1beta2", true, "True"), requireMachines: machines}
				w.resources["core-provider"]["status"] = map[string]any{}
			},
			want: answer{
				Keys:       all,
				Conditions: []string{accepted, "ManagementReady=false Waiting: CoreProvider cluster-api is being installed."},
				Phase:      "Degraded",
			},
		},
		"NoMoreJanitor": {
			reason: "Turning the janitor off leaves it, or the clusters with its finalizer could never go.",
			change: func(w *world) { spec(w)["management"] = map[string]any{"janitor": false} },
			want:   answer{Keys: all, Ready: true, Conditions: []string{accepted, ready}, Phase: "Ready"},
		},
		"WhatWeBrought": {
			reason: "That there is what we brought changes nothing.",
			change: func(w *world) {
				w.required[requireClusterAPI] = definition
				w.required[requireCertManager], w.required[requireImageKind] = definition, definition
			},
			want: answer{Keys: all, Ready: true, Conditions: []string{accepted, ready}, Phase: "Ready"},
		},
		"NoMoreClusterAPI": {
			reason: "Turning the installation off removes nothing.",
			change: func(w *world) { spec(w)["management"] = map[string]any{"installClusterAPI": false} },
			want:   answer{Keys: all, Ready: true, Conditions: []string{accepted, ready}, Phase: "Ready"},
		},
		"Contradiction": {
			reason: "A Platform that becomes contradictory withdraws nothing.",
			change: func(w *world) {
				spec(w)["kubernetesVersions"] = []any{map[string]any{"name": "1.36", "patch": "1.35.1"}}
			},
			want: refused(`spec.kubernetesVersions[1.36].patch: "1.35.1" is not a patch of 1.36. Set a version that begins with 1.36.`),
		},
		"ProviderFails": {
			reason: "What the operator says reaches the platform team.",
			change: setStatus("infrastructure-provider", map[string]any{"conditions": []any{
				map[string]any{"type": "ProviderInstalled", "status": "False", "reason": "ComponentsFetchError", "message": "failed to get the release"},
			}}),
			want: answer{
				Keys: all,
				Conditions: []string{
					accepted,
					"ManagementReady=false Waiting: InfrastructureProvider openstack is not installed: failed to get the release.",
				},
				Phase: "Degraded",
			},
		},
		"ProviderIsOld": {
			reason: "A provider that runs in an older version isn't ready yet.",
			change: setStatus("core-provider", map[string]any{
				"installedVersion": "v1.13.0",
				"conditions":       []any{map[string]any{"type": "Ready", "status": "True"}},
			}),
			want: answer{
				Keys:       all,
				Conditions: []string{accepted, "ManagementReady=false Waiting: CoreProvider cluster-api is being upgraded to " + clusterAPIVersion + "."},
				Phase:      "Degraded",
			},
		},
		"ProviderIsStarting": {
			reason: "A provider without a word from the operator is being installed.",
			change: setStatus("core-provider", map[string]any{}),
			want: answer{
				Keys:       all,
				Conditions: []string{accepted, "ManagementReady=false Waiting: CoreProvider cluster-api is being installed."},
				Phase:      "Degraded",
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(platform(t, "{}"))
			w.required[requireClusters] = someone
			w.apply(w.settle(t))
			tc.change(w)
			if diff := cmp.Diff(tc.want, answerOf(w.call(t)), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}
