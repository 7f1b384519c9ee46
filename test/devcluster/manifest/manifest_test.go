package manifest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
)

var configMap = schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}

func TestDecode(t *testing.T) {
	cases := map[string]struct {
		reason, in string
		want       []string
		fails      bool
	}{
		"Several":  {reason: "each document is an object", in: "kind: A\nmetadata: {name: a}\n---\nkind: B\nmetadata: {name: b, namespace: ns}\n", want: []string{"A a", "B ns/b"}},
		"Comments": {reason: "a document of comments is none", in: "# only this\n---\nkind: A\nmetadata: {name: a}\n---\n", want: []string{"A a"}},
		"Broken":   {reason: "what isn't YAML is an error", in: "kind: [", fails: true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			objs, err := Decode([]byte(tc.in))
			if (err != nil) != tc.fails {
				t.Fatalf("%s: got error %v", tc.reason, err)
			}
			var got []string
			for _, o := range objs {
				got = append(got, Title(o))
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Errorf("%s:\n%s", tc.reason, d)
			}
		})
	}
}

func TestIs(t *testing.T) {
	o := New(configMap, "", "a")
	o.Object["status"] = map[string]any{"conditions": []any{
		map[string]any{"type": "Synced", "status": "True"},
		map[string]any{"type": "Ready", "status": "False", "message": "it boots"},
	}}
	if err := Is("Synced")(o); err != nil {
		t.Errorf("a true condition should pass, got %v", err)
	}
	if err := Is("Ready")(o); err == nil || !strings.Contains(err.Error(), "it boots") {
		t.Errorf("another should be told with its message, got %v", err)
	}
	if err := Is("Accepted")(o); err == nil {
		t.Error("one that isn't there should not pass")
	}
}

func TestAwait(t *testing.T) {
	c := fake.NewClientBuilder().WithObjects(New(configMap, "ns", "a")).Build()
	calls := 0
	third := func(*unstructured.Unstructured) error {
		if calls++; calls < 3 {
			return errors.New("not yet")
		}
		return nil
	}
	if err := Await(context.Background(), c, New(configMap, "ns", "a"), third); err != nil || calls != 3 {
		t.Errorf("it should be read until the check passes, got %d reads and error %v", calls, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*pollEvery/2)
	defer cancel()
	start := time.Now()
	err := Await(ctx, c, New(configMap, "ns", "missing"), third)
	if err == nil || !strings.Contains(err.Error(), "ConfigMap ns/missing") || time.Since(start) > time.Second {
		t.Errorf("it should give up with the context and name the object, got %v", err)
	}
}

// TestTerse takes descriptions out of schemas, and nothing that only has their name.
func TestTerse(t *testing.T) {
	cases := map[string]struct{ reason, in, want string }{
		"Schema": {
			reason: "descriptions go at any depth",
			in:     "kind: CustomResourceDefinition\nspec: {versions: [{name: v1, schema: {openAPIV3Schema: {description: a, properties: {name: {type: string, description: b}}}}}]}",
			want:   "kind: CustomResourceDefinition\nspec: {versions: [{name: v1, schema: {openAPIV3Schema: {properties: {name: {type: string}}}}}]}",
		},
		"Property": {
			reason: "a property may be called so, and a default have one",
			in:     "kind: CustomResourceDefinition\nspec: {versions: [{schema: {openAPIV3Schema: {properties: {description: {type: string}, rules: {default: {description: a}}}}}}]}",
			want:   "kind: CustomResourceDefinition\nspec: {versions: [{schema: {openAPIV3Schema: {properties: {description: {type: string}, rules: {default: {description: a}}}}}}]}",
		},
		"Other": {
			reason: "other objects are as they were",
			in:     "kind: Platform\nspec: {versions: [{description: a}]}",
			want:   "kind: Platform\nspec: {versions: [{description: a}]}",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Decode([]byte(tc.in))
			if err != nil {
				t.Fatal(err)
			}
			want, err := Decode([]byte(tc.want))
			if err != nil {
				t.Fatal(err)
			}
			Terse(got...)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s:\n%s", tc.reason, d)
			}
		})
	}
}
