package cloudprovider_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/charttest"
	"github.com/skerry-dev/skerry/functions/internal/component/cloudprovider"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
)

const certificate = "-----BEGIN CERTIFICATE-----\nTEST\n-----END CERTIFICATE-----\n"

func dualStack(c *v1alpha1.KubernetesClusterSpec) {
	c.Network.IPFamilies = []v1alpha1.IPFamily{"IPv4", "IPv6"}
	c.Network.NodeIPv6CIDR = "fd00:10::/64"
	c.Network.PodCIDRs = []v1alpha1.CIDR{"10.244.0.0/16", "fd00:244::/56"}
	c.Network.ServiceCIDRs = []v1alpha1.CIDR{"10.96.0.0/12", "fd00:96::/112"}
}

func onOVN(p *plan.Cluster) { p.Cloud.LoadBalancer.Provider = "ovn" }

// existing is a network that the claim named.
func existing(p *plan.Cluster) {
	p.Facts.Network = plan.NetworkIDs{
		Network: "33333333-0000-4000-8000-000000000001",
		Subnets: []string{"33333333-0000-4000-8000-000000000002"},
		Router:  "33333333-0000-4000-8000-000000000003",
	}
	p.Network.Existing = &p.Facts.Network
}

func withCA(p *plan.Cluster) { p.Cloud.CACertificate = certificate }

func plain(p *plan.Cluster) { p.Cloud.LoadBalancer, p.Cloud.Region = plan.LoadBalancer{}, "" }

// cases are the clusters of the golden files.
var cases = map[string]struct {
	claim func(*v1alpha1.KubernetesClusterSpec)
	plan  func(*plan.Cluster)
}{
	"besteffort":     {claim: plantest.Level("BestEffort")},
	"standard":       {},
	"premium":        {claim: plantest.Level("Premium")},
	"dualstack":      {claim: dualStack},
	"existing":       {plan: existing},
	"ovn":            {plan: onOVN},
	"ca-certificate": {plan: withCA},
	"plain":          {plan: plain},
	"unreachable":    {plan: func(p *plan.Cluster) { p.Facts.Machines.Reachable = false }},
	"no-credential":  {plan: func(p *plan.Cluster) { p.Facts.Credential = plan.Credential{} }},
}

func cluster(t *testing.T, name string) *plan.Cluster {
	t.Helper()
	tc := cases[name]
	var changes []func(*v1alpha1.KubernetesClusterSpec)
	if tc.claim != nil {
		changes = append(changes, tc.claim)
	}
	p := plantest.Cluster(t, changes...)
	if tc.plan != nil {
		tc.plan(p)
	}
	return p
}

func TestGolden(t *testing.T) {
	for name := range cases {
		t.Run(name, func(t *testing.T) {
			p := cluster(t, name)
			rendertest.Golden(t, name, func() (render.Set, error) { return cloudprovider.Render(p) })
		})
	}
}

// section returns the load-balancer section of a cluster.
func section(t *testing.T, p *plan.Cluster) map[string]any {
	t.Helper()
	set, err := cloudprovider.Render(p)
	if err != nil {
		t.Fatal(err)
	}
	config := set.Resources[0].Body.(*helm.Release).Spec.ForProvider.Values["cloudConfig"].(map[string]any)
	return config["loadBalancer"].(map[string]any)
}

func TestLoadBalancer(t *testing.T) {
	const (
		network = "5f3c2f0e-8a5c-4b57-9d0e-3d8f4f0a1b2c"
		subnet  = "11111111-0000-4000-8000-000000000002"
		flavor  = "0a0a0a0a-0000-4000-8000-000000000002"
	)
	tests := map[string]struct {
		reason string
		want   map[string]any
	}{
		"standard": {
			reason: "Amphorae come from the level's flavor, in the nodes' subnet, which Cluster API opens.",
			want:   map[string]any{"floating-network-id": network, "subnet-id": subnet, "lb-provider": "amphora", "flavor-id": flavor, "manage-security-groups": false},
		},
		"dualstack": {
			reason: "The subnet is that of the Service's family, and only the manager opens IPv6.",
			want:   map[string]any{"floating-network-id": network, "lb-provider": "amphora", "flavor-id": flavor, "manage-security-groups": true},
		},
		"ovn": {
			reason: "OVN has one method and no flavors, and clients come with their own addresses.",
			want:   map[string]any{"floating-network-id": network, "subnet-id": subnet, "lb-provider": "ovn", "lb-method": "SOURCE_IP_PORT", "manage-security-groups": true},
		},
		"plain": {
			reason: "A cloud with nothing but defaults gets its defaults.",
			want:   map[string]any{"floating-network-id": network, "subnet-id": subnet, "manage-security-groups": false},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			tc.want["create-monitor"] = true
			if diff := cmp.Diff(tc.want, section(t, cluster(t, name))); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestAwaits(t *testing.T) {
	tests := map[string]struct {
		reason string
		change func(*plan.Cluster)
		want   string
	}{
		"Nothing":    {"Everything is there.", func(*plan.Cluster) {}, ""},
		"API":        {"Nothing can be installed before the API answers.", func(p *plan.Cluster) { p.Facts.Machines.Reachable = false }, "the Kubernetes API of the cluster"},
		"Credential": {"A lost id must not empty the configuration.", func(p *plan.Cluster) { p.Facts.Credential.ID = "" }, "the id of the application credential"},
		"Network":    {"A lost subnet must not move the load balancers.", func(p *plan.Cluster) { p.Facts.Network = plan.NetworkIDs{} }, "the id of the network"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			p := plantest.Cluster(t)
			tc.change(p)
			set, err := cloudprovider.Render(p)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, set.Resources[0].Awaits); diff != "" {
				t.Errorf("%s\n-want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// TestNoSecret proves rule 6: the secret travels by reference.
func TestNoSecret(t *testing.T) {
	p := plantest.Cluster(t)
	set, err := cloudprovider.Render(p)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(set.Resources[0].Body)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), p.Facts.Credential.Secret.Reveal()) {
		t.Error("the release holds the secret of the application credential")
	}
}

func TestCharts(t *testing.T) {
	for _, name := range []string{"ovn", "ca-certificate", "dualstack"} {
		t.Run(name, func(t *testing.T) {
			set, err := cloudprovider.Render(cluster(t, name))
			if err != nil {
				t.Fatal(err)
			}
			charttest.Check(t, "openstack-cloud-controller-manager", set)
		})
	}
}
