// Command maturity writes docs/maturity.md: for each user story of VSHN's list for
// managed Kubernetes, whether it holds, and which tests say so.
//
//	go run ./test/maturity            # writes nothing, fails when the page differs
//	go run ./test/maturity -update    # writes the page
//	go run ./test/maturity -results FILE -update
//
// The stories stand in stories.yaml. Which tests have passed stands in results.json,
// where -results puts what `go test -json` has printed into FILE. What was known of a
// package that FILE tells of is forgotten: a test that a run didn't come to the end of
// has not passed. Packages that aren't in it keep their results. A story holds when each
// of its tests has passed.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/skerry-dev/skerry/test/tools"
)

const (
	storiesPath = "test/maturity/stories.yaml"
	resultsPath = "test/maturity/results.json"
	pagePath    = "docs/maturity.md"
)

func main() {
	update := flag.Bool("update", false, "write the page, rather than compare it")
	results := flag.String("results", "", "take results from this file, which `go test -json` has printed")
	flag.Parse()
	if err := run(*results, *update); err != nil {
		fmt.Fprintln(os.Stderr, "maturity: "+err.Error())
		os.Exit(1)
	}
}

func run(file string, update bool) error {
	root, err := tools.Root()
	if err != nil {
		return err
	}
	areas, err := readStories(filepath.Join(root, storiesPath))
	if err != nil {
		return err
	}
	if err := checkTests(root, areas); err != nil {
		return err
	}
	known, err := readResults(filepath.Join(root, resultsPath))
	if err != nil {
		return err
	}
	if file != "" {
		if err := known.take(file); err != nil {
			return err
		}
	}
	known = known.of(areas)
	page := []byte(pageOf(areas, known))
	encoded, err := known.encode()
	if err != nil {
		return err
	}
	do := compare
	if update {
		do = write
	}
	if err := do(filepath.Join(root, resultsPath), encoded); err != nil {
		return err
	}
	return do(filepath.Join(root, pagePath), page)
}

func write(path string, content []byte) error { return os.WriteFile(path, content, 0o644) }

func compare(path string, content []byte) error {
	have, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("cannot read the committed file: %w", err)
	}
	if !bytes.Equal(have, content) {
		return fmt.Errorf("%s differs from the stories and their results; run `go run ./test/maturity -update` and commit it", filepath.Base(path))
	}
	return nil
}
