package main

import (
	"context"
	"strings"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/test/crd"
	"github.com/skerry-dev/skerry/test/pretend"
)

// Every resource of every example at every level, in every round on the way,
// is what its real CRD allows, and names no field that the CRD doesn't know.
// So is every change of it, and the composite's status.
func TestEverythingIsValid(t *testing.T) {
	s := schemas(t, defaultPackage)
	if err := s.OpenStack(); err != nil {
		t.Skip(err)
	}
	checked := 0
	for _, claim := range exampleClusters(t) {
		for _, level := range levels {
			name := at(claim, "metadata")["name"].(string) + "-" + strings.ToLower(level)
			t.Run(name, func(t *testing.T) {
				checked += validRounds(t, s, claimAt(fitting(claim, level), level))
			})
		}
	}
	t.Logf("checked %d resources", checked)
	if checked < 1000 {
		t.Errorf("only %d resources were checked", checked)
	}
}

// validRounds settles a claim and checks what each round desires.
func validRounds(t *testing.T, s *crd.Set, claim object) int {
	t.Helper()
	w := pretend.NewWorld(composite(t, claim), platform(t))
	was := map[string]map[string]any{}
	checked := 0
	for range 12 {
		_, rsp, err := w.Call(context.Background(), newFunction())
		if err != nil {
			t.Fatal(err)
		}
		if f := pretend.Fatal(rsp); f != "" {
			t.Fatalf("the claim is refused: %s", f)
		}
		for key, r := range rsp.GetDesired().GetResources() {
			is := r.GetResource().AsMap()
			checked++
			report(t, key, s.Validate(is))
			if old := was[key]; old != nil {
				report(t, key+" (update)", s.ValidateUpdate(old, is))
			}
			was[key] = is
		}
		validStatus(t, s, w, rsp)
		w.Apply(rsp)
	}
	return checked
}

// validStatus checks the composite with the status that the function gives it.
func validStatus(t *testing.T, s *crd.Set, w *pretend.World, rsp *fnv1.RunFunctionResponse) {
	t.Helper()
	xr := runtime.DeepCopyJSON(w.Composite)
	xr["status"] = rsp.GetDesired().GetComposite().GetResource().AsMap()["status"]
	report(t, "composite", s.Validate(xr))
}

func report(t *testing.T, what string, errs []error) {
	t.Helper()
	for _, err := range errs {
		t.Errorf("%s: %v", what, err)
	}
}

// No rendered resource has nulls, zero values that nobody meant, or a status.
func TestNothingEmptyIsRendered(t *testing.T) {
	for _, claim := range exampleClusters(t) {
		rsp := answer(t, settled(t, claim))
		for key, r := range rsp.GetDesired().GetResources() {
			m := r.GetResource().AsMap()
			if _, ok := m["status"]; ok {
				t.Errorf("%q has a status", key)
			}
			if path := empty(m); path != "" {
				t.Errorf("%q has nothing in %s", key, path)
			}
		}
	}
}

// empty returns the path of the first null, empty map or empty string. Helm
// values are the charts' own: an empty value may be meant there.
func empty(v any) string {
	switch v := v.(type) {
	case nil:
		return "(null)"
	case string:
		if v == "" {
			return "(empty)"
		}
	case map[string]any:
		if len(v) == 0 {
			return "(empty map)"
		}
		for k, e := range v {
			if k == "values" || k == "manifest" {
				continue
			}
			if p := empty(e); p != "" {
				return k + "." + p
			}
		}
	case []any:
		for _, e := range v {
			// RBAC's core group is the empty string.
			if p := empty(e); p != "" && e != "" {
				return p
			}
		}
	}
	return ""
}
