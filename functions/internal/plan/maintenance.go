package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan/window"
)

// Maintenance says when a cluster may be disturbed. It is asked about each change with
// Admit: whoever renders something that replaces nodes or restarts add-ons does so.
type Maintenance struct {
	// AnyTime says that changes may begin at any time.
	AnyTime bool
	// Next window, or the one that is open. Zero when changes may begin at any time.
	Next window.Window
	// Notice is how long before its window a change is announced.
	Notice time.Duration
	// AutoUpgrade and AfterSupport are decided.
	AutoUpgrade, AfterSupport string
	// ClaimDigest stands for what the claim asks for.
	ClaimDigest string

	// Now is the time of the plan.
	Now time.Time
	// ByHand says that the claim has opened a window.
	ByHand bool
	// Edited says that the claim asks for something else than it did.
	Edited bool
	// Waiting are the changes that waited already.
	Waiting []v1alpha1.PendingChange
	// Begun are the changes that were being carried out.
	Begun []v1alpha1.PendingChange
	// Weekly are the cluster's windows.
	Weekly window.Weekly
}

// maintenanceOf decides when a cluster may be disturbed, and remembers what waits
// already.
func (c *Cluster) maintenanceOf(claim *v1alpha1.KubernetesClusterSpec, level *v1alpha1.ServiceLevel, w ClusterWorld) error {
	m := &c.Maintenance
	*m = Maintenance{
		AutoUpgrade:  firstOf(claim.Maintenance.AutoUpgrade, firstOf(level.Maintenance.AutoUpgrade, v1alpha1.AutoUpgradePatch)),
		AfterSupport: firstOf(level.Maintenance.AfterSupport, v1alpha1.AfterSupportKeep),
		Now:          w.Now,
	}
	var err error
	if m.ClaimDigest, err = digest(claim); err != nil {
		return err
	}
	if before := w.Prior.Maintenance; before != nil {
		// A class takes a call to be taken in before machines move to it: what has begun
		// is remembered as well.
		m.Waiting, m.Begun = slices.Concat(before.Pending, before.Begun), before.Begun
		m.Edited = before.ClaimDigest != "" && before.ClaimDigest != m.ClaimDigest
	}
	weekly, err := weeklyOf(c.Team, claim, level)
	if err != nil {
		return err
	}
	if at := claim.Maintenance.Now; at != nil {
		byHand := weekly.Now(at.Time)
		m.ByHand = byHand.Contains(w.Now)
		c.matters(byHand.Start, byHand.End)
	}
	if m.AnyTime = claim.Maintenance.Window == nil && boolOf(level.Maintenance.AnyTime, false); m.AnyTime {
		return nil
	}
	if m.Notice, err = window.Notice(levelField(level, "notice"), level.Maintenance.Notice); err != nil {
		return err
	}
	m.Next, m.Weekly = weekly.At(w.Now), weekly
	c.matters(m.Next.Start, m.Next.End, m.NoticeFrom())
	return nil
}

// weeklyOf returns the claim's windows, or the level's for this claim.
func weeklyOf(team Team, claim *v1alpha1.KubernetesClusterSpec, level *v1alpha1.ServiceLevel) (window.Weekly, error) {
	if w := claim.Maintenance.Window; w != nil {
		return window.Of("spec.maintenance.window", *w)
	}
	w, _, err := window.Spread(levelField(level, "")[:len(levelField(level, ""))-1], level.Maintenance, team.Namespace+"/"+team.Name)
	return w, err
}

func levelField(level *v1alpha1.ServiceLevel, name string) string {
	return fmt.Sprintf("Platform spec.serviceLevels[%s].maintenance.%s", level.Name, name)
}

// digest stands for what the claim asks for, without that which says when it happens.
func digest(claim *v1alpha1.KubernetesClusterSpec) (string, error) {
	c := *claim
	c.NodePools = slices.Clone(claim.NodePools)
	slices.SortFunc(c.NodePools, func(a, b v1alpha1.NodePool) int { return strings.Compare(a.Name, b.Name) })
	c.Maintenance, c.Hibernation = v1alpha1.Maintenance{}, nil
	c.Restore, c.DeletionProtection = nil, nil
	raw, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("cannot digest the claim: %w", err)
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:4]), nil
}

// matters says that the plan may differ from each of the times on.
func (c *Cluster) matters(times ...time.Time) {
	for _, t := range times {
		if t.After(c.Maintenance.Now) {
			c.until(t)
		}
	}
}

// Open says whether a window is open.
func (m *Maintenance) Open() bool { return m.Next.Contains(m.Now) }

// NoticeFrom is when changes of the next window are announced.
func (m *Maintenance) NoticeFrom() time.Time { return m.Next.Start.Add(-m.Notice) }

// Holds says whether there may be a change that waits.
func (m *Maintenance) Holds() bool { return !m.AnyTime && !m.ByHand }

// Admit says whether a change may begin now. If not, it waits: it is to be listed as
// pending as it is returned, with the time since when it has been.
//
// A change of the platform's waits for the first window whose notice was given while it
// was already pending. One that the claim asked for waits for the next, and one that is
// urgent doesn't wait.
func (m *Maintenance) Admit(c v1alpha1.PendingChange, urgent bool) (v1alpha1.PendingChange, bool) {
	c = m.remembered(c)
	if c.Blocked {
		return c, false
	}
	if urgent || !m.Holds() {
		return c, true
	}
	due := m.Next.Start
	if earliest := c.Since.Add(m.Notice); !c.Requested && m.Notice > 0 && earliest.After(due) {
		due = m.Weekly.After(earliest.Add(-time.Nanosecond)).Start
	}
	c.Due = &metav1.Time{Time: due}
	return c, !m.Now.Before(due)
}

// HasBegun says whether a change of that name is being carried out: one that takes several
// steps goes on when the window has ended.
func (m *Maintenance) HasBegun(name string) bool {
	return slices.ContainsFunc(m.Begun, func(c v1alpha1.PendingChange) bool { return c.Name == name })
}

// DueAfter makes a change wait for the first window that begins then or later.
func (m *Maintenance) DueAfter(c *v1alpha1.PendingChange, then time.Time) {
	switch {
	case m.AnyTime || c.Blocked:
		c.Blocked, c.Due = true, nil
	case c.Due == nil || c.Due.Time.Before(then):
		c.Due = &metav1.Time{Time: m.Weekly.After(then.Add(-time.Nanosecond)).Start}
	}
}

// remembered returns the change with the time since when it waits, and whether the
// claim asked for it: the first change that is seen after the claim was edited is the
// claim's. One that no window was in sight for, as it was blocked, waits since it no
// longer is: it has never been announced.
func (m *Maintenance) remembered(c v1alpha1.PendingChange) v1alpha1.PendingChange {
	for _, w := range m.Waiting {
		unannounced := m.Holds() && w.Blocked && w.Due == nil && !c.Blocked
		if w.Name == c.Name && w.To == c.To && w.Since != nil && !unannounced {
			c.Since, c.Requested = w.Since, c.Requested || w.Requested
			return c
		}
	}
	since := metav1.NewTime(m.Now)
	c.Since, c.Requested = &since, c.Requested || m.Edited
	return c
}

// Announce says whether a change that waits has been announced, and ends the plan when
// it will be.
func (c *Cluster) Announce(change v1alpha1.PendingChange) bool {
	m := &c.Maintenance
	if change.Due == nil {
		return false
	}
	from := change.Due.Add(-m.Notice)
	c.matters(from)
	return !m.Now.Before(from)
}
