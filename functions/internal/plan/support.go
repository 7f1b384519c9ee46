package plan

import (
	"fmt"
	"slices"
	"time"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
)

// What a platform says of a minor's support.
const (
	supportSupported  = "Supported"
	supportDeprecated = "Deprecated"
	supportEnded      = "Ended"
)

// endsSoon is how long before the end of its support a minor counts as deprecated:
// long enough for a team to test the next one.
const endsSoon = 60 * 24 * time.Hour

// Support of the minor that a cluster runs.
type Support struct {
	// Ended says that nobody mends it any more.
	Ended bool
	// Message to the team, or "".
	Message string
	// End of support, where the platform says when.
	End time.Time
}

// supportAt returns the platform with the support that each minor has at a time, and
// the times at which that changes.
func supportAt(p *v1alpha1.PlatformSpec, now time.Time) (at *v1alpha1.PlatformSpec, changes []time.Time) {
	out := *p
	out.KubernetesVersions = slices.Clone(p.KubernetesVersions)
	for i := range out.KubernetesVersions {
		v := &out.KubernetesVersions[i]
		if v.EndOfSupport == nil {
			continue
		}
		end, soon := v.EndOfSupport.UTC(), v.EndOfSupport.UTC().Add(-endsSoon)
		changes = append(changes, soon, end)
		switch {
		case !now.Before(end):
			v.Support = supportEnded
		case !now.Before(soon) && v.Support == supportSupported:
			v.Support = supportDeprecated
		}
	}
	return &out, changes
}

// supported notes the support of the minor that runs, or will.
func (c *Cluster) supported(v v1alpha1.KubernetesVersion, p *v1alpha1.PlatformSpec) {
	c.Support.Ended = v.Support == supportEnded
	if v.EndOfSupport != nil {
		c.Support.End = v.EndOfSupport.UTC()
	}
	advice, done := "Set spec.version to a newer minor.", "Set spec.version to a newer minor."
	if next := nextSupported(v.Name, p); next != "" && c.Maintenance.AfterSupport == v1alpha1.AfterSupportUpgrade {
		advice = fmt.Sprintf("The cluster moves to %s in a window after that. Set spec.version to move it earlier.", next)
		done = fmt.Sprintf("The cluster moves to %s in its next window.", next)
	}
	switch {
	case c.Support.Ended:
		c.Support.Message = fmt.Sprintf("Support for Kubernetes %s has ended. %s", v.Name, done)
	case v.Support == supportDeprecated && !c.Support.End.IsZero():
		c.Support.Message = fmt.Sprintf("Support for Kubernetes %s ends on %s. %s", v.Name, c.Support.End.Format(time.DateOnly), advice)
	case v.Support == supportDeprecated:
		c.Support.Message = fmt.Sprintf("Kubernetes %s is near its end of support. Plan to set spec.version to a newer minor.", v.Name)
	}
}

// A goal is the minor that a cluster is on its way to.
type goal struct {
	minor  string
	reason string
	// requested by the claim.
	requested bool
	// notBefore is when the support of what runs ends, or zero if it has.
	notBefore time.Time
}

// goalOf returns the highest of: the claim's minor, the newest one where upgrades to it
// are automatic, and the next supported one where what runs is no more supported.
func (c *Cluster) goalOf(asked v1alpha1.KubernetesVersion, p *v1alpha1.PlatformSpec, cloud *v1alpha1.Cloud, runs string) goal {
	minor := minorOf(runs)
	g := goal{minor: asked.Name}
	if asked.Name != minor {
		g.requested, g.reason = true, fmt.Sprintf("The claim asks for Kubernetes %s.", asked.Name)
	}
	leaves := g.requested && asked.Support != supportEnded
	if c.Maintenance.AutoUpgrade == v1alpha1.AutoUpgradeMinor {
		if n := c.newest(p, cloud, runs); number(n) > number(g.minor) {
			return goal{minor: n, reason: fmt.Sprintf("Kubernetes %s is the newest supported minor.", n)}
		}
	}
	next := nextSupported(minor, p)
	if c.Maintenance.AfterSupport != v1alpha1.AfterSupportUpgrade || leaves || number(next) <= number(g.minor) {
		return g
	}
	running, err := findVersion(minor, p, true)
	switch {
	case err != nil || running.Support == supportSupported || !c.canReach(next, p, cloud, runs):
		return g
	case running.Support == supportEnded:
		return goal{minor: next, reason: fmt.Sprintf("Support for Kubernetes %s has ended.", minor)}
	case running.EndOfSupport == nil:
		return g
	}
	end := running.EndOfSupport.UTC()
	return goal{
		minor: next, reason: fmt.Sprintf("Support for Kubernetes %s ends on %s.", minor, end.Format(time.DateOnly)),
		notBefore: end,
	}
}

// newest returns the newest supported minor that can be reached.
func (c *Cluster) newest(p *v1alpha1.PlatformSpec, cloud *v1alpha1.Cloud, runs string) string {
	newest := ""
	for _, v := range p.KubernetesVersions {
		if v.Support == supportSupported && number(v.Name) > number(newest) && c.canReach(v.Name, p, cloud, runs) {
			newest = v.Name
		}
	}
	return newest
}

// canReach says whether the platform has every minor on the way, with its images: what
// nobody has asked for is not begun unless it can be done.
func (c *Cluster) canReach(target string, p *v1alpha1.PlatformSpec, cloud *v1alpha1.Cloud, runs string) bool {
	for n := number(minorOf(runs)) + 1; n <= number(target); n++ {
		v, err := findVersion(fmt.Sprintf("1.%d", n), p, true)
		if err != nil || !hasImages(cloud, v.Patch, runs) {
			return false
		}
	}
	return true
}

// nextSupported returns the lowest supported minor above one, or "".
func nextSupported(minor string, p *v1alpha1.PlatformSpec) string {
	next := ""
	for _, v := range p.KubernetesVersions {
		if v.Support == supportSupported && number(v.Name) > number(minor) && (next == "" || number(v.Name) < number(next)) {
			next = v.Name
		}
	}
	return next
}
