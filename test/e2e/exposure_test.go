package e2e_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/charts"
	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/devcluster/residents"
	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

const (
	// office is a range of clients.
	office = "198.51.100.0/24"
	// flavorStandard is the id of the load balancers of level Standard, in the
	// example's Platform.
	flavorStandard = "0a0a0a0a-0000-4000-8000-000000000002"
)

var (
	certificateKind = kindOf("cert-manager.io/v1", "Certificate")
	issuerKind      = kindOf("cert-manager.io/v1", "ClusterIssuer")
	gatewayKind     = kindOf("gateway.networking.k8s.io/v1", "Gateway")
	routeKind       = kindOf("gateway.networking.k8s.io/v1", "HTTPRoute")
	ingressKind     = kindOf("networking.k8s.io/v1", "Ingress")
	middlewareKind  = kindOf("traefik.io/v1alpha1", "Middleware")
	tcpRouteKind    = kindOf("traefik.io/v1alpha1", "IngressRouteTCP")
	tcpFilterKind   = kindOf("traefik.io/v1alpha1", "MiddlewareTCP")
)

// published are Exposures of each protocol, and what is to be seen of them.
var published = map[string]struct {
	example string
	change  []func(map[string]any)
	look    func(t *testing.T, s *shop, x *unstructured.Unstructured)
}{
	"www":   {example: "exposure.yaml", change: []func(map[string]any){allowing(office)}, look: lookIngress},
	"api":   {example: "exposure-gateway.yaml", change: []func(map[string]any){allowing(office)}, look: lookGateway},
	"vault": {example: "exposure-passthrough.yaml", change: []func(map[string]any){allowing(office)}, look: lookPassthrough},
	"db":    {example: "exposure-tcp.yaml", look: lookTCP},
	"ns":    {example: "exposure-udp.yaml", look: lookUDP},
}

// TestExposures publishes a cluster's programs over every protocol, and takes them
// through what teams do.
func TestExposures(t *testing.T) {
	w := start(t, "skerry")
	t.Parallel()
	team := w.team(t, "exposures")
	c := w.claim(t, "cluster.yaml", team, "shop", unprotected, onProxied, pools(pool("web", 1)))
	w.order(t, c)
	all := map[string]*unstructured.Unstructured{}
	for name, p := range published {
		all[name] = w.exposure(t, c, p.example, name, p.change...)
		w.order(t, all[name])
	}
	w.await(t, all["www"], "waiting for its cluster", func(o *unstructured.Unstructured) error {
		if err := manifest.Is("Accepted")(o); err != nil {
			return err
		}
		return tells("Delivered", "False", "KubernetesCluster shop")(o)
	})
	w.ready(t, c)
	s := w.shopIn(t, c)
	w.ready(t, slices.Collect(maps.Values(all))...)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run("Published/"+name, func(t *testing.T) {
			// An Exposure is ready without: it may be looked at a moment later.
			w.await(t, all[name], "having a healthy backend", func(o *unstructured.Unstructured) error {
				return same("the backend", map[string]any{"state": "Healthy", "ready": int64(backendPods)}, at(o, "status", "backend"))
			})
			published[name].look(t, s, all[name])
		})
	}
	t.Run("Certificate", func(t *testing.T) { s.renew(t, all["www"]) })
	t.Run("Taken", func(t *testing.T) { s.contest(t, all) })
	t.Run("Edits", func(t *testing.T) { s.edits(t, all) })
	t.Run("Levels", func(t *testing.T) { s.levels(t, all) })
	t.Run("Quota", func(t *testing.T) { s.full(t) })
	t.Run("ClusterStays", func(t *testing.T) { s.stays(t, all) })
	t.Run("Removed", func(t *testing.T) { s.removed(t, all) })
	t.Run("Unreachable", func(t *testing.T) { s.unreachable(t, all["db"], all["www"]) })
	s.close(t)
}

// onProxied puts a cluster on the cloud whose entry points see clients' addresses.
func onProxied(spec map[string]any) { spec["cloud"] = proxied }

