package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"
	"text/template"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

const referencePath = "docs/reference/api.md"

//go:embed reference.md.tmpl
var referenceTemplate string

// A page is what the template of the reference shows.
type page struct {
	Group, Version string
	Conditions     []constant
	Kinds          []kindSection
}

// A kindSection is the part of the reference about one kind.
type kindSection struct {
	Kind, About, Use string
	Parts            []fieldTable
}

// A fieldTable lists the fields of a kind's spec or status, or of a whole Input.
type fieldTable struct {
	Title string
	Rules []string
	Rows  []row
}

// uses says how each kind is used, which the Go types don't know.
var uses = map[string]string{
	"KubernetesCluster": "Namespaced. A claim of `XKubernetesCluster`; in the namespaced package it is the composite itself.",
	"Storage":           "Namespaced. A claim of `XStorage`; in the namespaced package it is the composite itself.",
	"Exposure":          "Namespaced. A claim of `XExposure`; in the namespaced package it is the composite itself.",
	"Platform":          "Cluster-scoped. A composite in both packages.",
	"Input":             "No object of the API server: the input of a Skerry function in the pipeline of a Composition.",
}

// reference returns the API reference, a page of Markdown.
func reference(src *source) (files, error) {
	p := page{Group: group, Version: version, Conditions: src.conditions}
	for _, kind := range kinds {
		c, err := src.crd(kind)
		if err != nil {
			return nil, err
		}
		p.Kinds = append(p.Kinds, section(c))
	}

	tmpl, err := template.New("reference").Funcs(template.FuncMap{"anchor": anchor}).Parse(referenceTemplate)
	if err != nil {
		return nil, fmt.Errorf("cannot parse the template of the reference: %w", err)
	}
	var out bytes.Buffer
	if err := tmpl.Execute(&out, p); err != nil {
		return nil, fmt.Errorf("cannot render the reference: %w", err)
	}
	return files{referencePath: out.Bytes()}, nil
}

// section returns the section about the kind of c.
func section(c *extv1.CustomResourceDefinition) kindSection {
	kind := c.Spec.Names.Kind
	s := c.Spec.Versions[0].Schema.OpenAPIV3Schema
	out := kindSection{Kind: kind, About: oneLine(s.Description), Use: use(c)}

	if _, ok := s.Properties["spec"]; !ok {
		own := s.DeepCopy()
		for _, name := range []string{"apiVersion", "kind", "metadata"} {
			delete(own.Properties, name)
		}
		out.Parts = []fieldTable{{Title: kind + " fields", Rows: walk(kind, "", own)}}
		return out
	}
	for _, name := range []string{"spec", "status"} {
		part := s.Properties[name]
		out.Parts = append(out.Parts, fieldTable{
			Title: kind + " " + name,
			Rules: messages(&part),
			Rows:  walk(kind, name, &part),
		})
	}
	return out
}

// use says how the kind of c is used, with its short names.
func use(c *extv1.CustomResourceDefinition) string {
	text := uses[c.Spec.Names.Kind]
	if short := c.Spec.Names.ShortNames; len(short) > 0 {
		text += " Short name `" + strings.Join(short, "`, `") + "`."
	}
	return text
}

// anchor is the id under which a heading or a field of the page is linked:
// "Platform", "spec.clouds[].name" become "platform-spec-clouds-name".
func anchor(parts ...string) string {
	id := strings.ToLower(strings.Join(parts, "-"))
	id = strings.NewReplacer("[]", "", ".", "-", " ", "-").Replace(id)
	return strings.Trim(id, "-")
}

// oneLine joins the lines of a description.
func oneLine(s string) string {
	return strings.Join(strings.Fields(s), " ")
}
