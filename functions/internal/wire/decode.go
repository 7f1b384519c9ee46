package wire

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/functions/internal/catalog"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/plan"
)

// Observed returns the composed resources that exist.
func Observed(req *fnv1.RunFunctionRequest) observed.Set {
	in := req.GetObserved().GetResources()
	s := make(observed.Set, len(in))
	for key, r := range in {
		s[key] = observed.Resource{Value: ofStruct(r.GetResource()), Connection: r.GetConnectionDetails()}
	}
	return s
}

// Composite returns the composite as it is.
func Composite(req *fnv1.RunFunctionRequest) observed.Value {
	return ofStruct(req.GetObserved().GetComposite().GetResource())
}

// Phase returns the phase that the composite had after the last call.
func Phase(req *fnv1.RunFunctionRequest) v1alpha1.Phase {
	return v1alpha1.Phase(observed.At(Composite(req), "status", "phase").Text())
}

// Decode decodes the composite into a kind of our API. Fields that Crossplane
// adds are skipped. An error names the field.
func Decode(req *fnv1.RunFunctionRequest, into any) error {
	return decode(req.GetObserved().GetComposite().GetResource(), into)
}

func decode(s *structpb.Struct, into any) error {
	if s == nil {
		return fmt.Errorf("cannot decode %T: the request has none", into)
	}
	// The status and the managed fields are large and not needed.
	spec := map[string]any{}
	for _, f := range []string{"apiVersion", "kind", "spec"} {
		if v, ok := s.GetFields()[f]; ok {
			spec[f] = v.AsInterface()
		}
	}
	err := runtime.DefaultUnstructuredConverter.FromUnstructured(spec, into)
	if err == nil {
		return nil
	}
	// The converter doesn't name the field; encoding/json does.
	if raw, e := json.Marshal(spec); e == nil {
		if named := json.Unmarshal(raw, into); named != nil {
			err = named
		}
	}
	return fmt.Errorf("cannot decode %T: %w", into, err)
}

// DecodeStatus decodes the status that the composite has now, which earlier calls
// made. Fields that others set are skipped.
func DecodeStatus(req *fnv1.RunFunctionRequest, into any) error {
	in := req.GetObserved().GetComposite().GetResource().GetFields()["status"].GetStructValue()
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(in.AsMap(), into); err != nil {
		return fmt.Errorf("cannot decode the status: %w", err)
	}
	return nil
}

// Created returns when the composite was, or the zero time.
func Created(xr observed.Value) time.Time {
	t, _ := time.Parse(time.RFC3339, observed.At(xr, "metadata", "creationTimestamp").Text())
	return t
}

// PlatformName returns the name of the Platform that the function's input
// names, or "default".
func PlatformName(req *fnv1.RunFunctionRequest) (string, error) {
	in := &v1alpha1.Input{}
	if req.GetInput() != nil {
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(req.GetInput().AsMap(), in); err != nil {
			return "", fmt.Errorf("cannot decode the function's input: %w", err)
		}
	}
	if in.PlatformName == "" {
		return "default", nil
	}
	return in.PlatformName, nil
}

// Owner returns whose composite it is and where its resources live.
//
// A composite of a claim is cluster-scoped: what it composes lives in the
// platform's namespace. A namespaced composite is its own claim, and what it
// composes lives beside it.
func Owner(xr observed.Value, claimKind, platformNamespace string) plan.Owner {
	name := observed.At(xr, "metadata", "name").Text()
	if ns := observed.At(xr, "metadata", "namespace").Text(); ns != "" {
		return plan.Owner{
			Home: plan.Home{Namespace: ns, Prefix: plan.OwnPrefix(ns, name)},
			Team: plan.Team{Namespace: ns, Name: name, Kind: claimKind},
		}
	}
	o := plan.Owner{
		Home: plan.Home{Namespace: platformNamespace, Prefix: name},
		Team: plan.Team{Namespace: platformNamespace, Name: name, Kind: xr.Field("kind").Text()},

		Composite: xr.Field("kind").Text(),
	}
	if ref := observed.At(xr, "spec", "claimRef"); ref.Exists() {
		o.Team = plan.Team{Namespace: ref.Field("namespace").Text(), Name: ref.Field("name").Text(), Kind: ref.Field("kind").Text()}
	}
	return o
}

// Platforms remembers the last merged Platform: every claim is served from the
// same one, and merging it costs more than comparing it.
type Platforms struct {
	mu   sync.Mutex
	spec *structpb.Struct
	out  *v1alpha1.PlatformSpec
	err  error
}

// Merged returns the catalogue that a Platform makes. Don't change it.
func (p *Platforms) Merged(platform *structpb.Struct) (*v1alpha1.PlatformSpec, error) {
	spec := platform.GetFields()["spec"].GetStructValue()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.spec != nil && proto.Equal(p.spec, spec) {
		return p.out, p.err
	}
	raw := spec.AsMap()
	for _, own := range crossplaneFields {
		delete(raw, own)
	}
	p.spec = proto.CloneOf(spec)
	p.out, p.err = catalog.Merge(raw)
	return p.out, p.err
}

// crossplaneFields are what Crossplane adds to the spec of a composite.
var crossplaneFields = []string{"crossplane"}
