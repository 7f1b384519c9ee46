// Package notifications tells the receivers of a claim what the alerts of its cluster
// say: it configures the Alertmanager on the management cluster, which does the rest.
//
// It knows no alert by name: package/metrics has the rules.
package notifications

import (
	"strings"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external/monitoring"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// nobody takes what no receiver asks for: a route must have one.
const nobody = "nobody"

// Render returns the configuration beside the claim, where the Secrets of its
// receivers are, or nothing.
func Render(p *plan.Cluster) (render.Set, error) {
	set := render.Set{Families: []render.Family{{Prefix: plan.KeyNotifications, Withdraw: true}}}
	n := p.Notifications
	if n == nil {
		return set, nil
	}
	spec := monitoring.AlertmanagerConfigSpec{
		Route: monitoring.Route{
			Receiver: nobody,
			GroupBy:  []string{"alertname", "name"},
			Matchers: []monitoring.Matcher{{Name: "cluster", MatchType: "=", Value: p.Team.Name}},
		},
		Receivers: []monitoring.Receiver{{Name: nobody}},
	}
	for _, r := range n.Receivers {
		name := "to-" + r.Name // A receiver of the claim may be called nobody.
		spec.Route.Routes = append(spec.Route.Routes, monitoring.Route{
			Receiver: name, Continue: true, Matchers: severities(r.Severity),
		})
		spec.Receivers = append(spec.Receivers, receiver(name, r))
	}
	set.Add(render.Resource{
		Key:   plan.KeyNotifications,
		Body:  monitoring.NewAlertmanagerConfig(p.Team.Namespace, p.Team.Name+"-notifications", n.Labels, spec),
		Ready: readiness.Exists,
	})
	return set, nil
}

// severities matches those from least on. Every alert has one of the three.
func severities(least string) []monitoring.Matcher {
	all := []string{v1alpha1.SeverityInfo, v1alpha1.SeverityWarning, v1alpha1.SeverityCritical}
	for len(all) > 1 && all[0] != least && least != "" {
		all = all[1:]
	}
	if len(all) == 3 {
		return nil
	}
	return []monitoring.Matcher{{Name: "severity", MatchType: "=~", Value: strings.Join(all, "|")}}
}

func receiver(name string, r v1alpha1.Receiver) monitoring.Receiver {
	out := monitoring.Receiver{Name: name}
	switch {
	case r.Email != nil:
		out.EmailConfigs = []monitoring.EmailConfig{{To: r.Email.To, SendResolved: true}}
	case r.Webhook != nil:
		out.WebhookConfigs = []monitoring.WebhookConfig{{URLSecret: key(r.Webhook.URLSecretRef), SendResolved: true}}
	case r.Slack != nil:
		out.SlackConfigs = []monitoring.SlackConfig{{APIURL: key(r.Slack.URLSecretRef), Channel: r.Slack.Channel, SendResolved: true}}
	}
	return out
}

func key(r v1alpha1.SecretKeyReference) monitoring.SecretKey {
	return monitoring.SecretKey{Name: r.Name, Key: r.Key}
}
