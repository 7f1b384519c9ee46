package plan

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
)

// KeyUpgradeChecks is the key of what a cluster has found out about itself.
const KeyUpgradeChecks = "upgrade-checks-found"

// UpgradeChecks are what a cluster looks for in itself, and has found.
type UpgradeChecks struct {
	// Schedule in UTC, and the image that looks.
	Schedule, Image string
	// Surge is how many machines of a pool are added at once, before others go.
	Surge int32
	// Removed are APIs in use that a later minor has no more.
	Removed []RemovedAPI
	// Room that the project has left in the cloud, or nil where nobody knows.
	Room *Room
	// Until is how long that holds, or zero where nothing is known.
	Until time.Time
}

// A RemovedAPI is one that clients use although a later minor has it no more.
type RemovedAPI struct {
	// Minor from which on it is gone, for example 38 of 1.38.
	Minor int
	// What it is: "resource.k8s.io/v1beta1 deviceclasses".
	What string
}

// Room in a project, or -1 for as much as anybody likes.
type Room struct{ Servers, Cores, MemoryMiB int64 }

const (
	looksHourly = "0 * * * *"
	// checkHolds is for how long what was found counts: three looks.
	checkHolds = 3 * time.Hour
	// unlimited is how Nova writes a limit that there isn't.
	unlimited = -1
)

// planChecks reads what the cluster has found. What is too old, or can't be read, is not
// known, and hinders nobody.
func (c *Cluster) planChecks(w ClusterWorld) error {
	image, err := toolOf(w.Platform, toolKubectl)
	if err != nil {
		return err
	}
	c.Checks.Schedule, c.Checks.Image = string(ownMinute(looksHourly, c.Team)), image
	data := liveOf(w.Have.Get(KeyUpgradeChecks)).Field("data")
	checked := timeAt(data.Field("checked"))
	if checked == nil || !w.Now.Before(checked.Add(checkHolds)) {
		return nil
	}
	c.Checks.Until = checked.Add(checkHolds)
	for line := range strings.Lines(data.Field("deprecated").Text()) {
		if api, ok := removedOf(line); ok {
			c.Checks.Removed = append(c.Checks.Removed, api)
		}
	}
	slices.SortFunc(c.Checks.Removed, func(a, b RemovedAPI) int { return strings.Compare(a.What, b.What) })
	c.Checks.Room = roomOf(data.Field("limits"))
	return nil
}

// removedOf reads the labels of apiserver_requested_deprecated_apis
// (k8s.io/apiserver/pkg/endpoints/metrics).
func removedOf(labels string) (RemovedAPI, bool) {
	l := map[string]string{}
	for part := range strings.SplitSeq(strings.TrimSpace(labels), ",") {
		name, quoted, _ := strings.Cut(part, "=")
		if value, err := strconv.Unquote(quoted); err == nil {
			l[name] = value
		}
	}
	what := l["version"] + " " + l["resource"]
	if l["group"] != "" {
		what = l["group"] + "/" + what
	}
	n := number(l["removed_release"])
	return RemovedAPI{Minor: n, What: what}, n > 0 && l["resource"] != ""
}

// roomOf reads what Nova says of the limits of a project.
func roomOf(text observed.Value) *Room {
	var answer struct {
		Limits struct {
			Absolute *struct {
				MaxServers  int64 `json:"maxTotalInstances"`
				ServersUsed int64 `json:"totalInstancesUsed"`
				MaxCores    int64 `json:"maxTotalCores"`
				CoresUsed   int64 `json:"totalCoresUsed"`
				MaxMiB      int64 `json:"maxTotalRAMSize"`
				MiBUsed     int64 `json:"totalRAMUsed"`
			} `json:"absolute"`
		} `json:"limits"`
	}
	if err := json.Unmarshal([]byte(text.Text()), &answer); err != nil || answer.Limits.Absolute == nil {
		return nil
	}
	left := func(limit, used int64) int64 {
		if limit == unlimited {
			return unlimited
		}
		return max(0, limit-used)
	}
	a := answer.Limits.Absolute
	return &Room{
		Servers: left(a.MaxServers, a.ServersUsed), Cores: left(a.MaxCores, a.CoresUsed), MemoryMiB: left(a.MaxMiB, a.MiBUsed),
	}
}

// hindrance says why a version can't be taken although the cluster is fit, or nothing.
func (c *Cluster) hindrance(next string, isPatch bool, cloud *v1alpha1.Cloud) string {
	why := ""
	if !isPatch && !c.Maintenance.ByHand {
		why = c.Checks.removedIn(minorOf(next))
	}
	if why = firstOf(why, c.noRoom(cloud)); why != "" {
		c.matters(c.Checks.Until)
	}
	return why
}

// removedIn says that clients use what a minor has no more, or nothing.
func (u *UpgradeChecks) removedIn(minor string) string {
	var used []string
	for _, api := range u.Removed {
		if api.Minor <= number(minor) {
			used = append(used, api.What)
		}
	}
	if len(used) == 0 {
		return ""
	}
	return fmt.Sprintf("It waits until nobody uses what Kubernetes %s has no more: %s. If nobody does any more, set spec.maintenance.now.", minor, strings.Join(used, ", "))
}

// noRoom says that the quota hasn't got room for the machines that come before others go,
// or nothing. They are replaced in one group after another: there must be room for what
// the largest adds at once. A control plane adds one machine.
func (c *Cluster) noRoom(cloud *v1alpha1.Cloud) string {
	r := c.Checks.Room
	if r == nil {
		return ""
	}
	added := map[string]int64{c.Facts.Running.ControlPlane.Flavor: 1}
	for _, p := range c.Facts.Running.Pools {
		added[p.Flavor] = int64(c.Checks.Surge)
	}
	for _, name := range slices.Sorted(maps.Keys(added)) {
		f, n := flavorNamed(name, cloud), added[name]
		for _, need := range []struct {
			what       string
			left, want int64
		}{{"servers", r.Servers, n}, {"cores", r.Cores, n * f.CPU}, {"MiB of memory", r.MemoryMiB, n * f.MemoryMiB}} {
			if need.left != unlimited && need.left < need.want {
				return fmt.Sprintf("It waits until the quota of the project has room for %s of flavor %s: %d %s are free, and it needs %d.", moreMachines(n), name, need.left, need.what, need.want)
			}
		}
	}
	return ""
}

func moreMachines(n int64) string {
	if n == 1 {
		return "one more machine"
	}
	return fmt.Sprintf("%d more machines", n)
}

// flavorNamed is what the cloud, or the name itself, says of a flavor.
func flavorNamed(name string, cloud *v1alpha1.Cloud) Flavor {
	for _, f := range cloud.Flavors {
		if f.Name == name {
			return flavorOf(f)
		}
	}
	return flavorOf(v1alpha1.Flavor{Name: name})
}