// lookIngress looks at a service that is published by an Ingress.
func lookIngress(t *testing.T, s *shop, x *unstructured.Unstructured) {
	host, address := s.host("www"), s.entrance(t)
	s.pointsAt(t, host, address)
	check(t, "URLs", list("https://"+host), at(x, "status", "urls"))
	check(t, "addresses", list(address), at(x, "status", "addresses"))
	check(t, "DNS", []any{map[string]any{"host": host, "state": "Managed"}}, at(x, "status", "dns"))
	certificate := s.inside(t, certificateKind, "www-exposure-tls")
	check(t, "the certificate", map[string]any{"issued": true, "expires": at(certificate, "status", "notAfter")}, at(x, "status", "certificate"))
	in := s.inside(t, ingressKind, "www-exposure")
	check(t, "the middlewares", "shop-www-exposure@kubernetescrd", in.GetAnnotations()["traefik.ingress.kubernetes.io/router.middlewares"])
	check(t, "who may come", list(office), at(s.inside(t, middlewareKind, "www-exposure"), "spec", "ipAllowList", "sourceRange"))
	s.opened(t, "www", "web", corev1.ProtocolTCP, true)
	// What names no entry point is served on port 443, and port 80 leads there.
	check(t, "the entry point", "", in.GetAnnotations()["traefik.ingress.kubernetes.io/router.entrypoints"])
	values, err := charts.Recorded(t.Context(), s.work, "traefik", "traefik")
	if err != nil {
		t.Fatal(err)
	}
	to, _, _ := unstructured.NestedString(values, "ports", "web", "http", "redirections", "entryPoint", "to")
	check(t, "where port 80 leads", "websecure", to)
}

// lookGateway looks at a service that is published by a route of the Gateway API.
func lookGateway(t *testing.T, s *shop, x *unstructured.Unstructured) {
	host, address := s.host("api"), s.entrance(t)
	s.pointsAt(t, host, address)
	check(t, "URLs", list("https://"+host), at(x, "status", "urls"))
	check(t, "addresses", list(address), at(x, "status", "addresses"))
	certificate := s.inside(t, certificateKind, "api-exposure-gateway-tls")
	check(t, "the certificate", map[string]any{"issued": true, "expires": at(certificate, "status", "notAfter")}, at(x, "status", "certificate"))
	gateway := s.inside(t, gatewayKind, "api-exposure")
	listeners, _, _ := unstructured.NestedSlice(gateway.Object, "status", "listeners")
	for _, l := range listeners {
		attached, _, _ := unstructured.NestedFieldNoCopy(l.(map[string]any), "attachedRoutes")
		check(t, "attached routes", int64(1), attached)
	}
	check(t, "listeners", 1, len(listeners))
	rules, _, _ := unstructured.NestedSlice(s.inside(t, routeKind, "api-exposure").Object, "spec", "rules")
	check(t, "rules", 1, len(rules))
	filters, _, _ := unstructured.NestedSlice(rules[0].(map[string]any), "filters")
	check(t, "filters", 1, len(filters))
	check(t, "who may come", list(office), at(s.inside(t, middlewareKind, "api-exposure"), "spec", "ipAllowList", "sourceRange"))
	s.opened(t, "api", "web", corev1.ProtocolTCP, true)
}

// lookPassthrough looks at a service that has its own certificate and whose team
// makes the record.
func lookPassthrough(t *testing.T, s *shop, x *unstructured.Unstructured) {
	host, address := s.host("vault"), s.entrance(t)
	check(t, "URLs", list("tls://"+host+":443"), at(x, "status", "urls"))
	check(t, "addresses", list(address), at(x, "status", "addresses"))
	check(t, "the certificate", nil, at(x, "status", "certificate"))
	check(t, "DNS", []any{map[string]any{
		"host": host, "state": "Unmanaged", "message": "Make the record yourself: " + host + " A " + address + ".",
	}}, at(x, "status", "dns"))
	records, err := s.records(t.Context(), host)
	if err != nil || len(records) > 0 {
		t.Errorf("there should be no record, got %v (error %v)", records, err)
	}
	route := s.inside(t, tcpRouteKind, "vault-exposure")
	check(t, "passthrough", true, at(route, "spec", "tls", "passthrough"))
	check(t, "who may come", list(office), at(s.inside(t, tcpFilterKind, "vault-exposure"), "spec", "ipAllowList", "sourceRange"))
	s.opened(t, "vault", "vault", corev1.ProtocolTCP, true)
}

