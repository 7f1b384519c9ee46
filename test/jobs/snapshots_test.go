package jobs_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/test/devcluster/pki"
	"github.com/skerry-dev/skerry/test/local"
)

const (
	// treasure is what a team has in etcd.
	treasure = "the plain text of a secret that nobody may read"
	treasury = "/registry/secrets/shop/database"
	bucket   = "skerry-backups-0-etcd"
	private  = 0o600
)

// A controlPlane is a stand with an etcd, and an S3 API.
type controlPlane struct {
	*stand
	s3   *local.S3
	port int
	end  func() // of etcd
}

func TestSnapshots(t *testing.T) {
	if testing.Short() {
		t.Skip("needs tools")
	}
	s := newControlPlane(t)
	s.startEtcd(t, filepath.Join(s.dir, "data"))
	s.etcdctl(t, "put", treasury, treasure)

	t.Log("the first snapshot makes the repository")
	s.snapshot(t)
	s.etcdctl(t, "put", "/registry/configmaps/shop/settings", "currency: EUR")
	s.snapshot(t)
	if got := s.snapshots(t); got != 2 {
		t.Fatalf("there are %d snapshots, want 2", got)
	}

	t.Log("one whose time has come is let go of")
	s.restic(t, nil, "backup", "--time", "2020-01-01 00:00:00", "--tag", "etcd", filepath.Join(s.dir, "work", "etcd.db"))
	if got := s.snapshots(t); got != 3 {
		t.Fatalf("there are %d snapshots with the old one, want 3", got)
	}
	s.snapshot(t)
	if got := s.snapshots(t); got != 3 {
		t.Errorf("there are %d snapshots, want 3: the old one should be gone", got)
	}

	t.Log("what is in the bucket is encrypted")
	plain, err := os.ReadFile(filepath.Join(s.dir, "work", "etcd.db"))
	if err != nil || !bytes.Contains(plain, []byte(treasure)) {
		t.Fatalf("the snapshot itself should hold the secret (error %v)", err)
	}
	objects := s.objects(t)
	if len(objects) == 0 {
		t.Error("there is nothing in the bucket")
	}
	for name, data := range objects {
		if bytes.Contains(data, []byte(treasure)) || bytes.Contains(data, []byte("registry")) {
			t.Errorf("%s can be read by anybody", name)
		}
	}

	t.Log("another key opens nothing and harms nothing")
	err = s.try(t.Context(), s.job.Containers[0], map[string]string{"RESTIC_PASSWORD": "another"})
	var failed *exec.ExitError
	const wrongKey = 12
	if !errors.As(err, &failed) || failed.ExitCode() != wrongKey {
		t.Errorf("with another key it should end with %d, got %v", wrongKey, err)
	}

	t.Log("the control plane is lost, and another one begins from the last snapshot")
	s.end()
	for _, lost := range []string{"data", "work"} {
		if err := os.RemoveAll(filepath.Join(s.dir, lost)); err != nil {
			t.Fatal(err)
		}
	}
	back := filepath.Join(s.dir, "back")
	s.restic(t, nil, "restore", "latest", "--tag", "etcd", "--target", back)
	var file string
	err = filepath.WalkDir(back, func(path string, _ os.DirEntry, err error) error {
		if filepath.Base(path) == "etcd.db" {
			file = path
		}
		return err
	})
	if err != nil || file == "" {
		t.Fatalf("there should be etcd.db in %s (error %v)", back, err)
	}
	restored := filepath.Join(s.dir, "restored")
	s.program(t, "etcdutl", "snapshot", "restore", file, "--data-dir", restored)
	s.startEtcd(t, restored)
	if got := s.etcdctl(t, "get", "--print-value-only", treasury); got != treasure {
		t.Errorf("the secret came back as %q", got)
	}
	if got := s.etcdctl(t, "get", "--print-value-only", "/registry/configmaps/shop/settings"); got != "currency: EUR" {
		t.Errorf("what came later came back as %q", got)
	}
}

func newControlPlane(t *testing.T) *controlPlane {
	t.Helper()
	s := &controlPlane{stand: newStand(t, "helm", "etcd", "etcdctl", "etcdutl", "restic")}
	s.certificates(t)
	s.startS3(t)
	s.charts(t)
	return s
}

