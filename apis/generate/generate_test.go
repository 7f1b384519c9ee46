package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// moduleRoot is the root of the module, as tests see it.
const moduleRoot = "../.."

func TestCommittedFilesAreUpToDate(t *testing.T) {
	if err := run(moduleRoot, files.check); err != nil {
		t.Error(err)
	}
}

func TestFilesCheck(t *testing.T) {
	cases := map[string]struct {
		reason string
		have   map[string]string
		want   []string
	}{
		"Same": {
			reason: "Equal files are no error.",
			have:   map[string]string{"a.yaml": "a\n", "dir/b.yaml": "b\n"},
		},
		"Changed": {
			reason: "A changed file is named.",
			have:   map[string]string{"a.yaml": "a\n", "dir/b.yaml": "c\n"},
			want:   []string{"dir/b.yaml"},
		},
		"Missing": {
			reason: "Files that aren't there are named, in order.",
			want:   []string{"a.yaml", "dir/b.yaml"},
		},
	}
	generated := files{"a.yaml": []byte("a\n"), "dir/b.yaml": []byte("b\n")}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			for path, data := range tc.have {
				if err := (files{path: []byte(data)}).write(root); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(tc.want, listed(generated.check(root))); diff != "" {
				t.Errorf("%s\ncheck(...): -want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

// listed returns the lines of an error after its first.
func listed(err error) []string {
	if err == nil {
		return nil
	}
	lines := strings.Split(err.Error(), "\n")[1:]
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return lines
}

// read returns a file of the module.
func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(moduleRoot, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
