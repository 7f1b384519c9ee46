// Package render runs `crossplane composition render`, the official renderer
// with Crossplane's own composition engine, over the project's compositions. No
// container, cluster or network is involved: the functions run as processes on
// loopback.
//
// A render is one round of what a management cluster does until nothing changes.
// Pass what a round composed to the next one as observed, with the status that a
// provider would have written, to see how a composite comes to be.
//
// The package knows packages, claims and functions by the layout of their
// folders, and nothing of what they compose.
package render

import (
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/skerry-dev/skerry/test/tools"
)

// A Config says what a Harness renders.
type Config struct {
	// Root is the repo: where functions are built, and binaries cached.
	Root string
	// Package is the folder of the Crossplane package: it holds
	// apis/<plural>/definition.yaml and compositions/<plural>.yaml.
	Package string
	// Functions are the main packages of functions, relative to Root, by the
	// names that compositions call them. One that is not among them is built from
	// ./functions/<what stands after "function-" in its name>.
	Functions map[string]string
	// Progress takes lines about builds, which can take minutes the first time.
	// Nil drops them.
	Progress io.Writer
}

// Default is the Config of the default package, with claims, of the repo at root.
func Default(root string, progress io.Writer) Config {
	return Config{Root: root, Package: root, Progress: progress}
}

// Namespaced is the Config of the namespaced package of the repo at root.
func Namespaced(root string, progress io.Writer) Config {
	return Config{Root: root, Package: filepath.Join(root, "package", "namespaced"), Progress: progress}
}

// A Harness renders the composites of one package. It may be used by several
// goroutines at once.
type Harness struct {
	config Config
	cli    string // path of the Crossplane CLI
	core   string // path of Crossplane core
	kinds  map[string]definition
	dir    string // temporary

	mu      sync.Mutex
	running map[string]*process // by function name
}

// New returns a Harness, and builds the tools it needs when they are not cached.
// Functions are built and started when something is rendered that needs them.
// Call Close to stop them.
func New(ctx context.Context, c Config) (*Harness, error) {
	if c.Progress == nil {
		c.Progress = io.Discard
	}
	kinds, err := readDefinitions(c.Package)
	if err != nil {
		return nil, err
	}
	cli, err := tools.Build(ctx, c.Progress, "crossplane-cli")
	if err != nil {
		return nil, err
	}
	core, err := tools.Build(ctx, c.Progress, "crossplane")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "skerry-render-*")
	if err != nil {
		return nil, err
	}
	return &Harness{config: c, cli: cli, core: core, kinds: kinds, dir: dir, running: map[string]*process{}}, nil
}

// Close stops all functions and removes what the Harness wrote.
func (h *Harness) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	for name, p := range h.running {
		p.stop()
		delete(h.running, name)
	}
	return os.RemoveAll(h.dir)
}

// A Result is what a function, or Crossplane itself, had to say.
type Result struct {
	Severity string `json:"severity"` // Normal or Warning
	Reason   string `json:"reason"`
	Message  string `json:"message"`
}

// Render runs one round for the composite xr. observed are the composed
// resources that exist, as an earlier round returned them. required is what else
// the management cluster holds: functions are given of it what they ask for, and
// connection details of observed resources come from Secrets in it.
//
// It returns the composite with its new status, the composed resources ordered
// by their resource names, and the results, warnings first. A fatal result of a
// function is a *FatalError.
func (h *Harness) Render(ctx context.Context, xr map[string]any, observed []map[string]any, required ...map[string]any) (composite map[string]any, composed []map[string]any, results []Result, err error) {
	d, ok := h.kinds[kindOf(xr)]
	if !ok || kindOf(xr) != d.composite {
		return nil, nil, nil, fmt.Errorf("cannot render %s %q: no XRD in %s has composites of this kind", kindOf(xr), nameOf(xr), h.config.Package)
	}
	out, err := h.run(ctx, d, xr, observed, required)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("cannot render %s %q: %w", kindOf(xr), nameOf(xr), err)
	}
	rendered, composed, results, err := parseOutput(out)
	if err != nil {
		return nil, nil, nil, err
	}
	return full(xr, rendered), composed, results, nil
}

// full returns the composite with the status that was rendered. The CLI's --include-full-xr
// keeps what a status no longer says, and Crossplane, which applies the status, doesn't.
func full(xr, rendered map[string]any) map[string]any {
	out := maps.Clone(xr)
	delete(out, "status")
	if status, has := rendered["status"]; has {
		out["status"] = status
	}
	return out
}

// run writes the inputs of the CLI into files, and returns its output.
func (h *Harness) run(ctx context.Context, d definition, xr map[string]any, observed, required []map[string]any) ([]byte, error) {
	functions, err := h.start(ctx, d)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(h.dir, "run-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()

	in := inputs{dir: dir}
	args := []string{
		"composition", "render", in.write("xr.yaml", xr), d.composition, in.write("functions.yaml", functions...),
		"--crossplane-binary", h.core, "--xrd", d.xrd, "--include-function-results",
	}
	if len(observed) > 0 {
		args = append(args, "--observed-resources", in.write("observed.yaml", observed...))
	}
	if len(required) > 0 {
		args = append(args, "--required-resources", in.write("required.yaml", required...))
	}
	if in.err != nil {
		return nil, in.err
	}
	return execute(ctx, h.cli, args)
}

// start makes sure that the functions of d's composition run, and returns the
// Function objects that tell the CLI where.
func (h *Harness) start(ctx context.Context, d definition) ([]map[string]any, error) {
	names, err := d.functions()
	if err != nil {
		return nil, err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var objects []map[string]any
	for _, name := range names {
		if h.running[name] == nil {
			p, err := h.launch(ctx, name)
			if err != nil {
				return nil, fmt.Errorf("cannot start function %q: %w", name, err)
			}
			h.running[name] = p
		}
		objects = append(objects, functionObject(name, h.running[name].address))
	}
	return objects, nil
}

// launch builds and starts one function.
func (h *Harness) launch(ctx context.Context, name string) (*process, error) {
	pkg, binary, err := h.program(name)
	if err != nil {
		return nil, err
	}
	// Test packages run in parallel, and build the same functions.
	unlock, err := tools.Lock(ctx, h.config.Progress, binary+".lock")
	if err != nil {
		return nil, err
	}
	defer unlock()
	p := tools.Package{Label: filepath.Base(binary), Dir: h.config.Root, Path: pkg}
	if err := tools.BuildPackage(ctx, h.config.Progress, p, binary); err != nil {
		return nil, err
	}
	return startProcess(ctx, binary, filepath.Join(h.dir, name+".log"))
}

// program returns the main package of the named function, and where its binary
// belongs.
func (h *Harness) program(name string) (pkg, binary string, err error) {
	_, short, ok := strings.Cut(name, "function-")
	if !ok || short == "" {
		return "", "", fmt.Errorf("cannot tell its folder: want a name like %q", "skerry-function-storage")
	}
	pkg = h.config.Functions[name]
	if pkg == "" {
		pkg = "./functions/" + short
	}
	return pkg, filepath.Join(tools.BinDir(h.config.Root), "functions", short), nil
}
