// Package audit reads the audit log of a development cluster: who wrote what. It
// doesn't know why.
package audit

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

// A Write is a request that changed something, or tried to.
type Write struct {
	Verb string `json:"verb"`
	User struct {
		Username string `json:"username"`
	} `json:"user"`
	UserAgent string `json:"userAgent"`
	ObjectRef struct {
		Resource    string `json:"resource"`
		Name        string `json:"name"`
		Subresource string `json:"subresource"`
	} `json:"objectRef"`
	RequestURI string `json:"requestURI"`
}

// Program is the name of the program that wrote, as it says itself.
func (w Write) Program() string {
	agent, _, _ := strings.Cut(w.UserAgent, "/")
	return agent
}

// String says who wrote what.
func (w Write) String() string {
	o := w.ObjectRef
	what := o.Resource + "/" + o.Name
	if o.Subresource != "" {
		what += "/" + o.Subresource
	}
	return fmt.Sprintf("%s (%s) %s %s", w.User.Username, w.Program(), w.Verb, what)
}

// Mark is the present end of the log.
func Mark(file string) (int64, error) {
	info, err := os.Stat(file)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// longest is how long a line may be, in bytes.
const longest = 1 << 20

// Since returns the writes since the mark, in order. Dry runs write nothing. A log that
// has become shorter than the mark is an error: it was begun anew, and what it said is
// lost.
func Since(file string, mark int64) ([]Write, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < mark {
		return nil, fmt.Errorf("%s has %d bytes, and had %d: it was begun anew, so nobody knows who wrote since", file, info.Size(), mark)
	}
	if _, err := f.Seek(mark, io.SeekStart); err != nil {
		return nil, err
	}
	var out []Write
	s := bufio.NewScanner(f)
	s.Buffer(nil, longest)
	for s.Scan() {
		w := Write{}
		// The last line may not be complete yet.
		if json.Unmarshal(s.Bytes(), &w) == nil && !strings.Contains(w.RequestURI, "dryRun=") {
			out = append(out, w)
		}
	}
	return out, s.Err()
}
