package v1alpha1_test

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xcrd"
	xv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	"github.com/google/go-cmp/cmp"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/test/crd"
)

// The smallest valid object of each kind. Cases change them by merge patches.
const (
	cluster = `
apiVersion: skerry.dev/v1alpha1
kind: KubernetesCluster
metadata: {name: shop, namespace: team-a}
spec:
  cloud: north
  version: "1.35"
  nodePools: [{name: workers, flavor: SCS-4V-16, replicas: 3}]
`
	storage = `
apiVersion: skerry.dev/v1alpha1
kind: Storage
metadata: {name: media, namespace: team-a}
spec:
  clusterRef: {name: shop}
  namespace: web
  accessMode: ReadWriteMany
  size: 20Gi
`
	exposure = `
apiVersion: skerry.dev/v1alpha1
kind: Exposure
metadata: {name: shop, namespace: team-a}
spec:
  clusterRef: {name: shop}
  namespace: web
  service: {name: frontend, port: 80}
  hostnames: [shop.apps.example.org]
`
	platform = `
apiVersion: skerry.dev/v1alpha1
kind: Platform
metadata: {name: default}
spec:
  clouds:
    - name: north
      providerConfigRef: {name: north}
      authURL: https://keystone.example.org/v3
      externalNetwork: {id: 5f7dbb5a-53f6-4c4e-9a7c-1d1b2f5a6c7d}
`
)

// kinds returns the kinds of the default package. Building them takes a while,
// so all tests share them.
var kinds = sync.OnceValues(func() (*crd.Set, error) {
	set, err := crd.Load()
	if err != nil {
		return nil, err
	}
	return set, set.AddXRDs("..")
})

// created returns what an API server answers to the creation of base with patch.
func created(t *testing.T, base, patch string) []string {
	t.Helper()
	set, err := kinds()
	if err != nil {
		t.Fatal(err)
	}
	return answers(set.Validate(patched(t, base, patch)))
}

// updated returns what an API server answers to the update of base with the
// patch from to base with the patch to.
func updated(t *testing.T, base, from, to string) []string {
	t.Helper()
	set, err := kinds()
	if err != nil {
		t.Fatal(err)
	}
	if errs := created(t, base, from); len(errs) > 0 {
		t.Fatalf("the object isn't valid before the update: %q", errs)
	}
	return answers(set.ValidateUpdate(patched(t, base, from), patched(t, base, to)))
}

// answers returns the errors as "<path>: <message>".
func answers(errs []error) []string {
	var out []string
	for _, err := range errs {
		var f *field.Error
		if !errors.As(err, &f) {
			out = append(out, err.Error())
			continue
		}
		out = append(out, fmt.Sprintf("%s: %s", f.Field, f.Detail))
	}
	return out
}

// patched returns base with a JSON merge patch (RFC 7396). Both are YAML.
func patched(t *testing.T, base, patch string) map[string]any {
	t.Helper()
	out, change := map[string]any{}, map[string]any{}
	for text, into := range map[string]*map[string]any{base: &out, patch: &change} {
		if err := yaml.Unmarshal([]byte(text), into); err != nil {
			t.Fatal(err)
		}
	}
	return merge(out, change)
}

func merge(base, patch map[string]any) map[string]any {
	out := maps.Clone(base)
	for key, value := range patch {
		below, isMap := value.(map[string]any)
		if !isMap {
			out[key] = value
			continue
		}
		before, _ := out[key].(map[string]any)
		if before == nil {
			before = map[string]any{}
		}
		out[key] = merge(before, below)
	}
	maps.DeleteFunc(out, func(_ string, v any) bool { return v == nil })
	return out
}

func TestDefaults(t *testing.T) {
	network := map[string]any{
		"cni":          "Cilium",
		"ipFamilies":   []any{"IPv4"},
		"nodeCIDR":     "10.0.0.0/22",
		"podCIDRs":     []any{"10.244.0.0/16"},
		"serviceCIDRs": []any{"10.96.0.0/12"},
		"policyPreset": "BlockMetadata",
	}
	cases := map[string]struct {
		reason string
		plural string
		spec   string
		want   map[string]any
	}{
		"NoNetwork": {
			reason: "A cluster without a network gets the default one.",
			plural: "kubernetesclusters",
			spec:   `{}`,
			want:   map[string]any{"serviceLevel": "Standard", "network": network},
		},
		"EmptyNetwork": {
			reason: "An empty network gets the same defaults as none.",
			plural: "kubernetesclusters",
			spec:   `{network: {}}`,
			want:   map[string]any{"serviceLevel": "Standard", "network": network},
		},
		"PartOfNetwork": {
			reason: "What a network sets stays, the rest gets its defaults.",
			plural: "kubernetesclusters",
			spec:   `{serviceLevel: Premium, network: {cni: Calico}}`,
			want:   map[string]any{"serviceLevel": "Premium", "network": merge(network, map[string]any{"cni": "Calico"})},
		},
		"OIDC": {
			reason: "An identity provider gets the usual claims.",
			plural: "kubernetesclusters",
			spec:   `{network: {cni: Cilium}, access: {oidc: {issuerURL: "https://id.example.org", clientID: kube}}}`,
			want: map[string]any{
				"serviceLevel": "Standard",
				"network":      network,
				"access": map[string]any{"oidc": map[string]any{
					"issuerURL": "https://id.example.org", "clientID": "kube", "usernameClaim": "email", "groupsClaim": "groups",
				}},
			},
		},
		"Platform": {
			reason: "A platform composes into skerry-system.",
			plural: "platforms",
			spec:   `{}`,
			want:   map[string]any{"namespace": "skerry-system"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			obj := map[string]any{"spec": patched(t, tc.spec, "{}")}
			defaulting.Default(obj, structural(t, tc.plural))
			if diff := cmp.Diff(tc.want, obj["spec"]); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// structural returns the schema of the composites of an XRD.
func structural(t *testing.T, plural string) *structuralschema.Structural {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", plural, "definition.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	xrd := &xv1.CompositeResourceDefinition{}
	if err := yaml.UnmarshalStrict(data, xrd); err != nil {
		t.Fatal(err)
	}
	def, err := xcrd.ForCompositeResource(xrd)
	if err != nil {
		t.Fatal(err)
	}
	internal := &apiextensions.JSONSchemaProps{}
	if err := extv1.Convert_v1_JSONSchemaProps_To_apiextensions_JSONSchemaProps(def.Spec.Versions[0].Schema.OpenAPIV3Schema, internal, nil); err != nil {
		t.Fatal(err)
	}
	s, err := structuralschema.NewStructural(internal)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
