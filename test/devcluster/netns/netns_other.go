//go:build !linux

package netns

import (
	"errors"
	"os/exec"
)

var errLinux = errors.New("a development cluster needs Linux: it runs in a network namespace")

// Enter does nothing outside of Linux.
func Enter(*exec.Cmd) {}

// Explain returns the error as it is.
func Explain(err error) error { return err }

// Up fails outside of Linux.
func Up() error { return errLinux }
