package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
)

// defaultsPath is the built-in Platform. Its package can't be imported from here,
// and need not be: the file says all.
const defaultsPath = "functions/internal/catalog/defaults.yaml"

// nothing stands where a level decides for none.
const nothing = "–"

// readLevels returns the built-in service levels, in the order of the file.
func readLevels(root string) ([]v1alpha1.ServiceLevel, error) {
	data, err := os.ReadFile(filepath.Join(root, defaultsPath))
	if err != nil {
		return nil, fmt.Errorf("cannot read the built-in levels: %w", err)
	}
	p := v1alpha1.PlatformSpec{}
	if err := yaml.UnmarshalStrict(data, &p); err != nil {
		return nil, fmt.Errorf("cannot read the built-in levels in %s: %w", defaultsPath, err)
	}
	if len(p.ServiceLevels) == 0 {
		return nil, fmt.Errorf("cannot find service levels in %s", defaultsPath)
	}
	return p.ServiceLevels, nil
}

// A decision is one thing that a level decides, and how it reads.
type decision struct {
	title string
	value func(l *v1alpha1.ServiceLevel) string
}

// decisions in the order in which teams ask for them. A test fails when a level
// has a field that none of them shows.
var decisions = []decision{
	{"promise", func(l *v1alpha1.ServiceLevel) string { return l.Promise }},
	{"control-plane nodes", func(l *v1alpha1.ServiceLevel) string {
		return replicas(l.ControlPlane.Replicas, l.ControlPlane.AllowedReplicas)
	}},
	{"control-plane nodes on different hosts", func(l *v1alpha1.ServiceLevel) string { return apart(l.ControlPlane.AntiAffinity) }},
	{"a control-plane node has at least", func(l *v1alpha1.ServiceLevel) string {
		return fmt.Sprintf("%d CPU, %s", l.ControlPlane.MinCPU, size(l.ControlPlane.MinMemory))
	}},
	{"etcd on a volume of its own", func(l *v1alpha1.ServiceLevel) string { return size(l.ControlPlane.EtcdVolume) }},
	{"load balancers", func(l *v1alpha1.ServiceLevel) string { return balancer(l.LoadBalancer) }},
	{"replicas of add-ons", func(l *v1alpha1.ServiceLevel) string { return strconv.Itoa(int(l.Addons.Replicas)) }},
	{"disruption budgets for add-ons", func(l *v1alpha1.ServiceLevel) string { return yes(l.Addons.DisruptionBudgets) }},
	{"add-ons spread over zones", func(l *v1alpha1.ServiceLevel) string { return yes(l.Addons.SpreadZones) }},
	{"nodes of a pool on different hosts", func(l *v1alpha1.ServiceLevel) string { return apart(l.Nodes.AntiAffinity) }},
	{"extra nodes while a pool is rolled", func(l *v1alpha1.ServiceLevel) string { return strconv.Itoa(int(l.Nodes.MaxSurge)) }},
	{"broken nodes are replaced up to", func(l *v1alpha1.ServiceLevel) string {
		return fmt.Sprintf("%d %% of a pool", l.Nodes.MaxUnhealthyPercent)
	}},
	{"the pods of a node that goes may take", func(l *v1alpha1.ServiceLevel) string { return string(l.Nodes.DrainTimeout) }},
	{"maintenance begins", func(l *v1alpha1.ServiceLevel) string { return hours(l.Maintenance) }},
	{"a window lasts", func(l *v1alpha1.ServiceLevel) string { return orNothing(string(l.Maintenance.Duration)) }},
	{"it is announced", func(l *v1alpha1.ServiceLevel) string {
		if l.Maintenance.Notice == "" {
			return nothing
		}
		return string(l.Maintenance.Notice) + " before"
	}},
	{"upgrades by themselves", func(l *v1alpha1.ServiceLevel) string { return upgrades(l.Maintenance.AutoUpgrade) }},
	{"after the end of a version's support", func(l *v1alpha1.ServiceLevel) string {
		if l.Maintenance.AfterSupport == "Upgrade" {
			return "upgraded"
		}
		return "kept"
	}},
	{"hibernation", func(l *v1alpha1.ServiceLevel) string { return sleeps(l.Hibernation) }},
	{"term", func(l *v1alpha1.ServiceLevel) string { return orNothing(string(l.Term)) }},
	{"backups, unless the claim says otherwise", func(l *v1alpha1.ServiceLevel) string { return yes(l.Backup.Enabled) }},
	{"backup schedule (UTC) and retention", func(l *v1alpha1.ServiceLevel) string {
		return fmt.Sprintf("`%s`, %s", l.Backup.Schedule, l.Backup.Retention)
	}},
	{"snapshots of etcd (UTC)", func(l *v1alpha1.ServiceLevel) string {
		if l.Backup.EtcdSchedule == "" {
			return nothing
		}
		return "`" + string(l.Backup.EtcdSchedule) + "`"
	}},
	{"backups are tried (UTC)", func(l *v1alpha1.ServiceLevel) string {
		if l.Backup.Drill == "" {
			return nothing
		}
		return "`" + string(l.Backup.Drill) + "`"
	}},
	{"Exposures are probed, with an objective of", func(l *v1alpha1.ServiceLevel) string {
		if l.Probe.Enabled == nil || !*l.Probe.Enabled {
			return nothing
		}
		return l.Probe.Objective + " %"
	}},
	{"most nodes in a cluster", func(l *v1alpha1.ServiceLevel) string { return limit(l.Nodes.MaxNodes) }},
	{"Pod Security Standard, unless the claim says otherwise", func(l *v1alpha1.ServiceLevel) string { return l.PodSecurity }},
	{"deletion protection, unless the claim says otherwise", func(l *v1alpha1.ServiceLevel) string { return yes(l.DeletionProtection) }},
	{"performance of a Storage, where the cloud has it", func(l *v1alpha1.ServiceLevel) string { return string(l.Storage.Performance) }},
	{"data of a deleted Storage, unless it says otherwise", func(l *v1alpha1.ServiceLevel) string { return kept(l.Storage) }},
	{"kept data is kept for", func(l *v1alpha1.ServiceLevel) string { return string(l.Storage.KeepTerm) }},
}

