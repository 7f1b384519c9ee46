// Command build packs the charts of package/charts as .tgz files, ready to be
// pushed to an OCI registry. The same sources give the same bytes.
//
// It knows nothing of clusters and of Helm itself.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/skerry-dev/skerry/test/tools"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

// run packs every chart and prints the path of each.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	fs := flag.NewFlagSet("build", flag.ContinueOnError)
	out := fs.String("out", ".cache/charts-built", "folder to write the charts to")
	if err := fs.Parse(args); err != nil {
		return err
	}
	root, err := tools.Root()
	if err != nil {
		return err
	}
	charts, err := load(ctx, filepath.Join(root, "package", "charts"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return err
	}
	for _, c := range charts {
		path := filepath.Join(*out, c.archiveName())
		if err := c.write(path); err != nil {
			return fmt.Errorf("cannot pack chart %q: %w", c.Name, err)
		}
		fmt.Fprintln(stdout, path)
	}
	return nil
}

// load returns every chart with all its files, in the order in which they are
// packed.
func load(ctx context.Context, dir string) ([]chart, error) {
	credentials, err := readChart(filepath.Join(dir, "openstack-credentials"))
	if err != nil {
		return nil, err
	}
	gateway, err := readChart(filepath.Join(dir, "gateway-api-crds"))
	if err != nil {
		return nil, err
	}
	crds, err := gatewayAPI(ctx, gateway.Version)
	if err != nil {
		return nil, err
	}
	gateway.Files = append(gateway.Files, crds...)
	return []chart{credentials, gateway}, nil
}
