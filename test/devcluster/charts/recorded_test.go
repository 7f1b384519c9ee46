package charts

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// secrets reads from a map instead of a cluster.
type secrets map[client.ObjectKey]map[string][]byte

func (s secrets) Get(_ context.Context, key client.ObjectKey, o client.Object, _ ...client.GetOption) error {
	data, ok := s[key]
	if !ok {
		return errors.New("there is no such Secret")
	}
	o.(*corev1.Secret).Data = data
	return nil
}

func (s secrets) List(context.Context, client.ObjectList, ...client.ListOption) error { return nil }

// TestRecorded reads what a chart has recorded.
func TestRecorded(t *testing.T) {
	h := newHelm(t)
	ms, err := h.template(t, everything(t), install{
		chart: "external-dns", release: "r", namespace: "n",
		values: map[string]any{"policy": "sync", "secretConfiguration": map[string]any{"enabled": true}},
		set:    []string{`secretConfiguration.data.clouds\.yaml=secret`},
	})
	if err != nil {
		t.Fatal(err)
	}
	c := secrets{{Namespace: "n", Name: "r-recorded-values"}: as[corev1.Secret](t, ms, "Secret")["r-recorded-values"].Data}
	got, err := Recorded(t.Context(), c, "n", "r")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{}
	text := `{policy: sync, secretConfiguration: {enabled: true, data: {clouds.yaml: secret}}, provider: {name: aws}, priorityClassName: ""}`
	if err := yaml.Unmarshal([]byte(text), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, err := Recorded(t.Context(), c, "n", "another"); err == nil {
		t.Error("a release that isn't there has values")
	}
}
