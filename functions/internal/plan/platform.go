package plan

import (
	"slices"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
)

// Platform is the plan of a Platform: what the management cluster gets.
type Platform struct {
	Owner
	// InUse says that there are clusters, or what remains of some, which the
	// Platform must outlive.
	InUse bool
	// ManagementProviderConfig reaches the management cluster itself.
	ManagementProviderConfig external.ProviderConfigRef
	// Install is what isn't there yet.
	Install Install
	// Addons by name. Their versions go with no cluster.
	Addons map[string]Addon
	Offer  Offer
	// Warnings for the platform team.
	Warnings []string
}

// Install says what a Platform installs on the management cluster.
type Install struct {
	// ClusterAPI, with its operator and its providers.
	ClusterAPI bool
	// CertManager, which the operator needs.
	CertManager bool
	// ImageKind is the definition of the kind Image, which the provider for
	// OpenStack needs.
	ImageKind bool
	// Janitor deletes what clusters leave in the cloud. It goes with any Cluster
	// API, whoever installed that.
	Janitor bool
}

// Offer is what claims can name, by name.
type Offer struct {
	Clouds             []string
	ServiceLevels      []string
	KubernetesVersions []string
}

// Management is what there is on the management cluster that a Platform didn't
// bring.
type Management struct {
	// Clusters says that there is at least one KubernetesCluster.
	Clusters bool
	// Machines says that Cluster API still has a cluster of ours. It outlives its
	// KubernetesCluster by the minutes in which it's taken down.
	Machines bool
	// ClusterAPI, CertManager and ImageKind say that somebody else installed
	// these.
	ClusterAPI, CertManager, ImageKind bool
}

// NewPlatform plans a Platform whose catalogue is checked and merged.
func NewPlatform(o Owner, p *v1alpha1.PlatformSpec, m Management) (*Platform, error) {
	addons, err := addonsOf(p, "")
	if err != nil {
		return nil, err
	}
	asked := boolOf(p.Management.InstallClusterAPI, true)
	clusterAPI := asked && !m.ClusterAPI
	out := &Platform{
		Owner:                    o,
		InUse:                    m.Clusters || m.Machines,
		ManagementProviderConfig: external.ProviderConfigRef{Kind: "ClusterProviderConfig", Name: p.Management.ClusterProviderConfig},
		Install: Install{
			ClusterAPI:  clusterAPI,
			CertManager: clusterAPI && !m.CertManager,
			ImageKind:   clusterAPI && !m.ImageKind,
			Janitor:     boolOf(p.Management.Janitor, false),
		},
		Addons: addons,
		Offer:  offerOf(p),
	}
	if asked && !clusterAPI {
		out.Warnings = append(out.Warnings, "Cluster API is installed on the management cluster already, and is left as it is. Set spec.management.installClusterAPI to false.")
	}
	return out, nil
}

func offerOf(p *v1alpha1.PlatformSpec) Offer {
	var o Offer
	for _, c := range p.Clouds {
		o.Clouds = append(o.Clouds, c.Name)
	}
	for _, l := range p.ServiceLevels {
		o.ServiceLevels = append(o.ServiceLevels, l.Name)
	}
	for _, v := range p.KubernetesVersions {
		if v.Support != "Ended" {
			o.KubernetesVersions = append(o.KubernetesVersions, v.Name)
		}
	}
	slices.SortFunc(o.KubernetesVersions, func(a, b string) int { return number(a) - number(b) })
	return o
}
