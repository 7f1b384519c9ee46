package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/tools/go/packages"
	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-tools/pkg/crd"
	"sigs.k8s.io/controller-tools/pkg/deepcopy"
	"sigs.k8s.io/controller-tools/pkg/genall"
	"sigs.k8s.io/controller-tools/pkg/loader"
)

const (
	// typesPackage holds the API's Go types.
	typesPackage = "github.com/skerry-dev/skerry/apis/v1alpha1"
	deepcopyPath = "apis/v1alpha1/zz_generated.deepcopy.go"
)

// kinds of the API that become CRDs, in the order of the reference.
var kinds = []string{"KubernetesCluster", "Storage", "Exposure", "Platform", "Input"}

// A source is what controller-tools makes of the API's Go types.
type source struct {
	// deepcopy is the Go file with the DeepCopy methods.
	deepcopy []byte
	// crds by their kind: what the kinds would be without Crossplane.
	crds map[string]*extv1.CustomResourceDefinition
	// conditions that composites and claims have.
	conditions []constant
}

// crd returns the CRD of a kind.
func (s *source) crd(kind string) (*extv1.CustomResourceDefinition, error) {
	c, ok := s.crds[kind]
	if !ok {
		return nil, fmt.Errorf("cannot find kind %q in %q", kind, typesPackage)
	}
	return c, nil
}

// load runs controller-tools over the API's Go types of the module at root.
func load(root string) (*source, error) {
	collector := &crdCollector{crds: map[string]*extv1.CustomResourceDefinition{}}
	var crds, copies genall.Generator = collector, deepcopy.Generator{}

	rt, err := genall.Generators{&crds, &copies}.ForRootsWithConfig(&packages.Config{Dir: root}, typesPackage)
	if err != nil {
		return nil, fmt.Errorf("cannot load %q: %w", typesPackage, err)
	}

	// The runtime reports errors only as text, with the position in the source.
	var report strings.Builder
	code := &memory{}
	rt.ErrorWriter = &report
	rt.OutputRules = genall.OutputRules{Default: code}
	failed := rt.Run()
	if err := packageErrors(rt.Roots); err != nil {
		return nil, fmt.Errorf("cannot generate from %q: %w", typesPackage, err)
	}
	if failed {
		return nil, fmt.Errorf("cannot generate from %q: %s", typesPackage, strings.TrimSpace(report.String()))
	}
	return &source{deepcopy: code.Bytes(), crds: collector.crds, conditions: conditions(rt.Roots[0])}, nil
}

// packageErrors returns the errors in the packages' markers. Type errors are
// left out: controller-tools checks types only in part, and the compiler tells
// of real ones.
func packageErrors(pkgs []*loader.Package) error {
	var errs []error
	for _, pkg := range pkgs {
		for _, err := range pkg.Errors {
			if err.Kind != packages.TypeError {
				errs = append(errs, err)
			}
		}
	}
	return errors.Join(errs...)
}

// A crdCollector is a controller-tools generator that keeps CRDs instead of
// writing them to files.
type crdCollector struct {
	crd.Generator

	crds map[string]*extv1.CustomResourceDefinition
}

// Generate collects the CRD of each kind.
func (c *crdCollector) Generate(ctx *genall.GenerationContext) error {
	parser := &crd.Parser{Collector: ctx.Collector, Checker: ctx.Checker}
	crd.AddKnownTypes(parser)
	for _, root := range ctx.Roots {
		parser.NeedPackage(root)
	}

	for _, kind := range kinds {
		gk := schema.GroupKind{Group: group, Kind: kind}
		parser.NeedCRDFor(gk, nil)
		def, ok := parser.CustomResourceDefinitions[gk]
		if !ok {
			return fmt.Errorf("cannot make a CRD of kind %q", kind)
		}
		crd.FixTopLevelMetadata(def)
		c.crds[kind] = &def
	}
	return nil
}

// memory is a controller-tools output rule that keeps the last file.
type memory struct{ bytes.Buffer }

// Open starts a new file.
func (m *memory) Open(*loader.Package, string) (io.WriteCloser, error) {
	m.Reset()
	return m, nil
}

// Close does nothing: the content stays.
func (*memory) Close() error { return nil }
