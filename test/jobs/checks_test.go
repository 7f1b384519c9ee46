package jobs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/skerry-dev/skerry/test/devcluster/controlplane"
	"github.com/skerry-dev/skerry/test/devcluster/pki"
	"github.com/skerry-dev/skerry/test/devcluster/process"
	"github.com/skerry-dev/skerry/test/local"
)

// aCloud answers as Keystone and Nova do.
type aCloud struct {
	url     string
	refuses bool
}

const (
	credentialID     = "22222222000040008000000000000001"
	credentialSecret = "the secret of the credential"
	cloudToken       = "gAAAA-a-token"
	novaSays         = `{"limits": {"rate": [], "absolute": {"maxTotalInstances": 10, "totalInstancesUsed": 9, "maxTotalCores": 40, "totalCoresUsed": 36, "maxTotalRAMSize": 65536, "totalRAMUsed": 1024}}}`
)

func (c *aCloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/v3/auth/tokens":
		var asked struct {
			Auth struct {
				Identity struct {
					Methods               []string
					ApplicationCredential struct{ ID, Secret string } `json:"application_credential"`
				}
			}
		}
		by := &asked.Auth.Identity
		if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || c.refuses ||
			by.ApplicationCredential.ID != credentialID || by.ApplicationCredential.Secret != credentialSecret {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		w.Header().Set("X-Subject-Token", cloudToken)
		w.WriteHeader(http.StatusCreated)
		_, _ = fmt.Fprintf(w, `{"token": {"catalog": [
{"type": "volumev3", "endpoints": [{"interface": "public", "region": "north-1", "url": %q}]},
{"type": "compute", "endpoints": [{"interface": "internal", "region": "north-1", "url": "http://127.0.0.1:1"},
 {"interface": "public", "region": "south-1", "url": "http://127.0.0.1:1"}, {"interface": "public", "region": "north-1", "url": %q}]}]}}`,
			c.url+"/volume", c.url+"/compute/v2.1")
	case r.URL.Path == "/compute/v2.1/limits" && r.Header.Get("X-Auth-Token") == cloudToken:
		_, _ = fmt.Fprint(w, novaSays)
	default:
		http.Error(w, "there is nothing here", http.StatusNotFound)
	}
}

// TestUpgradeChecks looks at a real API server, with the rights that the chart gives, and
// at a cloud.
func TestUpgradeChecks(t *testing.T) {
	if testing.Short() {
		t.Skip("needs tools")
	}
	for _, program := range []string{"curl", "jq"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s isn't installed", program)
		}
	}
	cloud := &aCloud{}
	server := httptest.NewServer(cloud)
	defer server.Close()
	cloud.url = server.URL
	s := newStand(t, "helm", "etcd", "kube-apiserver", "kubectl")
	admin, url := s.kubernetes(t)
	kubectl := func(args ...string) string {
		return s.program(t, "kubectl", append([]string{"--kubeconfig=" + admin}, args...)...)
	}
	manifests := s.render(t, "upgrade-checks", map[string]string{
		"image": "k8s", "authURL": cloud.url + "/v3/", "region": "north-1", "applicationCredential.id": credentialID, "applicationCredential.secret": credentialSecret,
	})
	s.apply(t, admin, manifests)
	// Nobody writes it here: in a cluster the API servers do.
	host, port, err := net.SplitHostPort(strings.TrimPrefix(url, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	s.apply(t, admin, fmt.Sprintf(`{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: kubernetes, namespace: default, labels: {kubernetes.io/service-name: kubernetes}},
addressType: IPv4, ports: [{name: https, port: %s}], endpoints: [{addresses: [192.0.2.1]}]}`, port))
	// No slice may name this machine's own address.
	proxy := httptest.NewServer(redirected(net.JoinHostPort(host, port)))
	defer proxy.Close()
	s.actAs(t, url, kubectl("create", "token", "upgrade-checks", "-n", "kube-system"))

	look := func() map[string]string {
		t.Helper()
		s.work(t)
		for _, c := range s.job.Containers {
			if err := s.try(t.Context(), c, map[string]string{"HTTPS_PROXY": proxy.URL}); err != nil {
				t.Fatal(err)
			}
		}
		var found corev1.ConfigMap
		if err := json.Unmarshal([]byte(kubectl("get", "configmap", "upgrade-checks", "-n", "kube-system", "-o", "json")), &found); err != nil {
			t.Fatal(err)
		}
		if when, err := time.Parse(time.RFC3339, found.Data["checked"]); err != nil || time.Since(when) > time.Minute {
			t.Errorf("it says that it looked at %q", found.Data["checked"])
		}
		return found.Data
	}

	t.Log("nobody uses anything old, and Nova says what room there is")
	found := look()
	if strings.Contains(found["deprecated"], "deviceclasses") || strings.TrimSpace(found["limits"]) != novaSays {
		t.Errorf("it found %v", found)
	}

	t.Log("somebody uses an API that a coming release has no more, and the cloud doesn't answer")
	kubectl("get", "deviceclasses.v1beta1.resource.k8s.io")
	cloud.refuses = true
	found = look()
	const want = `group="resource.k8s.io",removed_release="1.38",resource="deviceclasses",subresource="",version="v1beta1"`
	if !strings.Contains(found["deprecated"], want) {
		t.Errorf("it found %q in use, want %q", found["deprecated"], want)
	}
	if strings.TrimSpace(found["limits"]) != "" {
		t.Errorf("it says of the cloud: %q", found["limits"])
	}
}

// redirected is a proxy that leads everybody to one address.
func redirected(address string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		there, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", address)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		here, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			_ = there.Close()
			return
		}
		if _, err := io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
			_, _ = here.Close(), there.Close()
			return
		}
		go func() {
			_, _ = io.Copy(there, here)
			_ = there.Close()
		}()
		go func() {
			_, _ = io.Copy(here, there)
			_ = here.Close()
		}()
	})
}

