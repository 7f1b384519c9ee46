package charts

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	policyv1 "k8s.io/api/policy/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/test/tools"
)

// golden returns what the functions' golden files of a pattern hold.
func golden(t *testing.T, pattern string) []*unstructured.Unstructured {
	t.Helper()
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(root, "functions", filepath.FromSlash(pattern)))
	if err != nil || len(found) == 0 {
		t.Fatalf("no golden files %q: %v", pattern, err)
	}
	var out []*unstructured.Unstructured
	for _, f := range found {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for doc := range strings.SplitSeq("\n"+string(text), "\n---\n") {
			m := map[string]any{}
			if err := yaml.Unmarshal([]byte(doc), &m); err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			if len(m) > 0 {
				out = append(out, &unstructured.Unstructured{Object: m})
			}
		}
	}
	return out
}

// installs returns what becomes of the Releases among objects. Every value that
// comes from a Secret is "secret".
func installs(t *testing.T, objects []*unstructured.Unstructured) []install {
	t.Helper()
	var out []install
	for _, o := range objects {
		if o.GetKind() != "Release" {
			continue
		}
		text := func(path ...string) string {
			s, _, err := unstructured.NestedString(o.Object, append([]string{"spec", "forProvider"}, path...)...)
			if err != nil {
				t.Fatal(err)
			}
			return s
		}
		values, _, _ := unstructured.NestedMap(o.Object, "spec", "forProvider", "values")
		i := install{
			chart: text("chart", "name"), version: text("chart", "version"), namespace: text("namespace"),
			release: o.GetAnnotations()["crossplane.io/external-name"], values: values,
		}
		set, _, _ := unstructured.NestedSlice(o.Object, "spec", "forProvider", "set")
		for _, s := range set {
			i.set = append(i.set, s.(map[string]any)["name"].(string)+"=secret")
		}
		out = append(out, i)
	}
	return out
}

