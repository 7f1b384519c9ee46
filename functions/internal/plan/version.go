package plan

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/catalog"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// Version of Kubernetes.
type Version struct {
	// Minor that is set now, for example "1.35". It is the target, or a step on the
	// way there.
	Minor string
	// Patch that is set now, for example "1.35.6".
	Patch string
	// Target is the minor that the cluster is on its way to: the claim's, or a higher
	// one that it moves to by itself.
	Target string
}

// Tag returns the version as Kubernetes and Cluster API write it: "v1.35.6".
func (v Version) Tag() string { return "v" + v.Patch }

// changeKubernetes is the name of a change of version in status.
const changeKubernetes = "kubernetes"

// versionOf decides which version to set now. Kubernetes goes up one minor at a
// time, and Cluster API refuses a change of version while one is under way; so
// the next step is taken only once the last has settled, and only when maintenance
// admits it.
//
// A patch that the catalogue offers and the cloud has no image of yet is no reason
// to refuse a cluster that runs: it stays on its patch, with a warning.
func (c *Cluster) versionOf(claim *v1alpha1.KubernetesClusterSpec, p *v1alpha1.PlatformSpec, cloud *v1alpha1.Cloud, w ClusterWorld) error {
	if err := c.planChecks(w); err != nil {
		return err
	}
	runs := strings.TrimPrefix(firstOf(c.Facts.Machines.Version, w.Prior.Version), "v")
	if runs == "" {
		asked, err := findVersion(claim.Version, p, false)
		c.Version = Version{Minor: asked.Name, Patch: asked.Patch, Target: asked.Name}
		c.supported(asked, p)
		return err
	}
	minor := minorOf(runs)
	// A claim may be behind what its cluster has moved to by itself.
	asked := minor
	if number(claim.Version) > number(minor) {
		asked = claim.Version
	}
	target, err := findVersion(asked, p, asked == minor)
	if err != nil {
		return err
	}
	goal := c.goalOf(target, p, cloud, runs)
	c.Version = Version{Minor: minor, Patch: runs, Target: goal.minor}
	if running, err := findVersion(minor, p, true); err == nil {
		c.supported(running, p)
	}
	return c.nextStep(goal, p, cloud)
}

// nextStep sets the version of a cluster that exists, or lists it as pending.
func (c *Cluster) nextStep(g goal, p *v1alpha1.PlatformSpec, cloud *v1alpha1.Cloud) error {
	v, runs := c.Version, c.Version.Patch
	next, err := findVersion(stepTo(v.Minor, g.minor), p, true)
	if err != nil {
		return err
	}
	isPatch := next.Name == v.Minor
	// A patch that the Platform has taken back is not taken back here.
	if isPatch && patchNumber(next.Patch) <= patchNumber(runs) {
		return nil
	}
	m := &c.Facts.Machines
	switch {
	case !m.Exists:
		return nil // It stays where it was last seen.
	case isPatch && !hasImages(cloud, next.Patch, runs):
		c.Warnings = append(c.Warnings, fmt.Sprintf("Kubernetes %s waits for its image on cloud %s.", next.Patch, cloud.Name))
		return nil
	}
	change := v1alpha1.PendingChange{
		Name: changeKubernetes, From: runs, To: next.Patch, Reason: g.reason,
		Nodes: m.ControlPlaneDesired + m.NodesDesired, Requested: g.requested,
	}
	urgent := isPatch && boolOf(next.Urgent, false)
	if isPatch {
		c.patchReason(&change, urgent)
	}
	if !m.Reachable {
		// Nothing runs yet that could be disturbed; nor does anything move by itself.
		if m.Settled && (isPatch || g.requested) {
			c.Version.Minor, c.Version.Patch = next.Name, next.Patch
		}
		return nil
	}
	change, admitted := c.Maintenance.Admit(change, urgent)
	if !isPatch && !g.notBefore.IsZero() {
		c.Maintenance.DueAfter(&change, g.notBefore)
		admitted = false
	}
	// What hinders it may pass: the change is announced all the same, and begins in its
	// window as soon as nothing hinders it any more.
	if why := firstOf(m.unfit(), c.hindrance(next.Patch, isPatch, cloud)); why != "" {
		change.Blocked, change.Reason = true, change.Reason+" "+why
		admitted = false
	}
	if !admitted {
		c.Pending = append(c.Pending, change)
		return nil
	}
	c.Begun = append(c.Begun, change)
	c.Version.Minor, c.Version.Patch = next.Name, next.Patch
	return nil
}

