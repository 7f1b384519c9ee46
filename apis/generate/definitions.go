package main

import (
	"fmt"
	"path"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

const (
	group   = "skerry.dev"
	version = "v1alpha1"

	// namespacedDir holds the package for platforms without claims.
	namespacedDir = "package/namespaced"
)

// The scopes of XRDs. Only LegacyCluster composites can be claimed.
const (
	scopeLegacyCluster = "LegacyCluster"
	scopeCluster       = "Cluster"
	scopeNamespaced    = "Namespaced"
)

// A definition is an XRD, with just the fields that we set.
type definition struct {
	APIVersion string         `json:"apiVersion"`
	Kind       string         `json:"kind"`
	Metadata   objectMeta     `json:"metadata"`
	Spec       definitionSpec `json:"spec"`
}

type objectMeta struct {
	Name string `json:"name"`
}

type definitionSpec struct {
	Group                 string                               `json:"group"`
	Scope                 string                               `json:"scope"`
	Names                 extv1.CustomResourceDefinitionNames  `json:"names"`
	ClaimNames            *extv1.CustomResourceDefinitionNames `json:"claimNames,omitempty"`
	DefaultCompositionRef objectMeta                           `json:"defaultCompositionRef"`
	Versions              []definitionVersion                  `json:"versions"`
}

type definitionVersion struct {
	Name          string                                 `json:"name"`
	Served        bool                                   `json:"served"`
	Referenceable bool                                   `json:"referenceable"`
	Columns       []extv1.CustomResourceColumnDefinition `json:"additionalPrinterColumns,omitempty"`
	Schema        *extv1.CustomResourceValidation        `json:"schema"`
}

// A manifest is a CRD without the empty status that its Go type always encodes.
type manifest struct {
	APIVersion string                             `json:"apiVersion"`
	Kind       string                             `json:"kind"`
	Metadata   objectMeta                         `json:"metadata"`
	Spec       extv1.CustomResourceDefinitionSpec `json:"spec"`
}

// definitions returns the XRDs of both packages.
func definitions(src *source) (files, error) {
	out := files{}
	for _, kind := range []string{"KubernetesCluster", "Storage", "Exposure"} {
		c, err := src.crd(kind)
		if err != nil {
			return nil, err
		}
		if err := out.add(definitionPath(c), claimable(c)); err != nil {
			return nil, err
		}
		if err := out.add(path.Join(namespacedDir, definitionPath(c)), composite(c, scopeNamespaced)); err != nil {
			return nil, err
		}
	}

	// A Platform is the same in both packages: cluster-scoped, never claimed.
	c, err := src.crd("Platform")
	if err != nil {
		return nil, err
	}
	if err := out.add(definitionPath(c), composite(c, scopeCluster)); err != nil {
		return nil, err
	}
	return out, out.add(path.Join(namespacedDir, definitionPath(c)), composite(c, scopeCluster))
}

// claimable returns the XRD whose claim has the kind of c, and whose composite
// has that kind with an X before it. Short names are the claim's alone: two
// CRDs of one group can't share them.
func claimable(c *extv1.CustomResourceDefinition) definition {
	d := composite(c, scopeLegacyCluster)
	d.APIVersion = "apiextensions.crossplane.io/v1"

	claim := d.Spec.Names
	d.Spec.ClaimNames = &claim
	d.Spec.Names = extv1.CustomResourceDefinitionNames{
		Kind:       "X" + claim.Kind,
		ListKind:   "X" + claim.ListKind,
		Plural:     "x" + claim.Plural,
		Singular:   "x" + claim.Singular,
		Categories: claim.Categories,
	}
	d.Metadata.Name = d.Spec.Names.Plural + "." + group
	return d
}

// composite returns the XRD whose composite has the kind of c.
func composite(c *extv1.CustomResourceDefinition, scope string) definition {
	v := c.Spec.Versions[0]
	return definition{
		APIVersion: "apiextensions.crossplane.io/v2",
		Kind:       "CompositeResourceDefinition",
		Metadata:   objectMeta{Name: c.Name},
		Spec: definitionSpec{
			Group:                 group,
			Scope:                 scope,
			Names:                 c.Spec.Names,
			DefaultCompositionRef: objectMeta{Name: c.Name},
			Versions: []definitionVersion{{
				Name:          version,
				Served:        true,
				Referenceable: true,
				Columns:       v.AdditionalPrinterColumns,
				Schema:        &extv1.CustomResourceValidation{OpenAPIV3Schema: specAndStatus(v.Schema.OpenAPIV3Schema)},
			}},
		},
	}
}

// specAndStatus returns the schema without apiVersion, kind and metadata, which
// Crossplane adds.
func specAndStatus(s *extv1.JSONSchemaProps) *extv1.JSONSchemaProps {
	out := s.DeepCopy()
	out.Properties = map[string]extv1.JSONSchemaProps{
		"spec":   s.Properties["spec"],
		"status": s.Properties["status"],
	}
	return out
}

// inputs returns the schemas of the functions' inputs. Packages of functions
// carry them for tools such as crossplane resource validate; Crossplane never
// installs them, so all four functions can have the same.
func inputs(src *source) (files, error) {
	c, err := src.crd("Input")
	if err != nil {
		return nil, err
	}
	m := manifest{APIVersion: c.APIVersion, Kind: c.Kind, Metadata: objectMeta{Name: c.Name}, Spec: c.Spec}

	out := files{}
	for _, function := range []string{"kubernetescluster", "storage", "exposure", "platform"} {
		if err := out.add(path.Join("package/functions", function, "input/input.yaml"), m); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// definitionPath is where the XRD of a kind lies within its package.
func definitionPath(c *extv1.CustomResourceDefinition) string {
	return path.Join("apis", c.Spec.Names.Plural, "definition.yaml")
}

// add adds obj as a YAML file.
func (f files) add(path string, obj any) error {
	data, err := encode(obj)
	if err != nil {
		return fmt.Errorf("cannot encode %q: %w", path, err)
	}
	f[path] = data
	return nil
}
