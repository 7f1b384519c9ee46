package crd

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

// shared is the Set of the tests that don't add to it.
var shared = sync.OnceValues(Load)

// load returns the shared Set, and skips the test when it needs OpenStack's CRDs
// and there are none.
func load(t *testing.T, manifest string) *Set {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.OpenStack(); err != nil && strings.Contains(manifest, openStackGroup) {
		t.Skip(err)
	}
	return s
}

func parse(t *testing.T, manifest string) map[string]any {
	t.Helper()
	obj := map[string]any{}
	if err := yaml.UnmarshalStrict([]byte(manifest), &obj); err != nil {
		t.Fatal(err)
	}
	return obj
}

// check compares errors with what they must contain, in order.
func check(t *testing.T, reason string, errs []error, want []string) {
	t.Helper()
	if len(errs) != len(want) {
		t.Fatalf("%s\ngot %d errors, want %d: %v", reason, len(errs), len(want), errors.Join(errs...))
	}
	for i, w := range want {
		if got := errs[i].Error(); !strings.Contains(got, w) {
			t.Errorf("%s\ngot  %s\nwant %s", reason, got, w)
		}
	}
}

const network = `
apiVersion: networking.openstack.m.crossplane.io/v1alpha1
kind: NetworkV2
metadata: {name: net, namespace: skerry-system}
spec:
  forProvider: {name: net, adminStateUp: true}
  providerConfigRef: {kind: ProviderConfig, name: cloud}
`

const cluster = `
apiVersion: cluster.x-k8s.io/v1beta2
kind: Cluster
metadata: {name: one, namespace: skerry-system}
spec:
  topology:
    classRef: {name: one-1}
    version: v1.34.1
    controlPlane: {replicas: 1}
`

// secgroupRule lacks an ethertype, and has a gap for more of its spec.
const secgroupRule = `
apiVersion: networking.openstack.m.crossplane.io/v1alpha1
kind: SecgroupRuleV2
metadata: {name: rule, namespace: skerry-system}
spec: {%sforProvider: {direction: ingress}}
`

func TestValidate(t *testing.T) {
	cases := map[string]struct {
		reason   string
		manifest string
		want     []string
	}{
		"Valid": {
			reason:   "What the provider's own examples say should be valid.",
			manifest: network,
		},
		"UnknownField": {
			reason:   "An unknown field should be an error with its path, not dropped.",
			manifest: strings.Replace(network, "adminStateUp", "adminState", 1),
			want:     []string{`NetworkV2 "skerry-system/net": unknown field "spec.forProvider.adminState"`},
		},
		"UnknownMetadata": {
			reason:   "An unknown field of metadata should be an error.",
			manifest: strings.Replace(network, "{name: net, n", "{name: net, label: {}, n", 1),
			want:     []string{`unknown field "metadata.label"`},
		},
		"WrongType": {
			reason:   "A wrong type should be an error.",
			manifest: strings.Replace(network, "adminStateUp: true", `adminStateUp: "yes"`, 1),
			want:     []string{`NetworkV2 "skerry-system/net": spec.forProvider.adminStateUp: Invalid value: "string"`},
		},
		"Rule": {
			reason:   "The CEL rules should be evaluated.",
			manifest: fmt.Sprintf(secgroupRule, `managementPolicies: ["Create"], `),
			want:     []string{`SecgroupRuleV2 "skerry-system/rule": spec: Invalid value: spec.forProvider.ethertype is a required parameter`},
		},
		"RuleHolds": {
			reason:   "A rule that holds should be no error.",
			manifest: fmt.Sprintf(secgroupRule, `managementPolicies: ["Observe"], `),
		},
		"DefaultsBeforeRules": {
			reason:   "A rule should see defaults: that of managementPolicies asks for an ethertype.",
			manifest: fmt.Sprintf(secgroupRule, ""),
			want:     []string{"spec.forProvider.ethertype is a required parameter"},
		},
		"BadName": {
			reason:   "A name should be one of DNS.",
			manifest: strings.Replace(network, "name: net", "name: Net_1", 1),
			want:     []string{`metadata.name: Invalid value: "Net_1"`},
		},
		"NoNamespace": {
			reason:   "An object of a namespaced kind needs a namespace.",
			manifest: strings.Replace(network, ", namespace: skerry-system", "", 1),
			want:     []string{`NetworkV2 "net": metadata.namespace: Required value`},
		},
		"BadLabel": {
			reason:   "Label values should be checked.",
			manifest: strings.Replace(network, "{name: net, n", "{name: net, labels: {a: b/c}, n", 1),
			want:     []string{"metadata.labels: Invalid value"},
		},
		"ClusterAPI": {
			reason:   "Cluster API's kinds should be known.",
			manifest: cluster,
		},
		"EmbeddedResource": {
			reason: "What a field with preserved unknown fields holds should be let through.",
			manifest: `
apiVersion: kubernetes.m.crossplane.io/v1alpha1
kind: Object
metadata: {name: o, namespace: a}
spec:
  forProvider: {manifest: {apiVersion: v1, kind: ConfigMap, metadata: {name: x, namespace: b}, data: {any: thing}}}
  providerConfigRef: {kind: ProviderConfig, name: one}
`,
		},
		"EmbeddedMetadata": {
			reason: "Preserved fields end where the embedded resource ends.",
			manifest: `
apiVersion: kubernetes.m.crossplane.io/v1alpha1
kind: Object
metadata: {name: o, namespace: a}
spec:
  forProvider: {manifest: {apiVersion: v1, kind: ConfigMap, metadata: {name: x}}, manifests: []}
  providerConfigRef: {kind: ProviderConfig, name: one}
`,
			want: []string{`unknown field "spec.forProvider.manifests"`},
		},
		"HelmRelease": {
			reason: "Helm values may hold anything.",
			manifest: `
apiVersion: helm.m.crossplane.io/v1beta1
kind: Release
metadata: {name: r, namespace: a}
spec:
  forProvider: {namespace: kube-system, chart: {name: cilium, repository: "https://example.org", version: 1.2.3}, values: {a: {b: [1]}}}
  providerConfigRef: {kind: ProviderConfig, name: one}
`,
		},
		"UnknownKind": {
			reason:   "A kind of a known group that no CRD has should be an error.",
			manifest: "{apiVersion: cluster.x-k8s.io/v1beta2, kind: Clutter, metadata: {name: a}}",
			want:     []string{`Clutter "a": unknown kind: no CRD of group "cluster.x-k8s.io" has it`},
		},
		"UnknownGroup": {
			reason:   "A group that no CRD has should be an error.",
			manifest: "{apiVersion: example.org/v1, kind: Boat, metadata: {name: a}}",
			want:     []string{`Boat "a": unknown kind: no CRD has group "example.org"`},
		},
		"UnknownVersion": {
			reason:   "A version that the CRD doesn't serve should be an error.",
			manifest: strings.Replace(cluster, "v1beta2", "v1beta3", 1),
			want:     []string{`Cluster "skerry-system/one": unknown version`},
		},
		"NoKind": {
			reason:   "An object without a kind should be an error, not a crash.",
			manifest: "{metadata: {name: a}}",
			want:     []string{"without kind or apiVersion"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := load(t, tc.manifest)
			check(t, tc.reason, s.Validate(parse(t, tc.manifest)), tc.want)
		})
	}
}

