package main

import (
	"context"
	"testing"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/test/pretend"
)

type object = map[string]any

// at returns the map at the path, which must exist.
func at(m object, path ...string) object {
	for _, p := range path {
		m = m[p].(object)
	}
	return m
}

func pool(spec object, i int) object { return spec["nodePools"].([]any)[i].(object) }

func cloud(spec object, i int) object { return spec["clouds"].([]any)[i].(object) }

// Wrong claims, for a cluster that runs. The API server refuses many of them
// before they come here; a function is also called without one.
func TestWrongClaims(t *testing.T) {
	cases := map[string]struct {
		change func(spec object)
		want   string
	}{
		"unknown cloud":   {func(s object) { s["cloud"] = "west" }, `spec.cloud: "west" is not a cloud of this platform. Allowed: north, south.`},
		"cloud changed":   {func(s object) { s["cloud"] = "south"; pool(s, 0)["flavor"] = "m1.large" }, `spec.cloud: "south" uses other credentials (south) than the cluster was made with (north). Keep the cloud and its providerConfigRef: a cluster can't move.`},
		"unknown level":   {func(s object) { s["serviceLevel"] = "Gold" }, `spec.serviceLevel: "Gold" is not a service level of this platform. Allowed: BestEffort, Demo, Premium, Standard.`},
		"unknown version": {func(s object) { s["version"] = "1.99" }, `spec.version: "1.99" is not a Kubernetes version that this platform offers. Allowed: 1.35, 1.36.`},
		"unknown time zone": {func(s object) {
			s["maintenance"] = object{"window": object{"start": "22:00", "timeZone": "Mars/Phobos"}}
		}, `spec.maintenance.window.timeZone: "Mars/Phobos" is not a time zone. Use a name of the IANA time zone database, for example Europe/Zurich or UTC.`},
		"unknown start":         {func(s object) { s["maintenance"] = object{"window": object{"start": "24:00"}} }, `spec.maintenance.window.start: "24:00" is not a time of day. Set hours and minutes, for example 22:00.`},
		"unknown flavor":        {func(s object) { pool(s, 0)["flavor"] = "tiny" }, `spec.nodePools[web].flavor: "tiny" is not a flavor of cloud "north". Allowed: SCS-16V-64-256s_GNl-142, SCS-2V-4-20s, SCS-2V-8-20s, SCS-4V-16, SCS-4V-16-100s, a1.large.`},
		"unknown control plane": {func(s object) { s["controlPlane"] = object{"flavor": "tiny"} }, `spec.controlPlane.flavor: "tiny" is not a flavor of cloud "north". Allowed: SCS-16V-64-256s_GNl-142, SCS-2V-4-20s, SCS-2V-8-20s, SCS-4V-16, SCS-4V-16-100s, a1.large.`},
		"too many replicas":     {func(s object) { s["controlPlane"] = object{"replicas": int64(5)} }, `spec.controlPlane.replicas: "5" is not offered by service level "Standard". Allowed: 3.`},
		"unknown zone":          {func(s object) { pool(s, 0)["availabilityZones"] = []any{"mars"} }, `spec.nodePools[web].availabilityZones: "mars" is not a zone of cloud "north". Allowed: north-1a, north-1b, north-1c.`},
		"wrong architecture":    {func(s object) { pool(s, 0)["architecture"] = "arm64" }, `spec.nodePools[web].architecture: "arm64" is not the architecture of flavor "SCS-4V-16-100s", which is amd64. Choose another flavor, or leave the field out.`},
		"no pools":              {func(s object) { s["nodePools"] = []any{} }, `spec.nodePools: "" has no pool. Add one: without nodes nothing can run.`},
		"neither size":          {func(s object) { delete(pool(s, 0), "replicas") }, `spec.nodePools[web]: "web" needs either replicas or autoscaling. Set one of them.`},
		"both sizes":            {func(s object) { pool(s, 0)["autoscaling"] = object{"min": int64(1), "max": int64(2)} }, `spec.nodePools[web]: "web" needs either replicas or autoscaling. Set one of them.`},
		"nodes without end":     {func(s object) { pool(s, 0)["replicas"] = int64(1001) }, `spec.nodePools[web]: "1001" nodes are more than a pool may have (1000). Set fewer, or add another pool.`},
		"negative replicas":     {func(s object) { pool(s, 0)["replicas"] = int64(-1) }, `spec.nodePools[web].replicas: "-1" is negative. Set 0 or more.`},
		"min over max": {func(s object) {
			delete(pool(s, 0), "replicas")
			pool(s, 0)["autoscaling"] = object{"min": int64(3), "max": int64(2)}
		}, `spec.nodePools[web].autoscaling.min: "3" is larger than max 2, or negative. Lower min or raise max.`},
		"root volume in bytes": {func(s object) { pool(s, 0)["rootVolume"] = object{"size": "1500M"} }, `spec.nodePools[web].rootVolume.size: "1500M" is not a whole number of gibibytes. Set for example 50Gi.`},
		"pools with one name": {func(s object) {
			s["nodePools"] = append(s["nodePools"].([]any), runtime.DeepCopyJSONValue(s["nodePools"].([]any)[0]))
		}, `spec.nodePools: "web" would give its nodes the same names (web-north-1a) as pool "web". Give each pool a name of its own.`},
		"node range changed": {func(s object) { at(s, "network")["nodeCIDR"] = "10.7.0.0/22" }, `spec.network.nodeCIDR: "10.7.0.0/22" can't be changed from 10.0.0.0/22. Set it back: every node's address comes from it.`},
		"pod range changed":  {func(s object) { at(s, "network")["podCIDRs"] = []any{"10.200.0.0/16"} }, `spec.network.podCIDRs: "[10.200.0.0/16]" can't be changed from [10.244.0.0/16]. Set them back: every address in the cluster comes from them.`},
		"ranges overlap":     {func(s object) { at(s, "network")["podCIDRs"] = []any{"10.96.0.0/16"} }, `spec.network.serviceCIDRs[0]: "10.96.0.0/12" overlaps with spec.network.podCIDRs[0] 10.96.0.0/16. Choose ranges that share no address.`},
		"not a range":        {func(s object) { at(s, "network")["nodeCIDR"] = "10.0.0.0" }, `spec.network.nodeCIDR: "10.0.0.0" is not an IP range in CIDR notation. Set a range such as 10.0.0.0/22.`},
		"not a source":       {func(s object) { at(s, "network")["apiServer"] = object{"allowedCIDRs": []any{"me"}} }, `spec.network.apiServer.allowedCIDRs[0]: "me" is not an IP range in CIDR notation. Set a range such as 10.0.0.0/22.`},
		"not a firewall source": {
			func(s object) {
				at(s, "network")["firewallRules"] = []any{object{"name": "x", "protocol": "TCP", "sources": []any{"you"}}}
			},
			`spec.network.firewallRules[x].sources[0]: "you" is not an IP range in CIDR notation. Set a range such as 10.0.0.0/22.`,
		},
		"pod range too small":     {func(s object) { at(s, "network")["podCIDRs"] = []any{"10.244.0.0/24"} }, `spec.network.podCIDRs[0]: "10.244.0.0/24" has a size that Kubernetes can't use for pods: each node gets a /24 of it. Set a range from /8 to /23.`},
		"service range too large": {func(s object) { at(s, "network")["serviceCIDRs"] = []any{"172.0.0.0/8"} }, `spec.network.serviceCIDRs[0]: "172.0.0.0/8" has a size that Kubernetes can't use for services. Set a range from /12 to /28, or for IPv6 from /108 to /124.`},
		"one rule twice": {
			func(s object) {
				rule := func(name string) object {
					return object{"name": name, "protocol": "TCP", "ports": object{"first": int64(80), "last": int64(80)}, "sources": []any{"0.0.0.0/0"}}
				}
				at(s, "network")["firewallRules"] = []any{rule("a"), rule("b")}
			},
			`spec.network.firewallRules[b].sources[0]: "0.0.0.0/0" is allowed by rule "a" already, and a cloud has each rule once. Take one of them out.`,
		},
		"no pod range": {func(s object) { at(s, "network")["podCIDRs"] = []any{} }, `spec.network: "" has no podCIDRs or no serviceCIDRs. Leave them out for the defaults: they come with the schema.`},
		"unknown CNI":  {func(s object) { at(s, "network")["cni"] = "Flannel" }, `spec.network.cni: "Flannel" is not a network plugin. Allowed: Calico, Cilium.`},
		"existing network later": {
			func(s object) {
				at(s, "network")["existing"] = object{"networkID": "7b5e4f2a-0c7e-4d79-9f2a-5f0a6b2c3d4e", "subnetIDs": []any{"8c6f5a3b-1d8f-4e8a-8a3b-6a1b7c3d4e5f"}, "routerID": "9d7a6b4c-2e9a-4f9b-9b4c-7b2c8d4e5f6a"}
			},
			`spec.network.existing: "7b5e4f2a-0c7e-4d79-9f2a-5f0a6b2c3d4e" can't be set: the cluster has a network of its own. Take the field out.`,
		},
		"demo too large": {func(s object) { s["serviceLevel"] = "Demo"; pool(s, 0)["replicas"] = int64(9) }, `spec.nodePools: "9" nodes are more than service level "Demo" allows (3). Ask for fewer nodes, or choose another service level.`},
		"not a list":     {func(s object) { s["nodePools"] = "many" }, `cannot decode *v1alpha1.KubernetesCluster: json: cannot unmarshal string into Go struct field KubernetesClusterSpec.spec.nodePools of type []v1alpha1.NodePool`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := settled(t, exampleNamed(t, "shop"))
			tc.change(at(w.Composite, "spec"))
			refused(t, w, tc.want)
		})
	}
}

