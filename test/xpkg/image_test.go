package xpkg

import (
	"archive/tar"
	"bytes"
	"context"
	"debug/elf"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"sigs.k8s.io/yaml"
)

// packageStream returns package.yaml of the image's base layer: Crossplane
// reads nothing else.
func packageStream(t *testing.T, img v1.Image) string {
	t.Helper()
	m, err := img.Manifest()
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, d := range m.Layers {
		if d.Annotations["io.crossplane.xpkg"] != "base" {
			continue
		}
		l, err := img.LayerByDigest(d.Digest)
		if err != nil {
			t.Fatal(err)
		}
		rc, err := l.Uncompressed()
		if err != nil {
			t.Fatal(err)
		}
		files := untar(t, rc)
		found = append(found, string(files["package.yaml"]))
	}
	if len(found) != 1 || found[0] == "" {
		t.Fatalf("want one base layer with a package.yaml, got %d layers", len(found))
	}
	return found[0]
}

// kinds returns the kinds of the stream's documents, in their order.
func kinds(t *testing.T, stream string) []string {
	t.Helper()
	var out []string
	for _, doc := range documents(stream) {
		o := struct {
			Kind string `json:"kind"`
		}{}
		if err := yaml.Unmarshal([]byte(doc), &o); err != nil {
			t.Fatal(err)
		}
		out = append(out, o.Kind)
	}
	return out
}

// lint fails the test when Crossplane's parser and linters refuse the stream.
// They live in a library with hundreds of dependencies, so we use them through
// the CLI: it runs them when it builds a package.
func lint(t *testing.T, cli, stream string) {
	t.Helper()
	if out, err := tryLint(t, cli, stream); err != nil {
		t.Errorf("Crossplane refuses the package: %v\n%s\n%s", err, out, stream)
	}
}

func tryLint(t *testing.T, cli, stream string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "crossplane.yaml"), stream)
	out, err := exec.CommandContext(t.Context(), cli, "xpkg", "build", "--package-root="+dir,
		"--examples-root="+filepath.Join(dir, "none"), "--package-file="+filepath.Join(dir, "out.xpkg")).CombinedOutput()
	return string(out), err
}

// checkRuntime checks what a container runtime makes of the image.
func checkRuntime(t *testing.T, img v1.Image, pkg, arch string) {
	t.Helper()
	cfg, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	got := v1.Config{
		User: cfg.Config.User, Entrypoint: cfg.Config.Entrypoint, Cmd: cfg.Config.Cmd,
		ExposedPorts: cfg.Config.ExposedPorts, WorkingDir: cfg.Config.WorkingDir,
	}
	want := v1.Config{
		User: "65532:65532", Entrypoint: []string{"/function"},
		ExposedPorts: map[string]struct{}{"9443/tcp": {}}, WorkingDir: "/",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configuration of the image: -want, +got:\n%s", diff)
	}
	if cfg.OS != "linux" || cfg.Architecture != arch {
		t.Errorf("platform: want linux/%s, got %s/%s", arch, cfg.OS, cfg.Architecture)
	}
	for label, want := range map[string]string{"title": pkg, "version": version, "revision": "0123abc"} {
		if got := cfg.Config.Labels["org.opencontainers.image."+label]; got != want {
			t.Errorf("label %q: want %q, got %q", label, want, got)
		}
	}
	files := untar(t, mutate.Extract(img))
	checkFiles(t, files)
	checkStatic(t, files["function"], arch)
	if arch == runtime.GOARCH {
		checkStarts(t, files["function"])
	}
}

// checkFiles makes sure that the image holds the program and the accounts, and
// nothing that somebody who breaks in could use.
func checkFiles(t *testing.T, files map[string][]byte) {
	t.Helper()
	got := map[string]bool{}
	for path := range files {
		got[path] = true
	}
	want := map[string]bool{"etc": true, "etc/group": true, "etc/passwd": true, "function": true, "package.yaml": true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files of the image: -want, +got:\n%s", diff)
	}
}

// checkStatic makes sure that the program needs no loader and no libraries.
func checkStatic(t *testing.T, program []byte, arch string) {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(program))
	if err != nil {
		t.Fatal(err)
	}
	machines := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
	if f.Machine != machines[arch] {
		t.Errorf("machine: want %v, got %v", machines[arch], f.Machine)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Errorf("the program isn't static: it has a segment %v", p.Type)
		}
	}
}

// checkStarts runs the program with nothing around it, as the image does. It must
// refuse to serve: without certificates anybody could call it.
func checkStarts(t *testing.T, program []byte) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "function")
	if err := os.WriteFile(path, program, 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "--address=127.0.0.1:0")
	cmd.Env = []string{}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "cannot serve") {
		t.Errorf("the program must start and refuse to serve without certificates, got %v:\n%s", err, out)
	}
}

// untar returns the files and folders of the tar stream by path, and closes the
// stream.
func untar(t *testing.T, rc io.ReadCloser) map[string][]byte {
	t.Helper()
	defer func() { _ = rc.Close() }()
	out := map[string][]byte{}
	tr := tar.NewReader(rc)
	for {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.ModTime.Unix() != 0 {
			t.Errorf("%s is dated %v, which changes the digest with the time of the build", h.Name, h.ModTime)
		}
		if out[h.Name], err = io.ReadAll(tr); err != nil {
			t.Fatal(err)
		}
	}
}
