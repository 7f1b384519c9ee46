package local

import (
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// What was put into a bucket is listed and read, and only who signs with a known key gets
// in.
func TestS3(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a server")
	}
	l := Listen(t)
	defer func() { _ = l.Close() }()
	s := StartS3(t, l)
	s.MakeBucket(t, "shop")
	s.MakeBucket(t, "shop")
	if status, said := s.ask(t, http.MethodPut, "/shop/orders/1"); status != http.StatusOK {
		t.Fatalf("cannot put an object: %d %s", status, said)
	}
	if got, want := s.List(t, "shop", "orders/"), []string{"orders/1"}; !slices.Equal(got, want) {
		t.Errorf("got objects %q, want %q", got, want)
	}
	if got := s.List(t, "shop", "invoices/"); len(got) != 0 {
		t.Errorf("got objects %q, want none", got)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/shop/orders/1", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=stranger/20260101/any/s3/aws4_request")
	for _, want := range []int{http.StatusForbidden, http.StatusOK} {
		rsp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = rsp.Body.Close()
		if rsp.StatusCode != want {
			t.Errorf("got status %d, want %d", rsp.StatusCode, want)
		}
		s.Admit(t, "stranger")
	}
}

// A program that its caller has ended stays so, and its end may be asked for twice.
func TestStart(t *testing.T) {
	cmd := exec.Command("sleep", "600")
	end := Start(t, cmd)
	end()
	end()
	if s := cmd.ProcessState; s == nil || !strings.Contains(s.String(), "killed") {
		t.Errorf("got state %v, want a killed program", s)
	}
}

// Ports are all different.
func TestPorts(t *testing.T) {
	const n = 20
	got := Ports(t, n)
	slices.Sort(got)
	if len(slices.Compact(got)) != n {
		t.Errorf("got ports %v, want %d different ones", got, n)
	}
}
