// Command devcluster runs a management cluster with Skerry on this machine,
// without containers and without a cloud.
//
//	devcluster up       start it, or go on with the one that was stopped
//	devcluster status   say how it and its programs do
//	devcluster down     stop it; with -purge remove its state too
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/tools/clientcmd"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/skerry-dev/skerry/test/devcluster"
	"github.com/skerry-dev/skerry/test/devcluster/pod"
	"github.com/skerry-dev/skerry/test/devcluster/residents"
	"github.com/skerry-dev/skerry/test/devcluster/supervisor"
	"github.com/skerry-dev/skerry/test/simcloud"
)

const usage = `usage: devcluster up|status|down [flags]
  up       start the cluster, or go on with the one that was stopped
  status   say how it and its programs do
  down     stop it; with -purge remove its state too`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "devcluster: "+err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("no command\n%s", usage)
	}
	// What the supervisor starts its programs with.
	if args[0] == "pod" && len(args) > 2 {
		return pod.Exec(args[1], args[2], args[3:])
	}
	if args[0] == "residents" {
		return reside(ctx, args[1:])
	}
	fs := flag.NewFlagSet("devcluster "+args[0], flag.ContinueOnError)
	o := devcluster.Options{Progress: os.Stderr}
	fs.StringVar(&o.Dir, "dir", ".cache/devcluster/default", "folder of the cluster")
	fs.StringVar(&o.Configuration, "configuration", "skerry", "package to install: skerry or skerry-namespaced")
	fs.StringVar(&o.Profile, "profile", "fast", "delays of the simulated cloud: instant, fast or real")
	fs.DurationVar(&o.Poll, "poll", 0, "how often unchanged resources are looked at (default 15s)")
	fs.StringVar(&o.Copies, "copies", ".cache/devcluster/installed", "up: folder with copies of clusters in which all is installed, to begin with one; empty to install everything")
	purge := fs.Bool("purge", false, "down: remove the state, too")
	if err := fs.Parse(args[1:]); err != nil {
		return err
	}
	switch args[0] {
	case "up":
		return up(ctx, o)
	case "status":
		return status(ctx, o.Dir)
	case "down":
		return down(ctx, o.Dir, *purge)
	case "supervise":
		return supervise(ctx, o.Dir)
	}
	return fmt.Errorf("unknown command %q\n%s", args[0], usage)
}

// supervise is the inside of the namespace. `up` starts it with the way in as its
// first extra file.
func supervise(ctx context.Context, dir string) error {
	const first = 3
	l, err := net.FileListener(os.NewFile(first, "outside"))
	if err != nil {
		return fmt.Errorf("this is started by `devcluster up`: %w", err)
	}
	return supervisor.Run(ctx, dir, l)
}

// reside runs the residents of an ordered cluster.
func reside(ctx context.Context, args []string) error {
	fs := flag.NewFlagSet("devcluster residents", flag.ContinueOnError)
	kubeconfig := fs.String("kubeconfig", "", "kubeconfig of the ordered cluster")
	cloud := fs.String("cloud", "", "unix socket of the simulated cloud")
	cluster := fs.String("cluster", "", "namespace and name of the Cluster, with a dot between")
	health := fs.String("health", "0", "address of /healthz")
	if err := fs.Parse(args); err != nil {
		return err
	}
	namespace, name, ok := strings.Cut(*cluster, ".")
	if !ok {
		return fmt.Errorf("-cluster %q has no dot", *cluster)
	}
	r, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	ctrl.SetLogger(logr.FromSlogHandler(slog.NewTextHandler(os.Stderr, nil)))
	return residents.Run(ctx, r, residents.Options{Namespace: namespace, Cluster: name, Cloud: simcloud.Dial(*cloud), Health: *health})
}

func up(ctx context.Context, o devcluster.Options) error {
	c, err := devcluster.Up(ctx, o)
	if err != nil {
		return err
	}
	_, _ = fmt.Printf("\nThe management cluster is up. To look at it:\n  export KUBECONFIG=%s\n  kubectl get providers,functions,configurations\n", c.Config().Kubeconfig())
	return nil
}

func down(ctx context.Context, dir string, purge bool) error {
	if purge {
		return devcluster.Purge(ctx, dir)
	}
	c, err := devcluster.Open(dir)
	if err != nil {
		return err
	}
	return c.Down(ctx)
}

func status(ctx context.Context, dir string) error {
	c, err := devcluster.Open(dir)
	if err != nil {
		return err
	}
	s, err := c.Status(ctx)
	if err != nil {
		return err
	}
	_, _ = fmt.Printf("%s %s\nsupervisor: process %d\nkubeconfig: %s\nlogs: %s\n\n", s.Phase, s.Message, s.PID, c.Config().Kubeconfig(), c.Config().Logs())
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "PROGRAM\tSTATE\tPID\tRESTARTS\tFOR\tMEMORY\tCPU")
	for _, p := range s.Programs {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\t%d MiB\t%s\n", p.Name, p.State, p.PID, p.Restarts,
			time.Since(p.Since).Round(time.Second), p.Memory>>20, p.CPU.Round(time.Second/10))
	}
	return w.Flush()
}