// Wrong Platforms, for the same cluster.
func TestWrongPlatforms(t *testing.T) {
	cases := map[string]struct {
		change func(spec object)
		want   string
	}{
		"image of an unknown minor": {func(s object) { cloud(s, 0)["images"].([]any)[0].(object)["kubernetesVersion"] = "1.20.1" }, `the Platform "default" can't be used: spec.clouds[north].images[ubuntu-2404-kube-v1.34.11].kubernetesVersion: "1.20.1" is of a minor that spec.kubernetesVersions doesn't have. Allowed: 1.33, 1.34, 1.35, 1.36.`},
		"two images":                {func(s object) { cloud(s, 0)["images"].([]any)[0].(object)["kubernetesVersion"] = "1.35.9" }, `the Platform "default" can't be used: spec.clouds[north].images[ubuntu-2404-kube-v1.35.9]: "ubuntu-2404-kube-v1.35.9" has the same version and architecture as ubuntu-2404-kube-v1.34.11. Keep one image for each version and architecture.`},
		"patch of another minor":    {func(s object) { s["kubernetesVersions"] = []any{object{"name": "1.36", "patch": "1.35.1"}} }, `the Platform "default" can't be used: spec.kubernetesVersions[1.36].patch: "1.35.1" is not a patch of 1.36. Set a version that begins with 1.36.`},
		"version without patch":     {func(s object) { s["kubernetesVersions"] = []any{object{"name": "1.37"}} }, `the Platform "default" can't be used: spec.kubernetesVersions[1.37].patch: "" is missing. Set the full version that clusters of this minor run.`},
		"version without support":   {func(s object) { s["kubernetesVersions"] = []any{object{"name": "1.37", "patch": "1.37.1"}} }, `the Platform "default" can't be used: spec.kubernetesVersions[1.37].support: "" is missing. Allowed: Deprecated, Ended, Supported.`},
		"even control plane": {func(s object) {
			s["serviceLevels"] = []any{object{"name": "Standard", "controlPlane": object{"replicas": int64(2)}}}
		}, `the Platform "default" can't be used: spec.serviceLevels[Standard].controlPlane.replicas: "2" can't form a quorum of etcd. Allowed: 1, 3, 5.`},
		"half a level": {func(s object) {
			s["serviceLevels"] = []any{object{"name": "Gold", "controlPlane": object{"replicas": int64(3)}}}
		}, `the Platform "default" can't be used: spec.serviceLevels[Gold].controlPlane.antiAffinity: "" is missing. Allowed: Hard, None, Soft.`},
		"budget of one": {
			func(s object) {
				s["serviceLevels"] = []any{object{"name": "BestEffort", "addons": object{"disruptionBudgets": true}}}
			},
			`the Platform "default" can't be used: spec.serviceLevels[BestEffort].addons.disruptionBudgets: "true" with addons.replicas 1 would stop every node from being drained. Set addons.replicas to 2 or more, or disruptionBudgets to false.`,
		},
		"add-on without chart": {func(s object) { s["addons"] = []any{object{"name": "mine"}} }, `the Platform "default" can't be used: spec.addons[mine].chart: "" is missing. Set it: this add-on isn't built in. Built-in add-ons need only what differs.`},
		"flavor without size":  {func(s object) { cloud(s, 0)["flavors"] = []any{object{"name": "m1.small"}} }, `the Platform "default" can't be used: spec.clouds[north].flavors[m1.small]: "m1.small" has no cpu or no memory. Set cpu and memory: only names after the SCS standard say them.`},
		"unknown engine":       {func(s object) { cloud(s, 0)["engine"] = "Heat" }, `the Platform "default" can't be used: spec.clouds[north].engine: "Heat" is not an engine. Allowed: ClusterAPI.`},
		"no Keystone":          {func(s object) { delete(cloud(s, 0), "authURL") }, `the Platform "default" can't be used: spec.clouds[north].authURL: "" is missing. Set the address of Keystone.`},
		"no external network":  {func(s object) { cloud(s, 0)["externalNetwork"] = object{} }, `the Platform "default" can't be used: spec.clouds[north].externalNetwork.id: "" is missing. Set the id of the network that floating IPs come from.`},
		"no provider config":   {func(s object) { cloud(s, 0)["providerConfigRef"] = object{} }, `the Platform "default" can't be used: spec.clouds[north].providerConfigRef.name: "" is missing. Name a provider-openstack configuration.`},
		"bad name server":      {func(s object) { cloud(s, 0)["dnsServers"] = []any{"dns.example.org"} }, `the Platform "default" can't be used: spec.clouds[north].dnsServers[0]: "dns.example.org" is not an IP address. Set IP addresses.`},
		"bad certificate":      {func(s object) { cloud(s, 0)["caCertificate"] = "trust me" }, `the Platform "default" can't be used: spec.clouds[north].caCertificate: "trust me" is not a certificate in PEM. Paste the authority's certificate, from BEGIN CERTIFICATE to END CERTIFICATE.`},
		"cloud taken away":     {func(s object) { s["clouds"] = s["clouds"].([]any)[1:] }, `spec.cloud: "north" is not a cloud of this platform. Allowed: south.`},
		"image taken away": {
			func(s object) { cloud(s, 0)["images"] = cloud(s, 0)["images"].([]any)[:2] },
			`spec.version: "1.36" has no image on cloud "north" for Kubernetes 1.36.4 and amd64. The cloud has images for: 1.34.11, 1.35.9. Choose one of these minors, or ask the platform team to add the image.`,
		},
		"groups of nobody": {func(s object) { delete(s, "access") }, `spec.access: "team-a-admins, team-a" are groups of an identity provider, and neither the claim nor the platform has one. Set access.oidc.`},
		"unknown field":    {func(s object) { s["cluods"] = []any{} }, `the Platform "default" can't be used: cannot decode the Platform: unknown field "cluods"`},
		"wrong type":       {func(s object) { s["namespace"] = int64(7) }, `the Platform "default" can't be used: cannot decode the Platform: json: cannot unmarshal number into Go struct field PlatformSpec.namespace of type string`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := settled(t, exampleNamed(t, "shop"))
			p := runtime.DeepCopyJSON(normal(t, w.Required["Platform"][0]))
			tc.change(at(p, "spec"))
			w.Required["Platform"] = []map[string]any{p}
			refused(t, w, tc.want)
		})
	}
}

