package cloud

import (
	"fmt"
	"net/netip"
	"slices"
)

// Ports are what ties everything to networks: a router interface, a load
// balancer, a server and a share each bring their own, and it's the port that
// keeps network and subnet.

const (
	interfaceOwner = "network:router_interface"
	balancerOwner  = "Octavia"
	serverOwner    = "compute:nova"
	shareOwner     = "manila:share"
)

// part returns a port that belongs to r.
func (c *Cloud) part(r *record, id, deviceOwner, deviceID string, attributes map[string]any) (*record, error) {
	if id == "" {
		id = newID(uuid, "", c.rand)
	}
	attributes["deviceOwner"], attributes["deviceId"] = deviceOwner, deviceID
	p := &record{Resource: Resource{
		Kind: Port, ID: id, Name: r.Name, Project: r.Project, Owner: r.Owner, PartOf: r.ID,
		Attributes: attributes, Created: r.Created, ActiveAt: r.Created,
	}}
	return p, assignPort(c, p)
}

func interfacePort(c *Cloud, r *record) ([]*record, error) {
	subnet := c.find(Subnet, r.Text("subnetId"))
	if subnet == nil {
		return nil, nil // the port exists already, and stays
	}
	p, err := c.part(r, r.ID, interfaceOwner, r.Text("routerId"), map[string]any{
		"networkId": subnet.Text("networkId"),
		"fixedIp":   []any{map[string]any{"subnetId": subnet.ID, "ipAddress": subnet.Text("gatewayIp")}},
	})
	return []*record{p}, err
}

func loadBalancerPort(c *Cloud, r *record) ([]*record, error) {
	if port := c.find(Port, r.Text("vipPortId")); port != nil {
		setVIP(r, port)
		return nil, nil
	}
	attributes := map[string]any{"networkId": r.Text("vipNetworkId")}
	if subnet := c.find(Subnet, r.Text("vipSubnetId")); subnet != nil {
		fixed := map[string]any{"subnetId": subnet.ID}
		if ip := r.Text("vipAddress"); ip != "" {
			fixed["ipAddress"] = ip
		}
		attributes["networkId"], attributes["fixedIp"] = subnet.Text("networkId"), []any{fixed}
	}
	p, err := c.part(r, "", balancerOwner, "lb-"+r.ID, attributes)
	if err != nil {
		return nil, err
	}
	setVIP(r, p)
	return []*record{p}, nil
}

// setVIP writes down where a load balancer's address is.
func setVIP(r, port *record) {
	r.set("vipPortId", port.ID)
	r.set("vipNetworkId", port.Text("networkId"))
	if ips := port.Texts("allFixedIps"); len(ips) > 0 {
		r.set("vipAddress", ips[0])
	}
	if len(port.Keeps) > 0 {
		r.set("vipSubnetId", port.Keeps[0])
	}
}

