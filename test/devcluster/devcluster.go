// Package devcluster is a real management cluster without containers, for tests
// and demonstrations: etcd, API server, Crossplane with its webhooks and its RBAC
// manager, providers, Cluster API, and Skerry installed from packages. OpenStack
// is simulated; each cluster that is ordered gets a real API server.
//
// Everything runs as processes in a network namespace of its own, so that several
// may run side by side. The state lies in one folder; a cluster that was stopped
// goes on from there.
package devcluster

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/skerry-dev/skerry/test/devcluster/netns"
	"github.com/skerry-dev/skerry/test/devcluster/supervisor"
	"github.com/skerry-dev/skerry/test/tools"
)

const (
	// pollEvery is how often a starting cluster is looked at.
	pollEvery = 50 * time.Millisecond
	// stopTimeout is how long a cluster may take to stop.
	stopTimeout = 2 * time.Minute
	// answerTimeout is how long a cluster on a busy machine may take to say that it runs.
	// Where none runs, nobody is waited for.
	answerTimeout = 10 * time.Second
)

// garbage says how seldom Go collects garbage. All programs of a cluster inherit it: they
// have memory, and too few processors. Far more than Go's default of 100 gains nothing in
// programs that don't run for long: a virtual machine is slow to give memory the first time.
const garbage = "GOGC"

// Options say what cluster is wanted.
type Options struct {
	// Dir is the cluster's folder.
	Dir string
	// Configuration to install: "skerry", the default, or "skerry-namespaced".
	Configuration string
	// Profile of the simulated cloud's delays: "instant", "fast" (the default) or
	// "real".
	Profile string
	// Poll is how often providers and Crossplane look at what nothing has happened
	// to. The default suits tests.
	Poll time.Duration
	// Hollow runs neither Cluster API nor the providers for Helm and Kubernetes, and
	// starts no API servers for clusters: whatever is composed becomes ready at once.
	// Hundreds of clusters then fit on one machine.
	Hollow bool
	// Copies is a folder for copies of clusters in which all is installed and nothing is
	// ordered. A new cluster begins with one if it is of the same sources, and leaves one
	// otherwise. Empty for none: then everything is installed.
	Copies string
	// Progress takes lines about what happens.
	Progress io.Writer
}

func (o Options) withDefaults() Options {
	if o.Configuration == "" {
		o.Configuration = "skerry"
	}
	if o.Profile == "" {
		o.Profile = "fast"
	}
	if o.Poll == 0 {
		o.Poll = 15 * time.Second
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	return o
}

// A Cluster is a development cluster.
type Cluster struct {
	config supervisor.Config
	client *http.Client
}

// Up starts a cluster, or attaches to it if it runs, and returns when Skerry is
// installed in it. It builds what is missing first. Data of a cluster that other
// code was installed in is removed.
func Up(ctx context.Context, o Options) (*Cluster, error) {
	o = o.withDefaults()
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return nil, err
	}
	if c, err := Open(dir); err == nil {
		if s, err := c.Status(ctx); err == nil && s.Phase != supervisor.Stopping {
			return c, c.await(ctx, io.Discard)
		}
		// Two would write to one folder.
		if err := c.awaitEnd(ctx); err != nil {
			return nil, err
		}
	}
	root, err := tools.Root()
	if err != nil {
		return nil, err
	}
	config, err := prepare(ctx, root, dir, o)
	if err != nil {
		return nil, err
	}
	reused, err := found(ctx, config, o.Progress)
	if err != nil {
		return nil, err
	}
	if err := config.Write(); err != nil {
		return nil, err
	}
	if err := launch(config); err != nil {
		return nil, err
	}
	c := attach(config)
	if err := c.await(ctx, o.Progress); err != nil {
		// Whoever interrupts the start doesn't want the rest of it.
		_ = c.Down(context.WithoutCancel(ctx))
		if reused && ctx.Err() == nil {
			// Perhaps it was the copy's fault: the next start does without.
			err = errors.Join(err, os.RemoveAll(config.Keep))
		}
		return nil, err
	}
	return c, nil
}

// found makes a cluster's folder ready for its start. It removes the data of a cluster
// that isn't the one that is wanted, or whose first start didn't succeed, and says whether
// a copy of another one stands in its place.
func found(ctx context.Context, c supervisor.Config, progress io.Writer) (reused bool, err error) {
	installed := supervisor.Installed(c.Dir)
	if installed == c.Hash {
		return false, nil
	}
	if installed != "" {
		_, _ = fmt.Fprintln(progress, "the code has changed since this cluster was made: starting from nothing")
	}
	if err := Remove(c.Dir); err != nil || c.Keep == "" {
		return false, err
	}
	unlock, err := tools.Lock(ctx, progress, c.Keep+".lock")
	if err != nil {
		return false, err
	}
	defer unlock()
	if supervisor.Installed(c.Keep) != c.Hash {
		return false, nil
	}
	_, _ = fmt.Fprintln(progress, "all of this was installed before: beginning with a copy of what came of it")
	return true, supervisor.CopyState(ctx, c.Keep, c.Dir)
}

