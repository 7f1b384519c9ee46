package xpkg

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
)

const (
	crossplaneRoles = "package/rbac/crossplane.yaml"
	peopleRoles     = "package/rbac/people.yaml"
	teamRole        = "package/namespaced/rbac/team.yaml"
)

// TestCrossplaneRoles checks what no rule may be. Package test/rbac checks that
// each is needed, and that none is missing.
func TestCrossplaneRoles(t *testing.T) {
	cases := map[string]struct {
		reason string
		wrong  func(rbacv1.PolicyRule) bool
	}{
		"NoWildcards": {
			reason: "a kind that no function composes needs no rights",
			wrong: func(r rbacv1.PolicyRule) bool {
				return has(r.APIGroups, "*") || has(r.Resources, "*") || has(r.Verbs, "*")
			},
		},
		"NoEscalation": {
			reason: "Crossplane must not be able to grant what it doesn't have",
			wrong:  func(r rbacv1.PolicyRule) bool { return has(r.Verbs, "escalate", "bind", "impersonate") },
		},
		"NoLossByMistake": {
			reason: "a function never drops a Cluster or a namespace, so Crossplane never deletes one",
			wrong: func(r rbacv1.PolicyRule) bool {
				return has(r.Resources, "clusters", "namespaces") && has(r.Verbs, "delete", "deletecollection")
			},
		},
		"NotTwice": {
			reason: "Crossplane's own role and its RBAC manager grant these",
			wrong: func(r rbacv1.PolicyRule) bool {
				return has(r.APIGroups, "skerry.dev", "protection.crossplane.io", "helm.m.crossplane.io", "kubernetes.m.crossplane.io") ||
					has(r.Resources, "secrets", "configmaps", "serviceaccounts", "services")
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			for _, role := range decode[rbacv1.ClusterRole](t, crossplaneRoles) {
				if role.Labels["rbac.crossplane.io/aggregate-to-crossplane"] != "true" {
					t.Errorf("role %q doesn't reach Crossplane: it lacks the label", role.Name)
				}
				for _, r := range role.Rules {
					if tc.wrong(r) {
						t.Errorf("role %q: %s: %v", role.Name, tc.reason, r)
					}
				}
			}
		})
	}
}

// TestTeamRoles checks that no role for teams reaches past their orders.
func TestTeamRoles(t *testing.T) {
	roles := append(decode[rbacv1.ClusterRole](t, peopleRoles), decode[rbacv1.ClusterRole](t, teamRole)...)
	for _, role := range roles {
		if role.Labels["rbac.crossplane.io/aggregate-to-view"] != "" {
			continue // for those on call
		}
		for _, r := range role.Rules {
			orders := cmp.Equal([]string{"skerry.dev"}, r.APIGroups)
			events := cmp.Equal([]string{"events"}, r.Resources)
			if !orders && !events {
				t.Errorf("role %q lets teams at %v of %v", role.Name, r.Resources, r.APIGroups)
			}
			if slices.ContainsFunc(r.Resources, func(res string) bool { return res == "*" || strings.Contains(res, "/") }) {
				t.Errorf("role %q: status is Crossplane's and wildcards grow: %v", role.Name, r.Resources)
			}
		}
	}
}

// TestTeamRolesNameTheClaims compares the roles with the generated XRDs.
func TestTeamRolesNameTheClaims(t *testing.T) {
	var claims []string
	for _, path := range glob(t, "apis/*/definition.yaml") {
		claims = append(claims, claimPlurals(t, path)...)
	}
	slices.Sort(claims)
	for _, path := range []string{peopleRoles, teamRole} {
		for _, role := range decode[rbacv1.ClusterRole](t, path) {
			for _, r := range role.Rules {
				if !has(r.APIGroups, "skerry.dev") {
					continue
				}
				if diff := cmp.Diff(claims, slices.Sorted(slices.Values(r.Resources))); diff != "" {
					t.Errorf("role %q: -claims, +granted:\n%s", role.Name, diff)
				}
			}
		}
	}
}

// claimPlurals returns the plural of each claim kind that the XRDs of the file
// offer.
func claimPlurals(t *testing.T, path string) []string {
	t.Helper()
	var out []string
	for _, xrd := range decodeLoose[struct {
		Spec struct {
			ClaimNames struct {
				Plural string `json:"plural"`
			} `json:"claimNames"`
		} `json:"spec"`
	}](t, path) {
		if p := xrd.Spec.ClaimNames.Plural; p != "" {
			out = append(out, p)
		}
	}
	return out
}

// TestConfigurationHoldsNoRBAC is why package/rbac exists. When it fails,
// Crossplane has learnt to take roles from a package: then move ours there.
func TestConfigurationHoldsNoRBAC(t *testing.T) {
	meta := "apiVersion: meta.pkg.crossplane.io/v1\nkind: Configuration\nmetadata: {name: x}\n---\n"
	if out, err := tryLint(t, crossplane(t), meta+read(t, filepath.Join(root(t), crossplaneRoles))); err == nil {
		t.Errorf("a Configuration can hold ClusterRoles now:\n%s", out)
	}
}

func has(list []string, wanted ...string) bool {
	return slices.ContainsFunc(wanted, func(s string) bool { return slices.Contains(list, s) })
}
