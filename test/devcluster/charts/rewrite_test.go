package charts

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
)

func TestLocation(t *testing.T) {
	tests := map[string]struct {
		reason, in, want string
		fails            bool
	}{
		"HTTPS":  {reason: "Under the original's host.", in: "https://helm.cilium.io", want: "http://127.0.0.1:1/helm.cilium.io"},
		"Path":   {reason: "And its path, without an end.", in: "https://piraeus.io/helm-charts/", want: "http://127.0.0.1:1/piraeus.io/helm-charts"},
		"OCI":    {reason: "A registry stays one.", in: "oci://ghcr.io/skerry-dev/charts", want: "oci://127.0.0.1:1/ghcr.io/skerry-dev/charts"},
		"Scheme": {reason: "Helm knows no others.", in: "git://example.org/x", fails: true},
		"Host":   {reason: "A file is no repository.", in: "https:///x", fails: true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Location("127.0.0.1:1", tc.in)
			if got != tc.want || (err != nil) != tc.fails {
				t.Errorf("%s Want %q, got %q, %v", tc.reason, tc.want, got, err)
			}
		})
	}
}

func TestRewrite(t *testing.T) {
	r := &Repository{addons: []v1alpha1.Addon{
		{Name: "a", Repository: "https://a.example.org/x"},
		{Name: "b", Repository: "oci://b.example.org"},
	}}
	tests := map[string]struct {
		reason, in, want string
	}{
		"Nothing": {
			reason: "The catalogue says the rest.",
			in:     "spec: {namespace: n}",
			want:   "spec: {namespace: n, addons: [{name: a, repository: 'http://h:1/a.example.org/x'}, {name: b, repository: 'oci://h:1/b.example.org'}]}",
		},
		"Values": {
			reason: "What the Platform says of an add-on stays.",
			in:     "spec: {addons: [{name: b, values: {x: 1}}]}",
			want:   "spec: {addons: [{name: b, values: {x: 1}, repository: 'oci://h:1/b.example.org'}, {name: a, repository: 'http://h:1/a.example.org/x'}]}",
		},
		"SpelledOut": {
			reason: "The original is named where it could have been left out.",
			in:     "spec: {addons: [{name: a, repository: 'https://a.example.org/x'}, {name: b}]}",
			want:   "spec: {addons: [{name: a, repository: 'http://h:1/a.example.org/x'}, {name: b, repository: 'oci://h:1/b.example.org'}]}",
		},
		"Another": {
			reason: "A test may want a repository that isn't there.",
			in:     "spec: {addons: [{name: a, repository: 'https://mirror.example.org'}, {name: b}]}",
			want:   "spec: {addons: [{name: a, repository: 'https://mirror.example.org'}, {name: b, repository: 'oci://h:1/b.example.org'}]}",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			in, want := object(t, tc.in), object(t, tc.want)
			before := in.DeepCopy()
			got, err := r.Rewrite(in, "h:1")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(before, in); diff != "" {
				t.Errorf("the original has changed: %s", diff)
			}
			again, err := r.Rewrite(got, "h:1")
			if diff := cmp.Diff(want, again); diff != "" || err != nil {
				t.Errorf("the second time: %v\n%s", err, diff)
			}
		})
	}
	if _, err := r.Rewrite(object(t, "spec: {addons: 1}"), "h:1"); err == nil {
		t.Error("add-ons that are no list are taken")
	}
}

func object(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(text), &o.Object); err != nil {
		t.Fatal(err)
	}
	return o
}
