// Package maintenance keeps add-ons as they are until a window lets them change: a
// release that works, and of which another chart or other values are wanted, waits.
//
// It compares with what exists, and remembers nothing. Machines are held by their
// engine, which knows what replaces them, and versions of Kubernetes by the plan.
package maintenance

import (
	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/helm"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

// Hold returns what is wanted, with releases that have to wait kept as they are, and
// listed as pending.
func Hold(want render.Set, have observed.Set, m plan.Maintenance) (render.Set, error) {
	for i := range want.Resources {
		r := &want.Resources[i]
		if r.Maintained == "" || r.Awaits != "" || !have.Has(r.Key) {
			continue
		}
		release, isRelease := r.Body.(*helm.Release)
		if !isRelease {
			continue
		}
		change, found, err := changeOf(r, release, have.Get(r.Key))
		if err != nil {
			return want, err
		}
		if !found {
			continue
		}
		change, admitted := m.Admit(change, r.Urgent && change.From != change.To)
		if admitted {
			want.Begun = append(want.Begun, change)
			continue
		}
		r.Keep = true
		want.Pending = append(want.Pending, change)
	}
	return want, nil
}

// changeOf returns what would change of a release that works, if anything does that has
// to wait.
func changeOf(r *render.Resource, want *helm.Release, is observed.Value) (change v1alpha1.PendingChange, found bool, err error) {
	if ready, _ := readiness.Managed(is); !ready {
		return change, false, nil // It doesn't work as it is: another body may mend it.
	}
	if minor := observedMinor(is); minor != "" && minor != want.Metadata.Annotations[external.KubernetesMinorAnnotation] {
		return change, false, nil // It goes with the machines, which have begun.
	}
	runs := observed.At(is, "spec", "forProvider")
	same, err := sameRelease(runs, want.Spec.ForProvider)
	if same || err != nil {
		return change, false, err
	}
	change = v1alpha1.PendingChange{
		Name: r.Maintained, From: observed.At(runs, "chart", "version").Text(), To: want.Spec.ForProvider.Chart.Version,
		Reason: "The platform has another version of the add-on.",
	}
	if change.From == change.To {
		change.Reason = "The add-on gets other settings."
	}
	return change, true, nil
}

func observedMinor(is observed.Value) string {
	return observed.At(is, "metadata", "annotations", external.KubernetesMinorAnnotation).Text()
}

// sameRelease says whether a release has the chart and the values that are wanted.
// What else there is of it restarts nothing.
func sameRelease(runs observed.Value, want helm.ReleaseParameters) (bool, error) {
	for _, part := range []struct {
		name string
		want any
	}{
		{"chart", want.Chart}, {"values", want.Values}, {"set", want.Set},
	} {
		same, err := observed.Same(runs.Field(part.name), part.want)
		if !same || err != nil {
			return false, err
		}
	}
	return true, nil
}
