package openstack

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/skerry-dev/skerry/test/simcloud/cloud"
)

const (
	rootGroup = "openstack.m.crossplane.io"
	version   = "v1alpha1"
)

// A kind is a kind of managed resource. Its fields are those of
// provider-openstack v0.9.0, whose CRDs the tests compare them with.
type kind struct {
	group, kind string
	// of is what it manages in the cloud.
	of cloud.Kind
	// terraform is the name in messages.
	terraform string
	// refs are the fields that a reference or a selector can set.
	refs []ref
	// fixed are the fields whose change would replace the resource, so that the
	// provider refuses it.
	fixed []string
	// late are the fields that the provider writes into the spec, once, when the
	// service has chosen them: Terraform calls them optional and computed.
	late []string
	// details are the connection details, and the cloud's secrets that they hold.
	details map[string]string
	// secretRefs are fields that name a key of a Secret, and the secrets for the
	// cloud that are there.
	secretRefs map[string]string
	// under is the field whose value comes first in the external name, with a slash
	// after it.
	under string
}

// A ref is a field <field>Ref or <field>Selector that sets <field>, or the
// same in each item of a list.
type ref struct {
	list  string
	field string
	to    string // kind
}

func (k *kind) gvk() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: k.group + "." + rootGroup, Version: version, Kind: k.kind}
}

const (
	blockStorage  = "blockstorage"
	compute       = "compute"
	dns           = "dns"
	identity      = "identity"
	lb            = "lb"
	networking    = "networking"
	objectStorage = "objectstorage"
	sharedFiles   = "sharedfilesystem"
)

