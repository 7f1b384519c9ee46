package render

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xcrd"
	xv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Composite returns the composite that Crossplane would create for the manifest:
// of a claim a new object, of a manifest that already is a composite a copy. It
// follows Crossplane's claim controller (internal/controller/apiextensions/claim,
// syncer_ssa.go), but for the name: the hash at its end is of the claim, and so
// the same in every run.
func (h *Harness) Composite(manifest map[string]any) (map[string]any, error) {
	d, ok := h.kinds[kindOf(manifest)]
	if !ok {
		return nil, fmt.Errorf("cannot render %s %q: no XRD in %s defines the kind", kindOf(manifest), nameOf(manifest), h.config.Package)
	}
	normal := map[string]any{}
	if err := convert(manifest, &normal); err != nil {
		return nil, fmt.Errorf("cannot copy %s %q: %w", kindOf(manifest), nameOf(manifest), err)
	}
	if kindOf(manifest) == d.composite {
		return normal, nil
	}
	claim := &unstructured.Unstructured{Object: normal}
	if claim.GetNamespace() == "" {
		return nil, fmt.Errorf("cannot render claim %s %q: it has no metadata.namespace", d.claim, claim.GetName())
	}
	return FromClaim(normal, d.composite), nil
}

// FromClaim returns the composite of the kind that Crossplane would create for
// the claim.
func FromClaim(manifest map[string]any, kind string) map[string]any {
	return fromClaim(&unstructured.Unstructured{Object: manifest}, kind)
}

func fromClaim(claim *unstructured.Unstructured, kind string) map[string]any {
	xr := &unstructured.Unstructured{Object: map[string]any{}}
	xr.SetAPIVersion(claim.GetAPIVersion())
	xr.SetKind(kind)
	xr.SetName(compositeName(claim))
	if a := withoutReserved(claim.GetAnnotations()); len(a) > 0 {
		xr.SetAnnotations(a)
	}
	labels := withoutReserved(claim.GetLabels())
	labels[xcrd.LabelKeyClaimName] = claim.GetName()
	labels[xcrd.LabelKeyClaimNamespace] = claim.GetNamespace()
	xr.SetLabels(labels)

	spec, _, _ := unstructured.NestedMap(claim.Object, "spec")
	if spec == nil {
		spec = map[string]any{}
	}
	for field := range machinery() {
		delete(spec, field)
	}
	spec["claimRef"] = map[string]any{
		"apiVersion": claim.GetAPIVersion(),
		"kind":       claim.GetKind(),
		"namespace":  claim.GetNamespace(),
		"name":       claim.GetName(),
	}
	xr.Object["spec"] = spec
	return xr.Object
}

// compositeName is the claim's name and five characters, as Crossplane's
// generated names.
func compositeName(claim *unstructured.Unstructured) string {
	sum := sha256.Sum256([]byte(claim.GetKind() + "/" + claim.GetNamespace() + "/" + claim.GetName()))
	return fmt.Sprintf("%s-%x", claim.GetName(), sum)[:len(claim.GetName())+6]
}

// machinery are the fields of Crossplane's own in a claim's spec that it doesn't
// hand to the composite.
func machinery() map[string]bool {
	fields := map[string]bool{}
	for name := range xcrd.CompositeResourceClaimSpecProps(nil) {
		fields[name] = true
	}
	for name := range xcrd.CompositeResourceSpecProps(xv1.CompositeResourceScopeLegacyCluster, nil) {
		fields[name] = true
	}
	for _, name := range xcrd.PropagateSpecProps {
		delete(fields, name)
	}
	return fields
}

// withoutReserved drops what belongs to Kubernetes, such as kubectl's copy of the
// manifest.
func withoutReserved(in map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range in {
		domain, _, _ := strings.Cut(k, "/")
		if strings.HasSuffix(domain, "kubernetes.io") || strings.HasSuffix(domain, "k8s.io") {
			continue
		}
		out[k] = v
	}
	return out
}
