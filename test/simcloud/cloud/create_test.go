package cloud

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCreate(t *testing.T) {
	cases := map[string]struct {
		reason string
		make   []string
		create string
		want   string
		code   int
	}{
		"Unknown":                {"There is no such kind.", nil, "x Thing", `cannot create a "Thing": the cloud knows no such kind`, 0},
		"SubnetFirst":            {"A subnet needs its network.", nil, "x Subnet networkId=none cidr=10.0.0.0/24", "Network none could not be found.", 404},
		"SubnetOfNothing":        {"A subnet must name a network.", nil, "x Subnet cidr=10.0.0.0/24", "Invalid input for attribute networkId. Reason: it is required.", 400},
		"SubnetOfJunk":           {"The range must be one.", site[:1], "x Subnet networkId=$net cidr=ten", "Invalid input for cidr. Reason: 'ten' is not a valid IP subnet.", 400},
		"SubnetOverlaps":         {"Ranges of a network don't overlap.", site[:2], "x Subnet networkId=$net cidr=10.0.0.128/25", "Invalid input for operation: Requested subnet with cidr: 10.0.0.128/25 for network: $net overlaps with another subnet.", 400},
		"InterfaceFirst":         {"An interface needs its router.", site[:2], "x RouterInterface routerId=none subnetId=$sub", "Router none could not be found.", 404},
		"InterfaceWithoutSubnet": {"And its subnet.", site[2:3], "x RouterInterface routerId=$router subnetId=none", "Subnet none could not be found.", 404},
		"InterfaceOfNothing":     {"One of two must be named.", site[2:3], "x RouterInterface routerId=$router", "Bad router request: Either subnet_id or port_id must be specified.", 400},
		"InterfaceTwice":         {"One is enough.", site, "x RouterInterface routerId=$router subnetId=$sub", "Bad router request: Router already has a port on subnet $sub.", 400},
		"InterfaceOverlaps": {"A router can't tell equal ranges apart.", append(site[:4:4], "net2 Network", "sub2 Subnet networkId=$net2 cidr=10.0.0.0/16"),
			"x RouterInterface routerId=$router subnetId=$sub2", "Bad router request: Cidr 10.0.0.0/16 of subnet $sub2 overlaps with cidr 10.0.0.0/24 of subnet $sub.", 400},
		"RuleFirst":        {"A rule needs its group.", nil, "x SecurityGroupRule securityGroupId=none direction=ingress ethertype=IPv4", "Security group none could not be found.", 404},
		"RuleTwice":        {"Equal rules are refused.", []string{"g SecurityGroup name=g", "r SecurityGroupRule securityGroupId=$g direction=ingress ethertype=IPv4"}, "x SecurityGroupRule securityGroupId=$g direction=ingress ethertype=IPv4", "Security group rule already exists. Rule id is $r.", 409},
		"RuleOther":        {"Others aren't.", []string{"g SecurityGroup name=g", "r SecurityGroupRule securityGroupId=$g direction=ingress ethertype=IPv4"}, "x SecurityGroupRule securityGroupId=$g direction=egress ethertype=IPv4", "", 0},
		"ServerFirst":      {"A server needs its network.", nil, "x Server networkIds=none, image=i flavor=f", "Network none could not be found.", 404},
		"ServerAlone":      {"A server needs some network.", nil, "x Server image=ubuntu flavor=small", "Invalid input for field/attribute networks. At least one network or port is needed.", 400},
		"ServerFlavor":     {"Only what is offered.", site[:2], "x Server networkIds=$net, image=ubuntu flavor=huge", "Flavor huge could not be found.", 400},
		"ServerImage":      {"Only what is offered.", site[:2], "x Server networkIds=$net, image=beos flavor=small", "Can not find requested image beos", 400},
		"ServerOwnImage":   {"Or was uploaded.", append(site[:2:2], "beos Image"), "x Server networkIds=$net, image=beos flavor=small", "", 0},
		"ServerNoDisk":     {"Something must be booted.", site[:2], "x Server networkIds=$net, flavor=small", "Block Device Mapping is Invalid: You must specify images or block devices to boot from.", 400},
		"ServerFromVolume": {"A volume will do.", append(site[:2:2], "v Volume size=1"), "x Server networkIds=$net, flavor=small volumeIds=$v,", "", 0},
		"RouterExternal":   {"Only what is offered.", nil, "x Router externalNetworkId=moon", "External network moon could not be found.", 404},
		"RouterByName":     {"Routers want IDs, but floating IPs take names.", nil, "x FloatingIP pool=public", "", 0},
		"CredentialTwice":  {"Names are unique in a project.", []string{"c ApplicationCredential name=c"}, "x ApplicationCredential name=c", "Conflict occurred attempting to store application_credential - Duplicate entry found with name c.", 409},
		"ContainerTwice":   {"Swift's PUT takes what is there.", []string{"c Container name=bucket"}, "x Container name=bucket", "", 0},
		"ZoneWithoutDot":   {"Names are absolute.", nil, "x Zone name=a.org", "Provided object does not match schema: 'a.org' is not a 'domainname'", 400},
		"ZoneTwice":        {"Zones are unique.", []string{"z Zone name=a.org."}, "x Zone name=a.org.", "Duplicate Zone a.org.", 409},
		"RecordElsewhere":  {"A name must be in its zone.", []string{"z Zone name=a.org."}, "x Recordset zoneId=$z name=x.b.org. records=192.0.2.1, type=A", "RecordSet is not contained within it's parent zone", 400},
		"RecordOtherType":  {"One name has A and AAAA.", []string{"z Zone name=a.org.", "r Recordset zoneId=$z name=x.a.org. records=192.0.2.1, type=A"}, "x Recordset zoneId=$z name=x.a.org. records=2001:db8::1, type=AAAA", "", 0},
		"RecordIsAlias":    {"An alias stands alone.", []string{"z Zone name=a.org.", "r Recordset zoneId=$z name=x.a.org. records=192.0.2.1, type=A"}, "x Recordset zoneId=$z name=x.a.org. records=b.org., type=CNAME", "CNAME recordsets may not share a name with any other records", 400},
		"RecordOfJunk":     {"An A record is an address.", []string{"z Zone name=a.org."}, "x Recordset zoneId=$z name=x.a.org. records=pending, type=A", "Provided object does not match schema: 'pending' is not a 'ipv4'", 400},
		"FileNowhere":      {"A file is somewhere.", nil, "x File name=f", "A file must be somewhere: give it one of volumeId, shareId, volumeSnapshotId, shareSnapshotId.", 400},
		"FileTwice":        {"Names are unique in a volume.", []string{"v Volume size=1", "f File volumeId=$v name=f"}, "x File volumeId=$v name=f", "File f already exists there.", 409},
		"FileInTwo":        {"A file is in one place.", []string{"v Volume size=1", "s Share shareProto=NFS size=1"}, "x File volumeId=$v shareId=$s name=f", "A file is in one place, not by both volumeId and shareId.", 400},
		"FileOfOther":      {"Another volume has its own files.", []string{"v Volume size=1", "w Volume size=1", "f File volumeId=$v name=f"}, "x File volumeId=$w name=f", "", 0},
		"RecordTwice":      {"Recordsets are unique.", []string{"z Zone name=a.org.", "r Recordset zoneId=$z name=x.a.org. records=192.0.2.1, type=A"}, "x Recordset zoneId=$z name=x.a.org. records=192.0.2.2, type=A", "Duplicate RecordSet x.a.org.", 409},
		"BalancerNowhere":  {"An address must come from somewhere.", nil, "x LoadBalancer name=lb", "Validation failure: VIP must contain one of: vip_port_id, vip_network_id, vip_subnet_id.", 400},
		"FloatingIPBusy":   {"A port has one floating IP.", append(site[:4:4], "p Port networkId=$net", "ip FloatingIP pool=public portId=$p address=198.18.9.9"), "x FloatingIP pool=public portId=$p address=198.18.9.8", "Cannot associate floating IP 198.18.9.8 with port $p using fixed IP 10.0.0.2, as that fixed IP already has a floating IP on external network public.", 409},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Instant, newClock())
			w.catalogue = Catalogue{
				Networks: []Offer{{Name: "public"}}, Flavors: []Offer{{Name: "small"}}, Images: []Offer{{Name: "ubuntu"}},
			}
			w.make(tc.make...)
			_, s := w.spec(tc.create)
			_, err := w.Create(s)
			if diff := cmp.Diff(tc.want, w.hide(err)); diff != "" || Code(err) != tc.code {
				t.Errorf("%s\ncode %d, want %d; -want, +got:\n%s", tc.reason, Code(err), tc.code, diff)
			}
		})
	}
}