// lookTCP looks at a service on a load balancer of its own.
func lookTCP(t *testing.T, s *shop, x *unstructured.Unstructured) {
	host := s.host("db")
	lb, err := s.one(t.Context(), cloud.LoadBalancer, "exposure-db")
	if err != nil {
		t.Fatal(err)
	}
	ip, err := s.one(t.Context(), cloud.FloatingIP, "exposure-db")
	if err != nil {
		t.Fatal(err)
	}
	s.pointsAt(t, host, ip.Text("address"))
	check(t, "URLs", list("tcp://"+host+":5432"), at(x, "status", "urls"))
	check(t, "addresses", list(ip.Text("address")), at(x, "status", "addresses"))
	check(t, "the flavor", flavorStandard, lb.Text("flavorId"))
	check(t, "who may come", list(office), lb.Attributes["allowedCidrs"])
	check(t, "listeners", list("TCP:5432"), lb.Attributes["listeners"])
	check(t, "the cost", "15.50", at(x, "status", "cost", "monthly"))
	s.opened(t, "db", "db", corev1.ProtocolTCP, false)
}

// lookUDP looks at a service that only the cluster's own network reaches.
func lookUDP(t *testing.T, s *shop, x *unstructured.Unstructured) {
	lb, err := s.one(t.Context(), cloud.LoadBalancer, "exposure-ns")
	if err != nil {
		t.Fatal(err)
	}
	address := lb.Text("vipAddress")
	check(t, "URLs", list("udp://"+address+":53"), at(x, "status", "urls"))
	check(t, "addresses", list(address), at(x, "status", "addresses"))
	check(t, "listeners", list("UDP:53"), lb.Attributes["listeners"])
	if _, err := s.one(t.Context(), cloud.FloatingIP, "exposure-ns"); err == nil {
		t.Error("there should be no floating IP")
	}
	s.opened(t, "ns", "dns", corev1.ProtocolUDP, false)
}

// renew lets an authority refuse a renewal, and then not.
func (s *shop) renew(t *testing.T, x *unstructured.Unstructured) {
	issuer := manifest.New(issuerKind, "", "skerry-acme")
	certificate := s.inside(t, certificateKind, "www-exposure-tls")
	refuse := func(message string) {
		t.Helper()
		if err := residents.Refuse(t.Context(), s.work, issuer, message); err != nil {
			t.Fatal(err)
		}
	}
	expires := at(x, "status", "certificate", "expires")
	refuse("the authority is closed today")
	const age = 100 * 24 * time.Hour
	if err := residents.Hurry(t.Context(), s.work, certificate, age); err != nil {
		t.Fatal(err)
	}
	s.await(t, x, "told that there is no certificate any more", tells("Delivered", "False", "is not issued", "expired"))
	refuse("")
	s.await(t, x, "renewed", func(o *unstructured.Unstructured) error {
		if now := at(o, "status", "certificate", "expires"); now == expires || now == nil {
			return fmt.Errorf("the certificate expires at %v", now)
		}
		return settled(o)
	})
}

// contest asks for a host name that somebody has, and gets it when it is free.
func (s *shop) contest(t *testing.T, all map[string]*unstructured.Unstructured) {
	older := all["api"]
	before := s.fingerprint(t, s.cluster, older)
	younger := s.exposure(t, s.cluster, "exposure.yaml", "late", hosts(s.host("late"), s.host("api")))
	s.order(t, younger)
	s.await(t, younger, "refused", tells("Accepted", "False", s.host("api"), "Exposure api, which is older"))
	if n := len(s.composed(t, younger)); n > 0 {
		t.Errorf("a refused claim should compose nothing, got %d", n)
	}
	s.ready(t, older)
	s.unchanged(t, s.cluster, older, before)
	s.removeDelivered(t, s.cluster, older)
	s.ready(t, younger)
	s.pointsAt(t, s.host("api"), s.entrance(t))
	delete(all, "api")
	all["late"] = younger
}

