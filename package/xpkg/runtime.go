package xpkg

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

const (
	// binaryPath is the function's program in its image.
	binaryPath = "/function"
	// nonroot is the user and group that functions run as, by number: a kubelet
	// that must not run root can't look up names.
	nonroot = "65532:65532"
	// grpcPort is where Crossplane calls a function.
	grpcPort = "9443/tcp"
	// progressEvery is how often a running compilation reports.
	progressEvery = 5 * time.Second
)

// epoch is the time of everything in an image, so that the time of the build
// doesn't show in its digest.
var epoch = time.Unix(0, 0).UTC()

// accounts are the files of an image besides the program. There are no CA
// certificates: a function only answers Crossplane, whose certificate it checks
// against the CA that Crossplane mounts, and calls nobody. There is no shell
// and no /tmp either; functions write no files.
var accounts = []entry{
	{path: "etc/", mode: 0o755},
	{path: "etc/group", mode: 0o644, data: []byte("nonroot:x:65532:\n")},
	{path: "etc/passwd", mode: 0o644, data: []byte("nonroot:x:65532:65532:nonroot:/:/sbin/nologin\n")},
}

// buildRuntime compiles the function and writes its image for one architecture
// to file, as an image tarball.
func (b Builder) buildRuntime(ctx context.Context, fn, arch, file string) error {
	start := time.Now()
	b.progressf("building %s for linux/%s", functionPackage(fn), arch)
	binary := file + ".bin"
	if err := b.compile(ctx, fn, arch, binary); err != nil {
		return err
	}
	img, err := b.image(fn, arch, binary)
	if err != nil {
		return fmt.Errorf("cannot make the image for %s: %w", arch, err)
	}
	// The CLI doesn't look at the name.
	tag, err := name.NewTag("runtime")
	if err != nil {
		return err
	}
	if err := tarball.WriteToFile(file, tag, img); err != nil {
		return err
	}
	b.progressf("built %s for linux/%s in %.0f s", functionPackage(fn), arch, time.Since(start).Seconds())
	return nil
}

// compile builds a static binary whose content depends on nothing but the
// sources and the Go release.
func (b Builder) compile(ctx context.Context, fn, arch, file string) error {
	cmd := exec.CommandContext(ctx, "go", "build",
		"-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", file, "./functions/"+fn)
	cmd.Dir = b.Root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch,
		// A developer's settings must not show in a package.
		"GOWORK=off", "GOFLAGS=-mod=readonly", "GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=", "GODEBUG=")
	stop := b.heartbeat("compiling for linux/" + arch)
	out, err := cmd.CombinedOutput()
	stop()
	if err != nil {
		return fmt.Errorf("cannot compile ./functions/%s for %s: %w\n%s", fn, arch, err, out)
	}
	return nil
}

// heartbeat reports the elapsed seconds at each tick, until stopped: a cold
// compilation takes a minute.
func (b Builder) heartbeat(label string) (stop func()) {
	start, done, ended := time.Now(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				b.progressf("%s … %.0f s", label, time.Since(start).Seconds())
			}
		}
	}()
	return func() {
		close(done)
		<-ended
	}
}

// image returns the runtime image: the accounts, which all functions share, and
// the program.
func (b Builder) image(fn, arch, binary string) (v1.Image, error) {
	program, err := os.ReadFile(filepath.Clean(binary))
	if err != nil {
		return nil, err
	}
	base, err := layer(accounts)
	if err != nil {
		return nil, err
	}
	top, err := layer([]entry{{path: binaryPath[1:], mode: 0o755, data: program}})
	if err != nil {
		return nil, err
	}
	img, err := mutate.ConfigFile(empty.Image, b.imageConfig(fn, arch))
	if err != nil {
		return nil, err
	}
	return mutate.Append(img,
		mutate.Addendum{Layer: base, History: history("accounts")},
		mutate.Addendum{Layer: top, History: history(binaryPath)})
}

func (b Builder) imageConfig(fn, arch string) *v1.ConfigFile {
	return &v1.ConfigFile{
		Architecture: arch,
		OS:           "linux",
		Created:      v1.Time{Time: epoch},
		RootFS:       v1.RootFS{Type: "layers"},
		Config: v1.Config{
			User:         nonroot,
			Entrypoint:   []string{binaryPath},
			WorkingDir:   "/",
			ExposedPorts: map[string]struct{}{grpcPort: {}},
			Labels:       b.labels(fn),
		},
	}
}

func (b Builder) labels(fn string) map[string]string {
	const source = "https://github.com/skerry-dev/skerry"
	l := map[string]string{
		"org.opencontainers.image.title":         functionPackage(fn),
		"org.opencontainers.image.description":   "Skerry's composition function " + fn + ".",
		"org.opencontainers.image.source":        source,
		"org.opencontainers.image.documentation": source + "/tree/main/docs",
		"org.opencontainers.image.vendor":        "The Skerry authors",
		"org.opencontainers.image.licenses":      "Apache-2.0",
		"org.opencontainers.image.version":       b.Version,
	}
	if b.Revision != "" {
		l["org.opencontainers.image.revision"] = b.Revision
	}
	return l
}

func history(what string) v1.History {
	return v1.History{Created: v1.Time{Time: epoch}, CreatedBy: "skerry package/build: " + what}
}
