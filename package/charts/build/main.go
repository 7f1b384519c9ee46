// Command build packs the charts of package/charts as .tgz files, ready to be
// pushed to an OCI registry.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/skerry-dev/skerry/package/charts/archive"
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
	charts, err := archive.Load(ctx, filepath.Join(root, "package", "charts"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(*out, 0o755); err != nil {
		return err
	}
	for _, c := range charts {
		path := filepath.Join(*out, c.FileName())
		if err := write(c, path); err != nil {
			return fmt.Errorf("cannot pack chart %q: %w", c.Name, err)
		}
		fmt.Fprintln(stdout, path)
	}
	return nil
}

func write(c archive.Chart, path string) error {
	var b bytes.Buffer
	if err := c.Pack(&b); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}
