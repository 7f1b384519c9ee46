package main

import (
	"cmp"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/access"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/status"
)

// statusOf says what the cluster is, and what is waited for.
func statusOf(p *plan.Cluster, held render.Held, prior v1alpha1.Phase) (*v1alpha1.KubernetesClusterStatus, []status.Condition) {
	m := p.Facts.Machines
	pools := poolStatus(p)
	conditions := []status.Condition{
		status.Accepted(p.Warnings),
		status.Part(v1alpha1.ConditionNetworkReady, "NetworkReady", held.Waiting, partNetwork),
		controlPlaneCondition(p, held.Waiting),
		nodesCondition(pools, p.Hibernation.Asleep, held.Waiting),
		status.Part(v1alpha1.ConditionAddonsReady, "AddonsReady", held.Waiting, partAddons),
	}
	conditions = append(conditions, backupConditions(p)...)
	conditions = append(conditions, termConditions(p.Hibernation)...)
	s := &v1alpha1.KubernetesClusterStatus{
		Phase:        phase(p, prior, held, conditions),
		Endpoint:     m.Endpoint,
		Version:      cmp.Or(m.ControlPlaneVersion, p.Remembered),
		Nodes:        count(pools),
		ServiceLevel: &v1alpha1.ServiceLevelStatus{Name: p.Level.Name, Promise: p.Level.Promise},
		ControlPlane: &v1alpha1.ReplicaStatus{Desired: p.ControlPlane.Replicas, Ready: m.ControlPlaneReady},
		NodePools:    pools,
		Hibernation:  hibernationStatus(p.Hibernation),
		ExpiresAt:    timestamp(p.Hibernation.ExpiresAt),
		Cost:         p.Cost.Status(wantedNodes(pools)),
		Kept:         p.Kept,
	}
	backupStatus(s, p.Backup)
	if !p.Support.End.IsZero() {
		end := metav1.NewTime(p.Support.End)
		s.EndOfSupport = &end
	}
	if n := p.Facts.Network; n.Known() {
		s.Network = &v1alpha1.NetworkStatus{NetworkID: n.Network, SubnetIDs: n.Subnets, RouterID: n.Router}
	}
	if p.Access.OIDC != nil && p.Facts.RootCA != "" {
		s.KubeconfigSecretRef = &v1alpha1.SecretReference{
			Namespace: p.Team.Namespace, Name: access.KubeconfigName(p), Key: access.KubeconfigKey,
		}
	}
	return s, conditions
}

func phase(p *plan.Cluster, prior v1alpha1.Phase, held render.Held, conditions []status.Condition) v1alpha1.Phase {
	m := p.Facts.Machines
	now := status.Phase(prior, status.Ready(held, conditions), m.Exists && !m.Settled, held)
	if now == v1alpha1.PhaseReady && p.Hibernation.Asleep {
		return v1alpha1.PhaseHibernated
	}
	return now
}

// termConditions mark a cluster whose term has ended.
func termConditions(h plan.Hibernation) []status.Condition {
	if h.ExpiresAt.IsZero() && !h.HadTerm {
		return nil
	}
	c := status.Condition{Type: v1alpha1.ConditionExpired, True: h.Expired, Reason: "WithinTerm", Informs: true}
	switch {
	case h.ExpiresAt.IsZero(): // The condition would stay as it was.
		c.Reason = "NoTerm"
	case h.Expired:
		c.Reason, c.Message = "TermEnded", h.Reason
	}
	return []status.Condition{c}
}

// backupStatus says what is backed up, and what is brought back.
func backupStatus(s *v1alpha1.KubernetesClusterStatus, b *plan.Backup) {
	if b == nil {
		return
	}
	s.Backup = b.Status
	if b.Restore != nil {
		s.Restore = b.Restore.Status
	}
}

// backupConditions say whether backups keep what is promised, and whether a restore
// that is asked for is done. A condition stays until another takes its place: what is no
// longer asked for says so.
func backupConditions(p *plan.Cluster) []status.Condition {
	var out []status.Condition
	b := p.Backup
	if b == nil {
		return out
	}
	c := status.Condition{Type: v1alpha1.ConditionBackedUp, True: b.Taken && !b.Overdue, Reason: "OnSchedule", Informs: true}
	switch {
	case !b.Taken:
		c.Reason, c.Message = "NotTaken", "No backups are taken. Set spec.backup.enabled to take some."
	case b.Overdue:
		c.Reason, c.Message = "Overdue", "Two backups in a row are missing. Velero in the cluster says why."
	case b.Etcd != nil && b.Etcd.Overdue:
		c.True, c.Reason, c.Message = false, "EtcdOverdue", "Two snapshots of etcd in a row are missing. The Jobs of CronJob velero/etcd-snapshots in the cluster say why."
	}
	out = append(out, c)
	if c, ok := verified(b); ok {
		out = append(out, c)
	}
	switch r := b.Restore; {
	case r != nil:
		out = append(out, restored(r))
	case b.Restored:
		out = append(out, status.Condition{Type: v1alpha1.ConditionRestored, True: true, Reason: "NotAsked"})
	}
	return out
}

