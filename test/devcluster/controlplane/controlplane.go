// Package controlplane says how to run the programs of one Kubernetes control
// plane on loopback: etcd, API server, controller manager, scheduler, and kwok in
// place of nodes. It doesn't know what the cluster is for.
package controlplane

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/skerry-dev/skerry/test/devcluster/pki"
	"github.com/skerry-dev/skerry/test/devcluster/process"
)

// Binaries are the paths of the programs by their names, "kube-apiserver" for
// one.
type Binaries map[string]string

// probeTimeout is how long a program may take to say that it is ready.
const probeTimeout = 2 * time.Second

// Etcd is an etcd on the port, and its peers' port after it. A development cluster
// that loses power may lose data, so nothing is synced to disk.
func Etcd(b Binaries, name, dir string, port int) process.Spec {
	client, peer := address("http", port), address("http", port+1)
	return process.Spec{
		Name: name, Path: b["etcd"],
		Args: []string{
			"--name=" + name, "--data-dir=" + filepath.Join(dir, name),
			"--listen-client-urls=" + client, "--advertise-client-urls=" + client,
			"--listen-peer-urls=" + peer, "--initial-advertise-peer-urls=" + peer,
			"--initial-cluster=" + name + "=" + peer,
			"--unsafe-no-fsync", "--log-level=warn", "--auto-compaction-retention=10m",
			// A scale test writes more than the default 2 GiB.
			"--quota-backend-bytes=8589934592",
		},
		Ready: HTTP(client + "/health"),
	}
}

// A Server is an API server and what belongs to it.
type Server struct {
	// Name ends the names of its programs; empty for the management cluster.
	Name string
	// Dir holds certificates and kubeconfigs.
	Dir string
	// Port of the API server; those of the other programs follow it.
	Port int
	// EtcdPort of the etcd it shares with others, and EtcdPrefix of its own keys.
	EtcdPort   int
	EtcdPrefix string
	// CA that signs its certificate and those of its clients.
	CA pki.Pair
	// ServiceAccountPublic and ServiceAccountKey in PEM.
	ServiceAccountPublic, ServiceAccountKey []byte
	// AuditPolicy is a file that says what goes to audit.log in Dir; empty for
	// nothing.
	AuditPolicy string
	// Controllers that the controller manager runs, in its flag's words.
	Controllers string
}

// URL of the API server.
func (s Server) URL() string { return address("https", s.Port) }

// Kubeconfig is the file with which an administrator, and our own programs, reach
// it.
func (s Server) Kubeconfig() string { return filepath.Join(s.Dir, "admin.kubeconfig") }

// AuditLog is where what AuditPolicy asks for is written.
func (s Server) AuditLog() string { return filepath.Join(s.Dir, "audit.log") }

// file within Dir.
func (s Server) file(name string) string { return filepath.Join(s.Dir, name) }

func (s Server) program(name string) string {
	if s.Name == "" {
		return name
	}
	return name + "@" + s.Name
}

// Prepare writes certificates and the administrator's kubeconfig.
func (s Server) Prepare() error {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return err
	}
	serving, err := s.CA.Issue(pki.Leaf{CommonName: "kube-apiserver", Hosts: []string{"127.0.0.1", "localhost", "kubernetes.default", "kubernetes.default.svc"}})
	if err != nil {
		return err
	}
	admin, err := s.CA.Issue(pki.Leaf{CommonName: "admin", Organizations: []string{"system:masters"}})
	if err != nil {
		return err
	}
	files := map[string][]byte{
		"ca.crt": s.CA.Certificate, "apiserver.crt": serving.Certificate, "apiserver.key": serving.Key,
		"admin.crt": admin.Certificate, "admin.key": admin.Key,
		"sa.pub": s.ServiceAccountPublic, "sa.key": s.ServiceAccountKey,
	}
	for name, data := range files {
		if err := os.WriteFile(s.file(name), data, 0o600); err != nil {
			return err
		}
	}
	k := Kubeconfig{Server: s.URL(), CA: s.CA.Certificate, Certificate: admin.Certificate, Key: admin.Key}
	return k.Write(s.Kubeconfig())
}

