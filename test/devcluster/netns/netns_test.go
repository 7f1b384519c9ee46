package netns

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
)

// inside makes this test binary print its interfaces from within a namespace.
const inside = "SKERRY_NETNS_INSIDE"

func TestMain(m *testing.M) {
	if os.Getenv(inside) == "" {
		os.Exit(m.Run())
	}
	if err := Up(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	l, err := net.Listen("tcp", "127.0.0.1:6443")
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	defer func() { _ = l.Close() }()
	all, _ := net.Interfaces()
	for _, i := range all {
		fmt.Println(i.Name, i.Flags&net.FlagUp != 0)
	}
}

func TestEnter(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), inside+"=1")
	Enter(cmd)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Skipf("no namespaces here: %v\n%s", Explain(err), out)
	}
	if got := strings.TrimSpace(string(out)); got != "lo true" {
		t.Errorf("a namespace should have loopback, up, and nothing else, got %q", got)
	}
}

func TestProxy(t *testing.T) {
	target := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }))
	defer target.Close()
	port := target.Listener.Addr().(*net.TCPAddr).Port
	cases := map[string]struct {
		reason string
		allow  bool
		host   string
		want   string
	}{
		"Allowed":   {reason: "An API server should be reached through the proxy.", allow: true, host: "127.0.0.1", want: "200 OK"},
		"OtherPort": {reason: "Ports that ask nobody who they are should not be reached.", host: "127.0.0.1", want: "Forbidden"},
		"OtherHost": {reason: "The proxy should lead nowhere else.", allow: true, host: "192.0.2.1", want: "Forbidden"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			proxy := httptest.NewServer(Proxy{Allow: func(p int) bool { return tc.allow && p == port }})
			defer proxy.Close()
			at, _ := url.Parse(proxy.URL)
			client := target.Client()
			client.Transport.(*http.Transport).Proxy = http.ProxyURL(at)
			var got string
			res, err := client.Get("https://" + net.JoinHostPort(tc.host, strconv.Itoa(port)) + "/")
			switch {
			case err != nil:
				got = err.Error()
			default:
				got = res.Status
				_ = res.Body.Close()
			}
			client.CloseIdleConnections()
			if !strings.Contains(got, tc.want) {
				t.Errorf("%s\ngot %q, want %q", tc.reason, got, tc.want)
			}
		})
	}
}
