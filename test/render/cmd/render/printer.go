package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/test/render"
)

// rendered is the outcome for one claim.
type rendered struct {
	claim map[string]any
	render.Settled
}

// A printer writes the outcome for one claim.
type printer func(rendered) error

func newPrinter(out io.Writer, o options) (printer, error) {
	switch {
	case o.format == "yaml":
		return func(r rendered) error { return printYAML(out, r) }, nil
	case o.format != "table":
		return nil, fmt.Errorf("-o is %q, want table or yaml", o.format)
	case o.quiet:
		return func(r rendered) error { return printLine(out, r) }, nil
	}
	return func(r rendered) error { return printTable(out, r) }, nil
}

// printYAML writes all that the round came to: the composite, the composed
// resources, and the results as comments.
func printYAML(out io.Writer, r rendered) error {
	for _, obj := range append([]map[string]any{r.Composite}, r.Composed...) {
		data, err := yaml.Marshal(obj)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "---\n%s", data); err != nil {
			return err
		}
	}
	for _, res := range r.Results {
		if _, err := fmt.Fprintf(out, "# %s %s: %s\n", res.Severity, res.Reason, oneLine(res.Message)); err != nil {
			return err
		}
	}
	return nil
}

// printLine writes one line, with the service level where the kind has one.
func printLine(out io.Writer, r rendered) error {
	level, _, _ := unstructured.NestedString(r.Composite, "spec", "serviceLevel")
	if level != "" {
		level = " (" + level + ")"
	}
	phase, _, _ := unstructured.NestedString(r.Composite, "status", "phase")
	_, err := fmt.Fprintf(out, "%s%s: %s after %s, %s\n", title(r.claim), level,
		count(len(r.Composed), "composed resource"), count(r.Rounds, "round"), phase)
	return err
}

func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return fmt.Sprintf("%d %ss", n, of)
}

// printTable writes the line, how many resources of each kind are composed, and
// the warnings.
func printTable(out io.Writer, r rendered) error {
	if err := printLine(out, r); err != nil {
		return err
	}
	counts := map[string]int{}
	for _, obj := range r.Composed {
		counts[kindAndGroup(obj)]++
	}
	rows := make([]string, 0, len(counts))
	for kind, n := range counts {
		rows = append(rows, fmt.Sprintf("%s\t%d", kind, n))
	}
	slices.Sort(rows)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		_, _ = fmt.Fprintf(w, "  %s\n", row) // a tabwriter keeps the error for Flush
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, res := range r.Results {
		if res.Severity != "Warning" {
			continue
		}
		if _, err := fmt.Fprintf(out, "  warning: %s\n", oneLine(res.Message)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(out)
	return err
}

func title(claim map[string]any) string {
	return fmt.Sprintf("%s %s", kindOf(claim), fullName(claim))
}

// kindAndGroup tells kinds of the same name apart, such as ContainerV1.
func kindAndGroup(obj map[string]any) string {
	u := unstructured.Unstructured{Object: obj}
	return fmt.Sprintf("%s\t%s", u.GetKind(), u.GroupVersionKind().GroupVersion())
}

func oneLine(s string) string {
	return strings.Join(strings.Fields(s), " ")
}
