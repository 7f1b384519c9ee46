package render

import (
	"context"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestStartProcessThatEnds(t *testing.T) {
	binary, err := exec.LookPath("echo")
	if err != nil {
		t.Skip(err)
	}
	_, err = startProcess(context.Background(), binary, filepath.Join(t.TempDir(), "log"))
	if err == nil || !strings.Contains(err.Error(), "it ended at once: --insecure --address 127.0.0.1:") {
		t.Errorf("got %v, want an error with what the process wrote", err)
	}
}

func TestClose(t *testing.T) {
	h := harness(t, "claims")
	xr, err := h.Composite(boat(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := h.Render(context.Background(), xr, nil, harbour(4)); err != nil {
		t.Fatal(err)
	}
	address := h.running["example-function-tiny"].address
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if conn, err := net.Dial("tcp", address); err == nil {
		_ = conn.Close()
		t.Error("a closed Harness should have no functions running")
	}
}
