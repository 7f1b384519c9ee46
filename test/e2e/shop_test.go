package e2e_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// zone is the zone of the example's clouds.
const zone = "apps.example.org"

// A shop is a cluster whose programs are published.
type shop struct {
	*world
	cluster *unstructured.Unstructured
	// prefix begins the names of what is the cluster's, in the cloud too.
	prefix string
	work   client.Client
}

// shopIn runs programs in a cluster that is ready, to be published.
func (w *world) shopIn(t *testing.T, cluster *unstructured.Unstructured) *shop {
	t.Helper()
	w.runBackends(t, cluster)
	return &shop{world: w, cluster: cluster, prefix: w.prefix(t, cluster), work: w.workload(t, cluster)}
}

// host is a name in the zone that no other test has.
func (s *shop) host(name string) string { return name + "." + s.cluster.GetNamespace() + "." + zone }

// exposure reads an example and makes it one of the shop's.
func (w *world) exposure(t *testing.T, cluster *unstructured.Unstructured, example, name string, change ...func(spec map[string]any)) *unstructured.Unstructured {
	t.Helper()
	mine := func(spec map[string]any) {
		spec["clusterRef"] = map[string]any{"name": cluster.GetName()}
		spec["namespace"] = shopNamespace
		if _, named := spec["hostnames"]; named {
			hosts(name + "." + cluster.GetNamespace() + "." + zone)(spec)
		}
	}
	return w.claim(t, example, cluster.GetNamespace(), name, append([]func(map[string]any){mine}, change...)...)
}

// hosts gives a claim the host names.
func hosts(names ...string) func(map[string]any) {
	return func(spec map[string]any) { spec["hostnames"] = list(names...) }
}

// allowing lets only these ranges of clients in.
func allowing(cidrs ...string) func(map[string]any) {
	return func(spec map[string]any) { spec["allowedCIDRs"] = list(cidrs...) }
}

func list(texts ...string) []any {
	out := make([]any, 0, len(texts))
	for _, s := range texts {
		out = append(out, s)
	}
	return out
}

// web is a piece that is published over HTTP, under paths that change.
func (s *shop) web(t *testing.T) piece {
	path := func(round int) string { return fmt.Sprintf("/round-%d", round) }
	return piece{
		claim: s.exposure(t, s.cluster, "exposure.yaml", "www"),
		edit: func(round int) func(map[string]any) {
			return func(spec map[string]any) { spec["paths"] = []any{map[string]any{"path": path(round)}} }
		},
		shows: func(ctx context.Context, round int) error {
			work, err := s.workloadNow(ctx, s.cluster)
			if err != nil {
				return err
			}
			in := &networkingv1.Ingress{}
			if err := work.Get(ctx, client.ObjectKey{Namespace: shopNamespace, Name: "www-exposure"}, in); err != nil {
				return err
			}
			return same("the path", path(round), in.Spec.Rules[0].HTTP.Paths[0].Path)
		},
	}
}

// database is a piece on a load balancer of its own, for ranges that change.
func (s *shop) database(t *testing.T) piece {
	cidr := func(round int) string { return fmt.Sprintf("198.51.100.%d/32", round) }
	return piece{
		claim: s.exposure(t, s.cluster, "exposure-tcp.yaml", "db"),
		edit:  func(round int) func(map[string]any) { return allowing(cidr(round)) },
		shows: func(ctx context.Context, round int) error {
			lb, err := s.one(ctx, cloud.LoadBalancer, "exposure-db")
			if err != nil {
				return err
			}
			return same("the ranges", list(cidr(round)), lb.Attributes["allowedCidrs"])
		},
	}
}

// one returns what the cloud has of the kind for a Service in the cluster.
func (s *shop) one(ctx context.Context, kind cloud.Kind, service string) (cloud.Resource, error) {
	all, err := s.cloud.Resources(ctx, cloud.Filter{Kind: kind, Owner: s.home(s.cluster.GetNamespace()) + "/" + s.prefix + "-" + service})
	if err == nil && len(all) != 1 {
		err = fmt.Errorf("%d of kind %s for Service %s, want 1", len(all), kind, service)
	}
	if err != nil {
		return cloud.Resource{}, err
	}
	return all[0], nil
}

