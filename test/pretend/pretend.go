// Package pretend stands in for the controllers behind a management cluster, in
// process: it turns what a function desires into what Crossplane would observe
// once providers and Cluster API have done their work.
//
// It knows the kinds' statuses and nothing of Skerry's keys or plans.
package pretend

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
)

// Secret is the secret of every application credential that is pretended. Tests
// look for it where it must not be.
const Secret = "pretended-credential-secret-4711"

// KeySecret is the secret half of all keys of buckets that are pretended.
const KeySecret = "pretended-key-secret-0815"

// RootCA is the public certificate of every pretended cluster.
const RootCA = "-----BEGIN CERTIFICATE-----\nUHJldGVuZGVk\n-----END CERTIFICATE-----\n"

// Created returns a desired resource as it looks just after it was created:
// with an identity and without a status.
func Created(desired map[string]any) map[string]any {
	o := runtime.DeepCopyJSON(desired)
	m := sub(o, "metadata")
	m["uid"] = ID(o)
	m["creationTimestamp"] = "2026-01-01T00:00:00Z"
	m["resourceVersion"] = "1"
	m["generation"] = int64(1)
	return o
}

// Ready returns a desired resource as it looks when its controller is done.
func Ready(desired map[string]any) map[string]any {
	o := Created(desired)
	group, _, _ := strings.Cut(text(o, "apiVersion"), "/")
	switch {
	case group == "cluster.x-k8s.io" && text(o, "kind") == "Cluster":
		cluster(o)
	case group == "cluster.x-k8s.io":
		o["status"] = map[string]any{"observedGeneration": int64(1), "conditions": conditions("VariablesReady", "RefVersionsUpToDate")}
	case strings.HasSuffix(group, ".m.crossplane.io") && text(o, "kind") != "ProviderConfig" && text(o, "kind") != "ClusterProviderConfig":
		managed(o)
	case group == "operator.cluster.x-k8s.io":
		o["status"] = map[string]any{"installedVersion": sub(o, "spec")["version"], "conditions": conditions("Ready", "ProviderInstalled", "PreflightCheckPassed")}
	case group == "protection.crossplane.io":
		o["status"] = map[string]any{"conditions": conditions("Ready")}
	}
	return o
}

// Connection returns the connection details of a resource, or nil.
func Connection(o map[string]any) map[string][]byte {
	switch text(o, "kind") {
	case "ApplicationCredentialV3":
		return map[string][]byte{"attribute.secret": []byte(Secret)}
	case "EC2CredentialV3":
		return map[string][]byte{"attribute.secret": []byte(KeySecret)}
	}
	return nil
}

// ID returns the id that the pretended cloud gives to a resource.
func ID(o map[string]any) string {
	m := sub(o, "metadata")
	sum := sha256.Sum256([]byte(text(o, "kind") + "/" + text(m, "name")))
	h := hex.EncodeToString(sum[:16])
	return fmt.Sprintf("%s-%s-4%s-8%s-%s", h[:8], h[8:12], h[13:16], h[17:20], h[20:32])
}

// managed fills in what a managed resource gets: conditions, and the parameters
// and id under atProvider.
func managed(o map[string]any) {
	parameters, _ := runtime.DeepCopyJSONValue(sub(sub(o, "spec"), "forProvider")).(map[string]any)
	if manifest, ok := parameters["manifest"].(map[string]any); ok {
		if text(manifest, "kind") == "ConfigMap" {
			manifest["data"] = map[string]any{"ca.crt": RootCA}
		}
		inCluster(manifest)
		if text(manifest, "kind") == "Job" {
			manifest["status"] = map[string]any{"succeeded": int64(1), "conditions": conditions("Complete")}
		}
		parameters = map[string]any{"manifest": manifest}
	} else {
		parameters["id"] = ID(o)
		if text(o, "kind") == "EC2CredentialV3" {
			parameters["access"] = "access-" + ID(o)[:8]
		}
	}
	o["status"] = map[string]any{"conditions": conditions("Ready", "Synced"), "atProvider": parameters}
	if a := sub(sub(o, "metadata"), "annotations"); a["crossplane.io/external-name"] == nil {
		a["crossplane.io/external-name"] = ID(o)
	}
}