// verified says how the last drill went. Before the first one there is nothing to say; a
// level without drills says so where there was one.
func verified(b *plan.Backup) (status.Condition, bool) {
	last := b.Status.LastDrill
	if last == nil {
		return status.Condition{}, false
	}
	c := status.Condition{
		Type: v1alpha1.ConditionBackupVerified, True: last.Verified, Reason: "Verified", Informs: true,
		Message: fmt.Sprintf("The claim's configuration came back from backup %s in %s. Nothing else in it was tried.", last.Backup, last.Duration),
	}
	switch {
	case !b.Drilled:
		c.True, c.Reason, c.Message = true, "NotAsked", ""
	case !last.Verified:
		c.Reason, c.Message = "DrillFailed", fmt.Sprintf("The claim's configuration could not be restored from backup %s. %s", last.Backup, last.Message)
	}
	return c, true
}

func restored(r *plan.Restore) status.Condition {
	c := status.Condition{Type: v1alpha1.ConditionRestored, True: r.Status.Phase == "Completed", Reason: "Restored"}
	if !c.True {
		c.Reason, c.Message = "Restoring", fmt.Sprintf("Restore %s of %s is %s.", r.Name, r.Backup, cmp.Or(r.Status.Phase, "waiting for Velero"))
	}
	return c
}

func hibernationStatus(h plan.Hibernation) *v1alpha1.HibernationStatus {
	if h.Reason == "" {
		return nil
	}
	return &v1alpha1.HibernationStatus{Asleep: h.Asleep, Next: timestamp(h.Next), Reason: h.Reason}
}

// timestamp returns a time as status has it, or nil for none.
func timestamp(t time.Time) *metav1.Time {
	if t.IsZero() {
		return nil
	}
	return &metav1.Time{Time: t}
}

// wantedNodes are the nodes that each pool should have.
func wantedNodes(pools []v1alpha1.NodePoolStatus) map[string]int32 {
	out := make(map[string]int32, len(pools))
	for _, p := range pools {
		out[p.Name] = p.Desired
	}
	return out
}

// poolStatus counts the nodes of each pool, over its zones.
func poolStatus(p *plan.Cluster) []v1alpha1.NodePoolStatus {
	out := make([]v1alpha1.NodePoolStatus, 0, len(p.Pools))
	for _, pool := range p.Pools {
		s := v1alpha1.NodePoolStatus{Name: pool.Name}
		for _, share := range pool.Shares {
			c := p.Facts.Machines.Nodes[share.Name]
			s.Ready += c.Ready
			// The autoscaler decides within its bounds; elsewhere the claim does.
			if share.Autoscaling != nil {
				s.Desired += max(c.Desired, share.Autoscaling.Min)
				continue
			}
			s.Desired += share.Replicas
		}
		switch {
		case p.Hibernation.Asleep:
			s.Desired = 0
		case pool.Moving > 0:
			s.Desired = pool.Moving // Not those that come before others go.
		}
		out = append(out, s)
	}
	return out
}

func count(pools []v1alpha1.NodePoolStatus) string {
	var ready, desired int32
	for _, p := range pools {
		ready, desired = ready+p.Ready, desired+p.Desired
	}
	return fmt.Sprintf("%d/%d", ready, desired)
}

// nodesCondition is about the pools, and about whatever Cluster API is doing to
// the cluster as a whole.
func nodesCondition(pools []v1alpha1.NodePoolStatus, asleep bool, waiting []render.Waiting) status.Condition {
	for _, p := range pools {
		if p.Ready < p.Desired || (asleep && p.Ready > 0) {
			return status.Condition{
				Type: v1alpha1.ConditionNodesReady, Reason: "WaitingForNodes",
				Message: fmt.Sprintf("Pool %s has %d of %d nodes.", p.Name, p.Ready, p.Desired),
			}
		}
	}
	whenReady := "AllNodesReady"
	if asleep {
		whenReady = "Hibernated"
	}
	return status.Part(v1alpha1.ConditionNodesReady, whenReady, waiting, partNodes)
}

func controlPlaneCondition(p *plan.Cluster, waiting []render.Waiting) status.Condition {
	const conditionType = v1alpha1.ConditionControlPlaneReady
	m := p.Facts.Machines
	parts := []render.Part{partControlPlane}
	if !m.Exists {
		parts = append(parts, partNodes) // The Cluster itself is awaited.
	}
	c := status.Part(conditionType, "AllReplicasReady", waiting, parts...)
	replicas := fmt.Sprintf("%d of %d control-plane nodes are ready.", m.ControlPlaneReady, p.ControlPlane.Replicas)
	no := func(reason, message string) status.Condition {
		return status.Condition{Type: conditionType, Reason: reason, Message: message}
	}
	switch {
	case !m.Exists:
		return no(v1alpha1.ReasonAPIUnavailable, c.Message)
	case !m.Reachable:
		return no(v1alpha1.ReasonAPIUnavailable, "The Kubernetes API does not answer yet. "+replicas)
	case m.Silent:
		return no(v1alpha1.ReasonAPIUnavailable, "The Kubernetes API does not answer Cluster API. "+replicas)
	case m.ControlPlaneReady < p.ControlPlane.Replicas:
		return no("WaitingForControlPlane", replicas)
	}
	return c
}
