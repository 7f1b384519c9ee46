// Package policies makes the cluster-wide network policies of a preset.
//
// Every policy is there from the first moment, switched on or off by its
// content. An object in a cluster isn't deleted when it is withdrawn (it dies
// with its cluster), so a policy that came and went with the preset would go on
// working after a team has opened its cluster.
//
// It knows nothing of the team's own policies, which come on top.
package policies

import (
	"slices"

	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

const (
	keyBlockMetadata = "network-policy-block-metadata"
	keyDefaultDeny   = "network-policy-default-deny"

	nameBlockMetadata = "block-metadata"
	nameDefaultDeny   = "default-deny"

	// metadataService is where the cloud hands every machine its bootstrap data.
	// It listens on IPv6 too, at fe80::a9fe:a9fe, but nodes don't forward
	// link-local addresses for pods.
	//
	// Pods in the host's network are not subject to policies. What needs the
	// service is there: the node parts of the CSI drivers for Cinder and Manila,
	// which ask it for the machine's id and zone when there is no config drive
	// (cloud-provider-openstack v1.36.0, pkg/util/metadata). Their controllers
	// and the cloud controller manager don't ask.
	metadataService = "169.254.169.254/32"

	// solverLabel is on the pods that cert-manager starts in a team's namespace
	// for a moment, to answer the certificate authority (challenge HTTP-01). A
	// policy of the team's would have to be there before anybody knows of them.
	solverLabel = "acme.cert-manager.io/http01-solver"
)

// systemNamespaces have pods of the platform, in order. They accept connections
// without a NetworkPolicy: whoever ordered DefaultDeny must not have to know
// what they need.
var systemNamespaces = []string{
	"calico-apiserver",
	"calico-system",
	"cert-manager",
	"external-dns",
	"kube-system",
	"tigera-operator",
	"traefik",
	"velero",
}

// SystemNamespaces returns the namespaces that DefaultDeny leaves alone: every
// add-on's must be among them.
func SystemNamespaces() []string { return slices.Clone(systemNamespaces) }

// Render returns the policies, in the language of the network plugin: plain
// NetworkPolicies can neither deny nor apply to all namespaces.
func Render(p *plan.Cluster) (render.Set, error) {
	if p.Network.CNI == "Calico" {
		return calico(p), nil
	}
	return cilium(p), nil
}
