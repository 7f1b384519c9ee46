package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/apis/v1alpha1"
	"github.com/skerry-dev/skerry/test/crd"
	"github.com/skerry-dev/skerry/test/tools"
)

func root(t *testing.T) string {
	t.Helper()
	dir, err := tools.Root()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// The committed page is the one that the goldens give.
func TestPage(t *testing.T) {
	if err := run(compare); err != nil {
		t.Error(err)
	}
}

func TestCompare(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	if err := compare(path, []byte("a")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want an error that the page isn't there", err)
	}
	if err := write(path, []byte("a")); err != nil {
		t.Fatal(err)
	}
	if err := compare(path, []byte("a")); err != nil {
		t.Errorf("the page that was just written should be the same: %v", err)
	}
	if err := compare(path, []byte("b")); err == nil || !strings.Contains(err.Error(), "-update") {
		t.Errorf("got %v, want an error that says how to update the page", err)
	}
}

// A level must not have a field that the page keeps quiet about: each one, set
// to something else, changes a cell.
func TestEveryFieldOfALevelIsShown(t *testing.T) {
	levels, err := readLevels(root(t))
	if err != nil {
		t.Fatal(err)
	}
	full := slices.IndexFunc(levels, func(l v1alpha1.ServiceLevel) bool { return l.Name == "Premium" })
	was := asMap(t, levels[full])
	fields := paths(was)
	if len(fields) < 15 {
		t.Errorf("got fields %q, want all: the level that has every field has lost some", fields)
	}
	for _, path := range fields {
		other := runtime.DeepCopyJSON(was)
		change(other, strings.Split(path, "."))
		before, after := decisionTable([]v1alpha1.ServiceLevel{asLevel(t, was)}), decisionTable([]v1alpha1.ServiceLevel{asLevel(t, other)})
		if before.String() == after.String() {
			t.Errorf("the page doesn't show %s of a level: add it to decisions", path)
		}
	}
}

func asMap(t *testing.T, l v1alpha1.ServiceLevel) map[string]any {
	t.Helper()
	data, err := yaml.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{}
	if err := yaml.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	// Fields that are not set are fields too.
	m["nodes"].(map[string]any)["maxNodes"] = 7.0
	return m
}

func asLevel(t *testing.T, m map[string]any) v1alpha1.ServiceLevel {
	t.Helper()
	data, err := yaml.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	l := v1alpha1.ServiceLevel{}
	if err := yaml.UnmarshalStrict(data, &l); err != nil {
		t.Fatal(err)
	}
	return l
}

// paths returns the paths of all values that are no maps.
func paths(m map[string]any) []string {
	var out []string
	for k, v := range m {
		sub, ok := v.(map[string]any)
		if !ok {
			out = append(out, k)
			continue
		}
		for _, p := range paths(sub) {
			out = append(out, k+"."+p)
		}
	}
	slices.Sort(out)
	return out
}

// change sets the value at the path to another one of its type.
func change(m map[string]any, path []string) {
	if len(path) > 1 {
		change(m[path[0]].(map[string]any), path[1:])
		return
	}
	switch v := m[path[0]].(type) {
	case bool:
		m[path[0]] = !v
	case float64:
		m[path[0]] = v + 1
	case []any:
		m[path[0]] = append(v, 9.0)
	case string:
		m[path[0]] = otherText(v)
	}
}

func otherText(s string) string {
	if strings.HasSuffix(s, "Gi") {
		return "1" + s
	}
	return "Other"
}

// The page's example of a level of one's own is what the schema allows.
func TestOwnLevelIsValid(t *testing.T) {
	s, err := crd.Load()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddXRDs(filepath.Join(root(t), "apis")); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(root(t), "examples/platform.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	platform, own := map[string]any{}, map[string]any{}
	if err := yaml.Unmarshal(data, &platform); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal([]byte(ownLevel), &own); err != nil {
		t.Fatal(err)
	}
	platform["spec"].(map[string]any)["serviceLevels"] = own["spec"].(map[string]any)["serviceLevels"]
	for _, err := range s.Validate(platform) {
		t.Error(err)
	}
}

func TestKindTable(t *testing.T) {
	levels := []v1alpha1.ServiceLevel{{Name: "Standard"}, {Name: "Premium"}}
	got, err := kindTable(levels, map[string][]entry{
		"Standard": {{"network", "NetworkV2", "aa"}, {"addon", "Release", "bb"}},
		"Premium":  {{"network", "NetworkV2", "aa"}, {"addon", "Release", "cc"}, {"more", "Release", "dd"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `| Kind | What for | Standard | Premium |
| --- | --- | :---: | :---: |
| NetworkV2 | network | 1 | 1 |
| Release | an add-on's Helm chart | 1 | 2 |
| **all** |  | **2** | **3** |
|  | of them not as at Standard | – | 2 |
`
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("-want, +got:\n%s", diff)
	}
}

func TestErrors(t *testing.T) {
	levels := []v1alpha1.ServiceLevel{{Name: "Standard"}}
	cases := map[string]struct {
		reason string
		do     func() error
		want   string
	}{
		"UnknownKind": {
			reason: "A kind that nobody can explain should not be on the page.",
			do: func() error {
				_, err := kindTable(levels, map[string][]entry{"Standard": {{"x", "Mystery", "aa"}}})
				return err
			},
			want: "cannot say what a Mystery is for",
		},
		"NoComparison": {
			reason: "Without the level to compare with, everything would differ.",
			do: func() error {
				_, err := kindTable([]v1alpha1.ServiceLevel{{Name: "Premium"}}, map[string][]entry{"Premium": nil})
				return err
			},
			want: `cannot compare with "Standard"`,
		},
		"BadGolden": {
			reason: "A golden of another form should not be read as something else.",
			do: func() error {
				_, err := parseGolden("x.txt", "network NetworkV2 a/b\n")
				return err
			},
			want: `cannot read line "network NetworkV2 a/b" of x.txt`,
		},
		"NoGolden": {
			reason: "The error should name the file.",
			do: func() error {
				_, err := readGolden(t.TempDir(), "shop", "Gold")
				return err
			},
			want: "shop-gold.txt",
		},
		"NoLevels": {
			reason: "The error should name the file.",
			do: func() error {
				_, err := readLevels(t.TempDir())
				return err
			},
			want: "defaults.yaml",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if err := tc.do(); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\ngot  %v\nwant %s", tc.reason, err, tc.want)
			}
		})
	}
}

// The same goldens give the same bytes.
func TestRenderTwice(t *testing.T) {
	first, err := render(root(t))
	if err != nil {
		t.Fatal(err)
	}
	second, err := render(root(t))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("rendering twice gives different pages")
	}
}
