package main

import (
	"bytes"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func composed(room, kind, ready string) *unstructured.Unstructured {
	o := &unstructured.Unstructured{Object: map[string]any{"kind": kind}}
	o.SetLabels(map[string]string{componentLabel: room})
	if ready != "" {
		o.Object["status"] = map[string]any{"conditions": []any{map[string]any{"type": "Ready", "status": ready}}}
	}
	return o
}

// TestWatcher looks twice and sees that only what has changed is told again.
func TestWatcher(t *testing.T) {
	out := &bytes.Buffer{}
	w := &watcher{out: out, start: time.Now(), said: map[string]string{}}
	claim := func(phase, status, message string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{"status": map[string]any{
			"phase": phase,
			"conditions": []any{
				map[string]any{"type": "Synced", "status": "True"},
				map[string]any{"type": "NetworkReady", "status": status, "reason": "Waiting", "message": message},
			},
		}}}
	}
	w.look(claim("Provisioning", "False", "a router\nis being created"), []*unstructured.Unstructured{
		composed("network", "NetworkV2", "True"), composed("network", "RouterV2", "False"),
		composed("network", "Usage", "True"), composed("access", "Role", ""), composed("", "Theirs", "True"),
	})
	w.look(claim("Provisioning", "True", ""), []*unstructured.Unstructured{
		composed("network", "NetworkV2", "True"), composed("network", "RouterV2", "True"), composed("access", "Role", ""),
	})
	want := `phase Provisioning
NetworkReady … Waiting: a router is being created
access 1 of 1 ready
network 1 of 2 ready
NetworkReady ✓
network 2 of 2 ready
`
	got := regexp.MustCompile(`(?m)^ *[0-9.]+s +`).ReplaceAllString(out.String(), "")
	got = regexp.MustCompile(` {2,}`).ReplaceAllString(got, " ")
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}
