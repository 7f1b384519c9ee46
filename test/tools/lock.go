package tools

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// lockPoll is how often a waiting process tries again to get a lock.
const lockPoll = 200 * time.Millisecond

// Lock takes the lock file at path and returns the function that gives it back.
// While another process holds it, Lock waits and says so once on out. The
// kernel drops the lock of a process that dies, so it can't be left behind;
// the empty file stays, because removing it would race.
func Lock(ctx context.Context, out io.Writer, path string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	for waiting := false; ; waiting = true {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			_ = f.Close()
			return nil, fmt.Errorf("cannot lock %s: %w", path, err)
		}
		if !waiting {
			_, _ = fmt.Fprintf(out, "waiting for another process that builds %s\n", strings.TrimSuffix(filepath.Base(path), ".lock"))
		}
		select {
		case <-ctx.Done():
			_ = f.Close()
			return nil, ctx.Err()
		case <-time.After(lockPoll):
		}
	}
}