// Remove removes everything that a stopped cluster has left in its folder.
func Remove(dir string) error {
	if c, err := Open(dir); err == nil {
		return fmt.Errorf("cannot remove the cluster in %s: it runs", c.config.Dir)
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// Purge stops the cluster in dir, if it runs, and removes what it has left.
func Purge(ctx context.Context, dir string) error {
	if c, err := Open(dir); err == nil {
		if err := c.Down(ctx); err != nil {
			return err
		}
	}
	return Remove(dir)
}

// launch starts the supervisor in a namespace of its own, in the background. The
// listener stays in ours: it is the way in.
func launch(c supervisor.Config) error {
	if err := os.MkdirAll(c.Logs(), 0o700); err != nil {
		return err
	}
	_ = os.Remove(c.ProgressFile())
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		return errors.New("cannot pass on a listener that is not TCP")
	}
	file, err := tcp.File()
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	log, err := os.OpenFile(filepath.Join(c.Logs(), "supervisor.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()

	cmd := exec.Command(c.Bin["devcluster"], "supervise", "-dir", c.Dir)
	cmd.ExtraFiles = []*os.File{file}
	cmd.Stdout, cmd.Stderr = log, log
	if os.Getenv(garbage) == "" {
		cmd.Env = append(os.Environ(), garbage+"=150")
	}
	// A session of its own, so that the terminal's end isn't its own.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	netns.Enter(cmd)
	if err := cmd.Start(); err != nil {
		return netns.Explain(err)
	}
	go func() { _ = cmd.Wait() }()
	return nil
}

// Open attaches to the cluster in dir. It is an error if it doesn't run.
func Open(dir string) (*Cluster, error) {
	config, err := supervisor.Read(dir)
	if err != nil {
		return nil, fmt.Errorf("there is no cluster in %s: %w", dir, err)
	}
	c := attach(config)
	ctx, cancel := context.WithTimeout(context.Background(), answerTimeout)
	defer cancel()
	if _, err := c.Status(ctx); err != nil {
		return nil, fmt.Errorf("the cluster in %s doesn't run", dir)
	}
	return c, nil
}

func attach(config supervisor.Config) *Cluster {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", config.Socket())
	}
	return &Cluster{config: config, client: &http.Client{Transport: &http.Transport{DialContext: dial}}}
}

// await copies the supervisor's progress until it is ready.
func (c *Cluster) await(ctx context.Context, progress io.Writer) error {
	shown := 0
	began := time.Now()
	for {
		data, _ := os.ReadFile(c.config.ProgressFile())
		if end := bytes.LastIndexByte(data, '\n') + 1; end > shown {
			_, _ = progress.Write(data[shown:end])
			shown = end
		}
		s, err := c.Status(ctx)
		switch {
		case err == nil && s.Phase == supervisor.Ready:
			return nil
		case err == nil && s.Phase == supervisor.Failed:
			return fmt.Errorf("cannot start the cluster: %s. Its logs are in %s", s.Message, c.config.Logs())
		case err != nil && time.Since(began) > 10*time.Second && shown == 0:
			return fmt.Errorf("the supervisor doesn't start: its log is %s", filepath.Join(c.config.Logs(), "supervisor.log"))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollEvery):
		}
	}
}

// Status asks the cluster how it does.
func (c *Cluster) Status(ctx context.Context) (supervisor.Status, error) {
	s := supervisor.Status{}
	data, err := c.call(ctx, http.MethodGet, "status")
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(data, &s)
}

// Program does something to one of the cluster's programs: kill, stop, start,
// pause, resume, or await, which waits until it is ready. Until its start, garbage and
// empty answer nonsense or nothing in a function's place, and blind and half-blind let it
// answer without seeing what is composed, or half of it.
func (c *Cluster) Program(ctx context.Context, name, command string) error {
	_, err := c.call(ctx, http.MethodPost, "programs/"+name+"/"+command)
	return err
}

// CrossplaneMetrics are those of Crossplane core, in Prometheus' text format.
func (c *Cluster) CrossplaneMetrics(ctx context.Context) (string, error) {
	data, err := c.call(ctx, http.MethodGet, "crossplane/metrics")
	return string(data), err
}

// Down stops the cluster and returns when it has stopped. Its state is kept.
func (c *Cluster) Down(ctx context.Context) error {
	if _, err := c.call(ctx, http.MethodPost, "stop"); err != nil {
		return err
	}
	return c.awaitEnd(ctx)
}

// awaitEnd returns when a cluster that is stopping has stopped.
func (c *Cluster) awaitEnd(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	for {
		if _, err := os.Stat(c.config.Socket()); errors.Is(err, os.ErrNotExist) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the cluster in %s doesn't stop: %w", c.config.Dir, ctx.Err())
		case <-time.After(pollEvery):
		}
	}
}

// Config says where things are.
func (c *Cluster) Config() supervisor.Config { return c.config }

func (c *Cluster) call(ctx context.Context, method, path string) ([]byte, error) {
	return c.send(ctx, method, path, nil)
}

func (c *Cluster) send(ctx context.Context, method, path string, body io.Reader) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://devcluster/"+path, body)
	if err != nil {
		return nil, err
	}
	res, err := c.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, errors.New(strings.TrimSpace(string(data)))
	}
	return data, nil
}
