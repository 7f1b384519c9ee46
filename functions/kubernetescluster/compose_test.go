package main

import (
	"os"
	"path/filepath"
	"testing"
)

// Every room of a cluster is composed: a folder without its line in components
// would be written, tested, and never seen.
func TestEveryRoomIsComposed(t *testing.T) {
	listed := map[string]bool{}
	for _, c := range components {
		listed[c.name] = true
	}
	rooms, err := os.ReadDir(filepath.Join(root, "functions/internal/component"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rooms {
		// What rooms share, and what only tests use.
		if r.Name() == "addon" || r.Name() == "charttest" {
			continue
		}
		if !listed[r.Name()] {
			t.Errorf("functions/internal/component/%s has no line in components", r.Name())
		}
	}
}
