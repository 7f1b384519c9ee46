package devcluster

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/skerry-dev/skerry/test/devcluster/charts"
	"github.com/skerry-dev/skerry/test/devcluster/clusterapi"
	"github.com/skerry-dev/skerry/test/devcluster/monitoring"
	"github.com/skerry-dev/skerry/test/devcluster/packages"
	"github.com/skerry-dev/skerry/test/devcluster/supervisor"
	"github.com/skerry-dev/skerry/test/tools"
)

// programs that a cluster runs and that are built from tool modules. Cluster API's
// managers say themselves which they are.
var programs = []string{
	"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "kubectl",
	"crossplane", "crossplane-cli", "helm", "provider-helm", "provider-kubernetes",
}

// prepare builds everything that a cluster needs, and downloads modules: there is
// no network inside.
func prepare(ctx context.Context, root, dir string, o Options) (supervisor.Config, error) {
	c := supervisor.Config{
		Dir: dir, Root: root, Bin: map[string]string{}, Configuration: o.Configuration,
		Profile: o.Profile, Poll: o.Poll.String(), Hollow: o.Hollow,
	}
	if o.Copies != "" {
		copies, err := filepath.Abs(o.Copies)
		if err != nil {
			return c, err
		}
		// One of each, so that the folder doesn't grow.
		c.Keep = filepath.Join(copies, c.Configuration)
		if c.Hollow {
			c.Keep += "-hollow"
		}
	}
	names := slices.Clone(programs)
	for _, m := range clusterapi.Managers(clusterapi.ManagerOptions{}) {
		names = append(names, m.Tool)
	}
	for _, name := range names {
		path, err := tools.Build(ctx, o.Progress, name)
		if err != nil {
			return c, err
		}
		c.Bin[name] = path
	}
	for name, pkg := range map[string]string{"simcloud": "./test/simcloud/cmd/simcloud", "devcluster": "./test/devcluster/cmd/devcluster"} {
		path, err := build(ctx, root, name, pkg, o.Progress)
		if err != nil {
			return c, err
		}
		c.Bin[name] = path
	}
	if err := modules(ctx, root, &c); err != nil {
		return c, err
	}
	return c, buildPackages(ctx, root, &c, o.Progress)
}

// build builds one of the repository's own programs.
func build(ctx context.Context, root, name, pkg string, progress io.Writer) (string, error) {
	binary := filepath.Join(tools.BinDir(root), name)
	unlock, err := tools.Lock(ctx, progress, binary+".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	p := tools.Package{Label: name, Dir: root, Path: pkg, LDFlags: "-s -w"}
	return binary, tools.BuildPackage(ctx, progress, p, binary)
}

// modules finds the modules that bring manifests. Reading the manifests that come
// from others here downloads what they need.
func modules(ctx context.Context, root string, c *supervisor.Config) error {
	var err error
	if c.Modules.Crossplane, err = tools.ModuleDir(ctx, "crossplane", "github.com/crossplane/crossplane/v2"); err != nil {
		return err
	}
	if c.Modules.Kwok, err = tools.ModuleDir(ctx, "kwok", "sigs.k8s.io/kwok"); err != nil {
		return err
	}
	if _, err := clusterapi.Objects(ctx, clusterapi.Options{}); err != nil {
		return err
	}
	if _, err := monitoring.CRDs(ctx); err != nil {
		return err
	}
	_, err = charts.New(ctx, root)
	return err
}

// buildPackages builds the packages, unless those that are there are of the same
// sources, and sums up what will be installed.
func buildPackages(ctx context.Context, root string, c *supervisor.Config, progress io.Writer) error {
	out := filepath.Join(tools.CacheDir(root), "packages")
	unlock, err := tools.Lock(ctx, progress, out+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	sum, err := sourceSum(root, sources)
	if err != nil {
		return err
	}
	installing, err := sourceSum(root, installers)
	if err != nil {
		return err
	}
	if c.Packages, err = built(out, sum); err != nil {
		_, _ = fmt.Fprintln(progress, "building Skerry's packages")
		if c.Packages, err = packages.Build(ctx, root, out, progress); err != nil {
			return err
		}
		if err := stamp(out, sum, c.Packages); err != nil {
			return err
		}
	}
	h := sha256.New()
	_, _ = fmt.Fprintln(h, sum, installing, c.Configuration, c.Hollow)
	// A tool's name ends in a hash of what it is built from.
	for _, name := range slices.Sorted(maps.Keys(c.Bin)) {
		_, _ = fmt.Fprintln(h, c.Bin[name])
	}
	c.Hash = hex.EncodeToString(h.Sum(nil))
	return nil
}

// sources of the packages, below the root.
var sources = []string{"go.mod", "go.sum", "crossplane.yaml", "apis", "compositions", "functions", "package", "test/devcluster/manifest", "test/devcluster/packages", "test/tools"}

// installers are the sources of what is installed beside the packages.
var installers = []string{
	"test/devcluster/clusterapi", "test/devcluster/controlplane", "test/devcluster/crossplane", "test/devcluster/monitoring",
	"test/devcluster/pki", "test/devcluster/supervisor",
}

// sourceSum is a hash over every file of the folders, below the root.
func sourceSum(root string, folders []string) (string, error) {
	h := sha256.New()
	for _, s := range folders {
		err := filepath.WalkDir(filepath.Join(root, s), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			_, _ = fmt.Fprintf(h, "%s %d\n", path, len(data))
			_, _ = h.Write(data)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// stampFile beside built packages says what they are and of which sources.
const stampFile = "built.json"

type builtFrom struct {
	Sources string           `json:"sources"`
	Images  []packages.Image `json:"images"`
}

func stamp(out, sum string, images []packages.Image) error {
	data, err := json.Marshal(builtFrom{Sources: sum, Images: images})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, stampFile), data, 0o600)
}

// built returns the packages in out if they are of the sources.
func built(out, sum string) ([]packages.Image, error) {
	b := builtFrom{}
	data, err := os.ReadFile(filepath.Join(out, stampFile))
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &b); err != nil || b.Sources != sum {
		return nil, errors.New("the sources have changed")
	}
	return b.Images, nil
}
