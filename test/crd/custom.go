package crd

import (
	"context"
	"fmt"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel/model"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	schemavalidation "k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	apivalidation "k8s.io/apimachinery/pkg/api/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"k8s.io/apiserver/pkg/cel/common"
)

// A customKind validates the objects of a kind that a CRD defines. Its steps are
// those of k8s.io/apiextensions-apiserver, files
// pkg/apiserver/customresource_handler.go (decoding) and
// pkg/registry/customresource/strategy.go (validation).
type customKind struct {
	namespaced bool
	structural *structuralschema.Structural
	schema     schemavalidation.SchemaValidator
	cel        *cel.Validator // nil without rules
}

// newCustomKind builds the validator for version k of the CRD.
func newCustomKind(def *extv1.CustomResourceDefinition, k schema.GroupVersionKind) (*customKind, error) {
	if !serves(def, k.Version) {
		return nil, fmt.Errorf("unknown version: CRD %q doesn't serve %q", def.GetName(), k.Version)
	}
	internal, err := toInternal(def)
	if err != nil {
		return nil, err
	}
	v, err := apiextensions.GetSchemaForVersion(internal, k.Version)
	if err != nil {
		return nil, err
	}
	if v == nil || v.OpenAPIV3Schema == nil {
		return nil, fmt.Errorf("CRD %q has no schema for %q", def.GetName(), k.Version)
	}
	structural, err := structuralschema.NewStructural(v.OpenAPIV3Schema)
	if err != nil {
		return nil, fmt.Errorf("CRD %q has no structural schema: %w", def.GetName(), err)
	}
	sv, _, err := schemavalidation.NewSchemaValidator(v.OpenAPIV3Schema)
	if err != nil {
		return nil, fmt.Errorf("cannot build the validator of CRD %q: %w", def.GetName(), err)
	}
	return &customKind{
		namespaced: def.Spec.Scope == extv1.NamespaceScoped,
		structural: structural,
		schema:     sv,
		cel:        cel.NewValidator(structural, true, celconfig.PerCallLimit),
	}, nil
}

func serves(def *extv1.CustomResourceDefinition, version string) bool {
	for _, v := range def.Spec.Versions {
		if v.Name == version {
			return v.Served
		}
	}
	return false
}

// toInternal returns the CRD, with its defaults, as the type that the API
// server's code works on.
func toInternal(def *extv1.CustomResourceDefinition) (*apiextensions.CustomResourceDefinition, error) {
	def = def.DeepCopy()
	extv1.SetObjectDefaults_CustomResourceDefinition(def)
	internal := &apiextensions.CustomResourceDefinition{}
	if err := extv1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition(def, internal, nil); err != nil {
		return nil, fmt.Errorf("cannot convert CRD %q: %w", def.GetName(), err)
	}
	return internal, nil
}

// decode drops the fields that the schema doesn't know, applies its defaults,
// and returns an error for each field that it dropped.
func (k *customKind) decode(obj map[string]any) []error {
	meta, _, unknown, err := objectmeta.GetObjectMetaWithOptions(obj, objectmeta.ObjectMetaOptions{ReturnUnknownFieldPaths: true})
	if err != nil {
		return []error{err}
	}
	opts := structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	unknown = append(unknown, pruning.PruneWithOptions(obj, k.structural, true, opts)...)
	defaulting.PruneNonNullableNullsWithoutDefaults(obj, k.structural)

	invalid, paths := objectmeta.CoerceWithOptions(nil, obj, k.structural, false, objectmeta.CoerceOptions{ReturnUnknownFieldPaths: true})
	if invalid != nil {
		return []error{invalid}
	}
	unknown = append(unknown, paths...)
	if err := objectmeta.SetObjectMeta(obj, meta); err != nil {
		return []error{err}
	}
	defaulting.Default(obj, k.structural)
	return unknownFields(unknown)
}