func TestValidateUpdate(t *testing.T) {
	cases := map[string]struct {
		reason   string
		old, new string
		want     []string
	}{
		"Same": {
			reason: "An update that changes nothing should be valid.",
			old:    network, new: network,
		},
		"Renamed": {
			reason: "A name can't change.",
			old:    network, new: strings.Replace(network, "{name: net, namespace", "{name: net2, namespace", 1),
			want: []string{"metadata.name: Invalid value"},
		},
		"OtherKind": {
			reason: "An object of another kind is no update.",
			old:    cluster, new: network,
			want: []string{`NetworkV2 "skerry-system/net": cannot update an object of another kind: cluster.x-k8s.io/v1beta2, Kind=Cluster`},
		},
		"Scope": {
			reason: "Transition rules should be evaluated.",
			old:    xrdManifest("Namespaced"), new: xrdManifest("Cluster"),
			want: []string{"spec.scope: Invalid value"},
		},
		"InvalidNow": {
			reason: "What an update makes invalid should be an error.",
			old:    network, new: strings.Replace(network, "adminStateUp: true", "adminStateUp: 1", 1),
			want: []string{"spec.forProvider.adminStateUp: Invalid value"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := load(t, tc.old+tc.new)
			check(t, tc.reason, s.ValidateUpdate(parse(t, tc.old), parse(t, tc.new)), tc.want)
		})
	}
}

// xrdManifest is an XRD, as a handy kind with transition rules.
func xrdManifest(scope string) string {
	return `
apiVersion: apiextensions.crossplane.io/v2
kind: CompositeResourceDefinition
metadata: {name: boats.example.org}
spec:
  group: example.org
  scope: ` + scope + `
  names: {kind: Boat, plural: boats}
  versions: [{name: v1, served: true, referenceable: true, schema: {openAPIV3Schema: {type: object}}}]
`
}

func TestValidateKeepsItsArguments(t *testing.T) {
	s := load(t, network)
	obj := parse(t, strings.Replace(network, "adminStateUp", "adminState", 1))
	s.Validate(obj)
	spec, _ := obj["spec"].(map[string]any)
	if _, ok := spec["managementPolicies"]; ok {
		t.Error("Validate should not add defaults to its argument")
	}
	forProvider, _ := spec["forProvider"].(map[string]any)
	if _, ok := forProvider["adminState"]; !ok {
		t.Error("Validate should not drop fields from its argument")
	}
}

func TestNoOpenStack(t *testing.T) {
	s := &Set{openStack: ErrNoOpenStack, kinds: map[schema.GroupVersionKind]validator{}}
	errs := s.Validate(parse(t, network))
	if len(errs) != 1 || !errors.Is(errs[0], ErrNoOpenStack) {
		t.Errorf("got %v, want just ErrNoOpenStack, so that a test can skip", errs)
	}
}