func TestAllowedCIDRsMustNotLockThePlatformOut(t *testing.T) {
	w := settled(t, exampleNamed(t, "bank"))
	p := runtime.DeepCopyJSON(normal(t, w.Required["Platform"][0]))
	delete(at(p, "spec", "management"), "allowedCIDRs")
	w.Required["Platform"] = []map[string]any{p}
	refused(t, w, `spec.network.apiServer.allowedCIDRs: "[203.0.113.0/24]" would lock the management cluster out: the Platform doesn't say where that reaches clusters from. Ask the platform team to set spec.management.allowedCIDRs of the Platform, or leave the field out.`)
}

// A cluster in an existing network stays in it, and on its cloud.
func TestExistingNetworkStays(t *testing.T) {
	cases := map[string]struct {
		change func(spec object)
		want   string
	}{
		"another network": {
			func(s object) { at(s, "network", "existing")["networkID"] = "00000000-0000-4000-8000-000000000000" },
			`spec.network.existing: "00000000-0000-4000-8000-000000000000" can't be changed: the nodes live in network 7b5e4f2a-0c7e-4d79-9f2a-5f0a6b2c3d4e. Set it back.`,
		},
		"none": {
			func(s object) { delete(at(s, "network"), "existing") },
			`spec.network.existing: "" can't be changed: the nodes live in network 7b5e4f2a-0c7e-4d79-9f2a-5f0a6b2c3d4e. Set it back.`,
		},
		"another cloud": {
			func(s object) { s["cloud"] = "north"; pool(s, 0)["flavor"] = "SCS-4V-16-100s" },
			`spec.cloud: "north" uses other credentials (north) than the cluster was made with (south). Keep the cloud and its providerConfigRef: a cluster can't move.`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := settled(t, exampleNamed(t, "plant"))
			tc.change(at(w.Composite, "spec"))
			refused(t, w, tc.want)
		})
	}
}

