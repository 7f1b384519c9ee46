package process

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// sleeper is a program that writes a file when it runs, and then waits.
func sleeper(t *testing.T, name string) (Spec, string) {
	t.Helper()
	mark := filepath.Join(t.TempDir(), "mark")
	return Spec{
		Name: name, Path: "/bin/sh", Args: []string{"-c", "echo run >>" + mark + "; exec sleep 60"},
		Ready: func(context.Context) error { _, err := os.Stat(mark); return err },
	}, mark
}

func group(t *testing.T) *Group {
	t.Helper()
	g := NewGroup(t.TempDir())
	t.Cleanup(g.StopAll)
	return g
}

// eventually fails the test unless the condition holds within some seconds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatal("this should become true: " + what)
}

func TestKilledProgramComesBack(t *testing.T) {
	g := group(t)
	s, mark := sleeper(t, "a")
	if err := g.Start(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	// A process that has just been forked may not use any yet.
	var first Status
	eventually(t, "a started program runs and uses memory", func() bool {
		first = g.Status()[0]
		return first.State == Running && first.PID != 0 && first.Memory != 0
	})
	if err := g.Signal("a", syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it runs again", func() bool {
		now := g.Status()[0]
		return now.State == Running && now.PID != first.PID && now.Restarts == 1
	})
	eventually(t, "it wrote twice", func() bool { b, _ := os.ReadFile(mark); return string(b) == "run\nrun\n" })
}

func TestStoppedProgramStaysAway(t *testing.T) {
	g := group(t)
	s, _ := sleeper(t, "a")
	if err := g.Start(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	g.Stop("a")
	time.Sleep(2 * restartAfter)
	if got := g.Status()[0]; got.State != Stopped || got.PID != 0 {
		t.Fatalf("a stopped program should stay away, got %+v", got)
	}
	if err := g.Signal("a", syscall.SIGKILL); err == nil {
		t.Error("a stopped program can't be signalled")
	}
	if err := g.Restart(context.Background(), "a"); err != nil {
		t.Fatal(err)
	}
	if got := g.Status()[0]; got.State != Running {
		t.Fatalf("a restarted program should run, got %+v", got)
	}
	if err := g.Start(context.Background(), s); err == nil {
		t.Error("a program that runs should not be started twice")
	}
}

func TestPausedProgramCanBeStopped(t *testing.T) {
	g := group(t)
	s, _ := sleeper(t, "a")
	if err := g.Start(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	if err := g.Signal("a", syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if got := g.Status()[0].State; got != Paused {
		t.Errorf("got state %s, want %s", got, Paused)
	}
	start := time.Now()
	g.Stop("a")
	if took := time.Since(start); took > stopTimeout/2 {
		t.Errorf("a held program should stop when asked, not be killed after %s", took)
	}
}

func TestFrozenProgramStandsStill(t *testing.T) {
	g := group(t)
	file := filepath.Join(t.TempDir(), "written")
	err := g.Start(context.Background(), Spec{
		Name: "a", Path: "/bin/sh", Args: []string{"-c", "while :; do echo x >>" + file + "; done"},
		Ready: func(context.Context) error { _, err := os.Stat(file); return err },
	})
	if err != nil {
		t.Fatal(err)
	}
	size := func() int { b, _ := os.ReadFile(file); return len(b) }
	thaw, err := g.Freeze("a")
	if err != nil {
		t.Fatal(err)
	}
	before := size()
	time.Sleep(100 * time.Millisecond)
	if after := size(); after != before || g.Status()[0].State != Paused {
		t.Errorf("it should stand still, and wrote %d bytes (%s)", after-before, g.Status()[0].State)
	}
	if err := thaw(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it goes on", func() bool { return size() > before && g.Status()[0].State == Running })
	if _, err := g.Freeze("b"); err == nil {
		t.Error("there is no b")
	}
}

func TestNeverReady(t *testing.T) {
	g := group(t)
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	err := g.Start(ctx, Spec{
		Name: "a", Path: "/bin/sh", Args: []string{"-c", "echo no port; exec sleep 60"},
		Ready: func(context.Context) error { return errors.New("not yet") },
	})
	if err == nil || !strings.Contains(err.Error(), "not yet") || !strings.Contains(err.Error(), "no port") {
		t.Errorf("the error should say what is missing and what the program wrote, got %v", err)
	}
}

func TestStopAllBackwards(t *testing.T) {
	g := NewGroup(t.TempDir())
	order := filepath.Join(t.TempDir(), "order")
	for _, name := range []string{"first", "second"} {
		up := filepath.Join(t.TempDir(), name)
		script := "trap 'echo " + name + " >>" + order + "; exit' TERM; touch " + up + "; while :; do sleep 0.05; done"
		err := g.Start(context.Background(), Spec{
			Name: name, Path: "/bin/sh", Args: []string{"-c", script},
			Ready: func(context.Context) error { _, err := os.Stat(up); return err },
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	g.StopAll()
	if got, _ := os.ReadFile(order); string(got) != "second\nfirst\n" {
		t.Errorf("what started last should stop first, got %q", got)
	}
}

// A program that somebody still has open for writing starts a moment later.
func TestBusyProgramStarts(t *testing.T) {
	data, err := os.ReadFile("/bin/sleep")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "program")
	const runnable = 0o700
	if err := os.WriteFile(path, data, runnable); err != nil {
		t.Fatal(err)
	}
	writer, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(200*time.Millisecond, func() { _ = writer.Close() })
	g := group(t)
	if err := g.Start(context.Background(), Spec{Name: "a", Path: path, Args: []string{"60"}}); err != nil {
		t.Fatal(err)
	}
	if s := g.Status()[0]; s.State != Running {
		t.Errorf("it should run, got %+v", s)
	}
}
