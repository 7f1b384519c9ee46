package openstack

import (
	"context"
	"fmt"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/reference"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	xpv2 "github.com/crossplane/crossplane/apis/v2/core/v2"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

const (
	refSuffix      = "Ref"
	selectorSuffix = "Selector"
)

// ResolveReferences sets the fields that references or selectors stand for. What
// they point to must be there, and must be active in the cloud.
func (m *Managed) ResolveReferences(ctx context.Context, c client.Reader) error {
	k := kindNamed(m.GetKind())
	if k == nil {
		return fmt.Errorf("cannot resolve references of a %q: it's no kind of this provider", m.GetKind())
	}
	r := reference.NewAPINamespacedResolver(c, m)
	for _, section := range []string{"forProvider", "initProvider"} {
		for _, ref := range k.refs {
			for _, parameters := range ref.holders(m.section("spec", section)) {
				if err := ref.resolve(ctx, r, m.GetNamespace(), parameters); err != nil {
					return fmt.Errorf("mg.Spec.%s.%s: %w", goName(section), goName(ref.field), err)
				}
			}
		}
	}
	return nil
}

// holders returns the maps that have the reference's field.
func (f ref) holders(parameters map[string]any) []map[string]any {
	if f.list == "" {
		return []map[string]any{parameters}
	}
	var out []map[string]any
	items, _ := parameters[f.list].([]any)
	for _, i := range items {
		if item, ok := i.(map[string]any); ok {
			out = append(out, item)
		}
	}
	return out
}

func (f ref) resolve(ctx context.Context, r *reference.APINamespacedResolver, namespace string, parameters map[string]any) error {
	to := kindNamed(f.to).gvk()
	req := reference.NamespacedResolutionRequest{
		Extract:   cloudID,
		Namespace: namespace,
		To:        reference.To{Managed: newManaged(to), List: newManagedList(to)},
	}
	req.CurrentValue, _ = parameters[f.field].(string)
	if ref := (&xpv2.NamespacedReference{}); decode(parameters[f.field+refSuffix], ref) {
		req.Reference = ref
	}
	if sel := (&xpv2.NamespacedSelector{}); decode(parameters[f.field+selectorSuffix], sel) {
		req.Selector = sel
	}
	rsp, err := r.Resolve(ctx, req)
	if err != nil {
		return err
	}
	if rsp.ResolvedValue != "" {
		parameters[f.field] = rsp.ResolvedValue
	}
	if rsp.ResolvedReference != nil && parameters[f.field+refSuffix] == nil {
		u, err := runtime.DefaultUnstructuredConverter.ToUnstructured(rsp.ResolvedReference)
		if err != nil {
			return err
		}
		parameters[f.field+refSuffix] = u
	}
	return nil
}

func decode(v, into any) bool {
	u, ok := v.(map[string]any)
	return ok && runtime.DefaultUnstructuredConverter.FromUnstructured(u, into) == nil
}

// cloudID returns the ID of a managed resource that exists, and "" before.
func cloudID(mg resource.Managed) string {
	m, ok := mg.(*Managed)
	if !ok {
		return ""
	}
	id, _, _ := unstructured.NestedString(m.Object, "status", "atProvider", "id")
	return id
}

// goName returns a field's name as the provider's Go code and so its messages
// have it.
func goName(field string) string {
	if s, ok := strings.CutSuffix(field, "Id"); ok {
		field = s + "ID"
	}
	return strings.ToUpper(field[:1]) + field[1:]
}
