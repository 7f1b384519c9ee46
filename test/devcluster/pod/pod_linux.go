// Package pod makes a process see what a pod sees of its service account, so that
// programs which ask for their own identity find one. It doesn't know whose.
package pod

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"
)

// mounted is where a pod finds its service account.
const mounted = "/run/secrets/kubernetes.io/serviceaccount"

// Exec becomes the program, with the files in the folder account where a pod has
// those of its service account. The mounts are seen by nobody else. It returns on
// failure only.
func Exec(account, program string, args []string) error {
	files, err := read(account)
	if err != nil {
		return err
	}
	// The namespace is the thread's until the program takes the process over.
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("cannot have mounts of its own: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("cannot keep mounts to itself: %w", err)
	}
	if err := unix.Mount("tmpfs", "/run", "tmpfs", 0, ""); err != nil {
		return fmt.Errorf("cannot mount /run: %w", err)
	}
	if err := os.MkdirAll(mounted, 0o700); err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(mounted, name), data, 0o600); err != nil {
			return err
		}
	}
	if _, err := os.Stat("/var" + mounted); err != nil {
		return fmt.Errorf("cannot play a pod where /var/run isn't /run: %w", err)
	}
	return unix.Exec(program, append([]string{program}, args...), os.Environ())
}

func read(dir string) (map[string][]byte, error) {
	out := map[string][]byte{}
	for _, name := range []string{"token", "ca.crt", "namespace"} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		out[name] = data
	}
	return out, nil
}
