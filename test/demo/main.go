// Command demo shows Skerry at work on this machine, without a cloud and without
// containers: it brings up a management cluster, plays the platform team and then
// an application team that orders a cluster, and shows what comes of it.
//
//	demo        bring it up and order a cluster
//	demo down   remove everything
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/skerry-dev/skerry/test/devcluster"
	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/devcluster/trace"
	"github.com/skerry-dev/skerry/test/tools"
)

const (
	team  = "team-a"
	claim = "examples/claims/cluster.yaml"
	// patience for the cluster, on a slow machine.
	patience = 10 * time.Minute
)

func main() {
	log.SetLogger(logr.Discard())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "demo: "+err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	root, err := tools.Root()
	if err != nil {
		return err
	}
	clusters := filepath.Join(tools.CacheDir(root), "devcluster")
	dir := filepath.Join(clusters, "demo")
	if len(args) == 1 && args[0] == "down" {
		return devcluster.Purge(ctx, dir)
	}
	if len(args) != 0 {
		return fmt.Errorf("cannot understand %q: say nothing, or down", args)
	}
	start := time.Now()
	_, _ = fmt.Println("— A management cluster: Crossplane, Cluster API, providers, Skerry as packages. OpenStack is simulated.")
	c, err := devcluster.Up(ctx, devcluster.Options{Dir: dir, Copies: filepath.Join(clusters, "installed"), Progress: os.Stdout})
	if err != nil {
		return err
	}
	d := &demo{cluster: c, root: root, out: os.Stdout, start: start}
	return d.play(ctx)
}

// A demo is one performance.
type demo struct {
	cluster *devcluster.Cluster
	client  client.Client
	root    string
	out     io.Writer
	start   time.Time
}

func (d *demo) sayf(format string, a ...any) {
	_, _ = fmt.Fprintf(d.out, "\n— "+format+"\n", a...)
}

func (d *demo) play(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var err error
	if d.client, err = d.cluster.Client(); err != nil {
		return err
	}
	d.sayf("The platform team describes its clouds, levels and prices: examples/platform.yaml")
	objs, err := d.cluster.PlatformTeam(ctx, filepath.Join(d.root, "examples", "platform.yaml"))
	if err != nil {
		return err
	}
	if err := manifest.Apply(ctx, d.client, objs...); err != nil {
		return err
	}
	if err := manifest.Await(ctx, d.client, objs[len(objs)-1], manifest.Is("Ready")); err != nil {
		return err
	}
	d.sayf("An application team orders a cluster: kubectl apply -f %s", claim)
	ordered, err := manifest.Read(filepath.Join(d.root, claim))
	if err != nil {
		return err
	}
	ns := manifest.New(schema.GroupVersionKind{Version: "v1", Kind: "Namespace"}, "", team)
	if err := manifest.Apply(ctx, d.client, ns, ordered[0]); err != nil {
		return err
	}
	if err := d.watch(ctx, ordered[0]); err != nil {
		return err
	}
	return d.show(ctx, ordered[0])
}

// watch tells what changes until the cluster is ready.
func (d *demo) watch(ctx context.Context, o *unstructured.Unstructured) error {
	w := &watcher{out: d.out, start: time.Now(), said: map[string]string{}}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	reader, err := d.cluster.Cache(ctx)
	if err != nil {
		return err
	}
	return manifest.Await(ctx, reader, o, func(o *unstructured.Unstructured) error {
		xr, err := trace.Composite(ctx, reader, o)
		if err != nil {
			return err
		}
		if xr != nil {
			composed, err := trace.Composed(ctx, reader, xr)
			if err != nil {
				return err
			}
			w.look(o, composed)
		}
		return manifest.Is("Ready")(o)
	})
}

// show ends with what the team has now.
func (d *demo) show(ctx context.Context, o *unstructured.Unstructured) error {
	bin, config := d.cluster.Config().Bin, d.cluster.Config()
	name := o.GetName()
	d.sayf("What it is made of: crossplane resource trace kubernetesclusters.skerry.dev %s -n %s", name, team)
	if err := d.tool(ctx, config.Kubeconfig(), bin["crossplane-cli"], "resource", "trace", "kubernetesclusters.skerry.dev", name, "--namespace", team); err != nil {
		return err
	}
	d.sayf("What the team sees: kubectl get kubernetescluster -n %s", team)
	if err := d.tool(ctx, config.Kubeconfig(), bin["kubectl"], "get", "kubernetescluster", "-n", team); err != nil {
		return err
	}
	file, err := d.kubeconfig(ctx, o)
	if err != nil {
		return err
	}
	d.sayf("Its nodes: kubectl get nodes")
	if err := d.tool(ctx, file, bin["kubectl"], "get", "nodes", "-o", "wide"); err != nil {
		return err
	}
	d.sayf("And its add-ons: kubectl get deployments -A")
	if err := d.tool(ctx, file, bin["kubectl"], "get", "deployments", "-A"); err != nil {
		return err
	}
	d.sayf("Ready after %s in all.", time.Since(d.start).Round(time.Second))
	_, _ = fmt.Fprintf(d.out, next, config.Kubeconfig(), file, team, name)
	return nil
}

// next is what to try.
const next = `
Try next:
  export KUBECONFIG=%[1]s
  kubectl get kubernetescluster -n %[3]s -w
  # another level: three control-plane nodes become one, nodes and network stay
  kubectl patch kubernetescluster %[4]s -n %[3]s --type merge -p '{"spec": {"serviceLevel": "BestEffort"}}'
  # one pool more
  kubectl patch kubernetescluster %[4]s -n %[3]s --type json -p '[{"op": "add", "path": "/spec/nodePools/-", "value": {"name": "batch", "flavor": "SCS-4V-16", "replicas": 2}}]'
  # inside the cluster
  KUBECONFIG=%[2]s kubectl get nodes,pods -A
  # and away: deletion protection is on at this level, so take it off first
  kubectl patch kubernetescluster %[4]s -n %[3]s --type merge -p '{"spec": {"deletionProtection": false}}'
  kubectl delete kubernetescluster %[4]s -n %[3]s
  # remove all of this
  make demo-down
`

// kubeconfig writes Cluster API's own kubeconfig of the cluster. The one that the
// team gets asks its identity provider, which there is none of here.
func (d *demo) kubeconfig(ctx context.Context, o *unstructured.Unstructured) (string, error) {
	data, err := d.cluster.Workload(ctx, d.client, o)
	if err != nil {
		return "", err
	}
	file := filepath.Join(d.cluster.Config().Dir, o.GetName()+".kubeconfig")
	return file, os.WriteFile(file, data, 0o600)
}

func (d *demo) tool(ctx context.Context, kubeconfig, path string, args ...string) error {
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+kubeconfig)
	cmd.Stdout, cmd.Stderr = d.out, d.out
	return cmd.Run()
}
