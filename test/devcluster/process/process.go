// Package process runs the programs of a development cluster and keeps them
// running: one that dies is started again, as a container would be. It doesn't
// know what the programs are.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	// readyEvery is how often a program that starts is asked whether it is ready.
	readyEvery = 50 * time.Millisecond
	// readyTimeout is how long that may take.
	readyTimeout = 2 * time.Minute
	// restartAfter is how long a program that died stays away.
	restartAfter = 300 * time.Millisecond
	// stopTimeout is how long a program may take to stop before it is killed.
	stopTimeout = 10 * time.Second
)

// A Spec is a program to run.
type Spec struct {
	// Name by which it is known, for example "etcd".
	Name string
	// Path of the binary.
	Path string
	Args []string
	// Dir is the working directory, that of this process when empty.
	Dir string
	// Env is added to the environment.
	Env []string
	// Ready says, by nil, that the program does its work. It is asked again and
	// again. Without it a program is ready at once.
	Ready func(context.Context) error
}

// A Status says how a program does.
type Status struct {
	Name string `json:"name"`
	// PID is 0 while it doesn't run.
	PID int `json:"pid"`
	// State is Running, Paused, Stopped or Restarting.
	State string `json:"state"`
	// Restarts counts how often it had to be started again.
	Restarts int       `json:"restarts"`
	Since    time.Time `json:"since"`
	// Memory is the resident memory in bytes, CPU the processor time used so far.
	Memory int64         `json:"memory"`
	CPU    time.Duration `json:"cpu"`
}

// States of a program.
const (
	Running    = "Running"
	Paused     = "Paused"
	Stopped    = "Stopped"
	Restarting = "Restarting"
)

// A Group is a set of programs that are stopped in the reverse order of their
// start.
type Group struct {
	logs string

	mu  sync.Mutex
	all []*program
}

// NewGroup returns an empty group, whose programs write to <name>.log in the
// folder logs.
func NewGroup(logs string) *Group { return &Group{logs: logs} }

// program is a Spec with a life. Its fields are guarded by the group's lock.
type program struct {
	spec     Spec
	cmd      *exec.Cmd
	ended    chan struct{} // closed when cmd has ended
	wanted   bool
	state    string
	restarts int
	since    time.Time
}

// Start runs the program and returns when it is ready. A program of that name
// that was stopped is started anew, with the new Spec.
func (g *Group) Start(ctx context.Context, s Spec) error {
	p, err := g.launch(s)
	if err != nil {
		return fmt.Errorf("cannot start %s: %w", s.Name, err)
	}
	if s.Ready == nil {
		return nil
	}
	if err := g.await(ctx, p); err != nil {
		return fmt.Errorf("%s doesn't become ready: %w", s.Name, err)
	}
	return nil
}

func (g *Group) launch(s Spec) (*program, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.find(s.Name)
	if p == nil {
		p = &program{}
		g.all = append(g.all, p)
	}
	if p.state == Running || p.state == Paused {
		return nil, errors.New("it runs already")
	}
	p.spec, p.wanted = s, true
	return p, g.begin(p)
}

// A program that was just written can't be started while another process has it open, and
// one that is just being started has everything open for a moment that this process has
// (golang.org/issue/22315).
const (
	busyTries = 50
	busyWait  = 20 * time.Millisecond
)

func command(s Spec, log *os.File) *exec.Cmd {
	cmd := exec.Command(s.Path, s.Args...)
	cmd.Dir = s.Dir
	cmd.Env = append(os.Environ(), s.Env...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = attributes()
	return cmd
}

// begin starts the process. The lock is held.
func (g *Group) begin(p *program) error {
	log, err := os.OpenFile(g.Log(p.spec.Name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd := command(p.spec, log)
	started, ended := make(chan error), make(chan struct{})
	// The thread must live as long as the process: the kernel takes "parent" to be
	// the thread, and kills the process with it.
	go func() {
		runtime.LockOSThread()
		err := cmd.Start()
		for range busyTries {
			if !errors.Is(err, syscall.ETXTBSY) {
				break
			}
			time.Sleep(busyWait)
			cmd = command(p.spec, log)
			err = cmd.Start()
		}
		started <- err
		if err == nil {
			_ = cmd.Wait()
		}
		close(ended)
		if err == nil {
			g.over(p, cmd)
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	p.cmd, p.ended, p.state, p.since = cmd, ended, Running, time.Now()
	return nil
}

// over starts a process that has ended again, if it is still wanted.
func (g *Group) over(p *program, cmd *exec.Cmd) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.cmd != cmd {
		return
	}
	if !p.wanted {
		p.state, p.since = Stopped, time.Now()
		return
	}
	p.state, p.since = Restarting, time.Now()
	p.restarts++
	time.AfterFunc(restartAfter, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if p.wanted && p.state == Restarting {
			_ = g.begin(p)
		}
	})
}

func (g *Group) await(ctx context.Context, p *program) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	for {
		err := p.spec.Ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%w: %w; it said: %s", ctx.Err(), err, g.tail(p.spec.Name))
		case <-time.After(readyEvery):
		}
	}
}

// Await returns when the named program is ready again, after a restart for one.
func (g *Group) Await(ctx context.Context, name string) error {
	g.mu.Lock()
	p := g.find(name)
	g.mu.Unlock()
	if p == nil {
		return unknown(name)
	}
	if p.spec.Ready == nil {
		return nil
	}
	return g.await(ctx, p)
}

// Signal sends the named program a signal: SIGKILL to see it start again,
// SIGSTOP and SIGCONT to hold it.
func (g *Group) Signal(name string, sig syscall.Signal) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.find(name)
	if p == nil {
		return unknown(name)
	}
	if p.state != Running && p.state != Paused {
		return fmt.Errorf("cannot signal %s: it is %s", name, strings.ToLower(p.state))
	}
	if err := p.cmd.Process.Signal(sig); err != nil {
		return fmt.Errorf("cannot signal %s: %w", name, err)
	}
	switch sig {
	case syscall.SIGSTOP:
		p.state = Paused
	case syscall.SIGCONT:
		p.state = Running
	}
	return nil
}

