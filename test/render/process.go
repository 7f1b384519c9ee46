package render

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

const (
	// startTimeout is how long a function may take until it accepts connections.
	startTimeout = 30 * time.Second
	// dialEvery is how often a function that starts is tried.
	dialEvery = 20 * time.Millisecond
)

// A process is a function that runs and listens.
type process struct {
	address string
	cmd     *exec.Cmd
	log     string        // path
	ended   chan struct{} // closed when it has ended
}

// startProcess runs the binary of a function on a free port of loopback, without
// TLS, and returns when it accepts connections. It runs until stopped. What it
// writes goes to the file log.
func startProcess(ctx context.Context, binary, log string) (*process, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	file, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	// The context ends the wait, not the function: that serves later calls, too.
	cmd := exec.Command(binary, "--insecure", "--address", address)
	cmd.Stdout, cmd.Stderr = file, file
	cmd.Env = append(os.Environ(), "TLS_SERVER_CERTS_DIR=")
	cmd.SysProcAttr = dieWithParent()

	p := &process{address: address, cmd: cmd, log: log, ended: make(chan struct{})}
	if err := p.begin(); err != nil {
		return nil, err
	}
	if err := p.await(ctx); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

// begin starts the process from a thread that lives as long as the process does,
// because "the parent" that dieWithParent speaks of is the thread.
func (p *process) begin() error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer close(p.ended)
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait()
		}
	}()
	return <-started
}

// await returns when the process accepts connections.
func (p *process) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	dialer := net.Dialer{}
	for {
		conn, err := dialer.DialContext(ctx, "tcp", p.address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-p.ended:
			return fmt.Errorf("it ended at once: %s", p.said())
		case <-ctx.Done():
			return fmt.Errorf("it doesn't listen on %s: %w: %s", p.address, ctx.Err(), p.said())
		case <-time.After(dialEvery):
		}
	}
}

// said is the end of what the process wrote.
func (p *process) said() string {
	const most = 2000
	data, err := os.ReadFile(p.log)
	if err != nil || len(data) == 0 {
		return "it wrote nothing"
	}
	return strings.TrimSpace(string(data[max(0, len(data)-most):]))
}

// stop ends the process and waits until it's gone. Functions keep no state, so
// there is nothing to be polite about.
func (p *process) stop() {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return
	}
	<-p.ended
}

// freeAddress returns an address of loopback on which nothing listens.
func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
