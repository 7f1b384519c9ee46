package wire

import (
	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/refusal"
	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/status"
)

// Refuse makes the response fatal and says in Accepted why. A refusal is the
// user's to mend; any other error is ours.
func Refuse(rsp *fnv1.RunFunctionResponse, err error) {
	reason := status.ReasonFailed
	if _, ok := refusal.As(err); ok {
		reason = status.ReasonRefused
	}
	SetConditions(rsp, status.Condition{Type: v1alpha1.ConditionAccepted, Reason: reason, Message: err.Error()})
	Fatal(rsp, reason, err.Error())
}

// RefuseLettingGo refuses without being fatal: everything stays as it is but what
// has a key with the prefix. It is for the one thing that a claim may still ask
// for when it can't be served: to be deleted.
func RefuseLettingGo(rsp *fnv1.RunFunctionResponse, req *fnv1.RunFunctionRequest, err error, prefix string) {
	held := render.Hold(render.Set{Families: []render.Family{{Prefix: prefix, Withdraw: true}}}, Observed(req))
	if e := Desire(rsp, req, held.Desired); e != nil {
		Refuse(rsp, e)
		return
	}
	keepStatus(rsp, req)
	SetConditions(rsp, status.Condition{Type: v1alpha1.ConditionAccepted, Reason: status.ReasonRefused, Message: err.Error()})
}

// RefuseOrphaning refuses without being fatal: everything stays as it is, but what
// is in a cluster that doesn't answer is let go of, so that the claim can be
// deleted.
func RefuseOrphaning(rsp *fnv1.RunFunctionResponse, req *fnv1.RunFunctionRequest, err error) {
	held := render.Hold(render.Set{}, Observed(req))
	held.Orphan()
	if e := Desire(rsp, req, held.Desired); e != nil {
		Refuse(rsp, e)
		return
	}
	rsp.Meta.Ttl = durationpb.New(waitingFor)
	keepStatus(rsp, req)
	SetConditions(rsp, status.Condition{Type: v1alpha1.ConditionAccepted, Reason: status.ReasonRefused, Message: err.Error()})
}

// Answer encodes what was decided. The composite is ready when nothing is
// waited for and every condition holds, and otherwise explicitly not (rule 3).
func Answer(rsp *fnv1.RunFunctionResponse, req *fnv1.RunFunctionRequest, held render.Held, fields any, conditions []status.Condition) error {
	if err := Desire(rsp, req, held.Desired); err != nil {
		return err
	}
	ready := status.Ready(held, conditions)
	if !ready {
		rsp.Meta.Ttl = durationpb.New(waitingFor)
	}
	if err := SetStatus(rsp, fields, ready); err != nil {
		return err
	}
	SetConditions(rsp, conditions...)
	return nil
}
