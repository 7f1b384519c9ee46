package wire

import (
	"fmt"
	"maps"
	"strings"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"

	"github.com/skerry-dev/skerry/functions/internal/render"
	"github.com/skerry-dev/skerry/functions/internal/status"
)

const (
	// settledFor is how long an answer holds when everything is ready, in case an
	// event was lost: Crossplane drops those of a composite that has more than 100 at
	// once (its circuit breaker), and a cluster's resources have. Otherwise nothing
	// would ask again before the hourly resync.
	settledFor = time.Minute
	// waitingFor is the same while something is waited for.
	waitingFor = 10 * time.Second
)

// Respond returns a response that passes on everything the request desires, so
// that steps before this function keep what they made (rule 9).
func Respond(req *fnv1.RunFunctionRequest) *fnv1.RunFunctionResponse {
	rsp := &fnv1.RunFunctionResponse{
		Meta:    &fnv1.ResponseMeta{Tag: req.GetMeta().GetTag(), Ttl: durationpb.New(settledFor)},
		Desired: req.GetDesired(),
		Context: req.GetContext(),
	}
	if rsp.GetDesired() == nil {
		rsp.Desired = &fnv1.State{}
	}
	if rsp.GetDesired().GetResources() == nil {
		rsp.Desired.Resources = map[string]*fnv1.Resource{}
	}
	return rsp
}

// Within makes the answer hold no longer than this: something differs then, although
// nothing else will have changed.
func Within(rsp *fnv1.RunFunctionResponse, d time.Duration) {
	// None at all would mean that it holds for good.
	if d = max(d, time.Second); d < rsp.GetMeta().GetTtl().AsDuration() {
		rsp.Meta.Ttl = durationpb.New(d)
	}
}

// Desire adds what Hold decided to the response. What is only kept is desired
// exactly as it is observed.
func Desire(rsp *fnv1.RunFunctionResponse, req *fnv1.RunFunctionRequest, desired []render.Desired) error {
	for _, d := range desired {
		s, err := body(d, req)
		if err != nil {
			return err
		}
		r := &fnv1.Resource{Resource: s, Ready: fnv1.Ready_READY_FALSE}
		if d.Ready {
			r.Ready = fnv1.Ready_READY_TRUE
		}
		rsp.Desired.Resources[d.Key] = r
	}
	return nil
}

func body(d render.Desired, req *fnv1.RunFunctionRequest) (*structpb.Struct, error) {
	if d.Body == nil {
		kept := asObserved(req.GetObserved().GetResources()[d.Key].GetResource())
		if d.Orphaned {
			orphan(kept)
		}
		if d.Withdrawn {
			setLabel(kept, render.WithdrawnLabel, "true")
		}
		return kept, nil
	}
	s, err := toStruct(d.Body)
	if err != nil {
		return nil, fmt.Errorf("cannot encode %q: %w", d.Key, err)
	}
	return s, nil
}

// orphan takes Delete out of the management policies of what is in a cluster. What
// is in the cloud is there, whatever becomes of the cluster.
func orphan(kept *structpb.Struct) {
	if k := kept.GetFields()["kind"].GetStringValue(); k != "Object" && k != "Release" {
		return
	}
	const field = "managementPolicies"
	in := kept.GetFields()["spec"].GetStructValue().GetFields()
	var have []string
	for _, p := range in[field].GetListValue().GetValues() {
		have = append(have, p.GetStringValue())
	}
	list := &structpb.ListValue{}
	for _, p := range render.WithoutDelete(have) {
		list.Values = append(list.Values, structpb.NewStringValue(p))
	}
	// What is desired shares its fields with what was observed.
	spec := &structpb.Struct{Fields: make(map[string]*structpb.Value, len(in)+1)}
	maps.Copy(spec.GetFields(), in)
	spec.Fields[field] = structpb.NewListValue(list)
	kept.Fields["spec"] = structpb.NewStructValue(spec)
}

// setLabel sets a label of what is kept.
func setLabel(kept *structpb.Struct, key, value string) {
	metadata := kept.GetFields()["metadata"].GetStructValue()
	if metadata.GetFields()["labels"].GetStructValue() == nil {
		metadata.Fields["labels"] = structpb.NewStructValue(&structpb.Struct{Fields: map[string]*structpb.Value{}})
	}
	metadata.GetFields()["labels"].GetStructValue().Fields[key] = structpb.NewStringValue(value)
}

// SetStatus sets the fields of the composite's status. Fields that other steps
// set stay, and so do the composite's other parts.
func SetStatus(rsp *fnv1.RunFunctionResponse, fields any, ready bool) error {
	s, err := toStruct(fields)
	if err != nil {
		return fmt.Errorf("cannot encode the status: %w", err)
	}
	mergeStatus(rsp, s, ready)
	return nil
}

