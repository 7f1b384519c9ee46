package main

import (
	"path"
	"strings"
	"testing"

	xv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"
)

// TestCompositionsDifferInKind proves that the compositions of both packages,
// which are written by hand, differ only in the kind of their composite.
func TestCompositionsDifferInKind(t *testing.T) {
	for _, plural := range plurals {
		file := "compositions/" + plural + ".yaml"
		want := strings.Replace(string(read(t, file)), "kind: X", "kind: ", 1)
		got := string(read(t, path.Join(namespacedDir, file)))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -default, +namespaced:\n%s", file, diff)
		}
	}
}

// TestCompositionsFit proves that each XRD's default composition is there, is
// for its composite, and runs a function that the package depends on.
func TestCompositionsFit(t *testing.T) {
	for name, dir := range packageDirs {
		for _, plural := range plurals {
			t.Run(name+"/"+plural, func(t *testing.T) {
				xrd := readXRD(t, dir, plural)
				comp := &xv1.Composition{}
				if err := yaml.UnmarshalStrict(read(t, path.Join(dir, "compositions", plural+".yaml")), comp); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(xrd.Spec.DefaultCompositionRef.Name, comp.GetName()); diff != "" {
					t.Errorf("name: -XRD, +Composition:\n%s", diff)
				}
				if diff := cmp.Diff(compositeOf(xrd), comp.Spec.CompositeTypeRef); diff != "" {
					t.Errorf("compositeTypeRef: -XRD, +Composition:\n%s", diff)
				}
				installed := functions(t, dir)
				for _, step := range comp.Spec.Pipeline {
					if !installed[step.FunctionRef.Name] {
						t.Errorf("step %q: the package depends on no function that is installed as %q", step.Step, step.FunctionRef.Name)
					}
				}
			})
		}
	}
}

// compositeOf returns the type of the composites of an XRD.
func compositeOf(xrd *xv1.CompositeResourceDefinition) xv1.TypeReference {
	return xv1.TypeReference{
		APIVersion: xrd.Spec.Group + "/" + xrd.Spec.Versions[0].Name,
		Kind:       xrd.Spec.Names.Kind,
	}
}

// functions returns the names under which Crossplane installs the functions that
// the package in dir depends on: the package's path in its registry, with dashes
// (see ToDNSLabel in crossplane-runtime's package xpkg).
func functions(t *testing.T, dir string) map[string]bool {
	t.Helper()
	var pkg struct {
		Spec struct {
			DependsOn []struct {
				Kind    string `json:"kind"`
				Package string `json:"package"`
			} `json:"dependsOn"`
		} `json:"spec"`
	}
	if err := yaml.Unmarshal(read(t, path.Join(dir, "crossplane.yaml")), &pkg); err != nil {
		t.Fatal(err)
	}

	out := map[string]bool{}
	for _, d := range pkg.Spec.DependsOn {
		_, repository, ok := strings.Cut(d.Package, "/")
		if ok && d.Kind == "Function" {
			out[strings.ReplaceAll(repository, "/", "-")] = true
		}
	}
	return out
}
