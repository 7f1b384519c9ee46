package supervisor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/skerry-dev/skerry/test/tools"
)

// installedFile in a cluster's folder holds the hash of what is installed in it, from
// when its first start has succeeded.
const installedFile = "installed"

// state is all of a cluster's folder that outlives its programs, as long as nothing is
// ordered.
var state = []string{"etcd", "keys", "management", "crossplane", installedFile}

// Installed returns the hash of what is installed in the cluster in dir, or "" where no
// first start has succeeded.
func Installed(dir string) string {
	hash, err := os.ReadFile(filepath.Join(dir, installedFile))
	if err != nil {
		return ""
	}
	return string(hash)
}

// CopyState copies the state of a cluster without orders into another's folder. Nobody
// may write to it meanwhile.
func CopyState(ctx context.Context, from, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	// In order: what is marked as installed is there in full.
	for _, name := range state {
		// etcd wants its folders to be nobody else's, and so do keys.
		out, err := exec.CommandContext(ctx, "cp", "-a", filepath.Join(from, name), to).CombinedOutput()
		if err != nil {
			return fmt.Errorf("cannot copy %s of %s: %w: %s", name, from, err, out)
		}
	}
	return nil
}

// keep leaves a copy of what was just installed for other clusters. To etcd it is as if
// it had been killed at that moment, which loses nothing.
func (s *Supervisor) keep(ctx context.Context) error {
	to := s.config.Keep
	unlock, err := tools.Lock(ctx, io.Discard, to+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	if Installed(to) == s.config.Hash {
		return nil
	}
	unfinished := to + ".unfinished"
	for _, dir := range []string{unfinished, to} {
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	thaw, err := s.group.Freeze("etcd")
	if err != nil {
		return err
	}
	if err := errors.Join(CopyState(ctx, s.config.Dir, unfinished), thaw()); err != nil {
		return err
	}
	return os.Rename(unfinished, to)
}
