package wire

import (
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/structpb"
	"sigs.k8s.io/yaml"
)

// unnamed is the Platform that is asked for when nobody names one.
const unnamed = "default"

// parsed returns the object that a YAML text describes, or nil for no text.
func parsed(t testing.TB, text string) *structpb.Struct {
	t.Helper()
	if text == "" {
		return nil
	}
	m := map[string]any{}
	if err := yaml.Unmarshal([]byte(text), &m); err != nil {
		t.Fatalf("cannot decode test data: %v", err)
	}
	s, err := structpb.NewStruct(m)
	if err != nil {
		t.Fatalf("cannot encode test data: %v", err)
	}
	return s
}

// ofComposite returns a request for a composite.
func ofComposite(t testing.TB, text string) *fnv1.RunFunctionRequest {
	t.Helper()
	return &fnv1.RunFunctionRequest{Observed: &fnv1.State{Composite: &fnv1.Resource{Resource: parsed(t, text)}}}
}