// cluster fills in what Cluster API reports of a cluster whose every machine is
// ready.
func cluster(o map[string]any) {
	spec := sub(o, "spec")
	spec["controlPlaneEndpoint"] = map[string]any{"host": "203.0.113.10", "port": int64(6443)}
	spec["controlPlaneRef"] = map[string]any{"apiGroup": "controlplane.cluster.x-k8s.io", "kind": "KubeadmControlPlane", "name": text(sub(o, "metadata"), "name")}
	spec["infrastructureRef"] = map[string]any{"apiGroup": "infrastructure.cluster.x-k8s.io", "kind": "OpenStackCluster", "name": text(sub(o, "metadata"), "name")}
	topology := sub(spec, "topology")
	replicas := sub(topology, "controlPlane")["replicas"]
	counts := func(n any, version string) map[string]any {
		c := map[string]any{"versions": []any{map[string]any{"version": version, "replicas": n}}}
		for _, k := range []string{"desiredReplicas", "replicas", "readyReplicas", "availableReplicas", "upToDateReplicas"} {
			c[k] = n
		}
		return c
	}
	o["status"] = map[string]any{
		"observedGeneration": int64(1),
		"phase":              "Provisioned",
		"initialization":     map[string]any{"infrastructureProvisioned": true, "controlPlaneInitialized": true},
		"controlPlane":       counts(replicas, text(topology, "version")),
		"workers":            counts(int64(len(Shares(o))), text(topology, "version")),
		"conditions":         append(conditions("Available", "TopologyReconciled", "ControlPlaneInitialized"), condition("RollingOut", "False")),
	}
}

// Shares returns the groups of machines of a Cluster's topology.
func Shares(cluster map[string]any) []map[string]any {
	mds, _ := sub(sub(sub(cluster, "spec"), "topology"), "workers")["machineDeployments"].([]any)
	out := make([]map[string]any, 0, len(mds))
	for _, md := range mds {
		out = append(out, md.(map[string]any))
	}
	return out
}

// MachineDeployments returns what Cluster API makes of a Cluster's topology,
// every machine ready.
func MachineDeployments(cluster map[string]any) []map[string]any {
	var out []map[string]any
	meta := sub(cluster, "metadata")
	for _, share := range Shares(cluster) {
		n, ok := share["replicas"]
		if !ok {
			n = least(share)
		}
		name := text(meta, "name") + "-" + text(share, "name")
		out = append(out, map[string]any{
			"apiVersion": "cluster.x-k8s.io/v1beta2",
			"kind":       "MachineDeployment",
			"metadata": map[string]any{
				"name": name, "namespace": meta["namespace"],
				"labels": map[string]any{
					"cluster.x-k8s.io/cluster-name":             meta["name"],
					"topology.cluster.x-k8s.io/deployment-name": share["name"],
				},
			},
			"spec":   map[string]any{"clusterName": meta["name"], "replicas": n},
			"status": map[string]any{"replicas": n, "readyReplicas": n},
		})
	}
	return out
}

// least is how many machines the autoscaler leaves of a group that it owns.
func least(share map[string]any) int64 {
	const minSize = "cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size"
	n, _ := strconv.ParseInt(text(sub(sub(share, "metadata"), "annotations"), minSize), 10, 64)
	return n
}

// ConnectionSecret returns the Secret that a resource's connection details are
// written to, for renderers that read Secrets, or nil.
func ConnectionSecret(o map[string]any) map[string]any {
	details := Connection(o)
	ref := sub(sub(o, "spec"), "writeConnectionSecretToRef")
	if details == nil || text(ref, "name") == "" {
		return nil
	}
	data := map[string]any{}
	for k, v := range details {
		data[k] = base64.StdEncoding.EncodeToString(v)
	}
	return map[string]any{
		"apiVersion": "v1", "kind": "Secret", "data": data,
		"metadata": map[string]any{"name": ref["name"], "namespace": sub(o, "metadata")["namespace"]},
	}
}

func conditions(types ...string) []any {
	out := make([]any, 0, len(types))
	for _, t := range types {
		out = append(out, condition(t, "True"))
	}
	return out
}

func condition(conditionType, status string) map[string]any {
	return map[string]any{
		"type": conditionType, "status": status, "reason": "Pretended",
		"lastTransitionTime": "2026-01-01T00:00:00Z", "observedGeneration": int64(1),
	}
}

// sub returns the map under a key, and makes it when there is none.
func sub(m map[string]any, key string) map[string]any {
	if s, ok := m[key].(map[string]any); ok {
		return s
	}
	s := map[string]any{}
	m[key] = s
	return s
}

func text(m map[string]any, key string) string {
	s, _ := m[key].(string)
	return s
}
