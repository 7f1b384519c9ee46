package crd

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/crossplane/crossplane-runtime/v2/pkg/xcrd"
	xv1 "github.com/crossplane/crossplane/apis/v2/apiextensions/v1"
	xv2 "github.com/crossplane/crossplane/apis/v2/apiextensions/v2"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// AddXRDs adds the kinds that the XRDs below dir define: of each the composite,
// and the claim where it offers one. It turns XRDs into CRDs with Crossplane's
// own code, and refuses what a management cluster would refuse: an XRD that is
// none by its own CRD, and a CRD with a schema or CEL rule that the API server
// would not accept, for example because evaluating it could cost too much.
//
// The default and the namespaced package define kinds of the same name: they
// need a Set each.
func (s *Set) AddXRDs(dir string) error {
	found := false
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" {
			return err
		}
		docs, err := readXRDs(path)
		if err != nil {
			return fmt.Errorf("cannot read %s: %w", path, err)
		}
		for _, doc := range docs {
			found = true
			if err := s.addXRD(doc); err != nil {
				return fmt.Errorf("cannot add the XRD in %s: %w", path, err)
			}
		}
		return nil
	})
	if err == nil && !found {
		return fmt.Errorf("cannot find an XRD below %q", dir)
	}
	return err
}

// readXRDs returns the documents in the file that are XRDs.
func readXRDs(path string) ([]map[string]any, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var xrds []map[string]any
	docs := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	for {
		doc, err := docs.Read()
		if errors.Is(err, io.EOF) {
			return xrds, nil
		}
		if err != nil {
			return nil, err
		}
		obj := map[string]any{}
		if err := yaml.UnmarshalStrict(doc, &obj); err != nil {
			return nil, err
		}
		if k := gvk(obj); k.Group == xv1.Group && k.Kind == xv1.CompositeResourceDefinitionKind {
			xrds = append(xrds, obj)
		}
	}
}

func (s *Set) addXRD(obj map[string]any) error {
	if err := errors.Join(s.Validate(obj)...); err != nil {
		return err
	}
	xrd, err := parseXRD(obj)
	if err != nil {
		return err
	}
	composite, err := xcrd.ForCompositeResource(xrd)
	if err != nil {
		return err
	}
	if err := s.add(composite); err != nil {
		return err
	}
	if xrd.Spec.ClaimNames == nil {
		return nil
	}
	claim, err := xcrd.ForCompositeResourceClaim(xrd)
	if err != nil {
		return err
	}
	return s.add(claim)
}

// parseXRD reads an XRD of either version into the type that Crossplane's code
// works on, as its conversion would: the fields are the same, the default of the
// scope is not.
func parseXRD(obj map[string]any) (*xv1.CompositeResourceDefinition, error) {
	data, err := yaml.Marshal(obj)
	if err != nil {
		return nil, err
	}
	xrd := &xv1.CompositeResourceDefinition{}
	if err := yaml.Unmarshal(data, xrd); err != nil {
		return nil, err
	}
	if gvk(obj).Version == xv2.Version && xrd.Spec.Scope == nil {
		scope := xv1.CompositeResourceScopeNamespaced
		xrd.Spec.Scope = &scope
	}
	return xrd, nil
}

// add takes a CRD into the set, if the API server would.
func (s *Set) add(def *extv1.CustomResourceDefinition) error {
	// Its owner is the XRD, which has no UID before it's created.
	def.SetOwnerReferences(nil)
	// The API server fills this in before it validates.
	for _, v := range def.Spec.Versions {
		if v.Storage {
			def.Status.StoredVersions = []string{v.Name}
		}
	}
	internal, err := toInternal(def)
	if err != nil {
		return err
	}
	if err := validation.ValidateCustomResourceDefinition(context.Background(), internal).ToAggregate(); err != nil {
		return fmt.Errorf("the API server would refuse CRD %q: %w", def.GetName(), err)
	}
	gk := schema.GroupKind{Group: def.Spec.Group, Kind: def.Spec.Names.Kind}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.crds[gk]; ok {
		return fmt.Errorf("kind %q is defined twice", gk)
	}
	s.crds[gk] = def
	return nil
}
