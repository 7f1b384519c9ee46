package devcluster

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWritten(t *testing.T) {
	before := map[string]int64{"a": 1, "b": 2, "gone": 3}
	after := map[string]int64{"a": 1, "b": 4, "new": 2}
	if d := cmp.Diff(map[string]int64{"b": 2, "new": 2}, Written(before, after)); d != "" {
		t.Errorf("what was not written should not be told:\n%s", d)
	}
	for key, want := range map[string]bool{"leases/kube-system/a": true, "events/default/b": true, "peerserverleases/a": true, "skerry.dev/platforms/default": false} {
		if beats(key) != want {
			t.Errorf("%s: want beats %t", key, want)
		}
	}
}
