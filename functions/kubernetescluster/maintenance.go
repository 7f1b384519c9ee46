package main

import (
	"cmp"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/status"
)

// changes are what replaces nodes and restarts add-ons: what waits for a window, and
// what begins now.
type changes struct {
	pending, begun []v1alpha1.PendingChange
	// ready says that nothing is waited for.
	ready bool
}

// status says what maintenance is before the cluster, and what is being carried out.
func (c changes) status(p *plan.Cluster, prior *v1alpha1.MaintenanceStatus) *v1alpha1.MaintenanceStatus {
	m := p.Maintenance
	if prior == nil {
		prior = &v1alpha1.MaintenanceStatus{}
	}
	s := &v1alpha1.MaintenanceStatus{
		AutoUpgrade: m.AutoUpgrade, Pending: c.pending, Begun: c.begun, ClaimDigest: m.ClaimDigest,
		RunningSince: prior.RunningSince, Last: prior.Last,
	}
	if !m.AnyTime {
		s.Next = &v1alpha1.WindowStatus{Start: metav1.NewTime(m.Next.Start), End: metav1.NewTime(m.Next.End)}
		from := metav1.NewTime(m.NoticeFrom())
		s.NoticeFrom = &from
	}
	for _, waits := range c.pending {
		if !p.Announce(waits) {
			continue
		}
		s.Announced++
		if s.Due == nil || waits.Due.Before(s.Due) {
			s.Due = waits.Due
		}
	}
	now := metav1.NewTime(m.Now)
	switch {
	case len(c.begun) > 0:
		s.RunningSince = cmp.Or(prior.RunningSince, &now)
	case prior.RunningSince != nil && p.Facts.Machines.Settled && c.ready:
		s.RunningSince = nil
		s.Last = &v1alpha1.MaintenanceResult{
			Started: *prior.RunningSince, Finished: now,
			Result: fmt.Sprintf("Kubernetes %s runs, and everything is ready.", p.Version.Patch),
		}
	}
	return s
}

// condition says what waits. A cluster is complete all the same.
func (c changes) condition() status.Condition {
	out := status.Condition{Type: v1alpha1.ConditionMaintained, True: true, Reason: "NothingPending", Informs: true}
	if len(c.pending) == 0 {
		return out
	}
	names := make([]string, 0, len(c.pending))
	for _, p := range c.pending {
		names = append(names, p.Name)
	}
	const most = 5
	more := ""
	if n := len(names) - most; n > 0 {
		names, more = names[:most], fmt.Sprintf(" and %d more", n)
	}
	out.True, out.Reason = false, "ChangesPending"
	out.Message = fmt.Sprintf("Changes wait for a maintenance window: %s%s. status.maintenance says what and when.", strings.Join(names, ", "), more)
	return out
}

// supportedCondition says whether the Kubernetes minor that runs is supported.
func supportedCondition(p *plan.Cluster) status.Condition {
	c := status.Condition{Type: v1alpha1.ConditionSupported, True: true, Reason: "Supported", Message: p.Support.Message, Informs: true}
	switch {
	case p.Support.Ended:
		c.True, c.Reason = false, "SupportEnded"
	case p.Support.Message != "":
		c.Reason = "SupportEnds"
	}
	return c
}
