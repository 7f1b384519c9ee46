package netns

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
)

// Proxy is an HTTP proxy that answers CONNECT only, for people outside of the
// namespace: a kubeconfig with its address as proxy-url works as it stands. It
// leads to those ports of loopback that Allow lets through, which are those where
// TLS asks who one is.
type Proxy struct {
	Allow func(port int) bool
}

// ServeHTTP connects the caller.
func (p Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		http.Error(w, "this is a proxy for CONNECT", http.StatusMethodNotAllowed)
		return
	}
	host, port, err := net.SplitHostPort(r.Host)
	n, _ := strconv.Atoi(port)
	if err != nil || host != "127.0.0.1" || !p.Allow(n) {
		http.Error(w, fmt.Sprintf("%s is not an API server of this cluster", r.Host), http.StatusForbidden)
		return
	}
	there, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", r.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer func() { _ = there.Close() }()
	here, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer func() { _ = here.Close() }()
	if _, err := io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		return
	}
	both(there, here, buffered)
}

// both copies in both directions until both have ended. What the caller sent
// early is in the buffer.
func both(there, here net.Conn, early io.Reader) {
	var wg sync.WaitGroup
	wg.Go(func() { _, _ = io.Copy(there, early); closeWrite(there) })
	wg.Go(func() { _, _ = io.Copy(here, there); closeWrite(here) })
	wg.Wait()
}

// closeWrite tells the other end that nothing more comes.
func closeWrite(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.CloseWrite()
	}
}
