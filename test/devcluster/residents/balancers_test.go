package residents

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

// routed is a world whose cluster has a network with a way out.
func routed(t *testing.T, docs ...string) *world {
	t.Helper()
	w := newWorld(t, docs...).programs()
	add := func(k cloud.Kind, attributes map[string]any) cloud.Resource {
		r, err := w.cloud.Create(w.context(), cloud.Spec{Kind: k, Owner: cloud.Owner{Name: "shop-nodes"}, Attributes: attributes})
		w.must(err)
		return r
	}
	net := add(cloud.Network, map[string]any{"name": "net"})
	subnet := add(cloud.Subnet, map[string]any{"networkId": net.ID, "cidr": "10.0.0.0/24"})
	router := add(cloud.Router, map[string]any{"externalNetworkId": "public"})
	add(cloud.RouterInterface, map[string]any{"routerId": router.ID, "subnetId": subnet.ID})
	conf := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "cloud-config"},
		Data:       map[string][]byte{"cloud.conf": []byte("[LoadBalancer]\nfloating-network-id = \"public\"\nflavor-id = \"small\"\n")},
	}
	w.must(w.town.client.Create(w.context(), conf))
	return w
}

// published is a Service of type LoadBalancer.
const published = `
apiVersion: v1
kind: Service
metadata: {name: mail, annotations: {NOTES}}
spec: {type: LoadBalancer, ports: [{port: 25, protocol: TCP}], loadBalancerSourceRanges: [192.0.2.0/24], MORE}
`

func service(notes, more string) string {
	return strings.NewReplacer("NOTES", notes, "MORE", more).Replace(published)
}

func TestBalance(t *testing.T) {
	for name, tc := range map[string]struct {
		reason, notes, more string
		internal            bool
		flavor              string
	}{
		"Public":   {"The address is a floating IP.", "", "", false, "small"},
		"Internal": {"Or one of the network.", `service.beta.kubernetes.io/openstack-internal-load-balancer: "true"`, "", true, "small"},
		"Flavor":   {"A Service has its own flavor.", "loadbalancer.openstack.org/flavor-id: large", "", false, "large"},
	} {
		t.Run(name, func(t *testing.T) {
			w := routed(t, service(tc.notes, tc.more))
			w.settled()
			lb := w.live(cloud.LoadBalancer)
			if len(lb) != 1 {
				t.Fatalf("got %v", lb)
			}
			if lb[0].Name != "kube_service_shop_team_mail" || lb[0].Text("flavorId") != tc.flavor || lb[0].Texts("allowedCidrs")[0] != "192.0.2.0/24" || lb[0].Texts("listeners")[0] != "TCP:25" {
				t.Errorf("%s got %v", tc.reason, lb[0])
			}
			want := lb[0].Text("vipAddress")
			ips := w.live(cloud.FloatingIP)
			if len(ips) == 1 && !tc.internal {
				want = ips[0].Text("address")
			}
			if (len(ips) == 0) != tc.internal {
				t.Errorf("%s got %v", tc.reason, ips)
			}
			got := items(w.read(serviceKind, "mail"), "status", "loadBalancer", "ingress")
			if d := cmp.Diff([]map[string]any{{"ip": want, "ipMode": "VIP"}}, got); d != "" {
				t.Errorf("%s %s", tc.reason, d)
			}
			w.delete(serviceKind, "mail")
			w.settled()
			if w.read(serviceKind, "mail") != nil || len(w.live(cloud.LoadBalancer))+len(w.live(cloud.FloatingIP)) > 0 {
				t.Error("something is left")
			}
		})
	}
}

func TestBalanceOwnAddress(t *testing.T) {
	w := routed(t)
	ip, err := w.cloud.Create(w.context(), cloud.Spec{Kind: cloud.FloatingIP, Attributes: map[string]any{"pool": "public"}})
	w.must(err)
	w.apply(service("", "loadBalancerIP: "+ip.Text("address")))
	w.settled()
	got := items(w.read(serviceKind, "mail"), "status", "loadBalancer", "ingress")
	if len(got) != 1 || got[0]["ip"] != ip.Text("address") || w.live(cloud.FloatingIP)[0].Text("portId") == "" {
		t.Errorf("got %v", got)
	}
	w.delete(serviceKind, "mail")
	w.settled()
	if len(w.live(cloud.FloatingIP)) != 1 || len(w.live(cloud.LoadBalancer)) != 0 {
		t.Error("an address that somebody brought stays")
	}
}

// TestBalanceChanges: what a Service asks for later reaches its load balancer.
func TestBalanceChanges(t *testing.T) {
	w := routed(t, service("", ""))
	w.settled()
	id := w.live(cloud.LoadBalancer)[0].ID
	w.edit(serviceKind, "mail", func(o *object) {
		set(o, []any{"198.51.100.0/24"}, "spec", "loadBalancerSourceRanges")
	})
	w.settled()
	lb := w.live(cloud.LoadBalancer)[0]
	if lb.ID != id || lb.Texts("allowedCidrs")[0] != "198.51.100.0/24" {
		t.Errorf("got %v", lb)
	}
	w.edit(serviceKind, "mail", func(o *object) { set(o, "ClusterIP", "spec", "type") })
	w.settled()
	if s := w.read(serviceKind, "mail"); len(s.GetFinalizers()) > 0 || len(items(s, "status", "loadBalancer", "ingress")) > 0 || len(w.live(cloud.LoadBalancer)) > 0 {
		t.Errorf("a Service of another type has none: %v", s.Object)
	}
}

// TestBalanceFails: the Service stays without an address, and with its finalizer.
func TestBalanceFails(t *testing.T) {
	w := routed(t, service("", ""))
	_, err := w.cloud.Fail(w.context(), cloud.QuotaExceeded(cloud.FloatingIP))
	w.must(err)
	if err := w.settle(); err == nil || !strings.Contains(err.Error(), "Quota exceeded for resources: ['floating_ip']") {
		t.Errorf("got %v", err)
	}
	if s := w.read(serviceKind, "mail"); len(items(s, "status", "loadBalancer", "ingress")) > 0 || len(s.GetFinalizers()) != 1 {
		t.Errorf("got %v", s.Object)
	}
}
