package supervisor

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/skerry-dev/skerry/test/devcluster/process"
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

// A cluster that stops says so, and starts nothing that would then be left.
func TestStoppingSaysSo(t *testing.T) {
	s := &Supervisor{end: func() {}, group: process.NewGroup(t.TempDir()), phase: Stopping}
	ask := func(method, path string) *httptest.ResponseRecorder {
		r := httptest.NewRecorder()
		s.commands().ServeHTTP(r, httptest.NewRequest(method, path, nil))
		return r
	}
	r, got := ask(http.MethodGet, "/status"), Status{}
	if err := json.Unmarshal(r.Body.Bytes(), &got); err != nil || got.Phase != Stopping || got.PID != os.Getpid() {
		t.Errorf("it should say that it is stopping, and who it is, got %+v (error %v)", got, err)
	}
	if r := ask(http.MethodPost, "/stop"); r.Code != http.StatusOK {
		t.Errorf("it can be told to stop again, got %d", r.Code)
	}
	if r := ask(http.MethodPost, "/programs/simcloud/start"); r.Code != http.StatusServiceUnavailable {
		t.Errorf("nothing should be started any more, got %d", r.Code)
	}
}
