package charts

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

// Recorded returns the values that a stand-in was last installed or upgraded
// with, the chart's defaults among them. They may hold credentials.
//
// release is Helm's name of the release, which Crossplane calls the external
// name. Our own charts record nothing.
func Recorded(ctx context.Context, c client.Reader, namespace, release string) (map[string]any, error) {
	s := &corev1.Secret{}
	key := types.NamespacedName{Namespace: namespace, Name: release + "-recorded-values"}
	if err := c.Get(ctx, key, s); err != nil {
		return nil, fmt.Errorf("cannot read the values of release %q: %w", release, err)
	}
	out := map[string]any{}
	if err := yaml.Unmarshal(s.Data["values.yaml"], &out); err != nil {
		return nil, fmt.Errorf("cannot read the values of release %q in Secret %s: %w", release, key, err)
	}
	return out, nil
}
