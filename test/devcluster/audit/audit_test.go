package audit

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const log = `{"verb":"create","user":{"username":"a"},"userAgent":"crossplane/v2","objectRef":{"resource":"networkv2s","name":"n"},"requestURI":"/apis/x"}
{"verb":"patch","user":{"username":"b"},"userAgent":"manager/v1","objectRef":{"resource":"clusters","name":"c","subresource":"status"},"requestURI":"/apis/y"}
{"verb":"patch","user":{"username":"b"},"userAgent":"manager/v1","objectRef":{"resource":"clusters","name":"c"},"requestURI":"/apis/y?dryRun=All"}
{"verb":"upd`

func TestSince(t *testing.T) {
	file := filepath.Join(t.TempDir(), "audit.log")
	if err := os.WriteFile(file, []byte("{\"verb\":\"old\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	mark, err := Mark(file)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.WriteString(log)
	_ = f.Close()
	writes, err := Since(file, mark)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range writes {
		got = append(got, w.String())
	}
	want := []string{"a (crossplane) create networkv2s/n", "b (manager) patch clusters/c/status"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("what was there before, dry runs and half lines should be left out:\n%s", d)
	}
}

func TestSinceOfALogBegunAnew(t *testing.T) {
	file := filepath.Join(t.TempDir(), "audit.log")
	if err := os.WriteFile(file, []byte(log), 0o600); err != nil {
		t.Fatal(err)
	}
	if writes, err := Since(file, int64(len(log))+1); err == nil {
		t.Errorf("a log that is shorter than it was says %v, and should be an error", writes)
	}
}
