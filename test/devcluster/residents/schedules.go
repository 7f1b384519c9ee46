package residents

import (
	"context"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	// scheduleLabel and whenLabel are those of snapscheduler.
	scheduleLabel = "snapscheduler.backube/schedule"
	whenLabel     = "snapscheduler.backube/when"
	whenLayout    = "200601021504"
	// schedulePoll bounds how long a schedule isn't looked at: a clock is put ahead by
	// an annotation, so that this is for the time that passes by itself.
	schedulePoll = 30 * time.Second
)

// followSchedule takes the snapshots of a SnapshotSchedule that are due and deletes
// those that are too old or too many, as snapscheduler does.
func followSchedule(ctx context.Context, t *town, o *object) (time.Duration, error) {
	if off, _ := nested(o, "spec", "disabled").(bool); off || o.GetDeletionTimestamp() != nil {
		return 0, nil
	}
	now := t.clock(o)
	plan, err := parseCron(text(o, "spec", "schedule"))
	if err != nil {
		return 0, saveStatus(ctx, t, o, func(o *object) {
			setConditions(t, o, verdict{"Reconciled", false, "ReconcileError", err.Error()})
		})
	}
	next := timeOf(text(o, "status", "nextSnapshotTime"))
	due := !next.IsZero() && !now.Before(next)
	if due {
		if err := snapshotAll(ctx, t, o, now); err != nil {
			return 0, err
		}
	}
	if err := expire(ctx, t, o, now); err != nil {
		return 0, err
	}
	err = saveStatus(ctx, t, o, func(o *object) {
		if due {
			set(o, stamp(now), "status", "lastSnapshotTime")
		}
		set(o, stamp(plan.next(now)), "status", "nextSnapshotTime")
		setConditions(t, o, verdict{"Reconciled", true, "ReconcileComplete", "Reconcile complete"})
	})
	return schedulePoll, err
}

// snapshotAll makes a snapshot of each claim that the schedule selects.
func snapshotAll(ctx context.Context, t *town, o *object, when time.Time) error {
	claims, err := selected(ctx, t, o)
	if err != nil {
		return err
	}
	for _, c := range claims {
		s := named(snapshotKind, c.GetNamespace(), c.GetName()+"-"+o.GetName()+"-"+when.UTC().Format(whenLayout))
		labels := nestedStrings(o, "spec", "snapshotTemplate", "labels")
		labels[scheduleLabel], labels[whenLabel] = o.GetName(), when.UTC().Format(whenLayout)
		s.SetLabels(labels)
		s.SetOwnerReferences([]metav1.OwnerReference{ownedBy(o)})
		set(s, c.GetName(), "spec", "source", "persistentVolumeClaimName")
		if class := text(o, "spec", "snapshotTemplate", "snapshotClassName"); class != "" {
			set(s, class, "spec", "volumeSnapshotClassName")
		}
		if err := t.client.Create(ctx, s); err != nil && !apierrors.IsAlreadyExists(err) {
			return err
		}
	}
	return nil
}

// ownedBy is what snapscheduler writes on its snapshots when it runs with
// enableOwnerReferences, as Skerry has it: they go with their schedule.
func ownedBy(o *object) metav1.OwnerReference {
	return metav1.OwnerReference{APIVersion: o.GetAPIVersion(), Kind: o.GetKind(), Name: o.GetName(), UID: o.GetUID()}
}

// selected returns the claims of the schedule.
func selected(ctx context.Context, t *town, o *object) ([]object, error) {
	selector := metav1.LabelSelector{}
	if m, ok := nested(o, "spec", "claimSelector").(map[string]any); ok {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(m, &selector); err != nil {
			return nil, err
		}
	}
	s, err := metav1.LabelSelectorAsSelector(&selector)
	if err != nil {
		return nil, err
	}
	if len(selector.MatchLabels)+len(selector.MatchExpressions) == 0 {
		return list(ctx, t.client, claimKind, o.GetNamespace())
	}
	return list(ctx, t.client, claimKind, o.GetNamespace(), client.MatchingLabelsSelector{Selector: s})
}

// expire deletes the schedule's snapshots that are older than the retention says,
// and of each claim the oldest that are too many.
func expire(ctx context.Context, t *town, o *object, now time.Time) error {
	all, err := list(ctx, t.client, snapshotKind, o.GetNamespace(), client.MatchingLabels{scheduleLabel: o.GetName()})
	if err != nil {
		return err
	}
	// The newest first.
	slices.SortFunc(all, func(a, b object) int { return taken(&b).Compare(taken(&a)) })
	term, _ := time.ParseDuration(text(o, "spec", "retention", "expires"))
	most, limited := nested(o, "spec", "retention", "maxCount").(int64)
	have := map[string]int64{}
	for i := range all {
		claim := text(&all[i], "spec", "source", "persistentVolumeClaimName")
		have[claim]++
		tooOld := term > 0 && taken(&all[i]).Add(term).Before(now)
		if !tooOld && (!limited || have[claim] <= most) {
			continue
		}
		if err := client.IgnoreNotFound(t.client.Delete(ctx, &all[i])); err != nil {
			return err
		}
	}
	return nil
}

// taken is when a snapshot was taken, by its schedule's clock.
func taken(s *object) time.Time {
	when, err := time.Parse(whenLayout, s.GetLabels()[whenLabel])
	if err != nil {
		return s.GetCreationTimestamp().Time
	}
	return when
}