// entrance is the address of the cluster's entry point, as the cloud says.
func (s *shop) entrance(t *testing.T) string {
	t.Helper()
	ip, err := s.one(t.Context(), cloud.FloatingIP, "traefik")
	if err != nil {
		t.Fatal(err)
	}
	return ip.Text("address")
}

// records are the records of a host name in the cloud: its type, and what it
// points at.
func (s *shop) records(ctx context.Context, host string) (map[string]any, error) {
	all, err := s.cloud.Resources(ctx, cloud.Filter{Kind: cloud.Recordset, Name: host + "."})
	out := map[string]any{}
	for _, r := range all {
		out[r.Text("type")] = r.Attributes["records"]
	}
	return out, err
}

// pointsAt fails the test unless the host name has one record, at the address.
func (s *shop) pointsAt(t *testing.T, host, address string) {
	t.Helper()
	got, err := s.records(t.Context(), host)
	if err != nil {
		t.Fatal(err)
	}
	check(t, "the record of "+host, map[string]any{"A": list(address)}, got)
}

// inside reads an object of the cluster.
func (s *shop) inside(t *testing.T, gvk schema.GroupVersionKind, name string) *unstructured.Unstructured {
	t.Helper()
	o := manifest.New(gvk, shopNamespace, name)
	if err := s.work.Get(t.Context(), client.ObjectKeyFromObject(o), o); err != nil {
		t.Fatal(err)
	}
	return o
}

// opened fails the test unless the program's NetworkPolicy lets in, beside its
// neighbours, the entry point alone, or everybody where there is none.
func (s *shop) opened(t *testing.T, exposure, program string, transport corev1.Protocol, viaEntryPoint bool) {
	t.Helper()
	p := &networkingv1.NetworkPolicy{}
	if err := s.work.Get(t.Context(), client.ObjectKey{Namespace: shopNamespace, Name: exposure + "-exposure"}, p); err != nil {
		t.Fatal(err)
	}
	check(t, "the pods of the policy", map[string]string{"app": program}, p.Spec.PodSelector.MatchLabels)
	for _, rule := range p.Spec.Ingress {
		if len(rule.Ports) == 0 {
			continue
		}
		check(t, "the port of the policy", string(transport)+" main", string(*rule.Ports[0].Protocol)+" "+rule.Ports[0].Port.String())
		var from []string
		for _, peer := range rule.From {
			from = append(from, peer.NamespaceSelector.MatchLabels["kubernetes.io/metadata.name"])
		}
		want := []string(nil)
		if viaEntryPoint {
			want = []string{"traefik"}
		}
		check(t, "who is let in", want, from)
	}
}

// at reads a field.
func at(o *unstructured.Unstructured, path ...string) any {
	v, _, _ := unstructured.NestedFieldNoCopy(o.Object, path...)
	return v
}

// check fails the test unless two values are equal.
func check(t *testing.T, what string, want, got any) {
	t.Helper()
	if err := same(what, want, got); err != nil {
		t.Error(err)
	}
}

// same says that two values are equal.
func same(what string, want, got any) error {
	if d := cmp.Diff(want, got); d != "" {
		return fmt.Errorf("%s should be another:\n%s", what, d)
	}
	return nil
}

// field awaits a field of an object.
func field(want any, path ...string) func(*unstructured.Unstructured) error {
	return func(o *unstructured.Unstructured) error {
		return same(strings.Join(path, "."), want, at(o, path...))
	}
}

// tells awaits a condition with a status and a message that has all the words.
func tells(condition, status string, words ...string) func(*unstructured.Unstructured) error {
	return func(o *unstructured.Unstructured) error {
		got, message := manifest.Condition(o, condition)
		missing := slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(message, w) })
		if got != status || missing {
			return fmt.Errorf("%s=%s: %s; want %s with %q", condition, got, message, status, words)
		}
		return nil
	}
}
