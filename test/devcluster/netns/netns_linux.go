// Package netns puts a program into a network of its own, with nothing but
// loopback: fixed ports never clash with the machine's or with another cluster's,
// and what listens on all interfaces is still reached by nobody.
package netns

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// Enter makes cmd start in a network namespace of its own. Who isn't root gets a
// user namespace as well, in which they are.
func Enter(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	a := cmd.SysProcAttr
	a.Cloneflags |= syscall.CLONE_NEWNET
	if os.Geteuid() == 0 {
		return
	}
	a.Cloneflags |= syscall.CLONE_NEWUSER
	a.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
	a.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
}

// Explain adds the way out to the error of a start that the kernel has refused.
func Explain(err error) error {
	return fmt.Errorf("cannot start in a network of its own: %w. "+
		"The kernel may not let you make user namespaces: allow it (sysctl kernel.unprivileged_userns_clone=1, "+
		"on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0), or run as root", err)
}

// Up raises the loopback interface, which a new namespace has down.
func Up() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("cannot raise loopback: %w", err)
	}
	defer func() { _ = unix.Close(s) }()
	r, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	if err := unix.IoctlIfreq(s, unix.SIOCGIFFLAGS, r); err != nil {
		return fmt.Errorf("cannot raise loopback: %w", err)
	}
	r.SetUint16(r.Uint16() | unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, r); err != nil {
		return fmt.Errorf("cannot raise loopback: %w", err)
	}
	return nil
}
