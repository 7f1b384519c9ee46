package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// An area is a group of user stories.
type area struct {
	Name    string  `json:"name"`
	Stories []story `json:"stories"`
}

// A story is what a user wants, and the tests that show that it holds.
type story struct {
	// Name of the story's own test, which is called after it.
	Name string `json:"name"`
	// Story in words.
	Story string `json:"story"`
	// Tests that show it.
	Tests []test `json:"tests"`
	// Part says that what they can't show is the greater part of the story.
	Part bool `json:"part,omitempty"`
	// NotShown says what these tests can't show.
	NotShown string `json:"notShown,omitempty"`
}

// A test is a test function, or one of its subtests: TestUpkeep/SleepAndWake.
type test struct {
	// Package of the test, as a folder of the repo.
	Package string `json:"package"`
	// Test function, and the subtests below it after slashes.
	Test string `json:"test"`
}

func (t test) String() string { return t.Package + "." + t.Test }

func readStories(path string) ([]area, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the stories: %w", err)
	}
	var out []area
	if err := yaml.UnmarshalStrict(raw, &out); err != nil {
		return nil, fmt.Errorf("cannot read the stories: %w", err)
	}
	return out, nil
}

// checkTests refuses a story without a test of its own name, and tests that don't
// exist.
func checkTests(root string, areas []area) error {
	known := map[string]map[string]bool{}
	for _, a := range areas {
		for _, s := range a.Stories {
			named := false
			for _, t := range s.Tests {
				function, _, _ := strings.Cut(t.Test, "/")
				named = named || function == "TestStory"+s.Name
				if known[t.Package] == nil {
					found, err := testFunctions(filepath.Join(root, t.Package))
					if err != nil {
						return err
					}
					known[t.Package] = found
				}
				if !known[t.Package][function] {
					return fmt.Errorf("story %q names %s, and there is no such test", s.Name, t)
				}
			}
			if !named {
				return fmt.Errorf("story %q has no test of its own: call one TestStory%s", s.Name, s.Name)
			}
		}
	}
	return nil
}

// testFunctions returns the names of the test functions in a folder.
func testFunctions(dir string) (map[string]bool, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		return nil, err
	}
	out := map[string]bool{}
	for _, f := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), f, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("cannot read tests: %w", err)
		}
		for _, d := range parsed.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") {
				out[fn.Name.Name] = true
			}
		}
	}
	return out, nil
}
