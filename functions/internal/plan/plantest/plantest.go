// Package plantest makes plans for tests, from the Platform in examples/ and a claim,
// through the same merge and the same planning as in production.
package plantest

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	apiruntime "k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/catalog"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

// ClaimYAML is the spec of a claim with the schema's defaults filled in.
const ClaimYAML = `
cloud: north
serviceLevel: Standard
version: "1.36"
nodePools:
- {name: web, flavor: SCS-4V-16-100s, replicas: 3}
- {name: batch, flavor: SCS-4V-16, autoscaling: {min: 0, max: 9}, labels: {example.org/purpose: batch}, taints: [{key: batch, value: "true", effect: NoSchedule}]}
network:
  cni: Cilium
  ipFamilies: [IPv4]
  nodeCIDR: 10.0.0.0/22
  podCIDRs: [10.244.0.0/16]
  serviceCIDRs: [10.96.0.0/12]
  policyPreset: BlockMetadata
access:
  adminGroups: [team-a-admins]
  viewerGroups: [team-a]
# A window is open: changes may begin.
maintenance: {now: "2026-11-27T12:00:00Z"}
`

// Owner of the plans: a claim of team-a.
func Owner() plan.Owner {
	return plan.Owner{
		Home: plan.Home{Namespace: "skerry-system", Prefix: "shop-x7k2p"},
		Team: plan.Team{Namespace: "team-a", Name: "shop", Kind: "KubernetesCluster"},

		Composite: "XKubernetesCluster",
	}
}

// PlatformSpec returns the spec of the Platform in examples/.
func PlatformSpec(t testing.TB) map[string]any {
	t.Helper()
	_, here, _, _ := runtime.Caller(0)
	raw, err := os.ReadFile(filepath.Join(filepath.Dir(here), "../../../../examples/platform.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var p struct{ Spec map[string]any }
	if err := yaml.Unmarshal(raw, &p); err != nil {
		t.Fatal(err)
	}
	return p.Spec
}

// Platform returns the merged catalogue.
func Platform(t testing.TB) *v1alpha1.PlatformSpec {
	t.Helper()
	p, err := catalog.Merge(PlatformSpec(t))
	if err != nil {
		t.Fatalf("cannot merge the test's Platform: %v", err)
	}
	return p
}

// Claim returns the spec of the claim, after the given changes.
func Claim(t testing.TB, change ...func(*v1alpha1.KubernetesClusterSpec)) *v1alpha1.KubernetesClusterSpec {
	t.Helper()
	c := &v1alpha1.KubernetesClusterSpec{}
	decode(t, ClaimYAML, c)
	for _, f := range change {
		f(c)
	}
	return c
}

// Level returns a change that sets the service level.
func Level(name string) func(*v1alpha1.KubernetesClusterSpec) {
	return func(c *v1alpha1.KubernetesClusterSpec) { c.ServiceLevel = name }
}

// Now is the time of the plans: a Friday, at midday.
var Now = time.Date(2026, time.November, 27, 12, 0, 0, 0, time.UTC)

// World is what the plans are made against: the Platform in examples/ and what
// exists.
func World(t testing.TB, have observed.Set) plan.ClusterWorld {
	t.Helper()
	return plan.ClusterWorld{Platform: Platform(t), Have: have, Created: Now, Now: Now}
}

// Cluster plans the claim after the given changes, with everything there that
// a component may wait for: the network, the credential and a reachable API.
func Cluster(t testing.TB, change ...func(*v1alpha1.KubernetesClusterSpec)) *plan.Cluster {
	t.Helper()
	p, err := plan.NewCluster(Owner(), Claim(t, change...), World(t, Observed(t)))
	if err != nil {
		t.Fatalf("cannot plan: %v", err)
	}
	return p
}

// New plans the claim after the given changes, with nothing there yet.
func New(t testing.TB, change ...func(*v1alpha1.KubernetesClusterSpec)) *plan.Cluster {
	t.Helper()
	p, err := plan.NewCluster(Owner(), Claim(t, change...), World(t, observed.Set{}))
	if err != nil {
		t.Fatalf("cannot plan: %v", err)
	}
	return p
}

// observedYAML is what exists of a cluster whose API has just come up.
const observedYAML = `
network: {status: {atProvider: {id: 11111111-0000-4000-8000-000000000001}}}
subnet: {status: {atProvider: {id: 11111111-0000-4000-8000-000000000002}}}
subnet-ipv6: {status: {atProvider: {id: 11111111-0000-4000-8000-000000000003}}}
router: {status: {atProvider: {id: 11111111-0000-4000-8000-000000000004}}}
security-group: {status: {atProvider: {id: 11111111-0000-4000-8000-000000000005}}}
server-group-control-plane-soft: {status: {atProvider: {id: 11111111-0000-4000-8000-000000000006}}}
server-group-control-plane-hard: {status: {atProvider: {id: 11111111-0000-4000-8000-000000000007}}}
server-group-pool-web-soft: {status: {atProvider: {id: 11111111-0000-4000-8000-000000000008}}}
server-group-pool-batch-soft: {status: {atProvider: {id: 11111111-0000-4000-8000-000000000009}}}
application-credential: {status: {atProvider: {id: "22222222000040008000000000000001"}}}
root-ca: {status: {atProvider: {manifest: {data: {ca.crt: "-----BEGIN CERTIFICATE-----\nTEST\n-----END CERTIFICATE-----\n"}}}}}
cluster-template-00000000:
  spec: {template: {spec: {externalNetwork: {id: 5f3c2f0e-8a5c-4b57-9d0e-3d8f4f0a1b2c}, apiServerLoadBalancer: {enabled: true, provider: amphora, flavor: lb-standard}}}}
cluster:
  spec:
    controlPlaneEndpoint: {host: 203.0.113.10, port: 6443}
    topology: {classRef: {name: shop-x7k2p-00000000}, version: v1.36.4}
  status:
    initialization: {infrastructureProvisioned: true, controlPlaneInitialized: true}
    controlPlane: {desiredReplicas: 3, readyReplicas: 3, versions: [{version: v1.36.4, replicas: 3}]}
    workers: {desiredReplicas: 3, readyReplicas: 3}
    conditions: [{type: Available, status: "True"}, {type: TopologyReconciled, status: "True"}, {type: RollingOut, status: "False"}]
`

// Observed returns what exists of a cluster whose API has just come up.
func Observed(t testing.TB) observed.Set {
	t.Helper()
	all := map[string]any{}
	decode(t, observedYAML, &all)
	s := observed.Set{}
	for key, v := range all {
		r := observed.Resource{Value: observed.Of(apiruntime.DeepCopyJSONValue(v))}
		if key == plan.KeyCredential {
			r.Connection = map[string][]byte{"attribute.secret": []byte("s3cret-of-the-credential")}
		}
		s[key] = r
	}
	return s
}

func decode(t testing.TB, text string, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
		t.Fatalf("cannot decode test data: %v", err)
	}
}
