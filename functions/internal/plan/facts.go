package plan

import (
	"slices"
	"strings"

	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
)

// Keys of the composed resources that a plan reads facts from. The components
// that make them use these constants.
const (
	KeyNetwork         = "network"
	KeySubnet          = "subnet"
	KeySubnetIPv6      = "subnet-ipv6"
	KeyRouter          = "router"
	KeySecurityGroup   = "security-group"
	KeyCredential      = "application-credential"
	KeyCluster         = "cluster"
	KeyRootCA          = "root-ca"
	KeyServerGroup     = "server-group-"     // and the pool, and the policy
	KeyClusterTemplate = "cluster-template-" // and the content
	KeyClusterClass    = "cluster-class-"    // and the content
	KeyMachineTemplate = "machine-template-" // and what it is for, and the content
	ControlPlaneGroup  = "control-plane"
)

// Facts are what exists already and is needed to go on. A fact that is not
// known yet is empty.
type Facts struct {
	Network         NetworkIDs
	SecurityGroupID string
	// ServerGroupIDs by key.
	ServerGroupIDs map[string]string
	Credential     Credential
	Machines       Machines
	// Classes that Cluster API has taken in, by name: a cluster may switch to
	// these.
	Classes map[string]bool
	// Running is the class that the Cluster names.
	Running RunningClass
	// AsMade are properties of the cluster's infrastructure that can't be
	// changed once it exists, or nil while nothing does.
	AsMade *AsMade
	// StorageClasses of the cluster that exist, by key.
	StorageClasses map[string]StorageClass
	// RootCA of the cluster's API, in PEM. It is public.
	RootCA string
}

// NetworkIDs are the ids of a network in the cloud.
type NetworkIDs struct {
	Network string
	Subnets []string
	Router  string
}

// AsMade are the properties of an OpenStackCluster that its webhook lets nobody
// change (cluster-api-provider-openstack, openstackcluster_webhook.go). They
// stay as the cluster was made, whatever level and catalogue say today:
// otherwise the topology could never be reconciled again.
type AsMade struct {
	NetworkID            string
	ExternalNetworkID    string
	LoadBalancerProvider string
	LoadBalancerFlavor   string
}

// Credential is the cluster's own application credential. Secret goes into the
// clouds.yaml Secret and nowhere else.
type Credential struct {
	ID     string
	Secret Secret
}

// Secret is text that must not be printed.
type Secret string

// String hides the text, so that a printed plan shows none.
func (Secret) String() string { return "(secret)" }

// GoString hides the text too.
func (Secret) GoString() string { return "(secret)" }

// Reveal returns the text.
func (s Secret) Reveal() string { return string(s) }

// Machines are what Cluster API reports of a cluster.
type Machines struct {
	// Exists says that the Cluster does.
	Exists bool
	// Class and Version that the Cluster names now.
	Class, Version string
	// Shares of pools that the Cluster has, by name.
	Shares map[string]RunningShare
	// Nodes of shares, by name, where Cluster API has made their machines.
	Nodes map[string]NodeCount
	// Settled says that no change is under way.
	Settled bool
	// Reachable says that the Kubernetes API has answered.
	Reachable bool
	// Silent says that Cluster API doesn't reach the Kubernetes API at present.
	Silent bool
	// Endpoint of the Kubernetes API as a URL.
	Endpoint string
	// ControlPlaneVersion that runs.
	ControlPlaneVersion string
	// ControlPlaneReady machines, of how many.
	ControlPlaneReady, ControlPlaneDesired int32
	// NodesReady of all pools, of how many.
	NodesReady, NodesDesired int32
	// Unavailable says that Cluster API says so.
	Unavailable bool
}

// RunningShare is a share of a pool that the Cluster has.
type RunningShare struct {
	Zone        string
	Annotations map[string]string
	// Replicas, or nil where the autoscaler decides.
	Replicas *int32
}

// NodeCount is how many nodes a share should have, and how many of them are ready.
type NodeCount struct{ Desired, Ready int32 }

// nodesOf is the number of nodes of a share that the Cluster has, and whether it is known.
func (m *Machines) nodesOf(share string) (int32, bool) {
	if n := m.Shares[share].Replicas; n != nil {
		return *n, true
	}
	n, known := m.Nodes[share]
	return n.Desired, known
}

func factsOf(w ClusterWorld, n Network) Facts {
	have := w.Have
	f := Facts{
		Network:         networkIDs(have, n),
		SecurityGroupID: observed.ExternalID(have.Get(KeySecurityGroup)),
		ServerGroupIDs:  map[string]string{},
		Classes:         map[string]bool{},
		Machines:        machinesOf(have.Get(KeyCluster)),
		StorageClasses:  storageClasses(have),
		RootCA:          observed.At(have.Get(KeyRootCA), "status", "atProvider", "manifest", "data", "ca.crt").Text(),
	}
	for key, r := range have {
		switch {
		case strings.HasPrefix(key, KeyServerGroup):
			f.ServerGroupIDs[key] = observed.ExternalID(r)
		case strings.HasPrefix(key, KeyClusterClass):
			ready, _ := readiness.ClusterClass(r)
			f.Classes[observed.At(r, "metadata", "name").Text()] = ready
		case strings.HasPrefix(key, KeyClusterTemplate):
			if made := asMade(r); made != nil {
				f.AsMade = made
			}
		}
	}
	f.Running = runningClass(have, f.Machines.Class)
	f.Machines.Nodes = nodeCounts(w.MachineDeployments)
	c := have.Get(KeyCredential)
	f.Credential = Credential{ID: observed.ExternalID(c), Secret: Secret(c.Connection["attribute.secret"])}
	return f
}