// edits makes the changes to claims that are allowed.
func (s *shop) edits(t *testing.T, all map[string]*unstructured.Unstructured) {
	db, www := all["db"], all["www"]
	dbBefore, wwwBefore := s.fingerprint(t, s.cluster, db), s.fingerprint(t, s.cluster, www)
	s.mustChange(t, db, allowing("203.0.113.0/24"))
	s.mustChange(t, www, hosts(s.host("www"), s.host("shop")))
	eventually(t, "the load balancer lets others in", func() error {
		lb, err := s.one(t.Context(), cloud.LoadBalancer, "exposure-db")
		if err != nil {
			return err
		}
		return same("the ranges", list("203.0.113.0/24"), lb.Attributes["allowedCidrs"])
	})
	s.await(t, www, "published under both names", field(list("https://"+s.host("www"), "https://"+s.host("shop")), "status", "urls"))
	s.ready(t, www, db)
	eventually(t, "the second name has a record", func() error {
		got, err := s.records(t.Context(), s.host("shop"))
		if err != nil {
			return err
		}
		return same("the record", map[string]any{"A": list(s.entrance(t))}, got)
	})
	s.ready(t, www)
	s.unchanged(t, s.cluster, db, dbBefore)
	s.unchanged(t, s.cluster, www, wwwBefore)
	s.reroute(t, www)

	for _, refused := range []struct {
		word string
		edit func(map[string]any)
	}{
		{"protocol", func(spec map[string]any) { spec["protocol"] = "UDP" }},
		{"namespace", func(spec map[string]any) { spec["namespace"] = "default" }},
	} {
		if err := s.change(t, db, refused.edit); err == nil || !strings.Contains(err.Error(), refused.word) {
			t.Errorf("a change of %s should be refused with a message that names it, got %v", refused.word, err)
		}
	}
}

// reroute publishes another way, which neither records nor clients notice.
func (s *shop) reroute(t *testing.T, www *unstructured.Unstructured) {
	mark, address := s.mark(t), at(www, "status", "addresses")
	s.mustChange(t, www, func(spec map[string]any) { spec["via"] = "Gateway" })
	eventually(t, "the Ingress goes when the route serves", func() error {
		return anyLeft(t.Context(), s.work, []*unstructured.Unstructured{manifest.New(ingressKind, shopNamespace, "www-exposure")})
	})
	check(t, "the route is served", true, len(s.inside(t, routeKind, "www-exposure").Object["status"].(map[string]any)) > 0)
	s.ready(t, www)
	check(t, "addresses", address, at(www, "status", "addresses"))
	events, err := s.cloud.Events(t.Context(), mark)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Kind == cloud.Recordset && strings.Contains(e.Name, s.cluster.GetNamespace()) {
			t.Errorf("nobody should touch a record, got %s of %s", e.Verb, e.Name)
		}
	}
}

// levels changes the cluster's service level. What is published stays.
func (s *shop) levels(t *testing.T, all map[string]*unstructured.Unstructured) {
	before, mark := map[string]fingerprint{}, s.mark(t)
	for name, x := range all {
		before[name] = s.fingerprint(t, s.cluster, x)
	}
	// Of whom clients are limited nobody is probed.
	limited := allowing("203.0.113.0/24")
	s.mustChange(t, all["db"], func(spec map[string]any) { delete(spec, "allowedCIDRs") })
	for _, to := range []string{"Premium", "BestEffort"} {
		s.mustChange(t, s.cluster, level(to))
		s.await(t, s.cluster, "at "+to, hasLevel(to))
		s.ready(t, s.cluster)
		for name, x := range all {
			s.ready(t, x)
			s.unchanged(t, s.cluster, x, before[name])
		}
		s.probed(t, all["db"], to == "Premium")
	}
	s.mustChange(t, all["db"], limited)
	s.noStatefulDeletes(t, s.cluster, mark)
	if lb, err := s.one(t.Context(), cloud.LoadBalancer, "exposure-db"); err != nil || lb.Text("flavorId") != flavorStandard {
		t.Errorf("the load balancer should keep its flavor, got %q (error %v)", lb.Text("flavorId"), err)
	}
}

