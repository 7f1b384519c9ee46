package openstack

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/skerry-dev/skerry/test/crd"
)

func schemas(t *testing.T) *crd.Set {
	t.Helper()
	s, err := crd.Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.OpenStack(); errors.Is(err, crd.ErrNoOpenStack) {
		t.Skip(err)
	}
	return s
}

// knows tells whether a path of the spec is in the kind's schema.
func knows(t *testing.T, s *crd.Set, k *kind, value any, path ...string) bool {
	t.Helper()
	for _, p := range slices.Backward(path) {
		value = map[string]any{p: value}
	}
	o := map[string]any{"apiVersion": k.gvk().GroupVersion().String(), "kind": k.kind, "metadata": map[string]any{"name": "x"}, "spec": value}
	got, err := s.Default(o)
	if err != nil {
		t.Fatal(err)
	}
	at := got["spec"]
	for _, p := range path {
		m, _ := at.(map[string]any)
		at = m[p]
	}
	return at != nil
}

// TestKinds compares the table with the CRDs.
func TestKinds(t *testing.T) {
	s := schemas(t)
	for _, k := range kinds {
		t.Run(k.kind, func(t *testing.T) {
			for _, f := range slices.Concat(k.fixed, k.late) {
				if !knows(t, s, k, "v", "forProvider", f) {
					t.Errorf("there is no field %q", f)
				}
			}
			for f := range k.secretRefs {
				if !knows(t, s, k, map[string]any{"name": "v", "key": "v"}, "forProvider", f) {
					t.Errorf("there is no field %q", f)
				}
			}
			if k.under != "" && !knows(t, s, k, "v", "forProvider", k.under) {
				t.Errorf("there is no field %q", k.under)
			}
			for _, r := range k.refs {
				if r.list != "" {
					continue // TestLives has one
				}
				for _, f := range []string{r.field + refSuffix, r.field + selectorSuffix} {
					if !knows(t, s, k, map[string]any{"name": "v", "matchLabels": map[string]any{}}, "forProvider", f) {
						t.Errorf("there is no field %q", f)
					}
				}
				if kindNamed(r.to) == nil {
					t.Errorf("there is no kind %q", r.to)
				}
			}
			if !slices.IsSorted(k.fixed) || !slices.IsSorted(k.late) {
				t.Error("fields aren't sorted")
			}
			if !strings.HasPrefix(k.terraform, "openstack_") {
				t.Errorf("%q isn't Terraform's name", k.terraform)
			}
		})
	}
}

// lives are managed resources of all kinds, in an order in which they can be
// created one after the other.
const lives = `
kind: NetworkV2
metadata: {name: net, labels: {role: nodes}}
spec: {forProvider: {name: net, description: d, tags: [a, b], mtu: 1400}}
---
kind: SubnetV2
metadata: {name: sub}
spec: {forProvider: {name: sub, networkIdRef: {name: net}, cidr: 10.0.0.0/24, ipVersion: 4, dnsNameservers: [192.0.2.53]}}
---
kind: RouterV2
metadata: {name: router}
spec: {forProvider: {name: router, externalNetworkId: 5f3c2f0e-8a5c-4b57-9d0e-3d8f4f0a1b2c}}
---
kind: RouterInterfaceV2
metadata: {name: if}
spec: {forProvider: {routerIdRef: {name: router}, subnetIdRef: {name: sub}}}
---
kind: SecgroupV2
metadata: {name: group}
spec: {forProvider: {name: group}}
---
kind: SecgroupRuleV2
metadata: {name: rule}
spec: {forProvider: {securityGroupIdRef: {name: group}, direction: ingress, ethertype: IPv4, protocol: tcp, portRangeMin: 80, portRangeMax: 80, remoteIpPrefix: 0.0.0.0/0}}
---
kind: PortV2
metadata: {name: port}
spec: {forProvider: {name: port, networkIdSelector: {matchLabels: {role: nodes}}, fixedIp: [{subnetIdRef: {name: sub}, ipAddress: 10.0.0.9}]}}
---
kind: FloatingipV2
metadata: {name: ip}
spec: {forProvider: {pool: public}}
---
kind: ServergroupV2
metadata: {name: servers}
spec: {forProvider: {name: servers, policies: [soft-anti-affinity]}}
---
kind: VolumeV3
metadata: {name: volume}
spec: {forProvider: {name: volume, size: 10}}
---
kind: ApplicationCredentialV3
metadata: {name: credential}
spec: {forProvider: {name: credential, description: d}, writeConnectionSecretToRef: {name: credential}}
---
kind: EC2CredentialV3
metadata: {name: ec2}
spec: {forProvider: {region: north-1}, writeConnectionSecretToRef: {name: ec2}}
---
kind: ContainerV1
metadata: {name: bucket}
spec: {forProvider: {name: shop-backups, metadata: {a: b}}}
---
kind: ZoneV2
metadata: {name: zone}
spec: {forProvider: {name: shop.example.org., email: a@example.org}}
---
kind: RecordsetV2
metadata: {name: record}
spec: {forProvider: {name: www.shop.example.org., zoneIdRef: {name: zone}, type: A, records: [192.0.2.1]}}
---
kind: SharenetworkV2
metadata: {name: sharenet}
spec: {forProvider: {name: sharenet, neutronNetIdRef: {name: net}, neutronSubnetIdRef: {name: sub}}}
---
kind: ShareV2
metadata: {name: share}
spec: {forProvider: {name: share, shareProto: CEPHFS, size: 10, shareNetworkIdRef: {name: sharenet}, metadata: {a: b}}}
---
kind: ShareAccessV2
metadata: {name: access}
spec: {forProvider: {shareIdRef: {name: share}, accessType: cephx, accessTo: user, accessLevel: rw}, writeConnectionSecretToRef: {name: access}}
`

// balancer needs the subnet's ID, for which there is no reference.
const balancer = `
kind: LoadbalancerV2
metadata: {name: balancer}
spec: {forProvider: {name: balancer, vipSubnetId: SUBNET}}
`
