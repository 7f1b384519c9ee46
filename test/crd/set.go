// Package crd is the schema truth of the tests: it validates objects against the
// real CRDs of every provider that Skerry composes for, in the same steps and
// with the same code as an API server, and stricter in one thing: an unknown
// field is always an error, never dropped in silence.
//
// The package knows nothing of Skerry's own kinds until AddXRDs is called.
package crd

import (
	"errors"
	"fmt"
	"sync"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/json"
)

// ErrNoOpenStack means that the CRDs of provider-openstack are not on this
// machine. Tests that need them skip with this error as the reason.
var ErrNoOpenStack = errors.New("the CRDs of provider-openstack are not here: " +
	"run `make crds` to download them, or set OPENSTACK_CRDS to a folder that holds them")

// A Set holds the CRDs of all the kinds that Skerry composes. CRDs are read, and
// their validators built, when the first object of a kind is validated. A Set
// may be shared between goroutines; share it, because building is what takes
// the time.
type Set struct {
	mu    sync.Mutex
	files map[string][]string // CRD files by API group
	crds  map[schema.GroupKind]*extv1.CustomResourceDefinition
	kinds map[schema.GroupVersionKind]validator

	openStack error // ErrNoOpenStack, or nil when its CRDs are indexed
}

// A validator checks objects of one kind. The objects are its own to change.
type validator interface {
	// decode applies defaults and drops unknown fields, with an error for each.
	decode(obj map[string]any) []error
	create(obj map[string]any) []error
	update(old, obj map[string]any) []error
}

// Load returns the Set of all CRDs that the tool module test/tools/crds pins,
// and OpenStack's when they are on this machine. It reads folders, not CRDs.
func Load() (*Set, error) {
	dirs, openStack, err := sources()
	if err != nil {
		return nil, err
	}
	s := &Set{
		files:     map[string][]string{},
		crds:      map[schema.GroupKind]*extv1.CustomResourceDefinition{},
		kinds:     map[schema.GroupVersionKind]validator{},
		openStack: openStack,
	}
	for _, dir := range dirs {
		if err := index(s.files, dir); err != nil {
			return nil, fmt.Errorf("cannot index the CRDs in %s: %w", dir, err)
		}
	}
	return s, nil
}

// OpenStack returns nil when the Set holds the CRDs of provider-openstack, and
// ErrNoOpenStack when not. Validating an OpenStack kind returns it too.
func (s *Set) OpenStack() error {
	return s.openStack
}

// Validate checks obj as the API server does when it's created, after applying
// the schema's defaults. A status is checked too, although an API server drops
// it at creation: what a test validates is meant to hold. It doesn't change obj.
func (s *Set) Validate(obj map[string]any) []error {
	v, normal, err := s.prepare(obj)
	if err != nil {
		return []error{named(obj, err)}
	}
	return allNamed(obj, v.create(normal))
}

// ValidateUpdate checks the update of old to obj as the API server does,
// transition rules included. It ratchets like the API server: a value that was
// invalid before and has not changed is no error. It changes neither object.
func (s *Set) ValidateUpdate(old, obj map[string]any) []error {
	v, normal, err := s.prepare(obj)
	if err != nil {
		return []error{named(obj, err)}
	}
	before, err := normalize(old)
	if err != nil {
		return []error{named(obj, fmt.Errorf("cannot read the old object: %w", err))}
	}
	if was, is := gvk(before), gvk(normal); was != is {
		return []error{named(obj, fmt.Errorf("cannot update an object of another kind: %s", was))}
	}
	return allNamed(obj, v.update(before, normal))
}

// Default returns obj as the API server would store it: with the defaults of
// its schema, and without the fields that the schema doesn't know.
func (s *Set) Default(obj map[string]any) (map[string]any, error) {
	v, normal, err := s.prepare(obj)
	if err != nil {
		return nil, named(obj, err)
	}
	v.decode(normal)
	return normal, nil
}

// Schema returns the OpenAPI schema of a kind that a CRD defines.
func (s *Set) Schema(k schema.GroupVersionKind) (*extv1.JSONSchemaProps, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	def, err := s.definition(k.GroupKind())
	if err != nil {
		return nil, err
	}
	for _, v := range def.Spec.Versions {
		if v.Name == k.Version && v.Schema != nil && v.Schema.OpenAPIV3Schema != nil {
			return v.Schema.OpenAPIV3Schema, nil
		}
	}
	return nil, fmt.Errorf("CRD %q has no schema for %q", def.GetName(), k.Version)
}

// prepare returns the validator for obj's kind, and a copy of obj in which all
// values have the types that an API server decodes.
func (s *Set) prepare(obj map[string]any) (validator, map[string]any, error) {
	normal, err := normalize(obj)
	if err != nil {
		return nil, nil, err
	}
	v, err := s.validator(gvk(normal))
	return v, normal, err
}

func (s *Set) validator(k schema.GroupVersionKind) (validator, error) {
	if k.Kind == "" || k.Version == "" {
		return nil, errors.New("cannot validate an object without kind or apiVersion")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.kinds[k]; ok {
		return v, nil
	}
	v, err := s.build(k)
	if err != nil {
		return nil, err
	}
	s.kinds[k] = v
	return v, nil
}

// build makes the validator for kind k, which the caller holds the lock for.
func (s *Set) build(k schema.GroupVersionKind) (validator, error) {
	if isCore(k) {
		return newCoreKind(k)
	}
	def, err := s.definition(k.GroupKind())
	if err != nil {
		return nil, err
	}
	return newCustomKind(def, k)
}

// normalize copies obj by way of JSON, which turns Go's many number types into
// int64 and float64 and typed maps and lists into plain ones.
func normalize(obj map[string]any) (map[string]any, error) {
	data, err := json.Marshal(obj)
	if err != nil {
		return nil, fmt.Errorf("cannot encode the object: %w", err)
	}
	out := map[string]any{}
	if err := json.Unmarshal(data, &out); err != nil {
		return nil, fmt.Errorf("cannot decode the object: %w", err)
	}
	return out, nil
}

func gvk(obj map[string]any) schema.GroupVersionKind {
	return (&unstructured.Unstructured{Object: obj}).GroupVersionKind()
}

// named puts the object's kind and name before the error, so that a list of
// errors from many objects can be read.
func named(obj map[string]any, err error) error {
	u := &unstructured.Unstructured{Object: obj}
	name := u.GetName()
	if ns := u.GetNamespace(); ns != "" {
		name = ns + "/" + name
	}
	return fmt.Errorf("%s %q: %w", u.GetKind(), name, err)
}

func allNamed(obj map[string]any, errs []error) []error {
	for i, err := range errs {
		errs[i] = named(obj, err)
	}
	return errs
}
