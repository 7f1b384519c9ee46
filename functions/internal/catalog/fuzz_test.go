package catalog_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/functions/internal/catalog"
)

// FuzzMerge: no Platform makes the merge panic, changes what it is given, or is
// merged differently the second time.
func FuzzMerge(f *testing.F) {
	for _, file := range []string{"defaults.yaml", "../../../examples/platform.yaml"} {
		raw, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		seed, err := yaml.YAMLToJSON(raw)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(seed)
	}
	for _, seed := range []string{
		`{"serviceLevels":[{"name":"Standard","controlPlane":{"replicas":1,"minMemory":7,"etcdVolume":null}}]}`,
		`{"serviceLevels":null,"addons":{},"clouds":"x","kubernetesVersions":[7]}`,
		`{"addons":[{"name":{},"chart":"x"}]}`,
		`{"addons":[{"name":"cinder-csi","kubernetesVersions":[null,{"name":{},"version":"x"}]},null]}`,
		`{"serviceLevels":[{"name":null}],"addons":[[{"name":"cilium"}]]}`,
		`{"addons":[{"name":"cilium","values":{"a":{"$patch":"delete"},"b":[{"c":null}]}}]}`,
		`{"addons":[{"$patch":"replace"},{"name":"cilium","$patch":"delete"}]}`,
		`{"$setElementOrder/addons":[{"name":"x"}],"$deleteFromPrimitiveList/a":[1],"$retainKeys":["addons"]}`,
		`{"clouds":[{"name":"a","images":[{"name":"i","kubernetesVersion":"."}],"flavors":[{"name":"SCS-"}]}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		spec := map[string]any{}
		if json.Unmarshal(raw, &spec) != nil || spec == nil {
			return
		}
		was := runtime.DeepCopyJSON(spec)
		first, err := catalog.Merge(spec)
		if diff := cmp.Diff(was, spec); diff != "" {
			t.Errorf("the Platform was changed: -before +after:\n%s", diff)
		}
		second, again := catalog.Merge(spec)
		if (err == nil) != (again == nil) {
			t.Errorf("merged once: %v, merged again: %v", err, again)
		}
		if diff := cmp.Diff(first, second); err == nil && diff != "" {
			t.Errorf("merged twice: -first +second:\n%s", diff)
		}
	})
}