// Freeze holds the named program, and returns when no thread of it runs any more: what it
// has written stays as it is until thaw.
func (g *Group) Freeze(name string) (thaw func() error, err error) {
	if err := g.Signal(name, syscall.SIGSTOP); err != nil {
		return nil, err
	}
	thaw = func() error { return g.Signal(name, syscall.SIGCONT) }
	g.mu.Lock()
	pid := g.find(name).cmd.Process.Pid
	g.mu.Unlock()
	if err := awaitStopped(pid); err != nil {
		return nil, errors.Join(fmt.Errorf("cannot hold %s: %w", name, err), thaw())
	}
	return thaw, nil
}

// Stop stops the named program until Restart. It does nothing when there is none.
func (g *Group) Stop(name string) {
	g.mu.Lock()
	p := g.find(name)
	if p == nil || p.cmd == nil {
		g.mu.Unlock()
		return
	}
	p.wanted = false
	cmd, ended := p.cmd, p.ended
	if p.state == Restarting {
		p.state = Stopped
	}
	g.mu.Unlock()

	// A process that is held would not see the signal.
	_ = cmd.Process.Signal(syscall.SIGCONT)
	_ = cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(stopTimeout):
		_ = cmd.Process.Kill()
		<-ended
	}
	g.over(p, cmd)
}

// Restart starts a program that Stop has stopped, and returns when it is ready.
func (g *Group) Restart(ctx context.Context, name string) error {
	g.mu.Lock()
	p := g.find(name)
	g.mu.Unlock()
	if p == nil {
		return unknown(name)
	}
	return g.Start(ctx, p.spec)
}

// Spec returns that of the named program.
func (g *Group) Spec(name string) (Spec, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.find(name)
	if p == nil {
		return Spec{}, false
	}
	return p.spec, true
}

// Forget removes a stopped program.
func (g *Group) Forget(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.all = slices.DeleteFunc(g.all, func(p *program) bool {
		return p.spec.Name == name && p.state == Stopped
	})
}

// StopAll stops everything, what was started last first.
func (g *Group) StopAll() {
	g.mu.Lock()
	names := make([]string, 0, len(g.all))
	for _, p := range g.all {
		names = append(names, p.spec.Name)
	}
	g.mu.Unlock()
	for _, name := range slices.Backward(names) {
		g.Stop(name)
	}
}

// Status of every program, in the order of their start.
func (g *Group) Status() []Status {
	g.mu.Lock()
	defer g.mu.Unlock()
	out := make([]Status, 0, len(g.all))
	for _, p := range g.all {
		s := Status{Name: p.spec.Name, State: p.state, Restarts: p.restarts, Since: p.since}
		if p.state == Running || p.state == Paused {
			s.PID = p.cmd.Process.Pid
			s.Memory, s.CPU = usage(s.PID)
		}
		out = append(out, s)
	}
	return out
}

// Log is the file that the named program writes to.
func (g *Group) Log(name string) string { return filepath.Join(g.logs, name+".log") }

// tail is the end of what a program wrote.
func (g *Group) tail(name string) string {
	const most = 1500
	data, err := os.ReadFile(g.Log(name))
	if err != nil || len(data) == 0 {
		return "nothing"
	}
	return strings.TrimSpace(string(data[max(0, len(data)-most):]))
}

func (g *Group) find(name string) *program {
	for _, p := range g.all {
		if p.spec.Name == name {
			return p
		}
	}
	return nil
}

func unknown(name string) error { return fmt.Errorf("there is no program %q", name) }
