package network_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/network"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
)

// What machines must be deleted before is everything of the network that holds
// them: rules and server groups don't.
func TestKeys(t *testing.T) {
	cases := map[string]struct {
		reason string
		change []func(*v1alpha1.KubernetesClusterSpec)
		want   []string
	}{
		"own":        {"the whole network", nil, []string{"network", "router", "router-interface", "security-group", "subnet"}},
		"dual-stack": {"of both families", []func(*v1alpha1.KubernetesClusterSpec){dualStack, firewall}, []string{"network", "router", "router-interface", "router-interface-ipv6", "security-group", "subnet", "subnet-ipv6"}},
		"existing":   {"only what is ours", []func(*v1alpha1.KubernetesClusterSpec){existing}, []string{"security-group"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := plantest.New(t, tc.change...)
			keys := network.Keys(p)
			slices.Sort(keys)
			if diff := cmp.Diff(tc.want, keys); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
			s, err := network.Render(p)
			if err != nil {
				t.Fatal(err)
			}
			var rendered []string
			for _, r := range s.Resources {
				if !strings.HasPrefix(r.Key, "firewall-rule-") && !strings.HasPrefix(r.Key, "server-group-") && r.Key != "nodes-ipv6" {
					rendered = append(rendered, r.Key)
				}
			}
			slices.Sort(rendered)
			if diff := cmp.Diff(rendered, keys); diff != "" {
				t.Errorf("%s: -rendered +keys:\n%s", tc.reason, diff)
			}
		})
	}
}

// A group's policy can't be changed, so it is part of the key: without one there
// is no group.
func TestServerGroupKey(t *testing.T) {
	for policy, want := range map[v1alpha1.AntiAffinity]string{
		"Soft": "server-group-pool-web-soft", "Hard": "server-group-pool-web-hard", "None": "", "": "",
	} {
		if got := network.ServerGroupKey("pool-web", policy); got != want {
			t.Errorf("%q: got %q, want %q", policy, got, want)
		}
	}
}
