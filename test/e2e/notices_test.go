package e2e_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/crossplane"
	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/local"
	"github.com/skerry-dev/skerry/test/tools"
)

// stack is what a platform team has the Prometheus Operator run.
const stack = `
{apiVersion: v1, kind: Namespace, metadata: {name: monitoring}}
---
apiVersion: monitoring.coreos.com/v1
kind: Alertmanager
metadata: {name: main, namespace: monitoring}
spec:
  replicas: 1
  version: v0.25.0
  alertmanagerConfigNamespaceSelector: {}
  alertmanagerConfigSelector: {matchLabels: {release: kube-prometheus-stack}}
`

// TestNotices changes a cluster outside of its window, and waits for the message. All
// between the claim's status and the receiver that the claim names is real: the metrics
// by kube-state-metrics, the rules in Prometheus, the routing by Alertmanager, which the
// Prometheus Operator has configured from what Skerry composed.
func TestNotices(t *testing.T) {
	w := start(t, "skerry")
	m := w.monitored(t)
	t.Parallel()
	inbox := newInbox(t)
	team := w.team(t, "notices")
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: team, Name: "hook"},
		StringData: map[string]string{"url": inbox.url},
	}
	if err := w.client.Create(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	c := w.claim(t, "cluster.yaml", team, "shop", level("Standard"), unprotected, closed, pools(pool("web", 1)), func(spec map[string]any) {
		hook := map[string]any{"urlSecretRef": map[string]any{"name": "hook", "key": "url"}}
		spec["notifications"] = map[string]any{"receivers": []any{map[string]any{"name": "hook", "webhook": hook}}}
	})
	w.order(t, c)
	alertmanager := m.alertmanager(t)
	m.prometheus(t, m.metrics(t), alertmanager)
	w.ready(t, c)

	w.mustChange(t, c, func(spec map[string]any) {
		p := pool("web", 1)
		p["flavor"] = biggerFlavor
		pools(p)(spec)
	})
	labels := map[string]string{"alertname": "MaintenanceScheduled", "namespace": team, "name": "shop", "cluster": "shop", "service_level": "Standard", "severity": "info"}
	inbox.await(t, labels)

	t.Log("what happens to others isn't told, and what happens to what is delivered into the cluster is")
	for _, a := range []map[string]string{
		{"alertname": "Elsewhere", "namespace": "another-team", "cluster": "shop", "severity": "critical"},
		{"alertname": "Another", "namespace": team, "cluster": "another", "severity": "critical"},
		{"alertname": "Delivered", "namespace": team, "cluster": "shop", "name": "orders", "severity": "critical"},
	} {
		raise(t, alertmanager, a)
	}
	inbox.await(t, map[string]string{"alertname": "Delivered", "name": "orders"})
	for _, foreign := range []string{"Elsewhere", "Another"} {
		if inbox.has(map[string]string{"alertname": foreign}) {
			t.Errorf("alert %s is none of this team's cluster", foreign)
		}
	}
	w.remove(t, c)
}

// debian returns the programs of Debian's packages by name, unpacked into the cache. Where
// they can't be had, it says so and skips the test.
func debian(t *testing.T, packages ...string) map[string]string {
	t.Helper()
	if _, err := exec.LookPath("apt-get"); err != nil {
		t.Skip("needs Debian's packages of Prometheus and Alertmanager")
	}
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, p := range packages {
		dir := filepath.Join(tools.CacheDir(root), "debian", p)
		out[p] = filepath.Join(dir, "usr", "bin", p)
		if _, err := os.Stat(out[p]); err == nil {
			continue
		}
		fetch := fmt.Sprintf("mkdir -p %[1]q && cd %[1]q && { apt-get download %[2]s || { apt-get update && apt-get download %[2]s; }; }", dir, p)
		if said, err := exec.CommandContext(t.Context(), "sh", "-c", fetch).CombinedOutput(); err != nil {
			t.Skipf("needs Debian's package %s, which can't be downloaded here: %v\n%s", p, err, said)
		}
		unpack := fmt.Sprintf("cd %q && dpkg-deb -x %s_*.deb .", dir, p)
		if said, err := exec.CommandContext(t.Context(), "sh", "-c", unpack).CombinedOutput(); err != nil {
			t.Fatalf("cannot unpack Debian's package %s: %v\n%s", p, err, said)
		}
	}
	return out
}