func TestEnsure(t *testing.T) {
	w := newWorld(t, Real, newClock())
	s := Spec{Kind: Network, ID: "7b5e4f2a-0c7e-4d79-9f2a-5f0a6b2c3d4e", Attributes: map[string]any{"name": "plant"}}
	for range 2 {
		r, err := w.Ensure(s)
		if err != nil || r.ID != s.ID || r.Name != "plant" || r.State != Active {
			t.Errorf("got %v, %v", r, err)
		}
	}
	if n := len(w.List(Filter{Kind: Network})); n != 1 {
		t.Errorf("there are %d networks", n)
	}
}

func TestCatalogue(t *testing.T) {
	c := &Cloud{catalogue: Catalogue{Zones: []string{"a", "b"}, Networks: []Offer{{ID: "u", Name: "public"}}}}
	if diff := cmp.Diff([]string{"a", "b"}, c.Zones()); diff != "" {
		t.Error(diff)
	}
	if got := c.ExternalNetworkName("u") + " " + c.ExternalNetworkName("v"); got != "public v" {
		t.Errorf("got %q", got)
	}
	if diff := cmp.Diff([]string{"nova"}, (&Cloud{}).Zones()); diff != "" {
		t.Error(diff)
	}
}

// A container that was kept is that of who asks for it next, with what is in it.
func TestContainerAgain(t *testing.T) {
	w := newWorld(t, Instant, newClock())
	c := w.Cloud
	first, err := c.Create(Spec{Kind: Container, Name: "bucket", Project: "p", Owner: Owner{Name: "a", UID: "1"}, Attributes: map[string]any{"name": "bucket"}})
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Create(Spec{Kind: Container, Name: "bucket", Project: "p", Owner: Owner{Name: "b", UID: "2"}, Attributes: map[string]any{"name": "bucket", "metadata": map[string]any{"of": "b"}}})
	if err != nil || again.ID != first.ID || again.Owner.UID != "2" || again.Created != first.Created {
		t.Errorf("got %+v (error %v), want %+v of the other owner", again, err, first)
	}
	if _, err := c.Create(Spec{Kind: Container, Name: "bucket", Project: "other", Attributes: map[string]any{"name": "bucket"}}); err == nil {
		t.Error("another project gets it too")
	}
}
