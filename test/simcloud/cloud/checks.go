package cloud

import (
	"net/http"
	"net/netip"
	"slices"
)

func checkSubnet(c *Cloud, _, r *record) error {
	prefix, err := netip.ParsePrefix(r.Text("cidr"))
	if err != nil {
		return badRequest("Invalid input for cidr. Reason: '%s' is not a valid IP subnet.", r.Text("cidr"))
	}
	for _, other := range c.subnets(r.Text("networkId")) {
		if p, err := netip.ParsePrefix(other.Text("cidr")); err == nil && other.ID != r.ID && p.Overlaps(prefix) {
			return badRequest("Invalid input for operation: Requested subnet with cidr: %s for network: %s overlaps with another subnet.", prefix, r.Text("networkId"))
		}
	}
	return nil
}

func assignSubnet(c *Cloud, r *record) error {
	prefix := netip.MustParsePrefix(r.Text("cidr")).Masked()
	version := 4.0
	if prefix.Addr().Is6() {
		version = 6
	}
	gateway := prefix.Addr().Next()
	r.set("ipVersion", version)
	r.set("enableDhcp", true)
	if r.Attributes["noGateway"] != true {
		r.set("gatewayIp", gateway.String())
	}
	r.set("allocationPool", []any{map[string]any{"start": gateway.Next().String(), "end": last(prefix).String()}})
	return assignTenant(c, r)
}

// last returns the last address of a prefix that a host may have.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(b)
	if a.Is4() {
		return a.Prev()
	}
	return a
}

func checkInterface(c *Cloud, _, r *record) error {
	if r.Text("subnetId") == "" && r.Text("portId") == "" {
		return badRequest("Bad router request: Either subnet_id or port_id must be specified.")
	}
	subnet := c.find(Subnet, r.Text("subnetId"))
	if subnet == nil {
		return nil
	}
	for _, other := range c.records[RouterInterface] {
		if other.ID == r.ID || other.Text("routerId") != r.Text("routerId") || other.dying() {
			continue
		}
		if other.Text("subnetId") == subnet.ID {
			return badRequest("Bad router request: Router already has a port on subnet %s.", subnet.ID)
		}
		if s := c.find(Subnet, other.Text("subnetId")); s != nil && overlap(s.Text("cidr"), subnet.Text("cidr")) {
			return badRequest("Bad router request: Cidr %s of subnet %s overlaps with cidr %s of subnet %s.", subnet.Text("cidr"), subnet.ID, s.Text("cidr"), s.ID)
		}
	}
	return nil
}

func overlap(a, b string) bool {
	p, err := netip.ParsePrefix(a)
	if err != nil {
		return false
	}
	q, err := netip.ParsePrefix(b)
	return err == nil && p.Overlaps(q)
}

// ruleFields are what makes two rules of a security group the same.
var ruleFields = []string{"securityGroupId", "direction", "ethertype", "protocol", "portRangeMin", "portRangeMax", "remoteGroupId", "remoteIpPrefix"}

func checkRule(c *Cloud, _, r *record) error {
	for _, other := range c.records[SecurityGroupRule] {
		if other.ID == r.ID || other.dying() {
			continue
		}
		differ := slices.ContainsFunc(ruleFields, func(f string) bool { return !same(other.Attributes[f], r.Attributes[f]) })
		if !differ {
			return conflict("Security group rule already exists. Rule id is %s.", other.ID)
		}
	}
	return nil
}

func checkFloatingIP(c *Cloud, old, r *record) error {
	id := r.Text("portId")
	if old != nil && old.Text("portId") != id {
		defer c.associate(r)
	}
	port := c.find(Port, id)
	if port == nil {
		return nil
	}
	for _, other := range c.records[FloatingIP] {
		if other.ID != r.ID && other.Text("portId") == id && !other.dying() {
			return conflict("Cannot associate floating IP %s with port %s using fixed IP %s, as that fixed IP already has a floating IP on external network %s.", r.Text("address"), id, other.Text("fixedIp"), other.Text("pool"))
		}
	}
	for _, subnet := range port.Keeps {
		if !c.routed(subnet) {
			return refuse(http.StatusNotFound, "External network %s is not reachable from subnet %s. Therefore, cannot associate Port %s with a Floating IP.", r.Text("pool"), subnet, id)
		}
	}
	return nil
}

// routed tells whether a router leads from a subnet to an external network.
func (c *Cloud) routed(subnet string) bool {
	for _, i := range c.records[RouterInterface] {
		router := c.find(Router, i.Text("routerId"))
		if i.Text("subnetId") == subnet && !i.dying() && router != nil && router.Text("externalNetworkId") != "" {
			return true
		}
	}
	return false
}

// floatingIPsBehind returns the floating IPs that lead to ports in the subnet of
// a router interface.
func floatingIPsBehind(c *Cloud, r *record) []*record {
	var out []*record
	for _, f := range c.records[FloatingIP] {
		port := c.find(Port, f.Text("portId"))
		if port != nil && port.PartOf != r.ID && slices.Contains(port.Keeps, r.Text("subnetId")) {
			out = append(out, f)
		}
	}
	return out
}

func checkLoadBalancer(_ *Cloud, _, r *record) error {
	if r.Text("vipSubnetId")+r.Text("vipNetworkId")+r.Text("vipPortId") == "" {
		return badRequest("Validation failure: VIP must contain one of: vip_port_id, vip_network_id, vip_subnet_id.")
	}
	return nil
}

func checkServer(_ *Cloud, _, r *record) error {
	if len(r.Texts("networkIds"))+len(r.Texts("portIds")) == 0 {
		return badRequest("Invalid input for field/attribute networks. At least one network or port is needed.")
	}
	if r.Text("image") == "" && len(r.Texts("volumeIds")) == 0 {
		return badRequest("Block Device Mapping is Invalid: You must specify images or block devices to boot from.")
	}
	return nil
}
