// Package rbac tests that package/rbac/crossplane.yaml grants Crossplane what
// the functions need, and nothing else: it holds what they compose and ask for
// against what Crossplane has already.
package rbac

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var (
	// look is what it takes to find a required resource: Crossplane reads them
	// from a cache, which lists and watches.
	look = []string{"get", "list", "watch"}
	// apply is what it takes to compose a kind: Crossplane watches it, and creates
	// and updates it by server-side apply.
	apply = []string{"create", "get", "list", "patch", "update", "watch"}
)

// kept are the kinds that no function ever stops desiring. Crossplane deletes
// only what is no longer desired, so it needs no right to delete these, and a
// mistake can't cost a cluster.
var kept = map[schema.GroupKind]bool{
	{Group: "cluster.x-k8s.io", Kind: "Cluster"}: true,
	{Kind: "Namespace"}:                          true,
}

// brought are the suffixes of groups whose rights come with a package: the RBAC
// manager makes a role of every provider's CRDs and of every XRD.
var brought = []string{"openstack.m.crossplane.io", "helm.m.crossplane.io", "kubernetes.m.crossplane.io", "skerry.dev"}

// TestComposedKinds checks that Crossplane may compose every kind that is in a
// golden.
func TestComposedKinds(t *testing.T) {
	has := append(ours(t), chart(t)...)
	for _, kind := range composedKinds(t) {
		if missing := has.missing(kind, verbsToCompose(kind)); len(missing) > 0 {
			t.Errorf("functions compose %s, but Crossplane may not %s it: add a rule to %s", kind, strings.Join(missing, ", "), rolesPath)
		}
	}
}

// TestRequiredKinds checks that Crossplane may read every kind that a function
// asks for.
func TestRequiredKinds(t *testing.T) {
	has := append(ours(t), chart(t)...)
	for _, kind := range requiredKinds(t) {
		if missing := has.missing(kind, look); len(missing) > 0 {
			t.Errorf("functions ask for %s, but Crossplane may not %s it: add a rule to %s", kind, strings.Join(missing, ", "), rolesPath)
		}
	}
}

// TestNothingElse is the other way round: no rule and no verb is there that no
// function needs.
func TestNothingElse(t *testing.T) {
	want := map[string][]string{}
	for _, kind := range requiredKinds(t) {
		want[resourceOf(kind)] = look
	}
	for _, kind := range composedKinds(t) {
		want[resourceOf(kind)] = verbsToCompose(kind)
	}
	got := ours(t).verbs()
	// What is needed and not here, Crossplane has from elsewhere: the tests above
	// make sure.
	maps.DeleteFunc(want, func(resource string, _ []string) bool { return got[resource] == nil })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: -needed, +granted:\n%s", rolesPath, diff)
	}
}

// TestComposedRoles checks that a composed Role grants nothing that Crossplane
// doesn't have itself. The API server would refuse it, because Crossplane has no
// right to escalate, and must not have it.
func TestComposedRoles(t *testing.T) {
	has := append(ours(t), chart(t)...)
	checked := 0
	for _, rule := range composedRules(t) {
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				checked++
				if missing := has.missingResource(group, resource, rule.Verbs); len(missing) > 0 {
					t.Errorf("a composed Role grants %s on %s of group %q, which Crossplane may not do itself", strings.Join(missing, ", "), resource, group)
				}
			}
		}
	}
	if checked == 0 {
		t.Error("cannot find a composed Role: the goldens should have one")
	}
}

// TestPackagesBringKinds makes sure that the groups which we count as brought are
// composed: a provider that isn't needed any more should go.
func TestPackagesBringKinds(t *testing.T) {
	used := map[string]bool{"skerry.dev": true}
	for _, kind := range allKinds(t) {
		used[broughtBy(kind)] = true
	}
	for _, group := range brought {
		if !used[group] {
			t.Errorf("no function composes a kind of %s", group)
		}
	}
}

// verbsToCompose returns the verbs that Crossplane needs for a kind, sorted.
func verbsToCompose(kind schema.GroupKind) []string {
	if kept[kind] {
		return apply
	}
	return slices.Sorted(slices.Values(append([]string{"delete"}, apply...)))
}

// broughtBy returns the suffix of the kind's group by which a package brings its
// rights, or "".
func broughtBy(kind schema.GroupKind) string {
	for _, suffix := range brought {
		if kind.Group == suffix || strings.HasSuffix(kind.Group, "."+suffix) {
			return suffix
		}
	}
	return ""
}

// resourceOf returns the resource of a kind as "plural.group".
func resourceOf(kind schema.GroupKind) string {
	return schema.GroupResource{Group: kind.Group, Resource: plural(kind)}.String()
}

// plural returns the name of the kind's resource, in the regular form that all
// kinds here have.
func plural(kind schema.GroupKind) string {
	r, _ := meta.UnsafeGuessKindToResource(kind.WithVersion("v1"))
	return r.Resource
}
