package render_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skerry-dev/skerry/functions/internal/external"
	"github.com/skerry-dev/skerry/functions/internal/external/kubernetes"
	"github.com/skerry-dev/skerry/functions/internal/observed"
	"github.com/skerry-dev/skerry/functions/internal/readiness"
	"github.com/skerry-dev/skerry/functions/internal/render"
)

func secret(key string, after ...string) render.Resource {
	s := kubernetes.NewSecret("ns", key)
	return render.Resource{Key: key, Part: "Part", Body: s, Ready: readiness.Managed, After: after}
}

// exists returns an observed resource of ours, ready or not.
func exists(ready bool) observed.Resource {
	status := "False"
	if ready {
		status = "True"
	}
	return observed.Resource{Value: observed.Of(map[string]any{
		"metadata": map[string]any{"labels": map[string]any{external.ComponentLabel: "test"}},
		"status":   map[string]any{"conditions": []any{map[string]any{"type": "Ready", "status": status, "reason": "Creating"}}},
	})}
}

// withdrawn returns one that has been announced to go.
func withdrawn() observed.Resource {
	return observed.Resource{Value: observed.Of(map[string]any{
		"metadata": map[string]any{"labels": map[string]any{external.ComponentLabel: "test", external.WithdrawnLabel: "true"}},
	})}
}

func foreign() observed.Resource {
	return observed.Resource{Value: observed.Of(map[string]any{"metadata": map[string]any{}})}
}

// summary is "key", "key!" when ready, "key=" when kept as it is,
// "key-" when that is to go.
func summary(h render.Held) string {
	var out []string
	for _, d := range h.Desired {
		s := d.Key
		if d.Body == nil {
			s += "="
		}
		if d.Ready {
			s += "!"
		}
		if d.Withdrawn {
			s += "-"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func waiting(h render.Held) string {
	var out []string
	for _, w := range h.Waiting {
		out = append(out, fmt.Sprintf("%s(held=%t): %s", w.Key, w.Held, w.Why))
	}
	return strings.Join(out, "; ")
}

func TestHold(t *testing.T) {
	awaiting := func(key string) render.Resource {
		return render.Resource{Key: key, Ready: readiness.Exists, Awaits: "the id of the network"}
	}
	cases := map[string]struct {
		reason  string
		want    render.Set
		have    observed.Set
		desired string
		waiting string
	}{
		"first": {
			reason:  "what waits for nothing is created at once, the rest is held",
			want:    render.Set{Resources: []render.Resource{secret("a"), secret("b", "a")}},
			desired: "a",
			waiting: "a(held=false): Secret a is being created; b(held=true): Secret b waits for a",
		},
		"next": {
			reason:  "what waited is created once the other is ready",
			want:    render.Set{Resources: []render.Resource{secret("a"), secret("b", "a")}},
			have:    observed.Set{"a": exists(true)},
			desired: "a! b",
			waiting: "b(held=false): Secret b is being created",
		},
		"lost": {
			reason:  "what exists is updated although what it waited for is lost",
			want:    render.Set{Resources: []render.Resource{secret("a"), secret("b", "a")}},
			have:    observed.Set{"b": exists(true)},
			desired: "a b!",
			waiting: "a(held=false): Secret a is being created",
		},
		"not selected": {
			reason:  "waiting for something that nobody makes waits for nothing",
			want:    render.Set{Resources: []render.Resource{secret("b", "a")}},
			desired: "b",
			waiting: "b(held=false): Secret b is being created",
		},
		"awaits": {
			reason:  "a body that can't be made is not created, and kept where it exists",
			want:    render.Set{Resources: []render.Resource{awaiting("new"), awaiting("old")}},
			have:    observed.Set{"old": exists(true)},
			desired: "old=",
			waiting: "new(held=true): new waits for the id of the network; old(held=false): old waits for the id of the network",
		},
		"not wanted": {
			reason:  "what exists and nobody wants stays, unless its family lets it go",
			want:    render.Set{Families: []render.Family{{Prefix: "rule-", Withdraw: true}, {Prefix: "class-", Withdraw: false}}},
			have:    observed.Set{"rule-1": exists(true), "class-1": exists(true), "network": exists(true)},
			desired: "class-1=! network=!",
		},
		"announced": {
			reason:  "what the safeguard keeps is marked in one round, and goes in the next",
			want:    render.Set{Families: []render.Family{{Prefix: "record-", Withdraw: true, Announced: true}}},
			have:    observed.Set{"record-1": exists(true), "record-2": withdrawn()},
			desired: "record-1=!-",
		},
		"announced and kept": {
			reason:  "what was marked stays while its family keeps it",
			want:    render.Set{Families: []render.Family{{Prefix: "record-", Announced: true}}},
			have:    observed.Set{"record-1": withdrawn()},
			desired: "record-1=!",
		},
		"not ours": {
			reason: "what another step made is not kept: it is not ours to keep",
			have:   observed.Set{"theirs": foreign()},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			h := render.Hold(tc.want, tc.have)
			if diff := cmp.Diff(tc.desired, summary(h)); diff != "" {
				t.Errorf("%s: desired: -want +got:\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.waiting, waiting(h)); diff != "" {
				t.Errorf("%s: waiting: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestUsages(t *testing.T) {
	user := secret("user", "gate")
	user.Uses = []string{"used"}
	set := func() render.Set {
		rs := []render.Resource{secret("gate"), secret("used"), user}
		return render.Set{Resources: append(rs, render.Usages("ns", "p", rs)...)}
	}
	cases := map[string]struct {
		reason  string
		want    render.Set
		have    observed.Set
		desired string
	}{
		"held with its user":    {"a Usage of what isn't there could never be ready", set(), nil, "gate used"},
		"created with its user": {"teardown must be ordered from the first moment", set(), observed.Set{"gate": exists(true)}, "gate! usage/user/used used user"},
		"kept":                  {"a Usage whose user can't be rendered now stays", render.Set{}, observed.Set{"usage/user/used": exists(true), "user": exists(true)}, "usage/user/used=! user=!"},
		"gone when not used any more": {
			"the user stays, and doesn't need the other any longer",
			render.Set{Resources: []render.Resource{secret("user"), secret("used")}},
			observed.Set{"usage/user/used": exists(true), "user": exists(true), "used": exists(true)},
			"used! user!",
		},
		"gone with its user": {
			"a Usage can't be ready without its user",
			render.Set{Families: []render.Family{{Prefix: "user", Withdraw: true}}},
			observed.Set{"usage/user/used": exists(true), "user": exists(true), "used": exists(true)},
			"used=!",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.desired, summary(render.Hold(tc.want, tc.have))); diff != "" {
				t.Errorf("%s: -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}
