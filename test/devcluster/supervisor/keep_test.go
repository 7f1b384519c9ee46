package supervisor

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/skerry-dev/skerry/test/devcluster/process"
)

// installation is a cluster whose etcd never stops writing: to one file, and then the
// same to another.
func installation(t *testing.T, keep, hash string) *Supervisor {
	t.Helper()
	dir := t.TempDir()
	s := &Supervisor{config: Config{Dir: dir, Keep: keep, Hash: hash}, group: process.NewGroup(filepath.Join(dir, "logs"))}
	if err := os.Mkdir(s.config.Logs(), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range state {
		file := filepath.Join(dir, name, "of")
		if name == installedFile {
			file = filepath.Join(dir, name)
		}
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(hash), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	etcd := filepath.Join(dir, "etcd")
	err := s.group.Start(t.Context(), process.Spec{
		Name: "etcd", Path: "/bin/sh",
		Args: []string{"-c", "while :; do echo x >>" + etcd + "/first; echo x >>" + etcd + "/second; done"},
		Ready: func(context.Context) error {
			_, err := os.Stat(filepath.Join(etcd, "second"))
			return err
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.group.StopAll)
	return s
}

func lines(t *testing.T, dir, file string) int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "etcd", file))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(string(data), "\n")
}

func TestKeep(t *testing.T) {
	keep := filepath.Join(t.TempDir(), "cache", "skerry")
	for i, tc := range []struct{ reason, hash, etcd string }{
		{"Nothing was kept before.", "one", "one"},
		{"The same again is not copied again.", "one", "one"},
		{"Something else takes its place.", "two", "two"},
	} {
		s := installation(t, keep, tc.hash)
		if i == 1 {
			// Whose copy it is shows.
			if err := os.WriteFile(filepath.Join(s.config.Dir, "etcd", "of"), []byte("another"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.keep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := Installed(keep); got != tc.hash {
			t.Errorf("%s Got %q, want %q", tc.reason, got, tc.hash)
		}
		if got, err := os.ReadFile(filepath.Join(keep, "etcd", "of")); err != nil || string(got) != tc.etcd {
			t.Errorf("%s Got %q (error %v), want %q", tc.reason, got, err, tc.etcd)
		}
		// What is written first may be ahead by one, and never behind.
		if ahead := lines(t, keep, "first") - lines(t, keep, "second"); ahead < 0 || ahead > 1 {
			t.Errorf("%s etcd should stand still while it is copied: it went on by %d", tc.reason, ahead)
		}
		if got := s.group.Status()[0].State; got != process.Running {
			t.Errorf("%s etcd should go on, and is %s", tc.reason, got)
		}
		if left, err := filepath.Glob(keep + ".unfinished"); err != nil || len(left) > 0 {
			t.Errorf("%s %v should not be left (error %v)", tc.reason, left, err)
		}
	}
	into := filepath.Join(t.TempDir(), "copy")
	if err := CopyState(t.Context(), keep, into); err != nil {
		t.Fatal(err)
	}
	if got := Installed(into); got != "two" {
		t.Errorf("got %q, want the copy of a copy", got)
	}
	for _, name := range []string{"etcd", "keys"} {
		if i, err := os.Stat(filepath.Join(into, name)); err != nil || i.Mode().Perm() != 0o700 {
			t.Errorf("%s should be nobody else's, got %v (error %v)", name, i.Mode(), err)
		}
	}
}

// TestKeepUnfinished: a copy that fails is none, and etcd goes on.
func TestKeepUnfinished(t *testing.T) {
	keep := filepath.Join(t.TempDir(), "skerry")
	s := installation(t, keep, "one")
	if err := os.RemoveAll(filepath.Join(s.config.Dir, "crossplane")); err != nil {
		t.Fatal(err)
	}
	err := s.keep(t.Context())
	if err == nil || !strings.Contains(err.Error(), "cannot copy crossplane of "+s.config.Dir) {
		t.Errorf("got %v, want what can't be copied", err)
	}
	if got := Installed(keep); got != "" {
		t.Errorf("half a copy should not be taken for one, got %q", got)
	}
	before := lines(t, s.config.Dir, "first")
	for end := time.Now().Add(5 * time.Second); lines(t, s.config.Dir, "first") == before; {
		if time.Now().After(end) {
			t.Fatal("etcd should go on")
		}
	}
}
