package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// clockTicks is how many ticks a second /proc counts in: USER_HZ, which is 100
// on every architecture that Go runs on.
const clockTicks = 100

// attributes make a program die with this process, and keep a terminal's
// interrupt from it, which is ours to pass on in order.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}

// awaitStopped returns when a child that was sent SIGSTOP has stopped, with all of its
// threads.
func awaitStopped(pid int) error {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WSTOPPED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// usage is the resident memory in bytes, and the processor time, of a process
// (proc(5), stat: fields 14, 15 and 24).
func usage(pid int) (memory int64, cpu time.Duration) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, 0
	}
	// The name in field 2 may hold spaces; what follows it may not.
	_, rest, _ := strings.Cut(string(bytes.TrimSpace(data)), ") ")
	f := strings.Fields(rest)
	const user, system, resident = 14 - 3, 15 - 3, 24 - 3
	if len(f) <= resident {
		return 0, 0
	}
	number := func(i int) int64 { n, _ := strconv.ParseInt(f[i], 10, 64); return n }
	ticks := number(user) + number(system)
	return number(resident) * int64(os.Getpagesize()), time.Duration(ticks) * time.Second / clockTicks
}
