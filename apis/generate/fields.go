package main

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	extv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
)

// A row describes one field in the reference. Its texts are Markdown.
type row struct {
	Anchor, Path, Type, Default, About string
}

// unchanged finds the fields that a transition rule keeps as they are.
var unchanged = regexp.MustCompile(`self\.(\w+) == oldSelf\.(\w+)`)

// walk returns a row for each field below the object with schema s at path,
// every field followed by its own fields; required ones come first.
func walk(kind, path string, s *extv1.JSONSchemaProps) []row {
	fixed := immutable(s)
	names := slices.SortedFunc(maps.Keys(s.Properties), func(a, b string) int {
		return cmp.Or(compareRequired(s, a, b), cmp.Compare(a, b))
	})

	var rows []row
	for _, name := range names {
		field := s.Properties[name]
		at := strings.TrimPrefix(path+"."+name, ".")
		rows = append(rows, row{
			Anchor:  anchor(kind, at),
			Path:    at,
			Type:    typeOf(&field) + immutability(fixed[name]),
			Default: defaultOf(&field, slices.Contains(s.Required, name)),
			About:   about(&field),
		})
		rows = append(rows, walkBelow(kind, at, &field)...)
	}
	return rows
}

// walkBelow returns the rows of the fields of an object, or of the objects in a
// list.
func walkBelow(kind, path string, s *extv1.JSONSchemaProps) []row {
	if s.Items != nil {
		return walk(kind, path+"[]", s.Items.Schema)
	}
	return walk(kind, path, s)
}

// compareRequired orders the required ones of two fields of s first.
func compareRequired(s *extv1.JSONSchemaProps, a, b string) int {
	switch x, y := slices.Contains(s.Required, a), slices.Contains(s.Required, b); {
	case x == y:
		return 0
	case x:
		return -1
	}
	return 1
}

// immutable returns the fields of s that its rules keep as they are.
func immutable(s *extv1.JSONSchemaProps) map[string]bool {
	out := map[string]bool{}
	for _, v := range s.XValidations {
		for _, m := range unchanged.FindAllStringSubmatch(v.Rule, -1) {
			if m[1] == m[2] {
				out[m[1]] = true
			}
		}
	}
	for name, field := range s.Properties {
		for _, v := range field.XValidations {
			if v.Rule == "self == oldSelf" {
				out[name] = true
			}
		}
	}
	return out
}

// immutability is what the type column adds for a field that can't change.
func immutability(fixed bool) string {
	if fixed {
		return ", immutable"
	}
	return ""
}

// typeOf names the type of a field.
func typeOf(s *extv1.JSONSchemaProps) string {
	switch {
	case s.XIntOrString:
		return "quantity"
	case s.Items != nil:
		return "list of " + plural(typeOf(s.Items.Schema))
	case s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil:
		return "map of " + plural(typeOf(s.AdditionalProperties.Schema))
	case s.XPreserveUnknownFields != nil && *s.XPreserveUnknownFields:
		return "object, any fields"
	}
	return s.Type
}

// plural returns the plural of a type's name.
func plural(t string) string {
	if strings.HasPrefix(t, "list") || strings.HasPrefix(t, "map") || strings.Contains(t, ",") {
		return t
	}
	if base, ok := strings.CutSuffix(t, "y"); ok {
		return base + "ies"
	}
	return t + "s"
}

// defaultOf returns what stands in the field when it is left out.
func defaultOf(s *extv1.JSONSchemaProps, required bool) string {
	if s.Default != nil {
		return code(string(s.Default.Raw))
	}
	if required {
		return "required"
	}
	return ""
}

// about returns what a field means and which rules it must keep.
func about(s *extv1.JSONSchemaProps) string {
	parts := append([]string{escape(oneLine(s.Description))}, rulesOf("", s)...)
	if s.Items != nil {
		parts = append(parts, rulesOf("Each: ", s.Items.Schema)...)
	}
	if s.AdditionalProperties != nil {
		parts = append(parts, rulesOf("Each value: ", s.AdditionalProperties.Schema)...)
	}
	return strings.Join(parts, "<br>")
}

// rulesOf lists the limits of s and the messages of its rules, each with the
// prefix that says what they are about.
func rulesOf(prefix string, s *extv1.JSONSchemaProps) []string {
	if s == nil {
		return nil
	}
	var out []string
	if limits := limitsOf(s); len(limits) > 0 {
		text := strings.Join(limits, "; ") + "."
		if prefix == "" {
			text = strings.ToUpper(text[:1]) + text[1:]
		}
		out = append(out, prefix+text)
	}
	for _, m := range messages(s) {
		out = append(out, cmp.Or(prefix, "Rule: ")+m)
	}
	return out
}

// limitsOf lists the limits of a field's value.
func limitsOf(s *extv1.JSONSchemaProps) []string {
	var out []string
	if len(s.Enum) > 0 {
		var values []string
		for _, v := range s.Enum {
			values = append(values, code(strings.Trim(string(v.Raw), `"`)))
		}
		out = append(out, "one of "+strings.Join(values, ", "))
	}
	out = append(out, between(s.Minimum, s.Maximum, "")...)
	out = append(out, between(s.MinLength, s.MaxLength, " characters")...)
	out = append(out, between(s.MinItems, s.MaxItems, " entries")...)
	out = append(out, between(s.MinProperties, s.MaxProperties, " entries")...)
	// A quantity's pattern is Kubernetes' own, and tells a reader nothing.
	if s.Pattern != "" && !s.XIntOrString {
		out = append(out, "must match "+code(s.Pattern))
	}
	return out
}

// between returns a limit with one or two ends.
func between[T int64 | float64](low, high *T, unit string) []string {
	switch {
	case low != nil && high != nil:
		return []string{fmt.Sprintf("%v to %v%s", *low, *high, unit)}
	case low != nil:
		return []string{fmt.Sprintf("at least %v%s", *low, unit)}
	case high != nil:
		return []string{fmt.Sprintf("at most %v%s", *high, unit)}
	}
	return nil
}

// messages returns what a user reads when a rule of s is broken.
func messages(s *extv1.JSONSchemaProps) []string {
	var out []string
	for _, v := range s.XValidations {
		out = append(out, escape(v.Message))
	}
	return out
}

// code returns s as Markdown code within a table.
func code(s string) string {
	return "`" + strings.ReplaceAll(s, "|", `\|`) + "`"
}

// escape returns s as Markdown text within a table.
func escape(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`).Replace(s)
}
