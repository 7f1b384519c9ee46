package tools

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ModuleDir returns the folder in the module cache of a module that the tool
// module in test/tools/<folder> requires, and downloads it when it isn't there.
func ModuleDir(ctx context.Context, folder, path string) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(root, "test", "tools", folder)
	version, err := goCommand(ctx, dir, "list", "-m", "-f", "{{.Version}}", path)
	if err != nil {
		return "", err
	}
	out, err := goCommand(ctx, dir, "mod", "download", "-json", path+"@"+version)
	if err != nil {
		return "", err
	}
	m := struct{ Dir, Error string }{}
	if err := json.Unmarshal([]byte(out), &m); err != nil || m.Error != "" {
		return "", fmt.Errorf("cannot download module %q: %s %w", path, m.Error, err)
	}
	return m.Dir, nil
}

// goCommand runs the go command in dir and returns what it printed.
func goCommand(ctx context.Context, dir string, args ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &stdout, &stderr
	cmd.Env = append(os.Environ(), "GOWORK=off")
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("cannot run go %s in %s: %w: %s", strings.Join(args, " "), dir, err, lastLines(stderr.String(), errorLines))
	}
	return strings.TrimSpace(stdout.String()), nil
}