func serverPorts(c *Cloud, r *record) ([]*record, error) {
	var parts []*record
	for _, network := range r.Texts("networkIds") {
		attributes := map[string]any{"networkId": network}
		if groups := r.Attributes["securityGroupIds"]; groups != nil {
			attributes["securityGroupIds"] = clone(groups)
		}
		p, err := c.part(r, "", serverOwner, r.ID, attributes)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	var ips []string
	for _, id := range r.Texts("portIds") {
		ips = append(ips, c.find(Port, id).Texts("allFixedIps")...)
	}
	for _, p := range parts {
		ips = append(ips, p.Texts("allFixedIps")...)
	}
	if len(ips) > 0 {
		r.set("accessIpV4", ips[0])
	}
	return parts, nil
}

func sharePort(c *Cloud, r *record) ([]*record, error) {
	network := c.find(ShareNetwork, r.Text("shareNetworkId"))
	if network == nil || network.Text("neutronNetId") == "" {
		return nil, nil
	}
	attributes := map[string]any{"networkId": network.Text("neutronNetId")}
	if subnet := network.Text("neutronSubnetId"); subnet != "" {
		attributes["fixedIp"] = []any{map[string]any{"subnetId": subnet}}
	}
	p, err := c.part(r, "", shareOwner, r.ID, attributes)
	return []*record{p}, err
}

// checkPort gives a port new addresses when it asks for others.
func checkPort(c *Cloud, old, r *record) error {
	if old == nil || same(old.Attributes["fixedIp"], r.Attributes["fixedIp"]) {
		return nil
	}
	r.Keeps = nil
	return assignPort(c, r)
}

// assignPort gives a port its addresses: those that it asks for, or one of the
// first subnet of each address family.
func assignPort(c *Cloud, r *record) error {
	if err := assignTenant(c, r); err != nil {
		return err
	}
	r.set("adminStateUp", true)
	r.set("macAddress", randomMAC(c.rand))
	r.set("portSecurityEnabled", true)
	ips := []any{}
	for _, want := range c.wanted(r) {
		ip := want.address
		if ip == "" {
			var err error
			if ip, err = c.address(r.Text("networkId"), want.subnet); err != nil {
				return err
			}
		}
		ips = append(ips, ip)
		if !slices.Contains(r.Keeps, want.subnet.ID) {
			r.Keeps = append(r.Keeps, want.subnet.ID)
		}
	}
	r.Attributes["allFixedIps"] = ips
	derive(r)
	return nil
}

// wish is an address in a subnet, any when it's "".
type wish struct {
	subnet  *record
	address string
}

func (c *Cloud) wanted(r *record) []wish {
	var out []wish
	fixed, _ := r.Attributes["fixedIp"].([]any)
	for _, f := range fixed {
		m, _ := f.(map[string]any)
		id, _ := m["subnetId"].(string)
		ip, _ := m["ipAddress"].(string)
		if subnet := c.find(Subnet, id); subnet != nil {
			out = append(out, wish{subnet, ip})
		}
	}
	if len(out) > 0 || r.Attributes["noFixedIp"] == true {
		return out
	}
	families := map[float64]bool{}
	for _, subnet := range c.subnets(r.Text("networkId")) {
		if v := number(subnet.Attributes["ipVersion"]); !families[v] {
			families[v] = true
			out = append(out, wish{subnet: subnet})
		}
	}
	return out
}

// subnets returns the subnets of a network, oldest first.
func (c *Cloud) subnets(network string) []*record {
	var out []*record
	for _, s := range c.records[Subnet] {
		if s.Text("networkId") == network && !s.dying() {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, oldestFirst)
	return out
}

// address returns the lowest free address of a subnet.
func (c *Cloud) address(network string, subnet *record) (string, error) {
	prefix, err := netip.ParsePrefix(subnet.Text("cidr"))
	if err != nil {
		return "", badRequest("%s", err.Error())
	}
	used := map[string]bool{subnet.Text("gatewayIp"): true}
	for _, p := range c.records[Port] {
		if p.Text("networkId") == network {
			for _, ip := range p.Texts("allFixedIps") {
				used[ip] = true
			}
		}
	}
	for ip := prefix.Masked().Addr().Next(); prefix.Contains(ip); ip = ip.Next() {
		if !used[ip.String()] && (!ip.Is4() || prefix.Contains(ip.Next())) { // the last one is for broadcasts
			return ip.String(), nil
		}
	}
	return "", conflict("No more IP addresses available on network %s.", network)
}

// publicAddress returns an address that nothing has, in the range that RFC 2544
// keeps for laboratories.
func (c *Cloud) publicAddress() string {
	for {
		n := 256 + c.rand.IntN(1<<17-512)
		ip := fmt.Sprintf("198.%d.%d.%d", 18+n>>16, byte(n>>8), byte(n))
		if !c.public[ip] {
			c.public[ip] = true
			return ip
		}
	}
}
