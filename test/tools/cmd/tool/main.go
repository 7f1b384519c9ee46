// Command tool builds and runs the project's tools, each from its own module
// under test/tools, and downloads the test data that no Go module carries.
//
//	tool build NAME...          builds tools, prints their paths
//	tool run NAME [--] ARGS...  builds a tool and runs it with the arguments
//	tool crds                   downloads the CRDs of provider-openstack
//	tool charts                 downloads the charts of the add-ons
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/skerry-dev/skerry/test/tools"
	"github.com/skerry-dev/skerry/test/tools/charts"
	"github.com/skerry-dev/skerry/test/tools/xpkg"
)

const usage = `usage:
  tool build NAME...          build tools, print their paths
  tool run NAME [--] ARGS...  build a tool and run it with the arguments
  tool crds                   download the CRDs of provider-openstack
  tool charts                 download the charts of the add-ons`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err == nil {
		return
	}
	_, _ = fmt.Fprintln(os.Stderr, "tool: "+err.Error())
	os.Exit(1)
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("no command\n" + usage)
	}
	switch cmd, args := args[0], args[1:]; cmd {
	case "build":
		return build(ctx, args)
	case "run":
		return execute(ctx, args)
	case "crds":
		return downloadCRDs(ctx)
	case "charts":
		return downloadCharts(ctx)
	default:
		return fmt.Errorf("unknown command %q\n%s", cmd, usage)
	}
}

// build prints one path a line on standard output, progress on standard error.
func build(ctx context.Context, names []string) error {
	if len(names) == 0 {
		return errors.New("no tools to build\n" + usage)
	}
	for _, name := range names {
		path, err := tools.Build(ctx, os.Stderr, name)
		if err != nil {
			return err
		}
		_, _ = fmt.Println(path)
	}
	return nil
}

// execute becomes the tool, so that its exit code and signals are the tool's.
func execute(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return errors.New("no tool to run\n" + usage)
	}
	name, args := args[0], args[1:]
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	path, err := tools.Build(ctx, os.Stderr, name)
	if err != nil {
		return err
	}
	argv := append([]string{name}, args...)
	if err := syscall.Exec(path, argv, os.Environ()); err != nil {
		return fmt.Errorf("cannot run tool %q: %w", name, err)
	}
	return nil
}

func downloadCRDs(ctx context.Context) error {
	root, err := tools.Root()
	if err != nil {
		return err
	}
	dir := xpkg.OpenStackDir(root)
	_, _ = fmt.Fprintf(os.Stderr, "downloading the CRDs of %s\n", xpkg.OpenStackPackage)
	n, err := xpkg.ExtractCRDs(ctx, xpkg.OpenStackPackage, dir)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(os.Stderr, "wrote %d CRDs to %s\n", n, dir)
	return nil
}

func downloadCharts(ctx context.Context) error {
	root, err := tools.Root()
	if err != nil {
		return err
	}
	return charts.Download(ctx, os.Stderr, root)
}
