package render

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// resultGroup is the API group of the documents that the CLI writes for results.
const resultGroup = "render.crossplane.io"

// ReadFile returns the objects in a YAML file.
func ReadFile(path string) ([]map[string]any, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	objects, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("cannot parse %s: %w", path, err)
	}
	return objects, nil
}

// parse returns the objects in a YAML stream.
func parse(data []byte) ([]map[string]any, error) {
	var objects []map[string]any
	docs := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	for {
		doc, err := docs.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		obj := map[string]any{}
		if err := utilyaml.Unmarshal(doc, &obj); err != nil {
			return nil, err
		}
		if len(obj) > 0 { // a document may hold just a comment
			objects = append(objects, obj)
		}
	}
}

// parseOutput sorts what the CLI wrote: the composite comes first.
func parseOutput(out []byte) (composite map[string]any, composed []map[string]any, results []Result, err error) {
	objects, err := parse(out)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("cannot parse what the Crossplane CLI wrote: %w", err)
	}
	if len(objects) == 0 {
		return nil, nil, nil, errors.New("the Crossplane CLI wrote nothing")
	}
	for _, obj := range objects[1:] {
		if groupOf(obj) != resultGroup {
			composed = append(composed, obj)
			continue
		}
		r := Result{}
		if err := convert(obj, &r); err != nil {
			return nil, nil, nil, err
		}
		results = append(results, r)
	}
	slices.SortFunc(results, compare)
	return objects[0], composed, results, nil
}

// compare puts warnings first, and brings the rest into an order: that in which
// Crossplane reports differs from run to run.
func compare(a, b Result) int {
	return cmp.Or(
		-cmp.Compare(a.Severity, b.Severity),
		cmp.Compare(a.Reason, b.Reason),
		cmp.Compare(a.Message, b.Message))
}

// inputs writes the files that the CLI reads, and keeps the first error.
type inputs struct {
	dir string
	err error
}

// write writes the objects into a file and returns its path. JSON is YAML.
func (in *inputs) write(name string, objects ...map[string]any) string {
	path := filepath.Join(in.dir, name)
	var buf bytes.Buffer
	for _, obj := range objects {
		data, err := json.Marshal(obj)
		in.keep(err)
		buf.WriteString("---\n")
		buf.Write(data)
		buf.WriteString("\n")
	}
	in.keep(os.WriteFile(path, buf.Bytes(), 0o600))
	return path
}

func (in *inputs) keep(err error) {
	if in.err == nil {
		in.err = err
	}
}

// convert copies from one value to another by way of JSON.
func convert(from, to any) error {
	data, err := utiljson.Marshal(from)
	if err != nil {
		return err
	}
	return utiljson.Unmarshal(data, to)
}

func kindOf(obj map[string]any) string {
	return (&unstructured.Unstructured{Object: obj}).GetKind()
}

func nameOf(obj map[string]any) string {
	return (&unstructured.Unstructured{Object: obj}).GetName()
}

func groupOf(obj map[string]any) string {
	return (&unstructured.Unstructured{Object: obj}).GroupVersionKind().Group
}
