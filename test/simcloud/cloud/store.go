package cloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

const (
	resourcesDir = "resources"
	eventsFile   = "events.jsonl"
	faultsFile   = "faults.json"
	profileFile  = "profile.json"
	tempPrefix   = ".tmp-"
)

// A store keeps the cloud in files: one for each resource, written beside its
// place and moved there, so that a process killed at any time leaves whole files.
// Nothing is synced to disk: what survives is the end of a process, not of the
// machine.
type store struct{ dir string }

func (s store) file(k key) string {
	return filepath.Join(resourcesDir, string(k.kind), url.PathEscape(k.id)+".json")
}

func (s store) write(name string, v any) error {
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return fmt.Errorf("cannot encode %s: %w", name, err)
	}
	path := filepath.Join(s.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("cannot make a folder for %s: %w", name, err)
	}
	tmp := filepath.Join(filepath.Dir(path), tempPrefix+filepath.Base(path))
	if err := os.WriteFile(tmp, data, 0o600); err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	return os.Rename(tmp, path)
}

// read decodes a file into v, and leaves v alone when there is none.
func (s store) read(name string, v any) error {
	data, err := os.ReadFile(filepath.Join(s.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("cannot decode %s: %w", name, err)
	}
	return nil
}

func (s store) save(r *record) error {
	stored := *r
	stored.State = ""
	return s.write(s.file(r.key()), stored)
}

func (s store) remove(k key) error {
	err := os.Remove(filepath.Join(s.dir, s.file(k)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// records reads all resources, and clears away what a killed process left half
// written.
func (s store) records() ([]*record, error) {
	files, err := filepath.Glob(filepath.Join(s.dir, resourcesDir, "*", "*"))
	if err != nil {
		return nil, err
	}
	leftovers, err := filepath.Glob(filepath.Join(s.dir, resourcesDir, "*", tempPrefix+"*"))
	if err != nil {
		return nil, err
	}
	for _, f := range leftovers {
		if err := os.Remove(f); err != nil {
			return nil, err
		}
	}
	var out []*record
	for _, f := range files {
		if strings.HasPrefix(filepath.Base(f), tempPrefix) {
			continue
		}
		name, err := filepath.Rel(s.dir, f)
		if err != nil {
			return nil, err
		}
		r := &record{}
		if err := s.read(name, r); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}
