//go:build !linux

package render

import "syscall"

// dieWithParent has no equivalent outside of Linux: functions of a test that is
// killed stay.
func dieWithParent() *syscall.SysProcAttr {
	return nil
}
