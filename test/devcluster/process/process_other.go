//go:build !linux

package process

import (
	"syscall"
	"time"
)

// attributes have no equivalent outside of Linux.
func attributes() *syscall.SysProcAttr { return nil }

func usage(int) (memory int64, cpu time.Duration) { return 0, 0 }
