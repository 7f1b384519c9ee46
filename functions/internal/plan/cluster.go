package plan

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// ClusterWorld is what a KubernetesCluster is planned against.
type ClusterWorld struct {
	Platform *v1alpha1.PlatformSpec
	// Have exists already.
	Have observed.Set
	// MachineDeployments that Cluster API has made of the Cluster.
	MachineDeployments []observed.Value
	// BackupCopies are the Objects that read what Velero has copied out of volumes.
	BackupCopies []observed.Value
	// Storages of the team, and whether they are known at all.
	Storages      []observed.Value
	StoragesKnown bool
	// Prior is the status after the last call. Its version keeps a cluster where it
	// is while its Cluster can't be observed.
	Prior v1alpha1.KubernetesClusterStatus
	// Created is when the composite was.
	Created time.Time
	// Now is the time for which everything is decided.
	Now time.Time
}

// checkSeen refuses to plan a cluster that isn't seen and whose machines are. What is held
// is held at what the Cluster says that it runs: without it, all of that would begin.
func checkSeen(o Owner, w ClusterWorld) error {
	if w.Have.Has(KeyCluster) || len(w.MachineDeployments) == 0 {
		return nil
	}
	return refusal.New("Cluster", o.Home.Prefix, "isn't seen, though its machines are",
		"What runs stays as it is until it is seen again. If it was deleted, delete its MachineDeployments as well: then it is made anew.")
}

// NewCluster plans a cluster. The error is a refusal when the platform can't
// serve what the claim asks for; what runs then stays as it is.
func NewCluster(o Owner, claim *v1alpha1.KubernetesClusterSpec, w ClusterWorld) (*Cluster, error) {
	p, supportChanges := supportAt(w.Platform, w.Now)
	if err := cmp.Or(checkOwner(o), checkSeen(o, w)); err != nil {
		return nil, err
	}
	level, err := levelOf(claim, p)
	if err != nil {
		return nil, err
	}
	cloud, err := cloudOf(claim, p)
	if err != nil {
		return nil, err
	}
	network, err := networkOf(claim, p)
	if err != nil {
		return nil, err
	}
	facts := factsOf(w, network)
	if err := checkUnchanged(cloud, network, facts, w.Have); err != nil {
		return nil, err
	}
	c := &Cluster{
		Owner:                    o,
		Level:                    Level{Name: level.Name, Promise: level.Promise},
		Cloud:                    plannedCloud(cloud, level, facts.AsMade),
		Network:                  network,
		Replicas:                 replicasOf(level),
		PodSecurity:              firstOf(claim.PodSecurity, level.PodSecurity),
		DeletionProtection:       boolOf(claim.DeletionProtection, boolOf(level.DeletionProtection, false)),
		Certificates:             Certificates{ACMEServer: p.Certificates.ACMEServer, Email: p.Certificates.Email},
		ManagementProviderConfig: external.ProviderConfigRef{Kind: "ClusterProviderConfig", Name: p.Management.ClusterProviderConfig},
		Janitor:                  boolOf(p.Management.Janitor, false),
		Remembered:               w.Prior.Version,
		Checks:                   UpgradeChecks{Surge: level.Nodes.MaxSurge},
		Facts:                    facts,
	}
	if c.Access, err = accessOf(claim, p); err != nil {
		return nil, err
	}
	if err := c.maintenanceOf(claim, level, w); err != nil {
		return nil, err
	}
	c.matters(supportChanges...)
	if err := c.versionOf(claim, p, cloud, w); err != nil {
		return nil, err
	}
	if err := c.planMachines(claim, cloud, level); err != nil {
		return nil, err
	}
	if err := c.planHibernation(claim.Hibernation, level, w); err != nil {
		return nil, err
	}
	if err := c.planBackup(claim, cloud, level, w); err != nil {
		return nil, err
	}
	c.planNotifications(claim.Notifications, p.Management.Monitoring)
	c.Kept = c.keptOf(w)
	c.Cost = clusterCost(c, cloud)
	c.Addons, err = addonsOf(p, c.begunMinor())
	return c, err
}

// planMachines decides what the control plane and the pools are made of.
func (c *Cluster) planMachines(claim *v1alpha1.KubernetesClusterSpec, cloud *v1alpha1.Cloud, level *v1alpha1.ServiceLevel) error {
	var err error
	if c.ControlPlane, err = controlPlaneOf(claim, cloud, level, c.Version); err != nil {
		return err
	}
	for _, p := range claim.NodePools {
		c.Autoscaled = c.Autoscaled || p.Autoscaling != nil
	}
	c.Pools, err = c.poolsOf(claim, cloud, level)
	return err
}

// maxName is the longest name of a composite: with a suffix for a pool and a
// machine it must fit into a label, 63 bytes. Cluster API shortens the middle.
const maxName = 50

func checkOwner(o Owner) error {
	if len(o.Home.Prefix) > maxName {
		return refusal.New("metadata.name", o.Home.Prefix, fmt.Sprintf("is longer than %d characters", maxName),
			"Create the object with a shorter name; claims get a suffix of 6 characters.")
	}
	return nil
}

func levelOf(claim *v1alpha1.KubernetesClusterSpec, p *v1alpha1.PlatformSpec) (*v1alpha1.ServiceLevel, error) {
	names := make([]string, 0, len(p.ServiceLevels))
	for i := range p.ServiceLevels {
		if p.ServiceLevels[i].Name == claim.ServiceLevel {
			return &p.ServiceLevels[i], nil
		}
		names = append(names, p.ServiceLevels[i].Name)
	}
	return nil, refusal.NotOneOf("spec.serviceLevel", claim.ServiceLevel, "is not a service level of this platform", names)
}

