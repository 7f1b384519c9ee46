package cloud

import "net/http"

// A rule is what a service demands and refuses for one kind.
type rule struct {
	// id says what IDs look like.
	id idStyle
	// refs are the attributes that name other resources.
	refs []ref
	// required are the attributes without which nothing is created.
	required []string
	// unique are the attributes that no two resources of a project may share, and
	// taken is the refusal, with the value of the last of them.
	unique []string
	taken  string
	// inUse is the refusal to delete, with the ID, while something else uses this,
	// and inUseCode its status, 409 if 0.
	inUse     string
	inUseCode int
	// locked is the refusal of a change, with the ID, while another one goes on.
	locked string
	// times are how long things take in a real cloud.
	times times
	// put says that a second creation in the same project changes the first: Swift's
	// PUT of a container does.
	put bool
	// check holds the rules that need code. old is nil at creation.
	check func(c *Cloud, old, r *record) error
	// assign sets what the service chooses at creation.
	assign func(c *Cloud, r *record) error
	// parts returns what is created together with the resource.
	parts func(c *Cloud, r *record) ([]*record, error)
	// users returns further users of the resource.
	users func(c *Cloud, r *record) []*record
}

// A ref is an attribute whose value is the ID of another resource, or a list of
// them.
type ref struct {
	// attribute is a path: "fixedIp.subnetId". Lists on the way are walked.
	attribute string
	to        Kind
	required  bool
	// named allows the name in place of the ID.
	named bool
	// offered allows what the operator offers: see Catalogue.
	offered bool
	// holds keeps the other from being deleted. What dies with it doesn't hold it.
	holds bool
	// dies deletes this together with the other.
	dies bool
	// code and missing are the refusal, with the value, when there is no such thing.
	// The default is that of Neutron.
	code    int
	missing string
}

const (
	networkInUse    = "Unable to complete operation on network %s. There are one or more ports still in use on the network."
	subnetInUse     = "Unable to complete operation on subnet %s: One or more ports have an IP allocation from this subnet."
	routerInUse     = "Router %s still has ports"
	groupInUse      = "Security Group %s in use."
	interfaceInUse  = "Router interface %s cannot be deleted, as it is required by one or more floating IPs."
	containerInUse  = "Container %s cannot be deleted: There was a conflict when trying to complete your request. The container is not empty."
	shareInUse      = "Invalid share: Share %s still has dependent snapshots."
	shareNetInUse   = "Cannot delete share network %s. It is in use by one or more shares."
	volumeInUse     = "Invalid volume: Volume %s status must be available or error and must not be attached, have snapshots or be migrating."
	balancerLocked  = "Load Balancer %s is immutable and cannot be updated/deleted."
	volumeLocked    = "Invalid volume: Volume %s status must be available or error."
	credentialTaken = "Conflict occurred attempting to store application_credential - Duplicate entry found with name %s."
	noExternalNet   = "External network %s could not be found."
)

