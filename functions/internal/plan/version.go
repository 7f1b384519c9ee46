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
	// Minor that is set now, for example "1.35". It is the claim's, or a step
	// on the way there.
	Minor string
	// Patch that is set now, for example "1.35.6".
	Patch string
	// Target is the claim's minor.
	Target string
}

// Tag returns the version as Kubernetes and Cluster API write it: "v1.35.6".
func (v Version) Tag() string { return "v" + v.Patch }

// versionOf decides which version to set now. Kubernetes goes up one minor at a
// time, and Cluster API refuses a change of version while one is under way; so
// the next step is taken only once the last has settled.
//
// A patch that the catalogue offers and the cloud has no image of yet is no reason
// to refuse a cluster that runs: it stays on its patch, with a warning.
func versionOf(claim *v1alpha1.KubernetesClusterSpec, p *v1alpha1.PlatformSpec, cloud *v1alpha1.Cloud, m Machines, remembered string) (Version, []string, error) {
	runs := strings.TrimPrefix(firstOf(m.Version, remembered), "v")
	target, err := findVersion(claim.Version, p, minorOf(runs) == claim.Version)
	if err != nil {
		return Version{}, nil, err
	}
	warnings := supportWarnings(target)
	if runs == "" {
		return Version{Minor: target.Name, Patch: target.Patch, Target: target.Name}, warnings, nil
	}
	if number(claim.Version) < number(minorOf(runs)) {
		return Version{}, nil, refusal.New("spec.version", claim.Version, "is below "+minorOf(runs)+", which runs", "Set it back: Kubernetes has no downgrade.")
	}
	v, err := nextStep(target, p, runs, m.Exists && m.Settled)
	if v.Patch != runs && v.Minor == minorOf(runs) && !hasImages(cloud, v.Patch, runs) {
		warnings = append(warnings, fmt.Sprintf("Kubernetes %s waits for its image on cloud %s.", v.Patch, cloud.Name))
		v.Patch = runs
	}
	return v, warnings, err
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

// nextStep returns the version to set on a cluster that exists.
func nextStep(target v1alpha1.KubernetesVersion, p *v1alpha1.PlatformSpec, runs string, settled bool) (Version, error) {
	v := Version{Minor: minorOf(runs), Patch: runs, Target: target.Name}
	if !settled {
		return v, nil
	}
	if v.Minor == target.Name {
		// A patch that the Platform has taken back is not taken back here.
		if patchNumber(target.Patch) > patchNumber(runs) {
			v.Patch = target.Patch
		}
		return v, nil
	}
	next, err := findVersion(fmt.Sprintf("1.%d", number(v.Minor)+1), p, true)
	if err != nil {
		return v, err
	}
	v.Minor, v.Patch = next.Name, next.Patch
	return v, nil
}

// findVersion returns the catalogue's entry of a minor. One whose support has
// ended can't be ordered; passing through it or staying on it is possible.
func findVersion(minor string, p *v1alpha1.PlatformSpec, evenEnded bool) (v1alpha1.KubernetesVersion, error) {
	var allowed []string
	for _, v := range p.KubernetesVersions {
		if v.Name == minor && (v.Support != "Ended" || evenEnded) {
			return v, nil
		}
		if v.Support != "Ended" {
			allowed = append(allowed, v.Name)
		}
	}
	return v1alpha1.KubernetesVersion{}, refusal.NotOneOf("spec.version", minor, "is not a Kubernetes version that this platform offers", allowed)
}

func supportWarnings(v v1alpha1.KubernetesVersion) []string {
	switch v.Support {
	case "Deprecated":
		return []string{fmt.Sprintf("Kubernetes %s is near its end of support. Plan to set spec.version to a newer minor.", v.Name)}
	case "Ended":
		return []string{fmt.Sprintf("Support for Kubernetes %s has ended. Set spec.version to a newer minor.", v.Name)}
	}
	return nil
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
