package plan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
)

// Snapshots of a volume or a share, on a schedule.
type Snapshots struct {
	Schedule string
	// Count of the latest that are kept, or 0 for any number.
	Count int32
	// Expires is the age at which one goes, in hours as Go writes them, or "".
	Expires string
	// Class of the snapshots.
	Class string
	// Disabled takes no new ones. What was taken ages out all the same.
	Disabled bool
	// Last is when the last one was taken, or "".
	Last string
	// Failing says why none can be taken, or is empty.
	Failing string
}

const (
	// defaultCount of snapshots that are kept when nobody says.
	defaultCount = 7
	hoursOfDay   = 24
)

func (s *Storage) planSnapshots(claim *v1alpha1.StorageSpec, cloud *v1alpha1.Cloud, w StorageWorld) error {
	if s.Bucket != nil {
		return s.planBucketVersions(claim, cloud, w)
	}
	existing := w.Have.Get(KeySnapshotSchedule)
	if claim.Snapshots == nil && !existing.Exists() {
		return nil
	}
	s.awaitCluster(w.Have, KeySnapshotSchedule)
	s.Snapshots = &Snapshots{Class: ClassRWO, Last: observed.At(liveOf(existing), "status", "lastSnapshotTime").Text()}
	if s.Volume.Shared {
		s.Snapshots.Class = ClassRWX
	}
	if c := observed.ConditionOf(liveOf(existing), "Reconciled"); c.Status == "False" {
		s.Snapshots.Failing = readiness.Clean(c.Message)
	}
	if claim.Snapshots == nil {
		s.Snapshots.disable(manifestOf(existing).Field("spec"))
		return nil
	}
	return s.Snapshots.enable(claim.Snapshots)
}

// disable stops a schedule and leaves it as it was made: taking it away would
// take the snapshots along.
func (s *Snapshots) disable(made observed.Value) {
	s.Disabled = true
	s.Schedule = made.Field("schedule").Text()
	s.Count = int32(observed.At(made, "retention", "maxCount").Number())
	s.Expires = observed.At(made, "retention", "expires").Text()
	s.Failing = ""
}

func (s *Snapshots) enable(claim *v1alpha1.StorageSnapshots) error {
	if err := checkSchedule("spec.snapshots.schedule", claim.Schedule); err != nil {
		return err
	}
	s.Schedule, s.Count = claim.Schedule, claim.Retention.Count
	if claim.Retention.Age == "" {
		if s.Count == 0 {
			s.Count = defaultCount
		}
		return nil
	}
	hours, err := hoursOf("spec.snapshots.retention.age", string(claim.Retention.Age))
	s.Expires = strconv.FormatInt(hours, 10) + "h"
	return err
}

// hoursOf reads a term such as 36h or 14d.
func hoursOf(field, term string) (int64, error) {
	number, days := strings.CutSuffix(term, "d")
	if !days {
		number, _ = strings.CutSuffix(term, "h")
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 1 || number == term || n > 99999 {
		return 0, refusal.New(field, term, "is not a number of hours or days", "Set for example 36h or 14d.")
	}
	if days {
		n *= hoursOfDay
	}
	return n, nil
}

// cronField is one of the five fields of cron, with its bounds.
type cronField struct {
	name        string
	first, last int
}

var cronFields = []cronField{{"minute", 0, 59}, {"hour", 0, 23}, {"day of the month", 1, 31}, {"month", 1, 12}, {"day of the week", 0, 6}}

var cronWords = []string{"@hourly", "@daily", "@weekly", "@monthly", "@yearly"}

// checkSchedule refuses what the scheduler in the cluster would not take. It
// understands a little less than cron: numbers, lists, ranges, and steps of *.
func checkSchedule(field, schedule string) error {
	if slices.Contains(cronWords, schedule) {
		return nil
	}
	parts := strings.Split(schedule, " ")
	if len(parts) != len(cronFields) {
		return refusal.New(field, schedule, "is not five fields of cron", `Set for example "0 3 * * *", or @daily.`)
	}
	for i, f := range cronFields {
		if !f.takes(parts[i]) {
			return refusal.New(field, schedule, fmt.Sprintf("has %q for the %s", parts[i], f.name),
				fmt.Sprintf("Set *, a step such as */2, or numbers from %d to %d.", f.first, f.last))
		}
	}
	return nil
}

func (f cronField) takes(s string) bool {
	if s == "*" {
		return true
	}
	if step, ok := strings.CutPrefix(s, "*/"); ok {
		n, err := strconv.ParseUint(step, 10, 16)
		return err == nil && n > 0
	}
	if from, to, ok := strings.Cut(s, "-"); ok {
		return f.has(from) && f.has(to) && len(from) <= len(to) && (len(from) < len(to) || from <= to)
	}
	for n := range strings.SplitSeq(s, ",") {
		if !f.has(n) {
			return false
		}
	}
	return true
}

func (f cronField) has(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && int(n) >= f.first && int(n) <= f.last
}

// The tools that Skerry runs in clusters, by their names in the Platform.
const (
	toolRclone = "rclone"
	toolAWS    = "aws-cli"

	toolVeleroPlugin = "velero-plugin-for-aws"
	toolEtcd         = "etcd"
	toolRestic       = "restic"
	toolKubectl      = "kubectl"
)

// toolOf returns the image of a tool.
func toolOf(p *v1alpha1.PlatformSpec, name string) (string, error) {
	for _, t := range p.Tools {
		if t.Name == name {
			return t.Image + ":" + t.Version, nil
		}
	}
	return "", fmt.Errorf("cannot find tool %q in the catalogue (catalog/defaults.yaml)", name)
}