// APIServer is the server itself. Prepare must have run.
func (s Server) APIServer(b Binaries, extra ...string) process.Spec {
	args := []string{
		"--etcd-servers=" + address("http", s.EtcdPort),
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--secure-port=" + strconv.Itoa(s.Port),
		"--tls-cert-file=" + s.file("apiserver.crt"), "--tls-private-key-file=" + s.file("apiserver.key"),
		"--client-ca-file=" + s.file("ca.crt"),
		"--service-account-issuer=" + s.URL(),
		"--service-account-key-file=" + s.file("sa.pub"), "--service-account-signing-key-file=" + s.file("sa.key"),
		"--service-cluster-ip-range=10.96.0.0/16", "--authorization-mode=Node,RBAC", "--allow-privileged=true",
		// There is no default route whose address it could find out.
		"--endpoint-reconciler-type=none",
		"--cert-dir=" + s.file("certs"),
		// A development cluster stops at once.
		"--shutdown-delay-duration=0s",
	}
	if s.EtcdPrefix != "" {
		args = append(args, "--etcd-prefix="+s.EtcdPrefix)
	}
	if s.AuditPolicy != "" {
		args = append(args, "--audit-policy-file="+s.AuditPolicy, "--audit-log-path="+s.AuditLog(), "--audit-log-mode=batch",
			// Megabytes. A log that is begun anew at the default of 100 says nothing of
			// what was written before.
			"--audit-log-maxsize=10240")
	}
	return process.Spec{Name: s.program("kube-apiserver"), Path: b["kube-apiserver"], Args: append(args, extra...), Ready: s.ready()}
}

// ready asks the API server whether it is.
func (s Server) ready() func(context.Context) error {
	return func(ctx context.Context) error {
		pair, err := tls.LoadX509KeyPair(s.file("admin.crt"), s.file("admin.key"))
		if err != nil {
			return err
		}
		roots := x509.NewCertPool()
		roots.AppendCertsFromPEM(s.CA.Certificate)
		t := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}}
		defer t.CloseIdleConnections()
		return get(ctx, &http.Client{Transport: t, Timeout: probeTimeout}, s.URL()+"/readyz")
	}
}

// ControllerManager is the controller manager with the Controllers.
func (s Server) ControllerManager(b Binaries) process.Spec {
	port := s.Port + controllerManagerOffset
	return process.Spec{
		Name: s.program("kube-controller-manager"), Path: b["kube-controller-manager"],
		Args: append(s.client(port),
			"--service-account-private-key-file="+s.file("sa.key"), "--root-ca-file="+s.file("ca.crt"),
			"--controllers="+s.Controllers,
			// Nothing here is so big that it needs a controller's default leisure.
			"--kube-api-qps=200", "--kube-api-burst=400",
		),
		Ready: Listens(port),
	}
}

// Scheduler is the scheduler.
func (s Server) Scheduler(b Binaries) process.Spec {
	port := s.Port + schedulerOffset
	return process.Spec{Name: s.program("kube-scheduler"), Path: b["kube-scheduler"], Args: s.client(port), Ready: Listens(port)}
}

// Kwok keeps every node of the cluster ready and lets its pods run, as the stages
// say.
func (s Server) Kwok(b Binaries, stages []string) process.Spec {
	port := s.Port + kwokOffset
	args := []string{"--kubeconfig=" + s.Kubeconfig(), "--manage-all-nodes=true", fmt.Sprintf("--server-address=127.0.0.1:%d", port)}
	for _, f := range stages {
		args = append(args, "--config="+f)
	}
	return process.Spec{Name: s.program("kwok"), Path: b["kwok"], Args: args, Ready: HTTP(address("http", port) + "/healthz")}
}

// Residents do what the programs in the cluster's pods would do. What is outside of
// the cluster they make in the simulated cloud at the socket.
func (s Server) Residents(b Binaries, cloud string) process.Spec {
	health := fmt.Sprintf("127.0.0.1:%d", s.Port+residentsOffset)
	return process.Spec{
		Name: s.program("residents"), Path: b["devcluster"],
		Args:  []string{"residents", "-kubeconfig=" + s.Kubeconfig(), "-cloud=" + cloud, "-cluster=" + s.Name, "-health=" + health},
		Ready: HTTP("http://" + health + "/healthz"),
	}
}

// The other programs of a server listen beside it.
const (
	controllerManagerOffset = 1
	schedulerOffset         = 2
	kwokOffset              = 3
	residentsOffset         = 4
	// Ports is how many a server takes in all.
	Ports = 5
)

// client is what the clients among the programs have in common.
func (s Server) client(port int) []string {
	k := s.Kubeconfig()
	return []string{
		"--kubeconfig=" + k, "--authentication-kubeconfig=" + k, "--authorization-kubeconfig=" + k,
		"--bind-address=127.0.0.1", "--secure-port=" + strconv.Itoa(port),
		"--leader-elect=false", "--cert-dir=" + s.file("certs-"+strconv.Itoa(port)),
	}
}

// HTTP is a readiness check: the address answers with 200.
func HTTP(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		return get(ctx, &http.Client{Timeout: probeTimeout, Transport: &http.Transport{DisableKeepAlives: true}}, url)
	}
}

// Listens is a readiness check: something accepts connections on the port.
func Listens(port int) func(context.Context) error {
	return func(ctx context.Context) error {
		c, err := (&net.Dialer{Timeout: probeTimeout}).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return err
		}
		return c.Close()
	}
}

func get(ctx context.Context, c *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := c.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, res.Status)
	}
	return nil
}

func address(scheme string, port int) string {
	return strings.Join([]string{scheme, "://127.0.0.1:", strconv.Itoa(port)}, "")
}
