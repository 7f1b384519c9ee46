package render

import "syscall"

// dieWithParent makes the kernel kill a function when the test that started it
// dies without closing the Harness, for example at a test's timeout.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}
