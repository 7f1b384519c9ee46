package machines

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	ctrl "sigs.k8s.io/controller-runtime"
)

// imageSpec is what an Image asks for.
type imageSpec struct {
	Spec struct {
		Import struct {
			ID     string `json:"id"`
			Filter struct {
				Name string `json:"name"`
			} `json:"filter"`
		} `json:"import"`
		Resource struct {
			Name string `json:"name"`
		} `json:"resource"`
	} `json:"spec"`
	Status struct {
		ID         string             `json:"id"`
		Conditions []metav1.Condition `json:"conditions"`
	} `json:"status"`
}

// Reconcile finds an Image in the cloud. None is ever made: the cloud's images are
// its operator's, whatever the Image says of who manages it.
func (r images) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	u, err := get(ctx, r.cached, imageKind, req.Namespace, req.Name)
	if err != nil || u == nil || u.GetDeletionTimestamp() != nil {
		return ctrl.Result{}, err
	}
	spec, err := into[imageSpec](u)
	if err != nil {
		return ctrl.Result{}, err
	}
	before := u.DeepCopy()
	want := spec.named(u.GetName())
	found, ok := r.options.image(want)
	var missing error
	if !ok {
		missing = fmt.Errorf("cannot find image %q in the cloud", want)
	}
	available := metav1.Condition{Type: "Available", Status: metav1.ConditionTrue, Reason: "Success", Message: "OpenStack resource is available"}
	progressing := metav1.Condition{Type: "Progressing", Status: metav1.ConditionFalse, Reason: "Success", Message: "OpenStack resource is up to date"}
	if missing != nil {
		available.Status, available.Reason, available.Message = metav1.ConditionFalse, "Progressing", missing.Error()
		progressing.Status, progressing.Reason, progressing.Message = metav1.ConditionTrue, "Progressing", missing.Error()
	}
	conditions := spec.Status.Conditions
	for _, c := range []metav1.Condition{available, progressing} {
		c.ObservedGeneration = u.GetGeneration()
		meta.SetStatusCondition(&conditions, c)
	}
	set(u, plain(conditions), "status", "conditions")
	if ok {
		set(u, found.ID, "status", "id")
		set(u, map[string]any{"name": found.Name, "status": "active"}, "status", "resource")
	}
	return finish(ctx, r.client, before, u, ctrl.Result{RequeueAfter: r.options.Resync}, missing)
}

// named returns the ID or name that the Image is to be found by.
func (s imageSpec) named(own string) string {
	for _, n := range []string{s.Spec.Import.ID, s.Spec.Import.Filter.Name, s.Spec.Resource.Name} {
		if n != "" {
			return n
		}
	}
	return own
}
