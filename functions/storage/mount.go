package main

import (
	"fmt"

	"github.com/skerry-dev/skerry/functions/internal/plan"
)

// mount returns what a team pastes into a pod.
func mount(p *plan.Storage) string {
	if p.Bucket == nil {
		return fmt.Sprintf(`# in namespace %[1]s
containers:
- volumeMounts:
  - {name: %[2]s, mountPath: /data}
volumes:
- name: %[2]s
  persistentVolumeClaim: {claimName: %[2]s}
`, p.Volume.Namespace, p.Volume.Name)
	}
	if p.Bucket.Delivery == nil {
		return ""
	}
	return fmt.Sprintf(`# in namespace %s
containers:
- envFrom:
  - secretRef: {name: %s}
`, p.Bucket.Delivery.Namespace, p.Bucket.Delivery.Name)
}
