package plan

import (
	"cmp"
	"slices"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
)

// KeyNotifications is the key of what tells the receivers of a claim.
const KeyNotifications = "notifications"

// Notifications say who is told of a cluster.
type Notifications struct {
	// Labels by which the management cluster's Alertmanager takes them in.
	Labels map[string]string
	// Receivers, ordered by name.
	Receivers []v1alpha1.Receiver
}

// planNotifications leaves Notifications nil when there is nobody to tell, or nobody
// who tells.
func (c *Cluster) planNotifications(claim v1alpha1.Notifications, monitoring *v1alpha1.Monitoring) {
	switch {
	case len(claim.Receivers) == 0:
		return
	case monitoring == nil:
		c.Warnings = append(c.Warnings, "This platform tells nobody by itself, so the receivers in spec.notifications hear nothing. Ask the platform team for spec.management.monitoring, or watch status.maintenance.")
		return
	}
	receivers := slices.SortedFunc(slices.Values(claim.Receivers), func(a, b v1alpha1.Receiver) int { return cmp.Compare(a.Name, b.Name) })
	c.Notifications = &Notifications{Labels: monitoring.Labels, Receivers: receivers}
}
