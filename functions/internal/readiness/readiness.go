// Package readiness holds the named checks that say whether a composed
// resource has become what it should be. Each returns a short reason when it
// isn't, without timestamps or request ids, so that messages don't churn.
package readiness

import (
	"regexp"
	"strings"

	"github.com/skerry-dev/skerry/functions/internal/observed"
)

// A Check says whether an observed resource is ready, and if not, why. The
// reason is a phrase that follows the name of the resource: "is being created".
type Check func(observed.Value) (ready bool, why string)

// Exists is ready as soon as the resource exists: for kinds without a status.
func Exists(v observed.Value) (bool, string) { return v.Exists(), "does not exist yet" }

// Managed is ready when Crossplane's Ready condition is True: managed
// resources, Releases, Objects and Usages.
func Managed(v observed.Value) (bool, string) {
	ready := observed.ConditionOf(v, "Ready")
	if ready.Status == "True" {
		return true, ""
	}
	// A failed reconcile says more than "not ready": the provider's own error.
	if synced := observed.ConditionOf(v, "Synced"); synced.Status == "False" && synced.Message != "" {
		return false, "can't be reconciled: " + Clean(synced.Message)
	}
	if ready.Reason == "" {
		return false, "is being created"
	}
	return false, "is not ready: " + strings.ToLower(ready.Reason)
}

// ManagedWithID is ready when Managed is and the cloud has given an id.
func ManagedWithID(v observed.Value) (bool, string) {
	if ok, why := Managed(v); !ok {
		return false, why
	}
	if observed.ExternalID(v) == "" {
		return false, "has no id yet"
	}
	return true, ""
}

// Cluster is ready when Cluster API says that the cluster is available and has
// no change under way, and says so of the cluster as it is now.
func Cluster(v observed.Value) (bool, string) {
	if Unread(v) {
		return false, "is being changed: Cluster API has not seen the change yet"
	}
	if c := observed.ConditionOf(v, "TopologyReconciled"); c.Status == "False" {
		return false, "is being changed: " + reason(c)
	}
	if c := observed.ConditionOf(v, "Available"); c.Status != "True" {
		return false, "is not available: " + reason(c)
	}
	if c := observed.ConditionOf(v, "RollingOut"); c.Status == "True" {
		return false, "is replacing machines"
	}
	return true, ""
}

// Changing is never ready: for what exists, and is changed by this very call.
func Changing(observed.Value) (bool, string) { return false, "is being changed" }

// Unread says that Cluster API has not looked at the Cluster since it was changed: what
// its conditions say of changes is about what was before.
func Unread(cluster observed.Value) bool {
	generation := observed.At(cluster, "metadata", "generation").Number()
	for condition := range observed.At(cluster, "status", "conditions").Items() {
		switch condition.Field("type").Text() {
		case "TopologyReconciled", "RollingOut":
			if condition.Field("observedGeneration").Number() < generation {
				return true
			}
		}
	}
	return false
}

// ClusterClass is ready when Cluster API has taken the class in: until then its
// webhook refuses a cluster that switches to it.
func ClusterClass(v observed.Value) (bool, string) {
	if c := observed.ConditionOf(v, "VariablesReady"); c.Status != "True" {
		return false, "is not taken in: " + reason(c)
	}
	return true, ""
}

// BackupLocation is ready when Velero has read the bucket: before that it knows of no
// backup in it.
func BackupLocation(v observed.Value) (bool, string) {
	status := observed.At(v, "status", "atProvider", "manifest", "status")
	if status.Field("phase").Text() == "Available" && status.Field("lastSyncedTime").Exists() {
		return true, ""
	}
	return false, "has not been read by Velero yet"
}

func reason(c observed.Condition) string {
	if c.Reason == "" {
		return "Cluster API has not reported yet"
	}
	return c.Reason
}

var (
	requestID = regexp.MustCompile(`req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	timestamp = regexp.MustCompile(`\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})?`)
)

const maxMessage = 200

// Clean makes a provider's message fit for a condition: request ids and
// timestamps, which differ every time, are taken out, and it is cut to 200
// bytes.
func Clean(message string) string {
	m := requestID.ReplaceAllString(message, "req-…")
	m = timestamp.ReplaceAllString(m, "…")
	m = strings.Join(strings.Fields(m), " ")
	if len(m) <= maxMessage {
		return m
	}
	return strings.ToValidUTF8(m[:maxMessage], "") + "…"
}
