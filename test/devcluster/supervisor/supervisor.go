// Package supervisor is the inside of a development cluster: it runs all of its
// programs in the network namespace that it finds itself in, installs Crossplane,
// Cluster API and Skerry on the first start, and obeys the commands that arrive
// at its socket.
//
// It doesn't know what is tested with the cluster.
package supervisor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skerry-dev/skerry/test/devcluster/controlplane"
	"github.com/skerry-dev/skerry/test/devcluster/netns"
	"github.com/skerry-dev/skerry/test/devcluster/process"
)

const (
	etcdPort         = 2379
	workloadEtcdPort = 2479
	apiPort          = 6443
	// registryAddress is where the packages are.
	registryAddress = "127.0.0.1:5000"
	// startTimeout of everything together, on a slow machine.
	startTimeout = 10 * time.Minute
)

// ChartsAddress is where the charts are served, inside.
const ChartsAddress = "127.0.0.1:8879"

// Phases of a supervisor.
const (
	Starting = "Starting"
	Ready    = "Ready"
	Failed   = "Failed"
	Stopping = "Stopping"
)

// A Supervisor runs a development cluster.
type Supervisor struct {
	config   Config
	group    *process.Group
	progress *os.File
	started  time.Time
	server   controlplane.Server
	client   client.Client
	work     *workloads
	// end stops the supervisor.
	end context.CancelFunc

	mu      sync.Mutex
	phase   string
	message string
	// impostors answer in the place of functions.
	impostors map[string]*impostor
}

// Run runs the cluster of the Config in dir until ctx ends or a command says so,
// and then stops its programs in order. People outside of the namespace come in
// through the listener.
func Run(ctx context.Context, dir string, outside net.Listener) error {
	c, err := Read(dir)
	if err != nil {
		return err
	}
	if err := netns.Up(); err != nil {
		return err
	}
	s := &Supervisor{config: c, phase: Starting, started: time.Now(), group: process.NewGroup(c.Logs()), impostors: map[string]*impostor{}}
	if s.progress, err = os.Create(c.ProgressFile()); err != nil {
		return err
	}
	defer func() { _ = s.progress.Close() }()
	ctx, s.end = context.WithCancel(ctx)
	defer s.end()
	if err := s.listen(ctx, outside); err != nil {
		return err
	}
	defer func() { _ = os.Remove(c.Socket()) }()
	defer s.stop()

	if err := s.start(ctx, outside.Addr().String()); err != nil {
		s.enter(Failed, err.Error())
		s.reportf("failed: %v", err)
		// Logs and programs stay to be looked at until the user has seen why.
		if ctx.Err() == nil {
			<-ctx.Done()
		}
		return err
	}
	s.enter(Ready, "")
	s.reportf("ready")
	<-ctx.Done()
	return nil
}

// stop ends all programs, workload clusters first.
func (s *Supervisor) stop() {
	s.enter(Stopping, "")
	s.group.StopAll()
}

func (s *Supervisor) enter(phase, message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase, s.message = phase, message
}

// reportf writes a line of progress.
func (s *Supervisor) reportf(format string, a ...any) {
	_, _ = fmt.Fprintf(s.progress, "%5.1fs  %s\n", time.Since(s.started).Seconds(), fmt.Sprintf(format, a...))
}

// listen serves commands at the socket, and API servers to the outside.
func (s *Supervisor) listen(ctx context.Context, outside net.Listener) error {
	_ = os.Remove(s.config.Socket())
	inside, err := (&net.ListenConfig{}).Listen(ctx, "unix", s.config.Socket())
	if err != nil {
		return err
	}
	if err := os.Chmod(s.config.Socket(), 0o600); err != nil {
		return err
	}
	// Its end is the sign that all has stopped: Run removes it last.
	if u, ok := inside.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
	}
	s.work = newWorkloads(s)
	// It answers until the process ends: a cluster that stops is not one that has stopped.
	serve(context.WithoutCancel(ctx), inside, s.commands())
	serve(ctx, outside, netns.Proxy{Allow: func(port int) bool { return port == apiPort || port >= firstWorkloadPort }})
	return nil
}

// serve serves until ctx ends.
func serve(ctx context.Context, l net.Listener, h http.Handler) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(l) }()
	context.AfterFunc(ctx, func() { _ = server.Close() })
}

// start brings everything up.
func (s *Supervisor) start(ctx context.Context, outside string) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	first := !s.isInstalled()
	if err := s.management(ctx, outside); err != nil {
		return err
	}
	published := errgroup.Group{}
	published.Go(func() error { return s.publish(ctx) })
	if err := s.controlPlane(ctx); err != nil {
		return errors.Join(err, published.Wait())
	}
	if err := published.Wait(); err != nil {
		return err
	}
	if err := s.skerry(ctx); err != nil {
		return err
	}
	if !first || s.config.Keep == "" {
		return nil
	}
	// Without it, the next one takes longer, and no more.
	if err := s.keep(ctx); err != nil {
		s.reportf("cannot keep a copy of this installation: %v", err)
	}
	return nil
}

// management starts the management cluster's own control plane.
func (s *Supervisor) management(ctx context.Context, outside string) error {
	server, err := s.prepareManagement()
	if err != nil {
		return err
	}
	s.server = server
	inner, err := os.ReadFile(server.Kubeconfig())
	if err != nil {
		return err
	}
	outer, err := controlplane.Through(inner, "http://"+outside)
	if err != nil {
		return err
	}
	if err := os.WriteFile(s.config.Kubeconfig(), outer, 0o600); err != nil {
		return err
	}
	if err := s.group.Start(ctx, controlplane.Etcd(s.config.Bin, "etcd", s.config.Dir, etcdPort)); err != nil {
		return err
	}
	if err := s.group.Start(ctx, server.APIServer(s.config.Bin)); err != nil {
		return err
	}
	s.reportf("management API server is up")
	if err := s.group.Start(ctx, server.ControllerManager(s.config.Bin)); err != nil {
		return err
	}
	rest, err := clientcmd.BuildConfigFromFlags("", server.Kubeconfig())
	if err != nil {
		return err
	}
	rest.QPS, rest.Burst = -1, -1
	s.client, err = client.New(rest, client.Options{})
	return err
}
