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
	if d := cmp.Diff([]string{"gone"}, Gone(before, after)); d != "" {
		t.Errorf("what is gone should be told:\n%s", d)
	}
}

func TestCounted(t *testing.T) {
	// The keys are /a./configmaps/b and /a./leases/c.
	answer := `{"kvs": [{"key": "L2EuL2NvbmZpZ21hcHMvYg==", "version": "3"}, {"key": "L2EuL2xlYXNlcy9j", "version": "9"}]}`
	got, err := counted([]byte(answer), "/")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(map[string]int64{"a./configmaps/b": 3}, got); d != "" {
		t.Errorf("leases of ordered clusters should be left out too:\n%s", d)
	}
	for key, want := range map[string]bool{"leases/kube-system/a": true, "events/default/b": true, "peerserverleases/a": true, "skerry.dev/platforms/default": false} {
		if beats(key) != want {
			t.Errorf("%s: want beats %t", key, want)
		}
	}
}
