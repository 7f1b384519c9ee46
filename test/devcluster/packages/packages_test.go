package packages

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/skerry-dev/skerry/test/crd"
	"github.com/skerry-dev/skerry/test/tools"
)

func TestPackages(t *testing.T) {
	if testing.Short() {
		t.Skip("builds all packages")
	}
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	images, err := Build(ctx, root, t.TempDir(), os.Stderr)
	if errors.Is(err, crd.ErrNoOpenStack) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	defer server.Close()
	host := strings.TrimPrefix(server.URL, "http://")
	if err := Push(ctx, host, images); err != nil {
		t.Fatal(err)
	}
	for _, i := range images {
		ref, _ := name.NewTag(host+"/"+i.Repository+":"+i.Tag, name.Insecure)
		if _, err := remote.Head(ref); err != nil {
			t.Errorf("a pushed package should be there: %v", err)
		}
		program := filepath.Join(t.TempDir(), "function")
		err := i.Extract(program)
		if isFunction := strings.Contains(i.Repository, "/function-"); isFunction != (err == nil) {
			t.Errorf("%s: only functions hold a program, got error %v", i.Repository, err)
		}
		if err != nil {
			continue
		}
		if out, err := exec.Command(program, "--help").CombinedOutput(); err != nil || !strings.Contains(string(out), "-tls-certs-dir") {
			t.Errorf("%s: its program should run, got error %v and %q", i.Repository, err, out)
		}
	}
}
