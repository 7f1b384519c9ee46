// Command build builds Skerry's Crossplane packages as .xpkg files, and pushes
// them when told where to.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"

	"github.com/skerry-dev/skerry/package/xpkg"
	"github.com/skerry-dev/skerry/test/tools"
)

// semver is a release as tags spell it. Crossplane reads tags of no other form
// when it looks for the version of a dependency.
var semver = regexp.MustCompile(`^v\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$`)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

// run builds the packages that the arguments ask for and reports to progress.
func run(ctx context.Context, args []string, progress io.Writer) error {
	fs := flag.NewFlagSet("build", flag.ContinueOnError)
	out := fs.String("out", ".cache/xpkg", "folder to write the packages to")
	version := fs.String("version", "", "version of the packages, for example v0.1.0 (required)")
	revision := fs.String("revision", "", "commit that is built, for an image label")
	push := fs.String("push", "", "push the packages below this repository, for example xpkg.crossplane.io/skerry-dev")
	cli := fs.String("crossplane", "", "Crossplane CLI to use (default: the one of test/tools, built when it is not there)")
	if err := fs.Parse(args); err != nil {
		return err
	}
	if !semver.MatchString(*version) {
		return fmt.Errorf("cannot use version %q: it must look like v0.1.0", *version)
	}
	b, err := newBuilder(ctx, *out, *cli, progress)
	if err != nil {
		return err
	}
	b.Version, b.Revision = *version, *revision
	pkgs, err := b.Build(ctx)
	if err != nil || *push == "" {
		return err
	}
	return b.Push(ctx, *push, pkgs)
}

// newBuilder returns a builder of the repository around the working directory.
func newBuilder(ctx context.Context, out, cli string, progress io.Writer) (xpkg.Builder, error) {
	root, err := tools.Root()
	if err != nil {
		return xpkg.Builder{}, err
	}
	if out, err = filepath.Abs(out); err != nil {
		return xpkg.Builder{}, err
	}
	if cli == "" {
		if cli, err = tools.Build(ctx, progress, "crossplane-cli"); err != nil {
			return xpkg.Builder{}, err
		}
	}
	return xpkg.Builder{Root: root, Out: out, Crossplane: cli, Progress: progress}, nil
}
