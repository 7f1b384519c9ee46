package crd

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpenStackDir(t *testing.T) {
	const (
		beside     = "shared/crds/provider-openstack"
		downloaded = "repo/.cache/crds/provider-openstack"
	)
	cases := map[string]struct {
		reason string
		env    string
		dirs   []string
		want   string
		err    string
	}{
		"Environment": {
			reason: "The environment should win.",
			env:    "mine",
			dirs:   []string{"mine", beside, downloaded},
			want:   "mine",
		},
		"EnvironmentWrong": {
			reason: "A folder that was asked for and isn't there should be an error, not a skipped test.",
			env:    "mine",
			dirs:   []string{beside},
			err:    "is no folder",
		},
		"Beside": {
			reason: "The folder beside the repo should come before the download.",
			dirs:   []string{beside, downloaded},
			want:   beside,
		},
		"Downloaded": {
			reason: "The download should be found.",
			dirs:   []string{downloaded},
			want:   downloaded,
		},
		"None": {
			reason: "Without any, the error should say what to do.",
			err:    "make crds",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			base := t.TempDir()
			for _, dir := range tc.dirs {
				if err := os.MkdirAll(filepath.Join(base, dir), 0o750); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv(openStackEnv, "")
			if tc.env != "" {
				t.Setenv(openStackEnv, filepath.Join(base, tc.env))
			}
			got, err := openStackDir(filepath.Join(base, "repo"))
			if tc.err != "" {
				if err == nil || !strings.Contains(err.Error(), tc.err) {
					t.Errorf("%s\ngot  %v\nwant %s", tc.reason, err, tc.err)
				}
				return
			}
			if want := filepath.Join(base, tc.want); err != nil || got != want {
				t.Errorf("%s\ngot  %q, error %v\nwant %q", tc.reason, got, err, want)
			}
		})
	}
}

func TestErrNoOpenStack(t *testing.T) {
	t.Setenv(openStackEnv, "")
	_, err := openStackDir(filepath.Join(t.TempDir(), "repo"))
	if !errors.Is(err, ErrNoOpenStack) {
		t.Errorf("got %v, want ErrNoOpenStack", err)
	}
}

func TestPinned(t *testing.T) {
	dir := t.TempDir()
	mod := "module x\n\ngo 1.26.0\n\nrequire example.org/unknown v1.0.0\n"
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(mod), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := pinned(dir)
	if err == nil || !strings.Contains(err.Error(), `cannot say where module "example.org/unknown" keeps its CRDs`) {
		t.Errorf("got %v, want an error that names the module", err)
	}
}
