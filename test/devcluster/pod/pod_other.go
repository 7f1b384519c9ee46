//go:build !linux

package pod

import "errors"

// Exec fails outside of Linux.
func Exec(string, string, []string) error {
	return errors.New("a development cluster needs Linux")
}
