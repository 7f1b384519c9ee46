// Command render shows what Skerry composes for claims, by means of the official
// `crossplane composition render`, without a cluster or containers. It is what
// `make render` runs, and what CI runs over claims before they are merged.
//
// It renders round after round, as Crossplane does, and pretends that what a
// round composes is ready in the next, until nothing changes.
//
// It exits with an error when a function answers a claim with a fatal result.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/skerry-dev/skerry/test/render"
	"github.com/skerry-dev/skerry/test/tools"
)

// options are the command's flags. Empty paths mean the repo's examples.
type options struct {
	claims     string
	platform   string
	observed   string
	namespaced bool
	first      bool
	format     string
	quiet      bool
}

func main() {
	o := options{}
	flag.StringVar(&o.claims, "claim", "", "a YAML file or folder of claims (default the repo's examples)")
	flag.StringVar(&o.platform, "platform", "", "a YAML file with the Platform (default the repo's examples/platform.yaml)")
	flag.StringVar(&o.observed, "observed", "", "a YAML file of composed resources that exist, for one claim: what -o yaml wrote, with status")
	flag.BoolVar(&o.namespaced, "namespaced", false, "render the namespaced package rather than the one with claims")
	flag.BoolVar(&o.first, "first", false, "stop after the first round: what a new claim composes at once")
	flag.StringVar(&o.format, "o", "table", "output: table, or yaml for everything")
	flag.BoolVar(&o.quiet, "q", false, "one line for each claim")
	flag.Parse()

	// Functions run until the harness is closed: a signal must end run, not the
	// program.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout, o)
	stop()
	if err == nil {
		return
	}
	_, _ = fmt.Fprintln(os.Stderr, "render: "+err.Error())
	os.Exit(1)
}

func run(ctx context.Context, out io.Writer, o options) error {
	printer, err := newPrinter(out, o)
	if err != nil {
		return err
	}
	root, err := tools.Root()
	if err != nil {
		return err
	}
	config := render.Default(root, os.Stderr)
	if o.namespaced {
		config = render.Namespaced(root, os.Stderr)
	}
	h, err := render.New(ctx, config)
	if err != nil {
		return err
	}
	defer func() { _ = h.Close() }()
	in, err := readInputs(h, root, o)
	if err != nil {
		return err
	}
	if err := in.admit(filepath.Join(config.Package, "apis")); err != nil {
		return err
	}
	return renderAll(ctx, h, in, o.first, printer)
}

// renderAll renders every claim, also after one has failed: CI should tell all
// that is wrong at once.
func renderAll(ctx context.Context, h *render.Harness, in inputs, first bool, show printer) error {
	var failures []error
	for i := range in.composites {
		s, err := renderOne(ctx, h, in, i, first)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", title(in.claims[i]), err))
			continue
		}
		in.becomes(i, s.Composite)
		if err := show(rendered{in.claims[i], s}); err != nil {
			return err
		}
	}
	return errors.Join(failures...)
}

// renderOne renders a claim until nothing changes, or once when that is asked
// for or what is observed is given.
func renderOne(ctx context.Context, h *render.Harness, in inputs, i int, first bool) (render.Settled, error) {
	xr := in.composites[i]
	if !first && len(in.observed) == 0 {
		return h.Settle(ctx, xr, in.others(xr)...)
	}
	composite, composed, results, err := h.Render(ctx, xr, in.observed, in.others(xr)...)
	return render.Settled{Composite: composite, Composed: composed, Results: results, Rounds: 1}, err
}

// readInputs reads the files that the options name.
func readInputs(h *render.Harness, root string, o options) (inputs, error) {
	in := inputs{}
	claims := o.claims
	if claims == "" {
		claims = filepath.Join(root, "examples")
	}
	if err := in.readClaims(h, claims); err != nil {
		return inputs{}, err
	}
	if err := in.readPlatform(root, o.platform); err != nil {
		return inputs{}, err
	}
	if o.observed == "" {
		return in, nil
	}
	if len(in.claims) != 1 {
		return inputs{}, fmt.Errorf("-observed belongs to one claim, but %s holds %d: name one with -claim", claims, len(in.claims))
	}
	return in, in.readObserved(o.observed)
}

// readPlatform reads the Platform. The examples may be without one: functions
// have built-in defaults.
func (in *inputs) readPlatform(root, path string) error {
	asked := path != ""
	if !asked {
		path = filepath.Join(root, "examples", "platform.yaml")
	}
	objects, err := render.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !asked {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot read the Platform: %w", err)
	}
	// First, so that it wins over another one among the claims.
	in.platform = objects
	in.cluster = append(slices.Clone(objects), in.cluster...)
	return nil
}
