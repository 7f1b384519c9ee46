// Command bench measures a call of function-kubernetescluster over real gRPC on
// loopback, for complete Premium clusters with 1, 10 and 50 pools, beside a
// function that only decodes and encodes messages of the same sizes. Calls of
// both are interleaved, so that a noisy machine is noisy for both.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/skerry-dev/skerry/test/tools"
)

func main() {
	calls := flag.Int("calls", 400, "calls of each function for each size")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *calls)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// pools are the sizes that are measured. The one in the last line is 10.
var pools = []int{1, 10, 50}

func run(ctx context.Context, calls int) error {
	dir, err := os.MkdirTemp("", "skerry-bench-")
	if err != nil {
		return fmt.Errorf("cannot make a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	ours, err := startFunction(ctx, dir)
	if err != nil {
		return err
	}
	defer ours.stop()
	loads, files, err := makeLoads(ctx, ours, dir)
	if err != nil {
		return err
	}
	echo, err := startEcho(ctx, dir, files)
	if err != nil {
		return err
	}
	defer echo.stop()
	return measureAll(ctx, ours, echo, loads, calls)
}

func measureAll(ctx context.Context, ours, echo *server, loads []load, calls int) error {
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "pools\tresources\trequest\tresponse\tp50\tp95\techo p50\techo p95\tratio\t4 clients\techo")
	var last float64
	for _, l := range loads {
		fmt.Fprintf(os.Stderr, "measuring %d pools …\n", l.pools)
		r, err := measure(ctx, ours, echo, l, calls)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%d\t%d\t%d KiB\t%d KiB\t%v\t%v\t%v\t%v\t%.2f\t%.0f/s\t%.0f/s\n",
			l.pools, len(l.request.GetObserved().GetResources()), l.requestBytes>>10, l.responseBytes>>10,
			us(r.ours.p50), us(r.ours.p95), us(r.echo.p50), us(r.echo.p95), r.ratio, r.ours.throughput, r.echo.throughput)
		if l.pools == 10 {
			last = r.ratio
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("cannot print: %w", err)
	}
	fmt.Printf("resident memory: %s, echo %s\n", ours.memory(), echo.memory())
	fmt.Printf("premium-10-pools ratio-to-echo=%.2f\n", last)
	return nil
}

func us(d time.Duration) time.Duration { return d.Round(time.Microsecond) }

func startFunction(ctx context.Context, dir string) (*server, error) {
	root, err := tools.Root()
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(dir, "function")
	err = tools.BuildPackage(ctx, os.Stderr, tools.Package{Label: "function-kubernetescluster", Dir: root, Path: "./functions/kubernetescluster", LDFlags: "-s -w"}, binary)
	if err != nil {
		return nil, err
	}
	return start(ctx, binary, "--insecure")
}

func startEcho(ctx context.Context, dir string, files []string) (*server, error) {
	root, err := tools.Root()
	if err != nil {
		return nil, err
	}
	binary := filepath.Join(dir, "echo")
	err = tools.BuildPackage(ctx, os.Stderr, tools.Package{Label: "echo", Dir: root, Path: "./test/bench/echo", LDFlags: "-s -w"}, binary)
	if err != nil {
		return nil, err
	}
	return start(ctx, binary, files...)
}
