package tools

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	// progressEvery is how often a running build reports.
	progressEvery = 5 * time.Second
	// stopTimeout is how long an interrupted build may take to clean up.
	stopTimeout = 10 * time.Second
	// errorLines is how much of a failed build's output its error carries.
	errorLines = 30
)

// A Package is a main package to build.
type Package struct {
	Label   string // what progress lines call it
	Dir     string // of the module that builds it
	Path    string // import path, or a path below Dir that starts with "./"
	LDFlags string // linker flags, empty for none
}

// BuildPackage compiles the package into the file binary, without cgo, and
// reports to out every few seconds while it takes longer than that.
func BuildPackage(ctx context.Context, out io.Writer, p Package, binary string) error {
	if err := os.MkdirAll(filepath.Dir(binary), 0o750); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", p.LDFlags, "-o", binary, p.Path)
	cmd.Dir = p.Dir
	// A go.work of the developer's must not change what is built.
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	// An interrupt, unlike a kill, lets `go build` stop its compilers.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = stopTimeout
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output

	stop := report(out, p.Label)
	err := cmd.Run()
	stop()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%w\n%s", err, lastLines(output.String(), errorLines))
	}
	return nil
}

// report prints a line with the elapsed seconds at each tick, until stopped. It
// says nothing about builds that are over before the first tick.
func report(out io.Writer, label string) (stop func()) {
	start, done, ended := time.Now(), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		t := time.NewTicker(progressEvery)
		defer t.Stop()
		for {
			select {
			case <-done:
				return
			case <-t.C:
				_, _ = fmt.Fprintf(out, "building %s … %ds\n", label, seconds(start))
			}
		}
	}()
	return func() {
		close(done)
		<-ended
		if time.Since(start) >= progressEvery {
			_, _ = fmt.Fprintf(out, "built %s in %ds\n", label, seconds(start))
		}
	}
}

func seconds(since time.Time) int {
	return int(time.Since(since).Seconds())
}

func lastLines(s string, n int) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return strings.Join(lines, "\n")
}