// kubernetes runs an API server that still serves an old API, and returns its
// administrator's kubeconfig and its URL.
func (s *stand) kubernetes(t *testing.T) (kubeconfig, url string) {
	t.Helper()
	ca, err := pki.NewCA("kubernetes")
	if err != nil {
		t.Fatal(err)
	}
	public, key, err := pki.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	// etcd's peers come after its clients.
	ports := local.Ports(t, 2)
	server := controlplane.Server{
		Dir: filepath.Join(s.dir, "kubernetes"), Port: ports[0], EtcdPort: ports[1], CA: ca, ServiceAccountPublic: public, ServiceAccountKey: key,
	}
	if err := server.Prepare(); err != nil {
		t.Fatal(err)
	}
	logs := filepath.Join(s.dir, "logs")
	if err := os.Mkdir(logs, 0o700); err != nil {
		t.Fatal(err)
	}
	g := process.NewGroup(logs)
	t.Cleanup(g.StopAll)
	bin := controlplane.Binaries(s.bin)
	for _, spec := range []process.Spec{
		controlplane.Etcd(bin, "etcd", s.dir, server.EtcdPort), server.APIServer(bin, "--runtime-config=resource.k8s.io/v1beta1=true"),
	} {
		if err := g.Start(t.Context(), spec); err != nil {
			t.Fatal(err)
		}
	}
	return server.Kubeconfig(), server.URL()
}

// apply creates manifests.
func (s *stand) apply(t *testing.T, kubeconfig, manifests string) {
	t.Helper()
	file := filepath.Join(s.dir, "manifests.yaml")
	if err := os.WriteFile(file, []byte(manifests), private); err != nil {
		t.Fatal(err)
	}
	s.program(t, "kubectl", "--kubeconfig="+kubeconfig, "apply", "-f", file)
}

// actAs gives pods the token of their account, and the way to their API.
func (s *stand) actAs(t *testing.T, url, token string) {
	t.Helper()
	account := filepath.Join(s.dir, "account")
	ca, err := os.ReadFile(filepath.Join(s.dir, "kubernetes", "ca.crt"))
	if err == nil {
		err = errors.Join(os.Mkdir(account, 0o700), os.WriteFile(filepath.Join(account, "ca.crt"), ca, private),
			os.WriteFile(filepath.Join(account, "token"), []byte(strings.TrimSpace(token)), private))
	}
	if err != nil {
		t.Fatal(err)
	}
	s.here = []string{"/var/run/secrets/kubernetes.io/serviceaccount", account, "https://kubernetes.default.svc", url}
}