// monitored is a management cluster with what watches it.
type monitored struct {
	*world
	dir string
	// programs are the paths of those that watch, by name.
	programs map[string]string
	// crds are the Prometheus Operator's own.
	crds []*unstructured.Unstructured
}

// monitored builds and downloads the programs.
func (w *world) monitored(t *testing.T) *monitored {
	t.Helper()
	m := &monitored{world: w, dir: t.TempDir(), programs: debian(t, "prometheus", "prometheus-alertmanager")}
	for _, name := range []string{"prometheus-operator", "kube-state-metrics"} {
		path, err := tools.Build(t.Context(), os.Stderr, name)
		if err != nil {
			t.Fatal(err)
		}
		m.programs[name] = path
	}
	module, err := tools.ModuleDir(t.Context(), "prometheus-operator", "github.com/prometheus-operator/prometheus-operator")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(module, "example", "prometheus-operator-crd", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("there should be definitions in %s (error %v)", module, err)
	}
	if m.crds, err = manifest.Read(files...); err != nil {
		t.Fatal(err)
	}
	return m
}

// address is a free one on loopback.
func address(t *testing.T) string {
	t.Helper()
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(local.Ports(t, 1)[0]))
}

// write puts a file into the test's folder.
func (m *monitored) write(t *testing.T, name string, data []byte) string {
	t.Helper()
	const private = 0o600
	file := filepath.Join(m.dir, name)
	if err := os.WriteFile(file, data, private); err != nil {
		t.Fatal(err)
	}
	return file
}

// alertmanager runs Alertmanager with the configuration that the operator makes of
// what is on the management cluster, and returns its address.
func (m *monitored) alertmanager(t *testing.T) string {
	t.Helper()
	if err := crossplane.ApplyCRDs(t.Context(), m.client, m.crds); err != nil {
		t.Fatal(err)
	}
	objs, err := manifest.Decode([]byte(stack))
	if err != nil {
		t.Fatal(err)
	}
	if err := manifest.Apply(t.Context(), m.client, objs...); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(m.programs["prometheus-operator"], "--web.listen-address=127.0.0.1:0", "--kubelet-endpoints=false")
	cmd.Env = append(os.Environ(), "KUBECONFIG="+m.cluster.Config().Kubeconfig())
	local.Start(t, cmd)

	var config []byte
	eventually(t, "the operator has taken the receivers in", func() error {
		s := &corev1.Secret{}
		if err := m.client.Get(t.Context(), client.ObjectKey{Namespace: "monitoring", Name: "alertmanager-main-generated"}, s); err != nil {
			return err
		}
		zipped, err := gzip.NewReader(bytes.NewReader(s.Data["alertmanager.yaml.gz"]))
		if err != nil {
			return err
		}
		if config, err = io.ReadAll(zipped); err != nil {
			return err
		}
		if !bytes.Contains(config, []byte("to-hook")) {
			return fmt.Errorf("the receiver isn't in:\n%s", config)
		}
		return nil
	})
	at := address(t)
	local.Start(t, m.installed("prometheus-alertmanager", "--config.file="+m.write(t, "alertmanager.yaml", config),
		"--storage.path="+filepath.Join(m.dir, "alertmanager"), "--web.listen-address="+at, "--cluster.listen-address="))
	return at
}