// mergeStatus lays fields over the status that earlier steps desire.
func mergeStatus(rsp *fnv1.RunFunctionResponse, s *structpb.Struct, ready bool) {
	xr := rsp.GetDesired().GetComposite()
	if xr == nil {
		xr = &fnv1.Resource{}
		rsp.Desired.Composite = xr
	}
	if xr.GetResource().GetFields() == nil {
		xr.Resource = &structpb.Struct{Fields: map[string]*structpb.Value{}}
	}
	have := xr.GetResource().GetFields()["status"].GetStructValue()
	if have.GetFields() == nil {
		xr.Resource.Fields["status"] = structpb.NewStructValue(s)
	} else {
		maps.Copy(have.GetFields(), s.GetFields())
	}
	xr.Ready = fnv1.Ready_READY_FALSE
	if ready {
		xr.Ready = fnv1.Ready_READY_TRUE
	}
}

// keepStatus desires the composite's status as it is, without what Crossplane
// writes into it, and the composite unready.
func keepStatus(rsp *fnv1.RunFunctionResponse, req *fnv1.RunFunctionRequest) {
	in := req.GetObserved().GetComposite().GetResource().GetFields()["status"].GetStructValue()
	out := &structpb.Struct{Fields: maps.Clone(in.GetFields())}
	for _, theirs := range []string{"conditions", "connectionDetails", "claimConditionTypes"} {
		delete(out.GetFields(), theirs)
	}
	mergeStatus(rsp, out, false)
}

// SetConditions adds conditions to the response, for composite and claim.
func SetConditions(rsp *fnv1.RunFunctionResponse, cs ...status.Condition) {
	target := fnv1.Target_TARGET_COMPOSITE_AND_CLAIM
	for _, c := range cs {
		out := &fnv1.Condition{Type: c.Type, Status: fnv1.Status_STATUS_CONDITION_FALSE, Reason: c.Reason, Target: &target}
		if c.True {
			out.Status = fnv1.Status_STATUS_CONDITION_TRUE
		}
		if c.Message != "" {
			out.Message = &c.Message
		}
		rsp.Conditions = append(rsp.Conditions, out)
	}
}

// Fatal makes the response fatal: Crossplane then changes nothing at all, so
// whatever exists stays as it is (rule 1).
func Fatal(rsp *fnv1.RunFunctionResponse, reason, message string) {
	target := fnv1.Target_TARGET_COMPOSITE_AND_CLAIM
	rsp.Results = append(rsp.Results, &fnv1.Result{
		Severity: fnv1.Severity_SEVERITY_FATAL, Message: message, Reason: &reason, Target: &target,
	})
}

// ownedByOthers are fields of a kind's spec that other controllers write. To
// send them back would make Crossplane an owner too.
var ownedByOthers = map[string][]string{
	"Cluster": {"controlPlaneRef", "infrastructureRef", "controlPlaneEndpoint", "paused"},
}

// asObserved returns what exists as a body to apply: its identity, and
// everything of it but the status and what others write.
func asObserved(in *structpb.Struct) *structpb.Struct {
	out := &structpb.Struct{Fields: make(map[string]*structpb.Value, len(in.GetFields()))}
	for k, v := range in.GetFields() {
		switch k {
		case "status":
		case "metadata":
			out.Fields[k] = structpb.NewStructValue(identity(v.GetStructValue()))
		case "spec":
			out.Fields[k] = structpb.NewStructValue(ownSpec(in.GetFields()["kind"].GetStringValue(), v.GetStructValue()))
		default:
			out.Fields[k] = v
		}
	}
	return out
}

func ownSpec(kind string, in *structpb.Struct) *structpb.Struct {
	others := ownedByOthers[kind]
	if len(others) == 0 {
		return in
	}
	out := &structpb.Struct{Fields: make(map[string]*structpb.Value, len(in.GetFields()))}
	maps.Copy(out.GetFields(), in.GetFields())
	for _, o := range others {
		delete(out.GetFields(), o)
	}
	return out
}

// externalName ties a managed resource to what it manages: without it a Release
// would be installed a second time.
const externalName = "crossplane.io/external-name"

// ours begins the names of annotations that nobody else writes.
const ours = "skerry.dev/"

// identity returns name, namespace, the external name, our own annotations, and the
// labels that aren't Crossplane's: the rest of the metadata belongs to others.
func identity(in *structpb.Struct) *structpb.Struct {
	out := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for _, k := range []string{"name", "namespace"} {
		if v, ok := in.GetFields()[k]; ok {
			out.Fields[k] = v
		}
	}
	labels := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for k, v := range in.GetFields()["labels"].GetStructValue().GetFields() {
		if !strings.HasPrefix(k, "crossplane.io/") {
			labels.Fields[k] = v
		}
	}
	if len(labels.GetFields()) > 0 {
		out.Fields["labels"] = structpb.NewStructValue(labels)
	}
	annotations := &structpb.Struct{Fields: map[string]*structpb.Value{}}
	for k, v := range in.GetFields()["annotations"].GetStructValue().GetFields() {
		if k == externalName || strings.HasPrefix(k, ours) {
			annotations.Fields[k] = v
		}
	}
	if len(annotations.GetFields()) > 0 {
		out.Fields["annotations"] = structpb.NewStructValue(annotations)
	}
	return out
}
