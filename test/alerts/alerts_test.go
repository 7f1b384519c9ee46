// Package alerts_test holds the alert rules of package/metrics to their unit tests, to
// the metrics that there are, and to the runbooks.
package alerts_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/test/tools"
)

func root(t *testing.T) string {
	t.Helper()
	dir, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

type rules struct {
	Groups []struct {
		Rules []struct {
			Alert, Record, Expr string
			Annotations         map[string]string
		}
	}
}

func read(t *testing.T, name string, into any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root(t), "package", "metrics", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

// alerts returns the expression of each alert.
func alerts(t *testing.T) map[string]string {
	t.Helper()
	var r rules
	read(t, "rules.yaml", &r)
	out := map[string]string{}
	for _, g := range r.Groups {
		for _, a := range g.Rules {
			if a.Record != "" {
				continue
			}
			out[a.Alert] = a.Expr
			if want := "/docs/runbooks/" + a.Alert + ".md"; !strings.HasSuffix(a.Annotations["runbook_url"], want) {
				t.Errorf("%s should lead to %s, not to %q", a.Alert, want, a.Annotations["runbook_url"])
			}
		}
	}
	return out
}

func sorted(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// promtool, Prometheus's own, runs the rules over series of our making.
func TestRules(t *testing.T) {
	if testing.Short() {
		t.Skip("needs promtool, which is built on first use")
	}
	promtool, err := tools.Build(t.Context(), os.Stderr, "promtool")
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"check", "rules", "rules.yaml"}, {"test", "rules", "rules_test.yaml"}} {
		cmd := exec.CommandContext(t.Context(), promtool, args...)
		cmd.Dir = filepath.Join(root(t), "package", "metrics")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// Each alert is tested when it fires and when it doesn't.
func TestEveryRuleIsTested(t *testing.T) {
	var tests struct {
		Tests []struct {
			Rules []struct {
				Alert  string `json:"alertname"`
				Expect []any  `json:"exp_alerts"`
			} `json:"alert_rule_test"`
		}
	}
	read(t, "rules_test.yaml", &tests)
	fires, quiet := map[string]string{}, map[string]string{}
	for _, test := range tests.Tests {
		for _, r := range test.Rules {
			if len(r.Expect) > 0 {
				fires[r.Alert] = ""
				continue
			}
			quiet[r.Alert] = ""
		}
	}
	all := sorted(alerts(t))
	for what, got := range map[string]map[string]string{"fire": fires, "be quiet": quiet} {
		if diff := cmp.Diff(all, sorted(got)); diff != "" {
			t.Errorf("alerts that are seen to %s: -all +tested:\n%s", what, diff)
		}
	}
}

// Each alert has a runbook, and each runbook an alert.
func TestRunbooks(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root(t), "docs", "runbooks", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	books := map[string]string{}
	for _, f := range files {
		books[strings.TrimSuffix(filepath.Base(f), ".md")] = ""
	}
	if diff := cmp.Diff(sorted(alerts(t)), sorted(books)); diff != "" {
		t.Errorf("-alerts +runbooks:\n%s", diff)
	}
}

var metricName = regexp.MustCompile(`skerry[_:][a-z0-9_:]+`)

// Alerts use just metrics that there are.
func TestMetrics(t *testing.T) {
	var config metrics
	read(t, "custom-resource-state.yaml", &config)
	known := map[string]bool{}
	for _, r := range config.Spec.Resources {
		for _, m := range r.Metrics {
			known[r.Prefix+"_"+m.Name] = true
		}
	}
	exprs := alerts(t)
	var r rules
	read(t, "rules.yaml", &r)
	for _, g := range r.Groups {
		for _, rule := range g.Rules {
			if rule.Record != "" {
				known[rule.Record], exprs[rule.Record] = true, rule.Expr
			}
		}
	}
	for alert, expr := range exprs {
		for _, m := range metricName.FindAllString(expr, -1) {
			if !known[m] {
				t.Errorf("%s looks at %s, which nobody makes", alert, m)
			}
		}
	}
}
