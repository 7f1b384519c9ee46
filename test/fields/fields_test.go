package fields

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/go/packages"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

const (
	moduleRoot = "../.."
	apiPackage = "github.com/skerry-dev/skerry/apis/v1alpha1"
)

// kinds of the API, with the file that has the schema of each.
var kinds = map[string]string{
	"KubernetesCluster": "package/namespaced/apis/kubernetesclusters/definition.yaml",
	"Storage":           "package/namespaced/apis/storages/definition.yaml",
	"Exposure":          "package/namespaced/apis/exposures/definition.yaml",
	"Platform":          "package/namespaced/apis/platforms/definition.yaml",
	"Input":             "package/functions/kubernetescluster/input/input.yaml",
}

// TestEveryFieldHasAnEffect proves that the functions read every field that a
// user can set, and write every field of a status.
func TestEveryFieldHasAnEffect(t *testing.T) {
	api, functions := load(t, moduleRoot, apiPackage, "./functions/...")
	uses := Find(functions)
	for kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			spec, status := split(t, api, kind)
			for _, path := range uses.Unread(spec) {
				t.Errorf("%s has no effect: nothing in functions/ reads it. Use it, or remove it from the API.", path)
			}
			for _, path := range uses.Unwritten(status) {
				t.Errorf("%s is never set: nothing in functions/ writes it. Set it, or remove it from the API.", path)
			}
		})
	}
}

// TestSchemasHaveTheFields proves that the generated schemas and the Go types,
// which the functions read, know the same fields: an API server drops a field
// that only the Go types know.
func TestSchemasHaveTheFields(t *testing.T) {
	api, _ := load(t, moduleRoot, apiPackage, apiPackage)
	for kind, file := range kinds {
		t.Run(kind, func(t *testing.T) {
			fields, err := Of(api.Types, kind)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, f := range fields {
				want = append(want, f.Path)
			}
			got := slices.DeleteFunc(OfSchema(kind, schema(t, file)), isKubernetes(kind))
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("fields: -Go types, +schema:\n%s", diff)
			}
		})
	}
}

func TestFixture(t *testing.T) {
	const fixture = "github.com/skerry-dev/skerry/test/fields/testdata/"
	api, functions := load(t, ".", fixture+"api", fixture+"functions")
	uses := Find(functions)
	spec, status := split(t, api, "Thing")

	unread := []string{
		"Thing.spec.unread",
		"Thing.spec.assigned",
		"Thing.spec.built",
		"Thing.spec.increased",
		"Thing.spec.byKey{}.color",
		"Thing.spec.parts[].color",
		"Thing.spec.optional.deep.color",
	}
	if diff := cmp.Diff(unread, uses.Unread(spec)); diff != "" {
		t.Errorf("Unread(...): fields that are only assigned or never named: -want, +got:\n%s", diff)
	}
	unwritten := []string{"Thing.status.unset"}
	if diff := cmp.Diff(unwritten, uses.Unwritten(status)); diff != "" {
		t.Errorf("Unwritten(...): fields that are never assigned: -want, +got:\n%s", diff)
	}
}

func TestOfSchema(t *testing.T) {
	text := extv1.JSONSchemaProps{Type: "string"}
	part := extv1.JSONSchemaProps{Properties: map[string]extv1.JSONSchemaProps{"name": text}}
	s := &extv1.JSONSchemaProps{Properties: map[string]extv1.JSONSchemaProps{
		"list":  {Items: &extv1.JSONSchemaPropsOrArray{Schema: &part}},
		"map":   {AdditionalProperties: &extv1.JSONSchemaPropsOrBool{Schema: &part}},
		"names": {Items: &extv1.JSONSchemaPropsOrArray{Schema: &text}},
	}}
	want := []string{"Thing.list", "Thing.list[].name", "Thing.map", "Thing.map{}.name", "Thing.names"}
	if diff := cmp.Diff(want, OfSchema("Thing", s)); diff != "" {
		t.Errorf("OfSchema(...): -want, +got:\n%s", diff)
	}
}

// load loads the package with the API's types, and the packages of the code that
// uses them, from source, so that both mean the same fields.
func load(t *testing.T, dir, api string, code ...string) (*packages.Package, []*packages.Package) {
	t.Helper()
	cfg := &packages.Config{
		Dir:  dir,
		Mode: packages.NeedName | packages.NeedImports | packages.NeedSyntax | packages.NeedTypes | packages.NeedTypesInfo,
	}
	pkgs, err := packages.Load(cfg, append(code, api)...)
	if err != nil {
		t.Fatal(err)
	}
	var types *packages.Package
	var users []*packages.Package
	for _, pkg := range pkgs {
		for _, err := range pkg.Errors {
			t.Fatalf("cannot load %q: %v", pkg.PkgPath, err)
		}
		if pkg.PkgPath == api {
			types = pkg
			continue
		}
		users = append(users, pkg)
	}
	return types, users
}

// split returns the fields below a kind's spec, which users set, and those below
// its status, which functions set. An Input has neither: users set its fields.
func split(t *testing.T, api *packages.Package, kind string) (spec, status []Field) {
	t.Helper()
	fields, err := Of(api.Types, kind)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fields {
		switch {
		case f.Path == kind+".spec" || f.Path == kind+".status":
		case strings.HasPrefix(f.Path, kind+".status."):
			status = append(status, f)
		default:
			spec = append(spec, f)
		}
	}
	return spec, status
}

// schema returns the schema in an XRD or CRD.
func schema(t *testing.T, file string) *extv1.JSONSchemaProps {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(moduleRoot, file))
	if err != nil {
		t.Fatal(err)
	}
	var def struct {
		Spec struct {
			Versions []struct {
				Schema extv1.CustomResourceValidation `json:"schema"`
			} `json:"versions"`
		} `json:"spec"`
	}
	if err := yaml.Unmarshal(data, &def); err != nil {
		t.Fatal(err)
	}
	return def.Spec.Versions[0].Schema.OpenAPIV3Schema
}

// isKubernetes tells whether a path is a field that Kubernetes adds to a kind.
func isKubernetes(kind string) func(string) bool {
	return func(path string) bool {
		return slices.Contains([]string{kind + ".apiVersion", kind + ".kind", kind + ".metadata"}, path)
	}
}