// patchReason says why there is a new patch, and why it may have to wait longer.
func (c *Cluster) patchReason(change *v1alpha1.PendingChange, urgent bool) {
	change.Requested = false
	change.Reason = fmt.Sprintf("Kubernetes %s is the platform's patch of %s.", change.To, c.Version.Minor)
	switch {
	case urgent:
		change.Reason = fmt.Sprintf("Kubernetes %s is an urgent patch.", change.To)
	case c.Maintenance.AutoUpgrade == v1alpha1.AutoUpgradeNone && !c.Maintenance.ByHand:
		change.Reason += " Automatic upgrades are off: set spec.maintenance.now to have it."
		change.Blocked = true
	}
}

// stepTo returns the next minor on the way.
func stepTo(minor, target string) string {
	if number(target) <= number(minor) {
		return minor
	}
	return fmt.Sprintf("1.%d", number(minor)+1)
}

// unfit says why a cluster can't take an upgrade, or nothing, as far as it can be seen
// from outside. The rest is in hindrance.
func (m *Machines) unfit() string {
	switch {
	case !m.Settled:
		return "It waits until the change that is under way is done."
	case m.Silent:
		return "It waits until the Kubernetes API answers Cluster API."
	case m.ControlPlaneReady < m.ControlPlaneDesired:
		return fmt.Sprintf("It waits until all control-plane nodes are ready: %d of %d are.", m.ControlPlaneReady, m.ControlPlaneDesired)
	case m.NodesReady < m.NodesDesired:
		return fmt.Sprintf("It waits until all nodes are ready: %d of %d are.", m.NodesReady, m.NodesDesired)
	case m.Unavailable:
		return "It waits until Cluster API says that the cluster is available."
	}
	return ""
}

// hasImages says whether the cloud has an image of the next version wherever it
// has one of the running version.
func hasImages(c *v1alpha1.Cloud, next, runs string) bool {
	have := map[string]bool{}
	for _, i := range c.Images {
		have[i.KubernetesVersion+"/"+string(catalog.ArchitectureOf(i))] = true
	}
	for _, i := range c.Images {
		if i.KubernetesVersion == runs && !have[next+"/"+string(catalog.ArchitectureOf(i))] {
			return false
		}
	}
	return len(have) > 0
}

// findVersion returns the catalogue's entry of a minor. One whose support has
// ended can't be ordered; passing through it or staying on it is possible.
func findVersion(minor string, p *v1alpha1.PlatformSpec, evenEnded bool) (v1alpha1.KubernetesVersion, error) {
	var allowed []string
	for _, v := range p.KubernetesVersions {
		if v.Name == minor && (v.Support != supportEnded || evenEnded) {
			return v, nil
		}
		if v.Support != supportEnded {
			allowed = append(allowed, v.Name)
		}
	}
	return v1alpha1.KubernetesVersion{}, refusal.NotOneOf("spec.version", minor, "is not a Kubernetes version that this platform offers", allowed)
}

// minorOf returns "1.35" of "1.35.6".
func minorOf(version string) string {
	parts := strings.SplitN(version, ".", 3)
	if len(parts) < 2 {
		return ""
	}
	return parts[0] + "." + parts[1]
}

// number returns 35 of "1.35", and 0 of anything else.
func number(minor string) int {
	_, n, _ := strings.Cut(minor, ".")
	i, _ := strconv.Atoi(n)
	return i
}

// patchNumber returns 6 of "1.35.6", and 0 of anything else.
func patchNumber(version string) int {
	i, _ := strconv.Atoi(version[strings.LastIndex(version, ".")+1:])
	return i
}

// lowest returns the lower of two versions of the form "v1.35.6"; an empty one
// doesn't count.
func lowest(a, b string) string {
	if a == "" {
		return b
	}
	if b == "" {
		return a
	}
	na, nb := number(minorOf(a)), number(minorOf(b))
	if na != nb {
		if na < nb {
			return a
		}
		return b
	}
	if patchNumber(a) <= patchNumber(b) {
		return a
	}
	return b
}
