package main

import (
	"context"
	"encoding/json"
	"path"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xcrd"
	xv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/test/crd"
)

// packageDirs are the folders, from the root of the module, in which the default
// and the namespaced package keep what they are made of.
var packageDirs = map[string]string{"Default": ".", "Namespaced": namespacedDir}

// plurals of the kinds that have an XRD.
var plurals = []string{"kubernetesclusters", "storages", "exposures", "platforms"}

// TestAPIServerAccepts proves that a management cluster takes the XRDs and the
// CRDs that Crossplane makes of them: structural schemas, CEL rules that compile
// and that can't cost too much, defaults that keep the rules.
func TestAPIServerAccepts(t *testing.T) {
	for name, dir := range packageDirs {
		t.Run(name, func(t *testing.T) {
			set, err := crd.Load()
			if err != nil {
				t.Fatal(err)
			}
			if err := set.AddXRDs(path.Join(moduleRoot, dir, "apis")); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestAPIServerAcceptsInput does the same for the schema of the functions' input.
func TestAPIServerAcceptsInput(t *testing.T) {
	for _, function := range []string{"kubernetescluster", "storage", "exposure", "platform"} {
		def := &extv1.CustomResourceDefinition{}
		if err := yaml.UnmarshalStrict(read(t, "package/functions/"+function+"/input/input.yaml"), def); err != nil {
			t.Fatal(err)
		}
		def.Status.StoredVersions = []string{version}
		extv1.SetObjectDefaults_CustomResourceDefinition(def)

		internal := &apiextensions.CustomResourceDefinition{}
		if err := extv1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(def, internal, nil); err != nil {
			t.Fatal(err)
		}
		if errs := validation.ValidateCustomResourceDefinition(context.Background(), internal); len(errs) > 0 {
			t.Errorf("%s: %v", function, errs.ToAggregate())
		}
	}
}

// TestCrossplaneKeepsSchemas proves that nothing in our schemas gets lost on the
// way to a CRD. Crossplane copies only some of what can stand at the root, under
// spec and under status (it drops minProperties, for one), and its own fields
// would replace ours of the same name.
func TestCrossplaneKeepsSchemas(t *testing.T) {
	for name, dir := range packageDirs {
		for _, plural := range plurals {
			t.Run(name+"/"+plural, func(t *testing.T) {
				xrd := readXRD(t, dir, plural)
				want := &extv1.JSONSchemaProps{}
				if err := json.Unmarshal(xrd.Spec.Versions[0].Schema.OpenAPIV3Schema.Raw, want); err != nil {
					t.Fatal(err)
				}
				for _, def := range crds(t, xrd) {
					got := withoutCrossplane(def, *xrd.Spec.Scope)
					if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
						t.Errorf("%s: -XRD, +CRD:\n%s", def.Spec.Names.Kind, diff)
					}
				}
			})
		}
	}
}

// withoutCrossplane returns the schema of def without what Crossplane adds.
func withoutCrossplane(def *extv1.CustomResourceDefinition, scope xv1.CompositeResourceScope) *extv1.JSONSchemaProps {
	s := def.Spec.Versions[0].Schema.OpenAPIV3Schema.DeepCopy()
	for _, name := range []string{"apiVersion", "kind", "metadata"} {
		delete(s.Properties, name)
	}
	for name := range xcrd.CompositeResourceSpecProps(scope, nil) {
		delete(s.Properties["spec"].Properties, name)
	}
	if scope == xv1.CompositeResourceScopeLegacyCluster {
		for name := range xcrd.CompositeResourceClaimSpecProps(nil) {
			delete(s.Properties["spec"].Properties, name)
		}
	}
	for name := range xcrd.CompositeResourceStatusProps(scope) {
		delete(s.Properties["status"].Properties, name)
	}
	return s
}

// TestNamesAreUnique proves that no two CRDs of a package want the same name: an
// API server would establish only the first.
func TestNamesAreUnique(t *testing.T) {
	for name, dir := range packageDirs {
		t.Run(name, func(t *testing.T) {
			owner := map[string]string{}
			for _, plural := range plurals {
				for _, def := range crds(t, readXRD(t, dir, plural)) {
					n := def.Spec.Names
					for _, taken := range append([]string{n.Kind, n.ListKind, n.Plural, n.Singular}, n.ShortNames...) {
						if other, ok := owner[taken]; ok {
							t.Errorf("%q is a name of %q and of %q", taken, other, n.Kind)
						}
						owner[taken] = n.Kind
					}
				}
			}
		})
	}
}

// TestPackagesShareSchemas proves that both packages have the same schemas, so that a
// claim of one is valid in the other.
func TestPackagesShareSchemas(t *testing.T) {
	for _, plural := range plurals {
		var schemas []any
		for _, dir := range []string{".", namespacedDir} {
			schemas = append(schemas, readXRD(t, dir, plural).Spec.Versions)
		}
		if diff := cmp.Diff(schemas[0], schemas[1]); diff != "" {
			t.Errorf("%s: -default, +namespaced:\n%s", plural, diff)
		}
	}
}

// readXRD reads an XRD of the package in dir.
func readXRD(t *testing.T, dir, plural string) *xv1.CompositeResourceDefinition {
	t.Helper()
	xrd := &xv1.CompositeResourceDefinition{}
	if err := yaml.UnmarshalStrict(read(t, path.Join(dir, "apis", plural, "definition.yaml")), xrd); err != nil {
		t.Fatal(err)
	}
	return xrd
}

// crds returns the CRDs that Crossplane makes of an XRD: the composite's, and
// the claim's where there is one.
func crds(t *testing.T, xrd *xv1.CompositeResourceDefinition) []*extv1.CustomResourceDefinition {
	t.Helper()
	composite, err := xcrd.ForCompositeResource(xrd)
	if err != nil {
		t.Fatal(err)
	}
	if xrd.Spec.ClaimNames == nil {
		return []*extv1.CustomResourceDefinition{composite}
	}
	claim, err := xcrd.ForCompositeResourceClaim(xrd)
	if err != nil {
		t.Fatal(err)
	}
	return []*extv1.CustomResourceDefinition{composite, claim}
}
