package policies

import (
	"strings"

	"github.com/skerry-dev/skerry/functions/internal/component/addon"
	"github.com/skerry-dev/skerry/functions/internal/component/cni"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// Policies of a team are in Calico's default tier, of order 1000000. A denial
// there would isolate every pod that it applies to; so ours have tiers of their
// own, which pass on whatever they don't deny: one before the team's, for what
// nobody may allow, and one after, for pods that no policy of a team selects.
const (
	keyTierBefore = "network-policy-tier-before"
	keyTierAfter  = "network-policy-tier-after"

	tierBefore = "skerry-before"
	tierAfter  = "skerry-after"

	orderBefore = 100
	orderAfter  = 2000000

	calicoVersion = "projectcalico.org/v3"
)

// tier is a Tier of projectcalico.org/v3.
type tier struct {
	external.Meta `json:",inline"`
	Spec          tierSpec `json:"spec"`
}

type tierSpec struct {
	Order         int64  `json:"order"`
	DefaultAction string `json:"defaultAction"`
}

// calicoPolicy is a GlobalNetworkPolicy of projectcalico.org/v3.
type calicoPolicy struct {
	external.Meta `json:",inline"`
	Spec          calicoSpec `json:"spec"`
}

// calicoSpec selects by namespace, always: without that it would apply to the
// nodes themselves.
type calicoSpec struct {
	Tier              string       `json:"tier"`
	NamespaceSelector string       `json:"namespaceSelector"`
	Selector          string       `json:"selector,omitempty"`
	Types             []string     `json:"types"`
	Ingress           []calicoRule `json:"ingress,omitempty"`
	Egress            []calicoRule `json:"egress,omitempty"`
}

type calicoRule struct {
	Action      string       `json:"action"`
	Destination *destination `json:"destination,omitempty"`
}

type destination struct {
	Nets []string `json:"nets"`
}

func calico(p *plan.Cluster) render.Set {
	after := cni.Key(p)
	return render.Set{Resources: []render.Resource{
		addon.Object(p, keyTierBefore, newTier(tierBefore, orderBefore), after),
		addon.Object(p, keyTierAfter, newTier(tierAfter, orderAfter), after),
		addon.Object(p, keyBlockMetadata, calicoBlockMetadata(p.Network.Policy.BlockMetadata), keyTierBefore),
		addon.Object(p, keyDefaultDeny, calicoDefaultDeny(p.Network.Policy.DefaultDeny), keyTierAfter),
	}}
}

func newTier(name string, order int64) *tier {
	return &tier{
		Meta: external.Meta{APIVersion: calicoVersion, Kind: "Tier", Metadata: external.ObjectMeta{Name: name}},
		Spec: tierSpec{Order: order, DefaultAction: "Pass"},
	}
}

// calicoBlockMetadata denies all pods the metadata service.
func calicoBlockMetadata(on bool) *calicoPolicy {
	return newCalicoPolicy(nameBlockMetadata, calicoSpec{
		Tier:              tierBefore,
		NamespaceSelector: "all()",
		Types:             []string{"Egress"},
		Egress:            []calicoRule{{Action: action(on), Destination: &destination{Nets: []string{metadataService}}}},
	})
}

// calicoDefaultDeny lets pods of the team's namespaces accept only what a policy
// allows: what gets to this tier was selected by none. Probes of the kubelet are
// always allowed.
func calicoDefaultDeny(on bool) *calicoPolicy {
	return newCalicoPolicy(nameDefaultDeny, calicoSpec{
		Tier:              tierAfter,
		NamespaceSelector: `kubernetes.io/metadata.name not in {"` + strings.Join(SystemNamespaces(), `", "`) + `"}`,
		Selector:          "!has(" + solverLabel + ")",
		Types:             []string{"Ingress"},
		Ingress:           []calicoRule{{Action: action(on)}},
	})
}

// action of a rule that is switched on or off.
func action(on bool) string {
	if on {
		return "Deny"
	}
	return "Pass"
}

// newCalicoPolicy begins the name with the tier, as Calico wanted it until 3.31.
func newCalicoPolicy(name string, spec calicoSpec) *calicoPolicy {
	return &calicoPolicy{
		Meta: external.Meta{
			APIVersion: calicoVersion, Kind: "GlobalNetworkPolicy",
			Metadata: external.ObjectMeta{Name: spec.Tier + "." + name},
		},
		Spec: spec,
	}
}
