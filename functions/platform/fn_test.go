package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/functions/internal/component/charttest"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
	"github.com/skerry-dev/skerry/test/crd"
)

const (
	accepted = "Accepted=true Accepted"
	ready    = "ManagementReady=true ManagementReady"
)

var (
	// base is what every Platform gets.
	base = []string{"helm-provider-config", "kubernetes-provider-config", "namespace"}
	// namespaces of the providers.
	namespaces = []string{
		"namespace-capi-kubeadm-bootstrap-system", "namespace-capi-kubeadm-control-plane-system",
		"namespace-capi-system", "namespace-capo-system",
	}
	guards     = []string{"guard-namespace", "guard-platform"}
	theJanitor = []string{"addon-cluster-api-janitor"}
	brought    = []string{
		"addon-cert-manager", "addon-cluster-api-janitor", "addon-cluster-api-operator", "bootstrap-provider", "control-plane-provider",
		"core-provider", "image-kind", "infrastructure-provider",
	}
	// definition stands for any that is found.
	definition = []map[string]any{{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition"}}
	someone    = []map[string]any{{"apiVersion": "skerry.dev/v1alpha1", "kind": "KubernetesCluster"}}
	machines   = []map[string]any{{"apiVersion": "cluster.x-k8s.io/v1beta2", "kind": "Cluster"}}
)

// kindOf is the definition of Cluster API's kind Cluster with one version.
func kindOf(version string, served bool, established string) []map[string]any {
	return []map[string]any{{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"spec":   map[string]any{"versions": []any{map[string]any{"name": version, "served": served}}},
		"status": map[string]any{"conditions": []any{map[string]any{"type": "Established", "status": established}}},
	}}
}

// sorted returns all the keys in order, without the left-out ones.
func sorted(without []string, lists ...[]string) []string {
	out := slices.DeleteFunc(slices.Concat(lists...), func(k string) bool { return slices.Contains(without, k) })
	slices.Sort(out)
	return out
}

func TestFirstCall(t *testing.T) {
	got := run(t, newWorld(platform(t, "{}")).request(t))
	everywhere, core := "", "capi-system"
	want := &fnv1.RunFunctionResponse{
		Meta:    &fnv1.ResponseMeta{Tag: "test", Ttl: durationpb.New(time.Minute)},
		Desired: &fnv1.State{},
		Requirements: &fnv1.Requirements{Resources: map[string]*fnv1.ResourceSelector{
			"clusters": {
				ApiVersion: "skerry.dev/v1alpha1", Kind: "KubernetesCluster", Namespace: &everywhere,
				Match: &fnv1.ResourceSelector_MatchLabels{MatchLabels: &fnv1.MatchLabels{}},
			},
			"cluster-api": {
				ApiVersion: "apps/v1", Kind: "Deployment", Namespace: &core,
				Match: &fnv1.ResourceSelector_MatchName{MatchName: "capi-controller-manager"},
			},
			"cert-manager": {
				ApiVersion: "apiextensions.k8s.io/v1", Kind: "CustomResourceDefinition",
				Match: &fnv1.ResourceSelector_MatchName{MatchName: "certificates.cert-manager.io"},
			},
			"image-kind": {
				ApiVersion: "apiextensions.k8s.io/v1", Kind: "CustomResourceDefinition",
				Match: &fnv1.ResourceSelector_MatchName{MatchName: "images.openstack.k-orc.cloud"},
			},
			"machines-kind": {
				ApiVersion: "apiextensions.k8s.io/v1", Kind: "CustomResourceDefinition",
				Match: &fnv1.ResourceSelector_MatchName{MatchName: "clusters.cluster.x-k8s.io"},
			},
		}},
	}
	if diff := cmp.Diff(want, got, protocmp.Transform(), protocmp.IgnoreEmptyMessages()); diff != "" {
		t.Errorf("The first call asks what there is, and does nothing else.\n-want +got:\n%s", diff)
	}
}

// TestMachinesAreAskedFor: asking for a kind that isn't there fails the call, so
// it must be there first.
func TestMachinesAreAskedFor(t *testing.T) {
	everywhere := ""
	want := &fnv1.ResourceSelector{
		ApiVersion: "cluster.x-k8s.io/v1beta2", Kind: "Cluster", Namespace: &everywhere,
		Match: &fnv1.ResourceSelector_MatchLabels{MatchLabels: &fnv1.MatchLabels{Labels: map[string]string{"skerry.dev/component": "engine"}}},
	}
	cases := map[string]struct {
		reason   string
		kind     []map[string]any
		clusters []map[string]any
		want     *fnv1.ResourceSelector
	}{
		"There":          {"The kind is there, whoever brought it: Clusters of ours are looked for in every namespace.", kindOf("v1beta2", true, "True"), nil, want},
		"InUse":          {"With a KubernetesCluster nobody need look.", kindOf("v1beta2", true, "True"), someone, nil},
		"Missing":        {"Before Cluster API is installed there is no kind.", nil, nil, nil},
		"NotEstablished": {"The API server doesn't serve the definition yet.", kindOf("v1beta2", true, "False"), nil, nil},
		"NotServed":      {"It no longer serves the version.", kindOf("v1beta2", false, "True"), nil, nil},
		"Old":            {"Cluster API is too old to have the version.", kindOf("v1beta1", true, "True"), nil, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(platform(t, "{}"))
			w.required[requireMachinesKind], w.required[requireClusters] = tc.kind, tc.clusters
			rsp := w.call(t)
			if diff := cmp.Diff(tc.want, rsp.GetRequirements().GetResources()[requireMachines], protocmp.Transform()); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
			if len(rsp.GetDesired().GetResources()) == 0 {
				t.Error("nothing is desired")
			}
		})
	}
}

func TestRunFunction(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   string
		found  map[string][]map[string]any
		want   answer
	}{
		"New": {
			reason: "First come the namespaces and the way to the management cluster; the rest says what it waits for.",
			want: answer{
				Keys: sorted(nil, base, namespaces),
				Conditions: []string{
					accepted,
					"ManagementReady=false Waiting: Namespace skerry-system does not exist yet. ClusterProviderConfig skerry-management does not exist yet. ClusterProviderConfig skerry-management does not exist yet. And 12 more.",
				},
				Phase: "Pending",
			},
		},
		"ClusterAPIIsThere": {
			reason: "A management cluster that has Cluster API gets only what is Skerry's own.",
			spec:   `{management: {installClusterAPI: false}}`,
			want: answer{
				Keys: sorted(nil, base),
				Conditions: []string{
					accepted,
					"ManagementReady=false Waiting: Namespace skerry-system does not exist yet. ClusterProviderConfig skerry-management does not exist yet. ClusterProviderConfig skerry-management does not exist yet. And 1 more.",
				},
				Phase: "Pending",
			},
		},
		"ClusterAPIIsSomebodyElses": {
			reason: "A Cluster API that somebody else installed isn't taken over, and the platform team is told.",
			found:  map[string][]map[string]any{requireClusterAPI: definition},
			want: answer{
				Keys: sorted(nil, base),
				Conditions: []string{
					accepted + ": Cluster API is installed on the management cluster already, and is left as it is. Set spec.management.installClusterAPI to false.",
					"ManagementReady=false Waiting: Namespace skerry-system does not exist yet. ClusterProviderConfig skerry-management does not exist yet. ClusterProviderConfig skerry-management does not exist yet. And 1 more.",
				},
				Phase: "Pending",
			},
		},
		"UnknownEngine": {
			reason: "A Platform that can't be is refused by field and value.",
			spec:   `{clouds: [{name: north, authURL: "https://x", engine: Gardener, providerConfigRef: {name: north}, externalNetwork: {id: 5f3c2f0e-8a5c-4b57-9d0e-3d8f4f0a1b2c}}]}`,
			want:   refused(`spec.clouds[north].engine: "Gardener" is not an engine. Allowed: ClusterAPI.`),
		},
		"Contradiction": {
			reason: "So is one that contradicts itself, even when half of it is a default.",
			spec:   `{serviceLevels: [{name: BestEffort, addons: {disruptionBudgets: true}}]}`,
			want:   refused(`spec.serviceLevels[BestEffort].addons.disruptionBudgets: "true" with addons.replicas 1 would stop every node from being drained. Set addons.replicas to 2 or more, or disruptionBudgets to false.`),
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.spec == "" {
				tc.spec = "{}"
			}
			w := newWorld(platform(t, tc.spec))
			w.required = tc.found
			if diff := cmp.Diff(tc.want, answerOf(w.call(t)), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func refused(message string) answer {
	return answer{Fatal: message, Conditions: []string{"Accepted=false NotServed: " + message}}
}

// TestSettled lets everything become ready, and checks what is there then.
func TestSettled(t *testing.T) {
	cases := map[string]struct {
		reason string
		spec   string
		found  map[string][]map[string]any
		want   []string
	}{
		"Everything": {
			reason: "An empty management cluster gets all.",
			want:   sorted(nil, base, namespaces, brought),
		},
		"InUse": {
			reason: "With clusters, neither the Platform nor its namespace can be deleted.",
			found:  map[string][]map[string]any{requireClusters: someone},
			want:   sorted(nil, base, namespaces, brought, guards),
		},
		"MachinesAreLeft": {
			reason: "Nor can they while Cluster API takes down what is left of a cluster that is gone.",
			found:  map[string][]map[string]any{requireMachinesKind: kindOf("v1beta2", true, "True"), requireMachines: machines},
			want:   sorted(nil, base, namespaces, brought, guards),
		},
		"MachinesAreLeftElsewhere": {
			reason: "Whoever installed Cluster API.",
			spec:   `{management: {installClusterAPI: false}}`,
			found:  map[string][]map[string]any{requireMachinesKind: kindOf("v1beta2", true, "True"), requireMachines: machines},
			want:   sorted(nil, base, theJanitor, guards),
		},
		"NoMachines": {
			reason: "Without any, nothing is guarded.",
			found:  map[string][]map[string]any{requireMachinesKind: kindOf("v1beta2", true, "True")},
			want:   sorted(nil, base, namespaces, brought),
		},
		"NoJanitor": {
			reason: "The janitor can be somebody else's.",
			spec:   `{management: {janitor: false}}`,
			want:   sorted(theJanitor, base, namespaces, brought),
		},
		"NothingIsAskedFor": {
			reason: "And so can everything.",
			spec:   `{management: {installClusterAPI: false, janitor: false}}`,
			want:   sorted(nil, base),
		},
		"CertManagerIsThere": {
			reason: "Somebody else's cert-manager is used, and not touched.",
			found:  map[string][]map[string]any{requireCertManager: definition},
			want:   sorted([]string{"addon-cert-manager"}, base, namespaces, brought),
		},
		"ImageKindIsThere": {
			reason: "So is somebody else's openstack-resource-controller.",
			found:  map[string][]map[string]any{requireImageKind: definition},
			want:   sorted([]string{"image-kind"}, base, namespaces, brought),
		},
		"ClusterAPIIsThere": {
			reason: "And a whole Cluster API, which gets the janitor.",
			spec:   `{management: {installClusterAPI: false}}`,
			want:   sorted(nil, base, theJanitor),
		},
	}
	s := schemas(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.spec == "" {
				tc.spec = "{}"
			}
			w := newWorld(platform(t, tc.spec))
			w.required = tc.found
			rsp := w.settle(t)
			want := answer{Keys: tc.want, Ready: true, Conditions: []string{accepted, ready}, Phase: "Ready"}
			if diff := cmp.Diff(want, answerOf(rsp)); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
			w.apply(rsp)
			validate(t, s, w.platform)
			for _, r := range rsp.GetDesired().GetResources() {
				validate(t, s, r.GetResource().AsMap())
			}
		})
	}
}

func schemas(t *testing.T) *crd.Set {
	t.Helper()
	s, err := crd.Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddXRDs(filepath.Join(root, "apis")); err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *crd.Set, m map[string]any) {
	t.Helper()
	for _, err := range s.Validate(m) {
		t.Error(err)
	}
}

func TestGolden(t *testing.T) {
	w := newWorld(platform(t, "{}"))
	w.required[requireClusters] = someone
	rsp := w.settle(t)
	var out []byte
	for _, key := range sorted(nil, answerOf(rsp).Keys) {
		// Upstream's definition has a test of its own.
		if key == keyImageKind {
			continue
		}
		y, err := yaml.Marshal(rsp.GetDesired().GetResources()[key].GetResource().AsMap())
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, "---\n# "+key+"\n"+string(y)...)
	}
	rendertest.Compare(t, "testdata/settled.yaml", out)
}

func TestStatus(t *testing.T) {
	want := map[string]any{
		"phase":              "Ready",
		"clouds":             "north, south",
		"serviceLevels":      "BestEffort, Standard, Premium, Demo",
		"kubernetesVersions": "1.35, 1.36",
	}
	if diff := cmp.Diff(want, statusOfComposite(newWorld(platform(t, "{}")).settle(t))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	many := list(strings.Split("abcdefghijkl", ""))
	if want := "a, b, c, d, e, f, g, h and 4 more"; many != want {
		t.Errorf("a long list: got %q, want %q", many, want)
	}
}

// TestOrder: what needs another's webhooks or kinds isn't created before.
func TestOrder(t *testing.T) {
	w := newWorld(platform(t, "{}"))
	var got []string
	for range 7 {
		rsp := w.call(t)
		var fresh []string
		for _, key := range answerOf(rsp).Keys {
			if w.resources[key] == nil && !strings.HasPrefix(key, keyProviderNamespace) {
				fresh = append(fresh, key)
			}
		}
		got = append(got, strings.Join(fresh, " "))
		w.apply(rsp)
	}
	want := []string{
		"helm-provider-config kubernetes-provider-config namespace",
		"addon-cert-manager image-kind",
		"addon-cluster-api-operator",
		"core-provider",
		"bootstrap-provider control-plane-provider infrastructure-provider",
		"addon-cluster-api-janitor",
		"",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestCharts checks the values against the charts where these are at hand.
func TestCharts(t *testing.T) {
	for _, chart := range []string{"cert-manager", "cluster-api-operator", "cluster-api-janitor-openstack"} {
		t.Run(chart, func(t *testing.T) {
			p, err := plan.NewPlatform(plan.Owner{}, plantest.Platform(t), plan.Management{})
			if err != nil {
				t.Fatal(err)
			}
			set, err := compose(p)
			if err != nil {
				t.Fatal(err)
			}
			charttest.Check(t, chart, set)
		})
	}
}
