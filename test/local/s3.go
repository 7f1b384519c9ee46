package local

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/skerry-dev/skerry/test/tools"
)

// An S3 is an S3 API out of memory. It takes what is signed with a key that it was told
// of, whatever the secret.
type S3 struct {
	// URL has no slash at its end.
	URL string
}

// tester is the key with which the test itself asks.
const tester = "tester"

// StartS3 serves an S3 API on the listener until the test ends.
func StartS3(t *testing.T, l *net.TCPListener) *S3 {
	t.Helper()
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(t.TempDir(), "s3")
	p := tools.Package{Label: "S3 API", Dir: filepath.Join(root, "test", "tools", "velero"), Path: "./s3", LDFlags: "-s -w"}
	if err := tools.BuildPackage(t.Context(), os.Stderr, p, binary); err != nil {
		t.Fatal(err)
	}
	f, err := l.File()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	cmd := exec.Command(binary)
	cmd.ExtraFiles = []*os.File{f}
	Start(t, cmd)
	s := &S3{URL: "http://" + l.Addr().String()}
	s.Admit(t, tester)
	return s
}

// Admit lets in who signs with the key.
func (s *S3) Admit(t *testing.T, key string) {
	t.Helper()
	s.must(t, http.MethodPost, "/-/keys/"+key)
}

// MakeBucket makes a bucket unless it is there.
func (s *S3) MakeBucket(t *testing.T, name string) {
	t.Helper()
	if status, said := s.ask(t, http.MethodPut, "/"+name); status != http.StatusOK && !strings.Contains(said, "BucketAlready") {
		t.Fatalf("cannot make bucket %s: %d %s", name, status, said)
	}
}

// List returns the names of a bucket's objects that begin with the prefix.
func (s *S3) List(t *testing.T, bucket, prefix string) []string {
	t.Helper()
	var names []string
	for _, part := range strings.Split(s.must(t, http.MethodGet, "/"+bucket+"?list-type=2&prefix="+prefix), "<Key>")[1:] {
		name, _, _ := strings.Cut(part, "</Key>")
		names = append(names, name)
	}
	return names
}

// Object returns an object's content.
func (s *S3) Object(t *testing.T, bucket, name string) string {
	t.Helper()
	return s.must(t, http.MethodGet, "/"+bucket+"/"+name)
}

func (s *S3) must(t *testing.T, method, path string) string {
	t.Helper()
	status, body := s.ask(t, method, path)
	if status != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, path, status, body)
	}
	return body
}

func (s *S3) ask(t *testing.T, method, path string) (status int, body string) {
	t.Helper()
	rsp, err := s.once(t, method, path)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = rsp.Body.Close() }()
	data, err := io.ReadAll(rsp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return rsp.StatusCode, string(data)
}

// once asks. The listener was there before the server, so an early question waits.
func (s *S3) once(t *testing.T, method, path string) (*http.Response, error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", fmt.Sprintf("AWS4-HMAC-SHA256 Credential=%s/%s/any/s3/aws4_request", tester, time.Now().UTC().Format("20060102")))
	return http.DefaultClient.Do(req)
}
