package rbac

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/test/tools"
)

// rolesPath is the file that platform teams apply.
const rolesPath = "package/rbac/crossplane.yaml"

// rules are the rules of some roles, all of which Crossplane has.
type rules []rbacv1.PolicyRule

// missing returns the verbs that Crossplane doesn't have for the kind.
func (rs rules) missing(kind schema.GroupKind, verbs []string) []string {
	return rs.missingResource(kind.Group, plural(kind), verbs)
}

func (rs rules) missingResource(group, resource string, verbs []string) []string {
	return slices.DeleteFunc(slices.Clone(verbs), func(verb string) bool {
		return slices.ContainsFunc(rs, func(r rbacv1.PolicyRule) bool {
			// A rule for objects by name is none for the kind.
			return len(r.ResourceNames) == 0 && has(r.APIGroups, group) && has(r.Resources, resource) && has(r.Verbs, verb)
		})
	})
}

// verbs returns the verbs for each resource, sorted, as "plural.group".
func (rs rules) verbs() map[string][]string {
	out := map[string][]string{}
	for _, r := range rs {
		for _, group := range r.APIGroups {
			for _, resource := range r.Resources {
				gr := schema.GroupResource{Group: group, Resource: resource}.String()
				out[gr] = slices.Sorted(slices.Values(append(out[gr], r.Verbs...)))
			}
		}
	}
	return out
}

func has(list []string, s string) bool { return slices.Contains(list, s) || slices.Contains(list, "*") }

// ours returns the rules that our roles add.
func ours(t *testing.T) rules {
	t.Helper()
	out := parseRoles(t, read(t, filepath.Join(root(t), rolesPath)))
	if len(out) == 0 {
		t.Fatalf("cannot find rules in %s", rolesPath)
	}
	return out
}

const crossplaneModule = "github.com/crossplane/crossplane/v2"

// chart returns the rules that Crossplane's own chart gives it, of the version
// that tests run against.
func chart(t *testing.T) rules {
	t.Helper()
	if testing.Short() {
		t.Skip("it may download a module")
	}
	template := read(t, filepath.Join(moduleDir(t, crossplaneModule), "cluster/charts/crossplane/templates/clusterrole.yaml"))
	// Names and labels come from values. The rules are plain YAML.
	var plain []string
	for line := range strings.Lines(template) {
		if !strings.Contains(line, "{{") {
			plain = append(plain, line)
		}
	}
	out := parseRoles(t, strings.Join(plain, ""))
	if len(out.missingResource("", "secrets", look)) > 0 {
		t.Fatalf("cannot read the roles in Crossplane's chart: they should let it read Secrets, got %v", out)
	}
	return out
}

// moduleDir returns the folder of a module that test/tools/crds pins.
func moduleDir(t *testing.T, module string) string {
	t.Helper()
	dir, err := tools.ModuleDir(t.Context(), "crds", module)
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// parseRoles returns the rules of the ClusterRoles in a YAML stream.
func parseRoles(t *testing.T, stream string) rules {
	t.Helper()
	var out rules
	for doc := range strings.SplitSeq("\n"+stream, "\n---\n") {
		role := rbacv1.ClusterRole{}
		if err := yaml.Unmarshal([]byte(doc), &role); err != nil {
			t.Fatal(err)
		}
		out = append(out, role.Rules...)
	}
	return out
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
