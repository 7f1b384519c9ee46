package pretend

import "fmt"

// Addresses of every pretended cluster.
const (
	// EntryPoint is the address of what its entry point serves.
	EntryPoint = "203.0.113.20"
	// LoadBalancer is the address of its Services of type LoadBalancer.
	LoadBalancer = "203.0.113.30"
	// CertificateExpires is when its certificates end.
	CertificateExpires = "2026-04-01T00:00:00Z"
	// Backed is when its last backup was taken.
	Backed = "2026-11-27T02:00:00Z"
	// BackedObjects is how many objects are in it.
	BackedObjects = 314
	// BackedSize is how much the volumes in it held.
	BackedSize = "5Gi"
)

// inCluster fills in what a cluster's own controllers write into an object that is
// published or read there: addresses, certificates, and what teams have made.
func inCluster(o map[string]any) {
	switch text(o, "kind") {
	case "Ingress":
		o["status"] = balanced(EntryPoint)
	case "Gateway":
		o["status"] = map[string]any{
			"addresses":  []any{map[string]any{"type": "IPAddress", "value": EntryPoint}},
			"conditions": conditions("Accepted", "Programmed"),
		}
	case "HTTPRoute":
		o["status"] = map[string]any{"parents": []any{map[string]any{"conditions": conditions("Accepted", "ResolvedRefs")}}}
	case "Certificate":
		o["status"] = map[string]any{"conditions": conditions("Ready"), "notAfter": CertificateExpires}
	case "Endpoints":
		sub(o, "metadata")["resourceVersion"] = "1"
		o["subsets"] = []any{map[string]any{"addresses": []any{map[string]any{"ip": "10.244.0.5"}, map[string]any{"ip": "10.244.1.5"}}}}
	case "Service":
		service(o)
	case "BackupStorageLocation":
		o["status"] = map[string]any{"phase": "Available", "lastSyncedTime": Backed}
	case "Schedule":
		o["status"] = map[string]any{"phase": "Enabled", "lastBackup": Backed}
	case "Backup":
		o["status"] = map[string]any{
			"phase": "Completed", "completionTimestamp": Backed, "expiration": "2026-12-11T02:00:00Z",
			"progress": map[string]any{"itemsBackedUp": int64(BackedObjects), "totalItems": int64(BackedObjects)},
		}
	case "Restore":
		o["status"] = map[string]any{"phase": "Completed", "completionTimestamp": Backed, "progress": map[string]any{"itemsRestored": int64(42), "totalItems": int64(42)}}
	}
}

// Members returns the Objects that provider-kubernetes makes for what a collection finds:
// two copies of volumes, when it looks for those of a backup.
func Members(collection map[string]any) []map[string]any {
	of := sub(sub(collection, "spec"), "observeObjects")
	if text(of, "kind") != "DataUpload" {
		return nil
	}
	const gi = 1 << 30
	var out []map[string]any
	for i, bytes := range []int64{4 * gi, gi} {
		meta := sub(collection, "metadata")
		name := fmt.Sprintf("%s-%d", text(meta, "name"), i)
		out = append(out, map[string]any{
			"apiVersion": collection["apiVersion"], "kind": "Object",
			"metadata": map[string]any{
				"name": name, "namespace": meta["namespace"],
				"labels": map[string]any{"kubernetes.crossplane.io/owned-by-collection": meta["name"]},
			},
			"status": map[string]any{"atProvider": map[string]any{"manifest": map[string]any{
				"apiVersion": of["apiVersion"], "kind": of["kind"],
				"metadata": map[string]any{"name": name, "namespace": of["namespace"], "labels": sub(sub(of, "selector"), "matchLabels")},
				"status":   map[string]any{"phase": "Completed", "progress": map[string]any{"totalBytes": bytes, "bytesDone": bytes}},
			}}},
		})
	}
	return out
}

// service is one of a team's, when nothing but its name is asked for: with the
// ports that services usually have.
func service(o map[string]any) {
	sub(o, "metadata")["resourceVersion"] = "1"
	spec := sub(o, "spec")
	if text(spec, "type") == "LoadBalancer" {
		o["status"] = balanced(LoadBalancer)
		return
	}
	spec["selector"] = map[string]any{"app": text(sub(o, "metadata"), "name")}
	spec["ports"] = []any{
		port("TCP", 80, "http"), port("TCP", 443, int64(8443)), port("TCP", 5432, int64(5432)), port("TCP", 8080, int64(8080)), port("UDP", 53, int64(5353)),
	}
}

func port(protocol string, number int64, target any) map[string]any {
	return map[string]any{"protocol": protocol, "port": number, "targetPort": target}
}

func balanced(address string) map[string]any {
	return map[string]any{"loadBalancer": map[string]any{"ingress": []any{map[string]any{"ip": address}}}}
}
