package clusterapi

// OpenStackCluster is the infrastructure of a cluster.
type OpenStackCluster struct {
	IdentityRef                   IdentityRef           `json:"identityRef"`
	Network                       ID                    `json:"network"`
	Subnets                       []ID                  `json:"subnets"`
	Router                        ID                    `json:"router"`
	ExternalNetwork               ID                    `json:"externalNetwork"`
	ManagedSecurityGroups         ManagedSecurityGroups `json:"managedSecurityGroups"`
	APIServerLoadBalancer         LoadBalancer          `json:"apiServerLoadBalancer"`
	ControlPlaneAvailabilityZones []string              `json:"controlPlaneAvailabilityZones,omitempty"`
	Tags                          []string              `json:"tags,omitempty"`
}

// IdentityRef names the Secret with clouds.yaml, and the cloud in it.
type IdentityRef struct {
	Name      string `json:"name"`
	CloudName string `json:"cloudName"`
}

// ID names an OpenStack object by its id.
type ID struct {
	ID string `json:"id"`
}

// ManagedSecurityGroups lets the provider manage the groups that a cluster
// needs to work.
type ManagedSecurityGroups struct {
	AllowAllInClusterTraffic bool `json:"allowAllInClusterTraffic"`
}

// LoadBalancer of the Kubernetes API.
type LoadBalancer struct {
	Enabled      bool     `json:"enabled"`
	Provider     string   `json:"provider,omitempty"`
	Flavor       string   `json:"flavor,omitempty"`
	AllowedCIDRs []string `json:"allowedCIDRs,omitempty"`
}

// OpenStackMachine is a machine.
type OpenStackMachine struct {
	Flavor                 string        `json:"flavor"`
	Image                  Image         `json:"image"`
	RootVolume             *RootVolume   `json:"rootVolume,omitempty"`
	AdditionalBlockDevices []BlockDevice `json:"additionalBlockDevices,omitempty"`
	SecurityGroups         []ID          `json:"securityGroups,omitempty"`
	ServerGroup            *ID           `json:"serverGroup,omitempty"`
}

// Image of a machine.
type Image struct {
	Filter ImageFilter `json:"filter"`
}

// ImageFilter finds an image by its name.
type ImageFilter struct {
	Name string `json:"name"`
}

// RootVolume is the volume that a machine boots from.
type RootVolume struct {
	SizeGiB          int64             `json:"sizeGiB"`
	Type             string            `json:"type,omitempty"`
	AvailabilityZone *AvailabilityZone `json:"availabilityZone,omitempty"`
}

// AvailabilityZone of a volume.
type AvailabilityZone struct {
	From string `json:"from"`
}

// BlockDevice is a further disk of a machine.
type BlockDevice struct {
	Name    string  `json:"name"`
	SizeGiB int64   `json:"sizeGiB"`
	Storage Storage `json:"storage"`
}

// Storage of a BlockDevice.
type Storage struct {
	Type   string        `json:"type"`
	Volume *DeviceVolume `json:"volume,omitempty"`
}

// DeviceVolume is the volume of a BlockDevice.
type DeviceVolume struct {
	Type             string            `json:"type,omitempty"`
	AvailabilityZone *AvailabilityZone `json:"availabilityZone,omitempty"`
}