func cloudOf(claim *v1alpha1.KubernetesClusterSpec, p *v1alpha1.PlatformSpec) (*v1alpha1.Cloud, error) {
	names := make([]string, 0, len(p.Clouds))
	for i := range p.Clouds {
		if p.Clouds[i].Name == claim.Cloud {
			return &p.Clouds[i], nil
		}
		names = append(names, p.Clouds[i].Name)
	}
	return nil, refusal.NotOneOf("spec.cloud", claim.Cloud, "is not a cloud of this platform", names)
}

func plannedCloud(c *v1alpha1.Cloud, level *v1alpha1.ServiceLevel, made *AsMade) Cloud {
	out := Cloud{
		Name:           c.Name,
		Engine:         firstOf(c.Engine, "ClusterAPI"),
		ProviderConfig: external.ProviderConfigRef{Kind: firstOf(c.ProviderConfigRef.Kind, "ClusterProviderConfig"), Name: c.ProviderConfigRef.Name},
		// The janitor puts its own path behind it.
		AuthURL:           strings.TrimRight(c.AuthURL, "/"),
		Region:            c.Region,
		CACertificate:     c.CACertificate,
		ExternalNetworkID: string(c.ExternalNetwork.ID),
		DNSServers:        c.DNSServers,
		LoadBalancer:      LoadBalancer{Provider: c.LoadBalancer.Provider},
		ProxyProtocol:     c.LoadBalancer.ProxyProtocol,
		VolumeType:        c.Volumes.DefaultType,
		VolumeZone:        string(c.Volumes.AvailabilityZone),
		Zones:             zoneNames(c.Zones),
	}
	// OVN's load balancers have no flavors.
	if f := loadBalancerFlavor(c.LoadBalancer.Flavors, level.LoadBalancer); f != nil && c.LoadBalancer.Provider != "ovn" {
		out.LoadBalancer.FlavorName, out.LoadBalancer.FlavorID = f.Name, string(f.ID)
	}
	out.APILoadBalancer = out.LoadBalancer
	if made != nil {
		out.ExternalNetworkID = made.ExternalNetworkID
		out.APILoadBalancer = LoadBalancer{Provider: made.LoadBalancerProvider, FlavorName: made.LoadBalancerFlavor}
	}
	if c.Shares != nil {
		out.ShareType = c.Shares.Type
	}
	out.Performances = performanceTypes(c)
	if c.DNS != nil {
		out.DNSZone = c.DNS.Zone
	}
	return out
}

func loadBalancerFlavor(f v1alpha1.LoadBalancerFlavors, size string) *v1alpha1.LoadBalancerFlavor {
	switch size {
	case "Small":
		return f.Small
	case "ActiveStandby":
		return f.ActiveStandby
	default:
		return f.Standard
	}
}

func replicasOf(level *v1alpha1.ServiceLevel) Replicas {
	return Replicas{
		Count:             level.Addons.Replicas,
		DisruptionBudgets: boolOf(level.Addons.DisruptionBudgets, false),
		SpreadZones:       boolOf(level.Addons.SpreadZones, false),
	}
}

func accessOf(claim *v1alpha1.KubernetesClusterSpec, p *v1alpha1.PlatformSpec) (Access, error) {
	a := Access{AdminGroups: claim.Access.AdminGroups, ViewerGroups: claim.Access.ViewerGroups, OIDC: claim.Access.OIDC}
	if a.OIDC == nil {
		a.OIDC = p.Access.OIDC
	}
	if a.OIDC == nil {
		if groups := append(slices.Clone(a.AdminGroups), a.ViewerGroups...); len(groups) > 0 {
			return Access{}, refusal.New("spec.access", strings.Join(groups, ", "), "are groups of an identity provider, and neither the claim nor the platform has one", "Set access.oidc.")
		}
		return Access{}, nil
	}
	o := *a.OIDC
	o.UsernameClaim = firstOf(o.UsernameClaim, "email")
	o.GroupsClaim = firstOf(o.GroupsClaim, "groups")
	a.OIDC = &o
	return a, nil
}

// begunMinor returns the minor that the machines are, or are being brought to: not that
// which a window would let them begin with.
func (c *Cluster) begunMinor() string {
	if v := strings.TrimPrefix(c.Facts.Machines.Version, "v"); v != "" {
		return minorOf(v)
	}
	return c.Version.Minor
}

// addonsOf picks the version of each chart that goes with the Kubernetes minor.
func addonsOf(p *v1alpha1.PlatformSpec, minor string) (map[string]Addon, error) {
	out := make(map[string]Addon, len(p.Addons))
	for _, a := range p.Addons {
		addon := Addon{Name: a.Name, Chart: a.Chart, Repository: a.Repository, Version: a.Version, ImageTag: a.ImageTag, Urgent: boolOf(a.Urgent, false)}
		if len(a.KubernetesVersions) > 0 {
			addon.Minor = minor
		}
		for _, k := range a.KubernetesVersions {
			if k.Name == minor {
				addon.Version = firstOf(k.Version, a.Version)
				addon.ImageTag = firstOf(k.ImageTag, a.ImageTag)
			}
		}
		if a.Values != nil && len(a.Values.Raw) > 0 {
			if err := json.Unmarshal(a.Values.Raw, &addon.Values); err != nil {
				return nil, refusal.New(fmt.Sprintf("Platform spec.addons[%s].values", a.Name), string(a.Values.Raw), "is not a map of values", "Set Helm values as a map.")
			}
		}
		out[a.Name] = addon
	}
	return out, nil
}

func zoneNames(zs []v1alpha1.ZoneName) []string {
	out := make([]string, 0, len(zs))
	for _, z := range zs {
		out = append(out, string(z))
	}
	return out
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func boolOf(b *bool, otherwise bool) bool {
	if b == nil {
		return otherwise
	}
	return *b
}
