package catalog_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/skerry-dev/skerry/functions/internal/catalog"
)

// TestGatewayAPIVersion: what is composed for the Gateway API is checked against the
// definitions that clusters get.
func TestGatewayAPIVersion(t *testing.T) {
	pins, err := os.ReadFile(filepath.Join("..", "..", "..", "test", "tools", "crds", "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := catalog.Merge(map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range p.Addons {
		if a.Name == "gateway-api" && !strings.Contains(string(pins), "sigs.k8s.io/gateway-api v"+a.Version+"\n") {
			t.Errorf("clusters get version %s, and test/tools/crds/go.mod pins another", a.Version)
		}
	}
}