// table returns the rules. It's a function because the rules' code reads rules.
func table() map[Kind]rule {
	return map[Kind]rule{
		Network: {inUse: networkInUse, times: neutron(1, 10), assign: assignNetwork},
		Subnet: {
			refs:  []ref{{attribute: "networkId", to: Network, required: true, dies: true}},
			inUse: subnetInUse, times: neutron(1, 10), check: checkSubnet, assign: assignSubnet,
		},
		Router: {
			refs:  []ref{{attribute: "externalNetworkId", to: Network, offered: true, missing: noExternalNet}},
			inUse: routerInUse, times: neutron(5, 25), assign: assignRouter,
		},
		RouterInterface: {
			refs: []ref{
				{attribute: "routerId", to: Router, required: true, holds: true},
				{attribute: "subnetId", to: Subnet},
				{attribute: "portId", to: Port},
			},
			inUse: interfaceInUse, times: neutron(3, 15), check: checkInterface, assign: assignInterface,
			parts: interfacePort, users: floatingIPsBehind,
		},
		SecurityGroup: {required: []string{"name"}, inUse: groupInUse, times: neutron(1, 5), assign: assignGroup},
		SecurityGroupRule: {
			refs: []ref{
				{attribute: "securityGroupId", to: SecurityGroup, required: true, dies: true},
				{attribute: "remoteGroupId", to: SecurityGroup, holds: true},
			},
			required: []string{"direction", "ethertype"},
			times:    neutron(1, 3), check: checkRule, assign: assignTenant,
		},
		Port: {
			refs: []ref{
				{attribute: "networkId", to: Network, required: true, holds: true},
				{attribute: "fixedIp.subnetId", to: Subnet, holds: true},
				{attribute: "securityGroupIds", to: SecurityGroup, holds: true},
			},
			times: neutron(1, 8), check: checkPort, assign: assignPort,
		},
		FloatingIP: {
			refs: []ref{
				{attribute: "pool", to: Network, required: true, named: true, offered: true, missing: noExternalNet},
				{attribute: "portId", to: Port},
			},
			times: neutron(2, 10), check: checkFloatingIP, assign: assignFloatingIP,
		},
		LoadBalancer: {
			refs: []ref{
				{attribute: "vipSubnetId", to: Subnet},
				{attribute: "vipNetworkId", to: Network},
				{attribute: "vipPortId", to: Port, holds: true},
				{attribute: "securityGroupIds", to: SecurityGroup, holds: true},
			},
			locked: balancerLocked, times: times{create: span{15, 120}, update: span{2, 10}, delete: span{5, 30}},
			check: checkLoadBalancer, assign: assignLoadBalancer, parts: loadBalancerPort,
		},
		Server: {
			refs: []ref{
				{attribute: "networkIds", to: Network},
				{attribute: "portIds", to: Port},
				{attribute: "securityGroupIds", to: SecurityGroup, holds: true},
				{attribute: "image", to: Image, named: true, offered: true, code: http.StatusBadRequest, missing: "Can not find requested image %s"},
				{attribute: "flavor", to: Flavor, required: true, named: true, offered: true, code: http.StatusBadRequest, missing: "Flavor %s could not be found."},
				{attribute: "serverGroupId", to: ServerGroup, code: http.StatusBadRequest, missing: "Invalid input for hint(s): Instance Group %s could not be found."},
				{attribute: "volumeIds", to: Volume, holds: true},
			},
			times: times{create: span{30, 60}, update: span{1, 5}, delete: span{5, 20}},
			check: checkServer, assign: assignServer, parts: serverPorts,
		},
		ServerGroup: {required: []string{"name"}, times: neutron(1, 3), assign: assignServerGroup},
		Flavor:      {},
		Image:       {times: times{create: span{5, 120}, delete: span{1, 5}}},
		Volume: {
			refs:  []ref{{attribute: "imageId", to: Image, named: true, offered: true, code: http.StatusBadRequest, missing: "Invalid image identifier %s or unable to access requested image."}},
			inUse: volumeInUse, locked: volumeLocked,
			required: []string{"size"},
			times:    times{create: span{3, 20}, update: span{2, 10}, delete: span{2, 10}},
			check:    checkSize, assign: assignVolume,
		},
		ApplicationCredential: {
			id: plainHex, required: []string{"name"}, unique: []string{"name"}, taken: credentialTaken,
			times: neutron(1, 2), assign: assignApplicationCredential,
		},
		EC2Credential: {id: plainHex, times: neutron(1, 2), assign: assignEC2Credential},
		Container: {
			id: ownName, required: []string{"name"}, inUse: containerInUse, put: true,
			times: neutron(1, 3), assign: assignContainer,
		},
		Object: {
			refs:     []ref{{attribute: "containerName", to: Container, required: true, holds: true}},
			required: []string{"name"}, check: checkObject,
		},
		VolumeSnapshot: {
			refs:     []ref{{attribute: "volumeId", to: Volume, required: true, holds: true}},
			required: []string{"name"},
			times:    times{create: span{2, 15}, update: span{1, 3}, delete: span{2, 10}},
			assign:   assignSnapshot,
		},
		Zone: {
			required: []string{"name"}, unique: []string{"name"}, taken: "Duplicate Zone %s",
			times: times{create: span{5, 70}, update: span{2, 20}, delete: span{5, 30}},
			check: checkZone, assign: assignZone,
		},
		Recordset: {
			refs:     []ref{{attribute: "zoneId", to: Zone, required: true, dies: true}},
			required: []string{"name", "records"}, unique: []string{"zoneId", "type", "name"}, taken: "Duplicate RecordSet %s",
			times: times{create: span{2, 30}, update: span{2, 20}, delete: span{2, 20}},
			check: checkRecordset, assign: assignRecordset,
		},
		ShareNetwork: {
			refs:  []ref{{attribute: "neutronNetId", to: Network}, {attribute: "neutronSubnetId", to: Subnet}},
			inUse: shareNetInUse, times: neutron(1, 5), assign: assignShareNetwork,
		},
		Share: {
			refs:     []ref{{attribute: "shareNetworkId", to: ShareNetwork, holds: true}},
			required: []string{"shareProto", "size"},
			inUse:    shareInUse, inUseCode: http.StatusForbidden,
			times: times{create: span{10, 120}, update: span{2, 15}, delete: span{5, 40}},
			check: checkShareSize, assign: assignShare, parts: sharePort,
		},
		ShareSnapshot: {
			refs:     []ref{{attribute: "shareId", to: Share, required: true, holds: true}},
			required: []string{"name"},
			times:    times{create: span{3, 20}, update: span{1, 3}, delete: span{2, 15}},
			assign:   assignSnapshot,
		},
		File: {
			refs: []ref{
				{attribute: "volumeId", to: Volume, dies: true},
				{attribute: "shareId", to: Share, dies: true},
				{attribute: "volumeSnapshotId", to: VolumeSnapshot, dies: true},
				{attribute: "shareSnapshotId", to: ShareSnapshot, dies: true},
			},
			required: []string{"name"}, check: checkFile,
		},
		ShareAccess: {
			refs:     []ref{{attribute: "shareId", to: Share, required: true, dies: true}},
			required: []string{"accessType", "accessTo", "accessLevel"},
			unique:   []string{"shareId", "accessType", "accessTo"}, taken: "Share access %s already exists.",
			times: neutron(2, 15), assign: assignShareAccess,
		},
	}
}

// nouns are the kinds as messages call them, where that isn't the kind's name.
var nouns = map[Kind]string{
	RouterInterface:       "Router interface",
	SecurityGroup:         "Security group",
	SecurityGroupRule:     "Security group rule",
	FloatingIP:            "Floating IP",
	LoadBalancer:          "Load Balancer",
	Server:                "Instance",
	ServerGroup:           "Instance group",
	ApplicationCredential: "Application credential",
	EC2Credential:         "EC2 credential",
	Recordset:             "RecordSet",
	ShareNetwork:          "Share network",
	ShareAccess:           "Share access",
	VolumeSnapshot:        "Snapshot",
	ShareSnapshot:         "Share snapshot",
}

func noun(k Kind) string {
	if n, ok := nouns[k]; ok {
		return n
	}
	return string(k)
}
