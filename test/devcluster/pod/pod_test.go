package pod

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const inside = "SKERRY_POD_INSIDE"

func TestMain(m *testing.M) {
	if dir := os.Getenv(inside); dir != "" {
		err := Exec(dir, "/bin/sh", []string{"-c", "cat /var/run/secrets/kubernetes.io/serviceaccount/token"})
		_, _ = os.Stderr.WriteString(err.Error())
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestExec(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"token", "ca.crt", "namespace"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("my "+name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), inside+"="+dir)
	if os.Geteuid() != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{
			Cloneflags:  syscall.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
		}
	}
	out, err := cmd.CombinedOutput()
	if err != nil && strings.Contains(string(out), "operation not permitted") {
		t.Skipf("no namespaces here: %s", out)
	}
	if err != nil || string(out) != "my token" {
		t.Errorf("the program should find its token, got %q and error %v", out, err)
	}
	if _, err := os.Stat(mounted); err == nil {
		t.Error("nobody else should see it")
	}
}
