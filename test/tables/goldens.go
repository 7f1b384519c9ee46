package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
)

// levelsPath is the folder of the goldens of every example at every level.
const levelsPath = "functions/kubernetescluster/testdata/levels"

// usual is the level that the others are compared with: the one that a claim has
// which names none.
const usual = "Standard"

// purpose says what a composed kind is there for.
type purpose struct{ kind, what string }

// purposes of all composed kinds, in the order in which a person would explain
// them.
var purposes = []purpose{
	{"NetworkV2", "network"},
	{"SubnetV2", "subnet for the nodes"},
	{"RouterV2", "router to the outside"},
	{"RouterInterfaceV2", "the subnet's way to the router"},
	{"SecgroupV2", "firewall of the nodes"},
	{"SecgroupRuleV2", "firewall rules of the claim"},
	{"ServergroupV2", "keeps machines on different hosts"},
	{"ApplicationCredentialV3", "the cluster's own login at the cloud"},
	{"ContainerV1", "the buckets of the backups, and of the snapshots of etcd"},
	{"EC2CredentialV3", "the keys of those buckets"},
	{"Secret", "`clouds.yaml`, and the team's kubeconfig"},
	{"Cluster", "the cluster: version, replicas, pools"},
	{"ClusterClass", "how machines are built, rolled and repaired"},
	{"OpenStackClusterTemplate", "network and API load balancer, for Cluster API"},
	{"KubeadmControlPlaneTemplate", "how control-plane nodes are set up"},
	{"KubeadmConfigTemplate", "how a pool's nodes are set up"},
	{"OpenStackMachineTemplate", "the machines of the control plane and of a pool"},
	{"ProviderConfig", "Crossplane's way into the cluster"},
	{"Release", "an add-on's Helm chart"},
	{"Object", "one object inside the cluster"},
	{"ObservedObjectCollection", "finds objects inside the cluster whose names can't be foreseen"},
	{"Role", "the team may read its kubeconfig"},
	{"RoleBinding", "the team may read its kubeconfig"},
	{"AlertmanagerConfig", "who is told of notices and alerts"},
	{"Usage", "order of removal, deletion protection"},
	{"ClusterUsage", "deletion protection of the composite"},
}

// An entry is a line of a golden: one composed resource.
type entry struct{ key, kind, hash string }

// readGolden returns what an example is composed of at a level.
func readGolden(root, example, level string) ([]entry, error) {
	path := filepath.Join(levelsPath, example+"-"+strings.ToLower(level)+".txt")
	data, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		return nil, fmt.Errorf("cannot read a golden: %w", err)
	}
	return parseGolden(path, string(data))
}

func parseGolden(path, text string) ([]entry, error) {
	var out []entry
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) != 4 {
			return nil, fmt.Errorf("cannot read line %q of %s: want key, kind, name and hash", strings.TrimSpace(line), path)
		}
		out = append(out, entry{key: f[0], kind: f[1], hash: f[3]})
	}
	return out, nil
}

// A shown example has a table of what it is composed of.
type shown struct {
	Name, About string
	Table       table
}

// kindTables returns a table for each example that the page shows.
func kindTables(root string, levels []v1alpha1.ServiceLevel) ([]shown, error) {
	examples := []shown{
		{Name: "shop", About: "The smallest claim: one pool of three nodes"},
		{Name: "bank", About: "Three pools, two of them autoscaled, and firewall rules"},
	}
	for i := range examples {
		byLevel := map[string][]entry{}
		for _, l := range levels {
			golden, err := readGolden(root, examples[i].Name, l.Name)
			if err != nil {
				return nil, err
			}
			byLevel[l.Name] = golden
		}
		t, err := kindTable(levels, byLevel)
		if err != nil {
			return nil, fmt.Errorf("cannot show example %q: %w", examples[i].Name, err)
		}
		examples[i].Table = t
	}
	return examples, nil
}

// kindTable counts kinds at each level, and the resources that are not the same
// at the usual one.
func kindTable(levels []v1alpha1.ServiceLevel, byLevel map[string][]entry) (table, error) {
	t := table{head: []string{"Kind", "What for"}, words: 2}
	if byLevel[usual] == nil {
		return t, fmt.Errorf("cannot compare with %q: it isn't built in any more", usual)
	}
	counts := map[string]map[string]int{}
	for _, l := range levels {
		t.head = append(t.head, l.Name)
		counts[l.Name] = countKinds(byLevel[l.Name])
		if err := explained(counts[l.Name]); err != nil {
			return t, err
		}
	}
	for _, p := range purposes {
		row, used := []string{p.kind, p.what}, false
		for _, l := range levels {
			n := counts[l.Name][p.kind]
			used = used || n > 0
			row = append(row, count(n))
		}
		if used {
			t.rows = append(t.rows, row)
		}
	}
	all := []string{"**all**", ""}
	unlike := []string{"", "of them not as at " + usual}
	for _, l := range levels {
		all = append(all, "**"+strconv.Itoa(len(byLevel[l.Name]))+"**")
		unlike = append(unlike, count(differing(byLevel[l.Name], byLevel[usual])))
	}
	t.rows = append(t.rows, all, unlike)
	return t, nil
}

func countKinds(entries []entry) map[string]int {
	out := map[string]int{}
	for _, e := range entries {
		out[e.kind]++
	}
	return out
}

// explained fails when a kind is composed that has no purpose.
func explained(counts map[string]int) error {
	known := map[string]bool{}
	for _, p := range purposes {
		known[p.kind] = true
	}
	for kind := range counts {
		if !known[kind] {
			return fmt.Errorf("cannot say what a %s is for: add it to purposes in test/tables", kind)
		}
	}
	return nil
}

// differing counts the entries that the others lack, or have with other content.
func differing(entries, others []entry) int {
	same := map[entry]bool{}
	for _, e := range others {
		same[e] = true
	}
	n := 0
	for _, e := range entries {
		if !same[e] {
			n++
		}
	}
	return n
}

func count(n int) string {
	if n == 0 {
		return nothing
	}
	return strconv.Itoa(n)
}
