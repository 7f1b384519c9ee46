package main

import (
	"fmt"
	"strings"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/status"
)

// statusOf says what the platform offers, and what is waited for.
func statusOf(p *plan.Platform, held render.Held, prior v1alpha1.Phase) (*v1alpha1.PlatformStatus, []status.Condition) {
	conditions := []status.Condition{
		status.Accepted(p.Warnings),
		status.Part(v1alpha1.ConditionManagementReady, "ManagementReady", held.Waiting, partManagement),
	}
	return &v1alpha1.PlatformStatus{
		Phase:              status.Phase(prior, status.Ready(held, conditions), false, held),
		Clouds:             list(p.Offer.Clouds),
		ServiceLevels:      list(p.Offer.ServiceLevels),
		KubernetesVersions: list(p.Offer.KubernetesVersions),
	}, conditions
}

// maxListed is how many names fit into a column.
const maxListed = 8

func list(names []string) string {
	if len(names) <= maxListed {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:maxListed], ", "), len(names)-maxListed)
}
