package render

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// fatal is what Crossplane puts before the message of a function's fatal result.
const fatal = "returned a fatal result: "

// A FatalError is a function's fatal result.
type FatalError struct {
	// Message is the function's own.
	Message string
}

// Error returns the function's message.
func (e *FatalError) Error() string {
	return e.Message
}

// execute runs the Crossplane CLI and returns what it wrote.
func execute(ctx context.Context, cli string, args []string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, cli, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err == nil {
		return stdout.Bytes(), nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	exit := &exec.ExitError{}
	if !errors.As(err, &exit) {
		return nil, err
	}
	return nil, failure(stderr.String())
}

// failure turns what the CLI wrote on standard error into an error.
func failure(said string) error {
	said = strings.TrimSpace(said)
	if _, message, ok := strings.Cut(said, fatal); ok {
		return &FatalError{Message: message}
	}
	return fmt.Errorf("the Crossplane CLI failed: %s", said)
}