// A claim that can't be served any more can still be deleted: turning its
// protection off takes the Usages away, and nothing else.
func TestRefusedClaimsCanBeDeleted(t *testing.T) {
	w := settled(t, exampleNamed(t, "shop"))
	spec := at(w.Composite, "spec")
	spec["cloud"] = "gone"
	spec["deletionProtection"] = false
	req, rsp, err := w.Call(context.Background(), newFunction())
	if err != nil {
		t.Fatal(err)
	}
	if f := pretend.Fatal(rsp); f != "" {
		t.Fatalf("the answer is fatal, so the protection stays: %s", f)
	}
	if diff := cmp.Diff([]string{"deletion-protection", "deletion-protection-composite"}, gone(req, rsp)); diff != "" {
		t.Errorf("gone: -want +got:\n%s", diff)
	}
	for key, r := range rsp.GetDesired().GetResources() {
		if !proto.Equal(r.GetResource().GetFields()["data"], req.GetObserved().GetResources()[key].GetResource().GetFields()["data"]) {
			t.Errorf("%q is changed", key)
		}
	}
	c := conditionOf(rsp, "Accepted")
	if c.GetStatus() != fnv1.Status_STATUS_CONDITION_FALSE || rsp.GetDesired().GetComposite().GetReady() != fnv1.Ready_READY_FALSE {
		t.Errorf("the claim is refused, and the answer doesn't say so: %v", c)
	}
	was := w.Composite["status"].(object)["phase"]
	is := rsp.GetDesired().GetComposite().GetResource().AsMap()["status"].(object)["phase"]
	if was != is {
		t.Errorf("the status lost its phase: was %v, is %v", was, is)
	}
}

