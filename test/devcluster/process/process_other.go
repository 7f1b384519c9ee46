//go:build !linux

package process

import (
	"errors"
	"syscall"
	"time"
)

// attributes have no equivalent outside of Linux.
func attributes() *syscall.SysProcAttr { return nil }

// awaitStopped can't tell outside of Linux.
func awaitStopped(int) error { return errors.ErrUnsupported }

func usage(int) (memory int64, cpu time.Duration) { return 0, 0 }