// asMade reads a template. Every template of a cluster has the same, so it
// doesn't matter which one is read.
func asMade(template observed.Value) *AsMade {
	spec := observed.At(template, "spec", "template", "spec")
	if !spec.Exists() {
		return nil
	}
	lb := spec.Field("apiServerLoadBalancer")
	return &AsMade{
		NetworkID:            observed.At(spec, "network", "id").Text(),
		ExternalNetworkID:    observed.At(spec, "externalNetwork", "id").Text(),
		LoadBalancerProvider: lb.Field("provider").Text(),
		LoadBalancerFlavor:   lb.Field("flavor").Text(),
	}
}

// networkIDs returns all ids, or none: half a network is of no use to machines.
func networkIDs(have observed.Set, n Network) NetworkIDs {
	if n.Existing != nil {
		return *n.Existing
	}
	ids := NetworkIDs{
		Network: observed.ExternalID(have.Get(KeyNetwork)),
		Subnets: []string{observed.ExternalID(have.Get(KeySubnet))},
		Router:  observed.ExternalID(have.Get(KeyRouter)),
	}
	if n.DualStack {
		ids.Subnets = append(ids.Subnets, observed.ExternalID(have.Get(KeySubnetIPv6)))
	}
	if ids.Network == "" || ids.Router == "" {
		return NetworkIDs{}
	}
	if slices.Contains(ids.Subnets, "") {
		return NetworkIDs{}
	}
	return ids
}

// Known says whether the network exists.
func (n NetworkIDs) Known() bool { return n.Network != "" }

func machinesOf(c observed.Value) Machines {
	if !c.Exists() {
		return Machines{}
	}
	topology := observed.At(c, "spec", "topology")
	status := c.Field("status")
	m := Machines{
		Exists:      true,
		Class:       observed.At(topology, "classRef", "name").Text(),
		Version:     topology.Field("version").Text(),
		Reachable:   observed.At(status, "initialization", "controlPlaneInitialized").Truth(),
		Silent:      observed.ConditionOf(c, "RemoteConnectionProbe").Status == "False",
		Endpoint:    endpoint(observed.At(c, "spec", "controlPlaneEndpoint")),
		Shares:      map[string]RunningShare{},
		Settled:     settled(c),
		Unavailable: observed.ConditionOf(c, "Available").Status == "False",

		ControlPlaneReady:   count(status, "controlPlane", "readyReplicas"),
		ControlPlaneDesired: count(status, "controlPlane", "desiredReplicas"),
		NodesReady:          count(status, "workers", "readyReplicas"),
		NodesDesired:        count(status, "workers", "desiredReplicas"),
	}
	for md := range observed.At(topology, "workers", "machineDeployments").Items() {
		share := RunningShare{Zone: md.Field("failureDomain").Text(), Annotations: observed.Texts(observed.At(md, "metadata", "annotations"))}
		if md.Field("replicas").Exists() {
			share.Replicas = new(count(md, "replicas"))
		}
		m.Shares[md.Field("name").Text()] = share
	}
	for v := range observed.At(status, "controlPlane", "versions").Items() {
		m.ControlPlaneVersion = lowest(m.ControlPlaneVersion, v.Field("version").Text())
	}
	return m
}

// nodeCounts reads the MachineDeployments that Cluster API has made of a Cluster.
func nodeCounts(machineDeployments []observed.Value) map[string]NodeCount {
	out := make(map[string]NodeCount, len(machineDeployments))
	for _, md := range machineDeployments {
		share := observed.At(md, "metadata", "labels", "topology.cluster.x-k8s.io/deployment-name").Text()
		out[share] = NodeCount{Desired: count(md, "spec", "replicas"), Ready: count(md, "status", "readyReplicas")}
	}
	return out
}

func count(v observed.Value, path ...string) int32 { return int32(observed.At(v, path...).Number()) }

// settled says whether no change is under way, as of the Cluster as it is now: a
// condition that was set before the last change says nothing of it.
func settled(c observed.Value) bool {
	return !readiness.Unread(c) &&
		observed.ConditionOf(c, "TopologyReconciled").Status == "True" &&
		observed.ConditionOf(c, "RollingOut").Status != "True"
}

func endpoint(e observed.Value) string {
	host := e.Field("host").Text()
	if host == "" {
		return ""
	}
	return "https://" + hostPort(host, int(e.Field("port").Number()))
}
