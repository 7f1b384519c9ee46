// Package monitoring holds narrow structs for the kinds of the Prometheus Operator:
// what Prometheus probes on the management cluster, and whom its Alertmanager tells.
package monitoring

import (
	"maps"

	"github.com/skerry-dev/skerry/functions/internal/external"
)

const group = "monitoring.coreos.com/"

// Probe is a monitoring.coreos.com/v1 Probe.
type Probe struct {
	external.Meta `json:",inline"`
	Spec          ProbeSpec `json:"spec"`
}

// ProbeSpec of a Probe.
type ProbeSpec struct {
	JobName  string  `json:"jobName"`
	Interval string  `json:"interval,omitempty"`
	Module   string  `json:"module"`
	Prober   Prober  `json:"prober"`
	Targets  Targets `json:"targets"`
}

// Prober is the exporter that is asked.
type Prober struct {
	// URL is host and port, without a scheme.
	URL string `json:"url"`
}

// Targets of a Probe.
type Targets struct {
	StaticConfig StaticConfig `json:"staticConfig"`
}

// StaticConfig lists what is probed.
type StaticConfig struct {
	Static []string          `json:"static"`
	Labels map[string]string `json:"labels"`
}

// NewProbe returns a Probe.
func NewProbe(namespace, name string, labels map[string]string, spec ProbeSpec) *Probe {
	return &Probe{Meta: meta("v1", "Probe", namespace, name, labels), Spec: spec}
}

// AlertmanagerConfig is a monitoring.coreos.com/v1alpha1 AlertmanagerConfig. The
// operator adds to its route that alerts have the namespace of the object.
type AlertmanagerConfig struct {
	external.Meta `json:",inline"`
	Spec          AlertmanagerConfigSpec `json:"spec"`
}

// AlertmanagerConfigSpec of an AlertmanagerConfig.
type AlertmanagerConfigSpec struct {
	Route     Route      `json:"route"`
	Receivers []Receiver `json:"receivers"`
}

// Route of alerts to a receiver.
type Route struct {
	Receiver string    `json:"receiver"`
	GroupBy  []string  `json:"groupBy,omitempty"`
	Matchers []Matcher `json:"matchers,omitempty"`
	Continue bool      `json:"continue,omitempty"`
	Routes   []Route   `json:"routes,omitempty"`
}

// Matcher of a label of alerts.
type Matcher struct {
	Name      string `json:"name"`
	MatchType string `json:"matchType"`
	Value     string `json:"value"`
}

// Receiver of alerts.
type Receiver struct {
	Name           string          `json:"name"`
	EmailConfigs   []EmailConfig   `json:"emailConfigs,omitempty"`
	WebhookConfigs []WebhookConfig `json:"webhookConfigs,omitempty"`
	SlackConfigs   []SlackConfig   `json:"slackConfigs,omitempty"`
}

// EmailConfig is an address. The mail server is the Alertmanager's.
type EmailConfig struct {
	To           string `json:"to"`
	SendResolved bool   `json:"sendResolved"`
}

// WebhookConfig is a URL that is called.
type WebhookConfig struct {
	URLSecret    SecretKey `json:"urlSecret"`
	SendResolved bool      `json:"sendResolved"`
}

// SlackConfig is a channel.
type SlackConfig struct {
	APIURL       SecretKey `json:"apiURL"`
	Channel      string    `json:"channel"`
	SendResolved bool      `json:"sendResolved"`
}

// SecretKey names a key of a Secret in the namespace of the AlertmanagerConfig.
type SecretKey struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

// NewAlertmanagerConfig returns an AlertmanagerConfig.
func NewAlertmanagerConfig(namespace, name string, labels map[string]string, spec AlertmanagerConfigSpec) *AlertmanagerConfig {
	return &AlertmanagerConfig{Meta: meta("v1alpha1", "AlertmanagerConfig", namespace, name, labels), Spec: spec}
}

// meta copies the labels: they are the Platform's, and bodies get more of them.
func meta(version, kind, namespace, name string, labels map[string]string) external.Meta {
	return external.Meta{APIVersion: group + version, Kind: kind, Metadata: external.ObjectMeta{Namespace: namespace, Name: name, Labels: maps.Clone(labels)}}
}
