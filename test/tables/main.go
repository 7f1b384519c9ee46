// Command tables writes docs/service-levels.md: what a service level decides,
// and what is composed because of it. Run it from anywhere in the module:
//
//	go run ./test/tables            # writes nothing, fails when the page differs
//	go run ./test/tables -update    # writes the page
//
// It reads the built-in levels and the functions' golden files, and knows nothing
// of how a plan is made: what the page says is what the tests have seen.
package main

import (
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"text/template"

	"github.com/skerry-dev/skerry/test/tools"
)

// pagePath is the page's path in the repo.
const pagePath = "docs/service-levels.md"

//go:embed page.md.tmpl
var pageText string

// ownLevel is the page's example of a level that isn't built in. Tests render a
// cluster with it.
//
//go:embed own-level.yaml
var ownLevel string

func main() {
	update := flag.Bool("update", false, "write the page, rather than compare it")
	flag.Parse()

	do := compare
	if *update {
		do = write
	}
	if err := run(do); err != nil {
		fmt.Fprintln(os.Stderr, "tables: "+err.Error())
		os.Exit(1)
	}
}

// run makes the page and hands it to do, with the path of its file.
func run(do func(path string, page []byte) error) error {
	root, err := tools.Root()
	if err != nil {
		return err
	}
	page, err := render(root)
	if err != nil {
		return err
	}
	return do(filepath.Join(root, pagePath), page)
}

func write(path string, page []byte) error {
	return os.WriteFile(path, page, 0o644)
}

func compare(path string, page []byte) error {
	have, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("cannot read %s: %w", pagePath, err)
	}
	if !bytes.Equal(have, page) {
		return fmt.Errorf("%s differs from the golden files; run `go run ./test/tables -update` and commit it", pagePath)
	}
	return nil
}

// render returns the page for the repo at root.
func render(root string) ([]byte, error) {
	levels, err := readLevels(root)
	if err != nil {
		return nil, err
	}
	decided := decisionTable(levels)
	outcome, err := outcomeTable(root)
	if err != nil {
		return nil, err
	}
	composed, err := kindTables(root, levels)
	if err != nil {
		return nil, err
	}
	page, err := template.New("page").Parse(pageText)
	if err != nil {
		return nil, fmt.Errorf("cannot parse the page's template: %w", err)
	}
	var out bytes.Buffer
	err = page.Execute(&out, map[string]any{
		"Decided": decided, "Outcome": outcome, "Composed": composed, "OwnLevel": ownLevel,
	})
	return out.Bytes(), err
}
