package notifications_test

import (
	"strings"
	"testing"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/component/notifications"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/plan/plantest"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/render/rendertest"
)

func told(receivers ...v1alpha1.Receiver) func(*v1alpha1.KubernetesClusterSpec) {
	return func(c *v1alpha1.KubernetesClusterSpec) { c.Notifications.Receivers = receivers }
}

func email(name, severity string) v1alpha1.Receiver {
	return v1alpha1.Receiver{Name: name, Severity: severity, Email: &v1alpha1.EmailReceiver{To: name + "@example.org"}}
}

func TestGolden(t *testing.T) {
	key := v1alpha1.SecretKeyReference{Name: "receivers", Key: "url"}
	p := plantest.Cluster(t, told(
		email("nobody", v1alpha1.SeverityCritical),
		v1alpha1.Receiver{Name: "hook", Severity: v1alpha1.SeverityInfo, Webhook: &v1alpha1.WebhookReceiver{URLSecretRef: key}},
		v1alpha1.Receiver{Name: "chat", Severity: v1alpha1.SeverityWarning, Slack: &v1alpha1.SlackReceiver{Channel: "#shop", URLSecretRef: key}},
	))
	rendertest.Golden(t, "receivers", func() (render.Set, error) { return notifications.Render(p) })
}

// The same receivers in another order are the same configuration.
func TestOrder(t *testing.T) {
	a, b := email("a", ""), email("b", "")
	first := plantest.Cluster(t, told(a, b)).Notifications
	second := plantest.Cluster(t, told(b, a)).Notifications
	if first.Receivers[0].Name != "a" || second.Receivers[0].Name != "a" {
		t.Errorf("want a before b, got %v and %v", first.Receivers, second.Receivers)
	}
}

// Where nobody tells, the team reads so, and nothing is made that the management cluster
// doesn't know.
func TestWithoutMonitoring(t *testing.T) {
	w := plantest.World(t, plantest.Observed(t))
	w.Platform.Management.Monitoring = nil
	p, err := plan.NewCluster(plantest.Owner(), plantest.Claim(t, told(email("a", ""))), w)
	if err != nil {
		t.Fatal(err)
	}
	set, err := notifications.Render(p)
	if err != nil || len(set.Resources) != 0 {
		t.Errorf("want nothing made, got %v, %v", set.Resources, err)
	}
	if len(p.Warnings) != 1 || !strings.Contains(p.Warnings[0], "spec.notifications hear nothing") {
		t.Errorf("want a warning, got %q", p.Warnings)
	}
}
