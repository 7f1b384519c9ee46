package cloudprovider

import "github.com/skerry-dev/skerry/functions/internal/plan"

// ovn is the provider whose load balancers live in the virtual network itself:
// they keep the clients' addresses, and have neither flavors nor a choice of
// methods.
const ovn = "ovn"

// values are what the plan varies.
type values struct {
	Cluster           cluster     `json:"cluster"`
	CloudConfig       cloudConfig `json:"cloudConfig"`
	ExtraVolumes      []volume    `json:"extraVolumes,omitempty"`
	ExtraVolumeMounts []mount     `json:"extraVolumeMounts,omitempty"`
}

type cluster struct {
	// Name begins the names of load balancers. It is the composite's, which is
	// unique in the project, and what is left over is found by it.
	Name string `json:"name"`
}

// cloudConfig has the sections of cloud.conf, with the keys as they are there.
type cloudConfig struct {
	Global       global       `json:"global"`
	LoadBalancer loadBalancer `json:"loadBalancer"`
}

type global struct {
	AuthURL string `json:"auth-url"`
	Region  string `json:"region,omitempty"`
	// ApplicationCredentialID is public; the secret to it is set by reference.
	ApplicationCredentialID string `json:"application-credential-id"`
	CAFile                  string `json:"ca-file,omitempty"`
}

type loadBalancer struct {
	FloatingNetworkID    string `json:"floating-network-id"`
	SubnetID             string `json:"subnet-id,omitempty"`
	Provider             string `json:"lb-provider,omitempty"`
	Method               string `json:"lb-method,omitempty"`
	FlavorID             string `json:"flavor-id,omitempty"`
	ManageSecurityGroups bool   `json:"manage-security-groups"`
}

// volume is a file of the node.
type volume struct {
	Name     string   `json:"name"`
	HostPath hostPath `json:"hostPath"`
}

type hostPath struct {
	Path string `json:"path"`
	Type string `json:"type"`
}

// mount puts a volume into the container.
type mount struct {
	Name      string `json:"name"`
	MountPath string `json:"mountPath"`
	ReadOnly  bool   `json:"readOnly"`
}

func valuesOf(p *plan.Cluster) *values {
	v := &values{
		Cluster: cluster{Name: p.Home.Prefix},
		CloudConfig: cloudConfig{
			Global: global{
				AuthURL:                 p.Cloud.AuthURL,
				Region:                  p.Cloud.Region,
				ApplicationCredentialID: p.Facts.Credential.ID,
			},
			LoadBalancer: loadBalancerOf(p),
		},
	}
	if p.Cloud.CACertificate != "" {
		v.CloudConfig.Global.CAFile = plan.CloudCAFile
		v.ExtraVolumes = []volume{{Name: "cloud-ca", HostPath: hostPath{Path: plan.CloudCAFile, Type: "File"}}}
		v.ExtraVolumeMounts = []mount{{Name: "cloud-ca", MountPath: plan.CloudCAFile, ReadOnly: true}}
	}
	return v
}

// loadBalancerOf returns the section for load balancers, after
// docs/openstack-cloud-controller-manager of cloud-provider-openstack v1.36.0.
func loadBalancerOf(p *plan.Cluster) loadBalancer {
	lb := loadBalancer{
		FloatingNetworkID:    p.Cloud.ExternalNetworkID,
		Provider:             p.Cloud.LoadBalancer.Provider,
		FlavorID:             p.Cloud.LoadBalancer.FlavorID,
		ManageSecurityGroups: managesSecurityGroups(p),
	}
	// With two subnets the manager takes the one of the Service's first family.
	if !p.Network.DualStack && p.Facts.Network.Known() {
		lb.SubnetID = p.Facts.Network.Subnets[0]
	}
	if lb.Provider == ovn {
		lb.Method = "SOURCE_IP_PORT"
		lb.FlavorID = ""
	}
	return lb
}

// managesSecurityGroups says whether the manager opens the node ports of each
// Service. Cluster API opens all of them to the nodes' IPv4 subnet, where
// amphorae are; that doesn't help clients whose addresses are kept, nor IPv6.
// Elsewhere a group for each Service, on the port of each node, would be a
// waste of quota and of calls.
func managesSecurityGroups(p *plan.Cluster) bool {
	return p.Cloud.LoadBalancer.Provider == ovn || p.Network.DualStack
}
