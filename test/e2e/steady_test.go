package e2e_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// steadyFor is how long a cluster is watched that nothing happens to: several
// rounds of every controller's polling.
const steadyFor = time.Minute

// calm lets the time pass in which a controller that isn't done would write.
func calm() {
	const while = 10 * time.Second
	time.Sleep(while)
}

// A write is an entry of the audit log.
type write struct {
	Verb string `json:"verb"`
	User struct {
		Username string `json:"username"`
	} `json:"user"`
	UserAgent string `json:"userAgent"`
	ObjectRef struct {
		Resource    string `json:"resource"`
		Namespace   string `json:"namespace"`
		Name        string `json:"name"`
		Subresource string `json:"subresource"`
	} `json:"objectRef"`
	ResponseStatus struct {
		Code int `json:"code"`
	} `json:"responseStatus"`
	RequestURI string `json:"requestURI"`
}

// String says who wrote what.
func (w write) String() string {
	agent, _, _ := strings.Cut(w.UserAgent, "/")
	o := w.ObjectRef
	return strings.TrimSuffix(fmt.Sprintf("%s (%s) %s %s/%s/%s", w.User.Username, agent, w.Verb, o.Resource, o.Name, o.Subresource), "/")
}

// auditMark is the length of the audit log.
func (w *world) auditMark(t *testing.T) int64 {
	t.Helper()
	info, err := os.Stat(w.cluster.Config().AuditLog())
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// writes are those since the mark that have changed something, or tried to. Dry
// runs don't count.
func (w *world) writes(t *testing.T, mark int64) []write {
	t.Helper()
	f, err := os.Open(w.cluster.Config().AuditLog())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if _, err := f.Seek(mark, 0); err != nil {
		t.Fatal(err)
	}
	var out []write
	s := bufio.NewScanner(f)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		e := write{}
		if json.Unmarshal(s.Bytes(), &e) == nil && !strings.Contains(e.RequestURI, "dryRun=") {
			out = append(out, e)
		}
	}
	if err := s.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSteady sees that nobody writes anything for clusters that nothing happens
// to: no controller fights another, and no message changes by itself.
func TestSteady(t *testing.T) {
	w := start(t, "skerry")
	team := w.team(t, "steady")
	c := w.claim(t, "cluster.yaml", team, "shop", unprotected)
	w.order(t, c)
	w.ready(t, c)
	w.quiet(t)
	before, mark := w.versions(t, c), w.auditMark(t)
	time.Sleep(steadyFor)
	counts := map[string]int{}
	for _, e := range w.writes(t, mark) {
		counts[e.String()]++
	}
	var list []string
	for what, n := range counts {
		list = append(list, fmt.Sprintf("%4d × %s", n, what))
	}
	slices.Sort(list)
	if len(list) > 0 {
		t.Errorf("nobody should write for %s, got:\n%s", steadyFor, strings.Join(list, "\n"))
	}
	for title, v := range w.versions(t, c) {
		if v != before[title] {
			t.Errorf("%s should not have changed", title)
		}
	}
	w.remove(t, c)
}
