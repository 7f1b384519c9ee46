package supervisor

import (
	"context"
	"net"
	"net/http"
	"testing"
)

// Whoever stops a cluster hears that it was understood, though the connection goes
// with the cluster.
func TestStopAnswers(t *testing.T) {
	for range 200 {
		ctx, end := context.WithCancel(t.Context())
		s := &Supervisor{end: end}
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		serve(ctx, l, s.commands())
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+l.Addr().String()+"/stop", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := (&http.Client{Transport: &http.Transport{}}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		<-ctx.Done()
	}
}
