// Package openstack holds narrow structs for the managed resources of
// provider-openstack v0.9.0 (namespaced, the "m." groups).
package openstack

import "github.com/skerry-dev/skerry/functions/internal/external"

// API versions of the groups that Skerry composes.
const (
	networking    = "networking.openstack.m.crossplane.io/v1alpha1"
	compute       = "compute.openstack.m.crossplane.io/v1alpha1"
	identity      = "identity.openstack.m.crossplane.io/v1alpha1"
	objectStorage = "objectstorage.openstack.m.crossplane.io/v1alpha1"

	// DNS is the group of Designate's zones and records.
	DNS = "dns.openstack.m.crossplane.io/v1alpha1"
	// KindRecordset is the kind of Designate's records.
	KindRecordset = "RecordsetV2"
	sharedFiles   = "sharedfilesystem.openstack.m.crossplane.io/v1alpha1"
)

// Managed is the part of a spec that every managed resource has.
type Managed struct {
	ManagementPolicies         []string                   `json:"managementPolicies,omitempty"`
	ProviderConfigRef          external.ProviderConfigRef `json:"providerConfigRef"`
	WriteConnectionSecretToRef *external.NameRef          `json:"writeConnectionSecretToRef,omitempty"`
}

// Spec of a managed resource.
type Spec[T any] struct {
	Managed     `json:",inline"`
	ForProvider T `json:"forProvider"`
}

// Resource is a managed resource.
type Resource[T any] struct {
	external.Meta `json:",inline"`
	Spec          Spec[T] `json:"spec"`
}

// New returns a managed resource of the given kind. The caller sets the head's
// name and the spec's provider configuration.
func newResource[T any](apiVersion, kind string, forProvider T) *Resource[T] {
	return &Resource[T]{
		Meta: external.Meta{APIVersion: apiVersion, Kind: kind},
		Spec: Spec[T]{ForProvider: forProvider},
	}
}

// At sets namespace, name and provider configuration, and returns the resource.
func (r *Resource[T]) At(namespace, name string, pc external.ProviderConfigRef) *Resource[T] {
	r.Metadata.Namespace, r.Metadata.Name = namespace, name
	r.Spec.ProviderConfigRef = pc
	return r
}

// Network is a Neutron network.
type Network struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Region      string `json:"region,omitempty"`
}

// NewNetwork returns a NetworkV2.
func NewNetwork(n Network) *Resource[Network] { return newResource(networking, "NetworkV2", n) }

// Subnet is a Neutron subnet.
type Subnet struct {
	Name            string            `json:"name"`
	Description     string            `json:"description,omitempty"`
	Region          string            `json:"region,omitempty"`
	NetworkIDRef    *external.NameRef `json:"networkIdRef,omitempty"`
	CIDR            string            `json:"cidr"`
	IPVersion       int64             `json:"ipVersion"`
	IPv6AddressMode string            `json:"ipv6AddressMode,omitempty"`
	IPv6RAMode      string            `json:"ipv6RaMode,omitempty"`
	DNSNameservers  []string          `json:"dnsNameservers,omitempty"`
}

// NewSubnet returns a SubnetV2.
func NewSubnet(s Subnet) *Resource[Subnet] { return newResource(networking, "SubnetV2", s) }

// Router is a Neutron router.
type Router struct {
	Name              string `json:"name"`
	Description       string `json:"description,omitempty"`
	Region            string `json:"region,omitempty"`
	ExternalNetworkID string `json:"externalNetworkId"`
}

// NewRouter returns a RouterV2.
func NewRouter(r Router) *Resource[Router] { return newResource(networking, "RouterV2", r) }

// RouterInterface connects a subnet with a router.
type RouterInterface struct {
	Region      string            `json:"region,omitempty"`
	RouterIDRef *external.NameRef `json:"routerIdRef,omitempty"`
	SubnetIDRef *external.NameRef `json:"subnetIdRef,omitempty"`
}

// NewRouterInterface returns a RouterInterfaceV2.
func NewRouterInterface(i RouterInterface) *Resource[RouterInterface] {
	return newResource(networking, "RouterInterfaceV2", i)
}

// SecurityGroup is a Neutron security group.
type SecurityGroup struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Region      string `json:"region,omitempty"`
}

// NewSecurityGroup returns a SecgroupV2.
func NewSecurityGroup(g SecurityGroup) *Resource[SecurityGroup] {
	return newResource(networking, "SecgroupV2", g)
}

