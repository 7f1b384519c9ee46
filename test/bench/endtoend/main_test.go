package main

import (
	"strings"
	"testing"
	"time"
)

// Clusters that nothing happens to are not written to, or the run has failed.
func TestUnsteady(t *testing.T) {
	if err := (row{claims: 2, watched: time.Minute, steady: map[string]int64{}}).unsteady(); err != nil {
		t.Errorf("nothing was written, got %v", err)
	}
	err := row{claims: 2, watched: time.Minute, steady: map[string]int64{"b": 2, "a": 1}, lost: []string{"c"}}.unsteady()
	if err == nil {
		t.Fatal("what was written should be an error")
	}
	want := "a was written 1 times\n  b was written 2 times\n  c was deleted"
	if !strings.Contains(err.Error(), want) {
		t.Errorf("the error should name what was written, got %v", err)
	}
}
