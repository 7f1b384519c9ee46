package plan

import (
	"fmt"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// fieldCluster is the field of a Storage and an Exposure that names the cluster.
const fieldCluster = "spec.clusterRef.name"

// conditionTrue is the status of a condition that holds.
const conditionTrue = "True"

// Target is the cluster that a Storage or an Exposure is delivered into.
type Target struct {
	// Name of the KubernetesCluster, in the team's namespace.
	Name string
	// Cloud that the cluster runs on, by its name in the Platform.
	Cloud string
	// ProviderConfig reaches the cluster. Its name is empty while Crossplane
	// hasn't given the cluster a composite yet.
	ProviderConfig external.ProviderConfigRef
	// Ready says that the Kubernetes API answers and isn't about to go.
	Ready bool
}

// targetOf finds the cluster among those of the team. A team reaches only the
// clusters in its own namespace.
func targetOf(o Owner, name string, clusters []observed.Value) (Target, error) {
	names := make([]string, 0, len(clusters))
	for _, c := range clusters {
		n := observed.At(c, "metadata", "name").Text()
		if n != name {
			names = append(names, n)
			continue
		}
		return Target{
			Name:           name,
			Cloud:          observed.At(c, "spec", "cloud").Text(),
			ProviderConfig: external.ProviderConfigRef{Kind: "ProviderConfig", Name: compositeOf(o, c)},
			Ready: answers(observed.ConditionOf(c, v1alpha1.ConditionControlPlaneReady)) &&
				!observed.At(c, "metadata", "deletionTimestamp").Exists(),
		}, nil
	}
	where := fmt.Sprintf("is not a KubernetesCluster in namespace %q", o.Team.Namespace)
	if len(names) == 0 {
		return Target{}, refusal.New(fieldCluster, name, where+", which has none", "Create the KubernetesCluster first.")
	}
	return Target{}, refusal.NotOneOf(fieldCluster, name, where, names)
}

// answers says whether the Kubernetes API does. While machines of the control plane
// are replaced some of it isn't ready, and the API answers all the same.
func answers(controlPlane observed.Condition) bool {
	return controlPlane.Status == conditionTrue ||
		controlPlane.Status == "False" && controlPlane.Reason != v1alpha1.ReasonAPIUnavailable
}

// compositeOf returns the name of the cluster's composite, after which what
// reaches the cluster is named. A claim says which it is; without claims the
// cluster is its own.
func compositeOf(o Owner, cluster observed.Value) string {
	if o.namespaced() {
		return OwnPrefix(o.Team.Namespace, observed.At(cluster, "metadata", "name").Text())
	}
	return observed.At(cluster, "spec", "resourceRef", "name").Text()
}

// namespaced says whether the composite is its own claim.
func (o Owner) namespaced() bool { return o.Composite == "" }

// awaits names, in words, what something can't be made in the cluster without,
// or is empty. What exists doesn't wait: a control plane that is just being
// replaced must not make a volume look lost.
func (t Target) awaits(existing observed.Value) string {
	switch {
	case t.ProviderConfig.Name == "":
		return "Crossplane to take in KubernetesCluster " + t.Name
	case t.Ready || existing.Exists():
		return ""
	}
	return "the Kubernetes API of KubernetesCluster " + t.Name
}

// Reachable says whether what is in the cluster may carry the Delete policy: only
// while the Kubernetes API answers can anybody delete it. See
// docs/decisions/0022-dead-clusters-hold-nothing.md.
func (t Target) Reachable() bool { return t.Ready }

// checkStays refuses to move what exists into another cluster, such as one that
// was created anew under the same name: it would leave its data behind.
func (t Target) checkStays(existing observed.Value, ref external.ProviderConfigRef) error {
	made := observed.At(existing, "spec", "providerConfigRef", "name").Text()
	if made == "" || ref.Name == "" || made == ref.Name {
		return nil
	}
	return refusal.New(fieldCluster, t.Name, fmt.Sprintf("is another cluster now (%s) than the one that this lives in (%s)", ref.Name, made),
		"Delete this object and create it again to have it in the new cluster.")
}

// checkClaimed refuses a composite that no claim made: without the team's
// namespace there is no cluster to find.
func checkClaimed(o Owner, kind string) error {
	if o.Team.Kind == kind {
		return nil
	}
	return refusal.New("metadata.name", o.Home.Prefix, "was made by no claim, so it belongs to no team",
		fmt.Sprintf("Create the %s in the team's namespace instead.", kind))
}
