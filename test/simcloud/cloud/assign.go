package cloud

import (
	"fmt"
	"slices"
)

// What the services choose when something is created. Names are those of the
// provider's status.atProvider, so that it shows them as they are.

func assignTenant(_ *Cloud, r *record) error {
	if r.Project != "" {
		r.set("tenantId", r.Project)
	}
	return nil
}

func assignProject(r *record) {
	if r.Project != "" {
		r.set("projectId", r.Project)
	}
}

func assignNetwork(c *Cloud, r *record) error {
	r.set("adminStateUp", true)
	r.set("external", false)
	r.set("mtu", 1442.0)
	r.set("portSecurityEnabled", true)
	r.set("shared", false)
	return assignTenant(c, r)
}

func assignRouter(c *Cloud, r *record) error {
	r.set("adminStateUp", true)
	r.set("distributed", false)
	if r.Text("externalNetworkId") != "" {
		r.set("enableSnat", true)
		r.set("externalFixedIp", []any{map[string]any{"ipAddress": c.publicAddress(), "subnetId": newID(uuid, "", c.rand)}})
	}
	return assignTenant(c, r)
}

func assignInterface(_ *Cloud, r *record) error {
	r.set("portId", r.ID)
	return nil
}

func assignGroup(c *Cloud, r *record) error {
	r.set("stateful", true)
	return assignTenant(c, r)
}

func assignFloatingIP(c *Cloud, r *record) error {
	r.set("address", c.publicAddress())
	c.associate(r)
	return assignTenant(c, r)
}

// associate sets the fixed address that a floating IP leads to.
func (c *Cloud) associate(r *record) {
	var ips []string
	if port := c.find(Port, r.Text("portId")); port != nil {
		ips = port.Texts("allFixedIps")
	}
	switch {
	case slices.Contains(ips, r.Text("fixedIp")): // asked for
	case len(ips) > 0:
		r.Attributes["fixedIp"] = ips[0]
	default:
		delete(r.Attributes, "fixedIp")
	}
}

func assignLoadBalancer(c *Cloud, r *record) error {
	r.set("adminStateUp", true)
	r.set("loadbalancerProvider", "ovn")
	return assignTenant(c, r)
}

func assignServer(_ *Cloud, r *record) error {
	r.set("powerState", "active")
	return nil
}

func assignServerGroup(_ *Cloud, r *record) error {
	r.set("members", []any{})
	return nil
}

func assignVolume(_ *Cloud, r *record) error {
	r.set("availabilityZone", "nova")
	r.set("volumeType", "__DEFAULT__")
	r.set("attachment", []any{})
	return nil
}

func assignApplicationCredential(c *Cloud, r *record) error {
	assignProject(r)
	r.set("roles", list("load-balancer_member", "member", "reader"))
	r.secret("secret", randomHex(c.rand)+randomHex(c.rand))
	return nil
}

func assignEC2Credential(c *Cloud, r *record) error {
	assignProject(r)
	r.set("access", r.ID)
	r.set("userId", randomHex(c.rand))
	r.secret("secret", randomHex(c.rand))
	return nil
}

func assignContainer(_ *Cloud, r *record) error {
	r.set("storagePolicy", "default-placement")
	return nil
}

func assignZone(_ *Cloud, r *record) error {
	r.set("ttl", 3600.0)
	r.set("type", "PRIMARY")
	assignProject(r)
	return nil
}

func assignRecordset(_ *Cloud, r *record) error {
	r.set("ttl", 3600.0)
	r.set("type", "A")
	assignProject(r)
	return nil
}

func assignShareNetwork(c *Cloud, r *record) error {
	if subnet := c.find(Subnet, r.Text("neutronSubnetId")); subnet != nil {
		r.set("cidr", subnet.Text("cidr"))
		r.set("ipVersion", subnet.Attributes["ipVersion"])
	}
	r.set("networkType", "geneve")
	r.set("segmentationId", float64(1+c.rand.IntN(65535)))
	assignProject(r)
	return nil
}

func assignShare(c *Cloud, r *record) error {
	r.set("availabilityZone", "nova")
	r.set("shareType", "default")
	r.set("hasReplicas", false)
	r.set("host", "manila@"+"cephfs#pool")
	r.set("shareServerId", newID(uuid, "", c.rand))
	path := fmt.Sprintf("%s:/volumes/_nogroup/%s", "192.0.2.20", r.ID)
	r.set("exportLocations", []any{map[string]any{"path": path, "preferred": "true"}})
	assignProject(r)
	return nil
}

func assignShareAccess(c *Cloud, r *record) error {
	r.set("state", "active")
	if r.Text("accessType") == "cephx" {
		r.secret("access_key", randomHex(c.rand))
	}
	return nil
}

// secret sets a secret unless the owner brought it along.
func (r *record) secret(name, value string) {
	if r.Secrets == nil {
		r.Secrets = map[string]string{}
	}
	if r.Secrets[name] == "" {
		r.Secrets[name] = value
	}
}

// derived are attributes that repeat others, as the services answer them.
var derived = map[Kind]map[string]string{
	Network:       {"allTags": "tags"},
	Subnet:        {"allTags": "tags"},
	Router:        {"allTags": "tags"},
	SecurityGroup: {"allTags": "tags"},
	Port:          {"allTags": "tags", "allSecurityGroupIds": "securityGroupIds"},
	FloatingIP:    {"allTags": "tags"},
	Share:         {"allMetadata": "metadata"},
}

func derive(r *record) {
	for to, from := range derived[r.Kind] {
		if v, ok := r.Attributes[from]; ok {
			r.Attributes[to] = clone(v)
			continue
		}
		delete(r.Attributes, to)
	}
}
