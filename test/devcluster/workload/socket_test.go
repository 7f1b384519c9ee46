package workload

import (
	"context"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fake remembers what it was asked.
type fake struct {
	calls []string
	keys  Keys
	err   error
}

func (f *fake) Endpoint(_ context.Context, name string) (string, int32, error) {
	f.calls = append(f.calls, "endpoint "+name)
	return "127.0.0.1", 20000, f.err
}

func (f *fake) Start(_ context.Context, name string, keys Keys) error {
	f.calls, f.keys = append(f.calls, "start "+name), keys
	return f.err
}

func (f *fake) Stop(_ context.Context, name string) error {
	f.calls = append(f.calls, "stop "+name)
	return f.err
}

func TestOverSocket(t *testing.T) {
	f, mux := &fake{}, http.NewServeMux()
	Register(mux, f)
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: mux}
	go func() { _ = server.Serve(l) }()
	defer func() { _ = server.Close() }()

	ctx, c := context.Background(), Dial(socket)
	host, port, err := c.Endpoint(ctx, "ns.a")
	if err != nil || host != "127.0.0.1" || port != 20000 {
		t.Errorf("got %s:%d and error %v", host, port, err)
	}
	keys := Keys{CA: []byte("ca"), ServiceAccountKey: []byte("key")}
	if err := errors.Join(c.Start(ctx, "ns.a", keys), c.Stop(ctx, "ns.a")); err != nil {
		t.Error(err)
	}
	if d := cmp.Diff([]string{"endpoint ns.a", "start ns.a", "stop ns.a"}, f.calls); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(keys, f.keys); d != "" {
		t.Error(d)
	}
	f.err = errors.New("no more ports")
	if err := c.Start(ctx, "ns.a", keys); err == nil || err.Error() != "no more ports" {
		t.Errorf("the other side's error should arrive, got %v", err)
	}
}
