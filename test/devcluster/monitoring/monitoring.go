// Package monitoring has the definitions of the Prometheus Operator, whose kinds
// Skerry composes where a Platform says that the operator is there.
package monitoring

import (
	"context"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/tools"
)

// CRDs returns those that are composed, from the version that test/tools/crds pins.
func CRDs(ctx context.Context) ([]*unstructured.Unstructured, error) {
	dir, err := tools.ModuleDir(ctx, "crds", "github.com/prometheus-operator/prometheus-operator")
	if err != nil {
		return nil, err
	}
	var files []string
	for _, plural := range []string{"alertmanagerconfigs", "probes"} {
		files = append(files, filepath.Join(dir, "example", "prometheus-operator-crd", "monitoring.coreos.com_"+plural+".yaml"))
	}
	return manifest.Read(files...)
}