// kinds are all the kinds that this provider has: what Skerry composes, and
// what belongs to that.
var kinds = []*kind{
	{
		group: networking, kind: "NetworkV2", of: cloud.Network, terraform: "openstack_networking_network_v2",
		fixed: []string{"availabilityZoneHints", "region", "segments", "tenantId", "transparentVlan", "valueSpecs"},
		late:  []string{"adminStateUp", "availabilityZoneHints", "dnsDomain", "external", "mtu", "portSecurityEnabled", "qosPolicyId", "region", "shared", "tenantId", "transparentVlan"},
	},
	{
		group: networking, kind: "SubnetV2", of: cloud.Subnet, terraform: "openstack_networking_subnet_v2",
		refs:  []ref{{field: "networkId", to: "NetworkV2"}},
		fixed: []string{"cidr", "ipVersion", "ipv6AddressMode", "ipv6RaMode", "networkId", "prefixLength", "region", "subnetpoolId", "tenantId", "valueSpecs"},
		late:  []string{"cidr", "gatewayIp", "ipv6AddressMode", "ipv6RaMode", "region", "serviceTypes", "tenantId"},
	},
	{
		group: networking, kind: "RouterV2", of: cloud.Router, terraform: "openstack_networking_router_v2",
		fixed: []string{"availabilityZoneHints", "distributed", "region", "tenantId", "valueSpecs"},
		late:  []string{"adminStateUp", "availabilityZoneHints", "distributed", "enableSnat", "externalNetworkId", "externalQosPolicyId", "region", "tenantId"},
	},
	{
		group: networking, kind: "RouterInterfaceV2", of: cloud.RouterInterface, terraform: "openstack_networking_router_interface_v2",
		refs:  []ref{{field: "routerId", to: "RouterV2"}, {field: "subnetId", to: "SubnetV2"}},
		fixed: []string{"portId", "region", "routerId", "subnetId"},
		late:  []string{"portId", "region", "subnetId"},
	},
	{
		group: networking, kind: "SecgroupV2", of: cloud.SecurityGroup, terraform: "openstack_networking_secgroup_v2",
		fixed: []string{"deleteDefaultRules", "region", "tenantId"},
		late:  []string{"description", "region", "stateful", "tenantId"},
	},
	{
		group: networking, kind: "SecgroupRuleV2", of: cloud.SecurityGroupRule, terraform: "openstack_networking_secgroup_rule_v2",
		refs: []ref{{field: "securityGroupId", to: "SecgroupV2"}},
		fixed: []string{
			"description", "direction", "ethertype", "portRangeMax", "portRangeMin", "protocol", "region",
			"remoteAddressGroupId", "remoteGroupId", "remoteIpPrefix", "securityGroupId", "tenantId",
		},
		late: []string{"region", "remoteAddressGroupId", "remoteGroupId", "remoteIpPrefix", "tenantId"},
	},
	{
		group: networking, kind: "PortV2", of: cloud.Port, terraform: "openstack_networking_port_v2",
		refs:  []ref{{field: "networkId", to: "NetworkV2"}, {list: "fixedIp", field: "subnetId", to: "SubnetV2"}},
		fixed: []string{"deviceId", "deviceOwner", "macAddress", "networkId", "region", "tenantId", "valueSpecs"},
		late:  []string{"adminStateUp", "deviceId", "deviceOwner", "dnsName", "macAddress", "portSecurityEnabled", "qosPolicyId", "region", "tenantId"},
	},
	{
		group: networking, kind: "FloatingipV2", of: cloud.FloatingIP, terraform: "openstack_networking_floatingip_v2",
		fixed: []string{"address", "dnsDomain", "dnsName", "pool", "region", "subnetId", "subnetIds", "tenantId", "valueSpecs"},
		late:  []string{"address", "dnsDomain", "dnsName", "fixedIp", "portId", "region", "subnetId", "tenantId"},
	},
	{
		group: lb, kind: "LoadbalancerV2", of: cloud.LoadBalancer, terraform: "openstack_lb_loadbalancer_v2",
		fixed: []string{"availabilityZone", "flavorId", "loadbalancerProvider", "region", "tenantId", "vipAddress", "vipNetworkId", "vipPortId", "vipSubnetId"},
		late:  []string{"flavorId", "loadbalancerProvider", "region", "securityGroupIds", "tenantId", "vipAddress", "vipNetworkId", "vipPortId", "vipSubnetId"},
	},
	{
		group: compute, kind: "ServergroupV2", of: cloud.ServerGroup, terraform: "openstack_compute_servergroup_v2",
		fixed: []string{"name", "policies", "region", "rules", "valueSpecs"},
		late:  []string{"region"},
	},
	{
		group: blockStorage, kind: "VolumeV3", of: cloud.Volume, terraform: "openstack_blockstorage_volume_v3",
		fixed: []string{"availabilityZone", "backupId", "consistencyGroupId", "imageId", "region", "schedulerHints", "snapshotId", "sourceReplica", "sourceVolId"},
		late:  []string{"availabilityZone", "metadata", "region", "volumeType"},
	},
	{
		group: identity, kind: "ApplicationCredentialV3", of: cloud.ApplicationCredential, terraform: "openstack_identity_application_credential_v3",
		fixed:      []string{"accessRules", "description", "expiresAt", "name", "region", "roles", "unrestricted"},
		late:       []string{"region", "roles"},
		details:    map[string]string{"attribute.secret": "secret"},
		secretRefs: map[string]string{"secretSecretRef": "secret"},
	},
	{
		group: identity, kind: "EC2CredentialV3", of: cloud.EC2Credential, terraform: "openstack_identity_ec2_credential_v3",
		fixed:   []string{"projectId", "region", "userId"},
		late:    []string{"projectId", "region", "userId"},
		details: map[string]string{"attribute.secret": "secret"}, // the access key is in atProvider
	},
	{
		group: objectStorage, kind: "ContainerV1", of: cloud.Container, terraform: "openstack_objectstorage_container_v1",
		fixed: []string{"name", "region", "storageClass", "storagePolicy"},
		late:  []string{"region", "storageClass", "storagePolicy"},
	},
	{
		group: dns, kind: "ZoneV2", of: cloud.Zone, terraform: "openstack_dns_zone_v2",
		fixed: []string{"attributes", "name", "projectId", "region", "type", "valueSpecs"},
		late:  []string{"projectId", "region", "ttl", "type"},
	},
	{
		group: dns, kind: "RecordsetV2", of: cloud.Recordset, terraform: "openstack_dns_recordset_v2",
		refs:  []ref{{field: "zoneId", to: "ZoneV2"}},
		fixed: []string{"name", "projectId", "region", "type", "valueSpecs", "zoneId"},
		late:  []string{"projectId", "region", "ttl", "type"},
		under: "zoneId",
	},
	{
		group: sharedFiles, kind: "SharenetworkV2", of: cloud.ShareNetwork, terraform: "openstack_sharedfilesystem_sharenetwork_v2",
		refs:  []ref{{field: "neutronNetId", to: "NetworkV2"}, {field: "neutronSubnetId", to: "SubnetV2"}},
		fixed: []string{"region"},
		late:  []string{"region"},
	},
	{
		group: sharedFiles, kind: "ShareV2", of: cloud.Share, terraform: "openstack_sharedfilesystem_share_v2",
		refs:  []ref{{field: "shareNetworkId", to: "SharenetworkV2"}},
		fixed: []string{"availabilityZone", "region", "shareNetworkId", "shareProto", "shareType", "snapshotId"},
		late:  []string{"availabilityZone", "region", "shareNetworkId", "shareType"},
	},
	{
		group: sharedFiles, kind: "ShareAccessV2", of: cloud.ShareAccess, terraform: "openstack_sharedfilesystem_share_access_v2",
		refs:    []ref{{field: "shareId", to: "ShareV2"}},
		fixed:   []string{"accessLevel", "accessTo", "accessType", "region", "shareId"},
		late:    []string{"region"},
		details: map[string]string{"attribute.access_key": "access_key"},
	},
}

// kindNamed returns the kind of that name, or nil. Names are unique: two groups
// have a ContainerV1, and only one of them is here.
func kindNamed(name string) *kind {
	i := slices.IndexFunc(kinds, func(k *kind) bool { return k.kind == name })
	if i < 0 {
		return nil
	}
	return kinds[i]
}