// probed waits until the management cluster's Prometheus is told to ask for an Exposure,
// or no longer.
func (s *shop) probed(t *testing.T, x *unstructured.Unstructured, want bool) {
	t.Helper()
	key := client.ObjectKey{Namespace: x.GetNamespace(), Name: x.GetName() + "-exposure"}
	eventually(t, fmt.Sprintf("Exposure %s is probed: %t", x.GetName(), want), func() error {
		p := &unstructured.Unstructured{}
		p.SetGroupVersionKind(kindOf("monitoring.coreos.com/v1", "Probe"))
		err := s.client.Get(t.Context(), key, p)
		if !want && apierrors.IsNotFound(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if !want {
			return fmt.Errorf("there is %s", key)
		}
		return same("what is probed", at(s.fresh(x), "status", "probe", "targets"), at(p, "spec", "targets", "staticConfig", "static"))
	})
}

// full publishes on a cloud that has no load balancer left, until it has.
func (s *shop) full(t *testing.T) {
	x := s.exposure(t, s.cluster, "exposure-tcp.yaml", "full")
	f := cloud.QuotaExceeded(cloud.LoadBalancer)
	f.Owner = s.home(s.cluster.GetNamespace()) + "/" + s.prefix + "-exposure-full"
	id, err := s.cloud.Fail(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	s.order(t, x)
	s.await(t, x, "waiting for its address", tells("Delivered", "False", "address"))
	if got, err := s.records(t.Context(), s.host("full")); err != nil || len(got) > 0 {
		t.Errorf("there should be no record without an address, got %v (error %v)", got, err)
	}
	if err := s.cloud.Heal(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	s.ready(t, x)
	s.removeDelivered(t, s.cluster, x)
}

// stays tries to delete the cluster.
func (s *shop) stays(t *testing.T, all map[string]*unstructured.Unstructured) {
	before := s.identities(t, s.cluster)
	err := s.client.Delete(t.Context(), s.cluster.DeepCopy())
	if err == nil {
		t.Fatal("a cluster that publishes something should not be deleted")
	}
	if !slices.ContainsFunc(slices.Collect(maps.Keys(all)), func(name string) bool {
		return strings.Contains(err.Error(), "Exposure "+name+" publishes a service of KubernetesCluster shop")
	}) {
		t.Errorf("the refusal should name an Exposure, got %v", err)
	}
	s.untouched(t, s.cluster, before)
	s.ready(t, s.cluster)
}

// removed deletes Exposures, but for www and db, and sees that the others stay.
func (s *shop) removed(t *testing.T, all map[string]*unstructured.Unstructured) {
	mark := s.mark(t)
	before := s.fingerprint(t, s.cluster, all["www"])
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if name == "www" || name == "db" {
			continue
		}
		names, _, _ := unstructured.NestedStringSlice(all[name].Object, "spec", "hostnames")
		s.removeDelivered(t, s.cluster, all[name])
		for _, h := range names {
			if got, err := s.records(t.Context(), h); err != nil || len(got) > 0 {
				t.Errorf("there should be no record of %s left, got %v (error %v)", h, got, err)
			}
		}
	}
	s.inOrder(t, s.prefix, mark)
	s.ready(t, all["www"])
	s.unchanged(t, s.cluster, all["www"], before)
}

// close removes the cluster while its entry point's Service changes all the time, as any
// program in it may. Nobody in there makes anything that outlives it.
func (s *shop) close(t *testing.T) {
	// Not as often that whoever cleans up finds something new each time it looks.
	const often = 700 * time.Millisecond
	entry := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "traefik", Name: "traefik"}}
	ctx, stop := context.WithCancel(t.Context())
	change := func(round int) error {
		note := fmt.Appendf(nil, `{"metadata":{"annotations":{"round":"%d"}}}`, round)
		return s.work.Patch(ctx, entry.DeepCopy(), client.RawPatch(types.MergePatchType, note))
	}
	if err := change(0); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	wg.Go(func() {
		for round := 1; ctx.Err() == nil; round++ {
			time.Sleep(often)
			_ = change(round) // In the end there is nobody who could be asked.
		}
	})
	s.remove(t, s.cluster)
}

// unreachable deletes Exposures while nobody can look into their cluster. What is
// in there goes with the cluster.
func (s *shop) unreachable(t *testing.T, claims ...*unstructured.Unstructured) {
	program := "kube-apiserver@" + s.home(s.cluster.GetNamespace()) + "." + s.prefix
	s.do(t, program, "stop")
	t.Cleanup(func() { _ = s.world.cluster.Program(context.Background(), program, "start") })
	for _, x := range claims {
		s.await(t, x, "told what would stay", tells("Accepted", "True", "stays there if it is deleted now"))
		// What the function answers is applied in the same breath or a little later.
		d := s.deliveredOf(t, x)
		s.deleteClaim(t, x)
		s.goneHere(t, x, d)
	}
	s.do(t, program, "start")
	s.do(t, program, "await")
	s.ready(t, s.cluster)
	s.inside(t, kindOf("v1", "Service"), "exposure-db")
}