// TestWorkloads renders the charts with the values that Skerry sets at three
// service levels.
func TestWorkloads(t *testing.T) {
	h := newHelm(t)
	packed := everything(t)
	tests := map[string]struct {
		reason   string
		replicas int32
		budgets  []string
		more     map[string]int32
	}{
		"besteffort": {"One of each, and only the autoscaler's chart has a budget by itself.", 1, []string{"shop-x7k2p-cluster-autoscaler"}, nil},
		"standard":   {"Two of each, and a budget.", 2, budgets, map[string]int32{"external-dns": 1, "tigera-operator": 1, "velero": 1}},
		"premium":    {"Three of each, and a budget.", 3, budgets, map[string]int32{"velero": 1}},
	}
	for level, tc := range tests {
		t.Run(level, func(t *testing.T) {
			got := map[string]int32{}
			var gotBudgets []string
			for _, i := range installs(t, golden(t, "internal/component/*/testdata/*"+level+".yaml")) {
				ms, err := h.template(t, packed, i)
				if err != nil {
					t.Errorf("%s: %v", i.chart, err)
				}
				for name, d := range as[appsv1.Deployment](t, ms, "Deployment") {
					got[name] = *d.Spec.Replicas
					checkSpread(t, name, d)
				}
				for name, s := range as[appsv1.StatefulSet](t, ms, "StatefulSet") {
					got[name] = *s.Spec.Replicas
				}
				gotBudgets = slices.AppendSeq(gotBudgets, maps.Keys(as[policyv1.PodDisruptionBudget](t, ms, "PodDisruptionBudget")))
			}
			want := map[string]int32{"csi-nfs-controller": 0, "manila-csi-openstack-manila-csi-controllerplugin": 1}
			for _, name := range append(budgets, "openstack-cinder-csi-controllerplugin", "snapscheduler") {
				want[name] = tc.replicas
			}
			maps.Copy(want, tc.more)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s Replicas: -want +got:\n%s", tc.reason, diff)
			}
			slices.Sort(gotBudgets)
			if diff := cmp.Diff(tc.budgets, gotBudgets); diff != "" {
				t.Errorf("%s Budgets: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// checkSpread: a constraint that selects other pods keeps none apart.
func checkSpread(t *testing.T, name string, d appsv1.Deployment) {
	t.Helper()
	for _, c := range d.Spec.Template.Spec.TopologySpreadConstraints {
		for label, value := range c.LabelSelector.MatchLabels {
			if has := d.Spec.Template.Labels[label]; has != value {
				t.Errorf("%s spreads pods with label %s=%s over %s, its own have %q", name, label, value, c.TopologyKey, has)
			}
		}
	}
}

// budgets are the workloads that have as many replicas as the level says, and a
// disruption budget where it has them. Only the charts of Cinder and of the snapshot
// scheduler have no budget.
var budgets = []string{
	"cert-manager", "cert-manager-cainjector", "cert-manager-webhook", "cilium-operator", "metrics-server",
	"shop-x7k2p-cluster-autoscaler", "snapshot-controller", "traefik",
}

// TestDaemons checks what runs on every node of its kind.
func TestDaemons(t *testing.T) {
	h := newHelm(t)
	packed := everything(t)
	got := map[string]map[string]string{}
	for _, i := range installs(t, golden(t, "internal/component/*/testdata/*standard.yaml")) {
		ms, err := h.template(t, packed, i)
		if err != nil {
			t.Fatal(err)
		}
		for name, d := range as[appsv1.DaemonSet](t, ms, "DaemonSet") {
			got[i.namespace+"/"+name] = d.Spec.Template.Spec.NodeSelector
		}
	}
	want := map[string]map[string]string{
		"kube-system/cilium": nil, "kube-system/cilium-envoy": nil,
		"kube-system/openstack-cinder-csi-nodeplugin":            nil,
		"velero/node-agent":                                      nil,
		"kube-system/manila-csi-openstack-manila-csi-nodeplugin": nil,
		"kube-system/csi-nfs-node":                               {"kubernetes.io/os": "linux"},
		"kube-system/openstack-cloud-controller-manager":         {"node-role.kubernetes.io/control-plane": ""},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestManagement: nothing runs pods on the management cluster, where releases are
// waited for.
func TestManagement(t *testing.T) {
	h := newHelm(t)
	packed := everything(t)
	tests := map[string]struct {
		reason string
		flags  []string
		want   bool
	}{
		"Management": {"Helm takes a paused Deployment for ready.", []string{"--api-versions", "skerry.dev/v1alpha1"}, true},
		"Cluster":    {"In a cluster pods run.", nil, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := map[string]bool{}
			for _, i := range installs(t, golden(t, "platform/testdata/settled.yaml")) {
				i.flags = tc.flags
				ms, err := h.template(t, packed, i)
				if err != nil {
					t.Fatal(err)
				}
				for name, d := range as[appsv1.Deployment](t, ms, "Deployment") {
					got[name] = d.Spec.Paused
				}
			}
			want := map[string]bool{
				"default-cert-manager": tc.want, "default-cert-manager-webhook": tc.want, "default-cert-manager-cainjector": tc.want,
				"default-cluster-api-operator":                              tc.want,
				"default-cluster-api-janitor-cluster-api-janitor-openstack": tc.want,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestDefinitions: every kind that Skerry makes inside clusters, and the operator's
// on the management cluster, has a definition from a chart, with the scope that
// Skerry's objects have.
func TestDefinitions(t *testing.T) {
	h := newHelm(t)
	packed := everything(t)
	have := map[string]bool{}
	components := golden(t, "internal/component/*/testdata/*standard.yaml")
	platform := golden(t, "platform/testdata/settled.yaml")
	for _, i := range installs(t, append(components, platform...)) {
		ms, err := h.template(t, packed, i)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range as[apiextensionsv1.CustomResourceDefinition](t, ms, "CustomResourceDefinition") {
			for _, v := range d.Spec.Versions {
				have[kindOf(d.Spec.Group+"/"+v.Name, d.Spec.Names.Kind, d.Spec.Scope == "Namespaced")] = true
			}
		}
	}
	want := composed(t)
	if len(want) < 8 {
		t.Errorf("found just %d kinds in the golden files", len(want))
	}
	for kind := range want {
		if !have[kind] {
			t.Errorf("no chart defines %s", kind)
		}
	}
}

func kindOf(apiVersion, kind string, namespaced bool) string {
	if namespaced {
		return apiVersion + " " + kind + " in a namespace"
	}
	return apiVersion + " " + kind
}

// composed returns the kinds, other than Kubernetes' own, of objects that Skerry
// makes inside clusters or that the charts bring, and the operator's.
func composed(t *testing.T) map[string]bool {
	t.Helper()
	objects := golden(t, "*/testdata/*.yaml")
	objects = append(objects, golden(t, "internal/component/*/testdata/*.yaml")...)
	out := map[string]bool{}
	for _, o := range objects {
		if o.GetKind() == "Object" {
			manifest, _, _ := unstructured.NestedMap(o.Object, "spec", "forProvider", "manifest")
			o = &unstructured.Unstructured{Object: manifest}
		} else if o.GroupVersionKind().Group != "operator.cluster.x-k8s.io" {
			continue
		}
		gvk := o.GroupVersionKind()
		if !scheme.Scheme.Recognizes(gvk) && gvk.Group != "apiextensions.k8s.io" && gvk.Group != "openstack.k-orc.cloud" {
			out[kindOf(o.GetAPIVersion(), gvk.Kind, o.GetNamespace() != "")] = true
		}
	}
	return out
}

// TestRefusals: what fails with the real chart fails here.
func TestRefusals(t *testing.T) {
	h := newHelm(t)
	packed := everything(t)
	tests := map[string]struct {
		reason, chart string
		values        map[string]any
		want          string
	}{
		"CinderSecret": {
			reason: "The chart mounts a Secret without a name.", chart: "openstack-cinder-csi",
			values: map[string]any{"secret": map[string]any{"enabled": true}}, want: "secret.name is missing",
		},
		"CloudCredential": {
			reason: "A value that is set from a Secret must arrive.", chart: "openstack-cloud-controller-manager",
			values: map[string]any{"cloudConfig": map[string]any{"global": map[string]any{"auth-url": "https://a", "application-credential-id": "i"}}},
			want:   "cloudConfig.global.application-credential-secret is missing",
		},
		"AutoscalerCluster": {
			reason: "The chart would install nothing.", chart: "cluster-autoscaler",
			want: "autoDiscovery finds no cluster",
		},
		"AutoscalerKubeconfig": {
			reason: "It scales a cluster that it must reach.", chart: "cluster-autoscaler",
			values: map[string]any{"autoDiscovery": map[string]any{"clusterName": "c"}, "clusterAPIMode": "kubeconfig-incluster"},
			want:   "clusterAPIKubeconfigSecret is missing",
		},
		"DNSImage": {
			reason: "The provider's image has no default.", chart: "external-dns",
			values: map[string]any{"provider": map[string]any{"name": "webhook", "webhook": map[string]any{"image": map[string]any{"repository": "r"}}}},
			want:   "provider.webhook.image.tag is missing",
		},
		"CiliumKubeProxy": {
			reason: "The template knows two words.", chart: "cilium",
			values: map[string]any{"kubeProxyReplacement": "strict"}, want: "kubeProxyReplacement is neither",
		},
		"TraefikPort": {
			reason: "A listener has a port of Traefik's pods.", chart: "traefik",
			values: map[string]any{
				"providers": map[string]any{"kubernetesGateway": map[string]any{"enabled": true}},
				"gateway":   map[string]any{"listeners": map[string]any{"web": map[string]any{"port": 80}}},
			},
			want: "gateway.listeners.web.port is not among ports",
		},
		"SnapshotClasses": {
			reason: "The key has moved.", chart: "snapshot-controller",
			values: map[string]any{"controller": map[string]any{"volumeSnapshotClasses": []any{}}}, want: "has moved",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := h.template(t, packed, install{chart: tc.chart, release: "r", namespace: "n", values: tc.values})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s Want an error with %q, got %v", tc.reason, tc.want, err)
			}
		})
	}
}
