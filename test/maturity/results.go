package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strings"
)

// outcomes are how tests have ended: "pass", "fail" or "skip", by their names.
type outcomes map[string]string

func readResults(path string) (outcomes, error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return outcomes{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the results: %w", err)
	}
	out := outcomes{}
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("cannot read the results: %w", err)
	}
	return out, nil
}

// event is a line that `go test -json` prints.
type event struct {
	Action  string
	Package string
	Test    string
}

const modulePrefix = "github.com/skerry-dev/skerry/"

// take puts the results in a file in the place of those that the file's packages had.
// Lines that aren't JSON are of the programs that ran beside the tests.
func (o outcomes) take(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("cannot read the results: %w", err)
	}
	defer func() { _ = f.Close() }()
	begun := map[string]bool{}
	const longest = 1 << 20
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, longest)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Package == "" {
			continue
		}
		folder := strings.TrimPrefix(e.Package, modulePrefix)
		if !begun[folder] {
			begun[folder] = true
			o.forget(folder)
		}
		if ended := e.Action == "pass" || e.Action == "fail" || e.Action == "skip"; ended && e.Test != "" {
			o[test{Package: folder, Test: e.Test}.String()] = e.Action
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("cannot read the results: %w", err)
	}
	if len(begun) == 0 {
		return fmt.Errorf("cannot find results in %s: let `go test -json` print into it", path)
	}
	return nil
}

// forget drops the results of a package's tests.
func (o outcomes) forget(folder string) {
	maps.DeleteFunc(o, func(name, _ string) bool { return strings.HasPrefix(name, folder+".") })
}

// of leaves the results of the stories' tests.
func (o outcomes) of(areas []area) outcomes {
	out := outcomes{}
	for _, a := range areas {
		for _, s := range a.Stories {
			for _, t := range s.Tests {
				if r, ok := o[t.String()]; ok {
					out[t.String()] = r
				}
			}
		}
	}
	return out
}

// holds says whether every test of a story has passed.
func (o outcomes) holds(s story) bool {
	for _, t := range s.Tests {
		if o[t.String()] != "pass" {
			return false
		}
	}
	return true
}

func (o outcomes) encode() ([]byte, error) {
	raw, err := json.MarshalIndent(o, "", "  ")
	return append(raw, '\n'), err
}