// SecurityGroupRule is a rule of a Neutron security group.
type SecurityGroupRule struct {
	Description        string            `json:"description,omitempty"`
	Region             string            `json:"region,omitempty"`
	SecurityGroupIDRef *external.NameRef `json:"securityGroupIdRef,omitempty"`
	Direction          string            `json:"direction"`
	Ethertype          string            `json:"ethertype"`
	Protocol           string            `json:"protocol,omitempty"`
	PortRangeMin       int64             `json:"portRangeMin,omitempty"`
	PortRangeMax       int64             `json:"portRangeMax,omitempty"`
	RemoteIPPrefix     string            `json:"remoteIpPrefix,omitempty"`
	RemoteGroupID      string            `json:"remoteGroupId,omitempty"`
}

// NewSecurityGroupRule returns a SecgroupRuleV2.
func NewSecurityGroupRule(r SecurityGroupRule) *Resource[SecurityGroupRule] {
	return newResource(networking, "SecgroupRuleV2", r)
}

// ServerGroup is a Nova server group.
type ServerGroup struct {
	Name     string   `json:"name"`
	Region   string   `json:"region,omitempty"`
	Policies []string `json:"policies"`
}

// NewServerGroup returns a ServergroupV2.
func NewServerGroup(g ServerGroup) *Resource[ServerGroup] {
	return newResource(compute, "ServergroupV2", g)
}

// ApplicationCredential is a Keystone application credential.
type ApplicationCredential struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Region      string `json:"region,omitempty"`
}

// NewApplicationCredential returns an ApplicationCredentialV3.
func NewApplicationCredential(c ApplicationCredential) *Resource[ApplicationCredential] {
	return newResource(identity, "ApplicationCredentialV3", c)
}

// Container is a Swift container, which S3 calls a bucket.
type Container struct {
	Name     string            `json:"name"`
	Region   string            `json:"region,omitempty"`
	Metadata map[string]string `json:"metadata,omitempty"`
	// Versioning keeps old versions of objects, or is nil where nobody ever asked.
	Versioning *bool `json:"versioning,omitempty"`
	// ForceDestroy lets a container be deleted with everything in it.
	ForceDestroy bool `json:"forceDestroy,omitempty"`
}

// NewContainer returns an objectstorage ContainerV1.
func NewContainer(c Container) *Resource[Container] {
	return newResource(objectStorage, "ContainerV1", c)
}

// Recordset is the records of one type that a name has in a Designate zone. Name
// ends in a dot.
type Recordset struct {
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Region      string   `json:"region,omitempty"`
	ZoneID      string   `json:"zoneId"`
	Type        string   `json:"type"`
	TTL         int64    `json:"ttl"`
	Records     []string `json:"records"`
}

// NewRecordset returns a RecordsetV2.
func NewRecordset(r Recordset) *Resource[Recordset] { return newResource(DNS, KindRecordset, r) }

// EC2Credential is a pair of keys for the S3 API.
type EC2Credential struct {
	Region string `json:"region,omitempty"`
}

// NewEC2Credential returns an EC2CredentialV3.
func NewEC2Credential(c EC2Credential) *Resource[EC2Credential] {
	return newResource(identity, "EC2CredentialV3", c)
}

// ShareNetwork is a Manila share network: where the servers of shares are.
type ShareNetwork struct {
	Name            string `json:"name"`
	Description     string `json:"description,omitempty"`
	Region          string `json:"region,omitempty"`
	NeutronNetID    string `json:"neutronNetId"`
	NeutronSubnetID string `json:"neutronSubnetId"`
}

// NewShareNetwork returns a SharenetworkV2.
func NewShareNetwork(n ShareNetwork) *Resource[ShareNetwork] {
	return newResource(sharedFiles, "SharenetworkV2", n)
}

// Share is a Manila share. Size is in gibibytes.
type Share struct {
	Name              string            `json:"name"`
	Description       string            `json:"description,omitempty"`
	Region            string            `json:"region,omitempty"`
	ShareProto        string            `json:"shareProto"`
	ShareType         string            `json:"shareType,omitempty"`
	Size              int64             `json:"size"`
	ShareNetworkIDRef *external.NameRef `json:"shareNetworkIdRef,omitempty"`
	Metadata          map[string]string `json:"metadata,omitempty"`
}

// NewShare returns a ShareV2.
func NewShare(s Share) *Resource[Share] { return newResource(sharedFiles, "ShareV2", s) }

// ShareAccess lets clients mount a Manila share.
type ShareAccess struct {
	Region      string            `json:"region,omitempty"`
	ShareIDRef  *external.NameRef `json:"shareIdRef,omitempty"`
	AccessType  string            `json:"accessType"`
	AccessTo    string            `json:"accessTo"`
	AccessLevel string            `json:"accessLevel"`
}

// NewShareAccess returns a ShareAccessV2.
func NewShareAccess(a ShareAccess) *Resource[ShareAccess] {
	return newResource(sharedFiles, "ShareAccessV2", a)
}