// installed runs a program of a Debian package that wants its files below /usr/share: they
// are laid there for it alone.
func (m *monitored) installed(program string, args ...string) *exec.Cmd {
	share := filepath.Join(filepath.Dir(filepath.Dir(m.programs[program])), "share")
	flags := "-m"
	if os.Getuid() != 0 {
		flags = "-rm"
	}
	script := fmt.Sprintf("mount -t overlay share -o lowerdir=%s:/usr/share /usr/share && exec \"$@\"", share)
	return exec.Command("unshare", append([]string{flags, "sh", "-c", script, program, m.programs[program]}, args...)...)
}

// metrics runs kube-state-metrics with our configuration, and returns its address.
func (m *monitored) metrics(t *testing.T) string {
	t.Helper()
	at, telemetry := address(t), address(t)
	host, port, _ := net.SplitHostPort(at)
	_, telemetryPort, _ := net.SplitHostPort(telemetry)
	local.Start(t, exec.Command(m.programs["kube-state-metrics"], "--kubeconfig="+m.cluster.Config().Kubeconfig(), "--custom-resource-state-only",
		"--custom-resource-state-config-file="+filepath.Join(m.root, "package", "metrics", "custom-resource-state.yaml"),
		"--host="+host, "--port="+port, "--telemetry-host="+host, "--telemetry-port="+telemetryPort))
	return at
}

// prometheus runs Prometheus over the metrics with our rules.
func (m *monitored) prometheus(t *testing.T, metrics, alertmanager string) {
	t.Helper()
	config := fmt.Sprintf(`
global: {scrape_interval: 5s, evaluation_interval: 5s}
rule_files: [%q]
alerting: {alertmanagers: [{static_configs: [{targets: [%q]}]}]}
scrape_configs: [{job_name: kube-state-metrics, honor_labels: true, static_configs: [{targets: [%q]}]}]
`, filepath.Join(m.root, "package", "metrics", "rules.yaml"), alertmanager, metrics)
	local.Start(t, exec.Command(m.programs["prometheus"], "--config.file="+m.write(t, "prometheus.yaml", []byte(config)),
		"--storage.tsdb.path="+filepath.Join(m.dir, "prometheus"), "--web.listen-address="+address(t)))
}

// raise tells Alertmanager of an alert, as Prometheus does.
func raise(t *testing.T, alertmanager string, labels map[string]string) {
	t.Helper()
	body, err := json.Marshal([]any{map[string]any{"labels": labels, "endsAt": time.Now().Add(time.Hour).UTC().Format(time.RFC3339)}})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+alertmanager+"/api/v2/alerts", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	rsp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rsp.Body.Close() }()
	if said, _ := io.ReadAll(rsp.Body); rsp.StatusCode != http.StatusOK {
		t.Fatalf("Alertmanager takes no alert: %s %s", rsp.Status, said)
	}
}

// An inbox keeps the alerts that a webhook was called with.
type inbox struct {
	url string

	mu     sync.Mutex
	alerts []map[string]string
}

func newInbox(t *testing.T) *inbox {
	t.Helper()
	in := &inbox{}
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var message struct {
			Alerts []struct{ Labels map[string]string }
		}
		if err := json.NewDecoder(r.Body).Decode(&message); err != nil {
			return
		}
		in.mu.Lock()
		defer in.mu.Unlock()
		for _, a := range message.Alerts {
			in.alerts = append(in.alerts, a.Labels)
		}
	}))
	t.Cleanup(s.Close)
	in.url = s.URL + "/told?token=" + strings.Repeat("t", 8)
	return in
}

// has says whether an alert with these labels has come.
func (in *inbox) has(want map[string]string) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, got := range in.alerts {
		matches := true
		for k, v := range want {
			matches = matches && got[k] == v
		}
		if matches {
			return true
		}
	}
	return false
}

func (in *inbox) await(t *testing.T, want map[string]string) {
	t.Helper()
	eventually(t, fmt.Sprintf("the receiver is told of %v", want), func() error {
		if in.has(want) {
			return nil
		}
		in.mu.Lock()
		defer in.mu.Unlock()
		return fmt.Errorf("it was told of %v", in.alerts)
	})
}
