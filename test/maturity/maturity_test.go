package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The committed page is the one that stories and results give.
func TestPage(t *testing.T) {
	if err := run("", false); err != nil {
		t.Error(err)
	}
}

func oneStory(tests ...test) []area {
	return []area{{Name: "Area", Stories: []story{{Name: "Order", Story: "Order a cluster.", Tests: tests}}}}
}

func TestCheckTests(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "a"), 0o755); err != nil {
		t.Fatal(err)
	}
	source := "package a\nimport \"testing\"\nfunc TestStoryOrder(t *testing.T) {}\nfunc TestOther(t *testing.T) {}\n"
	if err := os.WriteFile(filepath.Join(root, "a", "a_test.go"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason string
		tests  []test
		want   string
	}{
		"Named":     {"its own test, and another's subtest", []test{{"a", "TestStoryOrder"}, {"a", "TestOther/Sub"}}, ""},
		"NotNamed":  {"a story has a test of its name", []test{{"a", "TestOther"}}, `story "Order" has no test of its own: call one TestStoryOrder`},
		"NotThere":  {"a test that is gone shows nothing", []test{{"a", "TestStoryOrder"}, {"a", "TestGone"}}, `story "Order" names a.TestGone, and there is no such test`},
		"NoPackage": {"nor does one of a folder that is gone", []test{{"b", "TestStoryOrder"}}, `story "Order" names b.TestStoryOrder, and there is no such test`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := ""
			if err := checkTests(root, oneStory(tc.tests...)); err != nil {
				got = err.Error()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestResults(t *testing.T) {
	printed := `building something
{"Action":"run","Package":"github.com/skerry-dev/skerry/a","Test":"TestStoryOrder"}
{"Action":"pass","Package":"github.com/skerry-dev/skerry/a","Test":"TestStoryOrder"}
{"Action":"fail","Package":"github.com/skerry-dev/skerry/a","Test":"TestOther/Sub"}
{"Action":"pass","Package":"github.com/skerry-dev/skerry/a","Test":"TestElse"}
{"Action":"pass","Package":"github.com/skerry-dev/skerry/a"}
`
	file := filepath.Join(t.TempDir(), "results")
	if err := os.WriteFile(file, []byte(printed), 0o644); err != nil {
		t.Fatal(err)
	}
	got := outcomes{"a.TestStoryOrder": "fail", "b.TestKept": "pass"}
	if err := got.take(file); err != nil {
		t.Fatal(err)
	}
	areas := oneStory(test{"a", "TestStoryOrder"}, test{"a", "TestOther/Sub"}, test{"b", "TestKept"})
	got = got.of(areas)
	if diff := cmp.Diff(outcomes{"a.TestStoryOrder": "pass", "a.TestOther/Sub": "fail", "b.TestKept": "pass"}, got); diff != "" {
		t.Errorf("new results count, those of other packages stay, others are left out: -want +got:\n%s", diff)
	}
	if got.holds(areas[0].Stories[0]) {
		t.Error("a story with a test that failed doesn't hold")
	}
	page := pageOf(areas, got)
	for _, want := range []string{"| Order a cluster. | not yet |", "`TestOther/Sub` in a (fail)", "`TestStoryOrder` in a<br>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page should have %q:\n%s", want, page)
		}
	}
	got["a.TestOther/Sub"] = "pass"
	if !got.holds(areas[0].Stories[0]) {
		t.Error("a story whose tests have passed holds")
	}
	areas[0].Stories[0].Part = true
	if page := pageOf(areas, got); !strings.Contains(page, "| Order a cluster. | in part |") {
		t.Errorf("tests that can't show the greater part show a part:\n%s", page)
	}
	delete(got, "b.TestKept")
	if page := pageOf(areas, got); !strings.Contains(page, "`TestKept` in b (not run)") {
		t.Errorf("a test that was not run shows nothing:\n%s", page)
	}
}

// A run that has died passes nothing that it didn't come to the end of.
func TestRunsThatDie(t *testing.T) {
	const (
		run   = `{"Action":"run","Package":"github.com/skerry-dev/skerry/a","Test":"TestOne"}` + "\n"
		pass  = `{"Action":"pass","Package":"github.com/skerry-dev/skerry/a","Test":"TestOne"}` + "\n"
		later = `{"Action":"run","Package":"github.com/skerry-dev/skerry/a","Test":"TestTwo"}` + "\n"
		start = `{"Action":"start","Package":"github.com/skerry-dev/skerry/a"}` + "\n"
		build = `{"Action":"fail","Package":"github.com/skerry-dev/skerry/a","FailedBuild":"github.com/skerry-dev/skerry/a"}` + "\n"
	)
	others := outcomes{"a/b.TestOne": "pass", "b.TestOne": "pass"}
	cases := map[string]struct {
		reason, printed string
		want            outcomes
		refused         bool
	}{
		"Between":  {"the first test has passed, the second one was begun", start + run + pass + later, outcomes{"a.TestOne": "pass"}, false},
		"AtOnce":   {"not even a test was begun", start, outcomes{}, false},
		"NotBuilt": {"tests that can't be built don't run", build, outcomes{}, false},
		"Nothing":  {"a file that tells of nothing is none of results", "make: killed\n", nil, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "results")
			if err := os.WriteFile(file, []byte(tc.printed), 0o644); err != nil {
				t.Fatal(err)
			}
			got := outcomes{"a.TestOne": "pass", "a.TestTwo": "pass"}
			maps.Copy(got, others)
			if err := got.take(file); err != nil || tc.refused {
				if err == nil || !tc.refused {
					t.Errorf("%s: got error %v", tc.reason, err)
				}
				return
			}
			maps.Copy(tc.want, others)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}
