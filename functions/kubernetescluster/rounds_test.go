package main

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/wire"
	"github.com/skerry-dev/skerry/test/pretend"
)

// TestRounds composes every example in a cloud in which whatever a round has
// composed is ready before the next. It must not take more rounds than the longest
// chain of resources that need each other: nothing waits for what it doesn't need,
// and nothing waits a round too long.
func TestRounds(t *testing.T) {
	for _, claim := range exampleClusters(t) {
		t.Run(claim["metadata"].(map[string]any)["name"].(string), func(t *testing.T) {
			w := pretend.NewWorld(composite(t, claim), platform(t))
			rounds, last := grow(t, w)
			chain := longest(dependencies(t, w, last))
			t.Logf("depth %d, %d rounds: %s", len(chain), rounds, strings.Join(chain, " → "))
			if rounds > len(chain) {
				t.Errorf("%d rounds are more than the depth %d", rounds, len(chain))
			}
		})
	}
}

// grow lets the function compose until nothing is added any more, and returns how
// many rounds have added something.
func grow(t *testing.T, w *pretend.World) (rounds int, last *fnv1.RunFunctionRequest) {
	t.Helper()
	for {
		req, rsp, err := w.Call(context.Background(), newFunction())
		if err != nil || pretend.Fatal(rsp) != "" {
			t.Fatalf("round %d: %v %s", rounds+1, err, pretend.Fatal(rsp))
		}
		if len(rsp.GetDesired().GetResources()) <= len(w.Resources) {
			return rounds, req
		}
		rounds++
		w.Apply(rsp)
	}
}

// dependencies returns what each composed resource can't be made without: what
// components say must be ready before it, the cluster that it is made in, and
// whatever has a status that says something which its own spec repeats.
func dependencies(t *testing.T, w *pretend.World, req *fnv1.RunFunctionRequest) map[string][]string {
	t.Helper()
	needs, facts := map[string][]string{}, map[string][]string{}
	for key, o := range w.Resources {
		needs[key], facts[key] = nil, news(t, o)
	}
	for key, o := range w.Resources {
		spec := encoded(t, o["spec"])
		for _, of := range slices.Sorted(maps.Keys(facts)) {
			if of != key && slices.ContainsFunc(facts[of], func(v string) bool { return strings.Contains(spec, v) }) {
				needs[key] = append(needs[key], of)
			}
		}
		if inCluster(o) {
			needs[key] = append(needs[key], plan.KeyCluster)
		}
	}
	for _, r := range wanted(t, req).Resources {
		needs[r.Key] = append(needs[r.Key], r.After...)
	}
	// They name the schedule's last backup, written in another way.
	for _, key := range []string{plan.KeyBackupLast, plan.KeyBackupCopies} {
		if _, taken := w.Resources[key]; taken {
			needs[key] = append(needs[key], plan.KeyBackupSchedule)
		}
	}
	return needs
}

// inCluster says whether something is made in the cluster itself, by the name of
// its configuration.
func inCluster(o map[string]any) bool {
	spec, _ := o["spec"].(map[string]any)
	ref, _ := spec["providerConfigRef"].(map[string]any)
	return ref["kind"] == "ProviderConfig"
}

// news are the texts that a resource's status has and its spec hasn't: ids,
// addresses, keys.
func news(t *testing.T, o map[string]any) []string {
	t.Helper()
	const shortest = 8 // Shorter ones, such as "True", say nothing of where they come from.
	spec := encoded(t, o["spec"])
	var out []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, e := range v {
				walk(e)
			}
		case []any:
			for _, e := range v {
				walk(e)
			}
		case string:
			if s := strings.Trim(encoded(t, v), `"`); len(s) >= shortest && !strings.Contains(spec, s) {
				out = append(out, s)
			}
		}
	}
	status, _ := o["status"].(map[string]any)
	walk(status["atProvider"])
	return out
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// wanted returns what the components want in a request.
func wanted(t *testing.T, req *fnv1.RunFunctionRequest) render.Set {
	t.Helper()
	f, rsp, claim := newFunction(), wire.Respond(req), &v1alpha1.KubernetesCluster{}
	platform, ok := f.platforms.Required(req, rsp)
	if !ok {
		t.Fatal(pretend.Fatal(rsp))
	}
	if err := wire.Decode(req, claim); err != nil {
		t.Fatal(err)
	}
	p, err := newPlan(req, rsp, claim, plan.ClusterWorld{Platform: platform, Have: wire.Observed(req), Now: plantest.Now})
	if err != nil {
		t.Fatal(err)
	}
	set, err := compose(p)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// longest returns the longest chain of resources in which each needs the one before.
func longest(needs map[string][]string) []string {
	known := map[string][]string{}
	var of func(string) []string
	of = func(key string) []string {
		if chain, ok := known[key]; ok {
			return chain
		}
		var before []string
		for _, n := range needs[key] {
			if _, composed := needs[n]; !composed {
				continue // After something that isn't selected.
			}
			if chain := of(n); len(chain) > len(before) {
				before = chain
			}
		}
		known[key] = append(slices.Clone(before), key)
		return known[key]
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(needs)) {
		if chain := of(key); len(chain) > len(out) {
			out = chain
		}
	}
	return out
}
