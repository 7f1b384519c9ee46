package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/status"
)

// What a drill has shown is said, and no more than that.
func TestVerified(t *testing.T) {
	cases := map[string]struct {
		reason  string
		last    *v1alpha1.DrillStatus
		drilled bool
		want    *status.Condition
	}{
		"Never": {reason: "Before the first drill there is nothing to say.", drilled: true},
		"Verified": {
			reason: "It brings back the claim's configuration, not a team's.", drilled: true,
			last: &v1alpha1.DrillStatus{Backup: "shop-1", Duration: "40s", Verified: true},
			want: &status.Condition{True: true, Reason: "Verified", Message: "The claim's configuration came back from backup shop-1 in 40s. Nothing else in it was tried."},
		},
		"Failed": {
			reason: "And says what went wrong.", drilled: true,
			last: &v1alpha1.DrillStatus{Backup: "shop-1", Message: "Velero says Failed."},
			want: &status.Condition{Reason: "DrillFailed", Message: "The claim's configuration could not be restored from backup shop-1. Velero says Failed."},
		},
		"NotAsked": {
			reason: "Where there are no drills any more the last one is no news.",
			last:   &v1alpha1.DrillStatus{Backup: "shop-1", Message: "Velero says Failed."},
			want:   &status.Condition{True: true, Reason: "NotAsked"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			var got *status.Condition
			if c, ok := verified(&plan.Backup{Drilled: tc.drilled, Status: &v1alpha1.BackupStatus{LastDrill: tc.last}}); ok {
				got = &c
			}
			if tc.want != nil {
				tc.want.Type, tc.want.Informs = v1alpha1.ConditionBackupVerified, true
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}
