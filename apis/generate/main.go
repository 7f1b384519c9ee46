// Command generate writes everything that is derived from the API's Go types in
// apis/v1alpha1: the deepcopy code, the XRDs of both packages, the input schemas
// of the functions and the API reference.
//
// It knows the types only through their source, never as Go values, so it runs
// before the code that it generates exists. It knows nothing of what functions
// do with a field.
//
// Run it from the root of the module:
//
//	go run ./apis/generate           # writes the files
//	go run ./apis/generate -check    # writes nothing, fails when files differ
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
)

func main() {
	check := flag.Bool("check", false, "write nothing, and fail with a list of the files that differ")
	flag.Parse()

	do := files.write
	if *check {
		do = files.check
	}
	if err := run(".", do); err != nil {
		fmt.Fprintln(os.Stderr, "generate: "+err.Error())
		os.Exit(1)
	}
}

// run renders all files of the module at root and hands them to do.
func run(root string, do func(files, string) error) error {
	fs, err := render(root)
	if err != nil {
		return err
	}
	return do(fs, root)
}

// render returns all generated files of the module at root.
func render(root string) (files, error) {
	src, err := load(root)
	if err != nil {
		return nil, err
	}

	out := files{deepcopyPath: src.deepcopy}
	for _, part := range []func(*source) (files, error){definitions, inputs, reference} {
		fs, err := part(src)
		if err != nil {
			return nil, err
		}
		maps.Copy(out, fs)
	}
	return out, nil
}
