package tools

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/modfile"
)

// fakeRepo writes a repo with one tool, "hello", whose program has the body, and
// returns the repo's folder.
func fakeRepo(t *testing.T, body string) string {
	t.Helper()
	root := t.TempDir()
	files := map[string]string{
		"go.mod":                       "module " + modulePath + "\n",
		"test/tools/hello/go.sum":      "",
		"test/tools/hello/cmd/go.mod":  "module example.org/hello\n\ngo 1.26.0\n",
		"test/tools/hello/cmd/main.go": "package main\n\nfunc main() {" + body + "}\n",
		"test/tools/hello/go.mod":      helloMod,
		"test/tools/nothing/go.mod":    "module tools/nothing\n\ngo 1.26.0\n",
	}
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

const helloMod = `module tools/hello

go 1.26.0

tool example.org/hello

require example.org/hello v1.2.3

replace example.org/hello => ./cmd
`

func TestBuild(t *testing.T) {
	root := fakeRepo(t, `println("hello")`)
	paths := make([]string, 3)
	var wg sync.WaitGroup
	for i := range paths {
		wg.Go(func() {
			path, err := buildIn(context.Background(), &bytes.Buffer{}, root, "hello")
			if err != nil {
				t.Error(err)
			}
			paths[i] = path
		})
	}
	wg.Wait()
	if paths[0] != paths[1] || paths[1] != paths[2] {
		t.Fatalf("builds at the same time should have the same path, got %q", paths)
	}
	if dir := filepath.Join(root, ".cache", "bin"); filepath.Dir(paths[0]) != dir {
		t.Errorf("got path %q, want it in %q", paths[0], dir)
	}
	out, err := exec.Command(paths[0]).CombinedOutput()
	if err != nil || string(out) != "hello\n" {
		t.Errorf("got output %q and error %v, want the tool's output", out, err)
	}
}

func TestBuildOnlyWhenMissing(t *testing.T) {
	root := fakeRepo(t, "")
	tool, err := load(root, "hello")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(tool.binary), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(tool.binary, []byte("cached"), 0o600); err != nil {
		t.Fatal(err)
	}
	path, err := buildIn(context.Background(), &bytes.Buffer{}, root, "hello")
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(path); string(got) != "cached" {
		t.Error("a cached binary should be left as it is")
	}
}

func TestBuildErrors(t *testing.T) {
	cases := map[string]struct {
		reason string
		body   string
		tool   string
		want   string
	}{
		"Unknown": {
			reason: "The error should say where the tool's module was looked for.",
			tool:   "nope",
			want:   `cannot find tool "nope": it has no go.mod in test/tools/nope`,
		},
		"NoDirective": {
			reason: "A module that names no program is no tool.",
			tool:   "nothing",
			want:   "has 0 tool directives, want 1",
		},
		"DoesNotCompile": {
			reason: "The compiler's message should be in the error.",
			body:   "undefined()",
			tool:   "hello",
			want:   "undefined: undefined",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			root := fakeRepo(t, tc.body)
			_, err := buildIn(context.Background(), &bytes.Buffer{}, root, tc.tool)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\ngot  %v\nwant %s", tc.reason, err, tc.want)
			}
			all, _ := filepath.Glob(filepath.Join(root, ".cache", "bin", "hello-*"))
			for _, left := range all {
				if filepath.Ext(left) != ".lock" {
					t.Errorf("a failed build should leave no binary, got %q", left)
				}
			}
		})
	}
}

func TestDigest(t *testing.T) {
	m := toolModule{mod: []byte("a"), sum: []byte("b")}
	base := m.digest("-s")
	if len(base) != 12 {
		t.Errorf("got digest %q, want 12 digits", base)
	}
	for what, other := range map[string]string{
		"flags":  m.digest("-w"),
		"go.mod": toolModule{mod: []byte("c"), sum: []byte("b")}.digest("-s"),
		"go.sum": toolModule{mod: []byte("a"), sum: []byte("c")}.digest("-s"),
	} {
		if other == base {
			t.Errorf("a change of %s should change the digest", what)
		}
	}
}

// TestTools reads the real tool modules.
func TestTools(t *testing.T) {
	root, err := Root()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"crossplane", "crossplane-cli", "golangci-lint", "etcd", "kwok", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "cluster-api-core", "cluster-api-kubeadm-bootstrap", "cluster-api-kubeadm-control-plane", "helm", "provider-helm", "provider-kubernetes"} {
		tool, err := load(root, name)
		if err != nil {
			t.Error(err)
			continue
		}
		if name == "crossplane" && !strings.Contains(tool.ldflags, "version.version="+tool.module.version) {
			t.Errorf("crossplane should be stamped with its version, got flags %q", tool.ldflags)
		}
	}
}

func TestProviderOf(t *testing.T) {
	f, err := modfile.Parse("go.mod", []byte(`module x

require (
	example.org/a v1.0.0
	example.org/a/b v1.1.0
	example.org/a/bb v1.2.0
)
`), nil)
	if err != nil {
		t.Fatal(err)
	}
	for pkg, want := range map[string]string{
		"example.org/a/cmd":   "v1.0.0",
		"example.org/a/b/cmd": "v1.1.0",
		"example.org/a/bb":    "v1.2.0",
		"example.org/c":       "",
	} {
		if got, _ := providerOf(f, pkg); got != want {
			t.Errorf("providerOf(%q): got %q, want %q", pkg, got, want)
		}
	}
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	unlock, err := Lock(context.Background(), &bytes.Buffer{}, path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*lockPoll/2)
	defer cancel()
	out := &bytes.Buffer{}
	if _, err := Lock(ctx, out, path); err == nil {
		t.Error("a lock that is held should not be given twice")
	}
	if !strings.Contains(out.String(), "waiting for another process") {
		t.Errorf("waiting should be reported, got %q", out)
	}
	unlock()
	unlock, err = Lock(context.Background(), out, path)
	if err != nil {
		t.Fatalf("a lock given back should be free, got %v", err)
	}
	unlock()
}

func TestRootFrom(t *testing.T) {
	root := fakeRepo(t, "")
	got, err := rootFrom(filepath.Join(root, "test", "tools", "hello"))
	if err != nil || got != root {
		t.Errorf("got %q and error %v, want %q: a tool's go.mod is not the project's", got, err, root)
	}
	if _, err := rootFrom(t.TempDir()); err == nil {
		t.Error("a folder outside of the repo should be an error")
	}
}