// certificates are those of kubeadm.
func (s *controlPlane) certificates(t *testing.T) {
	t.Helper()
	ca, err := pki.NewCA("etcd-ca")
	if err != nil {
		t.Fatal(err)
	}
	server, serverErr := ca.Issue(pki.Leaf{CommonName: "server", Hosts: []string{"127.0.0.1"}})
	client, clientErr := ca.Issue(pki.Leaf{CommonName: "kube-etcd-healthcheck-client"})
	if err := errors.Join(serverErr, clientErr, os.MkdirAll(s.pki(""), 0o700)); err != nil {
		t.Fatal(err)
	}
	for file, data := range map[string][]byte{
		"ca.crt": ca.Certificate, "server.crt": server.Certificate, "server.key": server.Key,
		"healthcheck-client.crt": client.Certificate, "healthcheck-client.key": client.Key,
	} {
		if err := os.WriteFile(s.pki(file), data, private); err != nil {
			t.Fatal(err)
		}
	}
}

func (s *controlPlane) pki(file string) string { return filepath.Join(s.dir, "pki", file) }

func (s *controlPlane) startEtcd(t *testing.T, data string) {
	t.Helper()
	ports := local.Ports(t, 2)
	s.port = ports[0]
	url := fmt.Sprintf("https://127.0.0.1:%d", s.port)
	s.here = []string{"https://127.0.0.1:2379", url, "/etc/kubernetes/pki/etcd", s.pki("")}
	s.end = local.Start(t, exec.Command(s.bin["etcd"], "--data-dir="+data, "--listen-client-urls="+url, "--advertise-client-urls="+url,
		fmt.Sprintf("--listen-peer-urls=http://127.0.0.1:%d", ports[1]), "--client-cert-auth",
		"--trusted-ca-file="+s.pki("ca.crt"), "--cert-file="+s.pki("server.crt"), "--key-file="+s.pki("server.key")))
	s.etcdctl(t, "endpoint", "health", "--command-timeout=60s")
}

// startS3 serves the S3 API with a bucket.
func (s *controlPlane) startS3(t *testing.T) {
	t.Helper()
	l := local.Listen(t)
	t.Cleanup(func() { _ = l.Close() })
	s.s3 = local.StartS3(t, l)
	s.s3.Admit(t, "access")
	s.s3.MakeBucket(t, bucket)
}

// objects are what is in the bucket.
func (s *controlPlane) objects(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, name := range s.s3.List(t, bucket, "") {
		out[name] = []byte(s.s3.Object(t, bucket, name))
	}
	return out
}

// charts renders the charts, with the key that Helm makes.
func (s *controlPlane) charts(t *testing.T) {
	t.Helper()
	s.render(t, "encryption-key", map[string]string{"secretName": "key"})
	s.render(t, "bucket-credentials", map[string]string{
		"secretName": "backup-bucket", "endpoint": s.s3.URL, "bucket": "skerry-backups-0", "accessKeyID": "access", "secretAccessKey": "secret",
	})
	s.render(t, "etcd-snapshots", map[string]string{
		"retention": "336h", "cluster": "shop", "repository": "s3:" + s.s3.URL + "/" + bucket, "keysSecret": "backup-bucket",
		"key": string(s.secrets["key"].Data["key"]), "etcdImage": "etcd", "resticImage": "restic",
	})
}

// snapshot does what a pod of the CronJob does.
func (s *controlPlane) snapshot(t *testing.T) {
	t.Helper()
	s.work(t)
	for _, c := range slices.Concat(s.job.InitContainers, s.job.Containers) {
		if err := s.try(t.Context(), c, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// restic runs restic by hand, as an engineer does.
func (s *controlPlane) restic(t *testing.T, into io.Writer, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), s.bin["restic"], append([]string{"--no-cache", "--option", "s3.bucket-lookup=path"}, args...)...)
	cmd.Env = []string{
		"HOME=" + s.dir, "RESTIC_REPOSITORY=s3:" + s.s3.URL + "/" + bucket, "RESTIC_PASSWORD=" + string(s.secrets["key"].Data["key"]),
		"AWS_ACCESS_KEY_ID=access", "AWS_SECRET_ACCESS_KEY=secret",
	}
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	if into != nil {
		cmd.Stdout = into
	}
	if err := cmd.Run(); err != nil {
		t.Fatalf("restic %v: %v\n%s%s", args, err, &out, &problems)
	}
}

// snapshots counts those that are there.
func (s *controlPlane) snapshots(t *testing.T) int {
	t.Helper()
	var out bytes.Buffer
	s.restic(t, &out, "snapshots", "--json")
	var list []any
	if err := yaml.Unmarshal(out.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func (s *controlPlane) etcdctl(t *testing.T, args ...string) string {
	t.Helper()
	with := []string{
		fmt.Sprintf("--endpoints=https://127.0.0.1:%d", s.port), "--cacert=" + s.pki("ca.crt"),
		"--cert=" + s.pki("healthcheck-client.crt"), "--key=" + s.pki("healthcheck-client.key"), "--dial-timeout=" + time.Minute.String(),
	}
	return strings.TrimSpace(s.program(t, "etcdctl", append(with, args...)...))
}
