// Command endtoend measures Skerry on a management cluster of its own with an
// instant cloud, so that what is measured is ours and Cluster API's: how long
// claims take, how often Crossplane reconciles them, how much is written, what
// the functions and Crossplane need, and whether anybody writes when nothing
// happens. It prints one table, and ends with an error if somebody does.
//
// Each cluster has an API server, and a few of them fill a machine. With -hollow
// there is nothing behind the clusters, and hundreds fit.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/skerry-dev/skerry/test/devcluster"
	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/tools"
)

func main() {
	log.SetLogger(logr.Discard())
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "endtoend: "+err.Error())
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	counts := flag.String("claims", "1,5,10", "how many claims at once, one row each")
	hollow := flag.Bool("hollow", false, "nothing behind the clusters: no Cluster API, no providers, no API servers, for many claims")
	steady := flag.Duration("steady", 10*time.Minute, "how long the last claims are watched while nothing happens")
	flag.Parse()
	sizes, err := numbers(*counts)
	if err != nil {
		return err
	}
	root, err := tools.Root()
	if err != nil {
		return err
	}
	dir := filepath.Join(tools.CacheDir(root), "devcluster", "bench")
	if err := devcluster.Purge(ctx, dir); err != nil {
		return err
	}
	c, err := devcluster.Up(ctx, devcluster.Options{Dir: dir, Profile: "instant", Poll: time.Minute, Hollow: *hollow, Progress: os.Stderr})
	if err != nil {
		return err
	}
	// The figures of an interrupted run are worth nothing, but its programs end.
	defer func() { _ = devcluster.Purge(context.WithoutCancel(ctx), dir) }()
	b, err := newBench(ctx, root, c)
	if err != nil {
		return err
	}
	rows, err := b.rows(ctx, sizes, *steady)
	if len(rows) == 0 {
		return err
	}
	return errors.Join(table(rows), err, rows[len(rows)-1].unsteady())
}

func numbers(list string) ([]int, error) {
	var out []int
	for s := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("cannot order %q claims: want numbers with commas between them", s)
		}
		out = append(out, n)
	}
	return out, nil
}

func newBench(ctx context.Context, root string, c *devcluster.Cluster) (*bench, error) {
	k, err := c.Client()
	if err != nil {
		return nil, err
	}
	objs, err := c.PlatformTeam(ctx, filepath.Join(root, "examples", "platform.yaml"))
	if err != nil {
		return nil, err
	}
	if err := manifest.Apply(ctx, k, objs...); err != nil {
		return nil, err
	}
	if err := manifest.Await(ctx, k, objs[len(objs)-1], manifest.Is("Ready")); err != nil {
		return nil, err
	}
	claim, err := manifest.Read(filepath.Join(root, "examples", "claims", "cluster.yaml"))
	if err != nil {
		return nil, err
	}
	return &bench{cluster: c, client: k, claim: claim[0]}, nil
}

// table prints the rows, each time beside that of the first row.
func table(rows []row) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprintln(w, "claims\tfirst ready\tall ready\tgrowth\treconciles/claim\twrites/claim\trequests/claim\tof Crossplane\tfunction CPU/claim\tfunction memory\tCrossplane CPU/claim\tCrossplane memory\tAPI server memory\t")
	for _, r := range rows {
		n := float64(r.claims)
		_, _ = fmt.Fprintf(w, "%d\t%.0fs\t%.0fs\t%.1fx\t%.0f\t%.0f\t%.0f\t%.0f\t%.2fs\t%d MiB\t%.1fs\t%d MiB\t%d MiB\t\n",
			r.claims, r.first.Seconds(), r.all.Seconds(), r.all.Seconds()/rows[0].all.Seconds(),
			float64(r.reconciles)/n, float64(r.writes)/n, float64(r.requests)/n, float64(r.ours)/n,
			r.function.cpu.Seconds()/n, r.function.memory>>20, r.crossplane.cpu.Seconds()/n, r.crossplane.memory>>20, r.server.memory>>20)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if last := rows[len(rows)-1]; last.watched > 0 {
		_, _ = fmt.Println("\n" + last.calm())
	}
	return nil
}

// total of the writes while the claims were watched.
func (r row) total() int64 {
	var out int64
	for _, n := range r.steady {
		out += n
	}
	return out
}

// calm says how calm it was while the claims were watched.
func (r row) calm() string {
	return fmt.Sprintf("%d claims while nothing happens: %d writes in %s, %.0f an hour, and %d deletions",
		r.claims, r.total(), r.watched, float64(r.total())/r.watched.Hours(), len(r.lost))
}

// unsteady is the error of clusters that were written to while nothing happened. It is
// nil for a row that wasn't watched.
func (r row) unsteady() error {
	if len(r.steady)+len(r.lost) == 0 {
		return nil
	}
	var what []string
	for _, key := range slices.Sorted(maps.Keys(r.steady)) {
		what = append(what, fmt.Sprintf("%s was written %d times", key, r.steady[key]))
	}
	for _, key := range r.lost {
		what = append(what, key+" was deleted")
	}
	return fmt.Errorf("nothing happened to %d claims for %s, and yet:\n  %s", r.claims, r.watched, strings.Join(what, "\n  "))
}