// hours are when windows begin that no claim chooses.
func hours(m v1alpha1.LevelMaintenance) string {
	if m.AnyTime != nil && *m.AnyTime {
		return "at any time"
	}
	days := "every day"
	if n := len(m.Days); n > 0 {
		days = string(m.Days[0]) + " to " + string(m.Days[n-1])
	}
	return fmt.Sprintf("%s, %s to %s (%s)", days, m.From, m.To, m.TimeZone)
}

func upgrades(auto string) string {
	switch auto {
	case v1alpha1.AutoUpgradeMinor:
		return "patches and minors"
	case v1alpha1.AutoUpgradePatch:
		return "patches"
	}
	return "none"
}

func orNothing(s string) string {
	if s == "" {
		return nothing
	}
	return s
}

func sleeps(h v1alpha1.LevelHibernation) string {
	if h.Allowed == nil || !*h.Allowed {
		return "no"
	}
	if len(h.Schedules) == 0 {
		return "yes"
	}
	s := h.Schedules[0]
	return fmt.Sprintf("from `%s` to `%s`", s.Sleep, s.Wake)
}

func kept(s v1alpha1.LevelStorage) string {
	switch s.Keep {
	case v1alpha1.KeepDelete:
		return "deleted"
	case v1alpha1.KeepRetain, "":
		return "kept"
	}
	return s.Keep
}

// decisionTable shows what each level decides.
func decisionTable(levels []v1alpha1.ServiceLevel) table {
	t := table{head: []string{"A level decides"}, words: 1}
	for i := range levels {
		t.head = append(t.head, levels[i].Name)
	}
	for _, d := range decisions {
		row := []string{d.title}
		for i := range levels {
			row = append(row, d.value(&levels[i]))
		}
		t.rows = append(t.rows, row)
	}
	return t
}

func replicas(n int32, allowed []int32) string {
	s := strconv.Itoa(int(n))
	if len(allowed) == 0 {
		return s
	}
	others := make([]string, 0, len(allowed))
	for _, a := range allowed {
		others = append(others, strconv.Itoa(int(a)))
	}
	return fmt.Sprintf("%s (%s on request)", s, strings.Join(others, " or "))
}

func apart(a v1alpha1.AntiAffinity) string {
	switch a {
	case v1alpha1.AntiAffinityHard:
		return "always"
	case v1alpha1.AntiAffinitySoft:
		return "when possible"
	}
	return nothing
}

func balancer(size string) string {
	switch size {
	case "Small":
		return "smallest"
	case "Standard":
		return "standard"
	case "ActiveStandby":
		return "active-standby"
	}
	return size
}

func size(q *resource.Quantity) string {
	if q == nil {
		return nothing
	}
	return q.String()
}

func yes(b *bool) string {
	if b == nil || !*b {
		return nothing
	}
	return "yes"
}

func limit(n int32) string {
	if n == 0 {
		return "any number"
	}
	return strconv.Itoa(int(n))
}
