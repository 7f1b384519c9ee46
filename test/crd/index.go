package crd

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"
)

// openStackGroup ends the API groups of provider-openstack.
const openStackGroup = "openstack.m.crossplane.io"

// index adds the CRD files in dir to files, by API group. It goes by their names,
// <group>_<plural>.yaml, which is what controller-gen gives them, because
// parsing some hundred CRDs takes seconds.
func index(files map[string][]string, dir string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return err
	}
	found := false
	for _, path := range paths {
		group, _, ok := strings.Cut(filepath.Base(path), "_")
		if !ok {
			continue
		}
		files[group] = append(files[group], path)
		found = true
	}
	if !found {
		return fmt.Errorf("no files are called <group>_<plural>.yaml")
	}
	return nil
}

// definition returns the CRD of kind gk, which the caller holds the lock for.
func (s *Set) definition(gk schema.GroupKind) (*extv1.CustomResourceDefinition, error) {
	if def, ok := s.crds[gk]; ok {
		return def, nil
	}
	// Most lines of a CRD are descriptions, so look for the one line that tells
	// before parsing it.
	line := []byte("\n    kind: " + gk.Kind + "\n")
	for _, path := range s.files[gk.Group] {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if !bytes.Contains(data, line) {
			continue
		}
		def := &extv1.CustomResourceDefinition{}
		if err := yaml.Unmarshal(data, def); err != nil {
			return nil, fmt.Errorf("cannot parse CRD %s: %w", path, err)
		}
		if def.Spec.Group != gk.Group || def.Spec.Names.Kind != gk.Kind {
			continue
		}
		s.crds[gk] = def
		return def, nil
	}
	return nil, s.unknown(gk)
}

// unknown says why there is no CRD of kind gk.
func (s *Set) unknown(gk schema.GroupKind) error {
	if s.openStack != nil && strings.HasSuffix(gk.Group, openStackGroup) {
		return s.openStack
	}
	if len(s.files[gk.Group]) == 0 {
		return fmt.Errorf("unknown kind: no CRD has group %q", gk.Group)
	}
	return fmt.Errorf("unknown kind: no CRD of group %q has it", gk.Group)
}
