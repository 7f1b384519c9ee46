package catalog

import (
	"encoding/pem"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan/scs"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// Check refuses a catalogue that contradicts itself, with the field's name. It
// looks at the merged catalogue, so a field may come from the defaults.
func Check(p *v1alpha1.PlatformSpec) error {
	for _, check := range []func(*v1alpha1.PlatformSpec) error{
		checkNames, checkManagement, checkVersions, checkLevels, checkAddons, checkTools, checkClouds,
	} {
		if err := check(p); err != nil {
			return err
		}
	}
	return nil
}

// checkNames refuses two entries with one name. The API server does so too, but
// rendering without one must not go on with half a catalogue.
func checkNames(p *v1alpha1.PlatformSpec) error {
	if err := unique("spec.clouds", p.Clouds, func(c v1alpha1.Cloud) string { return c.Name }); err != nil {
		return err
	}
	if err := unique("spec.serviceLevels", p.ServiceLevels, func(l v1alpha1.ServiceLevel) string { return l.Name }); err != nil {
		return err
	}
	if err := unique("spec.addons", p.Addons, func(a v1alpha1.Addon) string { return a.Name }); err != nil {
		return err
	}
	if err := unique("spec.tools", p.Tools, func(t v1alpha1.Tool) string { return t.Name }); err != nil {
		return err
	}
	return unique("spec.kubernetesVersions", p.KubernetesVersions, func(v v1alpha1.KubernetesVersion) string { return v.Name })
}

func checkManagement(p *v1alpha1.PlatformSpec) error {
	if p.Namespace == "" {
		return refusal.New("spec.namespace", "", "is missing", "Set the namespace in which everything that claims compose lives.")
	}
	if p.Management.ClusterProviderConfig == "" {
		return refusal.New("spec.management.clusterProviderConfig", "", "is missing", "Set the name of the configuration that reaches the management cluster.")
	}
	if m := p.Management.Monitoring; m != nil && m.Prober != nil && m.Prober.Address == "" {
		return refusal.New("spec.management.monitoring.prober.address", "", "is missing", "Set host and port of the blackbox exporter, such as blackbox-exporter.monitoring.svc:9115.")
	}
	for i, c := range p.Management.AllowedCIDRs {
		if _, err := netip.ParsePrefix(string(c)); err != nil {
			return refusal.New(fmt.Sprintf("spec.management.allowedCIDRs[%d]", i), c, "is not an IP range in CIDR notation", "Set a range such as 10.0.0.0/22.")
		}
	}
	return nil
}

func unique[T any](field string, list []T, name func(T) string) error {
	seen := make(map[string]bool, len(list))
	for _, e := range list {
		n := name(e)
		if n == "" {
			return refusal.New(field, n, "is an entry without a name", "Give every entry a name.")
		}
		if seen[n] {
			return refusal.New(field, n, "is there twice", "Keep one entry of that name.")
		}
		seen[n] = true
	}
	return nil
}

func checkVersions(p *v1alpha1.PlatformSpec) error {
	for _, v := range p.KubernetesVersions {
		field := fmt.Sprintf("spec.kubernetesVersions[%s]", v.Name)
		if v.Patch == "" {
			return refusal.New(field+".patch", v.Patch, "is missing", "Set the full version that clusters of this minor run.")
		}
		if !strings.HasPrefix(v.Patch, v.Name+".") {
			return refusal.New(field+".patch", v.Patch, "is not a patch of "+v.Name, "Set a version that begins with "+v.Name+".")
		}
		if v.Support == "" {
			return refusal.NotOneOf(field+".support", v.Support, "is missing", []string{"Supported", "Deprecated", "Ended"})
		}
	}
	return nil
}

func checkLevels(p *v1alpha1.PlatformSpec) error {
	for _, l := range p.ServiceLevels {
		field := fmt.Sprintf("spec.serviceLevels[%s]", l.Name)
		if err := checkLevel(field, l); err != nil {
			return err
		}
	}
	return nil
}

func checkLevel(field string, l v1alpha1.ServiceLevel) error {
	odd := []string{"1", "3", "5"}
	if l.ControlPlane.Replicas == 0 {
		return refusal.NotOneOf(field+".controlPlane.replicas", "", "is missing: a new level sets every field", odd)
	}
	for _, r := range append(slices.Clone(l.ControlPlane.AllowedReplicas), l.ControlPlane.Replicas) {
		if r != 1 && r != 3 && r != 5 {
			return refusal.NotOneOf(field+".controlPlane.replicas", r, "can't form a quorum of etcd", odd)
		}
	}
	switch {
	case l.ControlPlane.AntiAffinity == "":
		return refusal.NotOneOf(field+".controlPlane.antiAffinity", "", "is missing", []string{"None", "Soft", "Hard"})
	case l.Nodes.AntiAffinity == "":
		return refusal.NotOneOf(field+".nodes.antiAffinity", "", "is missing", []string{"None", "Soft", "Hard"})
	case l.LoadBalancer == "":
		return refusal.NotOneOf(field+".loadBalancer", "", "is missing", []string{"Small", "Standard", "ActiveStandby"})
	case l.PodSecurity == "":
		return refusal.NotOneOf(field+".podSecurity", "", "is missing", []string{"Privileged", "Baseline", "Restricted"})
	case l.Addons.Replicas < 1:
		return refusal.New(field+".addons.replicas", l.Addons.Replicas, "is too few", "Set at least 1.")
	case l.Nodes.MaxSurge < 1:
		return refusal.New(field+".nodes.maxSurge", l.Nodes.MaxSurge, "is too few: nodes are replaced before they are removed", "Set at least 1.")
	case l.Nodes.MaxUnhealthyPercent < 1 || l.Nodes.MaxUnhealthyPercent > 100:
		return refusal.New(field+".nodes.maxUnhealthyPercent", l.Nodes.MaxUnhealthyPercent, "is not a percentage", "Set a value from 1 to 100.")
	case l.Addons.Replicas == 1 && isTrue(l.Addons.DisruptionBudgets):
		return refusal.New(field+".addons.disruptionBudgets", true, "with addons.replicas 1 would stop every node from being drained", "Set addons.replicas to 2 or more, or disruptionBudgets to false.")
	}
	if err := checkLevelMaintenance(field+".maintenance", l.Maintenance); err != nil {
		return err
	}
	return checkLevelStorage(field+".storage", l.Storage)
}

func isTrue(b *bool) bool { return b != nil && *b }

func checkAddons(p *v1alpha1.PlatformSpec) error {
	for _, a := range p.Addons {
		field := fmt.Sprintf("spec.addons[%s]", a.Name)
		for _, need := range []struct{ name, value string }{
			{"chart", a.Chart}, {"repository", a.Repository}, {"version", a.Version},
		} {
			if need.value == "" {
				return refusal.New(field+"."+need.name, "", "is missing", "Set it: this add-on isn't built in. Built-in add-ons need only what differs.")
			}
		}
	}
	return nil
}

func checkClouds(p *v1alpha1.PlatformSpec) error {
	for i := range p.Clouds {
		c := &p.Clouds[i]
		field := fmt.Sprintf("spec.clouds[%s]", c.Name)
		if err := checkCloud(field, c); err != nil {
			return err
		}
		if err := checkImages(field, c, p.KubernetesVersions); err != nil {
			return err
		}
		if err := checkFlavors(field, c); err != nil {
			return err
		}
		if err := checkPrices(field+".prices", c.Prices); err != nil {
			return err
		}
		if err := checkCloudStorage(field, c); err != nil {
			return err
		}
	}
	return nil
}

func checkCloud(field string, c *v1alpha1.Cloud) error {
	if c.Engine != "" && c.Engine != "ClusterAPI" {
		return refusal.NotOneOf(field+".engine", c.Engine, "is not an engine", []string{"ClusterAPI"})
	}
	if c.AuthURL == "" {
		return refusal.New(field+".authURL", "", "is missing", "Set the address of Keystone.")
	}
	if c.ExternalNetwork.ID == "" {
		return refusal.New(field+".externalNetwork.id", "", "is missing", "Set the id of the network that floating IPs come from.")
	}
	if c.ProviderConfigRef.Name == "" {
		return refusal.New(field+".providerConfigRef.name", "", "is missing", "Name a provider-openstack configuration.")
	}
	if c.LoadBalancer.ProxyProtocol && c.LoadBalancer.Provider == "ovn" {
		return refusal.New(field+".loadBalancer.proxyProtocol", true, "doesn't go with provider ovn, which has no PROXY protocol", "Remove it.")
	}
	for i, s := range c.DNSServers {
		if _, err := netip.ParseAddr(s); err != nil {
			return refusal.New(fmt.Sprintf("%s.dnsServers[%d]", field, i), s, "is not an IP address", "Set IP addresses.")
		}
	}
	if b, _ := pem.Decode([]byte(c.CACertificate)); c.CACertificate != "" && (b == nil || b.Type != "CERTIFICATE") {
		return refusal.New(field+".caCertificate", firstLine(c.CACertificate), "is not a certificate in PEM", "Paste the authority's certificate, from BEGIN CERTIFICATE to END CERTIFICATE.")
	}
	return nil
}

func firstLine(s string) string {
	l, _, _ := strings.Cut(s, "\n")
	return l
}

func checkImages(field string, c *v1alpha1.Cloud, versions []v1alpha1.KubernetesVersion) error {
	seen := map[string]string{}
	for _, i := range c.Images {
		f := fmt.Sprintf("%s.images[%s]", field, i.Name)
		minor := i.KubernetesVersion
		if n := strings.LastIndex(minor, "."); n > 0 {
			minor = minor[:n]
		}
		known := make([]string, 0, len(versions))
		for _, v := range versions {
			known = append(known, v.Name)
		}
		if !slices.Contains(known, minor) {
			return refusal.NotOneOf(f+".kubernetesVersion", i.KubernetesVersion, "is of a minor that spec.kubernetesVersions doesn't have", known)
		}
		what := i.KubernetesVersion + "/" + string(ArchitectureOf(i))
		if other, twice := seen[what]; twice {
			return refusal.New(f, i.Name, "has the same version and architecture as "+other, "Keep one image for each version and architecture.")
		}
		seen[what] = i.Name
	}
	return nil
}

// ArchitectureOf returns the architecture of an image: amd64 unless it says
// otherwise.
func ArchitectureOf(i v1alpha1.Image) v1alpha1.Architecture {
	if i.Architecture == "" {
		return "amd64"
	}
	return i.Architecture
}

func checkFlavors(field string, c *v1alpha1.Cloud) error {
	for _, f := range c.Flavors {
		path := fmt.Sprintf("%s.flavors[%s]", field, f.Name)
		if err := checkAmounts(path, []amount{{"price", f.Price}}); err != nil {
			return err
		}
		spelled := f.CPU > 0 && f.Memory != nil
		if !strings.HasPrefix(f.Name, scs.Prefix) {
			if !spelled {
				return refusal.New(path, f.Name, "has no cpu or no memory", "Set cpu and memory: only names after the SCS standard say them.")
			}
			continue
		}
		if _, err := scs.Parse(f.Name); err != nil && !spelled {
			return refusal.New(path+".name", f.Name, "is not a name after the SCS standard: "+err.Error(), "Correct the name, or set cpu and memory.")
		}
	}
	return nil
}
