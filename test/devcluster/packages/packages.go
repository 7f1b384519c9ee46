// Package packages makes the Crossplane packages that a development cluster
// installs: Skerry's own, as they are published, and the providers' with the
// CRDs of their releases, but without the programs, which the cluster runs
// itself. It doesn't know how they are installed.
package packages

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/package/xpkg"
	"github.com/skerry-dev/skerry/test/crd"
	"github.com/skerry-dev/skerry/test/devcluster/manifest"
	"github.com/skerry-dev/skerry/test/tools"
	upstreampkg "github.com/skerry-dev/skerry/test/tools/xpkg"
)

// Version of Skerry's packages. A development cluster is made anew when what they
// hold changes, so there is never more than one.
const Version = "v0.1.0"

// Registry that packages are published in. Everything below it is looked up in
// the development cluster's own.
const Registry = "xpkg.crossplane.io/"

// Organizations of the packages.
const (
	own      = "skerry-dev/"
	upstream = "crossplane-contrib/"
)

// Names that Crossplane gives the packages that it installs as dependencies: the
// repository, with dashes.
const (
	ProviderHelm       = "crossplane-contrib-provider-helm"
	ProviderKubernetes = "crossplane-contrib-provider-kubernetes"
	ProviderOpenStack  = "crossplane-contrib-provider-openstack"
)

// FunctionName is the name of the installed package of one of Skerry's functions.
func FunctionName(function string) string { return "skerry-dev-function-" + function }

// An Image is a package to push.
type Image struct {
	// Repository and tag, without the registry.
	Repository, Tag string
	// File is the .xpkg.
	File string
}

// Build builds all packages into the folder out.
func Build(ctx context.Context, root, out string, progress io.Writer) ([]Image, error) {
	cli, err := tools.Build(ctx, progress, "crossplane-cli")
	if err != nil {
		return nil, err
	}
	b := xpkg.Builder{
		Root: root, Out: out, Version: Version, Crossplane: cli,
		Architectures: []string{runtime.GOARCH}, Progress: io.Discard,
	}
	pkgs, err := b.Build(ctx)
	if err != nil {
		return nil, err
	}
	var images []Image
	for _, p := range pkgs {
		images = append(images, Image{Repository: own + p.Name, Tag: Version, File: p.Files[0]})
	}
	providers, err := buildProviders(ctx, root, cli, out)
	return append(images, providers...), err
}

// buildProviders makes the packages of the providers.
func buildProviders(ctx context.Context, root, cli, out string) ([]Image, error) {
	var images []Image
	for _, p := range []string{"provider-helm", "provider-kubernetes"} {
		dir, version, err := released(ctx, p)
		if err != nil {
			return nil, err
		}
		images = append(images, Image{Repository: upstream + p, Tag: version, File: filepath.Join(out, p+".xpkg")})
		if err := pack(ctx, cli, filepath.Join(dir, "package"), images[len(images)-1].File); err != nil {
			return nil, err
		}
	}
	openstack, err := buildOpenStack(ctx, root, cli, out)
	return append(images, openstack), err
}

// released returns the folder and the version of the module of a provider.
func released(ctx context.Context, provider string) (dir, version string, err error) {
	module := "github.com/" + upstream + provider
	if dir, err = tools.ModuleDir(ctx, provider, module); err != nil {
		return "", "", err
	}
	// The module cache ends a folder's name with the version.
	_, version, _ = strings.Cut(filepath.Base(dir), "@")
	return dir, version, nil
}

// openStackMeta is the manifest of provider-openstack's package. Its release has
// the CRDs beside it.
const openStackMeta = `apiVersion: meta.pkg.crossplane.io/v1
kind: Provider
metadata:
  name: provider-openstack
spec:
  capabilities:
  - SafeStart
`

const (
	openStackGroup = ".openstack.m.crossplane.io"
	// configurations are the files of the provider's own configuration.
	configurations = "openstack.m.crossplane.io_*.yaml"
)

