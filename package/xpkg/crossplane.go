package xpkg

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// pack makes a package file of the staged folder with the Crossplane CLI, which
// refuses what Crossplane would refuse. A runtime is the tarball of the image
// that the package runs, empty for none.
func (b Builder) pack(ctx context.Context, stage, runtime, file string) error {
	args := []string{
		"xpkg", "build", "--package-root=" + stage, "--package-file=" + file,
		// By default the CLI takes examples from the working directory, which
		// may be anything. A folder that isn't there means none.
		"--examples-root=" + filepath.Join(stage, "no-examples"),
	}
	if runtime != "" {
		args = append(args, "--embed-runtime-image-tarball="+runtime)
	}
	if err := b.crossplane(ctx, args...); err != nil {
		return err
	}
	b.progressf("wrote %s", file)
	return nil
}

// Push publishes the packages below a repository prefix, for example
// "xpkg.crossplane.io/skerry-dev", tagged with the version. The files of a
// package for several architectures become one image index. Credentials are
// those of the Docker configuration.
func (b Builder) Push(ctx context.Context, prefix string, pkgs []Package) error {
	for _, p := range pkgs {
		ref := fmt.Sprintf("%s/%s:%s", strings.TrimSuffix(prefix, "/"), p.Name, b.Version)
		files := strings.Join(p.Files, ",")
		if err := b.crossplane(ctx, "xpkg", "push", "--package-files="+files, ref); err != nil {
			return fmt.Errorf("cannot push %s: %w", ref, err)
		}
		b.progressf("pushed %s", ref)
	}
	return nil
}

func (b Builder) crossplane(ctx context.Context, args ...string) error {
	out, err := exec.CommandContext(ctx, b.Crossplane, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("crossplane %s %s: %w\n%s", args[0], args[1], err, out)
	}
	return nil
}