func unknownFields(paths []string) []error {
	errs := make([]error, 0, len(paths))
	for _, p := range paths {
		errs = append(errs, fmt.Errorf("unknown field %q", p))
	}
	return errs
}

func (k *customKind) create(obj map[string]any) []error {
	errs := k.decode(obj)
	u := &unstructured.Unstructured{Object: obj}

	list := apivalidation.ValidateObjectMetaAccessor(u, k.namespaced, apivalidation.NameIsDNSSubdomain, field.NewPath("metadata"))
	list = append(list, schemavalidation.ValidateCustomResource(nil, obj, k.schema)...)
	list = append(list, objectmeta.Validate(nil, obj, k.structural, false)...)
	list = append(list, listtype.ValidateListSetsAndMaps(nil, k.structural, obj)...)
	list = append(list, k.rules(list, obj, nil)...)
	return appendFields(errs, list)
}

func (k *customKind) update(old, obj map[string]any) []error {
	if errs := k.decode(old); len(errs) > 0 {
		return []error{fmt.Errorf("cannot read the old object: %w", errs[0])}
	}
	errs := k.decode(obj)
	asStored(old, obj)
	u, before := &unstructured.Unstructured{Object: obj}, &unstructured.Unstructured{Object: old}
	unchanged := common.NewCorrelatedObject(obj, old, &model.Structural{Structural: k.structural})

	list := apivalidation.ValidateObjectMetaAccessorUpdate(u, before, field.NewPath("metadata"))
	list = append(list, schemavalidation.ValidateCustomResourceUpdate(nil, obj, old, k.schema, schemavalidation.WithRatcheting(unchanged))...)
	list = append(list, objectmeta.Validate(nil, obj, k.structural, false)...)
	if len(listtype.ValidateListSetsAndMaps(nil, k.structural, old)) == 0 {
		list = append(list, listtype.ValidateListSetsAndMaps(nil, k.structural, obj)...)
	}
	list = append(list, k.rules(list, obj, old, cel.WithRatcheting(unchanged))...)
	return appendFields(errs, list)
}

// rules evaluates the schema's CEL rules, unless the errors so far mean that
// they could fail for no reason of their own. old is nil at creation.
func (k *customKind) rules(soFar field.ErrorList, obj, old map[string]any, opts ...cel.Option) field.ErrorList {
	if k.cel == nil || blocks(soFar) {
		return nil
	}
	// The interface must be nil, not hold a nil map: that's how the validator
	// knows that there is no old object.
	var before any
	if old != nil {
		before = old
	}
	errs, _ := k.cel.Validate(context.Background(), nil, k.structural, obj, before, celconfig.RuntimeCELCostBudget, opts...)
	return errs
}

// blocks is the API server's condition for not evaluating CEL rules.
func blocks(errs field.ErrorList) bool {
	for _, err := range errs {
		switch err.Type {
		case field.ErrorTypeNotSupported, field.ErrorTypeRequired, field.ErrorTypeTooLong,
			field.ErrorTypeTooMany, field.ErrorTypeTypeInvalid:
			return true
		}
	}
	return false
}

func appendFields(errs []error, list field.ErrorList) []error {
	for _, err := range list {
		errs = append(errs, err)
	}
	return errs
}

// asStored gives both objects the metadata that an API server keeps, where the
// test's objects have none: an update of an object that was never stored would
// be refused for that alone.
func asStored(old, obj map[string]any) {
	before, after := &unstructured.Unstructured{Object: old}, &unstructured.Unstructured{Object: obj}
	if before.GetResourceVersion() == "" {
		before.SetResourceVersion("1")
	}
	if after.GetResourceVersion() == "" {
		after.SetResourceVersion(before.GetResourceVersion())
	}
	if after.GetUID() == "" {
		after.SetUID(before.GetUID())
	}
	if created := after.GetCreationTimestamp(); created.IsZero() {
		after.SetCreationTimestamp(before.GetCreationTimestamp())
	}
	if after.GetGeneration() == 0 {
		after.SetGeneration(before.GetGeneration())
	}
}