func TestMissingPlatform(t *testing.T) {
	w := settled(t, exampleNamed(t, "shop"))
	w.Input = object{"apiVersion": "skerry.dev/v1alpha1", "kind": "Input", "platformName": "other"}
	refused(t, w, `Platform: "other" does not exist. Ask the platform team to create the Platform of that name. What runs stays as it is.`)
}

func TestLongName(t *testing.T) {
	xr := composite(t, exampleNamed(t, "shop"))
	long := "a-name-that-is-very-much-longer-than-machines-can-bear"
	at(xr, "metadata")["name"] = long
	refused(t, pretend.NewWorld(xr, platform(t)), `metadata.name: "`+long+`" is longer than 50 characters. Create the object with a shorter name; claims get a suffix of 6 characters.`)
}

// refused calls the function, wants that message, as a fatal result and in the
// Accepted condition: Crossplane then changes nothing.
func refused(t *testing.T, w *pretend.World, want string) {
	t.Helper()
	_, rsp, err := w.Call(context.Background(), newFunction())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, pretend.Fatal(rsp)); diff != "" {
		t.Errorf("fatal result: -want +got:\n%s", diff)
	}
	c := conditionOf(rsp, "Accepted")
	if c.GetStatus() != fnv1.Status_STATUS_CONDITION_FALSE || c.GetMessage() != want {
		t.Errorf("Accepted: got %v %q, want False with the same message", c.GetStatus(), c.GetMessage())
	}
	if c.GetTarget() != fnv1.Target_TARGET_COMPOSITE_AND_CLAIM {
		t.Error("Accepted doesn't reach the claim")
	}
}

func conditionOf(rsp *fnv1.RunFunctionResponse, conditionType string) *fnv1.Condition {
	for _, c := range rsp.GetConditions() {
		if c.GetType() == conditionType {
			return c
		}
	}
	return nil
}

func exampleNamed(t testing.TB, name string) map[string]any {
	t.Helper()
	for _, c := range exampleClusters(t) {
		if at(c, "metadata")["name"] == name {
			return c
		}
	}
	t.Fatalf("no example is called %q", name)
	return nil
}
