package pretend

import "github.com/skerry-dev/skerry/apis/v1alpha1"

// KubernetesCluster returns a cluster of team-a as the team sees it, on a cloud and with
// the status of its ControlPlaneReady: True, False or Unknown. Where the control plane
// isn't ready its API doesn't answer.
func KubernetesCluster(name, cloud, controlPlaneReady string) map[string]any {
	reason := "AllReplicasReady"
	switch controlPlaneReady {
	case "False", "Unknown":
		reason = v1alpha1.ReasonAPIUnavailable
	}
	return map[string]any{
		"apiVersion": "skerry.dev/v1alpha1", "kind": "KubernetesCluster",
		"metadata": map[string]any{"name": name, "namespace": "team-a"},
		"spec": map[string]any{
			"cloud": cloud, "serviceLevel": "Standard",
			"network":     map[string]any{"nodeCIDR": "10.0.0.0/22"},
			"resourceRef": map[string]any{"apiVersion": "skerry.dev/v1alpha1", "kind": "XKubernetesCluster", "name": name + "-x7k2p"},
		},
		"status": map[string]any{
			"network": map[string]any{
				"networkID": "11111111-0000-4000-8000-000000000001",
				"subnetIDs": []any{"11111111-0000-4000-8000-000000000002"},
			},
			"conditions": []any{map[string]any{"type": "ControlPlaneReady", "status": controlPlaneReady, "reason": reason}},
		},
	}
}

// Rolling returns such a cluster while machines of its control plane are replaced: it
// isn't ready, and its API answers. It changes the one that it is given.
func Rolling(cluster map[string]any) map[string]any {
	condition := cluster["status"].(map[string]any)["conditions"].([]any)[0].(map[string]any)
	condition["status"], condition["reason"] = "False", "WaitingForControlPlane"
	return cluster
}
