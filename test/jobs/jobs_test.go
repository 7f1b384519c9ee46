// Package jobs_test runs what the CronJobs of our charts run, as programs on this machine:
// their containers' own commands, against real servers.
//
// It knows of Kubernetes only what the charts make.
package jobs_test

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/test/tools"
)

// A stand is a machine on which jobs run.
type stand struct {
	root, dir string
	bin       map[string]string
	// secrets and job are what charts make.
	secrets map[string]corev1.Secret
	job     corev1.PodSpec
	// here says what is where on this machine.
	here []string
}

// newStand has the tools.
func newStand(t *testing.T, names ...string) *stand {
	t.Helper()
	root, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	s := &stand{root: root, dir: t.TempDir(), bin: map[string]string{}, secrets: map[string]corev1.Secret{}}
	for _, name := range names {
		if s.bin[name], err = tools.Build(t.Context(), os.Stderr, name); err != nil {
			t.Fatal(err)
		}
	}
	// Containers find their programs by name.
	if err := os.MkdirAll(filepath.Join(s.dir, "bin"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, path := range s.bin {
		if err := os.Symlink(path, filepath.Join(s.dir, "bin", name)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// work empties the folder in which jobs work.
func (s *stand) work(t *testing.T) {
	t.Helper()
	dir := filepath.Join(s.dir, "work")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
}

// render renders a chart, and returns the manifests.
func (s *stand) render(t *testing.T, chart string, values map[string]string) string {
	t.Helper()
	args := []string{"template", chart, filepath.Join(s.root, "package", "charts", chart), "--namespace", "kube-system"}
	for _, k := range slices.Sorted(maps.Keys(values)) {
		args = append(args, "--set-string", k+"="+values[k])
	}
	all := s.program(t, "helm", args...)
	for doc := range strings.SplitSeq(all, "\n---\n") {
		var kind struct{ Kind string }
		if err := yaml.Unmarshal([]byte(doc), &kind); err != nil {
			t.Fatal(err)
		}
		switch kind.Kind {
		case "Secret":
			var secret corev1.Secret
			if err := yaml.Unmarshal([]byte(doc), &secret); err != nil {
				t.Fatal(err)
			}
			s.secrets[secret.Name] = secret
		case "CronJob":
			var job batchv1.CronJob
			if err := yaml.UnmarshalStrict([]byte(doc), &job); err != nil {
				t.Fatal(err)
			}
			s.job = job.Spec.JobTemplate.Spec.Template.Spec
		}
	}
	return all
}

// try runs a container as a program on this machine.
func (s *stand) try(ctx context.Context, c corev1.Container, instead map[string]string) error {
	here := strings.NewReplacer(append([]string{"/work/", filepath.Join(s.dir, "work") + "/"}, s.here...)...)
	args := make([]string, 0, len(c.Command))
	for _, a := range c.Command {
		args = append(args, here.Replace(a))
	}
	env := map[string]string{}
	for _, from := range c.EnvFrom {
		for k, v := range s.secrets[from.SecretRef.Name].Data {
			env[k] = string(v)
		}
	}
	for _, e := range c.Env {
		env[e.Name] = e.Value
		if e.Value == "/work" {
			env[e.Name] = filepath.Join(s.dir, "work")
		}
	}
	maps.Copy(env, instead)
	program := args[0]
	if path, ok := s.bin[program]; ok {
		program = path
	}
	cmd := exec.CommandContext(ctx, program, args[1:]...)
	cmd.Env = []string{"PATH=" + filepath.Join(s.dir, "bin") + ":" + os.Getenv("PATH"), "HOME=" + s.dir}
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("container %s: %w\n%s", c.Name, err, out)
	}
	return nil
}

func (s *stand) program(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), s.bin[name], args...)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s%s", name, args, err, out, &problems)
	}
	return string(out)
}