func buildOpenStack(ctx context.Context, root, cli, out string) (Image, error) {
	crds, err := crd.OpenStackDir()
	if err != nil {
		return Image{}, err
	}
	stage, err := os.MkdirTemp(out, ".openstack-*")
	if err != nil {
		return Image{}, err
	}
	defer func() { _ = os.RemoveAll(stage) }()
	if err := os.WriteFile(filepath.Join(stage, "crossplane.yaml"), []byte(openStackMeta), 0o600); err != nil {
		return Image{}, err
	}
	if err := copyActive(root, crds, filepath.Join(stage, "crds")); err != nil {
		return Image{}, err
	}
	ref, err := name.NewTag(upstreampkg.OpenStackPackage)
	if err != nil {
		return Image{}, err
	}
	file := filepath.Join(out, "provider-openstack.xpkg")
	return Image{Repository: upstream + "provider-openstack", Tag: ref.TagStr(), File: file}, pack(ctx, cli, stage, file)
}

// copyActive copies the definitions of provider configurations, and of the kinds
// that Skerry's packages activate. The release has ten times as many; those stay
// inactive, so that nobody would see them, but each costs a start its time.
func copyActive(root, from, to string) error {
	data, err := os.ReadFile(filepath.Join(root, "package", "activation.yaml"))
	if err != nil {
		return err
	}
	policy := struct {
		Spec struct {
			Activate []string `json:"activate"`
		} `json:"spec"`
	}{}
	if err := yaml.Unmarshal(data, &policy); err != nil {
		return fmt.Errorf("cannot read the activation policy: %w", err)
	}
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(from, configurations))
	if err != nil {
		return err
	}
	for _, kind := range policy.Spec.Activate {
		plural, group, _ := strings.Cut(kind, ".")
		if strings.HasSuffix(group, openStackGroup) {
			files = append(files, filepath.Join(from, group+"_"+plural+".yaml"))
		}
	}
	for _, f := range files {
		crds, err := manifest.Read(f)
		if err != nil {
			return err
		}
		if len(crds) == 0 {
			return fmt.Errorf("%s defines nothing: is it a CustomResourceDefinition?", f)
		}
		manifest.Terse(crds...)
		data, err := yaml.Marshal(crds[0].Object)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, filepath.Base(f)), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func pack(ctx context.Context, cli, dir, file string) error {
	// A folder of examples that isn't there means none.
	none := filepath.Join(dir, "no-examples")
	out, err := exec.CommandContext(ctx, cli, "xpkg", "build", "--package-root="+dir, "--package-file="+file, "--examples-root="+none).CombinedOutput()
	if err != nil {
		return fmt.Errorf("cannot build package %s: %w: %s", filepath.Base(file), err, out)
	}
	return nil
}

// Push pushes the images to the registry at host, which speaks plain HTTP.
func Push(ctx context.Context, host string, images []Image) error {
	for _, i := range images {
		ref, err := name.NewTag(host+"/"+i.Repository+":"+i.Tag, name.Insecure)
		if err != nil {
			return err
		}
		img, err := tarball.ImageFromPath(i.File, nil)
		if err != nil {
			return fmt.Errorf("cannot read package %s: %w", i.File, err)
		}
		if err := remote.Write(ref, img, remote.WithContext(ctx)); err != nil {
			return fmt.Errorf("cannot push %s: %w", ref, err)
		}
	}
	return nil
}

// program is the path of a function's program in its image.
const program = "function"

// Extract writes the program of a function's package to file.
func (i Image) Extract(file string) error {
	img, err := tarball.ImageFromPath(i.File, nil)
	if err != nil {
		return err
	}
	return extract(img, file)
}

func extract(img v1.Image, file string) error {
	stream := mutate.Extract(img)
	defer func() { _ = stream.Close() }()
	for r := tar.NewReader(stream); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("the package has no /%s", program)
		}
		if err != nil {
			return err
		}
		if filepath.Clean("/"+h.Name) != "/"+program {
			continue
		}
		const executable = 0o700
		out, err := os.OpenFile(file, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, executable)
		if err != nil {
			return err
		}
		if _, err := io.Copy(out, r); err != nil {
			_ = out.Close()
			return err
		}
		return out.Close()
	}
}
