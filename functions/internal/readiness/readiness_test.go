package readiness_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
)

// resource returns the observed value of a YAML text, or nothing for no text.
func resource(t *testing.T, text string) observed.Value {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return observed.Of(v)
}

// conditions returns a resource with the conditions, each "type=status/reason".
func conditions(cs ...string) string {
	var out []string
	for _, c := range cs {
		kind, rest, _ := strings.Cut(c, "=")
		status, rest, _ := strings.Cut(rest, "/")
		reason, message, _ := strings.Cut(rest, "/")
		out = append(out, `{type: `+kind+`, status: "`+status+`", reason: "`+reason+`", message: "`+message+`"}`)
	}
	return `{status: {conditions: [` + strings.Join(out, ", ") + `], atProvider: {id: ""}}}`
}

func TestChecks(t *testing.T) {
	withID := strings.Replace(conditions("Ready=True/Available"), `id: ""`, "id: one", 1)
	cases := map[string]struct {
		reason   string
		check    readiness.Check
		resource string
		want     string // why not, or "" when ready
	}{
		"Exists, does":        {"a kind without a status", readiness.Exists, `{kind: A}`, ""},
		"Exists, does not":    {"it isn't there", readiness.Exists, ``, "does not exist yet"},
		"Managed, ready":      {"Crossplane says so", readiness.Managed, conditions("Synced=True", "Ready=True/Available"), ""},
		"Managed, only ready": {"a Usage has nothing to sync", readiness.Managed, conditions("Ready=True/Available"), ""},
		"Managed, ready out of sync": {
			"it works, though a change can't be made", readiness.Managed, conditions("Synced=False/ReconcileError/quota", "Ready=True/Available"), "",
		},
		"Managed, nothing":   {"it isn't there", readiness.Managed, ``, "is being created"},
		"Managed, no status": {"the provider hasn't seen it", readiness.Managed, `{kind: A}`, "is being created"},
		"Managed, only synced": {
			"the provider has begun", readiness.Managed, conditions("Synced=True/ReconcileSuccess"), "is being created",
		},
		"Managed, creating":    {"the provider says what it does", readiness.Managed, conditions("Synced=True", "Ready=False/Creating"), "is not ready: creating"},
		"Managed, unavailable": {"or what is wrong", readiness.Managed, conditions("Ready=False/Unavailable"), "is not ready: unavailable"},
		"Managed, unknown":     {"not known to be ready is not ready", readiness.Managed, conditions("Ready=Unknown/Pending"), "is not ready: pending"},
		"Managed, failed": {
			"the provider's own error says most", readiness.Managed, conditions("Synced=False/ReconcileError/create failed: Quota exceeded", "Ready=False/Creating"),
			"can't be reconciled: create failed: Quota exceeded",
		},
		"Managed, failed at a time": {
			"without what differs every time", readiness.Managed, conditions("Synced=False/ReconcileError/at 2026-01-02T03:04:05Z it failed"),
			"can't be reconciled: at … it failed",
		},
		"ManagedWithID, ready":   {"with an id others can use it", readiness.ManagedWithID, withID, ""},
		"ManagedWithID, no id":   {"others need the id", readiness.ManagedWithID, conditions("Ready=True/Available"), "has no id yet"},
		"ManagedWithID, unready": {"an id alone isn't enough", readiness.ManagedWithID, strings.Replace(withID, `"True"`, `"False"`, 1), "is not ready: available"},

		"Cluster, ready": {
			"available, and nothing under way", readiness.Cluster, conditions("Available=True", "TopologyReconciled=True", "RollingOut=False"), "",
		},
		"Cluster, never rolled": {"what isn't reported isn't under way", readiness.Cluster, conditions("Available=True"), ""},
		"Cluster, nothing":      {"it isn't there", readiness.Cluster, ``, "is not available: Cluster API has not reported yet"},
		"Cluster, unavailable":  {"why not, in Cluster API's words", readiness.Cluster, conditions("Available=False/NotAvailable", "TopologyReconciled=True"), "is not available: NotAvailable"},
		"Cluster, unknown":      {"not known to be available", readiness.Cluster, conditions("Available=Unknown/AvailableUnknown"), "is not available: AvailableUnknown"},
		"Cluster, changing": {
			"the change says more than the rest", readiness.Cluster, conditions("Available=False/NotAvailable", "TopologyReconciled=False/ClusterUpgrading", "RollingOut=True"),
			"is being changed: ClusterUpgrading",
		},
		"Cluster, rolling": {"machines are being replaced", readiness.Cluster, conditions("Available=True", "TopologyReconciled=True", "RollingOut=True/RollingOut"), "is replacing machines"},

		"Cluster, unread": {
			"what is said of changes is about what was before", readiness.Cluster,
			`{metadata: {generation: 2}, status: {conditions: [{type: Available, status: "True"}, {type: RollingOut, status: "False", observedGeneration: 1}]}}`,
			"is being changed: Cluster API has not seen the change yet",
		},
		"Cluster, read": {
			"the change is done", readiness.Cluster,
			`{metadata: {generation: 2}, status: {conditions: [{type: Available, status: "True"}, {type: RollingOut, status: "False", observedGeneration: 2}]}}`, "",
		},
		"ClusterClass, ready":     {"taken in", readiness.ClusterClass, conditions("VariablesReady=True"), ""},
		"ClusterClass, nothing":   {"nobody has looked at it", readiness.ClusterClass, `{kind: ClusterClass}`, "is not taken in: Cluster API has not reported yet"},
		"ClusterClass, not ready": {"it is refused", readiness.ClusterClass, conditions("VariablesReady=False/VariableDiscoveryFailed"), "is not taken in: VariableDiscoveryFailed"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			ready, why := tc.check(resource(t, tc.resource))
			if ready != (tc.want == "") {
				t.Errorf("%s: ready is %t", tc.reason, ready)
			}
			if diff := cmp.Diff(tc.want, why); !ready && diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestClean(t *testing.T) {
	cases := map[string]struct{ reason, in, want string }{
		"plain":        {"a plain message stays", "no valid host was found", "no valid host was found"},
		"empty":        {"so does none", "", ""},
		"white space":  {"one line", "  a\n\tb\r\n  c ", "a b c"},
		"request id":   {"it differs in every request", `got 409: {"message": "Quota exceeded (Request-ID: req-0a1b2c3d-1111-2222-3333-444455556666)"}`, `got 409: {"message": "Quota exceeded (Request-ID: req-…)"}`},
		"two ids":      {"each of them", "req-0a1b2c3d-1111-2222-3333-444455556666 after req-0a1b2c3d-1111-2222-3333-444455556667", "req-… after req-…"},
		"other ids":    {"an object's id says which one", "network 0a1b2c3d-1111-2222-3333-444455556666 is in use", "network 0a1b2c3d-1111-2222-3333-444455556666 is in use"},
		"almost an id": {"a word that begins like one", "req-uest failed", "req-uest failed"},
		"UTC":          {"a time in UTC", "at 2026-01-02T03:04:05Z", "at …"},
		"zone":         {"with a zone", "at 2026-01-02T03:04:05+02:00 and 2026-01-02 03:04:05 -0200", "at … and … -0200"},
		"fractions":    {"with fractions", "at 2026-01-02T03:04:05.678901Z.", "at …."},
		"no zone":      {"with a space and no zone", "at 2026-01-02 03:04:05, again", "at …, again"},
		"a date":       {"a date alone is no time", "valid until 2026-01-02", "valid until 2026-01-02"},
		"200 bytes":    {"the longest that stays whole", strings.Repeat("a", 200), strings.Repeat("a", 200)},
		"201 bytes":    {"longer ones are cut", strings.Repeat("a", 201), strings.Repeat("a", 200) + "…"},
		"cut in a letter": {
			"never within a letter", strings.Repeat("a", 199) + "öö", strings.Repeat("a", 199) + "…",
		},
		"cut before a letter": {
			"a whole letter stays", strings.Repeat("a", 198) + "öö", strings.Repeat("a", 198) + "ö…",
		},
		"cut in an emoji": {"of any length", strings.Repeat("a", 197) + "🌊", strings.Repeat("a", 197) + "…"},
		"short after all": {"the length counts once it is clean", strings.Repeat("2026-01-02T03:04:05Z ", 20), strings.TrimSpace(strings.Repeat("… ", 20))},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := readiness.Clean(tc.in)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
			if !utf8.ValidString(got) {
				t.Errorf("%s: %q is not valid UTF-8", tc.reason, got)
			}
			if again := readiness.Clean(got); len(got) <= 200 && again != got {
				t.Errorf("%s: cleaned again it is %q", tc.reason, again)
			}
		})
	}
}
