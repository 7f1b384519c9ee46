package cloud

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A clock stands still until it's moved.
type clock struct{ t time.Time }

func newClock() *clock { return &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) now() time.Time { return c.t }

func (c *clock) move(d time.Duration) { c.t = c.t.Add(d) }

func open(t *testing.T, dir string, profile string, clk *clock) *Cloud {
	t.Helper()
	c, err := Open(dir, Options{Profile: Profile{Name: profile}, Now: clk.now, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// A world makes resources that tests call by short names.
type world struct {
	t *testing.T
	*Cloud
	ids map[string]string
}

func newWorld(t *testing.T, profile string, clk *clock) *world {
	t.Helper()
	return &world{t: t, Cloud: open(t, t.TempDir(), profile, clk), ids: map[string]string{}}
}

// spec reads "name Kind attribute=value …". A value with a $ is the ID of the
// resource of that name, and one with commas or a trailing comma is a list.
func (w *world) spec(line string) (name string, s Spec) {
	w.t.Helper()
	words := strings.Fields(line)
	s = Spec{Kind: Kind(words[1]), Name: words[0], Project: "p", Owner: Owner{Namespace: "team", Name: words[0], UID: "uid-" + words[0]}, Attributes: map[string]any{}}
	for _, w2 := range words[2:] {
		k, v, _ := strings.Cut(w2, "=")
		s.Attributes[k] = w.value(v)
	}
	return words[0], s
}

func (w *world) value(v string) any {
	if strings.Contains(v, ",") {
		var out []any
		for e := range strings.SplitSeq(strings.TrimSuffix(v, ","), ",") {
			out = append(out, w.value(e))
		}
		return out
	}
	if name, ok := strings.CutPrefix(v, "$"); ok {
		return w.ids[name]
	}
	var n float64
	if _, err := fmt.Sscanf(v, "%g", &n); err == nil && fmt.Sprint(n) == v {
		return n
	}
	return v
}

func (w *world) make(lines ...string) {
	w.t.Helper()
	for _, line := range lines {
		name, s := w.spec(line)
		r, err := w.Create(s)
		if err != nil {
			w.t.Fatalf("cannot make %q: %v", line, err)
		}
		w.ids[name] = r.ID
	}
}

func (w *world) kind(name string) Kind {
	w.t.Helper()
	for _, r := range w.List(Filter{}) {
		if r.ID == w.ids[name] && r.PartOf == "" {
			return r.Kind
		}
	}
	w.t.Fatalf("there is no %q", name)
	return ""
}

func (w *world) delete(name string) error {
	w.t.Helper()
	return w.Delete(w.kind(name), w.ids[name])
}

// hide puts names in place of IDs.
func (w *world) hide(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	for name, id := range w.ids {
		text = strings.ReplaceAll(text, id, "$"+name)
	}
	return text
}

// site is a network with a way out.
var site = []string{
	"net Network name=net",
	"sub Subnet networkId=$net cidr=10.0.0.0/24",
	"router Router externalNetworkId=public",
	"if RouterInterface routerId=$router subnetId=$sub",
}

func TestDelete(t *testing.T) {
	cases := map[string]struct {
		reason string
		make   []string
		delete string
		want   string
		code   int
	}{
		"NetworkAlone":          {"Nothing uses it.", []string{"net Network"}, "net", "", 0},
		"NetworkWithSubnet":     {"Neutron deletes subnets with their network.", site[:2], "net", "", 0},
		"NetworkWithInterface":  {"A router interface is a port in the network.", site, "net", "Unable to complete operation on network $net. There are one or more ports still in use on the network.", 409},
		"NetworkWithPort":       {"A port is enough.", append(site[:1:1], "p Port networkId=$net"), "net", "Unable to complete operation on network $net. There are one or more ports still in use on the network.", 409},
		"NetworkWithServer":     {"A server's ports count.", append(site[:2:2], "s Server networkIds=$net, image=i flavor=f"), "net", "Unable to complete operation on network $net. There are one or more ports still in use on the network.", 409},
		"NetworkOfShareNetwork": {"A share network without shares has no port.", append(site[:2:2], "sn ShareNetwork neutronNetId=$net neutronSubnetId=$sub"), "net", "", 0},
		"NetworkOfShare":        {"A share's server has a port.", append(site[:2:2], "sn ShareNetwork neutronNetId=$net neutronSubnetId=$sub", "sh Share shareNetworkId=$sn shareProto=NFS size=1"), "net", "Unable to complete operation on network $net. There are one or more ports still in use on the network.", 409},
		"SubnetWithInterface":   {"The interface has the gateway's address.", site, "sub", "Unable to complete operation on subnet $sub: One or more ports have an IP allocation from this subnet.", 409},
		"SubnetWithPort":        {"A port has an address without asking.", append(site[:2:2], "p Port networkId=$net"), "sub", "Unable to complete operation on subnet $sub: One or more ports have an IP allocation from this subnet.", 409},
		"SubnetWithBalancer":    {"The address of a load balancer is a port.", append(site[:2:2], "lb LoadBalancer vipSubnetId=$sub"), "sub", "Unable to complete operation on subnet $sub: One or more ports have an IP allocation from this subnet.", 409},
		"RouterWithInterface":   {"Interfaces are ports.", site, "router", "Router $router still has ports", 409},
		"RouterAlone":           {"Its gateway isn't in the way.", site[2:3], "router", "", 0},
		"InterfaceAlone":        {"Nothing needs it.", site, "if", "", 0},
		"InterfaceWithPort":     {"Ports without floating IPs don't need it.", append(site[:4:4], "p Port networkId=$net"), "if", "", 0},
		"InterfaceWithFloatingIP": {"A floating IP would lead nowhere.", append(site[:4:4], "p Port networkId=$net", "ip FloatingIP pool=public portId=$p"),
			"if", "Router interface $if cannot be deleted, as it is required by one or more floating IPs.", 409},
		"PortWithFloatingIP": {"Neutron takes the floating IP off.", append(site[:4:4], "p Port networkId=$net", "ip FloatingIP pool=public portId=$p"), "p", "", 0},
		"GroupOfPort":        {"Ports keep their groups.", append(site[:2:2], "g SecurityGroup name=g", "p Port networkId=$net securityGroupIds=$g,"), "g", "Security Group $g in use.", 409},
		"GroupOfServer":      {"Servers too.", append(site[:2:2], "g SecurityGroup name=g", "s Server networkIds=$net, image=i flavor=f securityGroupIds=$g,"), "g", "Security Group $g in use.", 409},
		"GroupWithRules":     {"Rules go with their group.", []string{"g SecurityGroup name=g", "r SecurityGroupRule securityGroupId=$g direction=ingress ethertype=IPv4"}, "g", "", 0},
		"GroupWithRuleOnItself": {"A rule that goes with the group doesn't keep it.", []string{"g SecurityGroup name=g", "r SecurityGroupRule securityGroupId=$g remoteGroupId=$g direction=ingress ethertype=IPv4"},
			"g", "", 0},
		"GroupNamedByOther": {"A rule of another group needs it.", []string{"g SecurityGroup name=g", "h SecurityGroup name=h", "r SecurityGroupRule securityGroupId=$h remoteGroupId=$g direction=ingress ethertype=IPv4"},
			"g", "Security Group $g in use.", 409},
		"ServerGroupWithServer": {"Nova doesn't mind.", append(site[:2:2], "sg ServerGroup name=sg", "s Server networkIds=$net, image=i flavor=f serverGroupId=$sg"), "sg", "", 0},
		"VolumeOfServer":        {"It's attached.", append(site[:2:2], "v Volume size=10", "s Server networkIds=$net, volumeIds=$v, flavor=f"), "v", "Invalid volume: Volume $v status must be available or error and must not be attached, have snapshots or be migrating.", 409},
		"ContainerWithObject":   {"Swift deletes empty containers only.", []string{"c Container name=bucket", "o Object containerName=bucket name=o"}, "c", "Container $c cannot be deleted: There was a conflict when trying to complete your request. The container is not empty.", 409},
		"ContainerEmpty":        {"It's empty.", []string{"c Container name=c"}, "c", "", 0},
		"ZoneWithRecords":       {"Records go with their zone.", []string{"z Zone name=a.org.", "r Recordset zoneId=$z name=x.a.org. type=A records=192.0.2.1,"}, "z", "", 0},
		"ShareNetworkWithShare": {"The share is served there.", []string{"sn ShareNetwork", "sh Share shareNetworkId=$sn shareProto=NFS size=1"}, "sn", "Cannot delete share network $sn. It is in use by one or more shares.", 409},
		"VolumeWithSnapshot":    {"Cinder deletes snapshots first.", []string{"v Volume size=10", "s VolumeSnapshot volumeId=$v name=s"}, "v", "Invalid volume: Volume $v status must be available or error and must not be attached, have snapshots or be migrating.", 409},
		"VolumeWithFile":        {"Data goes with its volume.", []string{"v Volume size=10", "f File volumeId=$v name=f content=c"}, "v", "", 0},
		"ShareWithSnapshot":     {"Manila deletes snapshots first, and forbids it otherwise.", []string{"sh Share shareProto=NFS size=1", "s ShareSnapshot shareId=$sh name=s"}, "sh", "Invalid share: Share $sh still has dependent snapshots.", 403},
		"ShareWithAccess":       {"Access goes with its share.", []string{"sh Share shareProto=NFS size=1", "a ShareAccess shareId=$sh accessType=ip accessTo=10.0.0.0/24 accessLevel=rw"}, "sh", "", 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Instant, newClock())
			w.make(tc.make...)
			kind := w.kind(tc.delete)
			err := w.delete(tc.delete)
			if diff := cmp.Diff(tc.want, w.hide(err)); diff != "" || Code(err) != tc.code {
				t.Errorf("%s\ncode %d, want %d; -want, +got:\n%s", tc.reason, Code(err), tc.code, diff)
			}
			if _, gone := w.Get(kind, w.ids[tc.delete]); IsNotFound(gone) != (tc.want == "") {
				t.Errorf("%s\nis it gone? %v", tc.reason, gone)
			}
		})
	}
}

func TestDeletePart(t *testing.T) {
	w := newWorld(t, Instant, newClock())
	w.make(site...)
	want := "Port $if cannot be deleted directly via the port API: has device owner network:router_interface."
	if got := w.hide(w.Delete(Port, w.ids["if"])); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCascade(t *testing.T) {
	w := newWorld(t, Instant, newClock())
	w.make(append(site[:4:4], "lb LoadBalancer vipSubnetId=$sub", "ip FloatingIP pool=public")...)
	for _, name := range []string{"lb", "if", "router", "net", "ip"} {
		if err := w.delete(name); err != nil {
			t.Fatalf("cannot delete %q: %v", name, err)
		}
	}
	if left := w.List(Filter{}); len(left) > 0 {
		t.Errorf("subnet and ports should have gone along, these are left: %v", left)
	}
	files, err := filepath.Glob(filepath.Join(w.store.dir, "resources", "*", "*"))
	if err != nil || len(files) > 0 {
		t.Errorf("files are left: %v, %v", files, err)
	}
	report, err := w.Report()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Counts{Creates: 1}, report.Kinds[Subnet], ignoreReads()); diff != "" {
		t.Errorf("nobody asked to delete the subnet: -want, +got:\n%s", diff)
	}
}

func ignoreReads() cmp.Option {
	return cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Reads" }, cmp.Ignore())
}

func TestUpdate(t *testing.T) {
	cases := map[string]struct {
		reason string
		make   []string
		update string
		with   string
		want   string
	}{
		"Description":  {"Attributes are merged.", site[:1], "net", "description=d", ""},
		"GrowVolume":   {"Volumes grow.", []string{"v Volume size=10"}, "v", "size=20", ""},
		"ShrinkVolume": {"And don't shrink.", []string{"v Volume size=10"}, "v", "size=5", "Invalid input received: New size for extend must be greater than current size. (current: 10, extended: 5)."},
		"GrowShare":    {"Shares grow.", []string{"s Share shareProto=NFS size=1", "f File shareId=$s name=f content=c"}, "s", "size=2", ""},
		"ShrinkEmpty":  {"Manila lets an empty share shrink.", []string{"s Share shareProto=NFS size=2"}, "s", "size=1", ""},
		"ShrinkShare": {"But not one with data.", []string{"s Share shareProto=NFS size=2", "f File shareId=$s name=f content=c"}, "s", "size=1",
			"Invalid share: Share $s cannot be shrunk: its status would be shrinking_possible_data_loss_error."},
		"Overwrite":     {"A file takes other content.", []string{"v Volume size=1", "f File volumeId=$v name=f content=c"}, "f", "content=d", ""},
		"OfferedTarget": {"What the operator offers is there.", site, "router", "externalNetworkId=other", ""},
		"MoveFloatingIP": {"It has to be reachable.", append(site[:3:3], "p Port networkId=$net", "ip FloatingIP pool=public"), "ip", "portId=$p",
			"External network public is not reachable from subnet $sub. Therefore, cannot associate Port $p with a Floating IP."},
		"MissingPort": {"There must be a port.", append(site[:4:4], "ip FloatingIP pool=public"), "ip", "portId=none", "Port none could not be found."},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Instant, newClock())
			w.make(tc.make...)
			_, s := w.spec("x X " + tc.with)
			_, err := w.Update(w.kind(tc.update), w.ids[tc.update], s.Attributes)
			if diff := cmp.Diff(tc.want, w.hide(err)); diff != "" {
				t.Errorf("%s -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestUpdateRemoves(t *testing.T) {
	w := newWorld(t, Instant, newClock())
	w.make(append(site[:4:4], "p Port networkId=$net", "ip FloatingIP pool=public portId=$p")...)
	r, err := w.Update(FloatingIP, w.ids["ip"], map[string]any{"portId": nil})
	if err != nil {
		t.Fatal(err)
	}
	if r.Text("portId")+r.Text("fixedIp") != "" {
		t.Errorf("the floating IP still leads to %q at %q", r.Text("portId"), r.Text("fixedIp"))
	}
	if err := w.delete("if"); err != nil {
		t.Errorf("nothing needs the interface any more: %v", err)
	}
}

func TestAssigned(t *testing.T) {
	w := newWorld(t, Instant, newClock())
	w.make(append(site[:4:4],
		"sub6 Subnet networkId=$net cidr=fd00::/64",
		"s Server networkIds=$net, image=i flavor=f",
		"lb LoadBalancer vipSubnetId=$sub",
		"ip FloatingIP pool=public")...)
	lb, err := w.Get(LoadBalancer, w.ids["lb"])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Update(FloatingIP, w.ids["ip"], map[string]any{"portId": lb.Text("vipPortId")}); err != nil {
		t.Fatal(err)
	}
	got := map[string]any{}
	for name, attributes := range map[string][]string{
		"sub":  {"gatewayIp", "ipVersion", "allocationPool"},
		"sub6": {"gatewayIp", "ipVersion"},
		"s":    {"accessIpV4"},
		"lb":   {"vipAddress", "vipNetworkId", "loadbalancerProvider", "tenantId"},
		"ip":   {"fixedIp"},
	} {
		r, err := w.Get(w.kind(name), w.ids[name])
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range attributes {
			got[name+"."+a] = r.Attributes[a]
		}
	}
	want := map[string]any{
		"sub.gatewayIp": "10.0.0.1", "sub.ipVersion": 4.0, "sub6.gatewayIp": "fd00::1", "sub6.ipVersion": 6.0,
		"sub.allocationPool": []any{map[string]any{"start": "10.0.0.2", "end": "10.0.0.254"}},
		"s.accessIpV4":       "10.0.0.2", "lb.vipAddress": "10.0.0.3", "ip.fixedIp": "10.0.0.3",
		"lb.vipNetworkId": w.ids["net"], "lb.loadbalancerProvider": "ovn", "lb.tenantId": "p",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
	if !strings.Contains(w.ids["net"], "-4") || len(w.ids["net"]) != 36 {
		t.Errorf("%q doesn't look like a UUID", w.ids["net"])
	}
}

func TestSubnetFull(t *testing.T) {
	w := newWorld(t, Instant, newClock())
	w.make("net Network", "sub Subnet networkId=$net cidr=10.0.0.0/29", "p1 Port networkId=$net", "p2 Port networkId=$net", "p3 Port networkId=$net", "p4 Port networkId=$net", "p5 Port networkId=$net")
	_, s := w.spec("p6 Port networkId=$net")
	_, err := w.Create(s)
	if want := "No more IP addresses available on network $net."; w.hide(err) != want {
		t.Errorf("got %q, want %q", w.hide(err), want)
	}
}

func TestSecrets(t *testing.T) {
	dir, clk := t.TempDir(), newClock()
	c := open(t, dir, Instant, clk)
	r, err := c.Create(Spec{Kind: ApplicationCredential, Attributes: map[string]any{"name": "c"}})
	if err != nil {
		t.Fatal(err)
	}
	secret := c.Secrets(ApplicationCredential, r.ID)["secret"]
	if len(secret) < 32 || len(r.ID) != 32 {
		t.Fatalf("id %q and secret of length %d don't look like Keystone's", r.ID, len(secret))
	}
	journal, err := os.ReadFile(filepath.Join(dir, "events.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	if s := string(journal) + fmt.Sprint(r, c.List(Filter{}), c.Events(0)); strings.Contains(s, secret) {
		t.Error("the secret shows")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if again := open(t, dir, Instant, clk).Secrets(ApplicationCredential, r.ID)["secret"]; again != secret {
		t.Error("the secret isn't the same after a restart")
	}
	mine, err := open(t, t.TempDir(), Instant, clk).Create(Spec{Kind: ApplicationCredential, Attributes: map[string]any{"name": "c"}, Secrets: map[string]string{"secret": "mine"}})
	if err != nil || mine.Name != "c" {
		t.Errorf("got %v, %v", mine, err)
	}
}
