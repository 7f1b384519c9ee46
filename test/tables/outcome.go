package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// examplesPath is the folder of the goldens of the examples as they are written.
const examplesPath = "functions/kubernetescluster/testdata/examples"

// outcomes are the examples whose decided values the page shows: one a level.
var outcomes = []string{"sandbox", "shop", "bank", "hello"}

// An example is an example's claim and what comes of it: its status, and the
// composed resources by their keys.
type example struct {
	claim, status map[string]any
	composed      map[string]map[string]any
}

// An outcome is a decided value, and how it is read from what is composed.
type outcome struct {
	title string
	value func(e example) string
}

var outcomeRows = []outcome{
	{"service level", func(e example) string { return text(e.status, "serviceLevel", "name") }},
	{"pools of the claim", pools},
	{"control-plane nodes", func(e example) string {
		return text(e.composed["cluster"], "spec", "topology", "controlPlane", "replicas")
	}},
	{"flavor of the control plane", func(e example) string {
		return text(e.first("machine-template-control-plane-"), "spec", "template", "spec", "flavor")
	}},
	{"etcd on a volume of its own", etcd},
	{"groups of machines on different hosts, always", groups("anti-affinity")},
	{"groups of machines on different hosts, when possible", groups("soft-anti-affinity")},
	{"groups of nodes that scale together, one for each pool and zone", func(e example) string {
		mds, _, _ := unstructured.NestedSlice(e.composed["cluster"], "spec", "topology", "workers", "machineDeployments")
		return count(len(mds))
	}},
	{"load balancer of the Kubernetes API", func(e example) string {
		return text(e.first("cluster-template-"), "spec", "template", "spec", "apiServerLoadBalancer", "flavor")
	}},
	{"replicas of Traefik", chart("addon-traefik", "deployment", "replicas")},
	{"replicas of cert-manager", chart("addon-cert-manager", "replicaCount")},
	{"replicas of metrics-server", chart("addon-metrics-server", "replicas")},
	{"replicas of Cinder CSI's controller", chart("addon-cinder-csi", "csi", "plugin", "controllerPlugin", "replicas")},
	{"replicas of Cilium's operator", chart("addon-cilium", "operator", "replicas")},
	{"replicas of the autoscaler", chart("addon-cluster-autoscaler", "replicaCount")},
}

// outcomeTable shows what was decided for an example at each level.
func outcomeTable(root string) (table, error) {
	t := table{head: []string{"Example"}, words: 1}
	read := make([]example, 0, len(outcomes))
	for _, name := range outcomes {
		e, err := readExample(filepath.Join(root, examplesPath, name+".txtar"))
		if err != nil {
			return t, fmt.Errorf("cannot read example %q: %w", name, err)
		}
		t.head = append(t.head, "`"+name+"`")
		read = append(read, e)
	}
	for _, o := range outcomeRows {
		row := []string{o.title}
		for _, e := range read {
			row = append(row, o.value(e))
		}
		t.rows = append(t.rows, row)
	}
	return t, nil
}

// readExample reads an example's golden.
func readExample(path string) (example, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return example{}, err
	}
	e := example{composed: map[string]map[string]any{}}
	for _, f := range txtar.Parse(data).Files {
		switch f.Name {
		case "claim.yaml":
			err = yaml.Unmarshal(f.Data, &e.claim)
		case "status.yaml":
			err = yaml.Unmarshal(f.Data, &e.status)
		case "composed.yaml":
			err = readComposed(string(f.Data), e.composed)
		}
		if err != nil {
			return e, fmt.Errorf("cannot parse %s: %w", f.Name, err)
		}
	}
	return e, nil
}

// readComposed reads documents that begin with a comment that is their key.
func readComposed(stream string, into map[string]map[string]any) error {
	for _, doc := range strings.Split("\n"+stream, "\n---\n# ")[1:] {
		key, body, _ := strings.Cut(doc, "\n")
		o := map[string]any{}
		if err := yaml.Unmarshal([]byte(body), &o); err != nil {
			return fmt.Errorf("cannot parse %q: %w", key, err)
		}
		into[key] = o
	}
	return nil
}

// first returns the composed resource whose key has the prefix, or nil. Keys of
// templates end in a hash.
func (e example) first(prefix string) map[string]any {
	for key, o := range e.composed {
		if strings.HasPrefix(key, prefix) {
			return o
		}
	}
	return nil
}

func pools(e example) string {
	list, _, _ := unstructured.NestedSlice(e.claim, "spec", "nodePools")
	out := make([]string, 0, len(list))
	for _, p := range list {
		pool, _ := p.(map[string]any)
		n := text(pool, "replicas")
		if n == nothing {
			n = text(pool, "autoscaling", "min") + " to " + text(pool, "autoscaling", "max")
		}
		out = append(out, text(pool, "name")+": "+n)
	}
	return strings.Join(out, ", ")
}

func etcd(e example) string {
	disks, _, _ := unstructured.NestedSlice(e.first("machine-template-control-plane-"), "spec", "template", "spec", "additionalBlockDevices")
	for _, d := range disks {
		if disk, _ := d.(map[string]any); disk["name"] == "etcd" {
			return text(disk, "sizeGiB") + " GiB"
		}
	}
	return nothing
}

// groups counts the server groups with Nova's policy.
func groups(policy string) func(example) string {
	return func(e example) string {
		n := 0
		for _, o := range e.composed {
			policies, _, _ := unstructured.NestedStringSlice(o, "spec", "forProvider", "policies")
			if o["kind"] == "ServergroupV2" && slices.Contains(policies, policy) {
				n++
			}
		}
		return count(n)
	}
}

// chart reads a value of an add-on's Helm release.
func chart(key string, path ...string) func(example) string {
	return func(e example) string {
		return text(e.composed[key], append([]string{"spec", "forProvider", "values"}, path...)...)
	}
}

// text returns the value at the path as text.
func text(o map[string]any, path ...string) string {
	v, ok, err := unstructured.NestedFieldNoCopy(o, path...)
	if !ok || err != nil {
		return nothing
	}
	return fmt.Sprint(v)
}
