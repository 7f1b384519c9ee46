// Package local runs what tests need beside them on this machine: programs that end with
// the test, and an S3 API.
//
// It knows nothing of what the programs are for.
package local

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Start runs a program until the test ends, or until its caller ends it. If the test has
// failed, it shows what the program said last.
func Start(t *testing.T, cmd *exec.Cmd) (end func()) {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := false
	end = func() {
		if ended {
			return
		}
		ended = true
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	t.Cleanup(func() {
		end()
		_ = log.Close()
		if said, _ := os.ReadFile(log.Name()); t.Failed() {
			const most = 6000
			t.Logf("%s said at the end:\n%s", filepath.Base(cmd.Path), said[max(0, len(said)-most):])
		}
	})
	return end
}

// Ports returns n free TCP ports of 127.0.0.1, which are free when it returns.
func Ports(t *testing.T, n int) []int {
	t.Helper()
	ports := make([]int, 0, n)
	for range n {
		l := Listen(t)
		// Closed at the end, so that no port comes twice.
		defer func() { _ = l.Close() }()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// Listen listens on a free TCP port of 127.0.0.1.
func Listen(t *testing.T) *net.TCPListener {
	t.Helper()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	return l
}
